from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins
from rest_framework.permissions import IsAuthenticated
from rest_framework.serializers import BaseSerializer

from chowk___name__ import selectors, services
from chowk___name__.api.serializers import ItemSerializer
from chowk_core.api.views import ScopedViewSet


class ItemViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, ScopedViewSet
):
    """The viewer's items."""

    serializer_class = ItemSerializer
    permission_classes = (IsAuthenticated,)
    ordering_fields = ("created_at", "title")

    def visible_to(self, viewer: Any) -> QuerySet[Any]:
        return selectors.visible_items(viewer)

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        serializer.instance = services.add_item(
            owner=self.request.user, title=serializer.validated_data["title"]
        )
