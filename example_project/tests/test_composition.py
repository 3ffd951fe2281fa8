"""What the settings make of the packages together."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tests.factories import make_auction, make_car

pytestmark = pytest.mark.django_db

FIXED_PRICE = {"sale_format": "fixed_price", "price": {"amount": "10.00", "currency": "USD"}}


@pytest.mark.parametrize(
    ("method", "path", "body", "refused"),
    [
        ("patch", "/api/cars/{pk}/", {"title": "Another"}, (403, "on_auction")),
        ("patch", "/api/listings/{pk}/", FIXED_PRICE, (409, "listing_closed")),
        ("post", "/api/listings/{pk}/archive/", {}, (403, "on_auction")),
        ("delete", "/api/listings/{pk}/", {}, (409, "listing_active")),
    ],
)
def test_what_is_on_auction_stays_as_it_is(
    api: APIClient, method: str, path: str, body: dict[str, str], refused: tuple[int, str]
) -> None:
    car = make_car(price=None)
    make_auction(car=car)
    api.force_authenticate(car.seller)
    answer = getattr(api, method)(path.format(pk=car.pk), body, format="json")
    assert (answer.status_code, answer.data["errors"][0]["code"]) == refused
    car.refresh_from_db()
    assert (car.title, car.status, car.sale_format) == ("1985 Volvo 240 GL", "active", "auction")
