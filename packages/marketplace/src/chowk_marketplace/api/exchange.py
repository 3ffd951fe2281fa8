"""A seller's listings as a table, out and in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_marketplace.exchange import export_lines, import_lines, read_upload
from chowk_marketplace.importing import Report

STEP = 50
"""Progress is told every so many rows."""


class TableSerializer(serializers.Serializer[Any]):
    """A CSV file in UTF-8 with the columns of the export; at least ``reference``, ``title``, ``category``."""

    file = serializers.FileField()
    progress = serializers.BooleanField(
        default=False, help_text="Answer with a line of JSON every 50 rows, and the result as the last."
    )


class RejectedRowSerializer(serializers.Serializer[Any]):
    """A row that did not go in, and why."""

    line = serializers.IntegerField()
    reason = serializers.CharField()


class ImportResultSerializer(serializers.Serializer[Any]):
    """What an import did."""

    created = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = RejectedRowSerializer(many=True)


class ExchangeMixin:
    """Adds ``export/`` and ``import/`` to a viewset of listings."""

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR}, filters=False)
    @action(detail=False, pagination_class=None, permission_classes=[IsAuthenticated])
    def export(self, request: Request) -> HttpResponseBase:
        """Your own listings as CSV; what it gives, ``import`` takes and changes nothing."""
        response = StreamingHttpResponse(export_lines(request.user), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="listings.csv"'
        return response

    @extend_schema(
        request={"multipart/form-data": TableSerializer},
        responses={200: ImportResultSerializer},
        filters=False,
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="import",
        pagination_class=None,
        permission_classes=[IsAuthenticated],
        parser_classes=[MultiPartParser],
    )
    def import_table(self, request: Request) -> HttpResponseBase:
        """Take listings in from CSV. Bad rows are told by line and reason, the rest go in.

        A row whose reference you have already changes nothing.
        """
        data = TableSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        rows = read_upload(data.validated_data["file"])
        reports = import_lines(rows, seller=request.user)
        if data.validated_data["progress"]:
            return StreamingHttpResponse(_progress(reports, len(rows)), content_type="application/x-ndjson")
        *_earlier, report = [Report(), *reports]
        return Response(report.as_dict())


def _progress(reports: Iterator[Report], total: int) -> Iterator[str]:
    report = Report()
    for done, latest in enumerate(reports, start=1):
        report = latest
        if done % STEP == 0:
            yield json.dumps({"done": done, "total": total}) + "\n"
    yield json.dumps({"done": total, "total": total, **report.as_dict()}, ensure_ascii=False) + "\n"
