"""What holds for every page."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.factories import UserFactory, make_auction, make_order
from tests.pages import SignIn, pay_url

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["0", "x", "00000000-0000-0000-0000-000000000000", "💥"])
def test_what_is_not_there_is_404(sign_in: SignIn, key: str) -> None:
    client = sign_in(UserFactory())
    for page in (
        f"/listings/{key}/",
        f"/auctions/{key}/",
        f"/listings/{key}/edit/",
        f"/listings/{key}/pictures/",
        f"/orders/{key}/",
        f"/orders/{key}/return/",
        f"/orders/{key}/complain/",
        f"/returns/{key}/",
        f"/complaints/{key}/",
        f"/complaints/{key}/evidence/{key}/",
        f"/payments/{key}/",
        f"/refunds/{key}/",
        f"/invoices/{key}/pdf/",
    ):
        assert client.get(page).status_code == 404, page


def test_pages_hold_no_script_and_no_style_of_their_own(sign_in: SignIn) -> None:
    auction, order = make_auction(), make_order()
    client = sign_in(order.buyer)
    for url in (
        "/",
        "/auctions/",
        f"/auctions/{auction.pk}/",
        f"/orders/{order.pk}/",
        pay_url(order),
        "/wallet/",
        "/wallet/send/",
        "/payouts/",
        "/payouts/bank/",
        "/refunds/",
        "/invoices/",
        "/returns/",
        "/complaints/",
    ):
        response = client.get(url)
        page = response.content.decode()
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)|javascript:", page), url
        assert not re.search(r'(src|href|srcset)="(https?:)?//', page), url
        assert len(response.content) < 150_000


def test_a_form_from_elsewhere_is_turned_away_in_our_own_words(sign_in: SignIn) -> None:
    client = sign_in(UserFactory())
    client.handler.enforce_csrf_checks = True
    answer = client.post("/wallet/send/", {"amount": "5"})
    assert answer.status_code == 403
    assert "That was not sent" in answer.content.decode()


def test_everything_of_ones_own_is_in_the_account_menu(sign_in: SignIn) -> None:
    page = sign_in(UserFactory()).get("/").content.decode()
    for url in ("/wishlist/", "/orders/", "/returns/", "/complaints/", "/wallet/", "/payouts/", "/invoices/"):
        assert f'<a href="{url}">' in page, url


def test_the_front_door_answers(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"
    for url in ("/swagger/", "/redoc/", "/admin/login/", "/api/schema/"):
        assert client.get(url).status_code == 200, url
    assert client.get("/nowhere/").status_code == 404
