from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from chowk_core.ids import uuid7
from chowk_core.money import MoneyField
from chowk_core.swapping import model_label
from chowk_core.targets import Target
from chowk_marketplace.abstract_models.states import ProtectedStateMixin
from chowk_marketplace.querysets import OrderQuerySet

FRACTION = Decimal("0.0005")
"""Half of the finest unit that a price has."""
ROUNDING = Decimal("5E-16")
"""By how much of itself a product may be off in SQLite, which multiplies in floating point: 3 times 0.10 is
not 0.30 there. PostgreSQL is exact, and up to 10^12 this is finer than any unit."""


NOT_PAID_FOR = ("pending_payment", "cancelled")
PAID_FOR = ("paid", "confirmed", "shipped", "delivered", "completed", "returned", "refunded")


class AbstractOrder(ProtectedStateMixin):
    """A sale from one seller to one buyer. ``status`` changes only through the services.

    ``total`` is goods + shipping + tax - discount. It is frozen when it was placed; one of a checkout has a
    ``group``. Only where it was placed without (a purchase, a won auction) the buyer may say where and how it
    goes until it is paid, which adds shipping and tax: while that is ``delivery_due`` it cannot be paid.

    ``source`` is what it came from where that was not a purchase, such as a won auction, as text; a
    source gives at most one order in each ``source_round`` (second chances are later rounds). ``payment_id``
    is the payment that paid for it; of an unpaid one the announced payment for which its deadline waits.
    ``refund_claimed`` is what of ``total``, in its currency, returns and resolved complaints give back,
    ``refunded`` what payments say has gone back, for whatever reason.
    """

    class Status(models.TextChoices):
        PENDING_PAYMENT = "pending_payment", _("awaiting payment")
        PAID = "paid", _("paid")
        CONFIRMED = "confirmed", _("confirmed")
        SHIPPED = "shipped", _("shipped")
        DELIVERED = "delivered", _("delivered")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled")
        RETURNED = "returned", _("returned")
        REFUNDED = "refunded", _("refunded")

    class CancelReason(models.TextChoices):
        UNPAID = "unpaid", _("not paid in time")
        BUYER = "buyer", _("by the buyer")
        SELLER = "seller", _("by the seller")
        STAFF = "staff", _("by the staff")

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(_("number"), max_length=32, unique=True)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="purchases", verbose_name=_("buyer")
    )
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sales", verbose_name=_("seller")
    )
    status = FSMField(
        _("status"), max_length=24, choices=Status, default=Status.PENDING_PAYMENT, protected=True
    )
    group = models.ForeignKey(
        model_label("chowk_marketplace.OrderGroup"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("order group"),
    )
    goods = MoneyField(_("goods"))
    shipping = MoneyField(_("shipping"))
    discount = MoneyField(_("discount"))
    tax = MoneyField(_("tax"))
    total = MoneyField(_("total"))
    platform_fee = MoneyField(_("platform fee"), null=True, blank=True)
    discount_code = models.CharField(_("discount code"), max_length=64, blank=True)
    shipping_method = models.CharField(_("shipping method"), max_length=80, blank=True)
    shipping_code = models.CharField(max_length=40, blank=True, editable=False)
    delivery_due = models.BooleanField(
        _("delivery due"),
        default=False,
        help_text=_("Whether the buyer has still to say where it goes, before paying."),
    )
    ship_to: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(
        _("ship to"), default=dict, blank=True
    )
    pay_by = models.DateTimeField(_("pay by"))
    source_type = models.CharField(_("source type"), max_length=100, blank=True)
    source_id = models.CharField(_("source"), max_length=64, blank=True)
    source_round = models.PositiveSmallIntegerField(_("source round"), default=1)
    payment_id = models.CharField(_("payment"), max_length=64, blank=True)
    refund_claimed = models.DecimalField(
        _("refund"), max_digits=19, decimal_places=3, default=Decimal(0), editable=False
    )
    refunded = models.DecimalField(
        _("refunded"), max_digits=19, decimal_places=3, default=Decimal(0), editable=False
    )
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    cancel_reason = models.CharField(_("cancelled"), max_length=16, choices=CancelReason, blank=True)
    created_at = models.DateTimeField(_("placed"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")
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
                name="%(app_label)s_%(class)s_total",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=0, shipping__gte=0, discount__gte=0, tax__gte=0, goods__gt=0),
                name="%(app_label)s_%(class)s_amounts",
            ),
            models.CheckConstraint(condition=~Q(buyer=F("seller")), name="%(app_label)s_%(class)s_two_sides"),
            models.CheckConstraint(
                condition=Q(source_type="", source_id="") | ~Q(source_type="") & ~Q(source_id=""),
                name="%(app_label)s_%(class)s_source_whole",
            ),
            models.UniqueConstraint(
                fields=["source_type", "source_id", "source_round"],
                condition=~Q(source_type=""),
                name="%(app_label)s_%(class)s_source_once",
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled") & ~Q(cancel_reason="")
                | ~Q(status="cancelled") & Q(cancel_reason=""),
                name="%(app_label)s_%(class)s_cancel_reason",
            ),
            models.CheckConstraint(
                condition=Q(
                    refund_claimed__gte=0,
                    refund_claimed__lte=F("total"),
                    refunded__gte=0,
                    refunded__lte=F("total"),
                ),
                name="%(app_label)s_%(class)s_refund_claimed",
            ),
            models.CheckConstraint(
                condition=Q(status__in=NOT_PAID_FOR) | Q(status__in=PAID_FOR, paid_at__isnull=False),
                name="%(app_label)s_%(class)s_status_paid",
            ),
            models.CheckConstraint(
                condition=Q(delivery_due=False) | Q(status__in=NOT_PAID_FOR),
                name="%(app_label)s_%(class)s_delivery",
            ),
            models.CheckConstraint(
                condition=~Q(status="returned") | Q(shipped_at__isnull=False),
                name="%(app_label)s_%(class)s_returned",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-created_at"]),
            models.Index(fields=["seller", "-created_at"]),
            models.Index(
                fields=["pay_by"], condition=Q(status="pending_payment"), name="chowk_%(class)s_due"
            ),
            models.Index(
                fields=["shipped_at"], condition=Q(status="shipped"), name="chowk_%(class)s_under_way"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def source(self) -> Target | None:
        """What the order came from, or None for a purchase."""
        return Target(type=self.source_type, id=self.source_id) if self.source_type else None

    @property
    def ship_to_lines(self) -> list[str]:
        """The lines of a label: name, street, postal code and city, region, country."""
        to = self.ship_to
        place = " ".join(to[name] for name in ("postal_code", "city") if to.get(name))
        lines = [to.get("name"), to.get("line1"), to.get("line2"), place, to.get("region"), to.get("country")]
        return [line for line in lines if line]

    @transition(field=status, source=Status.PENDING_PAYMENT, target=Status.PAID)
    def pay(self) -> None:
        """The money is in."""

    @transition(field=status, source=Status.PAID, target=Status.CONFIRMED)
    def confirm(self) -> None:
        """The seller will send it."""

    @transition(field=status, source=[Status.PAID, Status.CONFIRMED], target=Status.SHIPPED)
    def ship(self) -> None:
        """It is under way."""

    @transition(field=status, source=Status.SHIPPED, target=Status.DELIVERED)
    def deliver(self) -> None:
        """The buyer has it."""

    @transition(field=status, source=Status.DELIVERED, target=Status.COMPLETED)
    def complete(self) -> None:
        """The seller has the money."""

    @transition(
        field=status,
        source=[Status.PENDING_PAYMENT, Status.PAID, Status.CONFIRMED],
        target=Status.CANCELLED,
    )
    def cancel(self) -> None:
        """It does not take place."""

    @transition(
        field=status,
        source=[Status.SHIPPED, Status.DELIVERED, Status.COMPLETED],
        target=Status.RETURNED,
    )
    def send_back(self) -> None:
        """The seller has all of it again."""

    @transition(
        field=status,
        source=[Status.SHIPPED, Status.DELIVERED, Status.COMPLETED, Status.RETURNED],
        target=Status.REFUNDED,
    )
    def refund(self) -> None:
        """The buyer has all the money again."""


class AbstractOrderLine(models.Model):
    """What was sold, as it stood when it was: title, options, SKU and price are frozen at the sale."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(
        model_label("chowk_marketplace.Order"),
        on_delete=models.CASCADE,
        related_name="lines",
        verbose_name=_("order"),
    )
    listing = models.ForeignKey(
        model_label("chowk_marketplace.Listing"),
        on_delete=models.PROTECT,
        related_name="order_lines",
        verbose_name=_("listing"),
    )
    variant = models.ForeignKey(
        model_label("chowk_marketplace.Variant"),
        on_delete=models.PROTECT,
        related_name="order_lines",
        verbose_name=_("variant"),
    )
    title = models.CharField(_("title"), max_length=200)
    options = models.CharField(_("options"), max_length=600, blank=True)
    sku = models.CharField(_("SKU"), max_length=64, blank=True)
    unit_price = MoneyField(_("unit price"))
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    in_returns = models.PositiveIntegerField(
        _("in returns"), default=0, editable=False, help_text=_("Not counting refused and cancelled returns.")
    )
    total = MoneyField(_("total"))
    discount = MoneyField(_("discount"), help_text=_("Off the total, before tax."))
    tax = MoneyField(_("tax"), help_text=_("On top of the total."))

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["order", "pk"]
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="%(app_label)s_%(class)s_quantity"),
            models.CheckConstraint(
                condition=Q(in_returns__lte=F("quantity")), name="%(app_label)s_%(class)s_in_returns"
            ),
            models.CheckConstraint(condition=Q(unit_price__gt=0), name="%(app_label)s_%(class)s_price"),
            models.CheckConstraint(
                condition=Q(
                    total__gt=F("unit_price") * F("quantity") - F("total") * ROUNDING - FRACTION,
                    total__lt=F("unit_price") * F("quantity") + F("total") * ROUNDING + FRACTION,
                    total_currency=F("unit_price_currency"),
                ),
                name="%(app_label)s_%(class)s_total",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.title}"


class AbstractOrderTransition(models.Model):
    """One step in an order's life. Never changed. ``actor`` is None where no person acted."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(
        model_label("chowk_marketplace.Order"),
        on_delete=models.CASCADE,
        related_name="transitions",
        db_index=False,
        verbose_name=_("order"),
    )
    from_status = models.CharField(_("from"), max_length=24, blank=True)
    to_status = models.CharField(_("to"), max_length=24)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        abstract = True
        ordering = ["order", "at", "pk"]
        verbose_name = _("order transition")
        verbose_name_plural = _("order transitions")
        indexes = [models.Index(fields=["order", "at"])]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"
