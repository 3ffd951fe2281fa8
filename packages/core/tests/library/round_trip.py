"""What the swap matrix does on each generated site: a row of each model, made and read through getters."""

from django.contrib.auth import get_user_model
from moneyed import Money

from chowk_core.targets import Target
from tests.library.models import get_book_model, get_reading_note_model, get_shelf_model


def round_trip() -> None:
    shelf_model, book_model, note_model = get_shelf_model(), get_book_model(), get_reading_note_model()
    reader = get_user_model().objects.create(username="reader")
    shelf = shelf_model.objects.create(name="Travel")
    book = book_model.objects.create(
        title="A Time of Gifts", price=Money("12.50", "PKR"), shelf=shelf, borrower=reader
    )
    sequel = book_model.objects.create(
        title="Between the Woods", price=Money(15, "USD"), shelf=shelf, position=1
    )
    book.sequels.add(sequel)
    shelf.featured = book
    shelf.save()
    note = note_model(book=book, text="read twice")
    note.target = sequel
    note.save()

    found = note_model.objects.select_related("book__shelf__featured", "book__borrower").get()
    assert found.book.shelf.featured == book
    assert found.book.price == Money("12.50", "PKR")
    assert found.target.get() == sequel
    assert found.target == Target(type=book_model._meta.label_lower, id=str(sequel.pk))
    assert list(sequel.prequels.all()) == [book]
