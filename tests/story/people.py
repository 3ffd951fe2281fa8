"""People with an HTTP client, who ask again when the answer got lost."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import httpx

from story.server import PLAIN, STARTING, Site

PASSWORD = "a long and quiet evening"


class Person:
    """Somebody at the other end of the wire. ``step`` names what is done, for the kill switch."""

    def __init__(self, site: Site, name: str) -> None:
        self.site, self.name = site, name
        self.client = httpx.Client(base_url=f"http://{site.address}", timeout=STARTING, verify=PLAIN)
        self.email = f"{name}-{uuid4().hex[:12]}@example.com"
        self.id = ""
        self.token = ""
        self.refused: list[str] = []

    def send(self, step: str, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """One request. A lost answer is asked for again, with the same Idempotency-Key, of the revived site.

        While the site says that the first request with the key is still running (409), it is asked again.
        """
        headers = {"X-Story-Step": step, "Idempotency-Key": uuid4().hex}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        deadline = time.monotonic() + STARTING
        while True:
            try:
                answer = self.client.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                assert time.monotonic() < deadline, f"{step}: no answer"
                self.site.revive()
                continue
            if answer.status_code != 409 or "idempotency" not in answer.text or time.monotonic() > deadline:
                return answer
            time.sleep(0.05)

    def do(self, step: str, path: str, body: dict[str, Any] | None = None, *, method: str = "POST") -> Any:
        """A request that should succeed; its answer."""
        answer = self.send(step, method, path, body if body is not None or method == "GET" else {})
        assert answer.is_success, f"{step}: {answer.status_code} {answer.text}\n{self.site.log()}"
        return answer.json() if answer.content else None

    def see(self, path: str) -> Any:
        """What a GET answers."""
        return self.do("", path, method="GET")

    def try_to(self, step: str, path: str, body: dict[str, Any]) -> str:
        """A request that should be refused; the code of the refusal."""
        answer = self.send(step, "POST", path, body)
        assert 400 <= answer.status_code < 500, f"{step}: {answer.status_code} {answer.text}"
        code = str(answer.json()["errors"][0]["code"])
        self.refused.append(code)
        return code

    def register(self) -> None:
        """Open an account and sign in. An account that is there already was opened by the lost request."""
        account = {"email": self.email, "password": PASSWORD, "display_name": self.name.title()}
        answer = self.send(f"register-{self.name}", "POST", "/api/auth/register/", account)
        assert answer.is_success or "email_taken" in answer.text, answer.text
        self.token = self.do(
            f"sign-in-{self.name}", "/api/token/", {"email": self.email, "password": PASSWORD}
        )["access"]
        self.id = str(self.see("/api/auth/profile/")["id"])
