"""Replaceable rules: what is owed for a target, and what the platform keeps of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from typing import Any, Protocol

from chowk_core.money import split
from chowk_core.policies import Refusal
from chowk_core.targets import Target
from chowk_payments import conf


class Charge(Protocol):
    """What is owed for a target. Ids are text, the amount is in minor units of ``currency``.

    A charge may have ``parts``, a sequence of ``ChargePart``: orders of several sellers, paid together. They
    add up to the amount; where they do not, it is split by them, by largest remainder. Without any (or the
    attribute) it is one part, the target itself, with the charge's own ``fee_minor``, if it has one.

    It may have ``refused_methods`` too, a mapping: the methods by which it is not paid, such as "cash", each
    with a ``chowk_core.policies.Refusal`` that says why.
    """

    @property
    def payer_id(self) -> str: ...
    @property
    def payee_id(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def pay_by(self) -> datetime | None: ...
    @property
    def payable(self) -> bool: ...
    @property
    def refusal(self) -> Refusal | None:
        """Why, where it is not payable."""


class ChargePart(Protocol):
    """What of a charge is for which target and payee. ``fee_minor`` is what the platform keeps of it; None
    asks FEE at the release."""

    @property
    def target(self) -> Target: ...
    @property
    def payee_id(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def fee_minor(self) -> int | None: ...


class Payable(Protocol):
    """Answers what ``payer`` owes for ``target``. Raises UnknownTarget for what the payer may not know of."""

    def __call__(self, *, target: Target, payer: Any) -> Charge: ...


class InvoiceData(Protocol):
    """What is on an invoice. Amounts are in minor units of ``currency``; a line is (description, quantity,
    price of one, total, tax in it)."""

    @property
    def seller_id(self) -> str: ...
    @property
    def seller_name(self) -> str: ...
    @property
    def seller_address(self) -> str: ...
    @property
    def seller_tax_number(self) -> str: ...
    @property
    def buyer_id(self) -> str: ...
    @property
    def buyer_name(self) -> str: ...
    @property
    def buyer_address(self) -> str: ...
    @property
    def buyer_email(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def lines(self) -> Sequence[tuple[str, int, int, int, int]]: ...
    @property
    def shipping_minor(self) -> int: ...
    @property
    def tax_minor(self) -> int: ...
    @property
    def discount_minor(self) -> int: ...
    @property
    def total_minor(self) -> int: ...
    @property
    def reference(self) -> str:
        """The order's number."""


class InvoiceSource(Protocol):
    """Answers what an invoice for ``target`` says. It may have a ``language`` (a code), the buyer's."""

    def __call__(self, *, target: Target) -> InvoiceData: ...


class Fee(Protocol):
    """Answers the platform's part of ``amount``, from 0 to ``amount``, in minor units of ``currency``."""

    def __call__(self, *, amount: int, currency: str, payee: Any, target: Target) -> int: ...


class MayConfirmReceipt(Protocol):
    """Answers whether ``actor`` may say that the money of ``payment``, cash or a bank transfer, has come."""

    def __call__(self, *, actor: Any, payment: Any) -> bool: ...


class StaffConfirmsReceipt:
    """Staff who may change payments."""

    def __call__(self, *, actor: Any, payment: Any) -> bool:
        options = payment._meta
        return bool(actor.is_staff and actor.has_perm(f"{options.app_label}.change_{options.model_name}"))


class StaffOrPayeeConfirmsReceipt(StaffConfirmsReceipt):
    """The seller too: for sites whose sellers hand in the cash they collect."""

    def __call__(self, *, actor: Any, payment: Any) -> bool:
        own = payment.payee is not None and actor.pk == payment.payee.pk
        return own or super().__call__(actor=actor, payment=payment)


class Secrets(Protocol):
    """Answers the secret called ``name``, "" for one it does not have."""

    def __call__(self, *, name: str) -> str: ...


class PercentFee:
    """FEE_PERCENT of the amount, by largest remainder; half a unit goes to the payee."""

    def __call__(self, *, amount: int, currency: str, payee: Any, target: Target) -> int:
        percent = conf.payments_settings.FEE_PERCENT
        scale = Decimal(10) ** max(0, -int(percent.as_tuple().exponent))
        weights = [int((100 - percent) * scale), int(percent * scale)]
        return split(amount, weights)[1]


class Discounts:
    """Answers ``CHOWK_MARKETPLACE["DISCOUNTS"]`` with the discounts kept here.

    A line has ``id, listing_id, seller_id, category_ids, quantity, total_minor``; a quote ``code, label,
    lines`` (minor units off by line id) and ``shipping`` (off by seller id).
    """

    def quote(
        self,
        *,
        code: str,
        buyer: Any | None,
        currency: str,
        lines: Sequence[Any],
        shipping: Mapping[str, int],
        key: str = "",
    ) -> Any:
        """What the code would take off; under the ``key`` of a use taken before, what it takes off now.
        Raises DiscountInvalid or a subclass, and KeyReused."""
        return _discounts().quote_discount(
            code=code, buyer=buyer, currency=currency, lines=lines, shipping=shipping, key=key
        )

    def hold(
        self,
        *,
        key: str,
        code: str,
        buyer: Any | None,
        currency: str,
        lines: Sequence[Any],
        shipping: Mapping[str, int],
    ) -> Any:
        """The same, and a use of the code taken under ``key``, in the caller's transaction."""
        return _discounts().hold_discount(
            key=key, code=code, buyer=buyer, currency=currency, lines=lines, shipping=shipping
        )


def platform_fee(*, amount: int, currency: str, seller: Any, listing_ids: Sequence[str]) -> int:
    """What the platform keeps of an order of ``amount`` minor units, by the FEE policy. Answers
    ``CHOWK_MARKETPLACE["PLATFORM_FEE"]``."""
    target = Target(type="", id=",".join(listing_ids)[:64])
    return _shares().fee_of(amount=amount, currency=currency, payee=seller, target=target)


def _discounts() -> Any:
    """Services stand on models and settings, and settings on this module: imported when it is asked."""
    return import_module("chowk_payments.services.discounts")


def _shares() -> Any:
    return import_module("chowk_payments.services.shares")
