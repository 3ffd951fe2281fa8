"""How visitors without an account are known again."""

from __future__ import annotations

from django.utils.crypto import salted_hmac

SALT = "chowk_marketplace.guests"


def fingerprint(secret: str) -> str:
    """What is stored for a secret of a visitor's session: who reads the database cannot get into it.

    A hash keyed with SECRET_KEY (HMAC-SHA-256, 64 characters); under another key guests are strangers again.
    Empty for no secret.
    """
    return salted_hmac(SALT, secret, algorithm="sha256").hexdigest() if secret else ""
