"""OpenAPI by drf-spectacular, with error responses, and Idempotency-Key on every unsafe operation."""

from __future__ import annotations

from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from chowk_core.api.idempotency import HEADER, UNSAFE, Idempotent
from chowk_core.api.pagination import KeysetPages

Direction = Literal["request", "response"]


class ErrorSerializer(serializers.Serializer[Any]):
    """One error: a stable code for programs, a sentence for people, and the field, if one is to blame."""

    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class ErrorResponseSerializer(serializers.Serializer[Any]):
    """What every refusal answers."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]  # DRF has an attribute of this name


class AutoSchema(SpectacularSchema):
    """Adds what all our views have in common. A view's own ``extend_schema`` overrides any of it."""

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if self.method in UNSAFE and isinstance(self.view, Idempotent):
            parameters.append(
                OpenApiParameter(
                    HEADER,
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    required=self.view.idempotency_required,
                    description=str(
                        _(
                            "Any text of your own, such as a UUID, up to 255 characters. The same request "
                            "sent again with it has its effect once and gets the same answer."
                        )
                    ),
                )
            )
        return parameters

    def get_paginated_name(self, serializer_name: str) -> str:
        """Pages by cursor have no count, hence a component of their own."""
        name: str = super().get_paginated_name(serializer_name)
        pagination = getattr(self.view, "pagination_class", None)
        return f"Keyset{name}" if pagination and issubclass(pagination, KeysetPages) else name

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, text in self.refusals().items():
            if status not in bodies:
                response = self._get_response_for_code(ErrorResponseSerializer, status, direction=direction)
                bodies[status] = {**response, "description": str(text)}
        return bodies

    def refusals(self) -> dict[str, Any]:
        """The statuses that this operation may refuse with."""
        found = {"400": _("The request is malformed or invalid.")}
        if any(type(one).__name__ != "AllowAny" for one in self.view.get_permissions()):
            found["401"] = _("You are not signed in.")
            found["403"] = _("You may not do this.")
        if "{" in self.path or self._is_list_view():
            found["404"] = _("There is no such thing, or it is not for you to see.")
        if self.method in UNSAFE:
            found["403"] = _("You may not do this.")
            found["409"] = _("The object's state does not allow this, or the same request is still running.")
            found["413"] = _("The request is too large.")
            found["415"] = _("Send JSON.")
            if isinstance(self.view, Idempotent):
                found["422"] = _("The Idempotency-Key was used for a different request.")
        if self.view.get_throttles():
            found["429"] = _("Too many requests.")
        return found
