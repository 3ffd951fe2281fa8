from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from chowk_core.testing.events import deliver_all
from vehicles.factories import ActiveCarFactory, CarFactory, cars_category
from vehicles.models import Car

pytestmark = pytest.mark.django_db
URL = "/api/cars/"
CAR = {
    "title": "Volvo 240",
    "make": "Volvo",
    "model": "240",
    "year": 1985,
    "mileage": 240_000,
    "transmission": "manual",
    "fuel": "petrol",
    "body_style": "wagon",
    "price": {"amount": "4500.00", "currency": "USD"},
    "city": "Lahore",
    "country": "PK",
    "details": {"power_hp": 111, "doors": 5, "warranty": "none", "service_history": "All of it"},
}


def client(user=None):
    found = APIClient()
    if user is not None:
        found.force_authenticate(user)
    return found


def test_create_read_change_delete(seller):
    cars_category()

    made = client(seller).post(URL, CAR)
    assert made.status_code == 201, made.json()
    body = made.json()
    assert (body["type"], body["category"], body["status"]) == ("car", "cars", "pending")
    assert (body["details"]["power_hp"], body["details"]["torque_nm"]) == (111, None)
    url = f"{URL}{body['id']}/"
    changed = client(seller).patch(url, {"mileage": 250_000, "details": {"doors": 4}}).json()
    assert (changed["mileage"], changed["details"]["doors"], changed["details"]["power_hp"]) == (
        250_000,
        4,
        111,
    )
    assert client(seller).post(f"{url}activate/").json()["status"] == "active"
    assert client().get(f"/api/listings/{body['id']}/").json()["make"] == "Volvo"
    client(seller).post(f"{url}archive/")
    assert client(seller).delete(url).status_code == 204
    assert not Car.objects.exists()


@pytest.mark.parametrize(
    ("fields", "attr"),
    [
        ({"year": 1800}, "year"),
        ({"year": 99999}, "year"),
        ({"year": "new"}, "year"),
        ({"mileage": -1}, "mileage"),
        ({"fuel": "coal"}, "fuel"),
        ({"fuel": None}, "fuel"),
        ({"body_style": "boat"}, "body_style"),
        ({"make": ""}, "make"),
        ({"details": {"power_hp": -5}}, "details.power_hp"),
        ({"details": {"city_l_100km": "1e9"}}, "details.city_l_100km"),
        ({"details": "fast"}, "details.non_field_errors"),
    ],
    ids=str,
)
def test_wrong_cars_are_not_made(seller, fields, attr):
    cars_category()

    response = client(seller).post(URL, {**CAR, **fields})

    assert response.status_code == 400, response.json()
    assert attr in {error["attr"] for error in response.json()["errors"]}
    assert not Car.objects.exists()


def test_filters(seller):
    ActiveCarFactory(seller=seller)
    ActiveCarFactory(seller=seller, make="BMW", model="320i", year=1983, fuel="diesel", body_style="sedan")
    CarFactory(seller=seller, make="Saab")

    deliver_all()

    def makes(query=""):
        return [card["make"] for card in client().get(f"{URL}?{query}").json()["results"]]

    assert makes() == ["BMW", "Volvo"]
    assert makes("make=bmw") == makes("year_max=1984") == makes("fuel=diesel&body_style=sedan") == ["BMW"]
    assert makes("search=volvo") == ["Volvo"]
    assert makes("ordering=-year") == ["Volvo", "BMW"]
    for query in ("year=1985.5", "fuel=coal", "year_min=x", "wheels=4", "ordering=details__doors"):
        assert client().get(f"{URL}?{query}").status_code == 400


def test_statements_do_not_grow(seller):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert client().get(f"{URL}?size=50").status_code == 200
        return len(captured)

    ActiveCarFactory(seller=seller)
    statements()
    few = statements()
    for number in range(10):
        other = get_user_model().objects.create_user(f"u{number}@example.org", display_name="X")
        ActiveCarFactory(seller=other)

    assert statements() == few <= 4


def test_cards_and_details(seller):
    car = ActiveCarFactory(seller=seller, mileage=120000, transmission="manual")

    assert dict(car.facts()) == {
        "Year": "1985",
        "Mileage": "120,000 km",
        "Fuel": "Petrol",
        "Transmission": "Manual",
        "Body": "Wagon",
    }
    assert car.specification() == [("Engine", [("Power (hp)", "111")]), ("Body", [("Doors", "4")])]
    assert car.placeholder == "vehicles/bodies/wagon.svg"
    assert Car(year=1985, fuel="petrol").specification() == []
