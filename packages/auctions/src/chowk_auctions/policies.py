"""Replaceable rules of auctions. Each setting's contract is a Protocol here, with its default beside it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from django.db.models import F, Q, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from chowk_core.money import decimals
from chowk_core.policies import Refusal
from chowk_core.targets import Target


class Increments(Protocol):
    """``INCREMENTS``: by how much the next bid must exceed a price, both in minor units of ``currency``."""

    def increment(self, price_minor: int, currency: str) -> int:
        """A positive number of minor units."""


class MayAuction(Protocol):
    """``MAY_AUCTION``: whether ``seller`` may put ``target`` up for auction. Asked inside the transaction."""

    def __call__(self, *, seller: Any, target: Target) -> Refusal | None:
        """None, or the refusal."""


class MayBid(Protocol):
    """``MAY_BID``: whether ``bidder`` may bid on or buy ``auction``. Asked before the auction is locked.

    Asked again before a second-chance offer is made to them and when they accept it.
    """

    def __call__(self, *, bidder: Any, auction: Any) -> Refusal | None:
        """None, or the refusal."""


class BidderName(Protocol):
    """``BIDDER_NAME``: what others see of a bidder.

    Both ids are text. Called often and by sockets' event loops, so it must not query. Clients compare names
    to tell bidders apart and to find themselves: two bidders of one auction should not share a name.
    """

    def __call__(self, *, bidder_id: str, auction_id: str) -> str:
        """A name that is the same all through one auction."""


class PayUrl(Protocol):
    """``PAY_URL``: where the buyer of the sold ``auction`` pays.

    Asked for reminders, and for the buyer who looks at that one auction, until it is paid; never for lists.
    """

    def __call__(self, *, auction: Any) -> str:
        """An address or a path on this site; "" where there is none (yet)."""


class Visibility(Protocol):
    """``VISIBILITY``: which auctions ``viewer`` (a user, anonymous or None) may know of."""

    def __call__(self, auctions: QuerySet[Any], *, viewer: Any) -> QuerySet[Any]:
        """``auctions``, narrowed, without duplicates."""


EBAY_LADDER = (
    ("0.01", "0.05"),
    ("1.00", "0.25"),
    ("5.00", "0.50"),
    ("25.00", "1.00"),
    ("100.00", "2.50"),
    ("250.00", "5.00"),
    ("500.00", "10.00"),
    ("1000.00", "25.00"),
    ("2500.00", "50.00"),
    ("5000.00", "100.00"),
)
"""From which price which increment, in units of the currency.

Source: pages.ebay.com/help/buy/bid-increments.html.
"""


@lru_cache(maxsize=256)
def _ladder(currency: str) -> tuple[list[int], list[int]]:
    """The ladder in minor units; a step finer than the currency's minor unit becomes one unit."""

    def minor(text: str) -> int:
        scaled = int(text.replace(".", "")) * 10 ** decimals(currency)
        return max(1, -(-scaled // 100))

    return [minor(price) for price, _step in EBAY_LADDER], [minor(step) for _price, step in EBAY_LADDER]


class EbayIncrements:
    """eBay's ten tiers, in units of whatever the currency is."""

    def increment(self, price_minor: int, currency: str) -> int:
        """The increment of the tier that ``price_minor`` is in."""
        prices, steps = _ladder(currency)
        return steps[max(0, bisect_right(prices, price_minor) - 1)]


class MaskedName:
    """A pseudonym per auction: followable within one auction, linkable across none, tells no id or e-mail."""

    def __call__(self, *, bidder_id: str, auction_id: str) -> str:
        """Such as "7F3A2C": no words, so that it is the same text in every language."""
        return _pseudonym(auction_id, bidder_id)


@lru_cache(maxsize=10_000)
def _pseudonym(auction_id: str, bidder_id: str) -> str:
    digest = salted_hmac("chowk_auctions.bidder", f"{auction_id}:{bidder_id}", algorithm="sha256")
    return digest.hexdigest()[:6].upper()


def not_on_auction(*, actor: Any, listing: Any) -> Refusal | None:
    """Whether ``listing`` (any object) may be changed or withdrawn: not from an auction's scheduling to its
    settlement.

    Answers ``CHOWK_MARKETPLACE["MAY_UPDATE"]`` and ``["MAY_ARCHIVE"]``: what people bid for stays what it
    was and where it was. A seller calls the auction off first, which ends with the first bid.
    """
    from chowk_auctions.models import get_auction_model  # noqa: PLC0415 - conf, which models need, imports us

    auctions: Any = get_auction_model()._default_manager
    if auctions.for_target(Target.of(listing)).unfinished().exists():
        return Refusal("on_auction", _("It is being auctioned. Call the auction off first."))
    return None


def not_blocked(*, bidder: Any, auction: Any) -> Refusal | None:
    """Whether the auction's seller takes bids from ``bidder``: the default of MAY_BID."""
    from chowk_auctions.bid_stores import bid_store  # noqa: PLC0415 - as above

    if bid_store().is_blocked(seller_id=auction.seller_id, bidder_id=bidder.pk):
        return Refusal("blocked_by_seller", _("The seller takes no bids from you."))
    return None


class OpenToAll:
    """Everybody sees auctions from their opening on. Those that are scheduled, or were called off before they
    opened, only their seller and staff see."""

    def __call__(self, auctions: QuerySet[Any], *, viewer: Any) -> QuerySet[Any]:
        """``auctions`` without what is scheduled, unless ``viewer`` sells it or is staff."""
        if viewer is not None and getattr(viewer, "is_staff", False):
            return auctions
        never_opened = Q(status="cancelled", closed_at__lt=F("starts_at"))
        seen = Q(status__in=("open", "sold", "unsold", "cancelled")) & ~never_opened
        if viewer is not None and viewer.is_authenticated:
            seen |= Q(seller=viewer)
        return auctions.filter(seen)


class AnnouncedToo(OpenToAll):
    """Everybody sees scheduled auctions as well, with the time they open, and may watch them."""

    def __call__(self, auctions: QuerySet[Any], *, viewer: Any) -> QuerySet[Any]:
        """What OpenToAll shows, and what is scheduled."""
        return super().__call__(auctions, viewer=viewer) | auctions.filter(status="scheduled")


def no_pay_url(*, auction: Any) -> str:
    """The default of PAY_URL: nothing is known about how one pays."""
    return ""


def followers(*, auction_id: str) -> list[str]:
    """The ids of those who watch the auction or have bid in it: for whoever tells them of its end."""
    from chowk_auctions.selectors import follower_ids  # noqa: PLC0415 - selectors need conf, which imports us

    return follower_ids(auction_id)


@dataclass(frozen=True)
class Underbidder:
    """Somebody who did not win, with the highest bid of theirs that stands, in minor units."""

    bidder_id: Any
    maximum: int = field(repr=False)


class SecondChancePrice(Protocol):
    """``SECOND_CHANCE_PRICE``: for how much ``bidder`` is offered what nobody paid for."""

    def __call__(self, *, auction: Any, bidder: Underbidder) -> int | None:
        """Minor units of the auction's currency; None to leave this bidder out."""


def own_highest_bid(*, auction: Any, bidder: Underbidder) -> int | None:
    """What the bidder bid, as eBay has it; not below the reserve, unless the seller said so.

    Source: ebay.co.uk/help, "Second Chance Offers": the price is the underbidder's last bid.
    """
    reserve = 0 if auction.below_reserve else auction.reserve_price or 0
    return bidder.maximum if bidder.maximum >= reserve else None


class Retraction(Protocol):
    """``RETRACTION``: which of their standing bids a bidder may take back."""

    def __call__(
        self, *, auction: Any, bids: Sequence[Any], reason: str, rebids: bool, now: datetime
    ) -> Sequence[Any] | Refusal:
        """A non-empty part of ``bids`` (the bidder's own, oldest first), or the refusal.

        With a bid go the bidder's later ones: an earlier bid alone, taken out, could raise the price.

        ``reason`` is whatever the bidder gave, ``rebids`` says whether another bid takes their place at once.
        Asked under the auction's lock: no waiting.
        """


class EbayRetraction:
    """eBay's published rule. Source: ebay.com/help/buying/bidding/retracting-bid.

    A reason is one of three: a mistyped amount, and then the right one is bid at once; a description that
    changed; a seller who cannot be reached. More than twelve hours before the end all bids of the bidder go.
    Later only the newest one does, within an hour of its placing.
    """

    LAST_HOURS = timedelta(hours=12)
    WITHIN = timedelta(hours=1)

    def __call__(
        self, *, auction: Any, bids: Sequence[Any], reason: str, rebids: bool, now: datetime
    ) -> Sequence[Any] | Refusal:
        """All of ``bids``, the newest, or a refusal."""
        if reason not in RETRACTION_REASONS:
            return Refusal("invalid_reason", _("Choose one of the reasons."))
        if reason == "typo" and not rebids:
            return Refusal("rebid_required", _("Enter the amount that you meant."))
        if auction.ends_at - now > self.LAST_HOURS:
            return bids
        if now - bids[-1].placed_at <= self.WITHIN:
            return bids[-1:]
        return Refusal("retraction_too_late", _("Near the end a bid can be retracted within an hour only."))


RETRACTION_REASONS = ("typo", "description_changed", "seller_unreachable")
"""The reasons that eBay's rule knows."""
