"""Refunds: the buyer asks, the seller or staff approve, and the money goes back where it came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from chowk_core.exceptions import NotAllowed
from chowk_core.targets import Target
from chowk_payments.abstract_models import (
    AbstractPayment,
    AbstractPaymentPart,
    AbstractRefund,
    PaymentState,
    Purpose,
    RefundState,
)
from chowk_payments.exceptions import (
    KeyReused,
    MoreThanPaid,
    NothingToRefund,
    WrongPaymentState,
    WrongRefundState,
)
from chowk_payments.legs import validate_amount
from chowk_payments.models import get_payment_model, get_refund_model
from chowk_payments.services.accounts import AccountSpec
from chowk_payments.services.announcing import announce_refund_asked
from chowk_payments.services.escrow import release_soon
from chowk_payments.services.parts import HELD, held_parts, lock_part, parts_of
from chowk_payments.services.refunding import (
    bank_of,
    give_back,
    give_to_bank,
    give_up,
    lock_accounts,
    put_into_wallet,
)


def request_refund(
    *,
    part: AbstractPaymentPart,
    by: Any,
    amount: int | None = None,
    reason: str = "",
    note: str = "",
    key: str = "",
) -> AbstractRefund:
    """Ask for ``amount`` minor units of ``part`` back (all that no other refund claims, by default).

    All refunds of a part that nobody refused never exceed it. ``key`` makes it happen once. Locks payment and
    part. Raises NotAllowed (``by`` is not the payer), InvalidLedgerAmount, WrongPaymentState, MoreThanPaid,
    NothingToRefund, KeyReused.
    """
    if part.payment.payer.pk != by.pk:
        raise NotAllowed
    with transaction.atomic():
        _payment, part = _refundable(part)
        before = get_refund_model()._default_manager.filter(requested_by=by, key=key).first() if key else None
        if before:
            same = before.part.pk == part.pk and amount in {None, before.amount} and before.reason == reason
            if not same:
                raise KeyReused
            return before
        return _claim(part, amount, requested_by=by, reason=reason[:64], note=note, key=key)


def approve_refund(*, refund: AbstractRefund, by: Any) -> AbstractRefund:
    """Agree to a refund that was asked for. Repeating it is safe. Locks payment, part, refund.

    Raises WrongRefundState for one that was refused.
    """
    with transaction.atomic():
        row = _locked(refund)
        if row.state != RefundState.REQUESTED:
            return _unless(row, RefundState.REFUSED)
        _decide(row, RefundState.APPROVED, by)
    return row


def refuse_refund(*, refund: AbstractRefund, by: Any, note: str = "") -> AbstractRefund:
    """Refuse a refund, or withdraw it. What it claimed can be claimed anew. Repeating it is safe.

    Of one that the gateway declined this gives the payee what is in escrow for it; whether they get it is
    not theirs to decide, nor is what staff approved. Locks payment, part, refund, balances. Raises
    WrongRefundState for one whose money is on its way, NotAllowed.
    """
    with transaction.atomic():
        row = _locked(refund)
        if row.state == RefundState.REFUSED:
            return row
        if row.state not in {RefundState.REQUESTED, RefundState.APPROVED, RefundState.FAILED}:
            raise WrongRefundState(state=row.get_state_display())
        if row.state == RefundState.FAILED and not _may_give_up(row, by):
            raise NotAllowed
        if row.state == RefundState.APPROVED and not may_take_back(row, by):
            raise NotAllowed
        row.note = "\n".join(text for text in (row.note, note) if text)
        _refuse(row, by)
        release_soon(row.part)
    return row


def complete_refund(*, refund: AbstractRefund) -> AbstractRefund:
    """Give the money of an approved refund back, or try again with one that failed. Repeating it is safe.

    Out of escrow, or once it was released out of the payee's wallet and the platform's fee; what the wallet
    lacks the payee owes from then on. To a wallet at once; through a gateway the money is held, and the
    gateway asked after the commit (``processing`` until it has answered). Locks payment, part, refund,
    attempts, holds, balances, streams. Raises WrongRefundState, InsufficientFunds (of the platform's own).
    """
    with transaction.atomic():
        row = _locked(refund)
        if row.state not in {RefundState.APPROVED, RefundState.FAILED}:
            return _unless(row, RefundState.REQUESTED, RefundState.REFUSED)
        give_back(row)
        release_soon(row.part)
    return row


def refund_into_wallet(*, refund: AbstractRefund) -> AbstractRefund:
    """Give the money of a refund that the gateway declined to the payer's wallet. Repeating it is safe.

    Locks as ``complete_refund``. Raises WrongRefundState for one that did not fail.
    """
    with transaction.atomic():
        row = _locked(refund)
        if row.state == RefundState.COMPLETED:
            return row
        if row.state != RefundState.FAILED:
            raise WrongRefundState(state=row.get_state_display())
        put_into_wallet(row)
        release_soon(row.part)
    return row


def refund_part(
    *,
    part: AbstractPaymentPart,
    amount: int | None = None,
    capped: bool = False,
    reason: str = "",
    reference: str = "",
    by: Any = None,
) -> AbstractRefund | None:
    """Ask, approve and complete at once, as the site does by itself: ``amount`` of ``part``, or all the rest.

    Requests that nobody has approved yet give way, and where that is not enough refunds that the gateway
    declined. ``reference`` makes it happen once. None where nothing is left; with ``capped`` less than
    ``amount`` will do. Locks as ``complete_refund``. Raises InvalidLedgerAmount, WrongPaymentState,
    MoreThanPaid, NothingToRefund.
    """
    return _refund_at_once(part, amount, give_back, capped=capped, by=by, reason=reason, reference=reference)


def charge_back(*, part: AbstractPaymentPart, amount: int, reference: str) -> AbstractRefund | None:
    """The payer's bank keeps ``amount`` of ``part``, or as much as has not gone back otherwise: a refund that
    no gateway is asked for. Otherwise as ``refund_part``."""
    return _refund_at_once(
        part,
        amount,
        give_to_bank,
        capped=True,
        reason="chargeback",
        reference=reference,
        also=[bank_of(part)],
    )


def _refund_at_once(
    part: AbstractPaymentPart,
    amount: int | None,
    give: Callable[[AbstractRefund], None],
    *,
    capped: bool,
    reason: str,
    reference: str,
    by: Any = None,
    also: Sequence[AccountSpec] = (),
) -> AbstractRefund | None:
    """A refund that ``give`` gives; it may lock the balances ``also``."""
    with transaction.atomic():
        _payment, part = _refundable(part)
        before = (
            get_refund_model()._default_manager.filter(reference=reference).first() if reference else None
        )
        if before:
            return before
        if part.released_at:
            lock_accounts(part, *also)
        _make_room(part, amount or part.amount, by)
        if capped and amount is not None:
            amount = min(amount, part.unclaimed)
        if not part.unclaimed and (capped or amount is None):
            return None
        row = _claim(part, amount, requested_by=by, reason=reason[:64], reference=reference)
        _decide(row, RefundState.APPROVED, by)
        give(row)
    return row


def refund_payment(*, payment: AbstractPayment, reason: str = "", by: Any = None) -> AbstractPayment:
    """Give back all that is left of a purchase, every part in a transaction of its own. Repeating it is safe.

    Locks as ``complete_refund``. Raises WrongPaymentState for what was not paid.
    """
    payment.refresh_from_db()
    if payment.state == PaymentState.REFUNDED:
        return payment
    if payment.state not in HELD or payment.purpose != Purpose.PURCHASE:
        raise WrongPaymentState(state=payment.get_state_display())
    for part in parts_of(payment):
        if part.left:
            refund_part(part=part, reason=reason, by=by)
    return get_payment_model()._default_manager.get(pk=payment.pk)


def refund_escrow(*, target: Target, reason: str = "") -> AbstractPayment | None:
    """Give back what is in escrow for ``target``. Returns the payment, None if nothing is: released, given
    back or on its way back before. As ``refund_part`` for each part."""
    found = None
    for part in held_parts(target):
        with transaction.atomic():
            payment, row = lock_part(part)
            if row.released_at is None and row.left and refund_part(part=row, reason=reason):
                found = payment
    if found:
        found.refresh_from_db()
    return found


def _refundable(part: AbstractPaymentPart) -> tuple[AbstractPayment, AbstractPaymentPart]:
    payment, part = lock_part(part)
    if payment.state not in {*HELD, PaymentState.REFUNDED}:
        raise WrongPaymentState(state=payment.get_state_display())
    return payment, part


def _claim(part: AbstractPaymentPart, amount: int | None, **fields: Any) -> AbstractRefund:
    """A new refund of a locked ``part``."""
    if not part.unclaimed:
        raise NothingToRefund
    amount = part.unclaimed if amount is None else amount
    validate_amount(amount)
    if amount > part.unclaimed:
        raise MoreThanPaid(limit=part.unclaimed)
    part.claimed += amount
    part.save(update_fields=["claimed"])
    try:
        with transaction.atomic():
            row = get_refund_model()._default_manager.create(
                part=part, amount=amount, currency=part.currency, **fields
            )
    except IntegrityError as error:  # the key or the reference, taken meanwhile for another part
        raise KeyReused from error
    announce_refund_asked(row)
    return row


def _make_room(part: AbstractPaymentPart, amount: int, by: Any) -> None:
    """Let refunds that nobody agreed to, then those that failed, give way until ``amount`` is unclaimed."""
    for state in (RefundState.REQUESTED, RefundState.FAILED):
        if amount <= part.unclaimed:
            return
        for row in get_refund_model()._default_manager.filter(part=part, state=state):
            row.part = part  # type: ignore[assignment]
            _refuse(row, by)


def _refuse(row: AbstractRefund, by: Any) -> None:
    """Refuse a locked refund; what a failed one has in escrow goes to the payee."""
    failed = row.state == RefundState.FAILED
    _decide(row, RefundState.REFUSED, by)
    _unclaim(row)
    if failed:
        give_up(row)


def _may_give_up(row: AbstractRefund, by: Any) -> bool:
    """The payer, or staff. Where another payment has the target meanwhile, nobody: there is no sale left."""
    staff = by.is_active and getattr(by, "is_staff", False)
    return row.part.live and (staff or by.pk == row.part.payment.payer.pk)


def may_take_back(row: AbstractRefund, by: Any) -> bool:
    """Whoever approved it, the payer, or staff."""
    staff = by.is_active and getattr(by, "is_staff", False)
    deciders = {row.part.payment.payer.pk, row.decided_by and row.decided_by.pk}
    return bool(staff or by.pk in deciders)


def _unclaim(row: AbstractRefund) -> None:
    row.part.claimed -= row.amount
    row.part.save(update_fields=["claimed"])


def _locked(refund: AbstractRefund) -> AbstractRefund:
    """Lock the refund's payment, part and itself."""
    _payment, part = lock_part(refund.part)
    rows: Any = get_refund_model()._default_manager.select_for_update()
    row: AbstractRefund = rows.get(pk=refund.pk)
    row.part = part  # type: ignore[assignment]
    return row


def _decide(row: AbstractRefund, state: RefundState, by: Any) -> None:
    row.state, row.decided_by, row.decided_at = state, by, timezone.now()
    row.save(update_fields=["state", "decided_by", "decided_at", "note"])
    announce_refund_asked(row)


def _unless(row: AbstractRefund, *states: RefundState) -> AbstractRefund:
    if row.state in states:
        raise WrongRefundState(state=row.get_state_display())
    return row
