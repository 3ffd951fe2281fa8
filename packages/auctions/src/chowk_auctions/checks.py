"""System checks of a site's auction settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from chowk_auctions.conf import auctions_settings


def _resolved(name: str) -> Any:
    """A setting's value, or None where a path does not import: core's own check tells of that."""
    try:
        return getattr(auctions_settings, name)
    except (ImportError, AttributeError):
        return None


@register("chowk")
def check_formats(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every format has what a format needs, and "english", the default, is there."""
    formats = _resolved("FORMATS")
    if formats is None:
        return []
    found: list[CheckMessage] = []
    if "english" not in formats:
        found.append(
            Error(
                "CHOWK_AUCTIONS['FORMATS'] has no 'english', the format of auctions that name none.",
                id="chowk_auctions.E001",
            )
        )
    for name, rules in formats.items():
        missing = [m for m in ("minimum", "accept", "buy_now_open") if not callable(getattr(rules, m, None))]
        missing += [m for m in ("sealed", "soft_close") if not isinstance(getattr(rules, m, None), bool)]
        if missing or len(name) > 20:
            problem = f"lacks {', '.join(missing)}" if missing else "has a name of more than 20 characters"
            found.append(
                Error(
                    f"The auction format {name!r} {problem}.",
                    hint="See chowk_auctions.engine.Format.",
                    id="chowk_auctions.E002",
                )
            )
    return found


@register("chowk")
def check_increments(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """INCREMENTS answers a positive integer."""
    policy = _resolved("INCREMENTS")
    if policy is None:
        return []
    method = getattr(policy, "increment", None)
    step = method(100, "USD") if callable(method) else None
    if isinstance(step, int) and step > 0:
        return []
    return [
        Error(
            f"CHOWK_AUCTIONS['INCREMENTS'] answers {step!r} for the increment at 1.00 USD.",
            hint="increment(price_minor, currency) answers a positive number of minor units. "
            "See chowk_auctions.policies.Increments.",
            id="chowk_auctions.E003",
        )
    ]


@register("chowk")
def check_durations(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """SHORTEST does not exceed LONGEST."""
    if auctions_settings.SHORTEST <= auctions_settings.LONGEST:
        return []
    return [
        Error(
            "CHOWK_AUCTIONS['SHORTEST'] exceeds LONGEST: no auction can be made.",
            id="chowk_auctions.E004",
        )
    ]
