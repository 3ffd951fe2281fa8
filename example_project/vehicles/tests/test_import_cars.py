from __future__ import annotations

import io
from decimal import Decimal

import pytest
from django.core.management import call_command
from moneyed import Money

from chowk_marketplace import selectors
from vehicles.makes import make_of, model_of
from vehicles.models import Car
from vehicles.tests.conftest import ROWS

pytestmark = pytest.mark.django_db


def run(path):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_listings", path, kind="car", stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue()


def test_cars_and_their_specifications(table):
    out, _err = run(table(*ROWS))

    assert out == "created 5, unchanged 0, rejected 0"
    titles = list(Car.objects.order_by("external_reference").values_list("title", flat=True))
    assert titles == [
        "1985 Alfa Romeo Giulia",
        "1985 Audi 5000S",
        "1985 Volkswagen Rabbit",
        "1985 Subaru",
        "1985 Honda Civic",
    ]
    alfa = Car.objects.get(make="Alfa Romeo")
    assert (alfa.year, alfa.fuel, alfa.body_style, alfa.status) == (1985, "petrol", "convertible", "active")
    assert alfa.price == Money("13495.00", "USD")
    details = alfa.details
    assert (details.power_hp, details.engine_cc, details.cylinders, details.doors) == (111, 2130, 4, 2)
    assert (details.length_mm, details.weight_kg) == (4288, 1156)
    assert (details.city_l_100km, details.highway_l_100km) == (Decimal("11.2"), Decimal("8.7"))
    assert Car.objects.get(make="Audi").price == Money("17859.17", "USD")
    assert Car.objects.get(make="Honda").transmission == "automatic"
    assert Car.objects.filter(fuel="diesel", body_style="wagon", price__lt=15000).count() == 1
    tree = [(node.name, node.depth, node.listing_count) for node in selectors.category_tree()]
    assert tree[0] == ("Cars", 1, 5)
    assert ("Hatchbacks", 2, 3) in tree


def test_again_changes_nothing(table):
    run(table(*ROWS))
    before = list(Car.objects.order_by("pk").values())

    assert run(table(*ROWS))[0] == "created 0, unchanged 5, rejected 0"
    assert list(Car.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("13495", "cheap", "price is “cheap”, not a number above zero"),
        ("13495", "-5", "price is “-5”, not a number above zero"),
        ("13495", "NaN", "price is “NaN”, not a number above zero"),
        ("13495", "1e30", "price is “1e30”"),
        ("convertible", "boat", "carbody is “boat”"),
        ("gas", "coal", "fueltype is “coal”"),
        ("alfa-romero giulia", "", "CarName is empty"),
        ("four", "many", "cylindernumber is “many”"),
        ("5000,21", "5000,0", "citympg is “0”"),
    ],
)
def test_a_bad_row_is_told_and_leaves_nothing(table, old, new, reason):
    out, err = run(table(ROWS[0].replace(old, new, 1), ROWS[2]))

    assert out == "created 1, unchanged 0, rejected 1"
    assert "line 2: " in err
    assert reason in err
    assert list(Car.objects.values_list("make", flat=True)) == ["Volkswagen"]


@pytest.mark.parametrize(
    ("text", "make"),
    [
        ("maxda", "Mazda"),
        ("toyouta", "Toyota"),
        ("porcshce", "Porsche"),
        ("vokswagen", "Volkswagen"),
        ("vw", "Volkswagen"),
        ("alfa-romero", "Alfa Romeo"),
        ("bmw", "BMW"),
        ("Nissan", "Nissan"),
        ("nissan", "Nissan"),
    ],
)
def test_makes(text, make):
    assert make_of(text) == make


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("rx-7 gs", "RX-7 GS"),
        ("320i", "320i"),
        ("fury iii", "Fury III"),
        ("D-Max", "D-Max"),
        ("x1", "X1"),
        ("", ""),
    ],
)
def test_models(text, model):
    assert model_of(text) == model
