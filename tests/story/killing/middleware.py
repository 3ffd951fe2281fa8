"""Which step of the story a request is."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from story.killing.switch import current_step


class StepMiddleware:
    """Takes the step's name from the ``X-Story-Step`` header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request under its step's name."""
        token = current_step.set(request.headers.get("X-Story-Step", ""))
        try:
            return self.get_response(request)
        finally:
            current_step.reset(token)
