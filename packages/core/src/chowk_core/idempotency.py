"""Idempotency keys: an unsafe request that is sent twice has its effect once and gets the same answer.

The protocol of one request (``chowk_core.api.idempotency`` speaks it for DRF views):

1. ``begin`` commits a row that says "running", with a lease, before any work; or answers what is stored.
2. The work and ``complete``, which stores the answer, are one transaction. A process killed before its commit
   leaves the row running; once the lease is over a retry takes over. ``complete`` fails if that has happened.
3. Work that raised has changed nothing: ``release`` frees the key, and a retry runs afresh.

Follows the IETF draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header):
409 while the first request runs, 422 where the key comes with another request.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chowk_core.conf import core_settings
from chowk_core.exceptions import DomainError
from chowk_core.models import IdempotencyKey

VALID_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class InvalidKey(DomainError):
    """The header is empty, longer than 255 characters, or not printable ASCII without spaces."""

    code = "idempotency_key_invalid"
    message = _("An Idempotency-Key is 1 to 255 printable ASCII characters without spaces.")


class KeyRequired(DomainError):
    """This endpoint does nothing without a key."""

    code = "idempotency_key_required"
    message = _("Send an Idempotency-Key header with this request.")


class KeyReused(DomainError):
    """The key has been used for another request."""

    code = "idempotency_key_reused"
    message = _("This Idempotency-Key was used for a different request. Use a new key.")
    status = 422


class KeyInProgress(DomainError):
    """A request with this key is still running. ``retry_after`` says when to ask again, in seconds."""

    code = "idempotency_key_in_progress"
    message = _("A request with this Idempotency-Key is still running. Try again soon.")
    status = 409
    retry_after: int = 1


@dataclass(frozen=True)
class KeyedRequest:
    """What a key stands for. ``fingerprint`` is a keyed hash over whatever makes the request this one."""

    scope: str
    key: str
    method: str
    path: str
    fingerprint: str


@dataclass(frozen=True)
class Answer:
    """A stored answer. ``headers`` has its Content-Type."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Hold:
    """The right to do the work of a key, until the lease is over."""

    pk: int
    owner: str


def begin(request: KeyedRequest, *, now: datetime | None = None) -> Hold | Answer:
    """Take the key for this request, or answer what an earlier one with it got. Commits by itself.

    Inside an outer transaction (ATOMIC_REQUESTS) it commits with that: a concurrent request then waits for
    the first to end instead of getting KeyInProgress. ``now`` decides about leases (None: the clock, read
    after the lock). Locks the key's row. Raises InvalidKey, KeyReused, KeyInProgress.
    """
    if not VALID_KEY.fullmatch(request.key):
        raise InvalidKey
    owner = secrets.token_hex(16)
    with transaction.atomic():
        while True:  # until the row is there: between the two statements its holder may release it
            _insert(request, owner, now or timezone.now())
            rows = IdempotencyKey.objects.select_for_update().filter(scope=request.scope, key=request.key)
            if row := rows.first():
                return _decide(row, request, owner, now or timezone.now())


def _insert(request: KeyedRequest, owner: str, now: datetime) -> None:
    """Insert the row unless it exists; waits for a transaction that is just inserting it."""
    row = IdempotencyKey(
        scope=request.scope,
        key=request.key,
        method=request.method,
        path=request.path,
        fingerprint=request.fingerprint,
        owner=owner,
        lease_until=now + core_settings.IDEMPOTENCY_LEASE,
        created_at=now,
    )
    IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)


def _decide(row: IdempotencyKey, request: KeyedRequest, owner: str, now: datetime) -> Hold | Answer:
    """Whose turn it is, given the locked row."""
    if row.owner == owner:
        return Hold(pk=row.pk, owner=owner)
    if row.fingerprint != request.fingerprint:
        raise KeyReused
    if row.state == IdempotencyKey.State.DONE:
        return Answer(status=row.status or 0, headers=row.headers, body=bytes(row.body))
    if row.lease_until > now:
        error = KeyInProgress()
        error.retry_after = max(1, min(ceil((row.lease_until - now).total_seconds()), 5))
        raise error
    row.owner, row.lease_until = owner, now + core_settings.IDEMPOTENCY_LEASE
    row.save(update_fields=["owner", "lease_until"])
    return Hold(pk=row.pk, owner=owner)


def complete(hold: Hold, answer: Answer) -> None:
    """Store the answer. Call it in the transaction of the effect, as its last statement.

    Raises KeyInProgress if the lease was over and another request has taken over: then roll back.
    """
    stored = IdempotencyKey.objects.filter(pk=hold.pk, owner=hold.owner).update(
        state=IdempotencyKey.State.DONE, status=answer.status, headers=answer.headers, body=answer.body
    )
    if not stored:
        raise KeyInProgress


def release(hold: Hold) -> None:
    """Free the key after work that changed nothing, unless another request has taken over."""
    IdempotencyKey.objects.filter(pk=hold.pk, owner=hold.owner).delete()


def forget_expired(*, now: datetime | None = None) -> int:
    """Remove keys older than IDEMPOTENCY_LIFETIME that nobody works on. Answers how many."""
    now = now or timezone.now()
    old = IdempotencyKey.objects.filter(
        created_at__lt=now - core_settings.IDEMPOTENCY_LIFETIME, lease_until__lt=now
    )
    return old.delete()[0]
