"""Where gateways get their secrets. Never from the database, never logged."""

from __future__ import annotations

import os


class MissingSecret(Exception):
    """A gateway that is used has no secret: the name of it, and nothing else, is told."""


def from_environment(*, name: str) -> str:
    """The environment variable ``name``, "" if it is not set."""
    return os.environ.get(name, "")
