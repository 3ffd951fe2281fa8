"""What there is of a variant, who took it, and what the listing says of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from moneyed import Money

from chowk_core.targets import Target
from chowk_marketplace import services
from chowk_marketplace.exceptions import (
    InvalidOptions,
    InvalidPrice,
    InvalidStock,
    LastVariant,
    NotOwner,
    OptionsTaken,
    OutOfStock,
    SkuTaken,
    StockPerVariant,
    UnknownVariant,
    VariantRequired,
    VariantsNotAuctioned,
)
from chowk_marketplace.models import get_listing_model, get_stock_model
from tests.factories import (
    ActiveListingFactory,
    AuctionedListingFactory,
    ListingFactory,
    OrderFactory,
    paid,
    reread,
    shipped,
    told,
)

pytestmark = pytest.mark.django_db


def columns(variant):
    stock = get_stock_model().objects.get(variant=variant)
    return stock.on_hand, stock.held, stock.allocated


def history(variant):
    stock = get_stock_model().objects.get(variant=variant)
    return [(row.reason, row.on_hand, row.held, row.allocated) for row in stock.changes.order_by("at", "pk")]


def shirt(stock=3, **terms):
    """A listing in two sizes."""
    listing = ActiveListingFactory(stock=stock, **terms)
    small = listing.variants.get()
    services.update_variant(variant=small, options={"Size": "S"}, sku=f"S-{listing.pk}"[:64])
    large = services.add_variant(
        listing=listing, options={"Size": "L"}, sku=f"L-{listing.pk}"[:64], stock=2, price=Money(120, "USD")
    )
    return reread(listing), reread(small), large


def test_a_listing_is_made_with_a_variant(seller):
    listing = ListingFactory(seller=seller, stock=4, sku="A-1")

    variant = listing.variants.get()
    assert (variant.sku, variant.options, variant.price, variant.active) == ("A-1", {}, None, True)
    assert columns(variant) == (4, 0, 0)
    assert history(variant) == [("counted", 4, 0, 0)]


def test_an_order_allocates_and_shipping_takes_it_away():
    listing = ActiveListingFactory(stock=3)
    variant = listing.variants.get()

    order = OrderFactory(listing=listing, quantity=2)
    assert columns(variant) == (3, 0, 2)
    shipped(order)

    assert columns(variant) == (1, 0, 0)
    assert history(variant) == [("counted", 3, 0, 0), ("ordered", 0, 0, 2), ("shipped", -2, 0, -2)]
    assert variant.stock.changes.get(reason="ordered").reference == f"order:{order.number}"
    assert reread(listing).stock == 1
    assert services.check_stock() == []


def test_variants_are_sold_each_from_its_own_stock(buyer):
    listing, small, large = shirt()
    assert listing.stock == 5

    with pytest.raises(VariantRequired):
        services.purchase(listing=listing, buyer=buyer)
    with pytest.raises(UnknownVariant):
        services.purchase(listing=listing, buyer=buyer, variant="nobody")
    with pytest.raises(OutOfStock):
        services.purchase(listing=listing, buyer=buyer, variant=large, quantity=3)
    order = services.purchase(listing=listing, buyer=buyer, variant=str(large.pk), quantity=2)

    line = order.lines.get()
    assert (line.variant, line.options, line.sku) == (large, "Size: L", large.sku)
    assert order.total == Money(240, "USD")
    assert (reread(listing).stock, reread(listing).status) == (3, "active")
    services.purchase(listing=listing, buyer=buyer, variant=small, quantity=3)
    assert (reread(listing).stock, reread(listing).status) == (0, "sold")
    services.cancel_order(order=order, actor=buyer)
    assert (reread(listing).stock, reread(listing).status) == (2, "active")
    assert services.check_stock() == []


def test_what_is_switched_off_is_not_sold(buyer):
    listing, small, large = shirt()

    services.update_variant(variant=large, active=False)

    assert reread(listing).stock == 3
    with pytest.raises(UnknownVariant):
        services.purchase(listing=listing, buyer=buyer, variant=large)
    with pytest.raises(LastVariant):
        services.update_variant(variant=small, active=False)
    services.update_variant(variant=large, active=True)
    assert reread(listing).stock == 5
    assert services.check_stock() == []


def test_a_variant_that_was_ordered_is_switched_off_not_removed(buyer):
    listing, small, large = shirt()
    services.purchase(listing=listing, buyer=buyer, variant=large)
    third = services.add_variant(listing=listing, options={"Size": "XL"}, stock=1)

    services.remove_variant(variant=third)
    services.remove_variant(variant=large)

    assert list(listing.variants.values_list("pk", "active")) == [(small.pk, True), (large.pk, False)]
    assert services.check_stock() == []


def test_a_variant_that_a_checkout_holds_is_switched_off_whatever_its_seller_has_read(buyer):
    listing, small, large = shirt()
    seen = listing.variants.select_related("stock").get(pk=large.pk)
    cart = services.open_cart(user=buyer)
    services.add_to_cart(cart=cart, listing=listing, variant=large, quantity=1)
    services.begin_checkout(cart=cart, buyer=buyer)

    services.remove_variant(variant=seen)

    assert list(listing.variants.values_list("pk", "active")) == [(small.pk, True), (large.pk, False)]
    services.release_holds(cart=cart)
    services.remove_variant(variant=seen)
    assert list(listing.variants.values_list("pk", flat=True)) == [small.pk]


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ({"options": {"Size": "L"}}, OptionsTaken),
        ({"options": {"Size": ""}}, InvalidOptions),
        ({"options": {"Size": 4}}, InvalidOptions),
        ({"options": ["L"]}, InvalidOptions),
        ({"options": {str(number): "x" for number in range(9)}}, InvalidOptions),
        ({"options": {"Size": "M"}, "stock": -1}, InvalidStock),
        ({"options": {"Size": "M"}, "price": Money(5, "EUR")}, InvalidPrice),
        ({"options": {"Size": "M"}, "price": Money(0, "USD")}, InvalidPrice),
    ],
    ids=str,
)
def test_wrong_variants(terms, error):
    listing, _small, _large = shirt()

    with pytest.raises(error):
        services.add_variant(listing=listing, **terms)

    assert listing.variants.count() == 2


def test_a_sku_is_the_sellers_once(seller):
    ListingFactory(seller=seller, sku="A-1")
    other = ListingFactory(sku="A-1")

    with pytest.raises(SkuTaken):
        ListingFactory(seller=seller, sku="A-1")
    with pytest.raises(NotOwner):
        services.update_variant(variant=other.variants.get(), actor=seller, sku="B")


def test_an_auctioned_thing_is_one():
    with pytest.raises(VariantsNotAuctioned):
        services.add_variant(listing=AuctionedListingFactory(), options={"Size": "L"})
    pending = ListingFactory(stock=1)
    services.add_variant(listing=pending, options={"Size": "L"})
    with pytest.raises(VariantsNotAuctioned):
        services.update_listing(listing=pending, actor=pending.seller, sale_format="auction", price=None)


def test_counting(seller):
    listing, small, large = shirt(seller=seller)

    with pytest.raises(StockPerVariant):
        services.update_listing(listing=listing, actor=seller, stock=9)
    services.set_stock(variant=small, on_hand=7, actor=seller)
    services.adjust_stock(variant=large, delta=-1, actor=seller)

    assert (columns(small), columns(large), reread(listing).stock) == ((7, 0, 0), (1, 0, 0), 8)
    OrderFactory(listing=listing, variant=small, quantity=5)
    with pytest.raises(InvalidStock):
        services.set_stock(variant=small, on_hand=4, actor=seller)
    assert services.check_stock() == []


def test_a_single_stock_is_set_beside_what_is_promised():
    listing = ActiveListingFactory(stock=5)
    OrderFactory(listing=listing, quantity=2)

    services.update_listing(listing=listing, actor=listing.seller, stock=10)

    assert columns(listing.variants.get()) == (12, 0, 2)
    assert reread(listing).stock == 10
    assert services.check_stock() == []


def test_low_stock_is_told_once_a_crossing():
    listing = ActiveListingFactory(stock=5, sku="LOW")
    variant = listing.variants.get()

    orders = [OrderFactory(listing=listing, quantity=quantity) for quantity in (2, 1, 1)]
    assert told("stock_low") == [
        {
            "listing_id": str(listing.pk),
            "variant_id": str(variant.pk),
            "seller_id": str(listing.seller_id),
            "sku": "LOW",
            "available": 2,
            "threshold": 2,
        }
    ]
    services.cancel_order(order=orders[0], actor=orders[0].buyer)
    services.set_stock(variant=variant, on_hand=4)
    assert [event["available"] for event in told("stock_low")] == [2, 2]


def test_a_threshold_of_its_own(settings):
    listing = ActiveListingFactory(stock=9)
    services.update_variant(variant=listing.variants.get(), low_stock_at=8)
    settings.CHOWK_MARKETPLACE = {"LOW_STOCK_AT": None}

    OrderFactory(listing=listing)
    OrderFactory(listing=ActiveListingFactory(stock=3), quantity=3)

    assert [event["available"] for event in told("stock_low")] == [8]


@pytest.mark.parametrize(
    "wrong",
    [{"on_hand": -1}, {"held": -1}, {"allocated": -1}, {"allocated": 5}, {"held": 2, "allocated": 2}],
    ids=str,
)
def test_the_database_promises_no_more_than_there_is(wrong):
    stock = ActiveListingFactory(stock=3).variants.get().stock

    with pytest.raises(IntegrityError), transaction.atomic():
        get_stock_model().objects.filter(pk=stock.pk).update(**wrong)


def test_drift_is_reported_and_set_right(capsys):
    listing = ActiveListingFactory(stock=5)
    order = paid(OrderFactory(listing=listing, quantity=2))
    stock = get_stock_model().objects.get(variant__listing=listing)
    get_listing_model().objects.filter(pk=listing.pk).update(stock=1)
    get_stock_model().objects.filter(pk=stock.pk).update(allocated=1, on_hand=4)

    with pytest.raises(CommandError):
        call_command("check_stock")
    printed = capsys.readouterr().out
    assert f"stock.allocated {stock.pk}: 1 instead of 2" in printed
    assert f"listing.stock {listing.pk}: 1 instead of 3" in printed
    call_command("check_stock", "--fix")
    call_command("check_stock")

    assert columns(listing.variants.get()) == (4, 0, 2)
    assert reread(listing).stock == 2
    services.ship_order(order=order, actor=order.seller)
    assert services.check_stock() == []


def test_a_listing_without_variants_is_given_one():
    listing = ActiveListingFactory(stock=3)
    listing.variants.all().delete()

    services.check_stock(fix=True)

    assert columns(listing.variants.get()) == (3, 0, 0)
    OrderFactory(listing=listing)
    assert reread(listing).stock == 2


def test_a_second_chance_is_a_round_of_its_own(buyer, stranger):
    listing = AuctionedListingFactory()
    terms = {"listing_id": listing.pk, "price": Money(50, "USD")}

    terms |= {
        "pay_by": timezone.now() + timedelta(hours=1),
        "source": Target(type="auctions.auction", id="a1"),
    }
    first = services.place_order_for_auction(buyer_id=buyer.pk, **terms)
    services.cancel_defaulted_order(order=first)

    second = services.place_order_for_auction(buyer_id=stranger.pk, source_round=2, **terms)

    assert (first.source_round, second.source_round) == (1, 2)
    assert services.place_order_for_auction(buyer_id=stranger.pk, source_round=2, **terms) == second
    assert [event["source_round"] for event in told("order_placed")] == [1, 2]
    assert told("order_cancelled")[0]["source_round"] == 1
    assert services.check_stock() == []
