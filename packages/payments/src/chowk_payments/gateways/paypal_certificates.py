"""The certificates that PayPal signs its webhooks with: fetched once from PayPal's own host, and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chowk_payments.conf import payments_settings
from chowk_payments.gateways.base import GatewayUnavailable, InvalidNotice
from chowk_payments.gateways.paypal_client import LIVE, api_url, require_library

try:
    import certifi
    import requests
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
except ImportError:  # the extra is optional; check E005 and PayPalClient tell
    pass

PATH = re.compile(r"/v1/notifications/certs/[\w-]{1,128}")

TIMEOUT = 5
"""Seconds that fetching a certificate may take: PayPal waits for our answer meanwhile."""

LARGEST = 64 * 1024
KEPT = 16
"""How many certificates are remembered; PayPal uses one or two at a time."""


@dataclass(frozen=True)
class _Checked:
    key: Any
    since: datetime
    until: datetime


class Certificates:
    """Those of the PayPal whose API is at ``url``; its sandbox's are not the live one's."""

    def __init__(self, url: str) -> None:
        api = urlsplit(url)
        self._scheme = api.scheme
        self._hosts = {api.netloc, re.sub(r"^api-m\.", "api.", api.netloc)}
        domain = "paypal.com" if url == LIVE else "sandbox.paypal.com"
        self._name = f"messageverificationcerts.{domain}"
        self._known: dict[str, _Checked] = {}

    def verify(self, *, url: str, signature: bytes, message: bytes, now: datetime) -> None:
        """That the certificate at ``url`` is PayPal's and valid ``now``, and made this RSA-SHA256 signature.
        Raises InvalidNotice, and GatewayUnavailable where the certificate cannot be had."""
        found = self._known.get(url) or self._fetch(url, now)
        if not found.since <= now <= found.until:
            raise InvalidNotice("certificate out of date")
        try:
            found.key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise InvalidNotice("signature") from error

    def _fetch(self, url: str, now: datetime) -> _Checked:
        self._pin(url)
        try:
            answer = requests.get(url, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            raise GatewayUnavailable(type(error).__name__) from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise GatewayUnavailable(f"status {answer.status_code}")
        if answer.status_code != 200 or len(answer.content) > LARGEST:
            raise InvalidNotice("no certificate")
        checked = self._check(answer.content, now)
        if len(self._known) >= KEPT:
            self._known.clear()
        self._known[url] = checked
        return checked

    def _pin(self, url: str) -> None:
        """Whoever could name another place could sign with another key."""
        address = urlsplit(url)
        extra = address.query or address.fragment or "@" in address.netloc
        if (
            extra
            or address.scheme != self._scheme
            or address.netloc not in self._hosts
            or not PATH.fullmatch(address.path)
        ):
            raise InvalidNotice("certificate from elsewhere")

    def _check(self, pem: bytes, now: datetime) -> _Checked:
        """The first certificate of ``pem`` is PayPal's, by a chain that the others complete."""
        try:
            leaf, *others = x509.load_pem_x509_certificates(pem)
            policy = PolicyBuilder().store(self._roots).time(now)
            policy.build_server_verifier(x509.DNSName(self._name)).verify(leaf, others)
        except (ValueError, VerificationError, x509.UnsupportedGeneralNameType) as error:
            raise InvalidNotice(f"certificate: {error}"[:200]) from error
        key = leaf.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise InvalidNotice("certificate without an RSA key")
        return _Checked(key, leaf.not_valid_before_utc, leaf.not_valid_after_utc)

    @cached_property
    def _roots(self) -> Any:
        path = payments_settings.PAYPAL_ROOTS or certifi.where()
        return Store(x509.load_pem_x509_certificates(Path(path).read_bytes()))


def certificates_of(url: str) -> Certificates:
    """For a gateway whose API is at ``url``, "" for the one that is configured. Raises
    ImproperlyConfigured."""
    require_library()
    return Certificates(api_url(url))
