"""Browse: what is found, what it costs."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from chowk_core.testing.events import deliver_all
from tests.factories import UserFactory, make_auction, make_car
from tests.pages import MOST_STATEMENTS, SignIn, statements

pytestmark = pytest.mark.django_db


def test_browse_costs_the_same_with_5_and_50_cars(sign_in: SignIn) -> None:
    viewer, seller = sign_in(UserFactory()), UserFactory()
    for _ in range(5):
        make_car(seller=seller)
        make_auction(car=make_car(seller=seller, price=None))
    few = statements(viewer, "/")
    for _ in range(45):
        make_car(seller=seller)
    make_auction(car=make_car(seller=seller, price=None))
    assert statements(viewer, "/") == few <= MOST_STATEMENTS + 2  # facets


def test_filters_are_shown_and_removable(client: Client) -> None:
    make_car(title="1985 Volvo 240 GL", price=5000)
    make_car(title="1984 Saab 900", price=9000)
    deliver_all()  # into the index
    page = client.get("/?q=volvo&price_max=6000&sale_format=fixed_price").content.decode()
    assert "1985 Volvo 240 GL" in page
    assert "1984 Saab 900" not in page
    for text in ("“volvo”", "Fixed price", "up to 6000"):
        assert text in page
    assert re.search(r'href="\?price_max=6000&(amp;)?sale_format=fixed_price"', page)


def test_senseless_filters_do_no_harm(client: Client) -> None:
    make_car()
    for query in (
        "price_min=abc",
        "price_min=-1",
        "page=99",
        "page=x",
        "sort=random",
        "condition=x",
        "q=" + "x" * 300,
    ):
        assert client.get(f"/?{query}").status_code == 200, query
    assert client.get("/?category=nowhere").status_code == 404


def test_nothing_found_says_how_to_go_on(client: Client) -> None:
    assert "Nothing is for sale yet" in client.get("/").content.decode()
    make_car()
    assert "Nothing fits all of this" in client.get("/?q=unicorn").content.decode()
