from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from django_fsm import FSMField, transition
from polymorphic.models import PolymorphicModel

from chowk_core.ids import uuid7
from chowk_core.money import MoneyField
from chowk_core.swapping import model_label
from chowk_marketplace.abstract_models.states import ProtectedStateMixin
from chowk_marketplace.querysets import ListingManager
from chowk_marketplace.search import SearchIndexed


class AbstractListing(SearchIndexed, ProtectedStateMixin, PolymorphicModel):
    """Something for sale by one seller: at a fixed price, or by auction, never both.

    A site adds kinds of listings as children by multi-table inheritance of the concrete listing.
    ``status`` changes only through the services. ``stock`` is what can still be bought.
    A fixed-price listing has a price; an auctioned one has none, its auction does.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        ACTIVE = "active", _("active")
        SOLD = "sold", _("sold")
        ARCHIVED = "archived", _("archived")

    class SaleFormat(models.TextChoices):
        FIXED_PRICE = "fixed_price", _("fixed price")
        AUCTION = "auction", _("auction")

    class Condition(models.TextChoices):
        NEW = "new", _("new")
        USED = "used", _("used")
        REFURBISHED = "refurbished", _("refurbished")
        FOR_PARTS = "for_parts", _("for parts or not working")

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="listings", verbose_name=_("seller")
    )
    category = models.ForeignKey(
        model_label("chowk_marketplace.Category"),
        on_delete=models.PROTECT,
        related_name="listings",
        verbose_name=_("category"),
    )
    store = models.ForeignKey(
        model_label("chowk_marketplace.Store"),
        on_delete=models.SET_NULL,
        related_name="listings",
        null=True,
        blank=True,
        verbose_name=_("store"),
    )
    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=220, db_index=False, editable=False)
    description = models.TextField(_("description"), blank=True)
    sale_format = models.CharField(
        _("sale format"), max_length=16, choices=SaleFormat, default=SaleFormat.FIXED_PRICE
    )
    price = MoneyField(_("price"), null=True, blank=True)
    stock = models.PositiveIntegerField(_("stock"), default=1)
    condition = models.CharField(_("condition"), max_length=16, choices=Condition, default=Condition.USED)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = CountryField(_("country"), blank=True)
    featured = models.BooleanField(
        _("featured"), default=False, help_text=_("The site shows it before others.")
    )
    status = FSMField(_("status"), max_length=16, choices=Status, default=Status.PENDING, protected=True)
    external_reference = models.CharField(
        _("external reference"),
        max_length=120,
        blank=True,
        help_text=_("The seller's own name for it; importing the same reference again changes nothing."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    activated_at = models.DateTimeField(_("activated"), null=True, blank=True, editable=False)

    objects = ListingManager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @transition(field=status, source=Status.PENDING, target=Status.ACTIVE)
    def activate(self) -> None:
        """Offer it."""

    @transition(field=status, source=Status.ACTIVE, target=Status.SOLD)
    def sell_out(self) -> None:
        """Nothing of it is left."""

    @transition(field=status, source=Status.SOLD, target=Status.ACTIVE)
    def reopen(self) -> None:
        """A sale fell through; some of it is left again."""

    @transition(field=status, source=[Status.PENDING, Status.ACTIVE, Status.SOLD], target=Status.ARCHIVED)
    def archive(self) -> None:
        """Take it out of view."""

    @transition(field=status, source=Status.ARCHIVED, target=Status.PENDING)
    def relist(self) -> None:
        """Prepare it for another round."""

    @property
    def is_auction(self) -> bool:
        """Whether it is sold by auction."""
        return self.sale_format == self.SaleFormat.AUCTION

    @property
    def placeholder(self) -> str:
        """The static path of what is drawn where there is no image."""
        return "chowk_marketplace/placeholders/listing.svg"

    @property
    def primary_image(self) -> Any | None:
        """The image before all others, from what is prefetched if images are; None without images."""
        images: Any = self.images  # type: ignore[attr-defined]
        return next(iter(images.all()), None)

    @property
    def place(self) -> str:
        """City and country as a reader writes them, as far as they are known."""
        country: Any = self.country
        return ", ".join(part for part in (self.city, str(country.name)) if part)

    def search_words(self) -> list[str]:
        """What it is found by in full text, from the row's own columns. Types add theirs."""
        return [self.title, self.description, self.city]

    @property
    def search_text(self) -> str:
        """All that it is found by, as one text."""
        return " ".join(self.search_words())

    def facts(self) -> list[tuple[str, str]]:
        """Three to five short facts for a card, label and text, from the row's own columns."""
        facts = [(gettext("Condition"), capfirst(self.get_condition_display()))]
        return [*facts, (gettext("Place"), self.place)] if self.place else facts

    def specification(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Everything the detail page tells beside the facts: titled sections of label and text."""
        return []


class ListingMeta:
    """Constraints and indexes of the concrete listing and of each replacement.

    They stand outside the abstract's Meta because a child by multi-table inheritance inherits that one,
    and would then claim constraints on columns which are not its own (``models.E016``).
    """

    ordering = ["-created_at", "-pk"]
    verbose_name = _("listing")
    verbose_name_plural = _("listings")
    constraints = [
        models.CheckConstraint(
            condition=Q(sale_format__in=["fixed_price", "auction"]),
            name="%(app_label)s_%(class)s_sale_format",
        ),
        models.CheckConstraint(
            condition=~Q(sale_format="auction") | Q(stock__lte=1, price__isnull=True),
            name="%(app_label)s_%(class)s_auction_one",
        ),
        models.CheckConstraint(
            condition=~Q(sale_format="fixed_price") | Q(price__isnull=False, price__gt=0),
            name="%(app_label)s_%(class)s_fixed_price",
        ),
        models.CheckConstraint(condition=Q(stock__gte=0), name="%(app_label)s_%(class)s_stock"),
        models.CheckConstraint(
            condition=Q(status__in=["pending", "active", "sold", "archived"]),
            name="%(app_label)s_%(class)s_status",
        ),
        models.CheckConstraint(
            condition=~Q(status="sold") | Q(stock=0), name="%(app_label)s_%(class)s_sold_out"
        ),
        models.UniqueConstraint(
            fields=["seller", "external_reference"],
            condition=~Q(external_reference=""),
            name="%(app_label)s_%(class)s_reference",
        ),
    ]
    indexes = [
        models.Index(fields=["status", "-created_at", "-id"]),
        models.Index(fields=["category", "status", "-created_at"]),
        models.Index(fields=["status", "price"]),
        models.Index(fields=["status", "title"]),
        models.Index(fields=["status", "city", "country"]),
        models.Index(Upper("city"), "status", F("created_at").desc(), name="%(class)s_in_city"),
        models.Index(fields=["featured", "status", "-created_at"]),
        models.Index(fields=["seller", "status"]),
    ]
