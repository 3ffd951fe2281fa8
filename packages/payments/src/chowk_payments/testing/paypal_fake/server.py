"""The fake itself: access tokens, PayPal-Request-Id, negative testing, the payer's page, webhooks."""

from __future__ import annotations

import base64
import html
import json
import secrets
import time
from collections.abc import Callable
from typing import Self
from urllib.parse import parse_qsl, urlencode

from chowk_payments.testing.deliveries import Deliveries, post
from chowk_payments.testing.http import Answer, Call, LoopbackServer
from chowk_payments.testing.paypal_fake import orders, payments, reports
from chowk_payments.testing.paypal_fake.signing import Signer
from chowk_payments.testing.paypal_fake.state import Object, PayPalError, State, invalid, public, route

CERTIFICATE = "/v1/notifications/certs/CERT-fake"
LOST = {"name": "INTERNAL_SERVER_ERROR", "message": "An internal server error has occurred."}
WRONG = "wrong"
"""The one client secret that is refused."""

ANSWERS = {"pay": "balance", "pay with a card that is declined": "declined", "pay by eCheck": "echeck"}
"""What a payer may do on the page, to where the money comes from."""


class PayPalFake:
    """See the package. ``state`` holds its objects and events, ``calls`` what it was asked, ``signer`` what
    its webhooks are signed with.

    ``fail_next`` makes the next calls break: "request" (nothing happens, nobody answers) or "answer" (it
    happens, and the answer is a 500). A call's header ``PayPal-Mock-Response`` names a refusal, as in
    PayPal's sandbox: ``{"mock_application_codes": "INSTRUMENT_DECLINED"}``.
    """

    def __init__(self, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.state = State(clock)
        self.signer = Signer()
        self.calls: list[Call] = []
        self.fail_next: list[str] = []
        self.tokens: set[str] = set()
        self.webhooks: dict[str, str] = {}
        self.deliveries = Deliveries(self._deliver)
        self.state.listeners.append(self._enqueue)
        self._remembered: dict[tuple[str, str], Object] = {}
        self._server = LoopbackServer(self.answer, port)
        self.url = self.state.url = self._server.url

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()

    def reset(self) -> None:
        """Forget everything but the webhooks and who may ask."""
        with self.state.lock:
            for forgotten in (self.state.objects, self.state.events, self.calls, self.fail_next):
                forgotten.clear()
            self.forget_keys()

    def forget_keys(self) -> None:
        """As PayPal does after hours."""
        self._remembered.clear()

    def answer(self, call: Call) -> Answer:
        """What the server answers."""
        if call.path.startswith("/fake/"):
            with self.state.lock:
                return self._page(call)
        if call.path == CERTIFICATE:
            return Answer(text=self.signer.chain.decode())
        if call.path == "/v1/oauth2/token":
            return self._token(call)
        self.calls.append(call)
        failure = self.fail_next.pop(0) if self.fail_next else ""
        if failure == "request":
            return Answer(500, LOST)
        with self.state.lock:
            answer = self._api(call)
        return Answer(500, LOST) if failure == "answer" else answer

    def _token(self, call: Call) -> Answer:
        scheme, _space, given = call.headers.get("authorization", "").partition(" ")
        client, _colon, password = base64.b64decode(given).decode().partition(":")
        if scheme != "Basic" or not client or password in {"", WRONG}:
            return Answer(401, {"error": "invalid_client", "error_description": "authentication failed"})
        token = secrets.token_hex(16)
        self.tokens.add(token)
        return Answer(data={"access_token": token, "token_type": "Bearer", "expires_in": 32_400})

    def _api(self, call: Call) -> Answer:
        key = call.headers.get("paypal-request-id", "") if call.method == "POST" else ""
        try:
            if call.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
                raise PayPalError("INVALID_TOKEN", status=401, name="AUTHENTICATION_FAILURE")
            self._mock(call)
            call.params = json.loads(call.body) if call.body else dict(call.query)
            if before := self._remembered.get((call.path, key)):
                return self._answer(call, before, 200)
            row = self._do(call, key)
        except PayPalError as error:
            return Answer(error.status, error.envelope)
        except ValueError:
            return Answer(400, invalid("MALFORMED_REQUEST_JSON").envelope)
        if row is None:
            return Answer(204)
        if key:
            self._remembered[call.path, key] = row
        return self._answer(call, row, 201 if call.method == "POST" else 200)

    def _mock(self, call: Call) -> None:
        wanted = json.loads(call.headers.get("paypal-mock-response") or "{}")
        if code := wanted.get("mock_application_codes"):
            raise PayPalError(code)

    def _do(self, call: Call, key: str) -> Object | None:
        found = route.match(call.method, call.path)
        if found is None:
            raise PayPalError("NOT_FOUND", status=404, name="NOT_FOUND")
        if not key and isinstance(call.params, dict) and call.params.get("payment_source"):
            raise invalid("PAYPAL_REQUEST_ID_REQUIRED")
        handler, arguments = found
        row: Object | None = handler(self.state, call.params, **arguments)
        return row

    def _answer(self, call: Call, row: Object, status: int) -> Answer:
        """The object as it is now; only the least of it, unless the call prefers more."""
        minimal = call.method == "POST" and call.headers.get("prefer") != "return=representation"
        if minimal and call.path.endswith("/void"):
            return Answer(204)
        shown = {name: row[name] for name in ("id", "status", "links") if name in row} if minimal else row
        return Answer(status, public(shown))

    # -- what payers and PayPal do ---------------------------------------------------------------------------

    def approve(self, order: str, funding: str = "balance") -> Object:
        """Approve an order on PayPal's page; see ``orders.approve``."""
        with self.state.lock:
            return orders.approve(self.state, order, funding)

    def settle(self, capture: str, *, completed: bool = True) -> Object:
        """Let pending money come, or not."""
        with self.state.lock:
            return payments.settle(self.state, capture, completed=completed)

    def reverse(self, capture: str) -> Object:
        """Take a payment back."""
        with self.state.lock:
            return payments.reverse(self.state, capture)

    def dispute(self, capture: str, reason: str = "MERCHANDISE_OR_SERVICE_NOT_RECEIVED") -> Object:
        """Let the payer complain about a payment."""
        with self.state.lock:
            return reports.dispute(self.state, capture, reason)

    def resolve(self, dispute: str, outcome: str) -> Object:
        """Decide a dispute, such as RESOLVED_SELLER_FAVOUR."""
        with self.state.lock:
            return reports.resolve(self.state, dispute, outcome)

    def expire(self, order: str) -> None:
        """Forget an order that nobody approved, as PayPal does after hours."""
        with self.state.lock:
            del self.state.objects[order]

    def _page(self, call: Call) -> Answer:
        key = call.path.rsplit("/", 1)[-1]
        try:
            row = self.state.get("order", key)
            context = row["_context"]
            back = f"?{urlencode({'token': key, 'PayerID': 'FAKEPAYER'})}"
            if call.method != "POST":
                return _form(row)
            answer = dict(parse_qsl(call.body.decode())).get("answer", "")
            if answer not in ANSWERS:
                return _redirect(context.get("cancel_url", ""), f"?{urlencode({'token': key})}")
            orders.approve(self.state, key, ANSWERS[answer])
            return _redirect(context.get("return_url", ""), back)
        except PayPalError as error:
            return Answer(error.status, text=html.escape(str(error)))

    # -- webhooks --------------------------------------------------------------------------------------------

    def add_webhook(self, id: str, url: str) -> None:
        """Let every event be told to ``url``."""
        self.webhooks[id] = url

    def signed(
        self, event: Object, webhook_id: str, *, at: float | None = None, certificate: str = ""
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of the call that brings ``event``."""
        return self.signer.signed(
            event,
            webhook_id=webhook_id,
            certificate=certificate or f"{self.url}{CERTIFICATE}",
            at=self.state.clock() if at is None else at,
        )

    def _enqueue(self, event: Object) -> None:
        for webhook, url in self.webhooks.items():
            self.deliveries.add((webhook, url, event))

    def _deliver(self, item: tuple[str, str, Object]) -> bool:
        webhook, url, event = item
        body, headers = self.signed(event, webhook)
        return 200 <= post(url, body, headers) < 300


def _redirect(url: str, query: str) -> Answer:
    return Answer(303, headers={"Location": f"{url}{'&' + query[1:] if '?' in url else query}"})


def _form(row: Object) -> Answer:
    amount = row["purchase_units"][0]["amount"]
    facts = html.escape(f"{amount['value']} {amount['currency_code']}")
    buttons = "".join(f'<p><button name="answer" value="{one}">{one}</button>' for one in [*ANSWERS, "back"])
    page = "<!doctype html><meta name=viewport content='width=device-width'><title>Fake PayPal</title>"
    return Answer(text=f'{page}<h1>Fake PayPal</h1><p>{facts}</p><form method="post">{buttons}</form>')
