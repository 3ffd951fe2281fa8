"""Disputes: what keeps a part's money where it is."""

from __future__ import annotations

from django.db import transaction

from chowk_core.ids import uuid7
from chowk_payments.abstract_models import AbstractPaymentPart, AccountKind, HoldState
from chowk_payments.balances import lock_balances
from chowk_payments.legs import Delta
from chowk_payments.models import get_hold_model
from chowk_payments.services.accounts import AccountSpec, get_or_open_all
from chowk_payments.services.holds import hold, void_hold
from chowk_payments.services.parts import lock_part, on_its_way
from chowk_payments.services.shares import fee_kept


def freeze_part(part: AbstractPaymentPart, dispute: str) -> bool:
    """Freeze ``part`` for ``dispute``, unless that is known to be over: who hears of its beginning late must
    not freeze it for ever. Answers whether anything of it was left to freeze."""
    with transaction.atomic():
        _payment, part = lock_part(part)
        if not part.left or dispute in part.disputes_over:
            return False
        if dispute not in part.frozen_for:
            part.frozen, part.frozen_for = True, [*part.frozen_for, dispute]
            part.save(update_fields=["frozen", "frozen_for"])
            hold_released(part)
    return True


def unfreeze_part(part: AbstractPaymentPart, dispute: str) -> bool:
    """End ``dispute`` of ``part``. Answers whether that was its last."""
    with transaction.atomic():
        _payment, part = lock_part(part)
        if dispute in part.disputes_over:
            return False
        part.disputes_over, was = [*part.disputes_over, dispute], part.frozen
        part.frozen_for = [one for one in part.frozen_for if one != dispute]
        part.frozen = bool(part.frozen_for)
        part.save(update_fields=["frozen", "frozen_for", "disputes_over"])
        if not part.frozen:
            free_released(part)
        return was and not part.frozen


def hold_released(part: AbstractPaymentPart) -> None:
    """Hold what a frozen, locked ``part`` brought its payee, or as much of it as their wallet has. What was
    taken back out of it, for a refund under way, is not in the wallet any more."""
    net = part.left - on_its_way(part) - fee_kept(part) if part.released_at else 0
    if not net or part.freeze_key:
        return
    wallet, escrow = get_or_open_all(
        [
            AccountSpec(kind=AccountKind.WALLET, currency=part.currency, owner=part.payee),
            AccountSpec(kind=AccountKind.ESCROW, currency=part.currency),
        ]
    )
    balances = lock_balances({wallet.pk: Delta(), escrow.pk: Delta()})
    if amount := min(net, balances[wallet.pk].available):
        part.freeze_key = f"freeze:{uuid7()}"
        hold(
            debit=wallet,
            credit=escrow,
            amount=amount,
            code="dispute",
            reference=str(part.target),
            key=part.freeze_key,
        )
        part.save(update_fields=["freeze_key"])


def free_released(part: AbstractPaymentPart) -> None:
    """Free what was held in the payee's wallet for a locked ``part``."""
    if not part.freeze_key:
        return
    held = get_hold_model()._default_manager.get(key=part.freeze_key)
    if held.state == HoldState.PENDING:
        void_hold(hold=held)
    part.freeze_key = ""
    part.save(update_fields=["freeze_key"])
