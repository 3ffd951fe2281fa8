from __future__ import annotations

import pytest

from chowk_core.exceptions import NotFound
from chowk_core.policies import Refusal, Refused
from chowk_marketplace import services
from chowk_marketplace.exceptions import (
    HasOrders,
    InvalidStock,
    ListingActive,
    ListingClosed,
    NotOwner,
    WrongTransition,
)
from chowk_marketplace.models import get_listing_model
from tests.factories import (
    ActiveListingFactory,
    ListingFactory,
    OrderFactory,
    reread,
    told,
)

pytestmark = pytest.mark.django_db


def refuse_all(**question):
    return Refusal("has_bids", "There are bids.")


def test_activation_is_told():
    listing = services.activate_listing(listing=ListingFactory(title="Chair"))

    assert reread(listing).status == "active"
    assert reread(listing).activated_at is not None
    assert told("listing_activated") == [
        {
            "listing_id": str(listing.pk),
            "seller_id": str(listing.seller_id),
            "title": "Chair",
            "sale_format": "fixed_price",
        }
    ]


def test_nothing_without_stock_is_offered():
    listing = ListingFactory(stock=0)

    with pytest.raises(InvalidStock):
        services.activate_listing(listing=listing)

    assert reread(listing).status == "pending"
    assert told("listing_activated") == []


@pytest.mark.parametrize("verb", ["activate", "archive", "relist", "delete"])
def test_only_the_owner_acts(verb, stranger):
    listing = ListingFactory()

    with pytest.raises(NotOwner):
        getattr(services, f"{verb}_listing")(listing=listing, actor=stranger)

    assert reread(listing).status == "pending"


def test_staff_act_too(staff):
    services.activate_listing(listing=(listing := ListingFactory()), actor=staff)

    assert reread(listing).status == "active"


def test_archive_and_relist():
    listing = ActiveListingFactory(stock=3)

    services.archive_listing(listing=listing, actor=listing.seller)
    assert reread(listing).status == "archived"
    services.relist_listing(listing=listing, actor=listing.seller, stock=5)

    assert (reread(listing).status, reread(listing).stock) == ("pending", 5)
    assert len(told("listing_archived")) == 1


@pytest.mark.parametrize(
    ("status", "verbs"),
    [
        ("pending", ["relist"]),
        ("active", ["activate", "relist"]),
        ("sold", ["activate", "relist"]),
        ("archived", ["activate", "archive"]),
    ],
)
def test_there_is_no_other_way(status, verbs):
    listing = in_status(status)

    for verb in verbs:
        with pytest.raises((WrongTransition, InvalidStock)):
            getattr(services, f"{verb}_listing")(listing=listing)

    assert reread(listing).status == status


def in_status(status):
    if status == "pending":
        return ListingFactory()
    listing = ActiveListingFactory()
    if status == "sold":
        OrderFactory(listing=listing)
    if status == "archived":
        services.archive_listing(listing=listing)
    return listing


@pytest.mark.parametrize("status", ["sold", "archived"])
def test_what_is_closed_does_not_change(status):
    listing = in_status(status)

    with pytest.raises(ListingClosed):
        services.update_listing(listing=listing, actor=listing.seller, title="Other")


def test_a_policy_may_keep_it_in_the_window(settings):
    settings.CHOWK_MARKETPLACE = {"MAY_ARCHIVE": ["tests.test_listing_status.refuse_all"]}
    listing = ActiveListingFactory()

    with pytest.raises(Refused):
        services.archive_listing(listing=listing, actor=listing.seller)

    assert reread(listing).status == "active"


def test_a_policy_may_keep_it_as_it_is(settings):
    settings.CHOWK_MARKETPLACE = {
        "MAY_ARCHIVE": ["tests.test_listing_status.refuse_all"],
        "MAY_UPDATE": ["tests.test_listing_status.refuse_all"],
    }
    listing = ListingFactory(title="A rug")

    with pytest.raises(Refused):
        services.delete_listing(listing=listing, actor=listing.seller)
    with pytest.raises(Refused):
        services.update_listing(listing=listing, actor=listing.seller, title="A carpet")

    assert reread(listing).title == "A rug"


def test_deletion():
    listing = ListingFactory()

    services.delete_listing(listing=listing, actor=listing.seller)

    assert not get_listing_model().objects.exists()
    with pytest.raises(NotFound):
        services.delete_listing(listing=listing)


def test_what_is_on_offer_or_was_ordered_is_not_deleted():
    active = ActiveListingFactory()
    ordered = OrderFactory().lines.get().listing

    with pytest.raises(ListingActive):
        services.delete_listing(listing=active)
    with pytest.raises(HasOrders):
        services.delete_listing(listing=ordered)

    assert get_listing_model().objects.count() == 2
