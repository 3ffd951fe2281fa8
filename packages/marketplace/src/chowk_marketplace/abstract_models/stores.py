from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from chowk_core.ids import uuid7
from chowk_marketplace.images import image_storage, store_upload_path


class AbstractContact(models.Model):
    """How a seller or a store is reached, and where it is."""

    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    website = models.URLField(_("website"), blank=True)
    address = models.CharField(_("business address"), max_length=250, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = CountryField(_("country"), blank=True)

    class Meta:
        abstract = True


class AbstractSellerProfile(AbstractContact):
    """What a seller tells of themselves, and what the site knows of them. One a user.

    ``verification`` and the rating are the site's: they change by ``verify_seller`` and by events, never by
    the seller. ``rating_average`` is empty until somebody has rated. A seller can close the profile, which
    hides it from others, and open it again with the rating that it had.
    """

    class Verification(models.TextChoices):
        UNVERIFIED = "unverified", _("not verified")
        PENDING = "pending", _("being verified")
        VERIFIED = "verified", _("verified")
        REJECTED = "rejected", _("rejected")

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="seller_profile",
        verbose_name=_("user"),
    )
    brand = models.CharField(_("brand"), max_length=120, blank=True)
    biography = models.TextField(_("biography"), blank=True)
    verification = models.CharField(
        _("verification"), max_length=12, choices=Verification, default=Verification.UNVERIFIED
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True, editable=False)
    rating_average = models.DecimalField(
        _("average rating"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    rating_count = models.PositiveIntegerField(_("ratings"), default=0)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]
        verbose_name = _("seller profile")
        verbose_name_plural = _("seller profiles")
        constraints = [
            models.CheckConstraint(
                condition=Q(verification__in=["unverified", "pending", "verified", "rejected"]),
                name="%(app_label)s_%(class)s_verification",
            ),
            models.CheckConstraint(
                condition=Q(rating_average__isnull=True) | Q(rating_average__gte=0, rating_average__lte=10),
                name="%(app_label)s_%(class)s_rating",
            ),
        ]

    def __str__(self) -> str:
        return self.brand or str(self.user)

    @property
    def is_verified(self) -> bool:
        """Whether the site has verified who this is."""
        return self.verification == self.Verification.VERIFIED


class AbstractStore(AbstractContact):
    """A shop window of its own for a seller. Its verification and its rating are its owner's."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stores", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=140, unique=True)
    description = models.TextField(_("description"), blank=True)
    logo = models.ImageField(
        _("logo"), upload_to=store_upload_path, storage=image_storage, max_length=255, blank=True
    )
    banner = models.ImageField(
        _("banner"), upload_to=store_upload_path, storage=image_storage, max_length=255, blank=True
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        abstract = True
        ordering = ["name", "pk"]
        verbose_name = _("store")
        verbose_name_plural = _("stores")

    def __str__(self) -> str:
        return self.name

    @property
    def profile(self) -> Any | None:
        """The owner's seller profile, if they have one."""
        return getattr(self.owner, "seller_profile", None)

    @property
    def place(self) -> str:
        """City and country as a reader writes them, as far as they are known."""
        country: Any = self.country
        return ", ".join(part for part in (self.city, str(country.name)) if part)

    def delete_files_after_commit(self) -> None:
        """Remove the pictures when the transaction that removes the row has committed."""
        for picture in (self.logo, self.banner):
            if picture:
                transaction.on_commit(lambda name=picture.name, kept=picture.storage: kept.delete(name))  # type: ignore[misc]
