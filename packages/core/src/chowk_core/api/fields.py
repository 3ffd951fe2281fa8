"""Serializer fields for money and targets. Amounts are text on the wire, as in events and on sockets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from moneyed import Money
from rest_framework import serializers

from chowk_core.api.texts import is_storable
from chowk_core.exceptions import DomainError
from chowk_core.money import amount_text, decimals, from_minor, money_to_minor, to_minor
from chowk_core.targets import Target

AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
AMOUNT_SCHEMA = {"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$", "example": "5000.00"}
CURRENCY_SCHEMA = {"type": "string", "pattern": "^[A-Z]{3}$", "example": "USD"}


class _Amounts(serializers.Field[Any, Any, Any, Any]):
    """Reads an amount: decimal text (a whole JSON number will do), exact in its currency, within bounds."""

    default_error_messages = {
        "invalid_amount": _("Enter an amount as text, such as “5000.00”."),
        "unknown_currency": _("This is not a currency."),
        "min_value": _("Enter at least %(amount)s."),
        "max_value": _("Enter at most %(amount)s."),
    }

    def __init__(
        self, *, min_amount: str | int | None = None, max_amount: str | int | None = None, **kwargs: Any
    ) -> None:
        self.min_amount = None if min_amount is None else Decimal(min_amount)
        self.max_amount = None if max_amount is None else Decimal(max_amount)
        super().__init__(**kwargs)

    def minor(self, data: Any, currency: Any) -> int:
        """Minor units. Fails with invalid_amount, unknown_currency, min_value or max_value."""
        if not isinstance(currency, str):
            self.fail("unknown_currency")
        if isinstance(data, int) and not isinstance(data, bool):
            data = str(data)
        if not isinstance(data, str) or not AMOUNT.fullmatch(data):
            self.fail("invalid_amount")
        try:
            minor = to_minor(data, currency)
        except DomainError as error:
            raise serializers.ValidationError(error.detail, code=error.code) from error
        self._check_bounds(Decimal(data), currency)
        return minor

    def _check_bounds(self, amount: Decimal, currency: str) -> None:
        places = Decimal(1).scaleb(-decimals(currency))
        for code, bound, broken in (
            ("min_value", self.min_amount, self.min_amount is not None and amount < self.min_amount),
            ("max_value", self.max_amount, self.max_amount is not None and amount > self.max_amount),
        ):
            if bound is not None and broken:
                shown = f"{bound.quantize(places)} {currency}"
                raise serializers.ValidationError(self.error_messages[code] % {"amount": shown}, code=code)


@extend_schema_field(
    {
        "type": "object",
        "required": ["amount", "currency"],
        "properties": {"amount": AMOUNT_SCHEMA, "currency": CURRENCY_SCHEMA},
    }
)
class MoneyField(_Amounts):
    """``Money`` as ``{"amount": "5000.00", "currency": "USD"}``; bounds are in units of any currency."""

    default_error_messages = {
        "not_money": _("Enter an object with “amount” and “currency”."),
    }

    def to_representation(self, value: Money) -> dict[str, str]:
        currency = value.currency.code
        return {"amount": amount_text(money_to_minor(value), currency), "currency": currency}

    def to_internal_value(self, data: Any) -> Money:
        if not isinstance(data, Mapping) or set(data) != {"amount", "currency"}:
            self.fail("not_money")
        return from_minor(self.minor(data["amount"], data["currency"]), data["currency"])


@extend_schema_field(AMOUNT_SCHEMA)
class AmountField(_Amounts):
    """Integer minor units inside, decimal text outside. The currency is beside it.

    ``currency`` says where: a dotted path from the instance for output ("currency", "auction.currency").
    For input it is the serializer's ``context["currency"]``, else the input's own ``currency``, else what the
    path finds on the serializer's instance, else ``default_currency``.
    """

    def __init__(self, *, currency: str = "currency", default_currency: str = "", **kwargs: Any) -> None:
        self.currency = currency
        self.default_currency = default_currency
        super().__init__(**kwargs)

    def get_attribute(self, instance: Any) -> Any:
        minor = super().get_attribute(instance)
        return None if minor is None else (minor, _follow(instance, self.currency) or self.default_currency)

    def to_representation(self, value: tuple[int, str]) -> str:
        minor, currency = value
        return amount_text(minor, currency)

    def to_internal_value(self, data: Any) -> int:
        return self.minor(data, self._input_currency())

    def _input_currency(self) -> Any:
        given = getattr(self.parent, "initial_data", None)
        if "currency" in self.context:
            return self.context["currency"]
        if isinstance(given, Mapping) and "currency" in given:
            return given["currency"]
        return _follow(getattr(self.parent, "instance", None), self.currency) or self.default_currency


def _follow(instance: Any, path: str) -> Any:
    for name in path.split("."):
        if instance is None:
            return None
        instance = instance.get(name) if isinstance(instance, Mapping) else getattr(instance, name, None)
    return instance


@extend_schema_field(
    {
        "type": "object",
        "required": ["type", "id"],
        "properties": {
            "type": {"type": "string", "example": "chowk_marketplace.listing"},
            "id": {"type": "string", "maxLength": 64},
        },
    }
)
class TargetField(serializers.Field[Target, Any, dict[str, str], Any]):
    """``Target`` as ``{"type": "app_label.model", "id": "…"}``; input is made canonical.

    ``types`` limits what may be linked (a callable is asked at each request). With ``must_exist`` an object
    that is not there is refused as ``unknown_target``; whether the viewer may link it is for the service.
    """

    default_error_messages = {
        "not_a_target": _("Enter an object with “type” and “id”, both text."),
        "unknown_target": _("There is no such object."),
        "target_not_allowed": _("Objects of this type cannot be linked here."),
    }

    def __init__(
        self,
        *,
        types: Callable[[], set[str]] | set[str] | None = None,
        must_exist: bool = True,
        **kwargs: Any,
    ) -> None:
        self.types = types
        self.must_exist = must_exist
        super().__init__(**kwargs)

    def to_representation(self, value: Target) -> dict[str, str]:
        return {"type": value.type, "id": value.id}

    def to_internal_value(self, data: Any) -> Target:
        if not isinstance(data, Mapping) or set(data) != {"type", "id"}:
            self.fail("not_a_target")
        kind, key = data["type"], data["id"]
        if not isinstance(kind, str) or not isinstance(key, str) or not 0 < len(key) <= 64:
            self.fail("not_a_target")
        if not is_storable(key) or not kind.isascii():
            self.fail("unknown_target")
        try:
            target = Target(type=kind, id=key).canonical()
            allowed = self.types() if callable(self.types) else self.types
            if allowed is not None and target.type not in allowed:
                self.fail("target_not_allowed")
            if self.must_exist:
                target.get()
        except DomainError:
            self.fail("unknown_target")
        return target
