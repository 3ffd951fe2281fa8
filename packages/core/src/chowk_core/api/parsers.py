"""JSON that cannot break the server."""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is out of range")
    return number


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class SafeJSONParser(JSONParser):
    """DRF's parser, which also answers 400 for JSON nested too deep and for numbers too large for a float."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        encoding = (parser_context or {}).get("encoding", settings.DEFAULT_CHARSET)
        try:
            text = codecs.getreader(encoding)(stream)
            return json.load(text, parse_float=_finite, parse_constant=_refuse)
        except (ValueError, RecursionError, LookupError) as error:
            raise ParseError(_("JSON parse error: %(reason)s") % {"reason": error}) from error
