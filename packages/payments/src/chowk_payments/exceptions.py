"""Domain errors of the ledger and of payments. Codes are part of the public contract."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import Conflict, DomainError, NotFound


class Immutable(Conflict):
    """A ledger row that was to be changed or deleted."""

    code = "immutable"
    message = _("A %(model)s is never changed. Reverse it instead.")


class InvalidLedgerAmount(DomainError):
    """Not a whole number of minor units, not above zero, or more than the ledger takes."""

    code = "invalid_amount"
    message = _("Enter an amount above zero and not above %(limit)s minor units.")
    field = "amount"


class LedgerOverflow(DomainError):
    """A running total would leave its range."""

    code = "ledger_overflow"
    message = _("That is more than an account can hold.")
    field = "amount"


class CurrencyMismatch(DomainError):
    """The accounts of a leg are of different currencies."""

    code = "currency_mismatch"
    message = _("%(debit)s and %(credit)s do not mix: an account has one currency.")
    field = "currency"


class SameAccount(DomainError):
    """A leg from an account to itself."""

    code = "same_account"
    message = _("Money cannot move from an account to itself.")


class NoLegs(DomainError):
    """A transfer without legs."""

    code = "no_legs"
    message = _("A transfer needs at least one leg.")


class UnknownAccount(DomainError):
    """An account without a balance row."""

    code = "unknown_account"
    message = _("There is no such account in the ledger.")
    status = 404


class InvalidKey(DomainError):
    """Not usable as idempotency key."""

    code = "invalid_key"
    message = _("An idempotency key has 1 to 100 characters and does not begin with “hold:”.")


class KeyReused(Conflict):
    """The idempotency key was used before, for something else."""

    code = "idempotency_key_reused"
    message = _("This idempotency key was used before, with other parameters.")
    status = 422


class InsufficientFunds(Conflict):
    """An account has less available than is to be taken from it."""

    code = "insufficient_funds"
    message = _("There is not enough money in this account.")
    field = "amount"


class HoldResolved(Conflict):
    """The hold was resolved before, in another way."""

    code = "hold_resolved"
    message = _("This hold is resolved already: %(state)s.")


class HoldExpired(Conflict):
    """The hold's time is over."""

    code = "hold_expired"
    message = _("This hold has expired.")


class MoreThanHeld(DomainError):
    """More is to be posted than was held."""

    code = "more_than_held"
    message = _("Only %(limit)s minor units are held.")
    field = "amount"


class MoreThanTransferred(Conflict):
    """The reversals of a transfer would exceed it."""

    code = "more_than_transferred"
    message = _("Only %(limit)s minor units of this transfer are left to reverse.")
    field = "amount"


class NotPayable(DomainError):
    """Nothing here can be paid for."""

    code = "not_payable"
    message = _("This cannot be paid for.")
    field = "target"


class AlreadyPaid(Conflict):
    """A payment has taken the money for this target."""

    code = "already_paid"
    message = _("This is paid already.")


class PaymentInProgress(Conflict):
    """Another payment for the target may yet take the money."""

    code = "payment_in_progress"
    message = _("A payment for this is under way. Finish, retry or cancel it.")


class WrongPaymentState(Conflict):
    """The payment's state does not allow this."""

    code = "wrong_payment_state"
    message = _("That is not possible while the payment is: %(state)s.")


class NothingToRefund(Conflict):
    """Everything is refunded, or claimed by another refund."""

    code = "nothing_to_refund"
    message = _("Nothing is left to refund here.")


class SeveralParts(DomainError):
    """The target is that of a payment of which several parts are left: a refund is of one."""

    code = "several_parts"
    message = _("Several things were paid for together here. Ask for the money of one of them.")
    field = "target"


class MoreThanPaid(Conflict):
    """The refunds of a part would exceed it."""

    code = "more_than_paid"
    message = _("Only %(limit)s minor units are left to refund.")
    field = "amount"


class WrongRefundState(Conflict):
    """The refund's state does not allow this."""

    code = "wrong_refund_state"
    message = _("That is not possible while the refund is: %(state)s.")


class EncryptionMissing(DomainError):
    """Something is to be kept encrypted and the site has no key, or not the library."""

    code = "encryption_missing"
    message = _("This site cannot keep secrets yet: ENCRYPTION_KEYS is empty, or cryptography not installed.")
    status = 503


class DiscountInvalid(DomainError):
    """No such discount, or not one for this buyer."""

    code = "discount_unknown"
    message = _("There is no such discount.")
    field = "code"


class DiscountNotNow(DiscountInvalid):
    code = "discount_not_now"
    message = _("This discount is not valid now.")


class DiscountExhausted(DiscountInvalid):
    code = "discount_exhausted"
    message = _("This discount has been used up.")
    status = 409


class DiscountUsedByBuyer(DiscountInvalid):
    code = "discount_used"
    message = _("You have used this discount already.")
    status = 409


class DiscountNeedsUser(DiscountInvalid):
    code = "discount_needs_user"
    message = _("Sign in to use this discount.")


class DiscountFirstOrderOnly(DiscountInvalid):
    code = "discount_first_order_only"
    message = _("This discount is for a first order.")


class DiscountBelowMinimum(DiscountInvalid):
    code = "discount_below_minimum"
    message = _("This discount is for orders of at least %(minimum)s %(currency)s.")


class DiscountNotForThese(DiscountInvalid):
    code = "discount_not_for_these"
    message = _("This discount is not for what is in the cart.")


class DiscountOtherCurrency(DiscountInvalid):
    code = "discount_other_currency"
    message = _("This discount is for orders in %(currency)s.")


class BankDetailsMissing(DomainError):
    """Nobody knows where to pay out to."""

    code = "bank_details_missing"
    message = _("Enter your bank details first.")


class BelowPayoutMinimum(DomainError):
    """Less than PAYOUT_MINIMUM."""

    code = "below_payout_minimum"
    message = _("At least %(minimum)s %(currency)s are paid out at once.")
    field = "amount"


class WrongPayoutState(Conflict):
    """The payout's state does not allow this."""

    code = "wrong_payout_state"
    message = _("That is not possible while the payout is: %(state)s.")


class PayoutInFlight(Conflict):
    """The gateway was asked to pay it out, and has not said that it failed."""

    code = "payout_in_flight"
    message = _("This payout is at the gateway, and it has not said that it failed.")


class NoSuchRecipient(DomainError):
    """Nobody to send money to is called so, or it is the sender."""

    code = "no_such_recipient"
    message = _("There is nobody else of this name to send money to.")
    field = "recipient"


class InvoiceRendererMissing(DomainError):
    """The library that draws invoices is not installed."""

    code = "invoice_renderer_missing"
    message = _("This site cannot draw invoices: the extra chowk-payments[invoices] is not installed.")
    status = 503


class NoAddressToSendTo(DomainError):
    """The buyer of an invoice has no mail address."""

    code = "no_address"
    message = _("There is no mail address to send this to.")


class CardRequired(DomainError):
    """A card payment without a card."""

    code = "card_required"
    message = _("Enter a card.")
    field = "card"


class CardNotExpected(DomainError):
    """A card was given for a payment that takes none."""

    code = "card_not_expected"
    message = _("A payment by wallet takes no card.")
    field = "card"


class SourceNotTaken(DomainError):
    """The gateway does not take this kind of source: a real one takes a token, never a card's number."""

    code = "source_not_taken"
    message = _("Pay with a token of the payment provider's form. Card numbers are not taken here.")
    field = "card"


class MethodNotOffered(DomainError):
    """The site takes no payments by this method."""

    code = "method_not_offered"
    message = _("This way to pay is not offered here.")
    field = "method"


class PaymentOverdue(Conflict):
    """The charge's ``pay_by`` is over."""

    code = "payment_overdue"
    message = _("The time to pay for this is over.")


class NotAwaitingMoney(Conflict):
    """The payment does not wait for cash or a bank transfer."""

    code = "not_awaiting_money"
    message = _("This payment does not wait for money to be handed over.")


class NoSuchWebhook(NotFound):
    """No gateway of this name has a webhook here."""

    code = "no_such_webhook"


class InvalidWebhook(DomainError):
    """The gateway did not send this, or not now. Never says what was wrong with it."""

    code = "invalid_webhook"
    message = _("This is not a webhook of ours.")


class NoConnectedAccounts(DomainError):
    """Sellers have no accounts of their own at this gateway."""

    code = "no_connected_accounts"
    message = _("This payment provider has no accounts for sellers.")
    field = "gateway"


class AccountRefused(DomainError):
    """The gateway opens no account for this seller."""

    code = "account_refused"
    message = _("The payment provider opens no accounts in this country.")
    field = "country"


class NotConnected(Conflict):
    """The seller has no account at the gateway yet."""

    code = "not_connected"
    message = _("Open an account first.")


class InvalidCard(DomainError):
    """Not a card: number, expiry or security code is malformed. Never says what was entered."""

    code = "invalid_card"
    message = _("Check the card: %(problem)s")
    field = "card"


class InvalidAnswer(DomainError):
    """Not an answer the gateway knows."""

    code = "invalid_answer"
    message = _("%(answer)s is not an answer to this question.")
    field = "answer"


class UnknownGateway(DomainError):
    """No such gateway is configured."""

    code = "unknown_gateway"
    message = _("There is no payment gateway called %(gateway)s.")


class CurrencyNotOffered(DomainError):
    """The site does not take this currency."""

    code = "currency_not_offered"
    message = _("%(currency)s is not taken here.")
    field = "currency"


class TopUpTooLarge(DomainError):
    """More than TOP_UP_LIMIT at once."""

    code = "top_up_too_large"
    message = _("At most %(limit)s %(currency)s can be added at once.")
    field = "amount"
