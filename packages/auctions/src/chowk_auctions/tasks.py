"""Celery tasks: thin wrappers over services. Needs the extra ``chowk-auctions[celery]``.

Not needed where ``chowk_core.tasks.tick`` or ``manage.py chowk_tick`` runs: CHOWK_AUCTIONS["PERIODIC"]
declares the same work.
"""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from chowk_auctions import services

try:
    from celery import shared_task
except ImportError as error:
    raise ImproperlyConfigured(
        "Celery is not installed: pip install 'chowk-auctions[celery]', or run manage.py chowk_tick instead."
    ) from error


@shared_task(name="chowk_auctions.open_due_auctions", ignore_result=True)
def open_due_auctions() -> None:
    """Open auctions whose start has come."""
    services.open_due_auctions()


@shared_task(name="chowk_auctions.close_due_auctions", ignore_result=True)
def close_due_auctions() -> None:
    """Close auctions whose end has come."""
    services.close_due_auctions()


@shared_task(name="chowk_auctions.default_overdue_settlements", ignore_result=True)
def default_overdue_settlements() -> None:
    """Default settlements whose deadline has passed."""
    services.default_overdue_settlements()


@shared_task(name="chowk_auctions.pursue_buyers", ignore_result=True)
def pursue_buyers() -> None:
    """Offer what nobody paid for to the next bidders."""
    services.pursue_buyers()


@shared_task(name="chowk_auctions.remind_buyers", ignore_result=True)
def remind_buyers() -> None:
    """Remind buyers who have not paid."""
    services.remind_buyers()


@shared_task(name="chowk_auctions.tell_ending_soon", ignore_result=True)
def tell_ending_soon() -> None:
    """Tell of auctions that end soon."""
    services.tell_ending_soon()


@shared_task(name="chowk_auctions.relist_due_auctions", ignore_result=True)
def relist_due_auctions() -> None:
    """Run unsold auctions again that have relistings left."""
    services.relist_due_auctions()
