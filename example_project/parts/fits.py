"""What a part fits, as people write it: “Volvo 240 1979-1985, with ABS”."""

from __future__ import annotations

import re

from parts.models import Fitment

FITS = re.compile(
    r"(?P<make>\S+)(?: (?P<model>.+?))? (?P<first>\d{4})(?:\s*[-–]\s*(?P<last>\d{4}))?"  # noqa: RUF001
    r"(?:\s*,\s*(?P<note>.{1,200}))?"
)


def fitment_of(text: str) -> Fitment | None:
    """A fitment, without its part, that ``text`` means; None where it means none.

    The make is the first word, the model what follows, then come a year or two and, after a comma, a note.
    """
    found = FITS.fullmatch(text)
    if found is None:
        return None
    return Fitment(
        make=found["make"],
        model=found["model"] or "",
        year_from=int(found["first"]),
        year_to=int(found["last"] or found["first"]),
        note=found["note"] or "",
    )
