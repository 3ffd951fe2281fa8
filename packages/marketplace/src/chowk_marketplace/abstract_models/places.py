from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from chowk_core.ids import uuid7
from chowk_core.swapping import model_label


class AbstractProvince(models.Model):
    """A province, state or territory of a country, by its ISO 3166-2 code such as ``PK-PB``."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    country = CountryField(_("country"))
    code = models.CharField(_("code"), max_length=6, unique=True)
    name = models.CharField(_("name"), max_length=120)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["country", "name"]
        verbose_name = _("province")
        verbose_name_plural = _("provinces")
        constraints = [
            models.UniqueConstraint(fields=["country", "name"], name="%(app_label)s_%(class)s_name")
        ]

    def __str__(self) -> str:
        return self.name


class AbstractCity(models.Model):
    """A city of a province."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    province = models.ForeignKey(
        model_label("chowk_marketplace.Province"),
        on_delete=models.CASCADE,
        related_name="cities",
        db_index=False,
        verbose_name=_("province"),
    )
    name = models.CharField(_("name"), max_length=120)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["name"]
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        constraints = [
            models.UniqueConstraint(fields=["province", "name"], name="%(app_label)s_%(class)s_name")
        ]

    def __str__(self) -> str:
        return self.name


class AbstractAddress(models.Model):
    """Where a user has things sent: in a city that is known here, or anywhere by free text and country."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("user")
    )
    label = models.CharField(_("label"), max_length=40, blank=True, help_text=_("Such as “Home”."))
    name = models.CharField(_("recipient"), max_length=120)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    line1 = models.CharField(_("street and number"), max_length=160)
    line2 = models.CharField(_("second line"), max_length=160, blank=True)
    city = models.ForeignKey(
        model_label("chowk_marketplace.City"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="addresses",
        verbose_name=_("city"),
    )
    city_name = models.CharField(_("city"), max_length=120, blank=True)
    region = models.CharField(_("province or state"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    country = CountryField(_("country"))
    is_default = models.BooleanField(_("default"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["-is_default", "-created_at", "pk"]
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_default=True), name="%(app_label)s_%(class)s_one_default"
            ),
            models.CheckConstraint(
                condition=Q(city__isnull=False) | ~Q(city_name=""), name="%(app_label)s_%(class)s_city"
            ),
        ]

    def __str__(self) -> str:
        return self.label or f"{self.name}, {self.line1}"

    def snapshot(self) -> dict[str, str]:
        """What an order freezes of it."""
        return {
            "name": self.name,
            "phone": self.phone,
            "line1": self.line1,
            "line2": self.line2,
            "city": self.city.name if self.city else self.city_name,
            "region": self.city.province.name if self.city else self.region,
            "postal_code": self.postal_code,
            "country": str(self.country.code),  # type: ignore[attr-defined]
        }
