"""Provinces, cities and one's own addresses."""

from __future__ import annotations

from typing import Any

import django_filters
from django_countries.serializer_fields import CountryField
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.views import ScopedViewSet
from chowk_marketplace import cart_selectors, services
from chowk_marketplace.api.filters import TextFilter
from chowk_marketplace.models import get_address_model, get_city_model, get_province_model


class ProvinceSerializer(serializers.ModelSerializer[Any]):
    """A province."""

    id = serializers.CharField(source="pk", read_only=True)
    country = CountryField(read_only=True)

    class Meta:
        model = get_province_model()
        fields = ("id", "code", "name", "country")
        read_only_fields = fields


class CitySerializer(serializers.ModelSerializer[Any]):
    """A city and the code of its province."""

    id = serializers.CharField(source="pk", read_only=True)
    province = serializers.CharField(source="province.code", read_only=True)

    class Meta:
        model = get_city_model()
        fields = ("id", "name", "province")
        read_only_fields = fields


class AddressSerializer(serializers.ModelSerializer[Any]):
    """An address of yours: ``city`` is one of ``/cities/``, or ``city_name`` and ``region`` free text."""

    id = serializers.CharField(source="pk", read_only=True)
    city = serializers.PrimaryKeyRelatedField(
        queryset=get_city_model()._default_manager.select_related("province"),
        required=False,
        allow_null=True,
        pk_field=serializers.CharField(max_length=64),
    )
    country = CountryField()

    class Meta:
        model = get_address_model()
        fields = (
            "id",
            "label",
            "name",
            "phone",
            "line1",
            "line2",
            "city",
            "city_name",
            "region",
            "postal_code",
            "country",
            "is_default",
        )
        validators: tuple[Any, ...] = ()


class ProvinceFilter(django_filters.FilterSet):
    """Provinces of a country."""

    country = TextFilter(lookup_expr="iexact")

    class Meta:
        model = get_province_model()
        fields: list[str] = []


class CityFilter(django_filters.FilterSet):
    """Cities of a province, by its code."""

    province = TextFilter(field_name="province__code", lookup_expr="iexact")

    class Meta:
        model = get_city_model()
        fields: list[str] = []


class ProvinceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Provinces that are known here."""

    serializer_class = ProvinceSerializer
    filterset_class = ProvinceFilter
    permission_classes = (AllowAny,)
    search_fields = ("name",)

    def visible_to(self, viewer: Any) -> Any:
        return cart_selectors.provinces()


class CityViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Cities that are known here."""

    serializer_class = CitySerializer
    filterset_class = CityFilter
    permission_classes = (AllowAny,)
    search_fields = ("name",)

    def visible_to(self, viewer: Any) -> Any:
        return cart_selectors.cities()


class AddressViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Your addresses, of which one is the default."""

    serializer_class = AddressSerializer
    permission_classes = (IsAuthenticated,)

    def visible_to(self, viewer: Any) -> Any:
        return cart_selectors.addresses_of(viewer)

    @extend_schema(responses={201: AddressSerializer})
    def create(self, request: Request) -> Response:
        """Add an address; the first one is the default."""
        return self.save(request, None, status.HTTP_201_CREATED)

    def update(self, request: Request, pk: str) -> Response:
        """Change an address."""
        return self.save(request, self.get_object())

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some fields of an address."""
        return self.save(request, self.get_object(), partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove an address."""
        services.delete_address(address=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def save(self, request: Request, address: Any, code: int = 200, *, partial: bool = False) -> Response:
        """Validate the request, save, and answer the address."""
        data = self.get_serializer(address, data=request.data, partial=partial)
        data.is_valid(raise_exception=True)
        saved = services.save_address(user=request.user, address=address, **data.validated_data)
        return Response(self.get_serializer(saved).data, status=code)
