from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.money import MoneyField
from chowk_core.swapping import model_label
from chowk_marketplace.abstract_models.orders import FRACTION, ROUNDING


class AbstractOrderGroup(models.Model):
    """One checkout: an order for each seller, paid together. A cart gives at most one.

    Its amounts are the sums of its orders', frozen at the checkout; all are in one currency.
    """

    class Status(models.TextChoices):
        PENDING_PAYMENT = "pending_payment", _("awaiting payment")
        PAID = "paid", _("paid")
        CANCELLED = "cancelled", _("cancelled")

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cart = models.OneToOneField(
        model_label("chowk_marketplace.Cart"),
        on_delete=models.PROTECT,
        related_name="order_group",
        verbose_name=_("cart"),
    )
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="order_groups",
        verbose_name=_("buyer"),
    )
    status = models.CharField(_("status"), max_length=24, choices=Status, default=Status.PENDING_PAYMENT)
    goods = MoneyField(_("goods"))
    shipping = MoneyField(_("shipping"))
    discount = MoneyField(_("discount"))
    tax = MoneyField(_("tax"))
    total = MoneyField(_("total"))
    discount_code = models.CharField(_("discount code"), max_length=64, blank=True)
    ship_to: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(
        _("ship to"), default=dict, blank=True
    )
    pay_by = models.DateTimeField(_("pay by"))
    payment_id = models.CharField(_("payment"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("placed"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]
        verbose_name = _("order group")
        verbose_name_plural = _("order groups")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    total__gte=F("goods")
                    + F("shipping")
                    + F("tax")
                    - F("discount")
                    - F("goods") * ROUNDING
                    - FRACTION,
                    total__lte=F("goods")
                    + F("shipping")
                    + F("tax")
                    - F("discount")
                    + F("goods") * ROUNDING
                    + FRACTION,
                ),
                name="%(app_label)s_%(class)s_sum",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=0, shipping__gte=0, discount__gte=0, tax__gte=0, goods__gt=0),
                name="%(app_label)s_%(class)s_amounts",
            ),
        ]
        indexes = [models.Index(fields=["buyer", "-created_at"])]

    def __str__(self) -> str:
        return str(self.pk)
