"""What subscribers expect is what publishers tell: names, and the fields that handlers read."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from types import FunctionType

import pytest
from django.apps import apps
from django.utils.module_loading import import_string

from chowk_core.events import declared
from chowk_core.package_settings import Subscriptions, registry


def subscriptions() -> Iterator[tuple[str, str]]:
    """Event name and handler of every subscription that the packages ship with."""
    for package in registry.values():
        setting = type(package).declared().get("SUBSCRIPTIONS")
        if isinstance(setting, Subscriptions):
            for name, handlers in setting.resolve({}).items():
                yield from ((name, handler) for handler in handlers)


@pytest.fixture(autouse=True, scope="module")
def all_events() -> None:
    """Every package declares its events when its events module is imported."""
    for config in apps.get_app_configs():
        if config.name.startswith("chowk_") and config.name != "chowk_core":
            import_module(f"{config.name}.events")


def _is_payload(node: ast.expr) -> bool:
    """``event.payload``, or a local name for it."""
    return (isinstance(node, ast.Attribute) and node.attr == "payload") or (
        isinstance(node, ast.Name) and node.id == "payload"
    )


def keys_read(
    function: FunctionType, name: str = "", seen: frozenset[FunctionType] = frozenset()
) -> set[str]:
    """Keys of the payload that ``function``, or a function of its module that it uses, reads by name. Of
    functions by event name, in a mapping, it is the one for the event ``name``."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    keys: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is_payload(node.value):
            keys.add(ast.literal_eval(node.slice))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            if _is_payload(node.func.value):
                keys.add(ast.literal_eval(node.args[0]))
        elif isinstance(node, ast.Name):
            used = function.__globals__.get(node.id)
            used = used.get(name) if isinstance(used, dict) else used
            if (
                isinstance(used, FunctionType)
                and used.__module__ == function.__module__
                and used not in seen | {function}
            ):
                keys |= keys_read(used, name, seen | {function})
    return keys


ANNOUNCED = {
    "marketplace.group_paid": {"group_id", "buyer_id", "total", "currency"},
    "marketplace.group_cancelled": {"group_id"},
    "ratings.seller_rating_changed": {"user_id", "average", "count"},
    "trust.verification_changed": {"user_id", "status"},
}
"""Events whose contract is fixed and whose publisher is a package to come, with their fields."""


def fields_of(name: str) -> set[str]:
    """The fields that the event's publisher declares."""
    if name not in declared and name in ANNOUNCED:
        return ANNOUNCED[name]
    return {field.name for field in fields(declared[name])}  # type: ignore[arg-type]


def test_the_packages_subscribe_to_each_other() -> None:
    """The contract of the first sale, as the packages ship it."""
    assert {name for name, _handler in subscriptions()} >= {
        "auctions.sold",
        "auctions.payment_defaulted",
        "payments.captured",
        "payments.released",
        "marketplace.complaint_opened",
        "marketplace.complaint_resolved",
        "marketplace.return_received",
        "marketplace.order_paid",
        "marketplace.order_cancelled",
        "marketplace.order_delivered",
        "marketplace.payment_refused",
    }


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if {"name", "handler"} <= set(metafunc.fixturenames):
        pairs = sorted(subscriptions())
        metafunc.parametrize(
            ("name", "handler"), pairs, ids=[f"{name}->{handler}" for name, handler in pairs]
        )


def test_a_subscription_names_a_declared_event(name: str, handler: str) -> None:
    assert name in declared or name in ANNOUNCED, f"{handler} waits for {name}, which nobody publishes"


def test_a_handler_reads_only_fields_of_the_event(name: str, handler: str) -> None:
    function = import_string(handler)
    read = keys_read(function, name)
    assert read <= fields_of(name), f"{handler} reads {read - fields_of(name)}, which {name} does not carry"
    assert read, f"{handler} reads nothing of {name} that this test can see; read event.payload[…] there"


def _reads_what_is_not_there(event: object) -> None:
    _helper(event.payload)  # type: ignore[attr-defined]


def _helper(payload: dict[str, str]) -> tuple[str, str | None]:
    return payload["order_id"], payload.get("colour")


def test_the_check_sees_what_a_handler_reads() -> None:
    """The guard of the guard: a key that is read in a helper is found."""
    assert keys_read(_reads_what_is_not_there) == {"order_id", "colour"}  # type: ignore[arg-type]
    assert "colour" not in fields_of("marketplace.order_paid")


def test_every_payload_is_plain_json() -> None:
    """Fields are annotated with plain JSON types, so that the log stores them and any language reads them."""
    plain = {"str", "int", "bool", "None", "list", "dict", "Any"}
    for event in declared.values():
        for field in fields(event):  # type: ignore[arg-type]
            names = {part.id for part in ast.walk(ast.parse(str(field.type))) if isinstance(part, ast.Name)}
            assert names <= plain, f"{event.name}.{field.name}: {field.type}"


def test_names_are_package_and_past_verb() -> None:
    """``package.verb``: the publisher is in the name."""
    for name, event in declared.items():
        assert event.__module__.split(".")[0] == f"chowk_{name.split('.')[0]}", name
