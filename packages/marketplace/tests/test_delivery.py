"""Where what was bought goes: with a purchase, and on an order that was placed without it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from moneyed import Money
from rest_framework.test import APIClient

from chowk_core.targets import Target
from chowk_marketplace import services
from chowk_marketplace.checkout_policies import ShippingRate
from chowk_marketplace.exceptions import (
    AddressRequired,
    DeliveryFixed,
    NotParty,
    TotalChanged,
    UnknownDiscount,
    UnknownShipping,
    WrongTransition,
)
from chowk_marketplace.models import get_order_model
from chowk_marketplace.policies import charge_for_order
from chowk_marketplace.services.quoting import Wishes
from tests.factories import ActiveListingFactory, AuctionedListingFactory, cart_of, reread, told
from tests.test_checkout import TenPercent

pytestmark = pytest.mark.django_db
USD = "USD"
LAHORE = {"name": "Ali", "city": "Lahore"}
ADDRESS = {"name": "Ali", "line1": "Mall 1", "city_name": "Lahore", "country": "PK", "is_default": True}


class PickUpOrSend:
    """Collected for nothing, sent for five, or sent fast for nine."""

    def rates(self, *, seller_id, address, currency, lines):
        return [
            ShippingRate("pick_up", "Collect it", 0, needs_address=False),
            ShippingRate("standard", "Standard", 500),
            ShippingRate("express", "Express", 900),
        ]


class OnceOnly(TenPercent):
    """Its code can be used once, which is no hindrance to whatever used it."""

    def quote(self, *, key="", **question):
        if set(self.held) - {key}:
            raise UnknownDiscount(code=question["code"])
        return super().quote(**question)


@pytest.fixture
def priced(settings):
    """Five for sending, ten percent of tax, two percent of fee, and a code that takes a tenth off."""
    settings.CHOWK_MARKETPLACE = {
        "SHIPPING_FLAT": {USD: "5.00"},
        "TAX": "chowk_marketplace.checkout_policies.PercentTax",
        "TAX_PERCENT": Decimal(10),
        "DISCOUNTS": "tests.test_checkout.TenPercent",
        "PLATFORM_FEE": "tests.test_checkout.two_percent",
    }
    TenPercent.held.clear()
    return settings


def won(buyer, price="250.00"):
    listing = AuctionedListingFactory()
    return services.place_order_for_auction(
        listing_id=listing.pk,
        buyer_id=buyer.pk,
        price=Money(price, USD),
        pay_by=timezone.now() + timedelta(hours=24),
        source=Target(type="auctions.auction", id=f"auction-of-{listing.pk}"),
    )


def amounts(order):
    return [getattr(order, name).amount for name in ("goods", "shipping", "discount", "tax", "total")]


def refusal(order):
    found = charge_for_order(target=Target.of(order), payer=order.buyer).refusal
    return found and found.code


def client(user):
    found = APIClient()
    found.force_authenticate(user)
    return found


def code(response):
    return response.json()["errors"][0]["code"]


def test_a_purchase_is_priced_as_a_checkout_is(buyer, priced):
    """The same goods, wishes and policies come to the same amounts either way."""
    one, other = (ActiveListingFactory(price=Money("99.99", USD), stock=2) for _time in range(2))
    wishes = Wishes(ship_to=LAHORE, discount_code="TEN")

    order = services.purchase(listing=one, buyer=buyer, quantity=2, wishes=wishes)
    group = services.place_checkout(cart=cart_of(buyer, (other, 2)), buyer=buyer, wishes=wishes)

    order, twin = reread(order), group.orders.get()
    assert amounts(order) == amounts(twin)
    assert order.total == Money("197.99", USD)  # 199.98 + 5.00 - 19.99 - 5.00 + 10 % of 179.99
    assert (order.platform_fee, order.ship_to) == (twin.platform_fee, LAHORE)
    assert (order.shipping_method, order.shipping_code) == ("Standard delivery", "standard")
    assert [line.discount for line in order.lines.all()] == [line.discount for line in twin.lines.all()]
    assert [line.tax for line in order.lines.all()] == [Money("18.00", USD)]
    assert order.discount_code == "TEN"
    assert TenPercent.held[0] == str(order.pk)
    assert told("order_placed")[0]["total"] == "197.99"
    assert not order.delivery_due
    assert refusal(order) is None


def test_the_total_that_was_agreed_to(buyer, priced):
    listing = ActiveListingFactory()

    with pytest.raises(TotalChanged):
        services.purchase(
            listing=listing, buyer=buyer, wishes=Wishes(ship_to=LAHORE), agreed_total=Money("100", USD)
        )

    assert reread(listing).stock == 1
    order = services.purchase(
        listing=listing, buyer=buyer, wishes=Wishes(ship_to=LAHORE), agreed_total=Money("115", USD)
    )
    assert order.total == Money("115.00", USD)


@pytest.mark.parametrize(
    ("wishes", "error"),
    [({"shipping_code": "balloon"}, UnknownShipping), ({"discount_code": "NONE"}, UnknownDiscount)],
    ids=str,
)
def test_wrong_wishes_take_no_stock(buyer, priced, wishes, error):
    listing = ActiveListingFactory()
    shipping = {str(listing.seller_id): wishes["shipping_code"]} if "shipping_code" in wishes else {}
    asked = Wishes(ship_to=LAHORE, shipping=shipping, discount_code=wishes.get("discount_code", ""))

    with pytest.raises(error):
        services.purchase(listing=listing, buyer=buyer, wishes=asked)

    assert reread(listing).stock == 1
    assert not get_order_model().objects.exists()


def test_a_purchase_that_costs_nothing_is_paid(buyer, settings):
    settings.CHOWK_MARKETPLACE = {"DISCOUNTS": "tests.test_checkout.Everything"}

    order = services.purchase(
        listing=ActiveListingFactory(), buyer=buyer, wishes=Wishes(ship_to=LAHORE, discount_code="ALL")
    )

    assert (reread(order).status, reread(order).total.amount) == ("paid", 0)


def test_a_won_auction_waits_for_its_address(buyer, priced):
    order = won(buyer)

    assert amounts(reread(order)) == [250, 0, 0, 0, 250]
    assert order.delivery_due
    assert told("order_placed")[0]["delivery_due"]
    assert refusal(order) == "delivery_required"
    assert not services.mark_order_paid(order=order, payment_id="p", amount=order.total)
    assert told("payment_refused")[0]["reason"] == "delivery_required"
    with pytest.raises(IntegrityError), transaction.atomic():
        get_order_model().objects.filter(pk=order.pk).update(status="paid", paid_at=timezone.now())

    order = services.set_delivery(order=order, actor=buyer, ship_to=LAHORE)

    order = reread(order)
    assert amounts(order) == [250, 5, 0, 25, 280]
    assert order.platform_fee == Money("5.60", USD)
    assert (order.ship_to, order.shipping_method) == (LAHORE, "Standard delivery")
    assert order.lines.get().tax == Money("25.00", USD)
    assert told("order_delivery_set")[0]["total"] == "280.00"
    charge = charge_for_order(target=Target.of(order), payer=buyer)
    assert (charge.payable, charge.amount_minor, charge.parts[0].fee_minor) == (True, 28000, 560)
    assert services.mark_order_paid(order=order, payment_id="q", amount=Money("280.00", USD))


def test_an_order_to_be_collected_needs_no_address(buyer, settings):
    settings.CHOWK_MARKETPLACE = {"SHIPPING": "tests.test_delivery.PickUpOrSend"}
    order = won(buyer)
    assert (order.delivery_due, order.shipping_method, refusal(order)) == (False, "Collect it", None)

    with pytest.raises(AddressRequired):
        services.set_delivery(order=order, actor=buyer, shipping="express")
    order = services.set_delivery(order=order, actor=buyer, ship_to=LAHORE, shipping="express")
    assert (reread(order).total, reread(order).ship_to) == (Money("259.00", USD), LAHORE)

    order = services.set_delivery(order=order, actor=buyer, ship_to=LAHORE, shipping="pick_up")
    assert (reread(order).total, reread(order).ship_to) == (Money("250.00", USD), {})


def test_kinds_of_listings_that_are_collected(buyer, settings):
    settings.CHOWK_MARKETPLACE = {"SHIPPING_FLAT": {USD: "5.00"}, "PICK_UP_TYPES": ["listing"]}

    order = services.purchase(listing=ActiveListingFactory(), buyer=buyer)

    assert (order.shipping_code, order.delivery_due, order.total) == ("pick_up", False, Money(100, USD))
    order = services.set_delivery(order=order, actor=buyer, ship_to=LAHORE, shipping="standard")
    assert order.total == Money(105, USD)


def test_an_order_s_own_use_of_its_code_does_not_stand_in_its_way(buyer, priced):
    priced.CHOWK_MARKETPLACE = {**priced.CHOWK_MARKETPLACE, "DISCOUNTS": "tests.test_delivery.OnceOnly"}
    coded = Wishes(discount_code="TEN")
    order = services.purchase(listing=ActiveListingFactory(), buyer=buyer, wishes=coded)

    quote = services.quote_delivery(order=order, actor=buyer, ship_to=LAHORE)
    answer = client(buyer).get(f"/api/orders/{order.pk}/delivery/")

    assert (quote.money("discount"), quote.money("total")) == (Money(15, USD), Money(99, USD))
    assert (answer.status_code, answer.json()["total"]["amount"]) == (200, "99.00")
    with pytest.raises(UnknownDiscount):
        services.purchase(listing=ActiveListingFactory(), buyer=buyer, wishes=coded)
    assert services.set_delivery(order=order, actor=buyer, ship_to=LAHORE).total == Money(99, USD)


def test_a_payment_of_the_total_before_goes_back(buyer, priced):
    order = services.purchase(listing=ActiveListingFactory(), buyer=buyer, wishes=Wishes(ship_to=LAHORE))
    priced.CHOWK_MARKETPLACE = {**priced.CHOWK_MARKETPLACE, "SHIPPING": "tests.test_delivery.PickUpOrSend"}
    services.set_delivery(order=order, actor=buyer, ship_to=LAHORE, shipping="express")

    assert not services.mark_order_paid(order=order, payment_id="p", amount=order.total)
    assert told("payment_refused")[0]["reason"] == "wrong_amount"


def test_who_may_say_when(buyer, seller, priced):
    order = services.purchase(listing=ActiveListingFactory(seller=seller), buyer=buyer)
    group = services.place_checkout(cart=cart_of(buyer, ActiveListingFactory()), buyer=buyer)

    with pytest.raises(NotParty):
        services.set_delivery(order=order, actor=seller, ship_to=LAHORE)
    with pytest.raises(TotalChanged):
        services.set_delivery(order=order, actor=buyer, ship_to=LAHORE, agreed_total=Money(100, USD))
    with pytest.raises(DeliveryFixed):
        services.set_delivery(order=group.orders.get(), actor=buyer, ship_to=LAHORE)
    assert reread(order).delivery_due
    order = services.set_delivery(order=order, actor=buyer, ship_to=LAHORE)
    services.mark_order_paid(order=order, payment_id="p", amount=order.total)
    with pytest.raises(WrongTransition):
        services.set_delivery(order=order, actor=buyer, ship_to={"city": "Quetta"})
    assert reread(order).ship_to == LAHORE


def test_a_purchase_over_the_api(buyer, priced):
    listing = ActiveListingFactory()
    address = services.save_address(user=buyer, **ADDRESS)
    url = f"/api/listings/{listing.pk}/purchase/"

    assert client(buyer).post(url, {"address": "nobody's"}).status_code == 404
    refused = client(buyer).post(url, {"shipping": "balloon"})
    assert (refused.status_code, code(refused)) == (400, "unknown_shipping")
    made = client(buyer).post(
        url,
        {
            "address": str(address.pk),
            "shipping": "standard",
            "discount_code": "TEN",
            "total": {"amount": "99.00", "currency": USD},
        },
    )

    assert made.status_code == 201, made.json()
    body = made.json()
    assert {name: body[name]["amount"] for name in ("goods", "shipping", "discount", "tax", "total")} == {
        "goods": "100.00",
        "shipping": "5.00",
        "discount": "15.00",
        "tax": "9.00",
        "total": "99.00",
    }
    assert (body["ship_to"]["city"], body["delivery_due"]) == ("Lahore", False)


def test_the_delivery_over_the_api(buyer, seller, stranger, priced):
    order = won(buyer)
    url = f"/api/orders/{order.pk}/delivery/"
    assert client(buyer).get(f"/api/orders/{order.pk}/").json()["actions"] == ["delivery"]

    assert client(buyer).post(url, {}).json()["errors"][0]["code"] == "address_required"
    address = services.save_address(user=buyer, **ADDRESS)
    quote = client(buyer).get(url, {"address": str(address.pk)}).json()
    assert (quote["total"]["amount"], [rate["code"] for rate in quote["rates"]]) == ("280.00", ["standard"])
    assert reread(order).delivery_due
    assert client(stranger).post(url, {}).status_code == 404
    assert client(seller).get(url).status_code == 404
    for answer in (client(order.seller).post(url, {}), client(order.seller).get(url)):
        assert (answer.status_code, code(answer)) == (403, "not_party")
    changed = client(buyer).post(url, {"total": {"amount": "250.00", "currency": USD}})
    assert (changed.status_code, code(changed)) == (409, "total_changed")
    answer = client(buyer).post(url, {"shipping": "standard", "total": quote["total"]})

    assert answer.status_code == 200, answer.json()
    assert (answer.json()["total"]["amount"], answer.json()["delivery_due"]) == ("280.00", False)


def test_staff_send_a_buyer_s_order_to_the_buyer(buyer, staff, priced):
    order = won(buyer)
    url = f"/api/orders/{order.pk}/delivery/"
    mine = services.save_address(user=staff, **{**ADDRESS, "name": "Staff"})
    theirs = services.save_address(user=buyer, **ADDRESS)

    assert client(staff).get(url, {"address": str(mine.pk)}).status_code == 404
    assert client(staff).post(url, {"address": str(mine.pk)}).status_code == 404
    assert reread(order).delivery_due
    answer = client(staff).post(url, {})

    assert answer.status_code == 200, answer.json()
    assert reread(order).ship_to["name"] == "Ali"
    assert client(staff).post(url, {"address": str(theirs.pk)}).status_code == 200
