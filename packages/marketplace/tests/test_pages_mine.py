"""One's own listings as a page, and as a table out and in."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chowk_marketplace.models import get_listing_model
from tests.factories import ActiveListingFactory, CategoryFactory, ListingFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.urls_pages")]

MINE, TABLE = "/listings/mine/", "/listings/mine/table/"
BAD = """reference,title,category,price,stock,type
R1,Chair,{slug},5.00,2,listing
R2,,{slug},5.00,2,listing
R3,Table,nowhere,5.00,2,listing
R4,Lamp,{slug},five,2,listing
R5,Lamp,{slug},5.00,many,listing
R6,Lamp,{slug},5.00,2,ship
R7,Lamp,{slug}
,Lamp,{slug},5.00,2,listing
R8,Stool,{slug},7.00,,
"""


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(text: str | bytes) -> dict[str, Any]:
    data = text if isinstance(text, bytes) else text.encode()
    return {"file": SimpleUploadedFile("table.csv", data, content_type="text/csv")}


def test_ones_own_listings_by_status() -> None:
    seller = UserFactory()
    client = browser(seller)
    assert "You do not sell anything yet" in client.get(MINE).content.decode()
    ActiveListingFactory(seller=seller, title="A lamp")
    ListingFactory(seller=seller, title="A draft")
    ActiveListingFactory(title="Of somebody else")
    page = client.get(MINE).content.decode()
    assert "A lamp" in page
    assert "A draft" in page
    assert "Of somebody else" not in page
    pending = client.get(MINE, {"status": "pending"}).content.decode()
    assert "A draft" in pending
    assert "A lamp" not in pending
    assert client.get(MINE, {"status": "nonsense"}).context["chosen"] == ""
    assert "login" in Client().get(MINE)["Location"]


def test_the_list_costs_as_many_statements_however_long() -> None:
    seller = UserFactory()
    client = browser(seller)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(MINE).status_code == 200
        return len(captured)

    ListingFactory(seller=seller)
    few = statements()
    for _time in range(6):
        ListingFactory(seller=seller)
    assert statements() == few


def test_a_bad_table_is_told_line_by_line_and_the_good_lines_go_in() -> None:
    seller = UserFactory()
    client, slug = browser(seller), CategoryFactory().slug

    answer = client.post(TABLE, upload(BAD.format(slug=slug)))

    report = answer.context["report"]
    assert (report.created, report.unchanged) == (2, 0)
    assert [line for line, _reason in report.rejected] == [3, 4, 5, 6, 7, 8, 9]
    page = answer.content.decode()
    assert "title is empty" in page
    assert "stock is “many”, not a whole number" in page
    assert "it has another number of columns than the header" in page
    assert get_listing_model().objects.filter(seller=seller).count() == 2
    again = client.post(TABLE, upload(BAD.format(slug=slug))).context["report"]
    assert (again.created, again.unchanged) == (0, 2)


@pytest.mark.parametrize(
    "table", ["", "title,price\nChair,5\n", b"\xff\xfe\x00", 'reference,title,category\n"open,quote\n']
)
def test_a_file_that_is_no_table_is_said_at_its_field(table: str | bytes) -> None:
    answer = browser(UserFactory()).post(TABLE, upload(table))
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["file"]
    assert answer.context["report"] is None


def test_what_is_exported_is_imported_and_changes_nothing() -> None:
    seller = UserFactory()
    ListingFactory(seller=seller, title="=Formula")
    client = browser(seller)
    answer = client.get(f"{TABLE}listings.csv")
    table = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert "attachment" in answer["Content-Disposition"]
    assert b"'=Formula" in table
    report = client.post(TABLE, upload(table)).context["report"]
    assert (report.created, report.unchanged, report.rejected) == (0, 1, [])
    assert client.post(f"{TABLE}listings.csv").status_code == 405
