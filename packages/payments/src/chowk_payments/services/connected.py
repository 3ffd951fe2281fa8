"""Sellers' own accounts at a gateway."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from chowk_payments.abstract_models import AbstractConnectedAccount
from chowk_payments.exceptions import NoConnectedAccounts, NotConnected
from chowk_payments.gateways.base import Onboards, SellerAccount
from chowk_payments.models import get_connected_account_model
from chowk_payments.services.charging import gateway_called


def open_connected_account(*, user: Any, gateway: str, country: str) -> AbstractConnectedAccount:
    """An account for ``user`` at ``gateway``; the one that is there, if it is. Repeating it is safe.

    Calls the gateway: not to be called in a transaction. Raises UnknownGateway, NoConnectedAccounts,
    AccountRefused, GatewayUnavailable.
    """
    called = _onboarding(gateway)
    accounts = get_connected_account_model()._default_manager
    try:
        with transaction.atomic(durable=True):
            row, _new = accounts.get_or_create(user=user, gateway=gateway, defaults={"country": country})
    except IntegrityError:
        row = accounts.get(user=user, gateway=gateway)
    if row.reference:
        return row
    found = called.open_account(key=str(row.pk), email=str(user.email), country=row.country)
    accounts.filter(pk=row.pk, reference="").update(reference=found.reference)
    return _store(row, found)


def onboarding_link(*, user: Any, gateway: str, return_url: str, refresh_url: str) -> str:
    """Where ``user`` identifies himself to the gateway, once and soon. Calls the gateway. Raises
    NotConnected, UnknownGateway, NoConnectedAccounts, GatewayUnavailable."""
    called = _onboarding(gateway)
    row = get_connected_account_model()._default_manager.filter(user=user, gateway=gateway).first()
    if row is None or not row.reference:
        raise NotConnected
    return called.onboarding_url(reference=row.reference, return_url=return_url, refresh_url=refresh_url)


def refresh_connected_account(*, gateway: str, reference: str) -> AbstractConnectedAccount | None:
    """Ask the gateway how the account stands, and keep that. None for an account that is not ours."""
    accounts = get_connected_account_model()._default_manager
    row = accounts.filter(gateway=gateway, reference=reference).first()
    return row and _store(row, _onboarding(gateway).account(reference=reference))


def _onboarding(name: str) -> Onboards:
    called = gateway_called(name)
    if not isinstance(called, Onboards):
        raise NoConnectedAccounts
    return called


def _store(row: AbstractConnectedAccount, found: SellerAccount) -> AbstractConnectedAccount:
    row.refresh_from_db()
    row.details_submitted = found.details_submitted
    row.charges_enabled = found.charges_enabled
    row.payouts_enabled = found.payouts_enabled
    row.save(update_fields=["details_submitted", "charges_enabled", "payouts_enabled", "updated_at"])
    return row
