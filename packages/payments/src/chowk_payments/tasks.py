"""Celery tasks: thin wrappers over services. Needs the extra ``chowk-payments[celery]``.

Not needed where ``chowk_core.tasks.tick`` or ``manage.py chowk_tick`` runs: CHOWK_PAYMENTS["PERIODIC"]
declares the same work.
"""

from __future__ import annotations

from celery import shared_task

from chowk_payments import services


@shared_task(name="chowk_payments.expire_holds", ignore_result=True)
def expire_holds() -> None:
    """Free the holds whose time is over."""
    services.expire_holds()


@shared_task(name="chowk_payments.resolve_uncertain_payments", ignore_result=True)
def resolve_uncertain_payments() -> None:
    """Ask the gateways about payments whose outcome is not known."""
    services.resolve_uncertain_payments()
