"""A policy that refuses everybody."""

from typing import Any

from chowk_core.policies import Refusal


def nobody(*, owner: Any) -> Refusal:
    return Refusal("closed", "Nobody may add anything.")
