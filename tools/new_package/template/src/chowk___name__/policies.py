"""Questions that this package asks of the site."""

from __future__ import annotations

from typing import Any, Protocol

from chowk_core.policies import Refusal


class MayAddItem(Protocol):
    """Whether somebody may add an item: None, or a refusal with a stable code."""

    def __call__(self, *, owner: Any) -> Refusal | None: ...
