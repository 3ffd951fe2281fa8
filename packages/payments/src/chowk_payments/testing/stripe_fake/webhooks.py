"""Signing events as Stripe does."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any


def signed(event: Mapping[str, Any], secret: str, at: float | None = None) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the call that brings ``event``, signed at ``at`` (default: now)."""
    body = json.dumps(event, separators=(",", ":")).encode()
    moment = int(time.time() if at is None else at)
    signature = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": f"t={moment},v1={signature},v0={'0' * 64}",
    }
