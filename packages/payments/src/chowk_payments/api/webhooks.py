"""``/payments/webhooks/<gateway>/``: what gateways call."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.views import ApiView
from chowk_payments import services


class WebhookView(ApiView):
    """A gateway says that something happened. It is stored and worked on later."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Read the body as it came, before a form's parser takes it apart: that is what is signed."""
        _body = request.body
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses={200: OpenApiResponse(OpenApiTypes.OBJECT, description="It is stored, now or before.")},
        auth=[],
    )
    def post(self, request: Request, gateway: str) -> Response:
        """Signed by the gateway, and not older or newer than WEBHOOK_TOLERANCE."""
        raw = request._request
        headers = {name.lower(): value for name, value in raw.headers.items()}
        services.receive_webhook(gateway=gateway, body=raw.body, headers=headers)
        return Response({"received": True})
