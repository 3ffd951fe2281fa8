"""``/connected-accounts/``: a seller's own account at a gateway."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_payments import selectors, services
from chowk_payments.api.sources import ReturnUrlField
from chowk_payments.api.views import GatewayViewSet


class ConnectedAccountSerializer(serializers.Serializer[Any]):
    """The account, and what it may do yet."""

    id = serializers.CharField(source="pk", read_only=True)
    gateway = serializers.CharField(max_length=32)
    country = serializers.RegexField(r"^[A-Z]{2}$")
    reference = serializers.CharField(read_only=True)
    details_submitted = serializers.BooleanField(read_only=True)
    charges_enabled = serializers.BooleanField(read_only=True)
    payouts_enabled = serializers.BooleanField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)


class OnboardingSerializer(serializers.Serializer[Any]):
    """Where the seller comes back to, and ``url``, where he goes now."""

    return_url = ReturnUrlField()
    url = serializers.URLField(read_only=True)


class ConnectedAccountViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GatewayViewSet):
    """The viewer's own accounts at payment providers, to which sales are paid out."""

    serializer_class = ConnectedAccountSerializer
    throttle_scopes = {"create": "payments", "onboarding": "payments"}

    def visible_to(self, viewer: Any) -> QuerySet[Any]:
        return selectors.connected_accounts(viewer)

    @extend_schema(request=ConnectedAccountSerializer, responses={201: ConnectedAccountSerializer})
    def create(self, request: Request) -> Response:
        """Open an account; the one that is there, if it is."""
        data = self.validated(ConnectedAccountSerializer)
        row = services.open_connected_account(
            user=request.user, gateway=data["gateway"], country=data["country"]
        )
        return Response(ConnectedAccountSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=OnboardingSerializer, responses=OnboardingSerializer)
    @action(detail=True, methods=["post"])
    def onboarding(self, request: Request, pk: str) -> Response:
        """A link, for one use and a short time, where the seller identifies himself."""
        row, data = self.get_object(), self.validated(OnboardingSerializer)
        back = data.get("return_url") or request.build_absolute_uri("/")
        url = services.onboarding_link(
            user=request.user, gateway=row.gateway, return_url=back, refresh_url=back
        )
        return Response({"url": url})
