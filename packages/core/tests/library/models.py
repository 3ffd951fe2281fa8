from chowk_core.swapping import get_swappable_model
from tests.library.abstract_models import AbstractBook, AbstractReadingNote, AbstractShelf


class Shelf(AbstractShelf):
    class Meta(AbstractShelf.Meta):
        swappable = "LIBRARY_SHELF_MODEL"


class Book(AbstractBook):
    class Meta(AbstractBook.Meta):
        swappable = "LIBRARY_BOOK_MODEL"


class ReadingNote(AbstractReadingNote):
    class Meta(AbstractReadingNote.Meta):
        swappable = "LIBRARY_READING_NOTE_MODEL"


def get_shelf_model() -> type[AbstractShelf]:
    return get_swappable_model("library.Shelf")


def get_book_model() -> type[AbstractBook]:
    return get_swappable_model("library.Book")


def get_reading_note_model() -> type[AbstractReadingNote]:
    return get_swappable_model("library.ReadingNote")
