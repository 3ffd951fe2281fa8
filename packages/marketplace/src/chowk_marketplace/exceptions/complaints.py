"""Refusals about complaints and their evidence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import Conflict, DomainError, NotAllowed


class ComplaintOpen(Conflict):
    """The order has a complaint that is not closed."""

    code = "complaint_open"
    message = _("There is a complaint about this order already.")


class ComplaintClosed(Conflict):
    """Decided or withdrawn, full, or about an order on which nothing was paid."""

    code = "complaint_closed"
    message = _("This cannot be complained about now.")


class ComplaintTooLate(Conflict):
    """The order was completed longer ago than COMPLAINT_WINDOW."""

    code = "complaint_too_late"
    message = _("It is over too long ago: one could complain about this order until %(until)s.")


class InvalidKind(DomainError):
    """No kind of complaint."""

    code = "invalid_kind"
    field = "kind"
    message = _("Choose one of %(known)s.")


class InvalidResolution(DomainError):
    """No way to resolve a complaint."""

    code = "invalid_resolution"
    field = "resolution"
    message = _("Choose to refund all, to refund some, or to dismiss.")


class InvalidRefund(DomainError):
    """No amount where there must be one, or the reverse; or more than is left of the order's total."""

    code = "invalid_refund"
    field = "amount"
    message = _("At most %(most)s of this order can go back; name an amount for a partial refund only.")


class NothingToRefund(InvalidRefund):
    """All of the order's total has gone back, or is on its way."""

    code = "nothing_to_refund"
    field = "resolution"
    message = _("All of this order's money has gone back already; dismiss the complaint.")


class OwnComplaint(NotAllowed):
    """Staff do not decide about their own orders."""

    code = "own_complaint"
    message = _("Somebody else decides about your own order.")


class EvidenceTooLarge(DomainError):
    """Too many bytes."""

    code = "evidence_too_large"
    field = "file"
    message = _("Choose a file of at most %(megabytes)s MB.")


class UnsupportedEvidence(DomainError):
    """Of another type, whatever its name says, or damaged."""

    code = "unsupported_evidence"
    field = "file"
    message = _("Choose a file of one of these types: %(known)s.")
