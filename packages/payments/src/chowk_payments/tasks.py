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


@shared_task(name="chowk_payments.resolve_payouts", ignore_result=True)
def resolve_payouts() -> None:
    """Ask the gateway about payouts whose outcome is not known."""
    services.resolve_payouts()


@shared_task(name="chowk_payments.pay_out_by_schedule", ignore_result=True)
def pay_out_by_schedule() -> None:
    """Pay out the wallets of those who want that."""
    services.pay_out_by_schedule()


@shared_task(name="chowk_payments.release_due_parts", ignore_result=True)
def release_due_parts() -> None:
    """Release what is due out of escrow."""
    services.release_due_parts()


@shared_task(name="chowk_payments.release_reservations", ignore_result=True)
def release_reservations() -> None:
    """Free reserved discounts that nobody checked out with."""
    services.release_reservations()


@shared_task(name="chowk_payments.process_webhooks", ignore_result=True)
def process_webhooks() -> None:
    """Work on the webhooks that have come."""
    services.process_webhooks()


@shared_task(name="chowk_payments.forget_webhooks", ignore_result=True)
def forget_webhooks() -> None:
    """Delete old webhooks."""
    services.forget_webhooks()
