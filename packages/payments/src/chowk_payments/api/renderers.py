"""Answers other than JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer

from chowk_payments.exporting import unformulated


class CsvRenderer(BaseRenderer):
    """Lets ``?format=csv`` and ``Accept: text/csv`` choose CSV. The view streams the rows; what is left to
    render are errors, a line each."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> str:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(("error", "detail", "field"))
        for problem in data.get("errors", []):
            names = ("code", "detail", "attr")
            writer.writerow([unformulated(str(problem.get(name) or "")) for name in names])
        return text.getvalue()
