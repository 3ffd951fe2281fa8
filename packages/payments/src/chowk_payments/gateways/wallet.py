"""The site's own wallets with a gateway's face: money that is reserved now and taken later, or in part.

Buying from the wallet needs none of this: there, wallet and escrow change in the payment's own transaction.
Here a hold reserves it, against the clearing account "wallet". Books and ledger change in one transaction.
Either way what the wallet's owner owes the platform is paid first.
"""

from __future__ import annotations

from django.db import transaction

from chowk_payments.abstract_models import AbstractGatewayRecord, AbstractHold, AccountKind
from chowk_payments.exceptions import InsufficientFunds, InvalidAnswer
from chowk_payments.gateways.base import Intent, Outcome, Status, Wallet
from chowk_payments.gateways.books import BookGateway
from chowk_payments.legs import Leg
from chowk_payments.models import get_hold_model
from chowk_payments.services.accounts import get_or_open, wallet_of
from chowk_payments.services.debts import settle_debt
from chowk_payments.services.holds import hold, post_hold, void_hold
from chowk_payments.services.transfers import transfer


class WalletGateway(BookGateway):
    """See the module. ``Gateway`` says what the methods mean."""

    name = "wallet"
    sources = (Wallet,)

    def authorise(self, *, intent: Intent, source: Wallet, capture: bool = True) -> Outcome:
        with transaction.atomic(durable=True):
            if not self.find(intent.key):
                self._reserve(intent, source, capture)
        return self.look_up(intent=intent)

    def confirm(self, *, intent: Intent, answer: str = "") -> Outcome:
        if answer:
            raise InvalidAnswer(answer=answer)
        return self.look_up(intent=intent)

    def taken(self, record: AbstractGatewayRecord) -> None:
        post_hold(hold=self._hold(record), amount=record.amount)

    def given_up(self, record: AbstractGatewayRecord) -> None:
        void_hold(hold=self._hold(record))

    def given_back(self, charge: AbstractGatewayRecord, refund: AbstractGatewayRecord) -> None:
        held = self._hold(charge)
        leg = Leg(debit=held.credit_account, credit=held.debit_account, amount=refund.amount, code="refund")
        transfer(legs=[leg], key=f"wallet:{refund.reference}")

    def _reserve(self, intent: Intent, source: Wallet, capture: bool) -> None:
        """Record and hold, in the caller's transaction. Of two with one key the second gets an error from the
        unique key, and nothing is held for it."""
        record = self.model()._default_manager.create(
            gateway=self.name,
            key=intent.key,
            reference=self.new_reference("ch"),
            kind="charge",
            amount=intent.amount,
            currency=intent.currency,
            status=Status.SUCCEEDED if capture else Status.AUTHORISED,
            captures=capture,
        )
        clearing = get_or_open(kind=AccountKind.CLEARING, currency=intent.currency, name=self.name)
        settle_debt(owner=source.owner, currency=intent.currency, beside=[clearing])
        try:
            with transaction.atomic():
                held = hold(
                    debit=wallet_of(source.owner, intent.currency),
                    credit=clearing,
                    amount=intent.amount,
                    code="payment",
                    key=f"wallet:{record.reference}",
                )
        except InsufficientFunds as problem:
            record.status, record.code = Status.DECLINED, problem.code
            record.save(update_fields=["status", "code"])
            return
        if capture:
            post_hold(hold=held)

    def _hold(self, record: AbstractGatewayRecord) -> AbstractHold:
        return get_hold_model()._default_manager.get(key=f"wallet:{record.reference}")
