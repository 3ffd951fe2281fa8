from decimal import Decimal, InvalidOperation

from moneyed import Money

from chowk_marketplace.facets import Facet
from chowk_marketplace.importing import BadRow, Importer
from chowk_marketplace.listing_types import ListingType


class BookType(ListingType):
    label = "book"
    model = "goods.Book"
    serializer = "tests.goods.serializers.BookSerializer"
    importer = "tests.goods.listing_types.BookImporter"
    category = "books"
    facets = (Facet("author"), Facet("pages", kind="range"))


class BookImporter(Importer):
    columns = ("isbn", "title", "author", "price")

    def reference(self, row):
        return row["isbn"]

    def category(self, row):
        return [("books", "Books")]

    def listing(self, row):
        try:
            price = Money(Decimal(row["price"]), "USD")
        except InvalidOperation as error:
            raise BadRow(f"price is {row['price']}") from error
        return {"title": row["title"], "author": row["author"], "price": price, "stock": 3}


class FormedBookType(BookType):
    form = "tests.goods.forms.BookForm"
