"""Text that a database can hold."""

from __future__ import annotations


def is_storable(text: str) -> bool:
    """False for NUL characters, which PostgreSQL refuses, and lone surrogates, which UTF-8 cannot encode."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
