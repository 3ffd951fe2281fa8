"""For sites that use drf-standardized-errors:

REST_FRAMEWORK = {"EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler"}
DRF_STANDARDIZED_ERRORS = {"EXCEPTION_HANDLER_CLASS": "chowk_core.api.standardized.ExceptionHandler"}
"""

from __future__ import annotations

from drf_standardized_errors.handler import ExceptionHandler as StandardizedHandler

from chowk_core.api.errors import as_api_exception


class ExceptionHandler(StandardizedHandler):
    """Knows domain errors, in the site's own views too (ours turn them into DRF's by themselves)."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        return as_api_exception(exc)
