"""Disputes with payers' banks, in the ledger.

While it is open the money stays where it is. What the bank has taken is booked from "disputed" to the
gateway's clearing account; when the dispute is won, back. When it is lost, somebody bears it:

- Of a purchase, as CHARGEBACK_LOSS says: the payees, each by their part's share, as a refund with the reason
  "chargeback": out of escrow, or once it was released out of their wallet and the platform's fee, and what
  the wallet lacks they owe. What went back to the payer otherwise before is the platform's loss.
- Of a top-up its payer: out of their wallet, and what that lacks they owe.

What gateways charge for a dispute is not booked, no more than their other fees.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from chowk_core.money import split
from chowk_payments.abstract_models import (
    AbstractAccount,
    AbstractPayment,
    AbstractPaymentAttempt,
    AccountKind,
    HoldState,
    Purpose,
)
from chowk_payments.balances import lock_balances
from chowk_payments.conf import payments_settings
from chowk_payments.gateways.base import Dispute, DisputeState, TellsDisputes
from chowk_payments.legs import Delta, Leg
from chowk_payments.models import (
    get_balance_model,
    get_hold_model,
    get_payment_model,
    get_refund_model,
    get_transfer_model,
)
from chowk_payments.services.accounts import AccountSpec, get_or_open_all
from chowk_payments.services.announcing import announce_wallet
from chowk_payments.services.charging import gateway_called
from chowk_payments.services.escrow import release_soon
from chowk_payments.services.freezing import freeze_part, unfreeze_part
from chowk_payments.services.holds import hold, void_hold
from chowk_payments.services.parts import parts_of
from chowk_payments.services.refunds import charge_back
from chowk_payments.services.transfers import transfer


def follow_dispute(attempt: AbstractPaymentAttempt, reference: str) -> None:
    """Ask the gateway how the dispute ``reference`` of a charge stands, and do what follows: each step in a
    transaction of its own, and once. Where the gateway cannot tell, the money stays frozen. Not to be called
    in a transaction."""
    gateway: Any = gateway_called(attempt.gateway)
    name = f"{attempt.gateway}:{reference}"
    found = Dispute(state=DisputeState.OPEN)
    if isinstance(gateway, TellsDisputes):
        found = gateway.dispute(reference=reference)
    if found.withdrawn:
        _take(attempt, name, found)
    if attempt.payment.purpose == Purpose.TOP_UP:
        if found.withdrawn:
            _follow_top_up(attempt.payment, name, found)
    elif found.state == DisputeState.OPEN:
        for part in parts_of(attempt.payment):
            freeze_part(part, name)
    else:
        _end(attempt.payment, name, found)


def _end(payment: AbstractPayment, name: str, found: Dispute) -> None:
    """A purchase's dispute is decided."""
    if found.state == DisputeState.LOST:
        _bear(payment, name, found.amount)
    for part in parts_of(payment):
        if unfreeze_part(part, name):
            release_soon(part)


def _take(attempt: AbstractPaymentAttempt, name: str, found: Dispute) -> None:
    """The bank has the money; when the dispute was won, it gave it back."""
    disputed, clearing = get_or_open_all(
        [
            AccountSpec(kind=AccountKind.DISPUTED, currency=found.currency),
            AccountSpec(kind=AccountKind.CLEARING, currency=found.currency, name=attempt.gateway),
        ]
    )
    _book(attempt.payment, name, "taken", [(disputed, clearing, found.amount)])
    if found.state == DisputeState.WON:
        _book(attempt.payment, name, "returned", [(clearing, disputed, found.amount)])


def _bear(payment: AbstractPayment, name: str, amount: int) -> None:
    """Let those who bear it bear a lost ``amount``: each part in a transaction of its own, then the platform
    the rest. Told again it goes on where it stopped; once the platform has borne the rest, that is the end of
    it, whatever becomes of refunds. Locks the payment, and as ``charge_back``."""
    parts = parts_of(payment)
    if payments_settings.CHARGEBACK_LOSS == "payee":
        shares = split(min(amount, payment.amount), [part.amount for part in parts])
        for part, share in zip(parts, shares, strict=True):
            with transaction.atomic():
                _lock(payment)
                if share and not _is_borne(name):
                    charge_back(part=part, amount=share, reference=_cause(name, part.position))
    causes = [_cause(name, part.position) for part in parts]
    rows = get_refund_model()._default_manager.filter(part__payment=payment, reference__in=causes)
    loss, disputed = get_or_open_all(
        [
            AccountSpec(kind=AccountKind.LOSS, currency=payment.currency),
            AccountSpec(kind=AccountKind.DISPUTED, currency=payment.currency),
        ]
    )
    with transaction.atomic():
        _lock(payment)
        if not _is_borne(name):
            rest = amount - sum(rows.values_list("amount", flat=True))
            _book(payment, name, "lost", [(loss, disputed, rest)])


def _lock(payment: AbstractPayment) -> None:
    get_payment_model()._default_manager.select_for_update().get(pk=payment.pk)


def _is_borne(name: str) -> bool:
    """Whether the last step of a loss is booked. Exact while the payment is locked."""
    return get_transfer_model()._default_manager.filter(key=_key(name, "lost")).exists()


def _follow_top_up(payment: AbstractPayment, name: str, found: Dispute) -> None:
    """Hold, free or take what of the payer's wallet is disputed. Locks the payment, balances, the hold."""
    specs = [
        AccountSpec(kind=AccountKind.WALLET, currency=payment.currency, owner=payment.payer),
        AccountSpec(kind=AccountKind.RECEIVABLE, currency=payment.currency, owner=payment.payer),
        AccountSpec(kind=AccountKind.DISPUTED, currency=payment.currency),
    ]
    with transaction.atomic():
        _lock(payment)
        wallet, receivable, disputed = accounts = get_or_open_all(specs)
        lock_balances({account.pk: Delta() for account in accounts})
        held = get_hold_model()._default_manager.filter(key=_key(name, "hold")).first()
        over = get_transfer_model()._default_manager.filter(
            key__in=[_key(name, "returned"), _key(name, "lost")]
        )
        if found.state == DisputeState.OPEN:
            amount = min(found.amount, _available(wallet))
            if amount and not held and not over.exists():
                key = _key(name, "hold")
                hold(debit=wallet, credit=disputed, amount=amount, code="dispute", key=key)
            return
        if held and held.state == HoldState.PENDING:
            void_hold(hold=held)
        if found.state == DisputeState.LOST and not over.exists():
            theirs = min(found.amount, _available(wallet))
            _book(
                payment,
                name,
                "lost",
                [(wallet, disputed, theirs), (receivable, disputed, found.amount - theirs)],
            )
            announce_wallet(wallet, -theirs, code="chargeback", payment=payment)


def _book(
    payment: AbstractPayment,
    name: str,
    step: str,
    moves: list[tuple[AbstractAccount, AbstractAccount, int]],
) -> None:
    legs = [
        Leg(debit=debit, credit=credit, amount=amount, code="chargeback", reference=str(payment.target))
        for debit, credit, amount in moves
        if amount
    ]
    if legs:
        transfer(legs=legs, key=_key(name, step))


def _available(account: AbstractAccount) -> int:
    return max(0, get_balance_model()._default_manager.get(account=account).available)


def _key(name: str, step: str) -> str:
    return f"dispute:{name}:{step}"[-100:]


def _cause(name: str, position: int) -> str:
    """What a refund by the bank is told apart by."""
    return f"dispute:{name}:{position}"[-160:]
