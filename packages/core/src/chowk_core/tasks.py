"""Celery tasks: thin wrappers over services. Needs the extra ``chowk-core[celery]``.

A beat schedule that sends ``chowk_core.tick`` every second or so does what ``manage.py chowk_tick`` does.
One of the two should run: it also relays retries, and what was committed while the broker was away.
"""

from __future__ import annotations

from dataclasses import asdict
from time import monotonic

from django.core.exceptions import ImproperlyConfigured

from chowk_core.periodic import tick as run_due_work
from chowk_core.relay import Scope
from chowk_core.relay import relay as run_deliveries

try:
    from celery import shared_task  # type: ignore[import-untyped]
except ImportError as error:
    raise ImproperlyConfigured(
        "Celery is not installed: pip install 'chowk-core[celery]', or set CHOWK_CORE['RELAY'] to 'inline' "
        "or 'manual' and run manage.py chowk_tick instead."
    ) from error


@shared_task(name="chowk_core.relay", ignore_result=True)
def relay(stream: str = "", event_id: int | None = None) -> None:
    """Run the due deliveries of a stream, of an event, or all."""
    run_deliveries(scope=Scope(stream=stream, event_id=event_id))


@shared_task(name="chowk_core.tick", ignore_result=True)
def tick() -> None:
    """Run the periodic work that is due."""
    run_due_work()


BROKER_PAUSE = 30.0
"""Seconds for which a broker that did not answer is not asked again by this process."""

_paused_until = 0.0


def send(scope: Scope) -> None:
    """Ask a worker to relay ``scope``. Raises what the broker's client raises when it does not answer.

    The client takes seconds to give up (Celery's ``broker_transport_options`` shorten that), so for
    BROKER_PAUSE nobody is asked and deliveries wait for the next relay, rather than every request for a
    broker that is down.
    """
    global _paused_until  # noqa: PLW0603 - one broker a process
    if monotonic() < _paused_until:
        return
    try:
        relay.apply_async(kwargs=asdict(scope), retry=False)
    except Exception:
        _paused_until = monotonic() + BROKER_PAUSE
        raise
