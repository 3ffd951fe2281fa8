"""Errors in one shape: ``{"type": "client_error", "errors": [{"code": …, "detail": …, "attr": …}]}``.

The shape is that of drf-standardized-errors, which a site may use or not: our views turn domain errors into
DRF's exceptions themselves, whatever the site's EXCEPTION_HANDLER, and this module's ``exception_handler``
formats them without that library.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from django.http import Http404, UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from chowk_core.exceptions import DomainError

logger = logging.getLogger("chowk_core.api")


class DomainProblem(exceptions.APIException):
    """A DomainError as DRF knows errors: its status, its code, its field if it names one."""

    def __init__(self, error: DomainError) -> None:
        self.status_code = error.status
        self.wait = getattr(error, "retry_after", None)
        detail = exceptions.ErrorDetail(error.detail, error.code)
        super().__init__({error.field: [detail]} if error.field else detail, code=error.code)


class InvalidValue(exceptions.APIException):
    """The database could not hold a value that validation let through."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid_value"


class TooLarge(exceptions.APIException):
    """The request's body is larger than the site allows."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "request_too_large"


def as_api_exception(exc: Exception) -> Exception:  # noqa: PLR0911 - a table
    """``exc`` as an APIException where it is the client's error; anything else as it is.

    A 400 that names a field becomes DRF's ValidationError. What the database or the encoding refuses
    (numbers out of range, NUL bytes, lone surrogates) is logged as an error, for a validator should have
    caught it, and answered as 400 ``invalid_value``.
    """
    if isinstance(exc, DomainError):
        if exc.status == status.HTTP_400_BAD_REQUEST and exc.field:
            return exceptions.ValidationError({exc.field: [exceptions.ErrorDetail(exc.detail, exc.code)]})
        return DomainProblem(exc)
    if isinstance(exc, DjangoValidationError):
        return exceptions.ValidationError(_validation_detail(exc))
    if isinstance(exc, RequestDataTooBig):
        return TooLarge(_("The request is too large."))
    if isinstance(exc, (SuspiciousOperation, UnreadablePostError)):
        return exceptions.ParseError()
    if isinstance(exc, (DataError, UnicodeEncodeError, OverflowError)):
        logger.error("a value passed validation that cannot be stored", exc_info=exc)
        return InvalidValue(_("A value is out of range or has characters that cannot be stored."))
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    return exc


def _validation_detail(error: DjangoValidationError) -> dict[str, Any] | list[Any]:
    if not hasattr(error, "error_dict"):
        return _details(error)
    non_field = api_settings.NON_FIELD_ERRORS_KEY
    return {
        (non_field if name == NON_FIELD_ERRORS else name): [d for e in errors for d in _details(e)]
        for name, errors in error.error_dict.items()
    }


def _details(error: DjangoValidationError) -> list[exceptions.ErrorDetail]:
    return [
        exceptions.ErrorDetail(message, one.code or "invalid")
        for one in error.error_list
        for message in one.messages
    ]


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: one shape for every client error; None, hence Django's 500, for the rest."""
    exc = as_api_exception(exc)
    if not isinstance(exc, exceptions.APIException):
        return None
    headers = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    set_rollback()
    return Response(body(exc), status=exc.status_code, headers=headers)


def body(exc: exceptions.APIException) -> dict[str, Any]:
    """The error's body."""
    if isinstance(exc, exceptions.ValidationError):
        kind = "validation_error"
    else:
        kind = "client_error" if status.is_client_error(exc.status_code) else "server_error"
    return {"type": kind, "errors": _flatten(exc.detail)}


def _flatten(detail: Any) -> list[dict[str, str | None]]:
    """Nested details as one list; ``attr`` is the dotted path to the field ("lines.1.price")."""
    waiting: deque[tuple[Any, str | None]] = deque([(detail, None)])
    errors: list[dict[str, str | None]] = []
    while waiting:
        item, attr = waiting.popleft()
        if isinstance(item, exceptions.ErrorDetail):
            errors.append({"code": item.code, "detail": str(item), "attr": attr})
        elif isinstance(item, dict):
            waiting.extend((value, f"{attr}.{key}" if attr else str(key)) for key, value in item.items())
        else:
            for index, value in enumerate(item):
                inner = (
                    attr
                    if isinstance(value, exceptions.ErrorDetail)
                    else f"{attr}.{index}"
                    if attr
                    else str(index)
                )
                waiting.append((value, inner))
    return errors
