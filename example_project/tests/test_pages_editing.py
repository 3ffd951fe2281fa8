"""Changing what one offers: cars, parts, and what is under the hammer."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from moneyed import Money
from PIL import Image
from rest_framework.test import APIClient

from chowk_auctions import services as auctions
from chowk_core.models import LoggedEvent
from chowk_core.testing.events import deliver_all
from chowk_marketplace import services as marketplace
from parts.fits import fitment_of
from parts.models import Fitment, Part
from tests.factories import UserFactory, make_auction, make_car
from tests.pages import MOST_STATEMENTS, SignIn, statements
from vehicles.models import Car

pytestmark = pytest.mark.django_db

AUCTIONED = "It is being auctioned. Call the auction off first."


def filled(client: Client, address: str, **changes: str) -> dict[str, str]:
    """What the form at that address would send, with changes."""
    form = client.get(address).context["form"]
    asked = {one.html_name: one.value() for one in form if not (one.name == "sale_format" and form.offered)}
    return {**{name: "" if value is None else str(value) for name, value in asked.items()}, **changes}


def photo(name: str = "photo.jpg") -> SimpleUploadedFile:
    buffer = io.BytesIO()
    Image.new("RGB", (80, 50), "teal").save(buffer, "JPEG")
    return SimpleUploadedFile(name, buffer.getvalue())


def price_changes() -> list[dict[str, Any]]:
    rows = LoggedEvent.objects.filter(name="marketplace.listing_changed").order_by("pk")
    return [
        {name: row.payload[name] for name in ("old_price", "price", "currency", "listing_id")} for row in rows
    ]


def test_a_car_is_changed_in_all_that_a_car_says(sign_in: SignIn) -> None:
    car = make_car(city="Lahore", country="PK", mileage=210000)
    client, address = sign_in(car.seller), f"/listings/{car.pk}/edit/"
    sent = filled(client, address, mileage="215000", transmission="manual", price="4750", country="DE")
    assert (sent["make"], sent["year"], sent["fuel"], sent["city"]) == ("Volvo", "1985", "petrol", "Lahore")

    assert client.post(address, sent)["Location"] == f"/listings/{car.pk}/"

    now = Car.objects.get(pk=car.pk)
    assert (now.mileage, now.transmission, now.country.code) == (215000, "manual", "DE")
    assert (now.make, now.year, now.price, now.details.power_hp) == ("Volvo", 1985, Money(4750, "USD"), 114)
    page = Client().get(f"/listings/{car.pk}/").content.decode()
    assert "$4,750" in page
    assert "215,000" in page


def test_a_price_is_told_as_by_the_api_and_reaches_who_asked(sign_in: SignIn, api: APIClient) -> None:
    car = make_car(price=5000)
    watcher: Any = UserFactory()
    api.force_authenticate(watcher)
    alert = api.post("/api/price-alerts/", {"listing": str(car.pk)}, format="json")
    assert alert.status_code == 201, alert.json()
    client, address = sign_in(car.seller), f"/listings/{car.pk}/edit/"
    client.post(address, filled(client, address, price="4000"))
    deliver_all()
    api.force_authenticate(car.seller)
    body = {"price": {"amount": "5000.00", "currency": "USD"}}
    assert api.patch(f"/api/cars/{car.pk}/", body, format="json").status_code == 200

    by_page, by_api = price_changes()
    same = {"currency": "USD", "listing_id": str(car.pk)}
    assert by_page == {"old_price": "5000.00", "price": "4000.00", **same}
    assert by_api == {"old_price": "4000.00", "price": "5000.00", **same}
    assert LoggedEvent.objects.filter(name="marketplace.price_dropped").count() == 1


@pytest.mark.parametrize(("name", "value"), [("year", "1700"), ("fuel", "coal"), ("make", "")])
def test_what_is_wrong_is_said_at_its_field(sign_in: SignIn, name: str, value: str) -> None:
    car = make_car()
    client, address = sign_in(car.seller), f"/listings/{car.pk}/edit/"
    answer = client.post(address, filled(client, address, city="Typed", **{name: value}))
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [name]
    assert 'value="Typed"' in answer.content.decode()
    assert Car.objects.get(pk=car.pk).city == ""


def test_what_is_under_the_hammer_stays_as_it_is_as_on_the_api(sign_in: SignIn, api: APIClient) -> None:
    car = make_car(price=None)
    seller, address = sign_in(car.seller), f"/listings/{car.pk}/edit/"
    sent = filled(seller, address, mileage="1")
    auction = make_auction(car=car)

    for page in (address, f"/listings/{car.pk}/pictures/"):
        shown = seller.get(page)
        assert shown.status_code == 200
        assert AUCTIONED in shown.content.decode()
        assert 'type="file"' not in shown.content.decode()
    refused = seller.post(address, sent)
    pictures = seller.post(f"/listings/{car.pk}/pictures/", {"images": photo()})
    api.force_authenticate(car.seller)
    by_api = api.patch(f"/api/cars/{car.pk}/", {"mileage": 1}, format="json")
    assert refused.status_code == pictures.status_code == by_api.status_code == 403
    assert AUCTIONED in refused.content.decode()
    assert by_api.json()["errors"][0]["detail"] == AUCTIONED
    staff = sign_in(UserFactory(is_staff=True))
    assert staff.post(address, sent).status_code == 403
    assert (Car.objects.get(pk=car.pk).mileage, car.images.count()) == (None, 0)

    auctions.cancel_auction(auction_id=auction.pk, actor=car.seller)
    assert seller.post(address, sent)["Location"] == f"/listings/{car.pk}/"
    assert Car.objects.get(pk=car.pk).mileage == 1


def test_what_was_won_and_not_paid_stays_as_it_is_too(sign_in: SignIn) -> None:
    car = make_car(price=None)
    auction = make_auction(car=car, buy_now_price=Decimal(4000))
    auctions.buy_now(auction_id=auction.pk, buyer=UserFactory())
    deliver_all()
    page = sign_in(car.seller).get(f"/listings/{car.pk}/edit/")
    assert page.status_code == 200
    assert 'name="title"' not in page.content.decode()


def test_the_first_picture_is_on_the_card(sign_in: SignIn) -> None:
    car = make_car()
    seller, address = sign_in(car.seller), f"/listings/{car.pk}/pictures/"
    assert seller.post(address, {"images": [photo(), photo()]})["Location"] == address
    first, second = car.images.order_by("position")
    assert first.image.url in Client().get("/").content.decode()
    seller.post(f"{address}{second.pk}/primary/")
    assert second.image.url in Client().get("/").content.decode()
    assert first.image.url not in Client().get("/").content.decode()
    assert statements(seller, address) <= MOST_STATEMENTS
    assert statements(seller, f"/listings/{car.pk}/edit/") <= MOST_STATEMENTS


def test_the_cars_that_a_part_fits_are_changed_line_by_line(sign_in: SignIn) -> None:
    make_car()
    seller = UserFactory()
    category = marketplace.create_category(name="Parts", slug="parts")
    part = marketplace.create_listing(
        listing_model=Part, seller=seller, category=category, title="Disc", price=Money(20, "USD")
    )
    for make, model in (("Alfa Romeo", ""), ("Volvo", "240")):  # the first would be read otherwise
        Fitment.objects.create(part=part, make=make, model=model, year_from=1979, year_to=1985)
    kept = Fitment.objects.get(make="Alfa Romeo")
    client, address = sign_in(seller), f"/listings/{part.pk}/edit/"
    sent = filled(client, address, brand="Brembo")
    assert sent["fits"] == "Alfa Romeo 1979-1985\nVolvo 240 1979-1985"

    client.post(address, {**sent, "fits": "Alfa Romeo 1979-1985\nSaab 900 1984"})

    rows = list(Part.objects.get(pk=part.pk).fitments.all())
    assert [str(row) for row in rows] == ["Alfa Romeo 1979-1985", "Saab 900 1984"]
    assert (rows[0].pk, rows[0].make, Part.objects.get(pk=part.pk).brand) == (kept.pk, "Alfa Romeo", "Brembo")
    wrong = client.post(address, {**sent, "fits": "Volvo"})
    assert wrong.status_code == 400
    assert list(wrong.context["form"].errors) == ["fits"]
    assert fitment_of("Volvo") is None
    assert part.fitments.count() == 2


def test_the_pages_hold_no_script_and_no_style_of_their_own(sign_in: SignIn) -> None:
    car = make_car()
    for page in ("edit", "pictures"):
        answer = sign_in(car.seller).get(f"/listings/{car.pk}/{page}/")
        text = answer.content.decode()
        assert " style=" not in text
        assert text.count("<script") == text.count('<script type="module" src="/static/')
        assert len(answer.content) < 150_000
