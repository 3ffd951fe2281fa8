"""Money out of wallets: to another user, or to a bank, on demand and by schedule."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from chowk_core.money import amount_text, decimals
from chowk_payments.abstract_models import (
    AbstractPayout,
    AbstractTransfer,
    AccountKind,
    PayoutOrigin,
    PayoutState,
)
from chowk_payments.balances import lock_balances
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import (
    BankDetailsMissing,
    BelowPayoutMinimum,
    CurrencyNotOffered,
    InsufficientFunds,
    KeyReused,
    NoSuchRecipient,
    PayoutInFlight,
    UnknownGateway,
    WrongPayoutState,
)
from chowk_payments.gateways.base import GatewayUnavailable, Outcome, PaysOut, Status
from chowk_payments.legs import Delta, Leg, validate_amount
from chowk_payments.models import (
    get_account_model,
    get_balance_model,
    get_bank_details_model,
    get_connected_account_model,
    get_hold_model,
    get_payout_model,
    get_transfer_model,
)
from chowk_payments.services.accounts import AccountSpec, get_or_open_all, wallet_of
from chowk_payments.services.announcing import announce_payout, announce_wallets
from chowk_payments.services.batches import each, each_due
from chowk_payments.services.charging import gateway_called
from chowk_payments.services.debts import settle_debt
from chowk_payments.services.holds import hold, post_hold, void_hold
from chowk_payments.services.transfers import find, transfer


def send_money(
    *, sender: Any, recipient: Any, amount: int, currency: str, note: str = "", key: str = ""
) -> AbstractTransfer:
    """Move ``amount`` minor units from one user's wallet to another's. ``key`` makes it happen once.

    What the sender owes the platform is paid first. The recipient's wallet is opened only for money that
    comes. Locks balances, streams. Raises InvalidLedgerAmount, UnknownCurrency, CurrencyNotOffered (of one
    in which the sender has no wallet either), NoSuchRecipient, InsufficientFunds, KeyReused.
    """
    validate_amount(amount)
    if recipient is None or recipient.pk == sender.pk or not recipient.is_active:
        raise NoSuchRecipient
    _check_currency(sender, currency)
    entry = f"sent:{sender.pk}:{hashlib.sha256(key.encode()).hexdigest()[:40]}" if key else ""
    wallets = [
        AccountSpec(kind=AccountKind.WALLET, currency=currency, owner=one) for one in (sender, recipient)
    ]
    if not get_transfer_model()._default_manager.filter(key=entry).exists():
        settle_debt(owner=sender, currency=currency)
    with transaction.atomic():
        source, destination = get_or_open_all(wallets)
        leg = Leg(debit=source, credit=destination, amount=amount, code="transfer", reference=note[:160])
        if entry:  # of those who ask at once with one key the first moves it, and tells of it
            lock_balances({source.pk: Delta(), destination.pk: Delta()})
            if before := find([leg], entry):
                return before[0]
        [row] = transfer(legs=[leg], key=entry)
        announce_wallets([(source, -amount), (destination, amount)], code="transfer")
    return row


def request_payout(
    *,
    user: Any,
    currency: str,
    amount: int | None = None,
    origin: PayoutOrigin = PayoutOrigin.WITHDRAWAL,
    key: str = "",
) -> AbstractPayout:
    """Set ``amount`` minor units (all that is available, by default) of the user's wallet aside for their
    bank.

    What they owe the platform is paid first. With PAYOUT_GATEWAY the gateway is asked after the commit, else
    staff pay and confirm it. ``key`` makes it happen once. Locks balances, streams. Raises
    BankDetailsMissing, BelowPayoutMinimum, InvalidLedgerAmount, InsufficientFunds, KeyReused,
    UnknownCurrency, CurrencyNotOffered (of one in which the user has no wallet either), UnknownGateway.
    """
    if before := _keyed(user, key, amount, currency):
        return before
    _check_currency(user, currency)
    gateway = payments_settings.PAYOUT_GATEWAY
    destination = _destination(user, gateway)
    settle_debt(owner=user, currency=currency)
    wallet = wallet_of(user, currency)
    if amount is None:
        amount = get_balance_model()._default_manager.get(account=wallet).available
    least = least_payout(currency)
    if amount < least:
        raise BelowPayoutMinimum(minimum=amount_text(least, currency), currency=currency)
    validate_amount(amount)
    try:
        with transaction.atomic():
            row = get_payout_model()._default_manager.create(
                user=user,
                amount=amount,
                currency=currency,
                origin=origin,
                state=PayoutState.PROCESSING if gateway else PayoutState.HELD,
                destination=destination,
                gateway=gateway,
                key=key,
            )
            _set_aside(row)
            announce_payout(row)
            announce_wallets([(wallet, -amount)], code="payout")
            if gateway:
                transaction.on_commit(partial(perform_payout, row), robust=True)
    except IntegrityError:
        if before := _keyed(user, key, amount, currency):
            return before
        raise
    return row


def least_payout(currency: str) -> int:
    """PAYOUT_MINIMUM in minor units, and never nothing."""
    return max(1, int(payments_settings.PAYOUT_MINIMUM.scaleb(decimals(currency))))


def confirm_payout(*, payout: AbstractPayout) -> AbstractPayout:
    """Staff say: the bank has the money. Repeating it is safe. Locks the payout, its hold, balances, streams.

    Raises WrongPayoutState for one that was returned, PayoutInFlight for one that a gateway was asked for:
    how that ended is for the gateway to say.
    """
    return _resolve(payout, PayoutState.PAID, "", "", by_hand=True)


def return_payout(*, payout: AbstractPayout, code: str = "returned") -> AbstractPayout:
    """Staff say: the bank did not take the money. It is in the wallet again. Otherwise as
    ``confirm_payout``."""
    return _resolve(payout, PayoutState.RETURNED, "", code, by_hand=True)


def perform_payout(payout: AbstractPayout) -> AbstractPayout:
    """Ask the gateway to pay out, and record what it says; nothing, for one that is resolved. Not to be
    called in a transaction."""
    gateway = gateway_called(payout.gateway)
    if not isinstance(gateway, PaysOut):
        raise UnknownGateway(gateway=payout.gateway)
    mine = get_payout_model()._default_manager.filter(pk=payout.pk, state=PayoutState.PROCESSING)
    if not mine.update(tried_at=timezone.now()):
        payout.refresh_from_db()
        return payout
    try:
        outcome = gateway.payout(
            key=str(payout.pk),
            amount=payout.amount,
            currency=payout.currency,
            destination=payout.destination,
        )
    except GatewayUnavailable:
        outcome = Outcome(status=Status.PROCESSING)
    if outcome.status == Status.SUCCEEDED:
        return _resolve(payout, PayoutState.PAID, outcome.reference, "")
    if outcome.status in {Status.DECLINED, Status.CANCELLED}:
        return _resolve(payout, PayoutState.RETURNED, outcome.reference, outcome.code or "declined")
    return payout


def resolve_payouts(*, now: datetime | None = None) -> int:
    """Ask the gateway again about payouts without an answer for UNCERTAIN_AFTER. Returns how many it
    resolved. Calls gateways: not to be called in a transaction. Raises as ``each_due``."""
    at = now or timezone.now()
    due = at - payments_settings.UNCERTAIN_AFTER
    rows = get_payout_model()._default_manager.filter(state=PayoutState.PROCESSING, created_at__lte=due)
    return each_due(rows, lambda row: perform_payout(row).state != PayoutState.PROCESSING, now=at)


def pay_out_by_schedule(*, now: datetime | None = None) -> int:
    """Pay out every wallet with PAYOUT_MINIMUM or more whose owner wants that, once every PAYOUT_EVERY. Each
    in a transaction of its own. Returns how many. Raises as ``each``."""
    every, now = payments_settings.PAYOUT_EVERY, now or timezone.now()
    if every <= timedelta(0):
        return 0
    period = int(now.timestamp() // every.total_seconds())
    wallets = get_balance_model()._default_manager.filter(
        account__kind=AccountKind.WALLET,
        account__owner__in=get_bank_details_model()._default_manager.filter(automatic=True).values("user"),
        credits_posted__gt=F("debits_posted") + F("debits_pending"),
    )

    def pay_out(balance: Any) -> bool:
        user, currency = balance.account.owner, balance.account.currency
        key = f"schedule:{currency}:{period}"
        if get_payout_model()._default_manager.filter(user=user, key=key).exists():
            return False
        try:
            request_payout(user=user, currency=currency, origin=PayoutOrigin.SCHEDULE, key=key)
        except (BelowPayoutMinimum, BankDetailsMissing, InsufficientFunds):
            return False
        return True

    return each(wallets.select_related("account", "account__owner").order_by("account"), pay_out)


def save_bank_details(*, user: Any, **fields: Any) -> Any:
    """Store or change where ``user`` is paid out to. Raises EncryptionMissing."""
    row, _made = get_bank_details_model()._default_manager.update_or_create(user=user, defaults=fields)
    return row


def _check_currency(user: Any, currency: str) -> None:
    """Raises UnknownCurrency, or CurrencyNotOffered unless the site offers it or ``user`` has a wallet in
    it."""
    decimals(currency)
    if currency in payments_settings.currencies():
        return
    accounts: Any = get_account_model()._default_manager
    if not accounts.wallets_of(user).filter(currency=currency).exists():
        raise CurrencyNotOffered(currency=currency)


def _keyed(user: Any, key: str, amount: int | None, currency: str) -> AbstractPayout | None:
    before = get_payout_model()._default_manager.filter(user=user, key=key).first() if key else None
    if before and (before.currency != currency or amount not in {None, before.amount}):
        raise KeyReused
    return before


def _destination(user: Any, gateway: str) -> str:
    """Where to: the user's account at the gateway, or at their bank."""
    if gateway:
        accounts = get_connected_account_model()._default_manager.filter(
            user=user, gateway=gateway, payouts_enabled=True
        )
        if account := accounts.first():
            return str(account.reference)
        raise BankDetailsMissing
    details = get_bank_details_model()._default_manager.filter(user=user).first()
    if details is None:
        raise BankDetailsMissing
    parts = (details.holder, details.account_number, details.routing_code, details.bank_name, details.country)
    return "\n".join(part for part in parts if part)


def _set_aside(row: AbstractPayout) -> None:
    wallet, outside = get_or_open_all(
        [
            AccountSpec(kind=AccountKind.WALLET, currency=row.currency, owner=row.user),
            AccountSpec(kind=AccountKind.CLEARING, currency=row.currency, name=row.gateway)
            if row.gateway
            else AccountSpec(kind=AccountKind.EXTERNAL, currency=row.currency, name="bank"),
        ]
    )
    hold(
        debit=wallet,
        credit=outside,
        amount=row.amount,
        code="payout",
        reference=f"payout:{row.pk}",
        key=f"payout:{row.pk}",
    )


def _resolve(
    payout: AbstractPayout, state: PayoutState, reference: str, code: str, *, by_hand: bool = False
) -> AbstractPayout:
    with transaction.atomic():
        row = get_payout_model()._default_manager.select_for_update(of=("self",)).get(pk=payout.pk)
        if row.state == state:
            return row
        if row.state not in {PayoutState.HELD, PayoutState.PROCESSING}:
            raise WrongPayoutState(state=row.get_state_display())
        if by_hand and row.state == PayoutState.PROCESSING and row.tried_at:
            raise PayoutInFlight
        held = get_hold_model()._default_manager.get(key=f"payout:{row.pk}")
        if state == PayoutState.PAID:
            post_hold(hold=held)
        else:
            void_hold(hold=held)
        row.state, row.failure_code, row.resolved_at = state, code[:64], timezone.now()
        row.gateway_reference = reference or row.gateway_reference
        row.save(update_fields=["state", "failure_code", "resolved_at", "gateway_reference"])
        announce_payout(row)
        if state == PayoutState.RETURNED:
            wallet = wallet_of(row.user, row.currency)
            announce_wallets([(wallet, row.amount)], code="payout")
    return row
