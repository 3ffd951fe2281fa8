"""The shelves of the demonstration."""

from __future__ import annotations

import pytest

from chowk_marketplace.models import get_listing_model, get_store_model
from demo.goods import CRAFTS, PARTS, PRODUCTS, fill_shelves
from demo.people import people
from parts.models import Part, fitting
from shop.models import Craft, Product

pytestmark = pytest.mark.django_db


def test_the_shelves_are_full() -> None:
    fill_shelves(people())

    assert (Part.objects.count(), Craft.objects.count(), Product.objects.count()) == (
        len(PARTS),
        len(CRAFTS),
        len(PRODUCTS),
    )
    assert set(get_listing_model().objects.values_list("status", flat=True)) == {"active"}  # type: ignore[attr-defined]
    assert get_store_model()._default_manager.count() == 2
    assert fitting(Part.objects.all(), "Volvo", "240", 1985).count() >= 8
    assert Product.objects.get(title="T-shirt, 240 on grey").variants.count() == 4
    assert Craft.objects.filter(sale_format="auction").count() == 6
