"""The contract between payments and a gateway. ``chowk_payments.testing.GatewayContract`` tests it.

Every call carries an ``Intent`` whose ``key`` is the gateway's idempotency key: repeating a call, with the
same key, after a crash or a timeout has no further effect and answers what is the case now. A gateway is
called outside any transaction, and no lock is held meanwhile.

``Gateway`` is what each can do. What only some can do has a Protocol of its own: ``PaysOut``, ``Settles``,
``Onboards``, ``Notifies``, ``TellsDisputes``, ``TellsRefunds``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import DomainError
from chowk_payments.gateways.sources import BankTransfer, Card, Cash, Redirect, Source, Token, Wallet

__all__ = [
    "BankTransfer",
    "Card",
    "Cash",
    "Dispute",
    "DisputeState",
    "EntryKind",
    "Gateway",
    "GatewayEntry",
    "GatewayUnavailable",
    "Intent",
    "InvalidNotice",
    "Notice",
    "Notifies",
    "Onboards",
    "Outcome",
    "PaysOut",
    "Redirect",
    "SellerAccount",
    "Settles",
    "Source",
    "Status",
    "TellsDisputes",
    "TellsRefunds",
    "Token",
    "Wallet",
]


class GatewayUnavailable(DomainError):
    """No answer came. Whether the call had its effect is not known: repeat it, or look the intent up.

    ``why`` is for logs, not for people."""

    code = "gateway_unavailable"
    message = _("The payment provider does not answer. Try again in a moment.")
    status = 503

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self.why = why

    def __str__(self) -> str:
        return self.why or self.detail


class InvalidNotice(Exception):
    """A webhook that the gateway did not send, or not now: its signature or its time is wrong."""


class Status(StrEnum):
    """What is the case at the gateway."""

    SUCCEEDED = "succeeded"
    """The money is taken (of a charge), given back (of a refund) or sent (of a payout)."""
    AUTHORISED = "authorised"
    """The money is reserved and waits for ``capture``."""
    REQUIRES_ACTION = "requires_action"
    """Somebody must do something first: 3-D Secure, a redirect, a bank transfer."""
    PROCESSING = "processing"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    """The gateway has never heard of this key."""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What is to be charged. ``amount`` is in minor units. ``reference`` is the gateway's own id, once
    known; ``created_at`` says since when it may have been asked."""

    key: str
    amount: int
    currency: str
    description: str = ""
    reference: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The gateway's answer. ``code`` and ``message`` say why something was declined.

    ``action`` is what must be done, for a page: ``type`` and what belongs to it. ``three_d_secure`` with
    ``answers``: ask, and ``confirm`` with one of them. ``redirect`` with ``url``: send the payer there, then
    ``confirm`` without an answer. ``await_money`` with ``by``: nothing, until somebody ``settle``s it.
    """

    status: Status
    reference: str = ""
    code: str = ""
    message: str = ""
    action: Mapping[str, Any] = field(default_factory=dict)
    brand: str = ""
    last_four: str = ""


class EntryKind(StrEnum):
    """What a line of a gateway's list is about: a payout goes to a seller's bank, a transfer to their account
    at the gateway."""

    CHARGE = "charge"
    REFUND = "refund"
    PAYOUT = "payout"
    TRANSFER = "transfer"


@dataclass(frozen=True, kw_only=True)
class GatewayEntry:
    """A line of the gateway's own list. ``amount`` is in minor units and positive, ``key`` the idempotency
    key that the call carried, "" where the gateway does not know it."""

    kind: EntryKind
    reference: str
    key: str
    amount: int
    currency: str
    status: Status
    created_at: datetime


class Gateway(Protocol):
    """A party that moves money. Each method may raise GatewayUnavailable; refusals are outcomes, not
    errors. A method that gets a key, or an intent, twice acts once."""

    sources: tuple[type[Any], ...]
    """The kinds of ``Source`` that ``authorise`` takes."""

    def authorise(self, *, intent: Intent, source: Any, capture: bool = True) -> Outcome:
        """Reserve the money and, with ``capture``, take it."""

    def confirm(self, *, intent: Intent, answer: str = "") -> Outcome:
        """Go on after the payer's action. ``answer`` is what a page collected, where the gateway asks for
        that; empty only looks. Raises InvalidAnswer for an answer it does not know."""

    def capture(self, *, intent: Intent, amount: int | None = None) -> Outcome:
        """Take what was authorised, or ``amount`` of it; the rest is given up."""

    def cancel(self, *, intent: Intent) -> Outcome:
        """Give up what has not been captured, and see to it that a late ``authorise`` with this key fails.

        Answers SUCCEEDED, having done nothing, where the money has been taken."""

    def refund(self, *, intent: Intent, key: str, amount: int) -> Outcome:
        """Give ``amount`` of a captured charge back. ``key`` is the refund's own idempotency key. More than
        is left of the charge is DECLINED."""

    def look_up(self, *, intent: Intent) -> Outcome:
        """What is the case."""

    def transactions(self, *, since: datetime, until: datetime) -> Iterator[GatewayEntry]:
        """The gateway's list of what was created from ``since`` up to but not including ``until``: charges
        that were captured, refunds, payouts and transfers. Where it takes a time until something is in the
        list, the gateway says how long in ``listed_after``."""


@runtime_checkable
class PaysOut(Protocol):
    """A gateway that sends money to sellers."""

    def payout(self, *, key: str, amount: int, currency: str, destination: str) -> Outcome:
        """Send ``amount`` minor units to ``destination``, the gateway's id of a seller's account."""


@runtime_checkable
class Settles(Protocol):
    """A gateway whose money a person must see: cash, bank transfers."""

    def settle(self, *, intent: Intent, received: bool = True) -> Outcome:
        """Somebody of the site says that the money came (SUCCEEDED), or that it will not (CANCELLED)."""


@dataclass(frozen=True, kw_only=True)
class SellerAccount:
    """A seller's own account at the gateway, and what it may do yet."""

    reference: str
    details_submitted: bool = False
    charges_enabled: bool = False
    payouts_enabled: bool = False


@runtime_checkable
class Onboards(Protocol):
    """A gateway where sellers have accounts of their own."""

    def open_account(self, *, key: str, email: str, country: str) -> SellerAccount:
        """A new account for a seller in ``country`` (ISO 3166-1). Raises AccountRefused where it opens
        none."""

    def account(self, *, reference: str) -> SellerAccount:
        """How the account stands."""

    def onboarding_url(self, *, reference: str, return_url: str, refresh_url: str) -> str:
        """Where the seller identifies himself, for a short time and once. ``refresh_url`` makes another."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a webhook says: about our intent or refund ``key``, the charge ``reference``, or the seller's
    ``account``, all "" for what concerns none. What is the case is then asked of the gateway. ``disputed``:
    the payer's bank takes a charge back, for this ``reason``; ``dispute`` is the gateway's id of that."""

    id: str
    type: str
    created_at: datetime
    key: str = ""
    reference: str = ""
    account: str = ""
    dispute: str = ""
    disputed: bool = False
    reason: str = ""


class DisputeState(StrEnum):
    """How a dispute with the payer's bank stands. Lost: the bank keeps the money."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """``amount``, in minor units of ``currency``, is what the bank wants. ``withdrawn``: it has, or had,
    taken it; a bank that only inquires has not."""

    state: DisputeState
    amount: int = 0
    currency: str = ""
    withdrawn: bool = False


@runtime_checkable
class TellsDisputes(Protocol):
    """A gateway that tells how much is disputed and how that ended."""

    def dispute(self, *, reference: str) -> Dispute:
        """How the dispute stands."""


@runtime_checkable
class TellsRefunds(Protocol):
    """A gateway whose refunds may fail after it said that they succeeded."""

    def refund_outcome(self, *, reference: str) -> Outcome:
        """How the refund ``reference`` stands."""


@runtime_checkable
class Notifies(Protocol):
    """A gateway that calls a webhook."""

    def notice(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        """Check signature and time of a call, both ways, and read it. ``headers`` have lower-case names.
        Raises InvalidNotice. Calls nobody, but for a certificate that it does not have yet; then also
        GatewayUnavailable."""
