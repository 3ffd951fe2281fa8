"""Realtime streams: a payment's for its two parties, a wallet's for its owner."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

from chowk_core.events import Published
from chowk_core.realtime.streams import EventStream
from chowk_payments.selectors import own_parts, visible_payments

HIDDEN = {
    "payee": {"payments.failed": {"code"}, "payments.refund_failed": {"code"}},
    "payer": {"payments.released": {"fee", "net"}},
}
"""What is the other side's business: why a card was declined, and what the platform keeps."""


class Payee(NamedTuple):
    """Somebody who receives a part, or staff. Among several: with the target of their own part."""

    id: str
    target_type: str = ""
    target_id: str = ""


class PaymentStream(EventStream):
    """What happens to one payment. Its payer and its payee may watch; each sees what the API shows them."""

    name = "payments.payment"

    def authorise(self, viewer: Any, key: str) -> bool:
        return visible_payments(viewer).filter(pk=key).exists()

    def audience(self, viewer: Any, key: str) -> Hashable:
        payment = visible_payments(viewer).filter(pk=key).get()
        if payment.payer_id == viewer.pk:
            return "payer"
        own = own_parts(viewer, payment)
        return Payee(str(viewer.pk), *((own[0].target.type, own[0].target.id) if own else ()))

    def present(self, event: Published, audience: Hashable) -> dict[str, Any] | None:
        """Of a payment for several, each payee sees their own part, and its target for the payment's."""
        payload = dict(event.payload)
        if not isinstance(audience, Payee):
            return without(payload, HIDDEN["payer"].get(event.name, set()))
        if payload.get("payee_id", audience.id) != audience.id:
            return None
        if audience.target_type and "payee_id" not in payload:
            payload |= {"target_type": audience.target_type, "target_id": audience.target_id}
        if "parts" in payload:
            own = [part for part in payload["parts"] if part["payee_id"] == audience.id]
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
