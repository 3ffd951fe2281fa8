"""What an account cannot do, with stable codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import DomainError


class EmailTaken(DomainError):
    """Somebody has registered with this address."""

    code = "email_taken"
    message = _("There is an account with this email already. Sign in instead.")  # type: ignore[assignment]
    field = "email"
