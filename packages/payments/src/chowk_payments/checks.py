"""System checks of a site's payment settings."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from chowk_core.targets import Target, UnknownTarget
from chowk_payments import immutability
from chowk_payments.conf import payments_settings

METHODS = ("authorise", "confirm", "capture", "cancel", "refund", "look_up", "transactions")


def _gateways() -> dict[str, Any] | None:
    """The gateways, or None where one does not import: core's own check tells of that."""
    try:
        return dict(payments_settings.GATEWAYS)
    except (ImportError, AttributeError):
        return None


@register("chowk")
def check_gateways(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """CARD_GATEWAY is one of GATEWAYS, and each of these has what a gateway needs."""
    gateways = _gateways()
    if gateways is None:
        return []
    found: list[CheckMessage] = []
    if payments_settings.CARD_GATEWAY not in gateways:
        found.append(
            Error(
                f"CHOWK_PAYMENTS['CARD_GATEWAY'] is {payments_settings.CARD_GATEWAY!r}, which is not in "
                f"GATEWAYS.",
                hint=f"Known: {', '.join(sorted(gateways)) or 'none'}.",
                id="chowk_payments.E001",
            )
        )
    found += [
        Error(
            f"CHOWK_PAYMENTS['METHODS'] gives {method!r} to the gateway {name!r}, which is not in GATEWAYS.",
            hint=f"Known: {', '.join(sorted(gateways)) or 'none'}.",
            id="chowk_payments.E004",
        )
        for method, name in payments_settings.METHODS.items()
        if name not in gateways
    ]
    for name, gateway in gateways.items():
        missing = [method for method in METHODS if not callable(getattr(gateway, method, None))]
        if missing:
            found.append(
                Error(
                    f"The gateway {name!r} lacks {', '.join(missing)}.",
                    hint="See chowk_payments.gateways.base.Gateway.",
                    id="chowk_payments.E002",
                )
            )
    return found


@register("chowk")
def check_remote_gateways(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A gateway that is in use has its library and its secrets. Says which, never what they are."""
    in_use = {payments_settings.CARD_GATEWAY, *payments_settings.METHODS.values()}
    found: list[CheckMessage] = []
    for name, gateway in (_gateways() or {}).items():
        library, secrets = getattr(gateway, "library", ""), getattr(gateway, "secrets", ())
        if name not in in_use:
            continue
        if library and importlib.util.find_spec(library) is None:
            found.append(
                Error(
                    f"The gateway {name!r} needs a library that is not installed.",
                    hint=f"pip install 'chowk-payments[{gateway.extra}]'",
                    id="chowk_payments.E005",
                )
            )
        missing = [secret for secret in secrets if not payments_settings.SECRETS(name=secret)]
        if missing:
            found.append(
                Error(
                    f"The gateway {name!r} lacks {', '.join(missing)}.",
                    hint="Set them in the environment, or change CHOWK_PAYMENTS['SECRETS'].",
                    id="chowk_payments.E006",
                )
            )
    return found


@register("chowk")
def check_payables(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """PAYABLES names installed models, by their canonical label."""
    found: list[CheckMessage] = []
    for name in payments_settings.raw("PAYABLES"):
        try:
            canonical = Target(type=name, id="").canonical().type
        except UnknownTarget:
            canonical = None
        if canonical != name:
            hint = f"Write {canonical!r}." if canonical else "Write 'app_label.model', in lower case."
            found.append(
                Error(
                    f"CHOWK_PAYMENTS['PAYABLES'] names {name!r}, which nothing to pay can be called.",
                    hint=hint,
                    id="chowk_payments.E003",
                )
            )
    return found


@register("chowk", deploy=True)
def check_dummy_gateway(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The dummy gateway moves no money."""
    if settings.DEBUG or payments_settings.raw("CARD_GATEWAY") != "dummy":
        return []
    return [
        Warning(
            "Cards are charged by the dummy gateway, which moves no money.",
            hint="Set CHOWK_PAYMENTS['GATEWAYS'] and ['CARD_GATEWAY'].",
            id="chowk_payments.W001",
        )
    ]


@register(Tags.database)
def check_guards(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The ledger's tables have their triggers (asked with ``check --database default``)."""
    if "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        tables = set(connections["default"].introspection.table_names(cursor))
    return [
        Warning(
            f"Nothing in the database keeps the rows of {table} from being changed.",
            hint="Add the guard_… operation of chowk_payments.immutability to a migration.",
            id="chowk_payments.W002",
        )
        for table in immutability.guarded_tables()
        if table in tables and not immutability.installed(table)
    ]
