"""Discounts: what a code takes off, and the uses of it, taken as holds so that limits hold under a crowd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chowk_core.exceptions import NotAllowed
from chowk_core.money import amount_text, split
from chowk_payments.abstract_models import (
    AbstractDiscount,
    AbstractDiscountUse,
    DiscountKind,
    Purpose,
    UseState,
)
from chowk_payments.exceptions import (
    DiscountBelowMinimum,
    DiscountExhausted,
    DiscountFirstOrderOnly,
    DiscountInvalid,
    DiscountNeedsUser,
    DiscountNotForThese,
    DiscountNotNow,
    DiscountOtherCurrency,
    DiscountUsedByBuyer,
    KeyReused,
)
from chowk_payments.models import get_discount_model, get_discount_use_model, get_payment_model
from chowk_payments.services.batches import each
from chowk_payments.services.parts import HELD

COUNTED = (UseState.HELD, UseState.REDEEMED)
RESERVED = Q(state=UseState.HELD, expires_at__isnull=False)


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something in a cart. ``category_ids`` are its category and that one's ancestors; amounts are minor."""

    id: str
    listing_id: str
    seller_id: str
    quantity: int
    total_minor: int
    category_ids: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What ``code`` takes off: minor units by line id, and of the shipping by seller id."""

    code: str
    label: str
    lines: Mapping[str, int] = field(default_factory=dict)
    shipping: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.lines.values()) + sum(self.shipping.values())


def create_discount(*, by: Any, **fields: Any) -> AbstractDiscount:
    """A new discount: of staff for everybody's goods, of anybody else for their own. Raises IntegrityError
    for a code that is taken and for one that takes nothing off."""
    staff = by.is_active and getattr(by, "is_staff", False)
    return get_discount_model()._default_manager.create(seller=None if staff else by, **fields)


def switch_discount(*, discount: AbstractDiscount, by: Any, active: bool) -> AbstractDiscount:
    """Switch a discount on or off; uses held before count on. Raises NotAllowed unless it is ``by``'s own, or
    they are staff."""
    owner = discount.seller is not None and discount.seller.pk == by.pk
    if not owner and not (by.is_active and getattr(by, "is_staff", False)):
        raise NotAllowed
    discount.active = active
    discount.save(update_fields=["active"])
    return discount


def quote_discount(
    *,
    code: str,
    buyer: Any | None,
    currency: str,
    lines: Sequence[Any],
    shipping: Mapping[str, int],
    key: str = "",
    now: datetime | None = None,
) -> Quote:
    """What ``code`` would take off these ``lines`` (each as ``Line``) and this ``shipping`` (minor units by
    seller id). Changes and locks nothing.

    What the buyer has reserved of the code does not count against them: ``hold_discount`` takes its place.
    With the ``key`` of a use that is held or redeemed (an order's), only what it takes off is reckoned anew:
    whether the code may be used was decided when it was taken, also where it is switched off since.

    Raises DiscountInvalid or a subclass, with a stable code of its own for every reason, and KeyReused where
    ``key`` holds another code.
    """
    if before := _counted(key):
        return _quote(_same(before, code), currency, lines, shipping)
    discount = _find(code)
    discount.used -= _reserved(discount, buyer).count()
    _check(discount, buyer, currency, now or timezone.now())
    return _quote(discount, currency, lines, shipping)


def hold_discount(
    *,
    key: str,
    code: str,
    buyer: Any | None,
    currency: str,
    lines: Sequence[Any],
    shipping: Mapping[str, int],
    expires_at: datetime | None = None,
) -> Quote:
    """``quote_discount``, and one use of the code taken under ``key``, in the caller's transaction.

    Repeating it under the same key takes no further use. With ``expires_at`` it is a reservation: free again
    by then, and before, for whatever the same buyer takes the code for. Locks the discount, then for one for
    first orders the buyer. Raises as ``quote_discount``.
    """
    with transaction.atomic():
        before = _counted(key)
        found = _same(before, code) if before else _find(code)
        discount = get_discount_model()._default_manager.select_for_update().get(pk=found.pk)
        if before := _counted(key):
            _same(before, code)
            if before.expires_at and (expires_at is None or expires_at > before.expires_at):
                uses = get_discount_use_model()._default_manager.filter(pk=before.pk)
                uses.update(expires_at=expires_at)
            return _quote(discount, currency, lines, shipping)
        if not discount.active:
            raise DiscountInvalid
        _lock_buyer(discount, buyer)
        discount.used -= _take_back(discount, buyer)
        _check(discount, buyer, currency, timezone.now())
        quote = _quote(discount, currency, lines, shipping)
        get_discount_use_model()._default_manager.create(
            discount=discount,
            key=key,
            user=buyer,
            amount=quote.total,
            currency=currency,
            expires_at=expires_at,
        )
        _count(discount, 1)
    return quote


def redeem_discount(*, key: str) -> bool:
    """The orders of ``key`` are paid: their use counts for good. Repeating it is safe.

    So it does where it was let go before this was heard, as long as the limit leaves room. Locks the
    discount, then the use.
    """
    if _resolve(UseState.REDEEMED, key=key, state=UseState.HELD):
        return True
    with transaction.atomic():
        uses = get_discount_use_model()._default_manager.filter(key=key)
        use = uses.filter(state=UseState.RELEASED).order_by("-created_at", "-pk").first()
        if use is None:
            return False
        discount = get_discount_model()._default_manager.select_for_update().get(pk=use.discount.pk)
        full = discount.limit is not None and discount.used >= discount.limit
        if full or uses.filter(state__in=COUNTED).exists():
            return False
        return _resolve(UseState.REDEEMED, pk=use.pk) and _count(discount, 1)


def release_discount(*, key: str) -> bool:
    """None of the orders of ``key`` will be paid: their use is free again. Repeating it is safe.

    Locks the discount, then the use. Answers whether there was one to free.
    """
    return _release(key=key)


def release_reservations(*, now: datetime | None = None, limit: int = 1000) -> int:
    """Free the uses that were reserved and not checked out in time, each in a transaction of its own.
    Returns how many. Locks as ``release_discount``. Raises as ``batches.each``."""
    at = now or timezone.now()
    uses = get_discount_use_model()._default_manager.filter(state=UseState.HELD, expires_at__lte=at)
    found = list(uses.order_by("expires_at").values_list("pk", flat=True)[:limit])
    return each(found, lambda pk: _release(pk=pk, expires_at__lte=at))


def _release(**facts: Any) -> bool:
    with transaction.atomic():
        use = get_discount_use_model()._default_manager.filter(state=UseState.HELD, **facts).first()
        if use is None:
            return False
        discount = get_discount_model()._default_manager.select_for_update().get(pk=use.discount.pk)
        return _resolve(UseState.RELEASED, state=UseState.HELD, **facts) and _count(discount, -1)


def _reserved(discount: AbstractDiscount, buyer: Any | None) -> QuerySet[Any]:
    """The uses of ``discount`` that ``buyer`` has reserved and not checked out."""
    uses: Any = get_discount_use_model()._default_manager
    if buyer is None or getattr(buyer, "pk", None) is None:
        return uses.none()
    return uses.filter(RESERVED, discount=discount, user=buyer)


def _take_back(discount: AbstractDiscount, buyer: Any | None) -> int:
    """Free what ``buyer`` has reserved of a locked ``discount``. Returns how many uses that were."""
    freed = _reserved(discount, buyer).update(state=UseState.RELEASED, resolved_at=timezone.now())
    if freed:
        _count(discount, -freed)
    return freed


def _counted(key: str) -> AbstractDiscountUse | None:
    """The use under ``key`` that is held or redeemed."""
    uses = get_discount_use_model()._default_manager.filter(key=key, state__in=COUNTED)
    return uses.select_related("discount").first() if key else None


def _same(use: AbstractDiscountUse, code: str) -> AbstractDiscount:
    """The discount of ``use``. Raises KeyReused unless it is called ``code``."""
    if use.discount.code != _spelt(code):
        raise KeyReused
    return use.discount


def _count(discount: AbstractDiscount, change: int) -> bool:
    get_discount_model()._default_manager.filter(pk=discount.pk).update(used=F("used") + change)
    return True


def _resolve(to: UseState, **facts: Any) -> bool:
    uses = get_discount_use_model()._default_manager.filter(**facts)
    return bool(uses.update(state=to, resolved_at=timezone.now()))


def _spelt(code: str) -> str:
    """``code`` as it is stored."""
    return code.strip().upper()


def _find(code: str) -> AbstractDiscount:
    found = get_discount_model()._default_manager.filter(code=_spelt(code), active=True).first()
    if found is None:
        raise DiscountInvalid
    return found


def _check(discount: AbstractDiscount, buyer: Any | None, currency: str, now: datetime) -> None:
    """Raises unless ``buyer`` may use ``discount`` now. What they reserved is not in its ``used``, and does
    not count. Exact while the discount is locked."""
    buyer = buyer if buyer is not None and getattr(buyer, "pk", None) is not None else None
    if discount.user is not None and (buyer is None or discount.user.pk != buyer.pk):
        raise DiscountInvalid
    if (discount.starts_at and now < discount.starts_at) or (discount.ends_at and now >= discount.ends_at):
        raise DiscountNotNow
    if discount.currency and discount.currency != currency:
        raise DiscountOtherCurrency(currency=discount.currency)
    if discount.limit is not None and discount.used >= discount.limit:
        raise DiscountExhausted
    if buyer is None and (discount.limit_per_user is not None or discount.first_order):
        raise DiscountNeedsUser
    if discount.limit_per_user is not None:
        mine = get_discount_use_model()._default_manager.filter(
            discount=discount, user=buyer, state__in=COUNTED
        )
        if mine.exclude(RESERVED).count() >= discount.limit_per_user:
            raise DiscountUsedByBuyer
    if discount.first_order and not _is_first_order(buyer):
        raise DiscountFirstOrderOnly


def _lock_buyer(discount: AbstractDiscount, buyer: Any | None) -> None:
    """Where the rule is about all orders of ``buyer``, let them take one discount at a time. Not in the way
    of rows that refer to them: whoever placed an order and takes a discount for it holds such a lock."""
    if discount.first_order and buyer is not None and getattr(buyer, "pk", None) is not None:
        users = get_user_model()._default_manager.select_for_update(no_key=True, of=("self",))
        users.get(pk=buyer.pk)


def _is_first_order(buyer: Any) -> bool:
    """Whether ``buyer`` has paid for nothing yet, nor holds or used a discount for first orders."""
    uses = get_discount_use_model()._default_manager.filter(
        user=buyer, discount__first_order=True, state__in=COUNTED, expires_at=None
    )
    paid = get_payment_model()._default_manager.filter(payer=buyer, purpose=Purpose.PURCHASE, state__in=HELD)
    return not uses.exists() and not paid.exists()


def _quote(
    discount: AbstractDiscount, currency: str, lines: Sequence[Any], shipping: Mapping[str, int]
) -> Quote:
    theirs = [line for line in lines if _covers(discount, line)]
    base = sum(line.total_minor for line in theirs)
    if not theirs:
        raise DiscountNotForThese
    if base < discount.minimum:
        raise DiscountBelowMinimum(
            minimum=amount_text(discount.minimum, discount.currency), currency=discount.currency
        )
    off: dict[str, int] = {}
    free: dict[str, int] = {}
    if discount.kind == DiscountKind.FREE_SHIPPING:
        sellers = {line.seller_id for line in theirs}
        free = {seller: amount for seller, amount in shipping.items() if seller in sellers and amount}
    elif base:
        shares = split(_taken(discount, base), [line.total_minor for line in theirs])
        off = {line.id: share for line, share in zip(theirs, shares, strict=True) if share}
    return Quote(
        code=discount.code, label=discount.label or _label(discount, currency), lines=off, shipping=free
    )


def _covers(discount: AbstractDiscount, line: Any) -> bool:
    if discount.seller is not None and str(discount.seller.pk) != line.seller_id:
        return False
    return not discount.category_ids or bool(
        {str(one) for one in discount.category_ids} & set(line.category_ids)
    )


def _taken(discount: AbstractDiscount, base: int) -> int:
    """What is off ``base``: at most all of it; half a unit stays with the seller."""
    if discount.kind == DiscountKind.FIXED:
        return min(discount.amount, base)
    hundredths = int(discount.percent * 100)
    return split(base, [10_000 - hundredths, hundredths])[1]


def _label(discount: AbstractDiscount, currency: str) -> str:
    if discount.kind == DiscountKind.FREE_SHIPPING:
        return _("Free shipping")
    if discount.kind == DiscountKind.FIXED:
        return _("%(amount)s %(currency)s off") % {
            "amount": amount_text(discount.amount, discount.currency),
            "currency": discount.currency,
        }
    return _("%(percent)s%% off") % {"percent": format(discount.percent.normalize(), "f")}
