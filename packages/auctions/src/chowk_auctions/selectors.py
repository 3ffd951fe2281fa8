"""Reads, scoped to a viewer. The only place outside services where a maximum is read: the viewer's own.

``viewer`` is a user, AnonymousUser or None. Amounts leave here as decimal text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet
from django.utils import timezone

from chowk_auctions.abstract_models import (
    AbstractAuction,
    AbstractBid,
    AbstractBlockedBidder,
    AbstractSecondChanceOffer,
    BidKind,
    OfferStatus,
    Status,
)
from chowk_auctions.bid_stores import auction_key
from chowk_auctions.conf import auctions_settings
from chowk_auctions.exceptions import AuctionNotFound
from chowk_auctions.models import (
    get_auction_model,
    get_bid_model,
    get_blocked_bidder_model,
    get_sealed_bid_model,
    get_second_chance_offer_model,
    get_watch_model,
)
from chowk_auctions.rules import (
    can_buy_now,
    has_sealed_bids,
    is_sealed,
    next_minimum,
    owes,
    pay_url_of,
    public_standing,
)
from chowk_auctions.shapes import AuctionState, BidLine, BlockedLine, Offer, Viewpoint
from chowk_core.money import amount_text
from chowk_core.targets import Target


def visible_auctions(viewer: Any) -> QuerySet[Any]:
    """The auctions that ``viewer`` may know of. Leaders' maxima are not loaded."""
    auctions = get_auction_model()._default_manager.defer("leader_maximum")
    return auctions_settings.VISIBILITY(auctions, viewer=viewer)


def visible_auction(viewer: Any, key: Any) -> AbstractAuction:
    """One of them, by its key as text. Raises AuctionNotFound."""
    auction = visible_auctions(viewer).filter(pk=auction_key(key)).first()
    if auction is None:
        raise AuctionNotFound()
    return auction


def auctions_of(viewer: Any, targets: Iterable[Target]) -> dict[Target, AbstractAuction]:
    """The newest visible auction of each of ``targets`` that has one; one statement for a target type."""
    wanted = {target.canonical() for target in targets}
    found: dict[Target, AbstractAuction] = {}
    for kind in {target.type for target in wanted}:
        ids = [target.id for target in wanted if target.type == kind]
        content_type = Target(kind, "").content_type()
        rows = visible_auctions(viewer).filter(target_type=content_type, target_id__in=ids)
        for auction in rows.order_by("created_at", "pk"):
            found[auction.target] = auction
    return found


def visible_bids(auction: AbstractAuction) -> QuerySet[Any]:
    """The history of an auction that its viewer may see, newest first. Sealed bids have none yet."""
    return get_bid_model()._default_manager.filter(auction_id=auction.pk).order_by("-sequence")


def bid_history(auction: AbstractAuction, viewer: Any, *, limit: int = 50) -> list[BidLine]:
    """The newest ``limit`` bids of an auction from ``visible_auctions``, newest first. One statement."""
    return [bid_line(bid, auction, viewer) for bid in visible_bids(auction)[:limit]]


def bid_line(bid: AbstractBid, auction: AbstractAuction, viewer: Any) -> BidLine:
    """``bid`` as ``viewer`` may see it. No statement."""
    own = _is(viewer, bid.bidder_id)
    told = own or has_sealed_bids(auction)
    return BidLine(
        sequence=bid.sequence,
        kind=bid.kind,
        bidder=name_of(bid.bidder_id, auction.pk),
        is_you=own,
        leader=None if bid.leader_id is None else name_of(bid.leader_id, auction.pk),
        you_lead=_is(viewer, bid.leader_id),
        price=amount_text(bid.price, auction.currency),
        currency=auction.currency,
        reserve_met=bid.reserve_met,
        maximum=amount_text(bid.maximum, auction.currency) if told else None,
        retracted=bid.retracted_at is not None,
        reason=bid.reason,
        extended_to=bid.extended_to,
        placed_at=bid.placed_at,
    )


def state_of(auction: AbstractAuction, viewer: Any) -> AuctionState:
    """An auction from ``visible_auctions`` as ``viewer`` may see it. No statement for strangers.

    For the buyer who owes, the PAY_URL policy is asked.
    """
    state = states_of([auction], viewer)[0]
    if not (state.you.won and owes(auction)):
        return state
    return replace(state, you=replace(state.you, pay_url=pay_url_of(auction) or None))


def states_of(
    auctions: Iterable[AbstractAuction], viewer: Any, *, watching: bool = True
) -> list[AuctionState]:
    """Several at once: a constant number of statements for what is the viewer's own.

    ``watching=False`` saves one where nobody looks at ``you.watching``. ``you.pay_url`` is None, as PAY_URL
    answers for one auction at a time.
    """
    listed, now = list(auctions), timezone.now()
    own = _own(viewer, listed, watching=watching)
    return [_state(auction, viewer, own, now) for auction in listed]


@dataclass(frozen=True)
class _Own:
    """What is the viewer's own in some auctions, by their keys."""

    maxima: dict[Any, int] = field(default_factory=dict, repr=False)
    sealed: frozenset[Any] = frozenset()
    watched: frozenset[Any] = frozenset()
    offers: dict[Any, AbstractSecondChanceOffer] = field(default_factory=dict)


def _own(viewer: Any, auctions: list[AbstractAuction], *, watching: bool) -> _Own:
    if viewer is None or not viewer.is_authenticated or not auctions:
        return _Own()
    sealed = [auction.pk for auction in auctions if is_sealed(auction)]
    pursued = [auction.pk for auction in auctions if auction.pursuing]
    keys = [auction.pk for auction in auctions]
    watches = get_watch_model()._default_manager.filter(user=viewer, auction__in=keys)
    bids = get_sealed_bid_model()._default_manager.filter(bidder=viewer, auction__in=sealed)
    offers = get_second_chance_offer_model()._default_manager.filter(
        bidder=viewer, auction__in=pursued, status=OfferStatus.PENDING, expires_at__gt=timezone.now()
    )
    return _Own(
        maxima=my_maxima(viewer, auctions),
        sealed=frozenset(bids.values_list("auction", flat=True)) if sealed else frozenset(),
        watched=frozenset(watches.order_by().values_list("auction", flat=True)) if watching else frozenset(),
        offers={offer.auction_id: offer for offer in offers} if pursued else {},
    )


def my_maxima(viewer: Any, auctions: Iterable[AbstractAuction]) -> dict[Any, int]:
    """The viewer's highest standing maximum in each auction they bid in, by its key, in minor units."""
    if viewer is None or not viewer.is_authenticated:
        return {}
    own = get_bid_model()._default_manager.filter(
        bidder=viewer, auction__in=[a.pk for a in auctions], retracted_at__isnull=True
    )
    standing = own.exclude(kind=BidKind.RETRACTION).order_by()
    return dict(standing.values_list("auction").annotate(Max("maximum")))


def name_of(bidder_id: Any, auction_id: Any) -> str:
    """What others see of a bidder."""
    return auctions_settings.BIDDER_NAME(bidder_id=str(bidder_id), auction_id=str(auction_id))


def _is(viewer: Any, user_id: Any) -> bool:
    return viewer is not None and viewer.is_authenticated and viewer.pk == user_id


def follower_ids(auction_id: Any) -> list[str]:
    """The ids, as text, of who watches an auction or has bid in it, sealed or not; the seller is none."""
    key = auction_key(auction_id)
    found = set(get_watch_model()._default_manager.filter(auction_id=key).values_list("user", flat=True))
    for model in (get_bid_model(), get_sealed_bid_model()):
        found |= set(model._default_manager.filter(auction_id=key).values_list("bidder", flat=True))
    return sorted(str(pk) for pk in found)


def watched_by(viewer: Any) -> QuerySet[Any]:
    """The keys of the auctions that a signed-in user watches."""
    return get_watch_model()._default_manager.filter(user=viewer).values("auction")


def my_blocked_bidders(viewer: Any) -> QuerySet[Any]:
    """Whom ``viewer`` takes no bids from, the newest first."""
    rows = get_blocked_bidder_model()._default_manager
    return (
        rows.filter(seller=viewer).order_by("-created_at", "-pk") if viewer.is_authenticated else rows.none()
    )


def blocked_line(row: AbstractBlockedBidder) -> BlockedLine:
    """``row`` as its seller may see it. No statement."""
    named = row.auction_id is not None
    return BlockedLine(
        id=str(row.pk),
        bidder=None if named else str(row.bidder_id),
        auction=str(row.auction_id) if named else None,
        name=name_of(row.bidder_id, row.auction_id) if named else "",
        note=row.note,
        created_at=row.created_at,
    )


def bidder_called(auction: AbstractAuction, name: str) -> Any | None:
    """The key of the bidder that is seen as ``name`` in an auction; None if nobody is."""
    ids: set[Any] = set()
    for model in (get_bid_model(), get_sealed_bid_model()):
        rows = model._default_manager.filter(auction_id=auction.pk)
        ids |= set(rows.order_by().values_list("bidder", flat=True).distinct())
    return next((pk for pk in ids if name_of(pk, auction.pk) == name), None)


def _state(auction: AbstractAuction, viewer: Any, own: _Own, now: datetime) -> AuctionState:
    def text(minor: int | None) -> str | None:
        return None if minor is None else amount_text(minor, auction.currency)

    is_open = auction.status == Status.OPEN and auction.ends_at > now
    is_seller, won = _is(viewer, auction.seller_id), _is(viewer, auction.buyer_id)
    is_staff = bool(getattr(viewer, "is_staff", False))
    party = is_seller or won or is_staff
    sealed = is_sealed(auction)
    sold = auction.status == Status.SOLD and not auction.pursuing
    return AuctionState(
        id=str(auction.pk),
        target=auction.target,
        title=auction.title,
        seller_id=str(auction.seller_id),
        format=auction.format,
        status=auction.status,
        currency=auction.currency,
        starting_price=amount_text(auction.starting_price, auction.currency),
        price=amount_text(auction.price, auction.currency),
        next_minimum=text(
            next_minimum(auction.format, public_standing(auction), auction.currency) if is_open else None
        ),
        buy_now_price=text(auction.buy_now_price if is_open and can_buy_now(auction) else None),
        reserve_price=text(auction.reserve_price if is_seller else None),
        has_reserve=auction.reserve_price is not None,
        reserve_met=auction.reserve_met,
        sealed=sealed,
        bid_count=_bid_count(auction, sealed),
        watcher_count=auction.watcher_count,
        leader=None if auction.leader_id is None else name_of(auction.leader_id, auction.pk),
        winner=name_of(auction.buyer_id, auction.pk) if sold else None,
        sale_price=text(auction.sale_price if sold or party else None),
        starts_at=auction.starts_at,
        ends_at=auction.ends_at,
        hard_ends_at=auction.hard_ends_at,
        closed_at=auction.closed_at,
        settle_by=auction.settle_by if party else None,
        settlement=_settlement(auction, asks=is_seller or is_staff) if party else None,
        server_time=now,
        you=_viewpoint(auction, viewer, own),
    )


def _viewpoint(auction: AbstractAuction, viewer: Any, own: _Own) -> Viewpoint:
    if viewer is None or not viewer.is_authenticated:
        return Viewpoint()
    maximum, offer = own.maxima.get(auction.pk), own.offers.get(auction.pk)
    currency = auction.currency
    return Viewpoint(
        name=name_of(viewer.pk, auction.pk),
        is_seller=_is(viewer, auction.seller_id),
        has_bid=maximum is not None or auction.pk in own.sealed,
        leading=_is(viewer, auction.leader_id),
        won=_is(viewer, auction.buyer_id) and auction.status == Status.SOLD and not auction.pursuing,
        watching=auction.pk in own.watched,
        maximum=None if maximum is None else amount_text(maximum, currency),
        offer=None
        if offer is None
        else Offer(
            id=str(offer.pk),
            amount=amount_text(offer.amount, currency),
            currency=currency,
            expires_at=offer.expires_at,
        ),
    )


def _bid_count(auction: AbstractAuction, sealed: bool) -> int | None:
    if not sealed:
        return auction.bid_count
    return auction.sealed_count if auctions_settings.SHOW_SEALED_COUNT else None


def _settlement(auction: AbstractAuction, *, asks: bool) -> str | None:
    if auction.settle_by is None:
        return None
    if auction.pursuing and asks:
        return "second_chance"
    if auction.voided_at is not None:
        return "voided"
    if auction.settled_at is not None:
        return "settled"
    return "due" if auction.defaulted_at is None else "defaulted"
