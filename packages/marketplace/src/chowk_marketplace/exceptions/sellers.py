"""Refusals about seller profiles and stores."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import Conflict, DomainError, NotAllowed


class ProfileExists(Conflict):
    """A user has one seller profile."""

    code = "profile_exists"
    message = _("You already have a seller profile.")


class StaffOnly(NotAllowed):
    """Only who works for the site may do this."""

    code = "staff_only"
    message = _("Only staff may do this.")


class InvalidStatus(DomainError):
    """No verification status."""

    code = "invalid_status"
    field = "status"
    message = _("Choose one of %(known)s.")


class StoreSlugTaken(Conflict):
    """Another store has this slug."""

    code = "slug_taken"
    field = "slug"
    message = _("Another store is called “%(slug)s”.")


class NotYourStore(DomainError):
    """A listing stands in a store of its own seller."""

    code = "not_your_store"
    field = "store"
    message = _("Choose one of your own stores.")
