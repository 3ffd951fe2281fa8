"""Ways to our pages, for other packages' questions."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse

from chowk_marketplace.models import get_order_model
from chowk_marketplace.subscribers import AUCTION


def order_page(*, auction: Any) -> str:
    """The page of the order of an auction's current sale, "" while there is none.

    Answers ``CHOWK_AUCTIONS["PAY_URL"]``; ``auction`` has a ``pk`` and the ``sale_number`` of the sale.
    """
    orders = get_order_model()._default_manager.filter(
        source_type=AUCTION, source_id=str(auction.pk), source_round=auction.sale_number
    )
    key = orders.values_list("pk", flat=True).first()
    try:
        return "" if key is None else reverse("chowk_marketplace_pages:order", args=[key])
    except NoReverseMatch:
        return ""
