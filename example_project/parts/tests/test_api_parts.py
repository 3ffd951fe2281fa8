from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from chowk_core.models import LoggedEvent
from chowk_core.testing.events import deliver_all
from chowk_marketplace.services import activate_listing, create_category, save_search
from parts.models import Fitment, Part
from vehicles.factories import ActiveCarFactory

pytestmark = pytest.mark.django_db
URL = "/api/parts/"
PART = {
    "title": "Brake disc, front",
    "price": {"amount": "38.50", "currency": "USD"},
    "stock": 4,
    "condition": "new",
    "brand": "Brembo",
    "part_number": "09.A402.10",
    "warranty_months": 24,
    "fitments": [
        {"make": "Volvo", "model": "240", "year_from": 1979, "year_to": 1993, "note": "with ABS"},
        {"make": "Saab", "model": "", "year_from": 1985, "year_to": 1990},
    ],
}


@pytest.fixture
def seller(db):
    return get_user_model().objects.create_user("amina@example.org", display_name="Amina")


@pytest.fixture
def tree(db):
    parts = create_category(name="Parts")
    return create_category(name="Brakes", slug="parts-brakes", parent=parts)


def client(user=None):
    found = APIClient()
    if user is not None:
        found.force_authenticate(user)
    return found


def offered(seller, **fields):
    made = client(seller).post(URL, {**PART, **fields})
    assert made.status_code == 201, made.json()
    activate_listing(listing=Part.objects.get(pk=made.json()["id"]))
    return made.json()


def titles(**query):
    answer = client().get(URL, query)
    assert answer.status_code == 200, answer.json()
    return [card["title"] for card in answer.json()["results"]]


def test_a_part_with_what_it_fits(seller, tree):
    made = offered(seller, category="parts-brakes")

    assert (made["type"], made["category"], made["warranty_months"]) == ("part", "parts-brakes", 24)
    assert [row["make"] for row in made["fitments"]] == ["Saab", "Volvo"]
    url = f"{URL}{made['id']}/"
    only = [{"make": "Volvo", "model": "740", "year_from": 1984, "year_to": 1992}]
    changed = client(seller).patch(url, {"fitments": only})
    assert [row["model"] for row in changed.json()["fitments"]] == ["740"]
    assert client(seller).patch(url, {"brand": "Ate"}).json()["fitments"] == changed.json()["fitments"]
    part = Part.objects.get()
    assert ("Warranty", "24 months") in part.facts()
    assert part.specification() == [("Fits", [("Volvo 740", "1984-1992")])]


@pytest.mark.parametrize(
    "row",
    [
        {"make": "Volvo", "model": "240", "year_from": 1993, "year_to": 1979},
        {"make": "", "model": "240", "year_from": 1979, "year_to": 1993},
        {"make": "Volvo", "year_from": 1700, "year_to": 1993},
    ],
)
def test_a_wrong_fitment_makes_nothing(seller, tree, row):
    assert client(seller).post(URL, {**PART, "fitments": [row]}).status_code == 400
    assert not Part.objects.exists()


def test_the_database_refuses_reversed_years(seller, tree):
    part = Part.objects.get(pk=offered(seller)["id"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Fitment.objects.create(part=part, make="Volvo", year_from=1990, year_to=1980)


def test_what_fits_my_car(seller, tree):
    offered(seller)
    offered(
        seller,
        title="Clutch",
        fitments=[{"make": "Volvo", "model": "740", "year_from": 1984, "year_to": 1992}],
    )
    offered(seller, title="Universal mat", fitments=[])

    assert titles(fits="volvo,240,1985") == ["Brake disc, front"]
    assert titles(fits="Volvo,240,1978") == []
    assert set(titles(fits="Volvo")) == {"Brake disc, front", "Clutch"}
    assert titles(fits="Saab,900,1986") == ["Brake disc, front"], "a fitment without a model fits all"
    assert titles(fits_make="volvo", brand="BREMBO", ordering="title") == ["Brake disc, front", "Clutch"]
    car = ActiveCarFactory(seller=seller)  # a Volvo 240 of 1985
    assert titles(fits_listing=str(car.pk)) == ["Brake disc, front"]
    for query in ({"fits": ",240"}, {"fits": "Volvo,240,85"}, {"fits": "a,b,1985,d"}, {"fits_listing": "x"}):
        assert client().get(URL, query).status_code == 400
    facets = client().get(f"{URL}facets/").json()["facets"]
    counts = {facet["name"]: facet.get("values") for facet in facets}
    assert {one["value"]: one["count"] for one in counts["fits_make"]} == {"Volvo": 2, "Saab": 1}
    assert titles(fits_make="Saab") == ["Brake disc, front"]


def test_statements_do_not_grow(seller, tree):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            client().get(URL, {"fits": "Volvo,240"})
        return len(captured)

    offered(seller)
    few = statements()
    for number in range(5):
        offered(seller, title=f"Part {number}")
    assert statements() == few <= 4


def test_a_saved_search_for_my_car(seller, tree):
    buyer = get_user_model().objects.create_user("ben@example.org", display_name="Ben")
    save_search(user=buyer, name="240", listing_type="part", query={"fits": ["Volvo, 240, 1985"]})
    save_search(user=buyer, name="740", listing_type="part", query={"fits": ["Volvo,740,1985"]})
    offered(seller)
    deliver_all()

    told = LoggedEvent.objects.filter(name="marketplace.saved_search_matched")
    assert [event.payload["search_name"] for event in told] == ["240"]


def test_categories_of_parts(seller, tree):
    staff = get_user_model().objects.create_user("root@example.org", display_name="R", is_staff=True)
    create_category(name="Boats")

    assert [node["slug"] for node in client().get("/api/part-categories/").json()["results"]] == [
        "parts-brakes"
    ]
    made = client(staff).post("/api/part-categories/", {"name": "Engine"})
    assert (made.status_code, made.json()["parent"]) == (201, "parts")
    assert client(seller).post("/api/part-categories/", {"name": "Mine"}).status_code == 403


HEADER = "sku,title,category,brand,part_number,condition,price,currency,stock,warranty_months,fits\n"
GOOD = 'B1,Brake disc,Brakes,Brembo,09.A4,new,38.50,USD,4,24,"Volvo 240 1979-1993; Saab 1985"\n'


def test_parts_from_a_file(tmp_path, capsys):
    path = tmp_path / "parts.csv"
    bad = "B2,Disc,Brakes,,,new,cheap,USD,1,,\nB3,Disc,Brakes,,,new,5,USD,1,,Volvo\n"
    bad += "B4,Disc,Brakes,,,worn,5,USD,1,,\n"
    path.write_text(HEADER + GOOD + bad + "B5,Disc,Brakes,,,,5,USD,many,,\n", encoding="utf-8")

    for _time in range(2):
        call_command("import_listings", path, kind="part")

    part = Part.objects.get()
    assert (part.price.amount, part.stock, part.category.slug) == (Decimal("38.50"), 4, "parts-brakes")
    assert [str(row) for row in part.fitments.all()] == ["Saab 1985", "Volvo 240 1979-1993"]
    out = capsys.readouterr().out.split("\n")
    assert out[:2] == ["created 1, unchanged 0, rejected 4", "created 0, unchanged 1, rejected 4"]
