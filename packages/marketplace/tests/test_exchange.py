from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moneyed import Money
from rest_framework.test import APIClient

from chowk_marketplace import services
from chowk_marketplace.exchange import neutral, original
from chowk_marketplace.models import get_listing_model
from tests.factories import ActiveListingFactory, AuctionedListingFactory, CategoryFactory, ListingFactory
from tests.goods.models import Book

pytestmark = pytest.mark.django_db
EXPORT, IMPORT = "/api/listings/export/", "/api/listings/import/"
HEADER = "type,reference,title,category,price,currency,stock,condition,status,author,pages\n"


def client(user=None):
    found = APIClient()
    if user is not None:
        found.force_authenticate(user)
    return found


def exported(user):
    answer = client(user).get(EXPORT)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    return b"".join(answer.streaming_content).decode()


def imported(user, text, **more):
    table = SimpleUploadedFile("t.csv", text if isinstance(text, bytes) else text.encode())
    return client(user).post(IMPORT, {"file": table, **more}, format="multipart")


def snapshot():
    return list(get_listing_model().objects.order_by("pk").values())


def test_one_s_own_listings_come_out_and_going_in_changes_nothing(seller, stranger):
    chairs = CategoryFactory(name="Chairs")
    ActiveListingFactory(
        seller=seller, category=chairs, title='Chair, "oak"', description="a\nb", country="PK"
    )
    AuctionedListingFactory(seller=seller, category=chairs, title="=HYPERLINK(1)")
    ListingFactory(
        seller=seller,
        category=chairs,
        listing_model=Book,
        author="-Ghalib",
        external_reference="+B1",
        pages=7,
    )
    ListingFactory(seller=stranger, title="Theirs")

    text = exported(seller)
    before = snapshot()
    answer = imported(seller, text)

    assert "Theirs" not in text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["type"] for row in rows] == ["listing", "listing", "book"]
    assert rows[1]["title"] == "'=HYPERLINK(1)"
    assert (rows[2]["author"], rows[2]["reference"], rows[2]["pages"]) == ("'-Ghalib", "'+B1", "7")
    assert answer.json() == {"created": 0, "unchanged": 3, "rejected": []}
    assert snapshot() == before


def test_another_seller_can_take_a_table_over(seller, stranger):
    chairs = CategoryFactory(name="Chairs")
    ListingFactory(
        seller=seller,
        category=chairs,
        listing_model=Book,
        title="=x",
        author="Ghalib",
        external_reference="B1",
        pages=7,
        price=Money("12.345", "KWD"),
        stock=3,
        condition="new",
        city="Lahore",
        country="PK",
    )

    text = exported(seller)
    assert imported(stranger, text).json() == {"created": 1, "unchanged": 0, "rejected": []}

    copy, first = Book.objects.get(seller=stranger), Book.objects.get(seller=seller)
    for name in ("title", "author", "pages", "price", "stock", "condition", "city", "country", "status"):
        assert getattr(copy, name) == getattr(first, name), name
    assert exported(stranger) == text


def test_bad_rows_are_told_and_the_rest_go_in(seller):
    CategoryFactory(name="Books")
    rows = [
        "book,B1,Diwan,books,12.50,USD,2,new,active,Ghalib,100",
        "book,,No reference,books,5,USD,1,new,,x,1",
        "book,B3,,books,5,USD,1,new,,x,1",
        "book,B4,No such shelf,nothing,5,USD,1,new,,x,1",
        "book,B5,No price,books,cheap,USD,1,new,,x,1",
        "book,B6,No money,books,5,ABC,1,new,,x,1",
        "book,B7,No pages,books,5,USD,1,new,,x,many",
        "spaceship,B8,No type,books,5,USD,1,new,,,",
        "book,B9,Short,books",
        "book,B10,Worn,books,5,USD,1,worn,,x,1",
        "book,B11,Stock,books,5,USD,-1,new,,x,1",
        "book,id:7,Not mine,books,5,USD,1,new,,x,1",
        "book,B1,Twice,books,5,USD,1,new,,x,1",
        "listing,B14,Auctioned,books,5,USD,1,new,,,",
    ]
    answer = imported(seller, HEADER + "\n".join(rows) + "\n").json()

    assert (answer["created"], answer["unchanged"]) == (2, 1)
    assert [row["line"] for row in answer["rejected"]] == list(range(3, 14))
    assert all(row["reason"] for row in answer["rejected"])
    assert {row.title: row.status for row in get_listing_model().objects.all()} == {
        "Diwan": "active",
        "Auctioned": "pending",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [(b"\xff\xfe", "UTF-8"), ("title\nx\n", "no column"), ('reference,title,category\n"a', "not CSV")],
)
def test_what_is_no_table(seller, text, reason):
    answer = imported(seller, text)

    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert (error["attr"], error["code"]) == ("file", "unreadable_table")
    assert reason in error["detail"]


def test_bounds_and_who_may(seller, settings):
    settings.CHOWK_MARKETPLACE = {"IMPORT_MAX_ROWS": 1}
    assert imported(seller, HEADER + "x" * 3).json()["rejected"][0]["line"] == 2
    assert imported(seller, HEADER + "x\ny\n").status_code == 400
    settings.CHOWK_MARKETPLACE = {"IMPORT_MAX_BYTES": 10}
    assert imported(seller, HEADER).status_code == 400
    for answer in (client().get(EXPORT), imported(None, HEADER)):
        assert answer.status_code in {401, 403}


def test_progress(seller):
    CategoryFactory(name="Books")
    rows = [f"listing,R{n},Row {n},books,5,USD,1,new,,," for n in range(60)]

    answer = imported(seller, HEADER + "\n".join(rows) + "\n", progress="true")

    lines = [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]
    assert lines == [
        {"done": 50, "total": 60},
        {"done": 60, "total": 60, "created": 60, "unchanged": 0, "rejected": []},
    ]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_no_cell_is_a_formula_and_every_text_comes_back(text):
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert original(neutral(text)) == text


def test_services_are_asked(seller, settings):
    assert services.create_listing  # the table goes through it: MAY_SELL refuses here
    settings.CHOWK_MARKETPLACE = {"MAY_SELL": ["tests.test_exchange.nobody"]}
    CategoryFactory(name="Books")
    answer = imported(seller, HEADER + "listing,R1,Row,books,5,USD,1,new,,,\n").json()
    assert answer["rejected"] == [{"line": 2, "reason": "Nobody sells."}]


def nobody(*, seller, listing):
    from chowk_core.policies import Refusal

    return Refusal("nobody", "Nobody sells.")
