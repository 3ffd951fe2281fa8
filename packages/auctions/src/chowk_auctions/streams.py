"""An auction over a socket: its events to everybody who may see it, bids from those who may bid.

in:   {"type": "place_bid", "amount": "5000.00"}       the amount is the bidder's maximum
out:  {"type": "auctions.bid_placed", "stream": …, "seq": …, "epoch": …, "at": …, "data": {"price": …, …}}
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from chowk_auctions.abstract_models import AbstractAuction
from chowk_auctions.conf import auctions_settings
from chowk_auctions.exceptions import AuctionNotFound
from chowk_auctions.selectors import bid_history, my_maxima, name_of, state_of, visible_auction
from chowk_auctions.services import PlacedBid, buy_now, place_bid
from chowk_core.events import Published
from chowk_core.exceptions import DomainError, NotAllowed
from chowk_core.money import amount_text
from chowk_core.realtime.streams import EventStream, UnknownCommand

Data = dict[str, Any]


class SignInToBid(NotAllowed):
    """Anonymous sockets may watch only."""

    code = "not_authenticated"
    message = _("Sign in to bid.")
    status = 401


class InvalidMessage(DomainError):
    """A field of the message is missing or of the wrong type."""

    code = "invalid_message"
    message = _("“%(field)s” should be text.")


class AuctionStream(EventStream):
    """``auctions.auction:<id>``."""

    name = "auctions.auction"

    def authorise(self, viewer: Any, key: str) -> bool:
        """Whoever may see the auction may watch it."""
        try:
            visible_auction(viewer, key)
        except AuctionNotFound:
            return False
        return True

    def audience(self, viewer: Any, key: str) -> Hashable:
        """That somebody did not pay is told to those it concerns: the seller, the buyer and staff.

        A second chance is told to whom it is offered, so each bidder has eyes of their own once such an
        auction is sold.
        """
        auction = visible_auction(viewer, key)
        concerned = viewer.is_authenticated and viewer.pk in (auction.seller_id, auction.buyer_id)
        if concerned or getattr(viewer, "is_staff", False):
            return "party"
        if auction.status == "sold" and auction.second_chance and my_maxima(viewer, [auction]):
            return f"bidder:{viewer.pk}"
        return "public"

    def present(self, event: Published, audience: Hashable) -> Data | None:
        """Names instead of ids, and nothing that only concerns the parties. Unknown events stay hidden."""
        draw = PRESENTED.get(event.name)
        if draw is None or (event.name in FOR_PARTIES and audience != "party"):
            return None
        if event.name in FOR_THE_ASKED and audience != f"bidder:{event.payload['bidder_id']}":
            return None
        if event.name == "auctions.unsold" and audience != "party" and event.payload["reason"] == "unpaid":
            return {**(draw(event.payload) or {}), "reason": ""}
        return draw(event.payload)

    def snapshot(self, viewer: Any, key: str) -> Data | None:
        """The auction's state and its newest bids, as this viewer may see them."""
        auction = visible_auction(viewer, key)
        return {**state_data(auction, viewer), "bids": history_data(auction, viewer)}

    def receive(self, viewer: Any, key: str, message: Data) -> Data:
        """``place_bid`` with ``amount`` (text) and perhaps ``currency``, or ``buy_now``."""
        command = message.get("type")
        if command not in ("place_bid", "buy_now"):
            raise UnknownCommand(type=str(command)[:40])
        if not viewer.is_authenticated:
            raise SignInToBid()
        visible_auction(viewer, key)
        if command == "buy_now":
            return placed_data(buy_now(auction_id=key, buyer=viewer))
        amount, currency = message.get("amount"), message.get("currency")
        if not isinstance(amount, str):
            raise InvalidMessage(field="amount")
        if currency is not None and not isinstance(currency, str):
            raise InvalidMessage(field="currency")
        return placed_data(place_bid(auction_id=key, bidder=viewer, amount=amount, currency=currency))


def state_data(auction: AbstractAuction, viewer: Any) -> Data:
    """``state_of`` as plain JSON."""
    return plain(asdict(state_of(auction, viewer)))


def history_data(auction: AbstractAuction, viewer: Any) -> list[Data]:
    """``bid_history`` as plain JSON."""
    return [plain(asdict(line)) for line in bid_history(auction, viewer)]


def placed_data(placed: PlacedBid) -> Data:
    """What a bidder is told of their own accepted bid, as plain JSON."""
    return plain(
        {
            "id": str(placed.id),
            "auction_id": str(placed.auction_id),
            "sequence": placed.sequence,
            "kind": placed.kind.value,
            "maximum": None if placed.maximum is None else amount_text(placed.maximum, placed.currency),
            "price": None if placed.price is None else amount_text(placed.price, placed.currency),
            "currency": placed.currency,
            "next_minimum": amount_text(placed.next_minimum, placed.currency),
            "leading": placed.leading,
            "reserve_met": placed.reserve_met,
            "ends_at": placed.ends_at,
            "extended": placed.extended,
            "placed_at": placed.placed_at,
            "commitment": placed.commitment,
        }
    )


def plain(data: Data) -> Data:
    """Times as ISO 8601 text, at any depth."""
    return {
        name: value.isoformat()
        if isinstance(value, datetime)
        else plain(value)
        if isinstance(value, dict)
        else value
        for name, value in data.items()
    }


def _bid(payload: Data) -> Data:
    auction_id = payload["auction_id"]
    shown = {k: v for k, v in payload.items() if k not in ("bidder_id", "leader_id", "bid_id")}
    bidder, leader = (name_of(payload[who], auction_id) for who in ("bidder_id", "leader_id"))
    return {**shown, "bidder": bidder, "leader": leader}


def _only(*names: str) -> Callable[[Data], Data]:
    return lambda payload: {name: payload[name] for name in names}


def _sold(payload: Data) -> Data:
    winner = name_of(payload["buyer_id"], payload["auction_id"])
    return {**_only("auction_id", "price", "currency")(payload), "winner": winner}


def _retracted(payload: Data) -> Data:
    auction_id, leader = payload["auction_id"], payload["leader_id"]
    shown = {name: value for name, value in payload.items() if name not in ("bidder_id", "leader_id")}
    return {
        **shown,
        "bidder": name_of(payload["bidder_id"], auction_id),
        "leader": None if leader is None else name_of(leader, auction_id),
    }


def _sealed_bid(payload: Data) -> Data | None:
    """That somebody has bid, where even that is public; never who. The setting may have changed meanwhile."""
    return _only("auction_id", "sealed_count")(payload) if auctions_settings.SHOW_SEALED_COUNT else None


def _revealed(payload: Data) -> Data:
    shown = _only("auction_id", "bid_count", "price", "currency", "reserve_met")(payload)
    return {**shown, "leader": name_of(payload["leader_id"], payload["auction_id"])}


_opening = _only("auction_id", "title", "starting_price", "currency", "starts_at", "ends_at")
_settling = _only("auction_id", "price", "currency")

PRESENTED: dict[str, Callable[[Data], Data | None]] = {
    "auctions.scheduled": _opening,
    "auctions.opened": _opening,
    "auctions.bid_placed": _bid,
    "auctions.bid_retracted": _retracted,
    "auctions.sealed_bid_placed": _sealed_bid,
    "auctions.bids_revealed": _revealed,
    "auctions.watchers_changed": _only("auction_id", "watcher_count"),
    "auctions.ending_soon": _only("auction_id", "ends_at", "lead_seconds"),
    "auctions.relisted": _only("auction_id", "new_auction_id", "starting_price", "currency"),
    "auctions.cancelled": _only("auction_id", "reason"),
    "auctions.sold": _sold,
    "auctions.unsold": _only("auction_id", "reason"),
    "auctions.settled": _settling,
    "auctions.payment_defaulted": _settling,
    "auctions.sale_voided": _settling,
    "auctions.settlement_reminder": _only("auction_id", "settle_by", "lead_seconds"),
    "auctions.second_chance_offered": _only("auction_id", "expires_at"),
    "auctions.second_chance_ended": _only("auction_id", "outcome"),
}
FOR_PARTIES = {"auctions.payment_defaulted", "auctions.sale_voided", "auctions.settlement_reminder"}
FOR_THE_ASKED = {"auctions.second_chance_offered", "auctions.second_chance_ended"}
