"""Stripe's webhooks: signature and time checked, both ways, and what they are about."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chowk_payments.conf import payments_settings
from chowk_payments.gateways.base import InvalidNotice, Notice
from chowk_payments.gateways.stripe_client import KEY, stripe
from chowk_payments.secrets import MissingSecret


class StripeNotices:
    """The part of the gateway that reads webhooks."""

    def __init__(self, *, webhook_secret: str = "") -> None:
        self._webhook_secret = webhook_secret

    def notice(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        secrets = self._webhook_secret or payments_settings.SECRETS(name="STRIPE_WEBHOOK_SECRET")
        if not secrets:
            raise MissingSecret("STRIPE_WEBHOOK_SECRET")
        header = headers.get("stripe-signature", "")
        text = _text(body)
        if not any(_signed(text, header, secret.strip()) for secret in secrets.split(",")):
            raise InvalidNotice("signature")
        # Stripe's own check accepts any time in the future.
        found = re.search(r"(?:^|,)t=(\d{1,12})(?:,|$)", header)
        moment = datetime.fromtimestamp(int(found[1]), UTC) if found else None
        if moment is None or abs(now - moment) > payments_settings.WEBHOOK_TOLERANCE:
            raise InvalidNotice("time")
        return _notice(json.loads(text))


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise InvalidNotice("encoding") from error


def _signed(text: str, header: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(text, header, secret, tolerance=None))
    except stripe.SignatureVerificationError:
        return False


def _notice(event: Any) -> Notice:
    try:
        row = event["data"]["object"]
        kind = row["object"]
        intent = row["id"] if kind == "payment_intent" else row.get("payment_intent")
        return Notice(
            id=event["id"],
            type=event["type"],
            created_at=datetime.fromtimestamp(event["created"], UTC),
            key=str((row.get("metadata") or {}).get(KEY, "")),
            reference=intent if isinstance(intent, str) else "",
            account=row["id"] if kind == "account" else "",
            dispute=row["id"] if kind == "dispute" else "",
            disputed=event["type"] == "charge.dispute.created",
            reason=str(row.get("reason") or "") if kind == "dispute" else "",
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidNotice("not an event") from error
