"""Realtime streams: a payment's for its two parties, a wallet's for its owner."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from chowk_core.events import Published
from chowk_core.realtime.streams import EventStream
from chowk_payments.selectors import visible_payments

HIDDEN = {
    "payee": {"payments.failed": {"code"}, "payments.refund_failed": {"code"}},
    "payer": {"payments.released": {"fee", "net"}},
}
"""What is the other side's business: why a card was declined, and what the platform keeps."""


class PaymentStream(EventStream):
    """What happens to one payment. Its payer and its payee may watch; each sees what the API shows them."""

    name = "payments.payment"

    def authorise(self, viewer: Any, key: str) -> bool:
        return visible_payments(viewer).filter(pk=key).exists()

    def audience(self, viewer: Any, key: str) -> Hashable:
        return "payer" if visible_payments(viewer).filter(pk=key, payer=viewer).exists() else str(viewer.pk)

    def present(self, event: Published, audience: Hashable) -> dict[str, Any] | None:
        """Of a payment for several, each payee sees their own part."""
        payload = dict(event.payload)
        if audience == "payer":
            return without(payload, HIDDEN["payer"].get(event.name, set()))
        if payload.get("payee_id", audience) != audience:
            return None
        if "parts" in payload:
            own = [part for part in payload["parts"] if part["payee_id"] == audience]
            if len(own) < len(payload["parts"]):
                payload = without({**payload, "parts": own}, {"amount"})
        return without(payload, HIDDEN["payee"].get(event.name, set()))


def without(payload: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name not in hidden}


class WalletStream(EventStream):
    """What goes into and out of one user's wallets. Only that user may watch."""

    name = "payments.wallet"

    def authorise(self, viewer: Any, key: str) -> bool:
        return viewer.is_authenticated and str(viewer.pk) == key
