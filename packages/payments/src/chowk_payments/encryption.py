"""Text that is encrypted at rest: Fernet (AES-128-CBC with HMAC), with rotation of keys.

``CHOWK_PAYMENTS["ENCRYPTION_KEYS"]`` lists keys as ``cryptography.fernet.Fernet.generate_key()`` makes them.
The first encrypts, all decrypt: put a new one in front, run ``manage.py chowk_rotate_keys``, drop the old
one. Needs the extra ``chowk-payments[encryption]``.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models

from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import EncryptionMissing

try:
    from cryptography.fernet import Fernet, InvalidToken, MultiFernet
except ImportError:  # the extra is not installed
    Fernet = None  # type: ignore[assignment,misc]


def keyring() -> Any:
    """The configured keys. Raises EncryptionMissing without any, or without the extra."""
    keys = payments_settings.ENCRYPTION_KEYS
    if Fernet is None or not keys:
        raise EncryptionMissing
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """A token of ``text``, "" of "". Raises EncryptionMissing."""
    return keyring().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """The text of a token, "" of "". Raises EncryptionMissing; ImproperlyConfigured where no key fits."""
    if not token:
        return ""
    try:
        return str(keyring().decrypt(token.encode()).decode())
    except InvalidToken as error:
        raise ImproperlyConfigured("None of ENCRYPTION_KEYS decrypts what is stored.") from error


def rotated(token: str) -> str:
    """The same text under the first key."""
    return keyring().rotate(token.encode()).decode() if token else ""


def masked(text: str, shown: int = 4) -> str:
    """``"DE89370400440532013000"`` -> ``"•••• 3000"``; all of a short one is hidden."""
    text = "".join(text.split())
    return f"•••• {text[-shown:]}" if len(text) > 2 * shown else "••••" if text else ""


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text in Python, a token in the database. It cannot be searched for."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        return decrypt(value or "")

    def get_prep_value(self, value: Any) -> str:
        return encrypt(str(value or ""))
