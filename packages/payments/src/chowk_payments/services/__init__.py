"""Writes. Each is one transaction, unless it says that it calls a gateway.

The order of locks, everywhere in this package: payments, attempts, parts, refunds and holds (each by key),
newly opened accounts (``get_or_open_all``), balances (by account key), event streams (by name). No lock is
held across a gateway call.
"""

from chowk_payments.legs import Leg
from chowk_payments.services.accounts import get_or_open, open_account, wallet_of
from chowk_payments.services.checkout import cancel_payment, confirm_payment, pay, retry, top_up
from chowk_payments.services.connected import (
    onboarding_link,
    open_connected_account,
    refresh_connected_account,
)
from chowk_payments.services.discounts import (
    create_discount,
    hold_discount,
    quote_discount,
    redeem_discount,
    release_discount,
    release_reservations,
    switch_discount,
)
from chowk_payments.services.escrow import (
    freeze_escrow,
    release_due_parts,
    release_escrow,
    release_later,
    unfreeze_escrow,
)
from chowk_payments.services.holds import expire_holds, hold, post_hold, void_hold
from chowk_payments.services.invoices import issue_credit_note, issue_invoice, send_invoice
from chowk_payments.services.payouts import (
    confirm_payout,
    pay_out_by_schedule,
    request_payout,
    resolve_payouts,
    return_payout,
    save_bank_details,
    send_money,
)
from chowk_payments.services.receipts import confirm_receipt
from chowk_payments.services.refunds import (
    approve_refund,
    complete_refund,
    refund_escrow,
    refund_into_wallet,
    refund_part,
    refund_payment,
    refuse_refund,
    request_refund,
)
from chowk_payments.services.shares import fee_of
from chowk_payments.services.transfers import reverse, transfer
from chowk_payments.services.uncertain import resolve_uncertain_payments
from chowk_payments.services.webhooks import (
    forget_webhooks,
    process_webhooks,
    receive_webhook,
    replay_webhooks,
)

__all__ = [
    "Leg",
    "approve_refund",
    "cancel_payment",
    "complete_refund",
    "confirm_payment",
    "confirm_payout",
    "confirm_receipt",
    "create_discount",
    "expire_holds",
    "fee_of",
    "forget_webhooks",
    "freeze_escrow",
    "get_or_open",
    "hold",
    "hold_discount",
    "issue_credit_note",
    "issue_invoice",
    "onboarding_link",
    "open_account",
    "open_connected_account",
    "pay",
    "pay_out_by_schedule",
    "post_hold",
    "process_webhooks",
    "quote_discount",
    "receive_webhook",
    "redeem_discount",
    "refresh_connected_account",
    "refund_escrow",
    "refund_into_wallet",
    "refund_part",
    "refund_payment",
    "refuse_refund",
    "release_discount",
    "release_due_parts",
    "release_escrow",
    "release_later",
    "release_reservations",
    "replay_webhooks",
    "request_payout",
    "request_refund",
    "resolve_payouts",
    "resolve_uncertain_payments",
    "retry",
    "return_payout",
    "reverse",
    "save_bank_details",
    "send_invoice",
    "send_money",
    "switch_discount",
    "top_up",
    "transfer",
    "unfreeze_escrow",
    "void_hold",
    "wallet_of",
]
