"""Parts on the pages: what fits a car, and offering a part with its table."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from moneyed import Money

from chowk_marketplace.services import activate_listing, create_category, create_listing
from parts.models import Fitment, Part

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(db):
    create_category(name="Parts")
    return get_user_model().objects.create_user("amina@example.org", display_name="Amina")


@pytest.fixture
def browser(seller):
    client = Client()
    client.force_login(seller)
    return client


def part(seller, title, *cars, months=0):
    category = _parts()
    made = create_listing(
        listing_model=Part,
        seller=seller,
        category=category,
        title=title,
        price=Money(20, "USD"),
        warranty_months=months,
    )
    for make, model, first, last in cars:
        Fitment.objects.create(part=made, make=make, model=model, year_from=first, year_to=last)
    return activate_listing(listing=made)


def _parts():
    return Part._meta.get_field("category").related_model.objects.get(slug="parts")


def test_what_fits_my_car_is_found_and_said(client, seller):
    part(seller, "Brake disc", ("Volvo", "240", 1979, 1993), months=24)
    part(seller, "Clutch", ("Saab", "900", 1979, 1993))

    page = client.get("/", {"category": "parts", "fits": "Volvo,240,1985"}).content.decode()

    assert "Brake disc" in page
    assert "Clutch" not in page
    assert "Fits my car: Volvo,240,1985" in page
    assert "Clutch" in client.get("/", {"category": "parts", "fits": "Saab"}).content.decode()
    wrong = client.get("/", {"category": "parts", "fits": "Volvo,240,old"}).content.decode()
    assert "Enter make, model and year" in wrong
    assert "Clutch" in wrong
    longer = client.get("/", {"category": "parts", "warranty_months_min": "12"}).content.decode()
    assert "Brake disc" in longer
    assert "Clutch" not in longer
    assert "Warranty (months) from 12" in longer
    senseless = client.get("/", {"category": "parts", "warranty_months_min": "long"}).content.decode()
    assert "Enter a number" in senseless
    assert "Clutch" in senseless


FORM = {
    "title": "Brake disc",
    "condition": "new",
    "sale_format": "fixed_price",
    "price": "42",
    "brand": "Brembo",
    "part_number": "09.A402",
    "warranty_months": "24",
}


def test_a_part_is_offered_with_the_cars_that_it_fits(browser):
    fits = "Volvo 240 1979-1993, with ABS\n\nSaab 1985"
    answer = browser.post("/listings/new/?kind=part", {**FORM, "category": _parts().pk, "fits": fits})
    made = Part.objects.get()
    assert answer["Location"] == f"/listings/{made.pk}/"
    assert [str(row) for row in made.fitments.all()] == ["Saab 1985", "Volvo 240 1979-1993, with ABS"]
    assert "1979-1993, with ABS" in browser.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("fits", ["Volvo", "Volvo 240 1993-1979", "Volvo 240 1492"])
def test_a_wrong_fitment_is_said_and_nothing_offered(browser, fits):
    answer = browser.post("/listings/new/?kind=part", {**FORM, "category": _parts().pk, "fits": fits})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["fits"]
    assert not Part.objects.exists()
