"""Domain errors with stable codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import Conflict, DomainError


class TitleTaken(Conflict):
    """The owner has an item of this title."""

    code = "title_taken"
    message = _("You have an item of this title already.")
    field = "title"


class TitleRequired(DomainError):
    """Nothing but white space."""

    code = "title_required"
    message = _("Enter a title.")
    field = "title"


class TooManyItems(Conflict):
    """The owner has as many items as the site allows."""

    code = "too_many_items"
    message = _("You may have %(most)s items.")
