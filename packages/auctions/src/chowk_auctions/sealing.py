"""Sealed amounts: encrypted, committed to, opened at the reveal. Needs the extra ``chowk-auctions[sealed]``.

Under the ciphertext lie amount and nonce in a fixed number of characters, so that its length tells nothing.
The commitment is SHA-256 over auction, bidder, amount and nonce: it binds without telling, since the nonce is
random. Whoever holds the database without the keys learns who has bid, and when.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from chowk_auctions.conf import auctions_settings
from chowk_auctions.exceptions import SealedBidUnreadable

try:
    from cryptography.fernet import Fernet, InvalidToken, MultiFernet
except ImportError:  # the extra is not installed; who asks for it is told by ``cipher``
    Fernet = None  # type: ignore[assignment,misc]

DIGITS = 19
"""As many as any amount has (``amounts.LARGEST``), and some."""
PURPOSE = b"chowk_auctions.sealed_bid"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is stored of a sealed amount."""

    ciphertext: str
    commitment: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A revealed amount, in minor units, and the nonce that proves it."""

    amount: int = field(repr=False)
    nonce: str


def seal(amount: int, *, auction_id: Any, bidder_id: Any) -> Sealed:
    """Encrypt ``amount`` (minor units) and commit to it. Raises ImproperlyConfigured without the extra."""
    nonce = secrets.token_hex(32)
    plain = f"{amount:0{DIGITS}d}:{nonce}"
    token = cipher().encrypt(plain.encode()).decode()
    return Sealed(token, commitment_to(amount, nonce, auction_id=auction_id, bidder_id=bidder_id))


def unseal(ciphertext: str, commitment: str, *, auction_id: Any, bidder_id: Any) -> Opened:
    """Decrypt, and check the commitment. Raises SealedBidUnreadable where either fails."""
    try:
        plain = cipher().decrypt(ciphertext.encode()).decode()
    except InvalidToken as error:
        raise SealedBidUnreadable(f"auction {auction_id}: no key opens a sealed bid") from error
    amount, _colon, nonce = plain.partition(":")
    if not amount.isdecimal():
        raise SealedBidUnreadable(f"auction {auction_id}: a sealed bid holds no amount")
    opened = Opened(int(amount), nonce)
    expected = commitment_to(opened.amount, nonce, auction_id=auction_id, bidder_id=bidder_id)
    if not secrets.compare_digest(expected, commitment):
        raise SealedBidUnreadable(f"auction {auction_id}: a sealed bid is not what was committed to")
    return opened


def commitment_to(amount: int, nonce: str, *, auction_id: Any, bidder_id: Any) -> str:
    """The hash that binds a bidder: hexadecimal SHA-256 of ``auction:bidder:amount:nonce``."""
    return hashlib.sha256(f"{auction_id}:{bidder_id}:{amount}:{nonce}".encode()).hexdigest()


def cipher() -> Any:
    """Encrypts under the newest key, decrypts under all. Raises ImproperlyConfigured without the extra."""
    if Fernet is None:
        raise ImproperlyConfigured("Sealed auctions need cryptography: pip install 'chowk-auctions[sealed]'.")
    return _cipher(
        tuple(auctions_settings.SEALED_KEYS)
        or tuple(str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    )


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> Any:
    return MultiFernet([Fernet(_key(secret)) for secret in keys])


def _key(secret: str) -> bytes:
    """A Fernet key of a secret. SECRET_KEY is long and random: stretching would only slow the reveal."""
    digest = hmac.new(secret.encode(), PURPOSE, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest)
