from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import reverse
from moneyed import Money

from chowk_core.testing.events import published
from chowk_marketplace import services
from chowk_marketplace.models import get_category_model, get_listing_model, get_order_model, get_stock_model
from tests.factories import (
    ActiveListingFactory,
    CategoryFactory,
    ListingFactory,
    OrderFactory,
    paid,
    picture,
    reread,
    shipped,
)

pytestmark = pytest.mark.django_db
FORMS = ("TOTAL_FORMS", "INITIAL_FORMS")


@pytest.fixture
def boss(client):
    user = get_user_model()._default_manager.create_superuser("boss", "boss@example.org", "x")
    client.force_login(user)
    return client


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_page_opens(boss):
    order = paid(OrderFactory())
    listing = order.lines.get().listing
    services.add_image(listing=listing, upload=picture((40, 30)))

    for model, row in [
        (get_listing_model(), listing),
        (get_order_model(), order),
        (get_category_model(), listing.category),
        (get_stock_model(), listing.variants.get().stock),
    ]:
        assert admin.site.is_registered(model)
        assert boss.get(url(model, "changelist")).status_code == 200
        assert boss.get(url(model, "changelist"), {"q": "x"}).status_code == 200
        assert boss.get(url(model, "change", row.pk)).status_code == 200
    assert boss.get(url(get_listing_model(), "add")).status_code == 200
    assert boss.get(url(get_order_model(), "add")).status_code == 403


def act(client, model, action, *rows):
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(url(model, "changelist"), data, follow=True)


def test_actions_go_through_the_services_and_say_what_they_cannot(boss):
    pending, active = ListingFactory(title="Chair"), ActiveListingFactory(title="Table")

    page = act(boss, get_listing_model(), "activate_selected", pending, active)
    assert reread(pending).status == "active"
    assert "Table: This is active" in page.content.decode()
    act(boss, get_listing_model(), "archive_selected", pending)
    assert reread(pending).status == "archived"


def test_orders_are_cancelled_by_staff_unless_sent(boss):
    order, sent = OrderFactory(), shipped(OrderFactory())

    act(boss, get_order_model(), "cancel_selected", order, sent)

    assert (reread(order).status, reread(order).cancel_reason) == ("cancelled", "staff")
    assert reread(sent).status == "shipped"


def test_a_listing_made_here_has_a_variant_too(boss, seller):
    category = CategoryFactory()
    boss.post(
        url(get_listing_model(), "add"),
        {
            "title": "Chair",
            "seller": seller.pk,
            "category": category.pk,
            "sale_format": "fixed_price",
            "price_0": "5.00",
            "price_1": "USD",
            "stock": "3",
            "condition": "used",
            **{f"{name}-{form}": 0 for name in ("variants", "images") for form in FORMS},
        },
    )

    listing = get_listing_model().objects.get(title="Chair")
    assert (listing.stock, listing.variants.get().stock.on_hand) == (3, 3)
    assert services.check_stock() == []


def change_form(listing, **fields):
    return {
        "title": listing.title,
        "category": listing.category_id,
        "description": "",
        "sale_format": "fixed_price",
        "price_0": "5.00",
        "price_1": "USD",
        "condition": listing.condition,
        **fields,
        **{f"{name}-{form}": 0 for name in ("variants", "images") for form in FORMS},
    }


def test_a_change_goes_through_the_service(boss, seller):
    listing = ActiveListingFactory(title="Chair", price=Money(5, "USD"))
    page = url(get_listing_model(), "change", listing.pk)

    boss.post(page, change_form(listing, title="Table", price_0="4.00", seller=seller.pk, stock="9"))

    row = reread(listing)
    assert (row.title, row.slug, row.price) == ("Table", "table", Money(4, "USD"))
    assert (row.seller_id, row.stock) == (listing.seller_id, listing.stock)
    assert published("marketplace.listing_changed")


def test_what_the_service_refuses_is_said_and_not_done(boss, settings):
    settings.CHOWK_MARKETPLACE = {"MAY_UPDATE": ["tests.test_listing_status.refuse_all"]}
    listing = ActiveListingFactory(title="Chair", price=Money(5, "USD"))

    said = boss.post(
        url(get_listing_model(), "change", listing.pk), change_form(listing, title="Table"), follow=True
    )

    assert reread(listing).title == "Chair"
    assert [message.level_tag for message in said.context["messages"]] == ["error"]


def test_an_order_is_not_edited(boss):
    order = OrderFactory()

    boss.post(url(get_order_model(), "change", order.pk), {"number": "X", "status": "paid"})

    assert (reread(order).number, reread(order).status) == (order.number, "pending_payment")
