"""Replaceable rules of the marketplace, and its answers to other packages' questions."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chowk_core.money import money_to_minor
from chowk_core.policies import Refusal
from chowk_core.targets import Target, UnknownTarget, root_model
from chowk_marketplace.models import get_listing_model, get_order_group_model, get_order_model

NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No letter or digit that is read as another one."""


class OrderNumber(Protocol):
    """Gives a number that no order should have yet; the service asks again if one does."""

    def __call__(self, *, now: datetime) -> str: ...


class RandomOrderNumber:
    """``261120-7K3M9QXW``: the day (UTC) and eight random characters, so numbers tell nobody the turnover."""

    def __call__(self, *, now: datetime) -> str:
        return f"{now:%y%m%d}-{''.join(secrets.choice(NUMBER_ALPHABET) for _position in range(8))}"


def is_staff(user: Any) -> bool:
    """Whether ``user`` (or None, or anonymous) works for the site."""
    return bool(user and user.is_active and getattr(user, "is_staff", False))


def public_name(*, user: Any) -> str:
    """The user's full name, else their login unless that is an email address: the default of PUBLIC_NAME."""
    if name := getattr(user, "get_full_name", str)().strip():
        return name
    login_is_private = user.get_email_field_name() == user.USERNAME_FIELD or "@" in user.get_username()
    return _("Member") if login_is_private else user.get_username()


def may_cancel(*, actor: Any, order: Any) -> Refusal | None:
    """Who may cancel when: the default of ``MAY_CANCEL``.

    Staff and the seller until it is shipped; the buyer of a purchase until the seller has confirmed it. A
    winning bid binds: the winner of an auction cannot cancel, only fail to pay.
    """
    if is_staff(actor) or actor.pk == order.seller_id:
        return None
    if order.source_type:
        return Refusal("binding_sale", _("A winning bid is binding; ask the seller to cancel."))
    if order.status not in {order.Status.PENDING_PAYMENT, order.Status.PAID}:
        return Refusal("already_confirmed", _("The seller has confirmed this order; ask them to cancel."))
    return None


def may_auction(*, seller: Any, target: Target) -> Refusal | None:
    """Whether ``seller`` may auction ``target``: their own listing, in auction format, unsold.

    Answers ``CHOWK_AUCTIONS["MAY_AUCTION"]``. Listings are all that it lets be auctioned: a site that
    auctions other things too names a policy of its own, which hands listings on to this one. Locks the
    listing until the caller's transaction ends, so that it is not withdrawn while its auction is made.
    Raises UnknownTarget for what is no listing, and for a listing that ``seller`` may not see.
    """
    unknown = UnknownTarget(target=f"{target.type} {target.id}")
    if root_model(target.model()) is not root_model(get_listing_model()):
        raise unknown
    listing: Any = target.get(for_update=True)
    if listing.seller_id != seller.pk:
        if listing.status not in {listing.Status.ACTIVE, listing.Status.SOLD} and not is_staff(seller):
            raise unknown
        return Refusal("not_owner", _("You can only auction your own listings."))
    if not listing.is_auction:
        return Refusal("wrong_sale_format", _("This listing is sold at a fixed price."))
    if listing.status not in {listing.Status.PENDING, listing.Status.ACTIVE} or listing.stock < 1:
        return Refusal("not_for_sale", _("This listing is no longer for sale."))
    return None


@dataclass(frozen=True)
class ChargePart:
    """What of a charge is for which order and seller. ``fee_minor`` None: payments asks its own FEE."""

    target: Target
    payee_id: str
    amount_minor: int
    fee_minor: int | None


@dataclass(frozen=True)
class Charge:
    """What is owed for an order or a group of them. ``refusal`` says why where it is not payable,
    ``refused_methods`` by which it is not paid."""

    payer_id: str
    payee_id: str
    amount_minor: int
    currency: str
    description: str
    pay_by: datetime | None
    payable: bool
    refusal: Refusal | None
    parts: tuple[ChargePart, ...] = ()
    refused_methods: Mapping[str, Refusal] = field(default_factory=dict)


def charge_for_order(*, target: Target, payer: Any) -> Charge:
    """What ``payer`` owes for the order ``target``. Answers ``CHOWK_PAYMENTS["PAYABLES"]``.

    An order of a checkout of several is paid with its group. Raises UnknownTarget for what is no order, and
    for an order that ``payer`` may not see.
    """
    order = found(get_order_model(), target)
    if payer.pk not in {order.buyer_id, order.seller_id} and not is_staff(payer):
        raise UnknownTarget(target=str(target))
    refusal = _not_payable(order, payer)
    if refusal is None and order.group_id is not None and order.group.orders.count() > 1:
        refusal = Refusal("pay_group", _("This order is paid together with the others of its checkout."))
    if refusal is None and order.delivery_due:
        refusal = Refusal("delivery_required", _("Say where it shall go; then it can be paid."))
    return Charge(
        payer_id=str(order.buyer_id),
        payee_id=str(order.seller_id),
        amount_minor=money_to_minor(order.total),
        currency=order.total.currency.code,
        description=_("Order %(number)s") % {"number": order.number},
        pay_by=order.pay_by,
        payable=refusal is None,
        refusal=refusal,
        parts=(_part_of(order),),
        refused_methods=_refused_methods([order]),
    )


def charge_for_group(*, target: Target, payer: Any) -> Charge:
    """What ``payer`` owes for the checkout ``target``: its unpaid orders, a part each. Answers
    ``CHOWK_PAYMENTS["PAYABLES"]``. Raises UnknownTarget for what is no group, or somebody else's."""
    group = found(get_order_group_model(), target)
    if payer.pk != group.buyer_id and not is_staff(payer):
        raise UnknownTarget(target=str(target))
    due = list(group.orders.filter(status="pending_payment", total__gt=0).order_by("pk"))
    refusal = _not_payable(group, payer)
    if refusal is None and not due:
        refusal = Refusal("order_cancelled", _("This order has been cancelled."))
    parts = tuple(_part_of(order) for order in due)
    return Charge(
        payer_id=str(group.buyer_id),
        payee_id=parts[0].payee_id if len(parts) == 1 else "",
        amount_minor=sum(part.amount_minor for part in parts),
        currency=group.total.currency.code,
        description=_("Orders %(numbers)s") % {"numbers": ", ".join(order.number for order in due)},
        pay_by=group.pay_by,
        payable=refusal is None,
        refusal=refusal,
        parts=parts,
        refused_methods=_refused_methods(due),
    )


def _refused_methods(orders: Sequence[Any]) -> dict[str, Refusal]:
    """Not in cash what is sent: nothing leaves its seller unpaid, and so no cash could come at the door."""
    if not any(order.ship_to for order in orders):
        return {}
    text = _("What is sent is paid before it leaves. Pay in cash for what you collect.")
    return {"cash": Refusal("cash_only_collected", text)}


def _part_of(order: Any) -> ChargePart:
    return ChargePart(
        target=Target.of(order),
        payee_id=str(order.seller_id),
        amount_minor=money_to_minor(order.total),
        fee_minor=None if order.platform_fee is None else money_to_minor(order.platform_fee),
    )


def found(model: Any, target: Target) -> Any:
    try:
        return model._default_manager.get(pk=target.id)
    except (model.DoesNotExist, ValidationError, ValueError, TypeError) as error:
        raise UnknownTarget(target=str(target)) from error


def _not_payable(row: Any, payer: Any) -> Refusal | None:
    if payer.pk != row.buyer_id:
        return Refusal("not_buyer", _("Only the buyer pays for an order."))
    if row.status == row.Status.CANCELLED:
        return Refusal("order_cancelled", _("This order has been cancelled."))
    if row.status != row.Status.PENDING_PAYMENT:
        return Refusal("already_paid", _("This order has been paid."))
    return None
