"""``Idempotency-Key`` for DRF views: mix ``Idempotent`` into a view or viewset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponse
from django.http.request import RawPostDataException
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac
from django.utils.datastructures import MultiValueDict
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from chowk_core import idempotency
from chowk_core.idempotency import Answer, Hold, KeyedRequest, KeyInProgress, KeyRequired

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
JSON = "application/json"

Method = Callable[..., HttpResponseBase]


class Idempotent:
    """Makes a view's unsafe methods honour the header ``Idempotency-Key``.

    The method runs inside ``transaction.atomic()``, in which its answer is stored, so both commit together or
    neither. What is stored is what the method *returns*, below 500. What it *raises* (a refusal, invalid
    input, a missing permission, a crash) has changed nothing, is not stored and frees the key: the same
    request may succeed once the reason is gone.

    With ``idempotency_atomic = False`` the method runs outside a transaction, for views that call a payment
    gateway: the answer is stored when it returns, and the service behind it must itself be keyed, since a
    process that dies in between runs it again when the lease is over.

    Authentication, permissions and throttles come first, for a replay too.
    """

    idempotency_atomic: ClassVar[bool] = True
    idempotency_required: ClassVar[bool] = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        name = (request.method or "").lower()
        method: Method | None = getattr(self, name, None)
        if request.method not in UNSAFE or method is None:
            return
        key = request.headers.get(HEADER)
        if key is not None:
            setattr(self, name, lambda *a, **kw: self._run_keyed(key, method, *a, **kw))
        elif self.idempotency_required:
            raise KeyRequired

    def _run_keyed(
        self, key: str, method: Method, request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        turn = idempotency.begin(keyed(request, key))
        if isinstance(turn, Answer):
            return _replay(turn)
        run = self._run_atomically if self.idempotency_atomic else self._run_plainly
        try:
            response = run(turn, lambda: method(request, *args, **kwargs))
        except Exception:
            idempotency.release(turn)
            raise
        if response.status_code >= 500:
            idempotency.release(turn)
        return response

    def _run_atomically(self, turn: Hold, method: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        with transaction.atomic():
            response = method()
            if response.status_code >= 500:
                transaction.set_rollback(True)
            else:
                idempotency.complete(turn, _answer(response))
        return response

    def _run_plainly(self, turn: Hold, method: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        response = method()
        if response.status_code < 500:
            try:
                idempotency.complete(turn, _answer(response))
            except KeyInProgress:
                return response  # slower than its lease: the retry that took over stores its own answer
        return response


def keyed(request: Request, key: str) -> KeyedRequest:
    """What ``key`` stands for: who, which method, path and query, and the body."""
    parts = (request.method or "", request.get_full_path(), _body_digest(request))
    # Keyed by SECRET_KEY: a bare hash of a short secret, such as a card number, could be guessed.
    digest = salted_hmac("chowk_core.idempotency", "\0".join(parts), algorithm="sha256")
    return KeyedRequest(
        scope=scope_of(request),
        key=key,
        method=request.method or "",
        path=request.path,
        fingerprint=digest.hexdigest(),
    )


def scope_of(request: Request) -> str:
    """Keys are per user; a visitor's are per address."""
    user = request.user
    if user is not None and user.is_authenticated:
        who = f"user:{user.pk}"
    else:
        who = f"address:{BaseThrottle().get_ident(request)}"
    return who if len(who) <= 120 else hashlib.sha256(who.encode()).hexdigest()


def _body_digest(request: Request) -> str:
    """Of the bytes as sent; of a form's fields and files, whose encoding has a boundary that changes."""
    content_type = (request.content_type or "").partition(";")[0]
    if content_type != "multipart/form-data":
        try:
            return hashlib.sha256(request._request.body).hexdigest()
        except RawPostDataException:
            pass  # something has parsed it already: digest what it found
    digest = hashlib.sha256()
    data: Any = request.data
    if isinstance(data, MultiValueDict):
        data = {name: values for name, values in data.lists() if name not in request.FILES}
    digest.update(json.dumps(data, sort_keys=True, default=str).encode())
    for name in sorted(request.FILES):
        for upload in request.FILES.getlist(name):
            digest.update(json.dumps([name, upload.name, upload.size]).encode())
            for chunk in upload.chunks():
                digest.update(chunk)
            upload.seek(0)
    return digest.hexdigest()


def _answer(response: HttpResponseBase) -> Answer:
    headers = {name: value for name, value in response.items() if name.lower() != "content-length"}
    if isinstance(response, Response):
        body = b"" if response.data is None else JSONRenderer().render(response.data)
        return Answer(status=response.status_code, headers={**headers, "Content-Type": JSON}, body=body)
    if not isinstance(response, HttpResponse):
        raise TypeError("a streaming answer cannot be stored for an Idempotency-Key")
    return Answer(status=response.status_code, headers=headers, body=response.content)


def _replay(answer: Answer) -> HttpResponseBase:
    headers = dict(answer.headers)
    content_type = headers.pop("Content-Type", JSON)
    headers[REPLAYED] = "true"
    if content_type == JSON:
        data = json.loads(answer.body) if answer.body else None
        return Response(data, status=answer.status, headers=headers)
    return HttpResponse(answer.body, status=answer.status, headers=headers, content_type=content_type)
