"""Complaints, for both sides of their orders and for staff."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_marketplace import aftersale_selectors, selectors, services
from chowk_marketplace.api.complaint_serializers import (
    ComplaintMessageSerializer,
    ComplaintSerializer,
    EvidenceSerializer,
    NewComplaintMessageSerializer,
    NewComplaintSerializer,
    NewEvidenceSerializer,
    ResolutionSerializer,
)
from chowk_marketplace.api.desire_views import OwnViewSet
from chowk_marketplace.api.filters import ComplaintFilter
from chowk_marketplace.api.order_serializers import NoteSerializer
from chowk_marketplace.evidence import as_download


class ComplaintViewSet(OwnViewSet):
    """The complaints about what you bought or sold."""

    serializer_class = ComplaintSerializer
    filterset_class = ComplaintFilter
    parser_classes = (JSONParser, MultiPartParser)

    def visible_to(self, viewer: Any) -> Any:
        return aftersale_selectors.visible_complaints(viewer)

    @extend_schema(request=NewComplaintSerializer, responses={201: ComplaintSerializer})
    def create(self, request: Request) -> Response:
        """Complain about an order."""
        data = self.valid(NewComplaintSerializer)
        order = selectors.order_for(request.user, data.pop("order"))
        row = services.open_complaint(order=order, actor=request.user, **data)
        return self.answer(row, status.HTTP_201_CREATED)

    @extend_schema(responses={200: ComplaintMessageSerializer(many=True)}, filters=False)
    @action(detail=True, pagination_class=None)
    def track(self, request: Request, pk: str) -> Response:
        """What was said and done so far, first to last."""
        rows = aftersale_selectors.complaint_track(request.user, self.get_object())
        return Response(ComplaintMessageSerializer(rows, many=True).data)

    @extend_schema(request=NewComplaintMessageSerializer, responses={201: ComplaintMessageSerializer})
    @action(detail=True, methods=["post"])
    def messages(self, request: Request, pk: str) -> Response:
        """Say something to the other side and staff."""
        data = self.valid(NewComplaintMessageSerializer)
        row = services.add_complaint_message(complaint=self.get_object(), actor=request.user, **data)
        return Response(ComplaintMessageSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request={"multipart/form-data": NewEvidenceSerializer}, responses={201: EvidenceSerializer}
    )
    @action(detail=True, methods=["post"])
    def evidence(self, request: Request, pk: str) -> Response:
        """Add a file."""
        upload = self.valid(NewEvidenceSerializer)["file"]
        row = services.add_evidence(complaint=self.get_object(), actor=request.user, upload=upload)
        return Response(EvidenceSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, url_path="evidence/<str:evidence_id>", pagination_class=None)
    def download(self, request: Request, pk: str, evidence_id: str) -> FileResponse:
        """Download a file."""
        row = aftersale_selectors.evidence_for(request.user, self.get_object(), evidence_id)
        return as_download(row)

    @extend_schema(request=NoteSerializer, responses={200: ComplaintSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take your complaint back."""
        return self.take_step(services.withdraw_complaint)

    @extend_schema(request=NoteSerializer, responses={200: ComplaintSerializer})
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """Staff look into it."""
        return self.take_step(services.review_complaint)

    @extend_schema(request=ResolutionSerializer, responses={200: ComplaintSerializer})
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Staff decide."""
        return self.take_step(services.resolve_complaint, ResolutionSerializer)

    def take_step(self, service: Any, serializer: Any = NoteSerializer) -> Response:
        """Validate the request, call the service, and answer the complaint as it now is."""
        data = self.valid(serializer)
        return self.answer(service(complaint=self.get_object(), actor=self.request.user, **data))
