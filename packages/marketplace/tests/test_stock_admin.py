"""The admin of variants, stocks, carts, holds, checkouts and addresses."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from moneyed import Money

from chowk_marketplace import services
from chowk_marketplace.models import (
    get_address_model,
    get_cart_model,
    get_city_model,
    get_listing_model,
    get_order_group_model,
    get_province_model,
    get_stock_hold_model,
    get_stock_model,
    get_variant_model,
)
from chowk_marketplace.places import load
from tests.factories import ActiveListingFactory, UserFactory, cart_of, reread

pytestmark = pytest.mark.django_db
HISTORY = {"changes-TOTAL_FORMS": 0, "changes-INITIAL_FORMS": 0}


@pytest.fixture
def boss(client):
    user = get_user_model()._default_manager.create_superuser("boss", "boss@example.org", "x")
    client.force_login(user)
    return client


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def under_way(buyer):
    """A checkout that was placed, and another that holds stock."""
    services.save_address(user=buyer, name="Ali", line1="Main road 1", city_name="Berlin", country="DE")
    group = services.place_checkout(cart=cart_of(buyer, ActiveListingFactory(stock=3)), buyer=buyer)
    other = UserFactory()
    cart = cart_of(other, (ActiveListingFactory(stock=5), 2))
    services.begin_checkout(cart=cart, buyer=other)
    return group, cart


def test_every_page_opens_and_finds(boss, under_way, buyer):
    group, cart = under_way
    load(get_province_model(), get_city_model())
    rows = {
        get_cart_model(): cart,
        get_stock_hold_model(): cart.holds.get(),
        get_order_group_model(): group,
        get_address_model(): get_address_model()._default_manager.get(),
        get_variant_model(): cart.items.get().variant,
        get_stock_model(): cart.items.get().variant.stock,
        get_province_model(): get_province_model()._default_manager.first(),
        get_city_model(): get_city_model()._default_manager.first(),
    }
    for model, row in rows.items():
        assert boss.get(url(model, "changelist")).status_code == 200, model
        assert boss.get(url(model, "changelist"), {"q": "x"}).status_code == 200, model
        assert boss.get(url(model, "change", row.pk)).status_code == 200, model
    holds = url(get_stock_hold_model(), "changelist")
    assert boss.get(holds, {"overdue": "no"}).context["cl"].result_count == 1
    assert boss.get(holds, {"overdue": "yes"}).context["cl"].result_count == 0
    found = boss.get(url(get_order_group_model(), "changelist"), {"q": buyer.username})
    assert found.context["cl"].result_count == 1
    for model in (get_cart_model(), get_stock_hold_model(), get_order_group_model(), get_address_model()):
        assert boss.get(url(model, "add")).status_code == 403
        assert boss.post(url(model, "delete", rows[model].pk), {"post": "yes"}).status_code == 403
    guests = services.open_cart(token="secret-of-a-guest")
    assert "secret-of-a-guest" not in boss.get(url(get_cart_model(), "change", guests.pk)).content.decode()


def test_lists_cost_as_many_statements_however_long(boss):
    def statements(model):
        with CaptureQueriesContext(connection) as captured:
            assert boss.get(url(model, "changelist")).status_code == 200
        return len(captured)

    def more():
        user = UserFactory()
        cart = cart_of(user, ActiveListingFactory(stock=3), ActiveListingFactory(stock=3))
        services.begin_checkout(cart=cart, buyer=user)

    models = (get_cart_model(), get_stock_hold_model(), get_variant_model(), get_stock_model())
    more()
    few = [statements(model) for model in models]
    for _time in range(4):
        more()
    assert [statements(model) for model in models] == few


def test_what_a_cart_holds_is_freed(boss, under_way):
    _group, cart = under_way
    variant = cart.items.get().variant

    data = {"action": "release_selected", "_selected_action": [str(cart.pk)]}
    page = boss.post(url(get_cart_model(), "changelist"), data, follow=True)

    assert "1 hold freed" in page.content.decode()
    assert reread(variant).stock.held == 0
    assert services.check_stock() == []


def test_a_variant_is_added_changed_and_retired_by_the_services(boss, buyer):
    listing = ActiveListingFactory(stock=3)
    new = {
        "listing": listing.pk,
        "options": json.dumps({"Size": "L"}),
        "sku": "L",
        "price_0": "120",
        "price_1": "USD",
        "stock": "2",
        "low_stock_at": "",
    }
    assert boss.post(url(get_variant_model(), "add"), new).status_code == 302
    made = listing.variants.get(sku="L")
    assert (made.price, made.stock.on_hand, reread(listing).stock) == (Money(120, "USD"), 2, 5)
    again = boss.post(url(get_variant_model(), "add"), {**new, "sku": "L2"}, follow=True)
    assert "already exists" in again.content.decode()
    wrong = {**new, "options": json.dumps({"Size": 4})}
    refused = boss.post(url(get_variant_model(), "add"), wrong, follow=True)
    assert "Enter up to 8 options" in refused.content.decode()
    change = {
        "options": json.dumps({"Size": "XL"}),
        "sku": "L",
        "price_0": "",
        "price_1": "USD",
        "position": "1",
    }
    boss.post(url(get_variant_model(), "change", made.pk), {**change, "stock": "0"})
    assert (reread(made).options, reread(made).price, reread(made).active) == ({"Size": "XL"}, None, False)
    assert reread(listing).stock == 3
    rows = [str(row.pk) for row in listing.variants.order_by("-position")]
    data = {"action": "retire_selected", "_selected_action": rows}
    page = boss.post(url(get_variant_model(), "changelist"), data, follow=True)
    assert "A listing needs at least one variant" in page.content.decode()
    assert listing.variants.get().active
    assert services.check_stock() == []


def test_a_stock_changes_with_a_reason(boss):
    listing = ActiveListingFactory(stock=3)
    stock = listing.variants.get().stock
    page = url(get_stock_model(), "change", stock.pk)

    boss.post(page, {"delta": "4", "reason": "received", "note": "By lorry", "on_hand": "99", **HISTORY})
    refused = boss.post(page, {"delta": "-9", "reason": "damaged", **HISTORY}, follow=True)

    assert "Enter a stock from" in refused.content.decode()
    assert (reread(stock).on_hand, reread(listing).stock) == (7, 7)
    change = stock.changes.get(reason="received")
    assert (change.on_hand, change.note, change.actor.username) == (4, "By lorry", "boss")
    assert services.check_stock() == []


def test_listings_are_featured_by_action(boss):
    listing = ActiveListingFactory()
    for action, featured in (("feature_selected", True), ("unfeature_selected", False)):
        data = {"action": action, "_selected_action": [str(listing.pk)]}
        boss.post(url(get_listing_model(), "changelist"), data)
        assert reread(listing).featured is featured
