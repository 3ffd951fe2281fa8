"""Settings of chowk_auctions: ``CHOWK_AUCTIONS = {…}``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chowk_auctions.engine import Format
from chowk_auctions.policies import (
    BidderName,
    Increments,
    MayAuction,
    MayBid,
    PayUrl,
    Retraction,
    SecondChancePrice,
    Visibility,
)
from chowk_core.package_settings import (
    PackageSettings,
    Periodic,
    Policies,
    Policy,
    PolicyMap,
    Setting,
    Subscriptions,
)
from chowk_core.panels import Panels


def _not_negative(value: timedelta) -> str | None:
    return None if value >= timedelta(0) else "should not be negative"


def _positive(value: timedelta) -> str | None:
    return None if value > timedelta(0) else "should be more than nothing"


def _leads(value: tuple[timedelta, ...] | list[timedelta]) -> str | None:
    fine = all(isinstance(lead, timedelta) and lead > timedelta(0) for lead in value)
    return None if fine else "should hold timedeltas of more than nothing"


def _whole(value: int) -> str | None:
    return None if 0 <= value <= 100 else "should be between 0 and 100"


class AuctionsSettings(PackageSettings):
    """How auctions run, who may sell and bid, and what others see."""

    prefix = "CHOWK_AUCTIONS"

    FORMATS: PolicyMap[Format] = PolicyMap(
        {
            "english": "chowk_auctions.engine.English",
            "english_any_rise": "chowk_auctions.engine.EnglishAnyRise",
            "sealed_first_price": "chowk_auctions.engine.SealedFirstPrice",
        },
        "The ways to sell, by the name an auction carries. In 'english' a bid must exceed the price by a "
        "whole increment; in 'english_any_rise' anything above the price will do. To have the latter "
        "everywhere, map 'english' to its class. In 'sealed_first_price' nobody sees a bid before the end; "
        "it needs the extra chowk-auctions[sealed].",
    )
    INCREMENTS: Policy[Increments] = Policy(
        "chowk_auctions.policies.EbayIncrements", "By how much the next bid must exceed the price."
    )
    EXTENSION_WINDOW = Setting(
        timedelta(minutes=2),
        "A bid accepted this close to the end extends the auction (soft close). Zero: never.",
        validate=_not_negative,
    )
    EXTENSION = Setting(
        timedelta(minutes=2),
        "How much time there is at least after a bid in the extension window.",
        validate=_not_negative,
    )
    LONGEST_EXTENSION = Setting(
        timedelta(hours=1),
        "How far past the planned end late bids can move it, where the seller sets no hard end.",
        validate=_not_negative,
    )
    OWN_RAISE_EXTENDS = Setting(
        False,
        "Whether a leader's raise that leaves the price where it is extends the auction too. It gives "
        "nobody anything to answer, and would let a leader prolong the auction at will.",
    )
    SHORTEST = Setting(timedelta(minutes=1), "The shortest auction.", validate=_positive)
    LONGEST = Setting(timedelta(days=90), "The longest auction.", validate=_positive)
    SETTLEMENT_PERIOD = Setting(
        timedelta(hours=24), "How long the winner has to pay after the close.", validate=_positive
    )
    ENFORCE_SETTLEMENT_DEADLINE = Setting(
        True,
        "Whether an overdue settlement defaults by itself. Set to False where something else, such as an "
        "order, carries the deadline and tells of its passing.",
    )
    SETTLEMENT_REMINDERS: Setting[tuple[timedelta, ...]] = Setting(
        (timedelta(hours=12), timedelta(hours=2)),
        "How long before the deadline a buyer who has not paid is reminded; each once per sale.",
        type=(tuple, list),
        validate=_leads,
    )
    PAY_URL: Policy[PayUrl] = Policy("chowk_auctions.policies.no_pay_url", "Where a buyer pays.")
    SECOND_CHANCE = Setting(
        False, "Whether what nobody paid for is offered to the next bidder, where the seller says nothing."
    )
    SECOND_CHANCE_PERIOD = Setting(
        timedelta(hours=24), "How long a second-chance offer stands.", validate=_positive
    )
    SECOND_CHANCE_PRICE: Policy[SecondChancePrice] = Policy(
        "chowk_auctions.policies.own_highest_bid", "For how much it is offered."
    )
    RELISTS = Setting(
        0, "How often an unsold auction runs again by itself, where the seller says nothing.", validate=_whole
    )
    MOST_RELISTS = Setting(10, "How often a seller may have it run again by itself.", validate=_whole)
    RELIST_PATIENCE = Setting(
        timedelta(days=1),
        "For how long after the end an automatic relisting is tried, where MAY_AUCTION refuses it: what was "
        "sold and not paid may have to be taken back first.",
        validate=_positive,
    )
    ENDING_SOON: Setting[tuple[timedelta, ...]] = Setting(
        (timedelta(days=1), timedelta(hours=1)),
        "How long before the end `auctions.ending_soon` is told; each once per auction, and only of auctions "
        "that run longer than that.",
        type=(tuple, list),
        validate=_leads,
    )
    RETRACTION: Policy[Retraction] = Policy(
        "chowk_auctions.policies.EbayRetraction", "Which bids a bidder may take back."
    )
    SEALED_KEYS: Setting[tuple[str, ...]] = Setting(
        (),
        "Secrets that sealed bids are encrypted under: the first encrypts, all decrypt. Empty: SECRET_KEY, "
        "and SECRET_KEY_FALLBACKS. Keep one as long as auctions run whose bids it sealed.",
        type=(tuple, list),
    )
    SHOW_SEALED_COUNT = Setting(
        True, "Whether it is public how many have bid in a sealed auction, before its end."
    )
    CLOSE_BATCH = Setting(100, "How many auctions one transaction of the closer takes.")
    MAY_AUCTION: Policies[MayAuction] = Policies((), "Who may put what up for auction: each may refuse.")
    MAY_BID: Policies[MayBid] = Policies(
        ("chowk_auctions.policies.not_blocked",), "Who may bid and buy: each may refuse."
    )
    BIDDER_NAME: Policy[BidderName] = Policy(
        "chowk_auctions.policies.MaskedName", "What others see of a bidder."
    )
    VISIBILITY: Policy[Visibility] = Policy(
        "chowk_auctions.policies.OpenToAll", "Which auctions a viewer may know of."
    )
    STREAMS: PolicyMap[Any] = PolicyMap(
        {"auctions.auction": "chowk_auctions.streams.AuctionStream"}, "Realtime streams of this package."
    )
    PERIODIC = Periodic(
        {
            "auctions.open_due": ("chowk_auctions.services.open_due_auctions", timedelta(seconds=1)),
            "auctions.close_due": ("chowk_auctions.services.close_due_auctions", timedelta(seconds=1)),
            "auctions.default_overdue": (
                "chowk_auctions.services.default_overdue_settlements",
                timedelta(seconds=30),
            ),
            "auctions.pursue_buyers": ("chowk_auctions.services.pursue_buyers", timedelta(seconds=5)),
            "auctions.remind_buyers": ("chowk_auctions.services.remind_buyers", timedelta(seconds=60)),
            "auctions.ending_soon": ("chowk_auctions.services.tell_ending_soon", timedelta(seconds=30)),
            "auctions.relist_due": ("chowk_auctions.services.relist_due_auctions", timedelta(seconds=30)),
        },
        "Work that runs again and again, and how often.",
    )
    SUBSCRIPTIONS = Subscriptions(
        {
            "marketplace.order_paid": "chowk_auctions.subscribers.settle_paid_auction",
            "marketplace.order_cancelled": "chowk_auctions.subscribers.undo_cancelled_sale",
        },
        "What auctions do when others' events arrive.",
    )
    PANELS = Panels(
        {
            "marketplace.browse_top": "chowk_auctions.pages.panels.ending_soon",
            "marketplace.listing_card": "chowk_auctions.pages.panels.listing_cards",
            "marketplace.listing": "chowk_auctions.pages.panels.listing",
        },
        "What we put on other packages' pages: place to `chowk_core.panels.DrawPanels`.",
    )


auctions_settings = AuctionsSettings()
