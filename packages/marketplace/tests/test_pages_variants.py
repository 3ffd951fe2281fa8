"""Choosing a variant, and looking after one's own, as pages without script."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from moneyed import Money

from chowk_marketplace import services
from chowk_marketplace.models import get_cart_item_model, get_order_model
from chowk_marketplace.pages.choosing import chosen_offer, offers_of, questions
from tests.factories import ActiveListingFactory, AuctionedListingFactory, UserFactory, reread

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.urls_pages")]


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shirt(**terms: Any) -> tuple[Any, dict[str, Any]]:
    """A shirt in three of four combinations of size and colour; the green one is sold out."""
    listing = ActiveListingFactory(title="A shirt", stock=3, **terms)
    first = listing.variants.get()
    services.update_variant(variant=first, options={"Size": "S", "Colour": "red"})
    large = services.add_variant(
        listing=listing, options={"Size": "L", "Colour": "red"}, stock=2, price=Money(120, "USD")
    )
    green = services.add_variant(listing=listing, options={"Size": "L", "Colour": "green"}, stock=0)
    return reread(listing), {"small": reread(first), "large": large, "green": green}


def test_an_answer_leads_to_the_variant_with_it_or_to_the_nearest() -> None:
    listing, known = shirt()
    offers = offers_of(listing)
    chosen = chosen_offer(offers, "")
    assert chosen is not None
    assert chosen.variant == known["small"]

    colour, size = questions(offers, chosen)

    assert (colour.label, size.label) == ("Colour", "Size")
    assert [(one.text, one.chosen) for one in size.answers] == [("S", True), ("L", False)]
    assert [one.offer.variant for one in size.answers] == [known["small"], known["large"]]
    assert [one.offer.variant for one in colour.answers] == [known["small"], known["green"]]
    services.add_variant(listing=listing, options={"Length": "long"}, stock=1)
    [which] = questions(offers_of(listing), chosen)
    assert [one.text for one in which.answers][-1] == "Length: long"
    assert questions(offers[:1], chosen) == []


def test_a_buyer_chooses_and_gets_what_was_chosen_at_its_price() -> None:
    listing, known = shirt()
    buyer = UserFactory()
    client, address = browser(buyer), f"/listings/{listing.pk}/"

    assert "$100" in client.get(address).content.decode()
    page = client.get(address, {"variant": str(known["large"].pk)}).content.decode()
    assert "$120" in page
    assert "Only 2 left" in page
    gone = client.get(address, {"variant": str(known["green"].pk)}).content.decode()
    assert "Sold out in this kind" in gone
    assert "Buy now" not in gone
    assert client.get(address, {"variant": "nobody"}).status_code == 200

    chosen = {"variant": str(known["large"].pk), "price": "100", "currency": "USD"}
    refused = client.post(f"{address}buy/", chosen)
    assert refused["Location"] == f"{address}?variant={known['large'].pk}"
    assert "The price is now" in client.get(refused["Location"]).content.decode()
    client.post(f"{address}buy/", {**chosen, "price": "120"})
    assert get_order_model().objects.get().lines.get().variant == known["large"]
    assert client.post(f"{address}cart/", {"variant": str(known["small"].pk)})["Location"] == "/cart/"
    assert get_cart_item_model().objects.get().variant == known["small"]
    assert "Colour: red, Size: S" in client.get("/cart/").content.decode()
    without = client.post(f"{address}cart/")
    assert without["Location"] == address
    assert "Choose one of its variants" in client.get(address).content.decode()
    sold_out = client.post(f"{address}cart/", {"variant": str(known["green"].pk)})
    assert sold_out["Location"] == f"{address}?variant={known['green'].pk}"


def test_a_guest_puts_a_variant_into_the_cart(client: Client) -> None:
    listing, known = shirt()
    page = client.get(f"/listings/{listing.pk}/?variant={known['large'].pk}").content.decode()
    action = re.search(r'action="(/listings/[^"]+/cart/)"', page)
    assert action is not None
    client.post(action[1], {"variant": str(known["large"].pk)})
    assert get_cart_item_model().objects.get().price == Money(120, "USD")


def test_the_page_costs_as_many_statements_however_many_variants() -> None:
    listing, _known = shirt()
    client = Client()

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/listings/{listing.pk}/")
        return len(captured)

    few = statements()
    for number in range(10):
        services.add_variant(listing=listing, options={"Size": str(number), "Colour": "red"}, stock=1)
    assert statements() == few


NEW = {"options": "Size: M\nColour: blue", "sku": "M-B", "price": "110.50", "stock": "4", "low_stock_at": ""}


def test_a_seller_adds_and_changes_variants_by_form() -> None:
    listing, known = shirt()
    seller, address = browser(listing.seller), f"/listings/{listing.pk}/variants/"

    assert seller.post(address, NEW)["Location"] == address
    made = listing.variants.get(sku="M-B")
    assert (made.options, made.price) == ({"Colour": "blue", "Size": "M"}, Money("110.50", "USD"))
    page = seller.get(address).content.decode()
    assert "Colour: blue, Size: M" in page
    one = f"{address}{made.pk}/"
    form = {"step": "change", "options": "Size: M", "sku": "M", "price": "", "position": "0", "active": "no"}
    assert seller.post(one, form)["Location"] == address
    made = reread(made)
    assert (made.options, made.price, made.active) == ({"Size": "M"}, None, False)
    assert seller.post(one, {"step": "retire"})["Location"] == address
    assert not listing.variants.filter(pk=made.pk).exists()
    for name in known:
        seller.post(f"{address}{known[name].pk}/", {"step": "retire"})
    assert listing.variants.filter(active=True).count() == 1


def test_a_price_stands_in_the_form_as_it_is_written() -> None:
    listing, known = shirt()
    page = browser(listing.seller).get(f"/listings/{listing.pk}/variants/{known['large'].pk}/")
    assert 'name="price" value="120.00"' in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"options": "M"}, "options", "as in “Size: M”"),
        ({"options": "Size: M\nSize: L"}, "options", "as in “Size: M”"),
        ({"options": ""}, "options", "Say what tells it from the others"),
        ({"options": "Size: S\nColour: red"}, "options", "already has a variant with these options"),
        ({"price": "-1"}, "price", "greater than or equal to 0"),
        ({"price": "0"}, "price", "above zero"),
        ({"stock": "many"}, "stock", "whole number"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(changes: dict[str, str], field: str, words: str) -> None:
    listing, _known = shirt()
    answer = browser(listing.seller).post(f"/listings/{listing.pk}/variants/", {**NEW, **changes})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert words in answer.content.decode()
    assert listing.variants.count() == 3


def test_a_seller_counts_the_stock() -> None:
    listing, known = shirt()
    seller = browser(listing.seller)
    one = f"/listings/{listing.pk}/variants/{known['large'].pk}/"

    for number, reason in (("5", "received"), ("1", "damaged"), ("9", "counted")):
        said = {"step": "stock", "number": number, "reason": reason, "note": f"because {reason}"}
        assert seller.post(one, said)["Location"] == one
    page = seller.get(one)
    assert [(row.reason, row.on_hand) for row in page.context["page"]] == [
        ("counted", 3),
        ("damaged", -1),
        ("received", 5),
        ("counted", 2),
    ]
    assert "because damaged" in page.content.decode()
    too_many_gone = seller.post(one, {"step": "stock", "number": "10", "reason": "damaged"})
    assert too_many_gone.status_code == 400
    assert list(too_many_gone.context["count_form"].errors) == ["number"]
    assert reread(listing).stock == 12
    assert services.check_stock() == []


def test_these_pages_are_for_the_seller_and_staff() -> None:
    listing, known = shirt()
    for address in (
        f"/listings/{listing.pk}/variants/",
        f"/listings/{listing.pk}/variants/{known['large'].pk}/",
    ):
        assert browser(UserFactory(is_staff=True)).get(address).status_code == 200
        assert browser(UserFactory()).get(address).status_code == 404
        assert "login" in Client().get(address)["Location"]
    assert browser(listing.seller).get(f"/listings/{listing.pk}/variants/nobody/").status_code == 404
    elsewhere, _known = shirt(seller=listing.seller)
    strange = f"/listings/{elsewhere.pk}/variants/{known['large'].pk}/"
    assert browser(listing.seller).get(strange).status_code == 404


def test_something_auctioned_has_a_stock_and_no_variants_to_add() -> None:
    listing = AuctionedListingFactory()
    page = browser(listing.seller).get(f"/listings/{listing.pk}/variants/").content.decode()
    assert "Add a variant" not in page
    one = f"/listings/{listing.pk}/variants/{listing.variants.get().pk}/"
    assert browser(listing.seller).get(one).status_code == 200
