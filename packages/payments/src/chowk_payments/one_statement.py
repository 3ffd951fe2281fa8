"""Transfers and holds as one data-modifying WITH statement each: PostgreSQL, with the default ledger models.

It does what the ORM path of ``services.transfers`` and ``services.holds`` does, in one round trip. The chain
of its parts is the order of its effects: lock the balances by account key, decide on what was read under the
locks, insert unless the key was taken, change the balances if something was inserted. A test runs both paths
on the same operations and compares every row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from chowk_core.ids import uuid7
from chowk_payments.abstract_models import MAX_COUNTER, AbstractHold, HoldState
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import InsufficientFunds, LedgerOverflow, UnknownAccount
from chowk_payments.legs import HOLD_KEY, Deltas, Leg
from chowk_payments.models import Account, Balance, Hold, Transfer

LEDGER = (Account, Balance, Transfer, Hold)

COUNTERS = ("debits_posted", "credits_posted", "debits_pending", "credits_pending")

LOCKED_AND_JUDGED = """
WITH delta (account_id, debits_posted, credits_posted, debits_pending, credits_pending) AS (VALUES {deltas}),
locked AS (
    SELECT b.id, b.may_go_negative,
        b.debits_posted + d.debits_posted AS debits_posted,
        b.credits_posted + d.credits_posted AS credits_posted,
        b.debits_pending + d.debits_pending AS debits_pending,
        b.credits_pending + d.credits_pending AS credits_pending
    FROM chowk_payments_balance b JOIN delta d ON b.account_id = d.account_id
    ORDER BY b.account_id FOR UPDATE OF b
),
verdict AS (
    SELECT count(*) = {accounts} AS known,
        bool_and(greatest(debits_posted, credits_posted, debits_pending, credits_pending) <= {limit}) AS fits,
        bool_and(may_go_negative OR credits_posted - debits_posted - debits_pending >= 0) AS funded
    FROM locked
),
"""

CHANGED = """
changed AS (
    UPDATE chowk_payments_balance b SET
        debits_posted = locked.debits_posted, credits_posted = locked.credits_posted,
        debits_pending = locked.debits_pending, credits_pending = locked.credits_pending
    FROM locked WHERE b.id = locked.id AND EXISTS (SELECT FROM head)
)
SELECT known, fits, funded, (SELECT created_at FROM head) FROM verdict
"""

TRANSFER_COLUMNS = (
    "(id, key, position, debit_account_id, credit_account_id, amount, currency, code, reference, created_at)"
)

HEAD_LEG = f"""
head AS (
    INSERT INTO chowk_payments_transfer {TRANSFER_COLUMNS}
    SELECT %s, %s, 0, %s, %s, %s, %s, %s, %s, clock_timestamp() FROM verdict WHERE known AND fits AND funded
    ON CONFLICT (key, position) DO NOTHING RETURNING created_at
),
"""  # noqa: S608 - a constant

OTHER_LEGS = f"""
tail AS (
    INSERT INTO chowk_payments_transfer {TRANSFER_COLUMNS}
    SELECT leg.*, created_at FROM head, (VALUES {{legs}}) AS leg
),
"""  # noqa: S608 - a constant

HELD = """
head AS (
    INSERT INTO chowk_payments_hold
        (id, key, debit_account_id, credit_account_id, amount, currency, code, reference, state,
        posted_amount, expires_at, created_at)
    SELECT %s, %s, %s, %s, %s, %s, %s, %s, 'pending', 0, %s::timestamptz, clock_timestamp()
    FROM verdict WHERE known AND fits AND funded
    ON CONFLICT (key) DO NOTHING RETURNING created_at
),
"""

RESOLVED = """
WITH claimed AS (
    UPDATE chowk_payments_hold
    SET state = %(state)s, posted_amount = %(posted)s, resolved_at = clock_timestamp()
    WHERE id = %(hold)s AND state = 'pending'
        AND (%(posted)s = 0 OR expires_at IS NULL OR expires_at > coalesce(%(now)s, clock_timestamp()))
    RETURNING *
),
locked AS (
    SELECT b.id, c.amount, c.posted_amount, b.account_id = c.debit_account_id AS pays
    FROM claimed c JOIN chowk_payments_balance b ON b.account_id IN (c.debit_account_id, c.credit_account_id)
    ORDER BY b.account_id FOR UPDATE OF b
),
posted AS (
    INSERT INTO chowk_payments_transfer
        (id, key, position, debit_account_id, credit_account_id, amount, currency, code, reference, hold_id,
        created_at)
    SELECT %(transfer)s, %(key)s, 0, debit_account_id, credit_account_id, posted_amount, currency, code,
        reference, id, resolved_at
    FROM claimed WHERE posted_amount > 0
),
changed AS (
    UPDATE chowk_payments_balance b SET
        debits_pending = debits_pending - CASE WHEN pays THEN amount ELSE 0 END,
        credits_pending = credits_pending - CASE WHEN pays THEN 0 ELSE amount END,
        debits_posted = debits_posted + CASE WHEN pays THEN posted_amount ELSE 0 END,
        credits_posted = credits_posted + CASE WHEN pays THEN 0 ELSE posted_amount END
    FROM locked WHERE b.id = locked.id
)
SELECT resolved_at FROM claimed
"""


def available() -> bool:
    """Whether this ledger can take the fast path: PostgreSQL, default models, setting ONE_STATEMENT."""
    return (
        connection.vendor == "postgresql"
        and payments_settings.ONE_STATEMENT
        and not any(model._meta.swapped for model in LEDGER)
    )


def insert_transfers(legs: Sequence[Leg], key: str, deltas: Deltas) -> list[Transfer] | None:
    """Move ``legs`` under ``key``. None, and nothing done, if the key is taken.

    Raises UnknownAccount, LedgerOverflow or InsufficientFunds, with nothing done.
    """
    rows = [
        Transfer(
            id=uuid7(),
            key=key,
            position=position,
            debit_account_id=leg.debit.pk,
            credit_account_id=leg.credit.pk,
            amount=leg.amount,
            currency=leg.debit.currency,
            code=leg.code,
            reference=leg.reference,
        )
        for position, leg in enumerate(legs)
    ]
    first, *others = rows
    parameters: list[Any] = [value for account, delta in deltas.items() for value in (account, *delta)]
    parameters += [first.id, key, *_leg_values(first)]
    parameters += [value for row in others for value in (row.id, key, row.position, *_leg_values(row))]
    created_at = _judged(_transfer_sql(len(deltas), len(rows)), parameters)
    if created_at is None:
        return None
    for row in rows:
        row.created_at = created_at
        row._state.adding = False
        row._state.db = connection.alias
    return rows


def insert_hold(hold: Hold, deltas: Deltas) -> Hold | None:
    """Store ``hold`` and set its amount aside. None, and nothing done, if its key is taken.

    Raises UnknownAccount, LedgerOverflow or InsufficientFunds, with nothing done.
    """
    parameters: list[Any] = [value for account, delta in deltas.items() for value in (account, *delta)]
    parameters += [hold.id, hold.key, *_leg_values(hold), hold.expires_at]
    created_at = _judged(_hold_sql(), parameters)
    if created_at is None:
        return None
    hold.created_at = created_at
    hold._state.adding = False
    hold._state.db = connection.alias
    return hold


def resolve_hold(hold: AbstractHold, state: HoldState, posted: int, now: datetime | None) -> datetime | None:
    """Resolve a pending hold, posting ``posted`` of it. Answers when; None, having done nothing, if not."""
    parameters: dict[str, Any] = {
        "state": state.value,
        "posted": posted,
        "hold": hold.pk,
        "now": now,
        "transfer": uuid7(),
        "key": f"{HOLD_KEY}{hold.pk}",
    }
    with _cursor() as cursor:
        cursor.execute(RESOLVED, parameters)
        row = cursor.fetchone()
    return row[0] if row else None


def _leg_values(row: Any) -> tuple[Any, ...]:
    return (row.debit_account_id, row.credit_account_id, row.amount, row.currency, row.code, row.reference)


def _cursor() -> CursorWrapper:
    """One whose statements are planned once, where the connection prepares them (``prepare_threshold``).

    Django's usual cursor puts the values into the text: no statement comes twice.
    """
    connection.ensure_connection()
    if (binding := _binding_cursor()) is None:
        return connection.cursor()
    return connection._prepare_cursor(binding(connection.connection))  # type: ignore[attr-defined, no-any-return]


@lru_cache
def _binding_cursor() -> Callable[[Any], Any] | None:
    """Django's cursor of the option ``server_side_binding``; None with psycopg2, which has none."""
    from django.db.backends.postgresql import base  # noqa: PLC0415 - only where there is PostgreSQL

    return getattr(base, "ServerBindingCursor", None)


def _judged(sql: str, parameters: list[Any]) -> datetime | None:
    with _cursor() as cursor:
        cursor.execute(sql, parameters)
        known, fits, funded, created_at = cursor.fetchone()
    if not known:
        raise UnknownAccount
    if created_at is None and not fits:
        raise LedgerOverflow
    if created_at is None and not funded:
        raise InsufficientFunds
    return created_at


@lru_cache
def _judgement(accounts: int) -> str:
    first = "(%s::uuid, %s::bigint, %s::bigint, %s::bigint, %s::bigint)"
    deltas = ", ".join([first] + ["(%s, %s, %s, %s, %s)"] * (accounts - 1))
    return LOCKED_AND_JUDGED.format(deltas=deltas, accounts=accounts, limit=MAX_COUNTER)


@lru_cache
def _transfer_sql(accounts: int, legs: int) -> str:
    first = "(%s::uuid, %s, %s, %s::uuid, %s::uuid, %s::bigint, %s, %s, %s)"
    others = ", ".join([first] * (legs - 1))
    return _judgement(accounts) + HEAD_LEG + (OTHER_LEGS.format(legs=others) if others else "") + CHANGED


@lru_cache
def _hold_sql() -> str:
    return _judgement(2) + HELD + CHANGED
