"""Buying by psycopg, a statement a step, on the tables that our services write: the limit of ``buying``.

The same correct work: locks in the same order, the same checks, the same rows with the same events.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from chowk_core.ids import uuid7

DELIVERIES = ("chowk_marketplace.subscribers.take_payment", "chowk_payments.subscribers.issue_invoices")
ZERO = Decimal(0)


class Raw:
    """A connection of its own, outside Django."""

    def __init__(self, dsn: str, order_type: int) -> None:
        self.connection = psycopg.connect(dsn, autocommit=True)
        self.order_type = order_type
        self.inserts: dict[tuple[str, ...], sql.Composed] = {}

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A cursor in a transaction."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            yield cursor

    def insert(self, cursor: Any, table: str, *rows: dict[str, Any]) -> None:
        """Insert ``rows`` of the same columns, in one statement."""
        columns = tuple(rows[0])
        key = (table, str(len(rows)), *columns)
        if key not in self.inserts:
            one = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(columns)))
            self.inserts[key] = sql.SQL("INSERT INTO {} ({}) VALUES {}").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.SQL(", ").join([one] * len(rows)),
            )
        cursor.execute(self.inserts[key], [value for row in rows for value in row.values()])

    def publish(self, cursor: Any, name: str, stream: str, payload: dict[str, Any], now: datetime) -> int:
        """The stream's next number, then the event; its key."""
        cursor.execute(
            "INSERT INTO chowk_core_stream (name, last_seq, pruned_seq, epoch) VALUES (%s, 1, 0, %s) "
            "ON CONFLICT (name) DO UPDATE SET last_seq = chowk_core_stream.last_seq + 1 RETURNING last_seq",
            [stream, secrets.token_hex(4)],
        )
        cursor.execute(
            "INSERT INTO chowk_core_loggedevent (name, payload, stream, seq, at) VALUES (%s, %s, %s, %s, %s) "
            "RETURNING id",
            [name, Jsonb(payload), stream, cursor.fetchone()[0], now],
        )
        return int(cursor.fetchone()[0])

    def add(self, item: tuple[Any, int, Any]) -> None:
        """Put one more piece of a listing with one variant into a user's cart."""
        cart, buyer, listing = item
        now = datetime.now(UTC)
        with self.transaction() as cursor:
            cursor.execute(
                "SELECT user_id FROM chowk_marketplace_cart WHERE id = %s AND status = 'open' FOR UPDATE",
                [cart],
            )
            assert cursor.fetchone() == (buyer,)
            cursor.execute(
                "SELECT l.seller_id, l.status, l.sale_format, l.price, l.price_currency, v.id, v.price, "
                "s.on_hand - s.held - s.allocated FROM chowk_marketplace_listing l "
                "JOIN chowk_marketplace_variant v ON v.listing_id = l.id AND v.active "
                "JOIN chowk_marketplace_stock s ON s.variant_id = v.id WHERE l.id = %s ORDER BY v.position",
                [listing],
            )
            [(seller, status, kind, price, currency, variant, own_price, available)] = cursor.fetchall()
            assert (seller != buyer, status, kind) == (True, "active", "fixed_price")
            cursor.execute(
                "SELECT id, variant_id, quantity FROM chowk_marketplace_cartitem WHERE cart_id = %s", [cart]
            )
            items = {row[1]: row for row in cursor.fetchall()}
            cursor.execute(
                "SELECT quantity FROM chowk_marketplace_stockhold WHERE cart_id = %s AND variant_id = %s",
                [cart, variant],
            )
            held = cursor.fetchone()
            assert variant not in items
            assert len(items) < 100
            assert available + (held[0] if held else 0) >= 1
            self.insert(
                cursor,
                "chowk_marketplace_cartitem",
                {
                    "id": uuid7(),
                    "cart_id": cart,
                    "variant_id": variant,
                    "quantity": 1,
                    "price_currency": currency,
                    "price": own_price or price,
                    "created_at": now,
                },
            )
            cursor.execute("UPDATE chowk_marketplace_cart SET updated_at = %s WHERE id = %s", [now, cart])

    def read(self, item: tuple[Any, int, Any]) -> list[Any]:
        """What a cart page shows."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM chowk_marketplace_cart WHERE user_id = %s AND status = 'open'", [item[1]]
            )
            [(cart,)] = cursor.fetchall()
            cursor.execute(
                "SELECT variant_id, quantity FROM chowk_marketplace_stockhold WHERE cart_id = %s", [cart]
            )
            held = dict(cursor.fetchall())
            cursor.execute(
                "SELECT i.id, i.quantity, i.price, v.*, s.on_hand - s.held - s.allocated, l.*, u.username "
                "FROM chowk_marketplace_cartitem i JOIN chowk_marketplace_variant v ON v.id = i.variant_id "
                "JOIN chowk_marketplace_stock s ON s.variant_id = v.id "
                "JOIN chowk_marketplace_listing l ON l.id = v.listing_id "
                "JOIN auth_user u ON u.id = l.seller_id WHERE i.cart_id = %s ORDER BY i.created_at, i.id",
                [cart],
            )
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
            listings = [row[names.index("listing_id")] for row in rows]
            cursor.execute(
                "SELECT DISTINCT ON (listing_id) * FROM chowk_marketplace_listingimage "
                "WHERE listing_id = ANY(%s) ORDER BY listing_id, position",
                [listings],
            )
            return [rows, held, cursor.fetchall()]

    def place(self, item: tuple[Any, int, Any]) -> None:
        """Order everything in a user's cart: an order a seller."""
        cart, buyer, _listing = item
        now = datetime.now(UTC)
        with self.transaction() as cursor:
            cursor.execute(
                "SELECT 1 FROM chowk_marketplace_cart WHERE id = %s AND status = 'open' FOR UPDATE", [cart]
            )
            assert cursor.fetchone()
            lines = self._take(cursor, cart, now)
            self._write(cursor, (cart, buyer, now), lines)
            cursor.execute("DELETE FROM chowk_marketplace_stockhold WHERE cart_id = %s", [cart])
            cursor.execute(
                "UPDATE chowk_marketplace_cart SET status = 'ordered', updated_at = %s WHERE id = %s",
                [now, cart],
            )

    def _take(self, cursor: Any, cart: Any, now: datetime) -> list[dict[str, Any]]:
        """Allocate the stock of a cart without holds, and lock its listings; the lines."""
        cursor.execute("SELECT variant_id FROM chowk_marketplace_stockhold WHERE cart_id = %s", [cart])
        assert not cursor.fetchall()
        cursor.execute(
            "SELECT s.id AS stock, i.quantity, v.id AS variant, v.active, v.listing_id AS listing, "
            "v.price AS own_price, v.sku FROM chowk_marketplace_cartitem i "
            "JOIN chowk_marketplace_variant v ON v.id = i.variant_id "
            "JOIN chowk_marketplace_stock s ON s.variant_id = v.id WHERE i.cart_id = %s ORDER BY s.id",
            [cart],
        )
        names = [column.name for column in cursor.description]
        lines = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        for line in lines:
            assert line["active"]
            cursor.execute(
                "UPDATE chowk_marketplace_stock SET allocated = allocated + %s, updated_at = %s "
                "WHERE id = %s AND on_hand >= held + allocated + %s",
                [line["quantity"], now, line["stock"], line["quantity"]],
            )
            assert cursor.rowcount == 1
        cursor.execute(
            "SELECT id, seller_id, title, status, sale_format, price, price_currency, stock "
            "FROM chowk_marketplace_listing WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [[line["listing"] for line in lines]],
        )
        listings = {row[0]: row for row in cursor.fetchall()}
        for line in lines:
            _id, seller, title, status, kind, price, _currency, left = listings[line["listing"]]
            line |= {"seller": seller, "title": title, "left": left}
            assert (status, kind) == ("active", "fixed_price")
            line["price"] = line["own_price"] or price
        return lines

    def _write(self, cursor: Any, scene: tuple[Any, int, datetime], lines: list[dict[str, Any]]) -> None:
        """The group, its orders, the history of the stocks, the listings, the events."""
        cart, buyer, now = scene
        total = sum((line["price"] * line["quantity"] for line in lines), ZERO)
        group, pay_by = uuid7(), now + timedelta(hours=24)
        head = {"buyer_id": buyer, "status": "pending_payment", "ship_to": Jsonb({}), "pay_by": pay_by}
        stamps = {"payment_id": "", "created_at": now, "updated_at": now}
        self.insert(
            cursor,
            "chowk_marketplace_ordergroup",
            {"id": group, "cart_id": cart, "discount_code": "", **head, **amounts(total), **stamps},
        )
        orders = []
        for seller in sorted({line["seller"] for line in lines}):
            own = [line for line in lines if line["seller"] == seller]
            orders.append(self._order(cursor, group, {"seller_id": seller, **head, **stamps}, own))
        for line in lines:
            cursor.execute(
                "UPDATE chowk_marketplace_listing SET stock = %s, updated_at = %s WHERE id = %s",
                [line["left"] - line["quantity"], now, line["listing"]],
            )
        for key, payload in orders:
            self.publish(cursor, "marketplace.order_placed", f"marketplace.order:{key}", payload, now)
        told = {
            "group_id": str(group),
            "buyer_id": str(buyer),
            "total": f"{total:.2f}",
            "currency": "USD",
            "order_ids": [str(key) for key, _payload in orders],
            "pay_by": pay_by.isoformat(),
        }
        self.publish(cursor, "marketplace.group_placed", f"marketplace.group:{group}", told, now)

    def _order(
        self, cursor: Any, group: Any, fields: dict[str, Any], lines: list[dict[str, Any]]
    ) -> tuple[Any, dict[str, Any]]:
        """One seller's order with its lines, first transition and stock history; its key and event."""
        total = sum((line["price"] * line["quantity"] for line in lines), ZERO)
        key, number, now = uuid7(), f"raw-{secrets.token_hex(8)}", fields["created_at"]
        texts = ("source_type", "source_id", "carrier", "tracking_number", "cancel_reason", "discount_code")
        empty = dict.fromkeys(texts, "")
        self.insert(
            cursor,
            "chowk_marketplace_order",
            {
                "id": key,
                "number": number,
                "group_id": group,
                "shipping_code": "standard",
                "shipping_method": "Standard delivery",
                "delivery_due": False,
                "source_round": 1,
                "refund_claimed": 0,
                "refunded": 0,
                **fields,
                **empty,
                **amounts(total),
            },
        )
        self.insert(cursor, "chowk_marketplace_orderline", *(order_line(key, line) for line in lines))
        step = {"id": uuid7(), "order_id": key, "from_status": "", "to_status": "pending_payment"}
        step |= {"actor_id": fields["buyer_id"], "note": "", "at": now}
        self.insert(cursor, "chowk_marketplace_ordertransition", step)
        cause = {"reason": "ordered", "on_hand": 0, "held": 0, "reference": f"order:{number}", "at": now}
        cause |= {"actor_id": fields["buyer_id"], "note": ""}
        self.insert(
            cursor,
            "chowk_marketplace_stockchange",
            *(
                {"id": uuid7(), "stock_id": line["stock"], "allocated": line["quantity"], **cause}
                for line in lines
            ),
        )
        payload = {"order_id": str(key), "number": number, "buyer_id": str(fields["buyer_id"])}
        payload |= {"seller_id": str(fields["seller_id"]), "total": f"{total:.2f}", "currency": "USD"}
        payload |= {"pay_by": fields["pay_by"].isoformat(), "source_type": "", "source_id": ""}
        return key, {**payload, "source_round": 1}

    def pay(self, item: tuple[Any, int]) -> None:
        """Pay for an order from the buyer's wallet: into escrow, and told."""
        order, buyer = item
        now = datetime.now(UTC)
        with self.transaction() as cursor:
            cursor.execute(
                "SELECT number, buyer_id, seller_id, status, total, pay_by FROM chowk_marketplace_order "
                "WHERE id = %s",
                [order],
            )
            number, payer, seller, status, total, pay_by = cursor.fetchone()
            assert (payer, status, pay_by > now) == (buyer, "pending_payment", True)
            amount, payment = int(total * 100), uuid7()
            self._record(cursor, (order, payment, now), (payer, seller, amount), number)
            left = self._move(cursor, payment, order, payer, amount)
            cursor.execute("UPDATE chowk_payments_payment SET state = 'captured' WHERE id = %s", [payment])
            part = {"target_type": "chowk_marketplace.order", "target_id": str(order)}
            told = {"amount": f"{total:.2f}", "currency": "USD"}
            event = self.publish(
                cursor,
                "payments.captured",
                f"payments.payment:{payment}",
                {
                    "payment_id": str(payment),
                    "payer_id": str(payer),
                    "method": "wallet",
                    **part,
                    **told,
                    "parts": [{**part, "payee_id": str(seller), "amount": told["amount"]}],
                },
                now,
            )
            due = {"event_id": event, "stream": f"payments.payment:{payment}", "state": "due", "attempts": 0}
            due |= {"due_at": now, "error": ""}
            self.insert(cursor, "chowk_core_delivery", *({**due, "handler": name} for name in DELIVERIES))
            change = {"user_id": str(payer), "currency": "USD", "amount": f"-{total:.2f}", "code": "payment"}
            change |= {"available": f"{left / 100:.2f}", "payment_id": str(payment)}
            self.publish(cursor, "payments.wallet_changed", f"payments.wallet:{payer}", change, now)

    def _record(
        self, cursor: Any, what: tuple[Any, Any, datetime], money: tuple[int, int, int], number: str
    ) -> None:
        """The payment and its part."""
        (order, payment, now), (payer, seller, amount) = what, money
        shared = {"target_type_id": self.order_type, "target_id": str(order), "payee_id": seller}
        shared |= {"amount": amount, "currency": "USD", "created_at": now}
        row = {"id": payment, "purpose": "purchase", "payer_id": payer, "description": f"Order {number}"}
        row |= {"method": "wallet", "state": "created", "failure_code": "", "key": "", "updated_at": now}
        self.insert(cursor, "chowk_payments_payment", {**shared, **row})
        part = {"id": uuid7(), "payment_id": payment, "position": 0, "live": True, "freeze_key": ""}
        part |= {
            "fee_returned": 0,
            "claimed": 0,
            "refunded": 0,
            "frozen": False,
            "frozen_for": Jsonb([]),
            "disputes_over": Jsonb([]),
        }
        self.insert(cursor, "chowk_payments_paymentpart", {**shared, **part})

    def _move(self, cursor: Any, payment: Any, order: Any, payer: int, amount: int) -> int:
        """From the wallet into escrow, as a transfer; what is left in the wallet."""
        cursor.execute(
            "SELECT kind, id FROM chowk_payments_account WHERE currency = 'USD' AND name = '' "
            "AND (kind = 'escrow' AND owner_id IS NULL OR kind = 'wallet' AND owner_id = %s)",
            [payer],
        )
        accounts = dict(cursor.fetchall())
        cursor.execute(
            "SELECT account_id, credits_posted - debits_posted - debits_pending FROM chowk_payments_balance "
            "WHERE account_id = ANY(%s) ORDER BY account_id FOR UPDATE",
            [list(accounts.values())],
        )
        left = int(dict(cursor.fetchall())[accounts["wallet"]]) - amount
        assert left >= 0
        cursor.execute(
            "INSERT INTO chowk_payments_transfer (id, key, position, debit_account_id, credit_account_id, "
            "amount, currency, code, reference, created_at) "
            "VALUES (%s, %s, 0, %s, %s, %s, 'USD', 'payment', %s, clock_timestamp())",
            [
                *(uuid7(), f"payment:{payment}:capture", accounts["wallet"], accounts["escrow"], amount),
                f"chowk_marketplace.order:{order}",
            ],
        )
        for column, kind in (("debits_posted", "wallet"), ("credits_posted", "escrow")):
            cursor.execute(
                f"UPDATE chowk_payments_balance SET {column} = {column} + %s WHERE account_id = %s",
                [amount, accounts[kind]],
            )
        return left


def amounts(total: Decimal) -> dict[str, Any]:
    """The amounts of an order or a group that has nothing but goods."""
    nothing = dict.fromkeys(("shipping", "discount", "tax"), ZERO)
    named = {"goods": total, "total": total, **nothing}
    return {**named, **{f"{name}_currency": "USD" for name in named}}


def order_line(order: Any, line: dict[str, Any]) -> dict[str, Any]:
    """A frozen line of an order."""
    named = {"unit_price": line["price"], "total": line["price"] * line["quantity"]}
    named |= {"discount": ZERO, "tax": ZERO}
    return {
        "id": uuid7(),
        "order_id": order,
        "listing_id": line["listing"],
        "variant_id": line["variant"],
        "title": line["title"],
        "options": "",
        "sku": line["sku"],
        "quantity": line["quantity"],
        "in_returns": 0,
        **named,
        **{f"{name}_currency": "USD" for name in named},
    }
