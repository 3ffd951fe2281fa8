"""Reads, always scoped to a viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Sum,
    When,
    Window,
)
from django.utils import timezone

from chowk_core.exceptions import NotFound
from chowk_core.money import amount_text
from chowk_core.targets import Target
from chowk_payments.abstract_models import (
    AbstractAccount,
    AbstractBalance,
    AbstractBankDetails,
    AbstractPaymentPart,
)
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import SeveralParts
from chowk_payments.models import (
    get_account_model,
    get_bank_details_model,
    get_connected_account_model,
    get_discount_model,
    get_invoice_model,
    get_payment_model,
    get_payment_part_model,
    get_payout_model,
    get_refund_model,
    get_transfer_model,
)
from chowk_payments.services.shares import fee_of_part


def visible_payments(viewer: Any) -> QuerySet[Any]:
    """The payments that ``viewer`` made, or receives a part of; all of them for staff. None for the
    anonymous.

    Each has ``shown_parts``: all of them for its payer and staff, and for a payee their own, which is all
    that they may know of it (see ``own_parts``).
    """
    payments: Any = get_payment_model()._default_manager
    parts: Any = get_payment_part_model()._default_manager
    if not viewer.is_authenticated:
        return payments.none()
    mine = Q(payer=viewer) | Q(payee=viewer) | Exists(parts.filter(payment=OuterRef("pk"), payee=viewer))
    shown = parts.filter(Q(payee=viewer) | Q(payment__payer=viewer))
    rows, shown = (payments.all(), parts.all()) if _is_staff(viewer) else (payments.filter(mine), shown)
    return rows.select_related("payer", "payee").prefetch_related(
        Prefetch("parts", shown.order_by("position"), to_attr="shown_parts")
    )


def own_parts(viewer: Any, payment: Any) -> list[AbstractPaymentPart]:
    """Of one of ``visible_payments`` the parts that are all ``viewer`` may know of it: a payee's own, where
    it is for several. Amount, target and description of the whole are not their business then. None for who
    may know the whole."""
    shown: list[Any] = payment.shown_parts
    if payment.payee_id is not None or payment.payer_id == viewer.pk:
        return []
    return shown if all(part.payee_id == viewer.pk for part in shown) else []


def payee_parts(viewer: Any) -> QuerySet[Any]:
    """The parts that ``viewer`` pays or receives."""
    parts: Any = get_payment_part_model()._default_manager
    if not viewer.is_authenticated:
        return parts.none()
    mine = Q(payee=viewer) | Q(payment__payer=viewer)
    return parts.filter(mine).select_related("payment", "payment__payer", "payee")


def part_to_refund(viewer: Any, target: Target) -> AbstractPaymentPart:
    """The live part of ``target`` that ``viewer`` pays or receives, or the only one left of what was paid for
    together under it. Raises NotFound, SeveralParts."""
    rows: Any = payee_parts(viewer).filter(live=True)
    found: list[AbstractPaymentPart] = list(rows.of_target(target.canonical())[:2])
    if not found:
        raise NotFound
    if len(found) > 1:
        raise SeveralParts
    return found[0]


def visible_refunds(viewer: Any) -> QuerySet[Any]:
    """The refunds that ``viewer`` gets or gives; all of them for staff. None for the anonymous."""
    refunds: Any = get_refund_model()._default_manager
    if not viewer.is_authenticated:
        return refunds.none()
    rows = refunds.select_related("part", "part__payment", "part__payment__payer", "part__payee")
    if _is_staff(viewer):
        return rows
    return rows.filter(Q(part__payment__payer=viewer) | Q(part__payee=viewer))


def payments_of_target(viewer: Any, target: Target) -> QuerySet[Any]:
    """The payments for ``target``, alone or with others, that ``viewer`` may see, with their attempts, the
    newest first."""
    target = target.canonical()
    link = {"target_type": target.content_type(), "target_id": target.id}
    parts: Any = get_payment_part_model()._default_manager
    of_part = Exists(parts.filter(payment=OuterRef("pk"), **link))
    rows = visible_payments(viewer).filter(Q(**link) | of_part)
    return rows.prefetch_related("attempts").order_by("-created_at", "-pk")


@dataclass(frozen=True)
class Wallet:
    """What is in a user's wallet of one currency, in minor units. ``account`` is None before the first
    use."""

    currency: str
    account: AbstractAccount | None = None
    posted: int = 0
    on_hold: int = 0
    incoming: int = 0

    @property
    def available(self) -> int:
        """What may be spent now."""
        return self.posted - self.on_hold

    def text(self, minor: int) -> str:
        return amount_text(minor, self.currency)


def wallets_of(viewer: Any) -> list[Wallet]:
    """The wallets of ``viewer``: one per currency that is offered or in use, the default currency first."""
    accounts: Any = get_account_model()._default_manager
    mine = accounts.wallets_of(viewer) if viewer.is_authenticated else accounts.none()
    found = {account.currency: account for account in mine.select_related("balance")}
    currencies = dict.fromkeys([*payments_settings.currencies(), *sorted(found)])
    return [_wallet(currency, found.get(currency)) for currency in currencies]


def wallet_in(viewer: Any, currency: str = "") -> Wallet:
    """The wallet of ``viewer`` in ``currency`` (the default currency if empty)."""
    currency = currency or payments_settings.DEFAULT_CURRENCY
    return next((one for one in wallets_of(viewer) if one.currency == currency), Wallet(currency))


def _wallet(currency: str, account: Any) -> Wallet:
    if account is None:
        return Wallet(currency)
    balance: AbstractBalance = account.balance
    return Wallet(currency, account, balance.posted, balance.debits_pending, balance.credits_pending)


def wallet_transactions(viewer: Any, currency: str = "", *, with_balance: bool = False) -> QuerySet[Any]:
    """The entries of the wallets of ``viewer``, the newest first; of one currency, if given.

    Each has ``signed_amount`` in minor units: negative where money left the wallet. ``with_balance`` adds
    ``balance_after``, the running total of the rows that the query is left with: page it, do not filter it.
    """
    accounts: Any = get_account_model()._default_manager
    wallets = accounts.wallets_of(viewer) if viewer.is_authenticated else accounts.none()
    if currency:
        wallets = wallets.filter(currency=currency)
    ids = list(wallets.values_list("pk", flat=True))
    transfers: Any = get_transfer_model()._default_manager
    rows = transfers.filter(Q(debit_account__in=ids) | Q(credit_account__in=ids)).annotate(
        signed_amount=Case(
            When(debit_account__in=ids, then=-F("amount")),
            default=F("amount"),
            output_field=BigIntegerField(),
        )
    )
    if with_balance:
        rows = rows.annotate(
            balance_after=Window(
                Sum("signed_amount"),
                partition_by=F("currency"),
                order_by=[F("created_at").asc(), F("pk").asc()],
            )
        )
    return rows.select_related("debit_account", "credit_account").order_by("-created_at", "-pk")


@dataclass(frozen=True)
class Breakdown:
    """What a payment comes to, in minor units: ``gross`` = ``fee`` + ``net``."""

    gross: int
    fee: int
    net: int
    currency: str


def breakdown(parts: Sequence[AbstractPaymentPart]) -> Breakdown:
    """What of ``parts``, which are of one currency, goes to the platform and to the payee: as booked, or as
    the FEE policy says now. Refunds are not in it."""
    gross, fee = sum(part.amount for part in parts), sum(fee_of_part(part) for part in parts)
    return Breakdown(gross, fee, gross - fee, parts[0].currency)


def connected_accounts(viewer: Any) -> QuerySet[Any]:
    """The viewer's own accounts at gateways."""
    accounts: Any = get_connected_account_model()._default_manager
    return accounts.filter(user=viewer) if viewer.is_authenticated else accounts.none()


def payout_destination(user: Any, gateway: str) -> str:
    """Where ``gateway`` can send money to ``user``, "" if it cannot yet."""
    accounts = get_connected_account_model()._default_manager
    row = accounts.filter(user=user, gateway=gateway, payouts_enabled=True).first()
    return row.reference if row else ""


def visible_invoices(viewer: Any) -> QuerySet[Any]:
    """The invoices of what ``viewer`` bought or sold; all of them for staff. None for the anonymous."""
    invoices: Any = get_invoice_model()._default_manager
    if not viewer.is_authenticated:
        return invoices.none()
    rows = invoices.select_related("part", "seller", "buyer")
    return rows if _is_staff(viewer) else rows.filter(Q(seller=viewer) | Q(buyer=viewer))


def visible_discounts(viewer: Any, *, now: datetime | None = None) -> QuerySet[Any]:
    """What everybody may use now, what is for ``viewer`` alone and what they give; all of them for staff."""
    now = now or timezone.now()
    discounts: Any = get_discount_model()._default_manager
    if _is_staff(viewer):
        return discounts.all()
    valid = Q(starts_at=None) | Q(starts_at__lte=now)
    valid &= Q(ends_at=None) | Q(ends_at__gt=now)
    offered = Q(public=True, active=True, user=None) & valid
    if viewer.is_authenticated:
        offered |= Q(user=viewer, active=True) & valid | Q(seller=viewer)
    return discounts.filter(offered)


def payouts_of(viewer: Any) -> QuerySet[Any]:
    """The payouts of ``viewer``. None for the anonymous."""
    payouts: Any = get_payout_model()._default_manager
    return payouts.filter(user=viewer) if viewer.is_authenticated else payouts.none()


def bank_details_of(viewer: Any) -> AbstractBankDetails | None:
    """Where ``viewer`` is paid out to."""
    return get_bank_details_model()._default_manager.filter(user=viewer).first()


def recipient(login: str) -> Any | None:
    """The active user who signs in as ``login``, to send money to."""
    users = get_user_model()._default_manager
    return users.filter(**{get_user_model().USERNAME_FIELD: login}, is_active=True).first()


def _is_staff(viewer: Any) -> bool:
    return bool(viewer.is_authenticated and viewer.is_active and getattr(viewer, "is_staff", False))
