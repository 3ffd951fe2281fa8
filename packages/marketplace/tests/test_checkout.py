"""From a cart to orders, one a seller."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.signals import user_logged_in
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from moneyed import Money

from chowk_core.exceptions import NotFound
from chowk_core.money import decimals, from_minor
from chowk_core.policies import Refused
from chowk_core.targets import Target, UnknownTarget
from chowk_marketplace import cart_selectors, services
from chowk_marketplace.checkout_policies import (
    DiscountQuote,
    ShippingRate,
    invoice_for_order,
    keep_own,
    replace_by_guest,
    sum_quantities,
)
from chowk_marketplace.exceptions import (
    AuctionOnly,
    CartEmpty,
    CartFull,
    MixedCurrencies,
    NotForSale,
    OutOfStock,
    OwnListing,
    TooMany,
    TotalChanged,
    UnknownDiscount,
    UnknownShipping,
)
from chowk_marketplace.models import (
    get_cart_model,
    get_category_model,
    get_order_group_model,
    get_order_model,
    get_stock_model,
)
from chowk_marketplace.policies import charge_for_group, charge_for_order
from chowk_marketplace.services.orders import Line
from chowk_marketplace.services.pricing import price_up
from chowk_marketplace.services.quoting import Wishes
from chowk_marketplace.subscribers import CART_SESSION_KEY
from tests.factories import (
    ActiveListingFactory,
    AuctionedListingFactory,
    UserFactory,
    cart_of,
    reread,
    told,
)

pytestmark = pytest.mark.django_db
USD = "USD"


class TenPercent:
    """Takes a tenth off each line and all of the shipping; counts its holds."""

    held = []

    def quote(self, *, code, buyer, currency, lines, shipping, key=""):
        if code != "TEN":
            raise UnknownDiscount(code=code)
        off = {line.id: line.total_minor // 10 for line in lines}
        return DiscountQuote(code=code, label="Ten percent", lines=off, shipping=dict(shipping))

    def hold(self, *, key, **question):
        TenPercent.held.append(key)
        return self.quote(key=key, **question)


class Everything(TenPercent):
    """Takes everything off."""

    def quote(self, *, code, buyer, currency, lines, shipping, key=""):
        return DiscountQuote(code, "All", {line.id: line.total_minor * 2 for line in lines}, dict(shipping))


def two_percent(*, amount, currency, seller, listing_ids):
    return amount // 50


def test_a_cart_becomes_an_order_a_seller(buyer, settings):
    settings.CHOWK_MARKETPLACE = {
        "SHIPPING_FLAT": {USD: "5.00"},
        "SHIPPING_FREE_ABOVE": {USD: "150"},
        "TAX": "chowk_marketplace.checkout_policies.PercentTax",
        "TAX_PERCENT": Decimal("17.5"),
        "DISCOUNTS": "tests.test_checkout.TenPercent",
        "PLATFORM_FEE": "tests.test_checkout.two_percent",
    }
    TenPercent.held.clear()
    lamp, chair = ActiveListingFactory(stock=5, price=Money("99.99", USD)), ActiveListingFactory()
    cart = cart_of(buyer, (lamp, 2), chair)
    wishes = Wishes(ship_to={"city": "Lahore"}, discount_code="TEN")

    quote = services.quote_checkout(cart=cart, buyer=buyer, wishes=wishes)
    group = services.place_checkout(cart=cart, buyer=buyer, wishes=wishes, agreed_total=quote.money("total"))

    assert TenPercent.held == [str(group.pk)]
    first, second = group.orders.get(seller=lamp.seller), group.orders.get(seller=chair.seller)
    assert (first.goods, first.shipping, first.discount) == (
        Money("199.98", USD),
        Money(0, USD),
        Money("19.99", USD),
    )
    assert first.tax == Money("31.50", USD)
    assert first.total == Money("211.49", USD)
    assert (second.shipping, second.discount, second.tax) == (
        Money(5, USD),
        Money(15, USD),
        Money("15.75", USD),
    )
    assert first.platform_fee == Money("4.22", USD)
    group = reread(group)
    assert group.total == first.total + second.total == Money("317.24", USD)
    assert (group.discount_code, first.ship_to, first.shipping_method) == (
        "TEN",
        {"city": "Lahore"},
        "Standard delivery",
    )
    assert (reread(lamp).stock, reread(chair).status) == (3, "sold")
    assert reread(cart).status == "ordered"
    assert told("group_placed")[0]["order_ids"] == [str(o.pk) for o in group.orders.order_by("pk")]
    assert services.check_stock() == []


def test_a_cart_is_ordered_once(buyer):
    cart = cart_of(buyer, ActiveListingFactory())
    group = services.place_checkout(cart=cart, buyer=buyer)

    with pytest.raises(NotFound):
        services.place_checkout(cart=cart, buyer=buyer)
    with pytest.raises(IntegrityError), transaction.atomic():
        get_order_group_model()(
            **{
                name: getattr(group, name)
                for name in ("cart", "buyer", "goods", "shipping", "discount", "tax", "total", "pay_by")
            }
        ).save()


def test_all_or_nothing(buyer, stranger):
    one, two = ActiveListingFactory(), ActiveListingFactory(stock=3)
    cart = cart_of(buyer, one, two)
    services.purchase(listing=one, buyer=stranger)

    with pytest.raises(OutOfStock):
        services.place_checkout(cart=cart, buyer=buyer)

    assert reread(two).stock == 3
    assert reread(cart).status == "open"
    assert not get_order_group_model().objects.exists()
    assert services.check_stock() == []


def test_what_is_not_accepted(buyer):
    with pytest.raises(CartEmpty):
        services.place_checkout(cart=services.open_cart(user=buyer), buyer=buyer)
    euro = ActiveListingFactory(price=Money(5, "EUR"))
    cart = cart_of(buyer, euro, ActiveListingFactory())
    with pytest.raises(MixedCurrencies):
        services.place_checkout(cart=cart, buyer=buyer)
    services.remove_from_cart(item=cart.items.get(variant__listing=euro))
    seller = str(cart.items.get().variant.seller_id)
    for wishes, error in (
        (Wishes(discount_code="X"), UnknownDiscount),
        (Wishes(shipping={seller: "rocket"}), UnknownShipping),
    ):
        with pytest.raises(error):
            services.quote_checkout(cart=cart, buyer=buyer, wishes=wishes)
    with pytest.raises(TotalChanged):
        services.place_checkout(cart=cart, buyer=buyer, agreed_total=Money(99, USD))
    assert not get_order_model().objects.exists()
    assert services.check_stock() == []


def test_a_checkout_that_costs_nothing_is_paid(buyer, settings):
    settings.CHOWK_MARKETPLACE = {"DISCOUNTS": "tests.test_checkout.Everything"}
    cart = cart_of(buyer, ActiveListingFactory(), ActiveListingFactory())

    group = services.place_checkout(cart=cart, buyer=buyer, wishes=Wishes(discount_code="ALL"))

    assert (reread(group).status, reread(group).total) == ("paid", Money(0, USD))
    assert {order.status for order in group.orders.all()} == {"paid"}
    assert len(told("group_paid")) == 1


def pay(group, *orders, payment_id="p1"):
    for order in orders:
        services.mark_order_paid(order=order, payment_id=payment_id, amount=order.total)


def test_a_group_is_paid_with_its_last_order(buyer):
    group = services.place_checkout(
        cart=cart_of(buyer, ActiveListingFactory(), ActiveListingFactory()), buyer=buyer
    )
    first, second = group.orders.all()

    pay(group, first)
    assert reread(group).status == "pending_payment"
    pay(group, second)
    pay(group, second)

    assert (reread(group).status, reread(group).payment_id) == ("paid", "p1")
    assert [event["group_id"] for event in told("group_paid")] == [str(group.pk)]


def test_a_group_is_cancelled_with_its_last_order(buyer):
    group = services.place_checkout(
        cart=cart_of(buyer, ActiveListingFactory(), ActiveListingFactory()), buyer=buyer
    )
    later = group.pay_by + timedelta(seconds=1)

    assert services.cancel_overdue_orders(now=later) == 2

    assert reread(group).status == "cancelled"
    assert [event["group_id"] for event in told("group_cancelled")] == [str(group.pk)]
    assert services.check_stock() == []


def test_one_cancelled_the_others_are_paid(buyer):
    group = services.place_checkout(
        cart=cart_of(buyer, ActiveListingFactory(), ActiveListingFactory()), buyer=buyer
    )
    first, second = group.orders.all()
    target = Target.of(group)
    assert [part.amount_minor for part in charge_for_group(target=target, payer=buyer).parts] == [10000] * 2

    services.cancel_order(order=first, actor=first.seller)

    charge = charge_for_group(target=target, payer=buyer)
    assert (charge.amount_minor, charge.payee_id, charge.payable) == (10000, str(second.seller_id), True)
    pay(group, second)
    assert reread(group).status == "paid"
    assert not charge_for_group(target=target, payer=buyer).payable


def test_who_pays_for_a_group(buyer, stranger, staff):
    lamp, chair = ActiveListingFactory(), ActiveListingFactory()
    group = services.place_checkout(cart=cart_of(buyer, lamp, chair), buyer=buyer)
    alone = services.place_checkout(cart=cart_of(stranger, ActiveListingFactory()), buyer=stranger)

    order = group.orders.first()
    assert charge_for_order(target=Target.of(order), payer=buyer).refusal.code == "pay_group"
    assert charge_for_order(target=Target.of(alone.orders.get()), payer=stranger).payable
    assert charge_for_group(target=Target.of(group), payer=staff).refusal.code == "not_buyer"
    for payer in (stranger, lamp.seller):
        with pytest.raises(UnknownTarget):
            charge_for_group(target=Target.of(group), payer=payer)


def test_what_an_invoice_says(buyer):
    ship_to = {"name": "Ali", "line1": "Mall 1", "city": "Lahore", "postal_code": "54000", "country": "PK"}
    group = services.place_checkout(
        cart=cart_of(buyer, (ActiveListingFactory(title="Lamp", stock=2), 2)),
        buyer=buyer,
        wishes=Wishes(ship_to=ship_to),
    )

    data = invoice_for_order(target=Target.of(group.orders.get()))

    assert data.lines == [("Lamp", 2, 10000, 20000, 0)]
    assert (data.total_minor, data.currency, data.buyer_name) == (20000, USD, "Ali")
    assert data.buyer_address == "Mall 1\n54000 Lahore\nPK"


# Holds


def stock_of(listing):
    stock = get_stock_model().objects.get(variant__listing=listing)
    return stock.on_hand, stock.held, stock.allocated


def test_a_checkout_under_way_holds_its_stock(buyer, stranger):
    listing = ActiveListingFactory(stock=1)
    cart = cart_of(buyer, listing)

    services.begin_checkout(cart=cart, buyer=buyer)
    services.begin_checkout(cart=cart, buyer=buyer)

    assert (stock_of(listing), reread(listing).stock, reread(listing).status) == ((1, 1, 0), 0, "active")
    with pytest.raises(OutOfStock):
        services.purchase(listing=listing, buyer=stranger)
    assert services.check_stock() == []
    services.place_checkout(cart=cart, buyer=buyer)
    assert (stock_of(listing), reread(listing).status) == ((1, 0, 1), "sold")
    assert services.check_stock() == []


def test_a_hold_that_its_stock_does_not_know_of_keeps_no_other_waiting(buyer, stranger):
    broken, sound = ActiveListingFactory(stock=2), ActiveListingFactory(stock=2)
    carts = [cart_of(buyer, (broken, 2)), cart_of(stranger, (sound, 2))]
    until = services.begin_checkout(cart=carts[0], buyer=buyer)
    services.begin_checkout(cart=carts[1], buyer=stranger)
    get_stock_model().objects.filter(variant__listing=broken).update(held=0)

    with pytest.raises(ExceptionGroup) as raised:
        services.release_expired_holds(now=until + timedelta(minutes=1))

    assert raised.value.exceptions[0].__notes__ == [f"cart {carts[0].pk}"]
    assert [stock_of(broken), stock_of(sound)] == [(2, 0, 0), (2, 0, 0)]
    assert [cart.holds.count() for cart in carts] == [1, 0]


def test_statements_about_categories_do_not_grow_with_what_a_code_is_for(buyer, settings):
    settings.CHOWK_MARKETPLACE = {"DISCOUNTS": "tests.test_checkout.TenPercent"}

    def asked(number):
        cart = cart_of(buyer, *(ActiveListingFactory() for _each in range(number)))
        with CaptureQueriesContext(connection) as captured:
            services.place_checkout(cart=cart, buyer=buyer, wishes=Wishes(discount_code="TEN"))
        table = connection.ops.quote_name(get_category_model()._meta.db_table)
        return sum(f"FROM {table}" in query["sql"] for query in captured)

    assert 0 < asked(1) == asked(4)


def test_a_hold_expires(buyer, stranger):
    listing = ActiveListingFactory(stock=2)
    cart = cart_of(buyer, (listing, 2))
    until = services.begin_checkout(cart=cart, buyer=buyer)

    assert services.release_expired_holds(now=until - timedelta(seconds=1)) == 0
    assert services.release_expired_holds(now=until) == 1
    assert services.release_expired_holds(now=until) == 0

    assert (stock_of(listing), reread(listing).stock) == ((2, 0, 0), 2)
    services.purchase(listing=listing, buyer=stranger)
    with pytest.raises(OutOfStock):
        services.place_checkout(cart=cart, buyer=buyer)
    assert services.check_stock() == []


def test_holds_follow_the_cart(buyer):
    one, two = ActiveListingFactory(stock=5), ActiveListingFactory(stock=5)
    cart = cart_of(buyer, (one, 2), (two, 3))
    services.begin_checkout(cart=cart, buyer=buyer)
    services.set_cart_quantity(item=cart.items.get(variant__listing=one), quantity=4)
    services.remove_from_cart(item=cart.items.get(variant__listing=two))

    services.begin_checkout(cart=cart, buyer=buyer)
    assert (stock_of(one), stock_of(two)) == ((5, 4, 0), (5, 0, 0))
    services.set_cart_quantity(item=cart.items.get(), quantity=1)
    services.add_to_cart(cart=cart, listing=two)
    services.place_checkout(cart=cart, buyer=buyer)

    assert (stock_of(one), stock_of(two)) == ((5, 0, 1), (5, 0, 1))
    assert (reread(one).stock, reread(two).stock) == (4, 4)
    assert services.check_stock() == []


# Carts


def test_a_cart_shows_what_changed(buyer):
    lamp, chair, gone = ActiveListingFactory(stock=5), ActiveListingFactory(stock=5), ActiveListingFactory()
    euro = ActiveListingFactory(price=Money(7, "EUR"))
    cart = cart_of(buyer, (lamp, 2), (chair, 4), gone, euro)
    services.update_listing(listing=lamp, actor=None, price=Money(90, USD))
    services.update_listing(listing=chair, actor=None, stock=3)
    services.archive_listing(listing=gone)

    contents = cart_selectors.cart_contents(cart)

    assert [(row.problem, row.difference.amount) for row in contents.rows] == [
        ("", -10),
        ("short", 0),
        ("unavailable", 0),
        ("", 0),
    ]
    assert (contents.count, contents.quantity) == (4, 8)
    assert contents.subtotals == [Money(7, "EUR"), Money(180, USD)]


def test_reading_a_cart_takes_as_many_statements_however_full(buyer, django_assert_num_queries):
    few, many = cart_of(buyer, ActiveListingFactory()), cart_of(UserFactory(), ActiveListingFactory())
    for _time in range(4):
        services.add_to_cart(cart=many, listing=ActiveListingFactory())

    for cart in (few, many):
        with django_assert_num_queries(3):
            cart_selectors.cart_contents(cart)


def test_limits_of_a_cart(buyer, settings):
    settings.CHOWK_MARKETPLACE = {"CART_MAX_QUANTITY": 3, "CART_MAX_ITEMS": 1}
    listing = ActiveListingFactory(stock=10)
    cart = cart_of(buyer, (listing, 2))

    with pytest.raises(TooMany):
        services.add_to_cart(cart=cart, listing=listing, quantity=2)
    with pytest.raises(CartFull):
        services.add_to_cart(cart=cart, listing=ActiveListingFactory())
    for other, error in (
        (ActiveListingFactory(seller=buyer), OwnListing),
        (AuctionedListingFactory(), AuctionOnly),
        (services.archive_listing(listing=ActiveListingFactory()), NotForSale),
    ):
        with pytest.raises(error):
            services.add_to_cart(cart=cart, listing=other)
    services.clear_cart(cart=cart)
    with pytest.raises(OutOfStock):
        services.add_to_cart(cart=cart, listing=ActiveListingFactory(stock=1), quantity=2)
    assert not cart.items.exists()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (sum_quantities, {"lamp": 3, "chair": 1, "bed": 4}),
        (replace_by_guest, {"lamp": 2, "bed": 4}),
        (keep_own, {"lamp": 1, "chair": 1}),
    ],
)
def test_a_guests_cart_is_merged_at_login(policy, expected, buyer, settings, rf):
    settings.CHOWK_MARKETPLACE = {"CART_MERGE": f"chowk_marketplace.checkout_policies.{policy.__name__}"}
    named = {name: ActiveListingFactory(stock=9, title=name) for name in ("lamp", "chair", "bed")}
    own = ActiveListingFactory(seller=buyer)
    mine = cart_of(buyer, named["lamp"], named["chair"])
    guest = services.open_cart(token="secret")
    for listing, quantity in ((named["lamp"], 2), (named["bed"], 4), (own, 1)):
        services.add_to_cart(cart=guest, listing=listing, quantity=quantity)
    request = rf.post("/")
    request.session = {CART_SESSION_KEY: "secret"}

    user_logged_in.send(type(buyer), request=request, user=buyer)
    user_logged_in.send(type(buyer), request=request, user=buyer)

    found = dict(mine.items.values_list("variant__listing__title", "quantity"))
    assert found == expected
    assert request.session == {}
    assert get_cart_model().objects.count() == 1


def test_the_database_keeps_one_cart_each(buyer):
    cart_of(buyer)
    for owner in ({"user": buyer}, {}, {"user": buyer, "token": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            get_cart_model().objects.create(**owner)


# The arithmetic


class _Seller:
    def __init__(self, key):
        self.pk = key


class _Listing:
    def __init__(self, key, seller):
        self.pk, self.seller, self.seller_id = key, seller, seller.pk


class Rates:
    amounts: dict = {}

    def rates(self, *, seller_id, address, currency, lines):
        return [ShippingRate("post", "Post", Rates.amounts[seller_id])]


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), currency=st.sampled_from(["USD", "JPY", "KWD"]), sellers=st.integers(1, 20))
def test_what_the_orders_come_to_is_what_the_group_comes_to(settings, data, currency, sellers):
    settings.CHOWK_MARKETPLACE = {
        "SHIPPING": "tests.test_checkout.Rates",
        "TAX": "chowk_marketplace.checkout_policies.PercentTax",
        "TAX_PERCENT": data.draw(st.decimals(0, 30, places=2)),
    }
    Rates.amounts = {f"s{number:02}": data.draw(st.integers(0, 5000)) for number in range(sellers)}
    lines = {}
    for number in range(sellers):
        for row in range(data.draw(st.integers(1, 3))):
            listing = _Listing(f"l{number}-{row}", _Seller(f"s{number:02}"))
            price = from_minor(data.draw(st.integers(1, 10**7)), currency)
            lines[f"{number}-{row}"] = Line(listing, None, price, data.draw(st.integers(1, 9)))
    off = DiscountQuote(
        "X",
        "",
        {key: data.draw(st.integers(0, 10**8)) for key in lines},
        {key: data.draw(st.integers(0, 9000)) for key in Rates.amounts},
    )

    quote = price_up(lines, categories={}, address={}, shipping={}, discount=lambda told, shipping: off)

    assert len(quote.shares) == sellers
    for share in quote.shares:
        assert share.total == share.goods + share.shipping + share.tax - share.discount >= 0
        percent = settings.CHOWK_MARKETPLACE["TAX_PERCENT"]
        net = share.goods - sum(line.discount for line in share.lines)
        assert abs(share.tax - net * percent / 100) <= Decimal("0.5")
        assert all(0 <= line.discount <= line.total for line in share.lines)
    for name in ("goods", "shipping", "discount", "tax", "total"):
        assert quote.sum(name) == sum(getattr(share, name) for share in quote.shares)
        assert quote.money(name) == Money(Decimal(quote.sum(name)).scaleb(-decimals(currency)), currency)


def test_a_policy_may_refuse_a_checkout(buyer, settings):
    cart = cart_of(buyer, ActiveListingFactory())
    settings.CHOWK_MARKETPLACE = {"MAY_BUY": ["tests.test_purchase.refuse_all"]}

    with pytest.raises(Refused):
        services.place_checkout(cart=cart, buyer=buyer)

    assert services.check_stock() == []


def test_a_hold_is_no_longer_than_its_setting(buyer, settings):
    settings.CHOWK_MARKETPLACE = {"HOLD_TTL": timedelta(minutes=2)}
    now = timezone.now()

    assert services.begin_checkout(
        cart=cart_of(buyer, ActiveListingFactory()), buyer=buyer, now=now
    ) == now + timedelta(minutes=2)
