"""How things look on the auctions' pages."""

from chowk_core.cards import Card
from tests.goods.models import Thing


def thing_cards(ids, viewer):
    """A card for each thing, whoever asks."""
    return {str(thing.pk): Card(title=thing.name) for thing in Thing.objects.filter(pk__in=ids)}
