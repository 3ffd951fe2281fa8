"""Crafts, made by hand, and products with variants, as kinds of listings."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Upper
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chowk_core.swapping import model_label
from chowk_marketplace.models import get_listing_model


class Craft(get_listing_model()):
    """Something made by hand: sold at a fixed price, or as the one piece that it is by auction."""

    listing_ptr = models.OneToOneField(
        model_label("chowk_marketplace.Listing"),
        on_delete=models.CASCADE,
        parent_link=True,
        primary_key=True,
        related_name="craft",
    )
    artisan = models.CharField(_("artisan"), max_length=120, blank=True)
    material = models.CharField(_("material"), max_length=80)
    technique = models.CharField(_("technique"), max_length=80, blank=True)
    region = models.CharField(_("region"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("craft")
        verbose_name_plural = _("crafts")
        indexes = [
            models.Index(Upper("material"), name="shop_craft_material"),
            models.Index(Upper("region"), name="shop_craft_region"),
        ]

    @property
    def placeholder(self) -> str:
        """A drawing of a vase."""
        return "shop/craft.svg"

    def search_words(self) -> list[str]:
        """Artisan, material, technique and region beside what every listing is found by."""
        return [*super().search_words(), self.artisan, self.material, self.technique, self.region]

    def facts(self) -> list[tuple[str, str]]:
        """Material, technique, artisan and region, as far as they are known."""
        pairs = (
            (gettext("Material"), self.material),
            (gettext("Technique"), self.technique),
            (gettext("Artisan"), self.artisan),
            (gettext("Region"), self.region),
        )
        return [(label, capfirst(text)) for label, text in pairs if text]


class Product(get_listing_model()):
    """Something of a shop's range, often in variants."""

    listing_ptr = models.OneToOneField(
        model_label("chowk_marketplace.Listing"),
        on_delete=models.CASCADE,
        parent_link=True,
        primary_key=True,
        related_name="product",
    )
    brand = models.CharField(_("brand"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        indexes = [models.Index(Upper("brand"), name="shop_product_brand")]

    @property
    def placeholder(self) -> str:
        """A drawing of a shopping bag."""
        return "shop/product.svg"

    def search_words(self) -> list[str]:
        """The brand beside what every listing is found by."""
        return [*super().search_words(), self.brand]

    def facts(self) -> list[tuple[str, str]]:
        """Brand and condition."""
        return [*([(gettext("Brand"), self.brand)] if self.brand else []), *super().facts()]

    def specification(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The prices of the variants, where they differ."""
        rows = list(self.variants.filter(active=True).order_by("position", "pk"))
        pairs = [(row.label, str(row.price_on(self))) for row in rows if row.options]
        return [(gettext("Prices"), pairs)] if len({price for _label, price in pairs}) > 1 else []
