from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction
from moneyed import Money
from rest_framework.test import APIClient

from chowk_marketplace.services import activate_listing, create_category, create_listing
from shop.models import Craft, Product

pytestmark = pytest.mark.django_db
CRAFTS, PRODUCTS = "/api/crafts/", "/api/products/"


def usd(amount):
    return {"amount": amount, "currency": "USD"}


@pytest.fixture
def people(db):
    make = get_user_model().objects.create_user
    create_category(name="Crafts")
    create_category(name="Products")
    return make("amina@example.org", display_name="A"), make("s@example.org", display_name="S", is_staff=True)


def client(user=None):
    found = APIClient()
    if user is not None:
        found.force_authenticate(user)
    return found


def codes(response):
    return {error["code"] for error in response.json()["errors"]}


CRAFT = {"title": "Blue vase", "material": "clay", "technique": "kashi kari", "region": "Multan"}


def test_a_craft_is_auctioned_or_has_a_price_never_both(people):
    artisan, _staff = people

    assert codes(client(artisan).post(CRAFTS, {**CRAFT, "sale_format": "auction", "price": usd("20")})) == {
        "auction_has_no_price"
    }
    assert codes(client(artisan).post(CRAFTS, {**CRAFT, "sale_format": "auction", "stock": 2})) == {
        "invalid_stock"
    }
    assert codes(client(artisan).post(CRAFTS, CRAFT)) == {"invalid_price"}
    auctioned = client(artisan).post(CRAFTS, {**CRAFT, "sale_format": "auction"})
    fixed = client(artisan).post(CRAFTS, {**CRAFT, "price": usd("20"), "stock": 3})
    assert (auctioned.status_code, fixed.status_code) == (201, 201), auctioned.json()
    for wrong in ({"price": Money(5, "USD")}, {"stock": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Craft.objects.non_polymorphic().filter(pk=auctioned.json()["id"]).update(**wrong)
    for made in (auctioned, fixed):
        client(artisan).post(f"{CRAFTS}{made.json()['id']}/activate/")
    assert client().get(CRAFTS, {"sale_format": "auction", "region": "multan"}).json()["count"] == 1
    facets = {one["name"]: one.get("values") for one in client().get(f"{CRAFTS}facets/").json()["facets"]}
    assert [(one["value"], one["count"]) for one in facets["material"]] == [("clay", 2)]
    assert Craft.objects.first().facts()[0] == ("Material", "Clay")


SHIRT = {
    "title": "Kurta",
    "brand": "Khaadi",
    "price": usd("25"),
    "variants": [
        {"options": {"Size": "M", "Colour": "white"}, "sku": "K-M", "stock": 5},
        {"options": {"Size": "L", "Colour": "white"}, "sku": "K-L", "stock": 2, "price": usd("27")},
    ],
}


def test_staff_manage_products_and_everybody_browses(people):
    artisan, staff = people

    assert client(artisan).post(PRODUCTS, SHIRT).status_code == 403
    made = client(staff).post(PRODUCTS, SHIRT)
    assert made.status_code == 201, made.json()
    url = f"{PRODUCTS}{made.json()['id']}/"
    assert [(row["sku"], row["stock"]) for row in made.json()["variants"]] == [("K-M", 5), ("K-L", 2)]
    assert [row["price"] for row in made.json()["variants"]] == [None, usd("27.00")]
    assert made.json()["stock"] == 7
    assert client().get(url).status_code == 404
    client(staff).post(f"{url}activate/")
    body = client().get(PRODUCTS, {"page": 1, "size": 10, "search": "", "ordering": "price"}).json()
    assert [card["title"] for card in body["results"]] == ["Kurta"]
    assert Product.objects.get().specification()[0][0] == "Prices"
    fewer = [{"options": {"Size": "M", "Colour": "white"}, "sku": "K-M", "stock": 9, "price": None}]
    changed = client(staff).patch(url, {"variants": fewer})
    assert [(row["sku"], row["stock"]) for row in changed.json()["variants"]] == [("K-M", 9)]
    assert changed.json()["stock"] == 9
    assert client(artisan).patch(url, {"title": "Mine"}).status_code == 403
    assert Product.objects.get().specification() == []
    assert codes(client(staff).patch(url, {"variants": []})) == {"no_variant"}
    assert codes(client(staff).patch(url, {"variants": fewer * 2})) == {"options_taken"}
    assert codes(client(staff).post(PRODUCTS, SHIRT)) == {"sku_taken"}
    assert Product.objects.count() == 1


def test_products_are_offered_by_staff_only_whichever_the_way(people):
    artisan, staff = people
    product = {"type": "product", "title": "Mug", "price": usd("5")}

    assert codes(client(artisan).post("/api/listings/", product)) == {"staff_only"}
    table = "type,reference,title,category,price\nproduct,R1,Mug,products,5\n"
    upload = {"file": SimpleUploadedFile("t.csv", table.encode())}
    answer = client(artisan).post("/api/listings/import/", upload, format="multipart").json()
    assert [row["line"] for row in answer["rejected"]] == [2]
    assert not Product.objects.exists()
    assert client(staff).post("/api/listings/", product).status_code == 201


def test_staff_manage_the_variants_of_a_product_one_by_one(people):
    artisan, staff = people
    made = client(staff).post(PRODUCTS, SHIRT).json()
    url = f"{PRODUCTS}{made['id']}/"
    assert client().get(f"{url}variants/").status_code == 404
    client(staff).post(f"{url}activate/")

    assert [row["costs"] for row in client().get(f"{url}variants/").json()] == [usd("25.00"), usd("27.00")]
    assert client(artisan).post(f"{url}variants/", {"options": {"Size": "S"}}).status_code == 403
    small = client(staff).post(f"{url}variants/", {"options": {"Size": "S"}, "stock": 1}).json()
    stock = client(staff).post(f"{url}variants/{small['id']}/stock/", {"delta": 2, "reason": "received"})
    assert stock.json()["available"] == 3
    assert client().get(url).json()["stock"] == 10
    craft = client(artisan).post(CRAFTS, {**CRAFT, "price": usd("20")}).json()
    client(artisan).post(f"{CRAFTS}{craft['id']}/activate/")
    assert client(staff).get(f"{PRODUCTS}{craft['id']}/variants/").status_code == 404
    assert client().get(f"/api/listings/{craft['id']}/variants/").status_code == 200


def test_products_are_sorted_and_filtered(people):
    _artisan, staff = people
    books = create_category(name="Books")
    for number, title in enumerate(("Lamp", "Atlas", "Mug")):
        row = create_listing(
            listing_model=Product, seller=staff, category=books, title=title, price=Money(10 - number, "USD")
        )
        activate_listing(listing=row)
    client(staff).post(f"{PRODUCTS}{row.pk}/feature/")

    def titles(**query):
        return [card["title"] for card in client().get(PRODUCTS, query).json()["results"]]

    assert titles(ordering="price") == ["Mug", "Atlas", "Lamp"]
    assert titles(ordering="title") == ["Atlas", "Lamp", "Mug"]
    assert titles(ordering="-created_at") == ["Mug", "Atlas", "Lamp"]
    assert titles(featured="true") == ["Mug"]
    assert titles(category="books", price_min=9, price_max=9) == ["Atlas"]
    assert titles(category="products") == []


def test_products_from_a_file(tmp_path, people, capsys):
    path = tmp_path / "products.csv"
    path.write_text(
        "sku,title,category,brand,price,currency,stock\nP1,Lamp,Home,Ikea,12.50,USD,3\nP2,,Home,,5,USD,1\n"
        "P3,Mug,Home,,5,ABC,1\n",
        encoding="utf-8",
    )
    for _time in range(2):
        call_command("import_listings", path, kind="product")
    assert Product.objects.get().category.slug == "products-home"
    assert capsys.readouterr().out.split("\n")[:2] == [
        "created 1, unchanged 0, rejected 2",
        "created 0, unchanged 1, rejected 2",
    ]
