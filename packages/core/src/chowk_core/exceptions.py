"""Domain errors: a stable code for machines, a sentence for people, a status for HTTP."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A request that the domain refuses. Nothing has been changed when it is raised.

    Subclasses set ``code`` (stable, part of the public contract), ``message`` (a sentence that says what
    to do, with ``%(name)s`` places for ``params``) and ``status`` (the HTTP status the API answers).
    ``field`` names the offending input, if there is one.
    """

    code: ClassVar[str] = "invalid"
    message: ClassVar[str | Promise] = _("This is not possible.")
    status: ClassVar[int] = 400
    field: str | None = None

    def __init__(self, message: str | None = None, *, field: str | None = None, **params: Any) -> None:
        self.params = params
        if field is not None:
            self.field = field
        text = str(self.message) if message is None else message
        self.detail = text % params if params else text
        super().__init__(self.detail)


class NotAllowed(DomainError):
    """The actor may see the object but not do this to it."""

    code = "not_allowed"
    message = _("You may not do this.")
    status = 403


class NotFound(DomainError):
    """No such object, or the viewer may not know that it exists."""

    code = "not_found"
    message = _("There is no such thing.")
    status = 404


class Conflict(DomainError):
    """The object's state does not allow this now."""

    code = "conflict"
    message = _("The state of this object does not allow that.")
    status = 409
