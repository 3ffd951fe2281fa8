"""Escrow: a part's money goes to its payee when what it paid for has arrived, unless it is in dispute."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from chowk_core.targets import Target
from chowk_payments.abstract_models import AbstractPayment, AbstractPaymentPart, AccountKind
from chowk_payments.balances import lock_balances
from chowk_payments.conf import payments_settings
from chowk_payments.legs import Delta, Leg
from chowk_payments.models import get_payment_part_model
from chowk_payments.services.accounts import AccountSpec, get_or_open_all
from chowk_payments.services.announcing import announce_released, announce_wallet
from chowk_payments.services.batches import each_due
from chowk_payments.services.debts import debt_of, receivable_of
from chowk_payments.services.freezing import freeze_part, unfreeze_part
from chowk_payments.services.parts import HELD, held_parts, lock_part, parts_about, update_state
from chowk_payments.services.shares import fee_kept, fee_of_part
from chowk_payments.services.transfers import transfer


def release_escrow(*, target: Target) -> AbstractPayment | None:
    """Pay out what is in escrow for ``target``: the platform's fee to its revenue, the rest to the payee's
    wallet, less what the payee owes the platform.

    Of what was paid together under ``target`` every part, each in a transaction of its own. A part in dispute
    stays; so does one with a refund agreed and not completed yet, until that is. Returns the payment, None if
    nothing was released. Locks payment, part, balances, streams.
    """
    found = None
    for part in held_parts(target):
        found = _release(part, at=timezone.now()) or found
    return found


def release_later(*, target: Target, at: datetime) -> AbstractPayment | None:
    """Release what is in escrow for ``target`` once RELEASE_AFTER has gone by since ``at``; now, if it has.

    What is not paid yet, such as goods that are paid as they are handed over, is released when it is. Returns
    the payment, None if nothing was released now. Locks and holds back as ``release_escrow``.
    """
    due, found = at + payments_settings.RELEASE_AFTER, None
    for part in parts_about(target):
        found = _release(part, at=due) or found
    return found


def release_due_parts(*, now: datetime | None = None) -> int:
    """Release the parts whose time has come, each in a transaction of its own. Returns how many.

    The periodic work behind RELEASE_AFTER, at most RESOLVE_BATCH at a time. Raises as ``each_due``.
    """
    at = now or timezone.now()
    rows: Any = get_payment_part_model()._default_manager

    def release(part: Any) -> bool:
        return _release(part, at=part.release_at, now=at) is not None

    return each_due(rows.to_release(at).select_related("payment"), release, now=at)


def freeze_escrow(*, target: Target, dispute: str) -> bool:
    """Keep the money of ``target`` where it is while ``dispute`` (a name of the caller's) is open.

    In escrow it is not released; of what was released, as much as is there is held in the payee's wallet.
    Repeating it is safe; after ``unfreeze_escrow`` for the same dispute it does nothing. Answers whether
    there was anything to freeze. Locks payment, part, balances.
    """
    return sum(freeze_part(part, dispute) for part in parts_about(target)) > 0


def unfreeze_escrow(*, target: Target, dispute: str) -> bool:
    """End ``dispute`` for good, also before its beginning is heard of. Once a part's last dispute is over, it
    is released if its time has come meanwhile.

    That happens after the commit. Repeating it is safe. Answers whether a part came free. Locks payment,
    part, hold, balances.
    """
    free = [part for part in parts_about(target) if unfreeze_part(part, dispute)]
    for part in free:
        release_soon(part)
    return bool(free)


def release_soon(part: AbstractPaymentPart) -> None:
    """Release ``part`` after the commit, if that was due before and something held it back. A transaction of
    its own keeps to the order of locks; what a crash prevents, ``release_due_parts`` does."""

    def release() -> None:
        part.refresh_from_db(fields=["release_at", "released_at"])
        if part.release_at is not None and part.released_at is None:
            _release(part, at=part.release_at)

    transaction.on_commit(release, robust=True)


def _release(
    part: AbstractPaymentPart, *, at: datetime, now: datetime | None = None
) -> AbstractPayment | None:
    """Release ``part`` from ``at`` on. Notes when that is, so that what holds it back now can be over."""
    with transaction.atomic():
        payment, part = lock_part(part)
        now = now or timezone.now()
        if part.released_at:
            return None
        if part.release_at is None or at < part.release_at:
            part.release_at = at
            part.save(update_fields=["release_at"])
        if not part.live or payment.state not in HELD or part.frozen or part.release_at > now:
            return None
        if part.refunds.under_way().exists():  # type: ignore[attr-defined]
            return None
        _pay_out(payment, part, now)
    return payment


def _pay_out(payment: AbstractPayment, part: AbstractPaymentPart, now: datetime) -> None:
    """Release a locked part that nothing holds back."""
    fee = fee_kept(part)
    part.fee, part.released_at = fee_of_part(part), now
    part.fee_returned = part.fee - fee
    part.save(update_fields=["fee", "fee_returned", "released_at"])
    net, currency = part.left - fee, part.currency
    escrow, wallet, revenue = get_or_open_all(
        [
            AccountSpec(kind=AccountKind.ESCROW, currency=currency),
            AccountSpec(kind=AccountKind.WALLET, currency=currency, owner=part.payee),
            AccountSpec(kind=AccountKind.REVENUE, currency=currency),
        ]
    )
    reference, legs = str(part.target), []
    if net:
        legs.append(Leg(debit=escrow, credit=wallet, amount=net, code="sale", reference=reference))
    if fee:
        legs.append(Leg(debit=escrow, credit=revenue, amount=fee, code="fee", reference=reference))
    owed = 0
    if net and (receivable := receivable_of(part.payee, currency)):
        lock_balances({account.pk: Delta() for account in (escrow, wallet, revenue, receivable)})
        if owed := min(net, debt_of(receivable)):
            legs.append(Leg(debit=wallet, credit=receivable, amount=owed, code="debt", reference=reference))
    if legs:
        transfer(legs=legs, key=release_key(part))
    update_state(payment)
    announce_released(payment, part, fee=fee)
    announce_wallet(wallet, net - owed, code="sale", payment=payment)


def release_key(part: AbstractPaymentPart) -> str:
    """The ledger's key of the entry that released ``part``."""
    return f"part:{part.pk}:release"
