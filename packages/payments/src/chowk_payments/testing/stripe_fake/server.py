"""The fake itself: authentication, idempotency keys, accounts, expansion, and the pages for payers."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl

from chowk_payments.testing.deliveries import Deliveries, post
from chowk_payments.testing.http import Answer, Call, LoopbackServer
from chowk_payments.testing.stripe_fake import charges, checkout, connect, intents
from chowk_payments.testing.stripe_fake.customers import behaviour_of
from chowk_payments.testing.stripe_fake.state import Object, State, expanded, route
from chowk_payments.testing.stripe_fake.webhooks import signed
from chowk_payments.testing.stripe_fake.wire import StripeError, decode

KEYS = ("sk_test_", "rk_test_")


@dataclass
class _Remembered:
    fingerprint: str
    status: int
    data: Any


class StripeFake:
    """See the package. ``state`` holds its objects and events, ``calls`` what it was asked.

    ``fail_next`` makes the next calls break: "request" (nothing happens, nobody answers) or "answer" (it
    happens, and the answer is a 500 that Stripe's client retries only if told to).
    """

    def __init__(self, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.state = State(clock)
        self.calls: list[Call] = []
        self.fail_next: list[str] = []
        self.deliveries = Deliveries(self._deliver)
        self.state.listeners.append(self._enqueue)
        self._remembered: dict[tuple[str, str], _Remembered] = {}
        self._server = LoopbackServer(self.answer, port)
        self.url = self.state.url = self._server.url

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()

    def reset(self) -> None:
        """Forget everything but the webhook endpoints."""
        with self.state.lock:
            kept = {row["id"]: row for row in self.state.all("webhook_endpoint")}
            self.state.objects.clear()
            self.state.objects.update(kept)
            for forgotten in (self.state.events, self.calls, self.fail_next, self._remembered):
                forgotten.clear()

    def answer(self, call: Call) -> Answer:
        """What the server answers."""
        if call.path.startswith("/fake/"):
            with self.state.lock:
                return self._page(call)
        self.calls.append(call)
        failure = self.fail_next.pop(0) if self.fail_next else ""
        if failure == "request":
            return Answer(500, {"error": {"type": "api_error", "message": "the request got lost"}})
        with self.state.lock:
            status, data, replayed = self._api(call)
        if failure == "answer":
            return Answer(500, {"error": {"type": "api_error", "message": "the answer got lost"}})
        headers = {"Request-Id": f"req_{secrets.token_hex(7)}"}
        if replayed:
            headers["Idempotent-Replayed"] = "true"
        return Answer(status, data, headers=headers)

    def _api(self, call: Call) -> tuple[int, Any, bool]:
        pairs = parse_qsl(call.body.decode(), keep_blank_values=True)
        call.params = decode([*call.query, *pairs])
        key = call.headers.get("idempotency-key", "") if call.method == "POST" else ""
        account = call.headers.get("stripe-account", "")
        try:
            self._authenticate(call)
            if account:
                self.state.get("account", account, "Stripe-Account")
            if key and (before := self._before(call, account, key)):
                return before.status, before.data, True
            status, data = self._do(call, account, key)
        except StripeError as error:
            return error.status, _public(error.envelope), False
        if key:
            fingerprint = _fingerprint(call)
            self._remembered[account, key] = _Remembered(fingerprint, status, data)
        return status, data, False

    def _authenticate(self, call: Call) -> None:
        scheme, _space, given = call.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            given = base64.b64decode(given).decode().partition(":")[0]
        if not given.startswith(KEYS):
            raise StripeError("Invalid API Key provided.", status=401)

    def _before(self, call: Call, account: str, key: str) -> _Remembered | None:
        before = self._remembered.get((account, key))
        if before and before.fingerprint != _fingerprint(call):
            raise StripeError(
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. Try using a key other than '{key}'.",
                type="idempotency_error",
            )
        return before

    def _do(self, call: Call, account: str, key: str) -> tuple[int, Any]:
        """Run the call's function. Its refusals are answers too, remembered as such (but for 401 and 429)."""
        found = route.match(call.method, call.path)
        if found is None:
            raise StripeError(f"Unrecognized request URL ({call.method}: {call.path}).", status=404)
        handler, arguments = found
        params = dict(call.params)
        expand = params.pop("expand", [])
        self.state.account, self.state.idempotency_key = account, key or None
        try:
            row = handler(self.state, params, **arguments)
            return 200, _public(expanded(self.state, row, expand))
        except StripeError as error:
            return error.status, json.loads(json.dumps(_public(error.envelope)))
        finally:
            self.state.account, self.state.idempotency_key = "", None

    # -- what payers and sellers do --------------------------------------------------------------------------

    def authenticate(self, intent: str, *, approve: bool = True) -> Object:
        """Answer a 3-D Secure challenge."""
        with self.state.lock:
            row = self.state.get("payment_intent", intent)
            if row["status"] != "requires_action":
                return row
            if not approve:
                failure = "payment_intent_authentication_failure"
                intents.decline(self.state, row, code=failure, decline_code="")
                return row
            try:
                return intents.charge(
                    self.state, row, behaviour_of(self.state.objects[row["payment_method"]])
                )
            except StripeError:
                return row

    def identify(self, account: str) -> Object:
        """Do what a seller does on the onboarding page."""
        with self.state.lock:
            return connect.identify(self.state, account)

    def check_out(self, session: str, method: str = "pm_card_visa") -> Object:
        """Pay on the hosted page. Raises StripeError."""
        with self.state.lock:
            return checkout.complete_session(self.state, session, method)

    def dispute(self, charge: str, reason: str = "fraudulent") -> Object:
        """Let the payer's bank take a charge back."""
        with self.state.lock:
            return intents.dispute(self.state, self.state.get("charge", charge), reason)

    def decide_dispute(self, dispute: str, status: str) -> Object:
        """Let a dispute end: "won" or "lost"."""
        with self.state.lock:
            return charges.decide(self.state, self.state.get("dispute", dispute), status)

    def fail_refund(self, refund: str, reason: str = "expired_or_canceled_card") -> Object:
        """Let a refund that succeeded fail, as banks do days later."""
        with self.state.lock:
            return charges.fail_refund(self.state, self.state.get("refund", refund), reason)

    def finish_payouts(self, status: str = "paid") -> None:
        """Let pending payouts arrive, or fail."""
        with self.state.lock:
            for row in self.state.all("payout", status="pending"):
                connect.finish_payout(self.state, row, status)

    def _page(self, call: Call) -> Answer:
        _empty, _fake, kind, key, *_rest = call.path.split("/")
        pages = {"3ds": self._bank_page, "checkout": self._checkout_page, "onboarding": self._onboarding_page}
        answer = dict(parse_qsl(call.body.decode())).get("answer", "") if call.method == "POST" else None
        try:
            return pages[kind](key, answer)
        except StripeError as error:
            return Answer(error.status, text=html.escape(str(error)))

    def _bank_page(self, key: str, answer: str | None) -> Answer:
        row = self.state.get("payment_intent", key)
        back = ((row["next_action"] or {}).get("redirect_to_url") or {}).get("return_url", "")
        if answer is None:
            return _form("Is this payment yours?", row, "approve", "decline")
        self.authenticate(key, approve=answer == "approve")
        return _redirect(f"{back}{'&' if '?' in back else '?'}payment_intent={key}")

    def _checkout_page(self, key: str, answer: str | None) -> Answer:
        row = self.state.get("checkout.session", key)
        if answer is None:
            return _form("Pay with the test card", row, "pay", "back")
        if answer != "pay":
            return _redirect(row["cancel_url"] or row["success_url"])
        checkout.complete_session(self.state, key)
        return _redirect(row["success_url"].replace("{CHECKOUT_SESSION_ID}", key))

    def _onboarding_page(self, key: str, answer: str | None) -> Answer:
        link = self.state.get("account_link", key)
        if answer is None:
            return _form("Open your account", link, "open")
        connect.identify(self.state, link["account"])
        return _redirect(link["return_url"])

    # -- webhooks --------------------------------------------------------------------------------------------

    def _enqueue(self, event: Object) -> None:
        for endpoint in self.state.all("webhook_endpoint", status="enabled"):
            if {"*", event["type"]} & set(endpoint["enabled_events"]):
                self.deliveries.add((endpoint, _public(event)))

    def _deliver(self, item: tuple[Object, Object]) -> bool:
        endpoint, event = item
        body, headers = signed(event, endpoint["secret"], self.state.clock())
        return 200 <= post(endpoint["url"], body, headers) < 300


def _fingerprint(call: Call) -> str:
    text = json.dumps([call.method, call.path, call.params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _public(value: Any) -> Any:
    """Without what only the fake knows: names that begin with an underscore."""
    if isinstance(value, dict):
        return {name: _public(one) for name, one in value.items() if not name.startswith("_")}
    return [_public(one) for one in value] if isinstance(value, list) else value


def _redirect(url: str) -> Answer:
    return Answer(303, text="", headers={"Location": url})


def _form(title: str, row: Object, *answers: str) -> Answer:
    facts = html.escape(" ".join(str(row.get(name, "")) for name in ("amount", "amount_total", "currency")))
    buttons = "".join(f'<button name="answer" value="{one}">{one}</button> ' for one in answers)
    page = f"<!doctype html><title>Test bank</title><h1>{title}</h1><p>{facts}</p>"
    return Answer(text=f'{page}<form method="post">{buttons}</form>')
