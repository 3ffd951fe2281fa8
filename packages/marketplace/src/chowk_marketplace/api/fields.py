"""Fields of the marketplace's serializers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chowk_core.exceptions import DomainError
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import UnknownCategory
from chowk_marketplace.listing_types import type_name
from chowk_marketplace.selectors import category_for
from chowk_marketplace.store_selectors import store_for


def status_field(model: type[Any], example: str) -> serializers.CharField:
    """The status of ``model``, read only, with its values spelled out in OpenAPI.

    They stand inline: as enums of their own, the statuses of all packages would compete for one name.
    """
    values = {"allOf": [{"type": "string", "enum": model.Status.values}], "example": example}
    return extend_schema_field(values)(type("StatusField", (serializers.CharField,), {}))(read_only=True)


def choice_field(choices: type[Any], *, only: Sequence[str] = (), **options: Any) -> serializers.ChoiceField:
    """A choice (of ``only`` some values) spelled out in OpenAPI, for the reason of ``status_field``."""
    pairs = [(value, label) for value, label in choices.choices if not only or value in only]
    known = [value for value, _label in pairs]
    values = {"allOf": [{"type": "string", "enum": known}], "example": known[0]}
    field: Any = extend_schema_field(values)(type("InlineChoiceField", (serializers.ChoiceField,), {}))
    return field(choices=pairs, **options)


def find_category(key: Any) -> Any:
    """A category by slug or primary key. Raises UnknownCategory."""
    name = key if isinstance(key, str) and key.isprintable() and len(key) <= 140 else ""
    try:
        return category_for(name)
    except DomainError as error:
        raise UnknownCategory(name=name) from error


@extend_schema_field({"type": "string", "maxLength": 140, "example": "cars-sedan"})
class CategoryField(serializers.Field[Any, Any, str, Any]):
    """A category as its slug; its primary key is taken too."""

    def to_representation(self, value: Any) -> str:
        return value.slug

    def to_internal_value(self, data: Any) -> Any:
        try:
            return find_category(data)
        except DomainError as error:
            raise serializers.ValidationError(error.detail, code=error.code) from error


@extend_schema_field({"type": "string", "maxLength": 140, "nullable": True, "example": "khan-motors"})
class StoreField(serializers.Field[Any, Any, str, Any]):
    """A store as its slug."""

    default_error_messages = {"unknown_store": _("There is no store “{slug}”.")}

    def to_representation(self, value: Any) -> str:
        return value.slug

    def to_internal_value(self, data: Any) -> Any:
        try:
            return store_for(data if isinstance(data, str) else "")
        except DomainError:
            self.fail("unknown_store", slug=data)


@extend_schema_field(
    {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
    }
)
class UserField(serializers.Field[Any, Any, dict[str, str], Any]):
    """What anybody may know of a user."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Any) -> dict[str, str]:
        return {"id": str(value.pk), "name": marketplace_settings.PUBLIC_NAME(user=value)}


@extend_schema_field({"type": "string", "maxLength": 60, "example": "listing"})
class ListingTypeField(serializers.Field[Any, Any, str, Any]):
    """The name of a listing's type. Input may name it, but only as what it is."""

    default_error_messages = {"wrong_type": _("This is a listing of type “{name}”.")}

    def __init__(self, *, row: bool = False, **kwargs: Any) -> None:
        self.row = row
        super().__init__(**{"required": False, **kwargs} if not row else kwargs)

    def get_attribute(self, instance: Any) -> Any:
        return instance.polymorphic_ctype.model_class() if self.row else type(instance)

    def to_representation(self, value: type[Any]) -> str:
        return type_name(value)

    def to_internal_value(self, data: Any) -> Any:
        serializer: Any = self.parent
        name = type_name(serializer.Meta.model)
        if data != name:
            self.fail("wrong_type", name=name)
        raise serializers.SkipField
