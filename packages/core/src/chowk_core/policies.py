"""What policies answer. A policy is a setting that names a callable or a small class."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from chowk_core.exceptions import DomainError


@dataclass(frozen=True)
class Refusal:
    """A policy's no: a stable code and a sentence for the person who asked."""

    code: str
    message: str


class Refused(DomainError):
    """A policy said no. ``code`` is the refusal's."""

    status = 403
    code: str  # type: ignore[misc]  # the policy's own

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.code = refusal.code


def ask(policies: Iterable[Callable[..., Refusal | None]], **question: Any) -> None:
    """Ask each policy in order. Raises Refused with the first no."""
    for policy in policies:
        if refusal := policy(**question):
            raise Refused(refusal)
