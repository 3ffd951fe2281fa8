"""Refusals about returns."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import Conflict, DomainError


class ReturnClosed(Conflict):
    """Not sent yet, or delivered longer ago than RETURN_WINDOW."""

    code = "return_closed"
    message = _("This order cannot be returned now.")


class NothingToReturn(DomainError):
    """A return without lines, or with the same line twice."""

    code = "nothing_to_return"
    field = "lines"
    message = _("Name each thing that goes back once.")


class UnknownLine(DomainError):
    """The order has no such line."""

    code = "unknown_line"
    field = "lines"
    message = _("This order has no such line.")


class MoreThanBought(Conflict):
    """More units than were bought and are not in a return yet."""

    code = "more_than_bought"
    field = "lines"
    message = _("Of “%(title)s” at most %(left)s can be returned.")


class InvalidReason(DomainError):
    """No reason of a return."""

    code = "invalid_reason"
    field = "reason"
    message = _("Choose one of %(known)s.")
