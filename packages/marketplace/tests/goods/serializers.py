from chowk_marketplace.api.serializers import ListingSerializer
from tests.goods.models import Book


class BookSerializer(ListingSerializer):
    """A book in full."""

    class Meta(ListingSerializer.Meta):
        model = Book
        fields = (*ListingSerializer.Meta.fields, "author", "pages")
