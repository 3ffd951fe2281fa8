from __future__ import annotations

import io
import json
from functools import partial

import pytest
from django.core.management import CommandError, call_command

from chowk_marketplace import services
from chowk_marketplace.importing import import_rows
from chowk_marketplace.listing_types import listing_type
from chowk_marketplace.models import get_category_model, get_listing_model
from tests.factories import UserFactory, told
from tests.goods.models import Book
from tests.race import together

pytestmark = pytest.mark.django_db
GOOD = "isbn,title,author,price\n1,Diwan,Ghalib,9.99\n2,Nuskha,Faiz,12.50\n"


@pytest.fixture
def table(tmp_path):
    def write(content: str | bytes):
        path = tmp_path / "books.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def run(path, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_listings", path, kind="book", stdout=out, stderr=err, **options)
    return out.getvalue().strip(), err.getvalue()


def test_rows_become_listings_on_offer(table):
    out, err = run(table(GOOD))

    assert out == "created 2, unchanged 0, rejected 0"
    assert "2 of 2 rows" in err
    books = list(Book.objects.order_by("external_reference"))
    assert [(book.title, book.author, book.status, book.stock) for book in books] == [
        ("Diwan", "Ghalib", "active", 3),
        ("Nuskha", "Faiz", "active", 3),
    ]
    assert books[0].seller.username == "importer"
    assert not books[0].seller.has_usable_password()
    assert books[0].category.slug == "books"
    assert len(told("listing_activated")) == 2


def test_a_second_run_changes_nothing(table):
    run(table(GOOD))
    book = Book.objects.first()
    services.update_listing(listing=book, actor=book.seller, title="Changed by hand")
    before = list(Book.objects.order_by("pk").values())

    out, _err = run(table(GOOD))

    assert out == "created 0, unchanged 2, rejected 0"
    assert list(Book.objects.order_by("pk").values()) == before
    assert get_category_model().objects.count() == 1


def test_bad_rows_are_told_by_line_and_the_rest_go_in(table):
    rows = [
        "3,No price,A,",
        "4,Negative,A,-1",
        "5,Too fine,A,1.005",
        ",No reference,A,1",
        "7,Too few",
        "8,Too many,A,1,2,3",
        "9,,A,1",
        f"10,{'x' * 201},A,1",
        "11,Good,A,1",
    ]

    out, err = run(table(GOOD + "\n".join(rows)))

    assert out == "created 3, unchanged 0, rejected 8"
    told_lines = [line.split(":")[0] for line in err.splitlines() if line.startswith("line")]
    assert told_lines == [f"line {number}" for number in range(4, 12)]
    assert "line 6: amount: Enter an amount with at most 2 decimals." in err
    assert "line 8: it has another number of columns than the header" in err
    assert Book.objects.count() == 3


def test_a_row_that_repeats_a_reference_is_unchanged(table):
    out, _err = run(table(GOOD + "1,Again,Ghalib,1\n"))

    assert out == "created 2, unchanged 1, rejected 0"


def test_json(table):
    out, _err = run(table(GOOD + "3,No price,A,x\n"), json=True)

    assert json.loads(out) == {
        "created": 2,
        "unchanged": 0,
        "rejected": [{"line": 4, "reason": "price is x"}],
    }


def test_strict_fails_after_the_good_rows_went_in(table):
    with pytest.raises(SystemExit) as exit_:
        run(table(GOOD + "3,No price,A,x\n"), strict=True)

    assert exit_.value.code == 1
    assert Book.objects.count() == 2


def test_for_a_seller_by_login_email_or_key(table):
    user = UserFactory()

    for key in (user.username, user.email, str(user.pk)):
        run(table(GOOD), seller=key)

    assert {book.seller for book in Book.objects.all()} == {user}
    assert Book.objects.count() == 2


def test_pending_or_by_auction(table):
    run(table(GOOD), pending=True)
    assert set(Book.objects.values_list("status", flat=True)) == {"pending"}

    out, err = run(table(GOOD.replace("1,D", "3,D").replace("2,N", "4,N")), sale_format="auction")

    assert out == "created 0, unchanged 0, rejected 2"
    assert "line 2: stock: Enter a stock from 0 to 1." in err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it has no column isbn, title, author, price"),
        ("a,b\n1,2\n", "it has no column isbn, title, author, price"),
        ("isbn,title,author\n1,2,3\n", "it has no column price"),
        (GOOD.encode("utf-16"), "it is not text in UTF-8"),
        (b"isbn,title,author,price\n1,\xff,a,1\n", "it is not text in UTF-8"),
        ('isbn,title,author,price\n1,"open,a,1\n', "it is not CSV"),
    ],
    ids=["empty", "columns", "one column", "utf-16", "latin-1", "quote"],
)
def test_a_file_that_cannot_be_read_changes_nothing(table, content, message):
    with pytest.raises(CommandError, match=message):
        run(table(content))

    assert not get_listing_model().objects.exists()


def test_other_mistakes(table, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.csv")
    with pytest.raises(CommandError, match="Is a directory"):
        run(tmp_path)
    with pytest.raises(CommandError, match="no listing type “car”"):
        call_command("import_listings", table(GOOD), kind="car")
    with pytest.raises(CommandError, match="have no importer"):
        call_command("import_listings", table(GOOD), kind="listing")
    with pytest.raises(CommandError, match="There is no account nobody"):
        run(table(GOOD), seller="nobody")


@pytest.mark.django_db(transaction=True)
def test_the_same_file_by_many_at_once_goes_in_once(table):
    seller = UserFactory()
    kind = listing_type("book")
    services.create_category(name="Books")
    rows = [
        (line, {"isbn": str(line), "title": f"Book {line}", "author": "A", "price": "1"})
        for line in range(2, 12)
    ]

    def run_one():
        *_before, report = import_rows(rows, kind=kind, importer=kind.get_importer(), seller=seller)
        return report.created, len(report.rejected)

    reports = together([partial(run_one)] * 4)

    assert Book.objects.count() == sum(created for created, _rejected in reports) == 10
    assert {rejected for _created, rejected in reports} == {0}
