"""Reading the environment: what a deployment may set, each with its form checked."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from pathlib import Path
from secrets import token_bytes, token_urlsafe

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def flag(name: str, *, default: bool = False) -> bool:
    """A yes or no. Raises ImproperlyConfigured for any other word."""
    word = os.environ.get(name, str(default)).strip().lower()
    if word not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} should be yes or no, not {word!r}")
    return word in TRUE


def words(name: str, *, default: str = "") -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def secret(name: str, file: Path) -> str:
    """The secret in ``name``; without it one that is made once and kept in ``file``, readable by its owner.

    So one machine needs no setting, and several machines must share one through the environment.
    """
    return os.environ.get(name) or _kept(file, token_urlsafe(50))


def keys(name: str, file: Path) -> list[str]:
    """Fernet keys separated by commas, the newest first; without any, one made as a ``secret`` is."""
    return words(name) or [_kept(file, urlsafe_b64encode(token_bytes(32)).decode())]


def _kept(file: Path, fresh: str) -> str:
    """What ``file`` holds, ``fresh`` the first time."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text()
    with os.fdopen(descriptor, "w") as handle:
        handle.write(fresh)
    return fresh
