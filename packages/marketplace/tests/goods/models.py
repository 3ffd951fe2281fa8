from django.db import models

from chowk_core.swapping import model_label
from chowk_marketplace.models import get_listing_model


class Book(get_listing_model()):  # type: ignore[misc] - the listing model in use
    """A kind of listing that a site adds."""

    listing_ptr = models.OneToOneField(
        model_label("chowk_marketplace.Listing"), on_delete=models.CASCADE, parent_link=True, primary_key=True
    )
    author = models.CharField(max_length=80)
    pages = models.PositiveIntegerField(default=1)
