"""What is kept of visitors without an account: nothing that opens their session, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chowk_marketplace import cart_selectors, desire_selectors, services
from chowk_marketplace.models import get_cart_model, get_view_model
from chowk_marketplace.subscribers import CART_SESSION_KEY
from tests.factories import ActiveListingFactory, cart_of

pytestmark = pytest.mark.django_db


def everything_in(model):
    return [str(value) for row in model._default_manager.values_list() for value in row]


@pytest.mark.urls("tests.urls_pages")
def test_the_rows_do_not_hold_the_secrets_of_sessions(client: Client):
    listing = ActiveListingFactory()
    client.post(f"/listings/{listing.pk}/cart/")
    client.get(f"/listings/{listing.pk}/")
    key, token = client.session.session_key, client.session[CART_SESSION_KEY]

    assert get_view_model()._default_manager.count() == get_cart_model()._default_manager.count() == 1
    assert key not in everything_in(get_view_model())
    assert token not in everything_in(get_cart_model())
    assert desire_selectors.recently_viewed(None, key).count() == 1
    assert cart_selectors.cart_of(token=token) is not None
    [stored] = get_cart_model()._default_manager.values_list("token", flat=True)
    assert cart_selectors.cart_of(token=stored) is None, "what the database holds opens no cart"
    assert "1" in client.get("/cart/").content.decode()


def test_carts_of_guests_are_forgotten(buyer, settings):
    settings.CHOWK_MARKETPLACE = {"GUEST_CARTS_FOR": timedelta(days=7)}
    listing = ActiveListingFactory(stock=5)
    now = timezone.now()
    old, fresh, holding = (services.open_cart(token=token) for token in ("old", "fresh", "holding"))
    for cart in (old, fresh, holding, cart_of(buyer)):
        services.add_to_cart(cart=cart, listing=listing)
    services.begin_checkout(cart=holding, buyer=buyer, now=now)
    carts = get_cart_model()._default_manager
    carts.exclude(pk=fresh.pk).update(updated_at=now - timedelta(days=8))

    assert services.forget_guest_carts(now=now) == 1

    assert set(carts.filter(user=None)) == {fresh, holding}
    services.release_expired_holds(now=now + timedelta(days=1))
    assert services.forget_guest_carts(now=now) == 1
    assert services.forget_guest_carts(now=now + timedelta(days=8)) == 1
    assert carts.get().user == buyer
