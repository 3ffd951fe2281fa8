"""Listing a car by form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from chowk_marketplace.models import get_listing_model
from tests.factories import UserFactory, make_car
from vehicles.models import Car

pytestmark = pytest.mark.django_db

PAGE = "/listings/new/"


@pytest.fixture
def seller(sign_in: Callable[[Any], Client]) -> Client:
    make_car(title="another")  # brings the category
    return sign_in(UserFactory())


def car(**changes: str) -> dict[str, str]:
    category = str(Car.objects.get(title="another").category_id)
    return {
        "title": "1984 Saab 900",
        "category": category,
        "condition": "used",
        "sale_format": "fixed_price",
        "price": "4500",
        "make": "Saab",
        "model": "900",
        "year": "1984",
        "fuel": "petrol",
        "body_style": "hatchback",
        **changes,
    }


def test_a_car_is_listed_with_what_a_car_has(seller: Client) -> None:
    answer = seller.post(f"{PAGE}?kind=car", car(mileage="120000"))
    made = Car.objects.get(title="1984 Saab 900")
    assert answer["Location"] == f"/listings/{made.pk}/"
    assert (made.make, made.year, made.mileage, made.status) == ("Saab", 1984, 120000, "pending")
    assert made.price.amount == 4500


def test_a_form_that_is_sent_twice_lists_one_car(seller: Client) -> None:
    assert 'name="form_key"' in seller.get(f"{PAGE}?kind=car").content.decode()
    sent = car(form_key=str(uuid4()))
    answers = [seller.post(f"{PAGE}?kind=car", sent) for _each in range(2)]
    made = Car.objects.get(title="1984 Saab 900")
    assert [answer["Location"] for answer in answers] == [f"/listings/{made.pk}/"] * 2


def test_the_first_type_is_asked_for_unless_another_is_chosen(seller: Client) -> None:
    page = seller.get(PAGE).content.decode()
    assert 'name="make"' in page
    assert 'href="?kind=other"' in page
    assert 'name="make"' not in seller.get(f"{PAGE}?kind=other").content.decode()
    assert seller.get(f"{PAGE}?kind=ship").status_code == 404


@pytest.mark.parametrize(
    ("name", "value"), [("make", ""), ("year", "1700"), ("fuel", "coal"), ("mileage", "-1"), ("price", "-5")]
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_listed(
    seller: Client, name: str, value: str
) -> None:
    answer = seller.post(f"{PAGE}?kind=car", car(**{name: value}))
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [name]
    assert "1984 Saab 900" in answer.content.decode()
    assert get_listing_model().objects.count() == 1
