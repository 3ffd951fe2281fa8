"""PayPal's webhooks: signature and time checked, both ways, and what they are about.

Checked here rather than by asking PayPal, so that no secret is needed for it and it costs no call.
https://developer.paypal.com/api/rest/webhooks/rest/#verify-event-notifications
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive

from chowk_payments.conf import payments_settings
from chowk_payments.gateways.base import InvalidNotice, Notice
from chowk_payments.gateways.paypal_certificates import Certificates, certificates_of
from chowk_payments.secrets import MissingSecret

REVERSAL = "reversal-"
"""Begins our name for a dispute that is over before it is told: PayPal took a payment back."""


class PayPalNotices:
    """The part of the gateway that reads webhooks."""

    def __init__(self, *, webhook_id: str = "", url: str = "") -> None:
        self._webhook_id = webhook_id
        self._url = url

    @cached_property
    def certificates(self) -> Certificates:
        """Kept as long as the gateway: PayPal's certificates change every few months."""
        return certificates_of(self._url)

    def notice(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        ids = self._webhook_id or payments_settings.SECRETS(name="PAYPAL_WEBHOOK_ID")
        if not ids:
            raise MissingSecret("PAYPAL_WEBHOOK_ID")
        moment = _moment(headers.get("paypal-transmission-time", ""))
        if moment is None or abs(now - moment) > payments_settings.WEBHOOK_TOLERANCE:
            raise InvalidNotice("time")
        self._check(body, headers, [one.strip() for one in ids.split(",")], now)
        try:
            return _notice(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise InvalidNotice("not an event") from error

    def _check(self, body: bytes, headers: Mapping[str, str], ids: list[str], now: datetime) -> None:
        """One of our webhooks' ids is in what is signed. Raises InvalidNotice."""
        try:
            signature = base64.b64decode(headers.get("paypal-transmission-sig", ""), validate=True)
        except ValueError as error:
            raise InvalidNotice("signature") from error
        told = [headers.get(f"paypal-transmission-{name}", "") for name in ("id", "time")]
        problem: InvalidNotice | None = None
        for one in ids:
            message = "|".join([*told, one, str(zlib.crc32(body))]).encode()
            try:
                self.certificates.verify(
                    url=headers.get("paypal-cert-url", ""), signature=signature, message=message, now=now
                )
            except InvalidNotice as error:
                problem = error
            else:
                return
        raise problem or InvalidNotice("signature")


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return None if found is None or is_naive(found) else found


def _notice(event: Any) -> Notice:
    kind, row = event["event_type"], event["resource"]
    moment = _moment(event["create_time"])
    if not isinstance(event["id"], str) or moment is None:
        raise ValueError("no id, or no time")
    facts: dict[str, Any] = {"id": event["id"], "type": kind, "created_at": moment}
    if kind.startswith("CUSTOMER.DISPUTE."):
        about = row["disputed_transactions"][0]
        return Notice(
            **facts,
            key=_key(about.get("custom")),
            dispute=row["dispute_id"],
            disputed=kind == "CUSTOMER.DISPUTE.CREATED",
            reason=str(row.get("reason") or "").lower(),
        )
    if kind == "PAYMENT.CAPTURE.REVERSED":
        dispute = f"{REVERSAL}{row['id']}"
        return Notice(**facts, key=_custom(row), dispute=dispute, disputed=True, reason="reversed")
    order = row["id"] if "purchase_units" in row else _related_order(row)
    return Notice(**facts, key=_custom(row), reference=order)


def _custom(row: Any) -> str:
    """Our key of the order, or of the payment on one."""
    unit = (row.get("purchase_units") or [row])[0]
    return _key(unit.get("custom_id"))


def _key(text: Any) -> str:
    return str(text or "").partition("/")[0]


def _related_order(row: Any) -> str:
    related = (row.get("supplementary_data") or {}).get("related_ids") or {}
    return str(related.get("order_id") or "")
