"""The events reference, from the declared event classes and everybody's subscriptions."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any, get_type_hints

from docutils import nodes
from sphinx.pycode import ModuleAnalyzer

from chowk_core.events import Event, declared
from chowk_core.package_settings import Subscriptions, registry
from chowk_reference.building import (
    PackageDirective,
    code,
    commas,
    entries,
    entry,
    inline,
    labelled,
    prose,
    table,
    text_cell,
)
from chowk_reference.discovery import package_of


def subscribers_of(event_name: str) -> dict[str, str]:
    """Handler paths by the settings prefix that subscribes them, as the packages ship."""
    found: dict[str, str] = {}
    for prefix, settings in registry.items():
        setting = type(settings).declared().get("SUBSCRIPTIONS")
        if isinstance(setting, Subscriptions):
            for handler in setting.resolve({}).get(event_name, ()):
                found[handler] = prefix
    return found


def type_name(hint: Any) -> str:
    """``str | None`` rather than ``typing.Optional[str]``."""
    text = hint.__name__ if isinstance(hint, type) and not getattr(hint, "__args__", None) else str(hint)
    return re.sub(
        r"\b(?:typing|builtins|types)\.|NoneType", lambda m: "None" if m[0] == "NoneType" else "", text
    )


class EventsDirective(PackageDirective):
    """``{chowk-events} chowk_auctions``."""

    what = "events"

    def content_nodes(self) -> list[nodes.Node]:
        """Each event that the package declares."""
        mine = [event for event in declared.values() if package_of(event) == self.package]
        return [entries([self.event(event) for event in mine])] if mine else []

    def event(self, event: type[Event]) -> nodes.Node:
        """One event: what it tells, its fields, who acts on it."""
        identifier = "event-" + re.sub(r"[._]", "-", event.name)
        heading = [code(event.name), nodes.inline("", event.__name__, classes=["chowk-kind"])]
        body = [*self.documentation(event), self.field_table(event)]
        handlers = [code(handler) for handler in subscribers_of(event.name)]
        body.append(labelled("Published by", code(package_of(event))))
        body.append(labelled("Subscribers", *(commas(handlers) or [nodes.Text("none as shipped")])))
        return entry(identifier, heading, body)

    def documentation(self, event: type[Event]) -> list[nodes.Node]:
        """The docstring, unless it is the signature that ``dataclass`` writes."""
        doc = event.__doc__ or ""
        return [] if doc.startswith(f"{event.__name__}(") else prose(doc)

    def field_table(self, event: type[Event]) -> nodes.Node:
        """Name, type and documentation of each field."""
        hints = get_type_hints(event)
        docs = ModuleAnalyzer.for_module(event.__module__).find_attr_docs()
        bases = [base.__name__ for base in event.__mro__]
        said = {
            field.name: next((docs[base, field.name] for base in bases if (base, field.name) in docs), [])
            for field in fields(event)  # type: ignore[arg-type]
        }
        rows = [[text_cell(code(name)), text_cell(code(type_name(hints[name])))] for name in said]
        if not any(said.values()):
            return table(["field", "type"], rows, "chowk-fields")
        for row, lines in zip(rows, said.values(), strict=True):
            row.append(text_cell(*inline(" ".join(lines).strip())))
        return table(["field", "type", "what"], rows, "chowk-fields")
