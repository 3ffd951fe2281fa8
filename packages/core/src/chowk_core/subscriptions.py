"""Who wants to know: the subscriptions of every installed package and of the site."""

from __future__ import annotations

from chowk_core.package_settings import Subscriptions, registry


def handlers_of(event_name: str) -> tuple[str, ...]:
    """Dotted paths of the handlers subscribed to ``event_name``, each once, packages in order of import."""
    found: dict[str, None] = {}
    for package in registry.values():
        if isinstance(package.declared().get("SUBSCRIPTIONS"), Subscriptions):
            found.update(dict.fromkeys(package.SUBSCRIPTIONS.get(event_name, ())))  # type: ignore[attr-defined]
    return tuple(found)
