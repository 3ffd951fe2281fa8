from chowk_marketplace.api.serializers import ListingCardSerializer
from chowk_marketplace.api.views import ListingTypeViewSet, documented
from tests.goods.models import Book
from tests.goods.serializers import BookSerializer


class BookCardSerializer(ListingCardSerializer):
    """A book in a list."""

    class Meta(ListingCardSerializer.Meta):
        model = Book
        fields = (*ListingCardSerializer.Meta.fields, "author")
        read_only_fields = fields


@documented(BookSerializer)
class BookViewSet(ListingTypeViewSet):
    """Books."""

    listing_type = "book"
    serializer_class = BookCardSerializer
