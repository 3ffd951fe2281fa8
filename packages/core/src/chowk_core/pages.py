"""What the packages' pages share: refusals become 404s and sentences, never tracebacks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.crypto import salted_hmac

from chowk_core import idempotency
from chowk_core.exceptions import DomainError, NotFound
from chowk_core.idempotency import Answer, KeyedRequest, KeyInProgress

View = Callable[..., HttpResponseBase]


def missing_is_404(view: View) -> View:
    """A page whose object is not there, or not for this viewer, is a 404."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            if isinstance(error, NotFound) or error.status == 404:
                raise Http404(error.detail) from error
            raise

    return wrapped


def post_only(back: str) -> Callable[[View], View]:
    """A page that only takes posts sends others to the page ``back`` of the same key (after a sign-in)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST":
                return redirect(back, pk=kwargs["pk"])
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


def once(view: View) -> View:
    """A form that is sent twice has its effect once: the second sending is led to where the first was.

    For forms with ``{% form_key %}`` of who has signed in; a post without it runs as it is. What is typed is
    part of the key, so that a form which was changed after going back is a new one. The view runs in a
    transaction: not for those that call gateways. An answer that is no redirect has done nothing.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or not request.POST.get("form_key") or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        try:
            turn = idempotency.begin(_keyed(request))
        except KeyInProgress as error:
            messages.info(request, error.detail)
            return redirect(request.get_full_path())
        if isinstance(turn, Answer):
            return redirect(turn.headers["Location"])
        try:
            with transaction.atomic():
                response = view(request, *args, **kwargs)
                if response.status_code == 302:
                    stored = {"Location": response.headers["Location"]}
                    idempotency.complete(turn, Answer(status=302, headers=stored, body=b""))
        except BaseException:
            idempotency.release(turn)
            raise
        if response.status_code != 302:
            idempotency.release(turn)
        return response

    return wrapped


def _keyed(request: HttpRequest) -> KeyedRequest:
    typed = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    files = sorted(
        (name, [(one.name, one.size) for one in several]) for name, several in request.FILES.lists()
    )
    digest = salted_hmac(
        "chowk_core.pages", repr((request.path, typed, files)), algorithm="sha256"
    ).hexdigest()
    who = sha256(f"page:{request.user.pk}".encode()).hexdigest()
    return KeyedRequest(scope=who, key=digest, method="POST", path=request.path, fingerprint=digest)


def site_currency() -> str:
    """In what the pages let people ask: django-money's DEFAULT_CURRENCY, or US dollars without one."""
    return getattr(settings, "DEFAULT_CURRENCY", None) or "USD"


def attempt(request: HttpRequest, done: str, service: Callable[..., Any], **asked: Any) -> Any:
    """Call ``service``; tell the visitor ``done``, or the refusal and return None. NotFound goes on."""
    try:
        result = service(**asked)
    except DomainError as error:
        if error.status == 404:
            raise
        messages.error(request, error.detail)
        return None
    if done:
        messages.success(request, done)
    return True if result is None else result
