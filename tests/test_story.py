"""The whole sale against a real server, and the same sale with the server killed after each step's commit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import OpenSite
from story.databases import manage
from story.sale import Sale
from story.server import Site
from story.state import Story, assert_ledger_is_zero, assert_log_is_whole

REFUSED = (
    "bid-too-low",
    "bid-on-own",
    "late-too-low",
    "late-too-low-again",
    "bid-after-end",
    "deliver-as-seller",
)
"""Steps that change nothing: of a refused request only the key is taken, and given back."""

COMMITS = """
register-seller#1 sign-in-seller#1 register-winner#1 sign-in-winner#1 register-loser#1 sign-in-loser#1
list-car#1 list-car#2 activate-car#1 marketplace.listing_activated#1 index_listing#1
start-auction#1 auctions.opened#1 bid-1#1 auctions.bid_placed#1 auctions.bid_placed#2 bid-3#1
auctions.bid_placed#3 auctions.bid_placed#4
auctions.sold#1 marketplace.listing_sold+marketplace.order_placed#1
{payment}
ship#1 marketplace.order_shipped#1 deliver#1 marketplace.order_delivered#1
payments.released+payments.wallet_changed#1 marketplace.order_completed#1
"""
PAYMENTS = {
    "wallet": """
        top-up#1 top-up#2 top-up#3 top-up#4 payments.captured+payments.wallet_changed#1 top-up#5
        pay#1 payments.captured+payments.wallet_changed#2 marketplace.order_paid#1
        payments.invoice_issued#1 auctions.settled#1 pay#2
    """,
    "card": """
        pay#1 pay#2 pay#3 payments.captured#1 marketplace.order_paid#1
        payments.invoice_issued#1 auctions.settled#1 pay#4
    """,
    "challenge": """
        pay#1 pay#2 pay#3 payments.changed#1 pay#4
        confirm-payment#1 confirm-payment#2 payments.captured#1 marketplace.order_paid#1
        payments.invoice_issued#1 auctions.settled#1 confirm-payment#3
    """,
}
"""Every commit of a sale, in order, by how it is paid. ``label#n`` is the n-th commit of that label: the
events it logged, the handler that ran, or the step of the request. A step's first commit only takes its
Idempotency-Key."""


def commits_of(pay: str) -> list[str]:
    """Every commit of a sale."""
    return COMMITS.format(payment=PAYMENTS[pay]).split()


def far_apart(points: list[str]) -> list[tuple[str, ...]]:
    """Every point once, two in a sale: one of its first half and one of its second."""
    half = -(-len(points) // 2)
    return [tuple(points[number::half]) for number in range(half)]


KILLS = [("wallet", points) for points in far_apart(commits_of("wallet"))] + [
    (pay, (point,)) for pay in ("card", "challenge") for point in PAYMENTS[pay].split()
]
REPRESENTATIVE = [
    ("wallet", ("auctions.bid_placed#2",)),  # a bid over the socket
    ("wallet", ("payments.captured+payments.wallet_changed#2",)),  # money into escrow
]


@pytest.fixture(scope="module")
def site(open_site: OpenSite) -> Iterator[Site]:
    """One site for all sales of this module: they have nothing to do with each other."""
    with open_site() as site:
        yield site


@pytest.fixture(scope="module")
def undisturbed(site: Site) -> dict[str, Sale]:
    """Sales in which nothing was killed, by how they were paid, as far as they were asked for."""
    return {}


def undisturbed_sale(site: Site, done: dict[str, Sale], pay: str) -> Sale:
    """The one that pays so; made when it is first asked for."""
    if pay not in done:
        site.arm()
        sale = Sale(site, pay)
        sale.run()
        done[pay] = sale
        sale.commits = site.commits()
    return done[pay]


def end_of(sale: Sale) -> dict[str, Any]:
    """The normalised end of a sale."""
    return Story(sale.auction, sale.people).state()


def public_events(sale: Sale) -> list[list[tuple[str, Any]]]:
    """What each watcher saw of the auction up to its end, in order: names and prices."""
    public = {"auctions.bid_placed", "auctions.sold"}
    return [
        [(frame["type"], frame["data"]["price"]) for frame in watcher.events if frame["type"] in public]
        for watcher in sale.watchers
    ]


SEEN = [
    ("auctions.bid_placed", "1000.00"),
    ("auctions.bid_placed", "1225.00"),
    ("auctions.bid_placed", "1525.00"),
    ("auctions.bid_placed", "1836.11"),
    ("auctions.sold", "1836.11"),
]


@pytest.mark.parametrize("pay", PAYMENTS)
def test_the_whole_sale(site: Site, undisturbed: dict[str, Sale], pay: str) -> None:
    """Won at 1,836.11: the seller gets 98 %, the platform 2 %, to the minor unit; the loser pays nothing."""
    sale = undisturbed_sale(site, undisturbed, pay)
    end = end_of(sale)

    assert end["auction"]["status"] == "sold"
    assert end["auction"]["settled"]
    assert (end["auction"]["leader"], end["auction"]["price"]) == ("winner", 1836_11)
    assert [bid[2] for bid in end["bids"]] == ["winner", "loser", "winner", "loser"]
    assert [bid[-1] for bid in end["bids"]] == [False, False, False, True]  # only the late one extended
    assert end["order"]["status"] == "completed"
    assert [step[:2] for step in end["transitions"]] == [
        ("", "pending_payment"),
        ("pending_payment", "paid"),
        ("paid", "shipped"),
        ("shipped", "delivered"),
        ("delivered", "completed"),
    ]
    shares = {transfer[0]: transfer[1] for transfer in end["transfers"]}
    assert (shares["payment"], shares["sale"], shares["fee"]) == (1836_11, 1799_39, 36_72)
    assert sale.seller.see("/api/wallets/my_wallet/")["available"] == "1799.39"
    left = "163.89" if pay == "wallet" else "0.00"
    assert sale.winner.see("/api/wallets/my_wallet/")["available"] == left
    assert sale.loser.see("/api/wallets/my_wallet/transactions/")["results"] == []
    assert sale.loser.see("/api/payments/")["results"] == []
    assert not any("loser" in str(row) for row in end["transfers"] + end["accounts"] + end["payments"])


def test_everybody_sees_the_same_in_order(site: Site, undisturbed: dict[str, Sale]) -> None:
    """Bidders and an anonymous watcher; that no number is missing is checked by each watcher as it comes."""
    sale = undisturbed_sale(site, undisturbed, "wallet")
    assert public_events(sale) == [SEEN, SEEN, SEEN]


def test_nobody_is_told_of_anothers_maximum(site: Site, undisturbed: dict[str, Sale]) -> None:
    sale = undisturbed_sale(site, undisturbed, "wallet")
    maxima = {"winner": ["1200.00", "2000.00"], "loser": ["1500.00", "1811.11"]}
    for watcher in sale.watchers:
        told = json.dumps([watcher.snapshots, watcher.events, list(watcher.answers.values())])
        for name, amounts in maxima.items():
            assert watcher.name == name or not any(amount in told for amount in amounts)


def test_the_ledger_sums_to_zero(site: Site, undisturbed: dict[str, Sale]) -> None:
    """By SQL, and by the command, which counts from the transfers."""
    undisturbed_sale(site, undisturbed, "wallet")
    assert_ledger_is_zero()
    assert_log_is_whole()
    manage(site.folder, site.database, "chowk_check_ledger")


@pytest.mark.parametrize("pay", PAYMENTS)
def test_the_kill_points_are_all_the_commits(site: Site, undisturbed: dict[str, Sale], pay: str) -> None:
    """A new step of the sale, or a new commit in one, does not escape the test below.

    In any order: a handler may run in the periodic work while the next request is under way.
    """
    recorded = undisturbed_sale(site, undisturbed, pay).commits
    made = [point for point in recorded if point.rpartition("#")[0] not in REFUSED]
    assert sorted(made) == sorted(commits_of(pay))


@pytest.mark.parametrize(
    ("pay", "kill_points"),
    [pytest.param(*kill, id="-".join([kill[0], *kill[1]])) for kill in REPRESENTATIVE]
    + [pytest.param(*kill, id="-".join([kill[0], *kill[1]]), marks=pytest.mark.slow) for kill in KILLS],
)
def test_a_kill_after_a_commit_changes_nothing(
    site: Site, undisturbed: dict[str, Sale], pay: str, kill_points: tuple[str, ...]
) -> None:
    """Killed with SIGKILL right after the commit, before the answer, the handlers and the frames; then
    started again. Clients ask again with the same Idempotency-Key, and sockets resume."""
    expected = end_of(undisturbed_sale(site, undisturbed, pay))
    starts = site.starts
    site.arm(*kill_points)
    sale = Sale(site, pay)
    sale.run()
    site.revive()  # where the periodic work was killed and nobody missed it since
    assert site.starts == starts + len(kill_points), f"not killed: {site.still_armed()}"
    assert end_of(sale) == expected
    assert public_events(sale) == [SEEN, SEEN, SEEN]
    assert_ledger_is_zero()
    assert_log_is_whole()


@pytest.mark.slow
def test_a_kill_after_every_kind_of_commit(site: Site, undisturbed: dict[str, Sale]) -> None:
    """One sale through as many power cuts as it has kinds of commits."""
    expected = end_of(undisturbed_sale(site, undisturbed, "wallet"))
    kill_points = [point for point in commits_of("wallet") if point.endswith("#1")]
    site.arm(*kill_points)
    sale = Sale(site, "wallet")
    sale.run()
    site.revive()
    assert not site.still_armed()
    assert end_of(sale) == expected
    assert public_events(sale) == [SEEN, SEEN, SEEN]
    assert_ledger_is_zero()
    assert_log_is_whole()
    manage(site.folder, site.database, "chowk_check_ledger")
