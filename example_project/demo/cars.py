"""Cars for the demonstration, written for it: believable, and nobody's real car."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Specimen:
    """A car and what it is worth, in whole US dollars. ``km`` is its mileage, ``cc`` its engine size."""

    year: int
    make: str
    model: str
    body: str
    fuel: str
    gears: str
    km: int
    hp: int
    cc: int
    doors: int
    drive: str
    value: int
    city: str
    text: str

    @property
    def title(self) -> str:
        return f"{self.year} {self.make} {self.model}"


NUMBERS = {"year", "km", "hp", "cc", "doors", "value"}


def _read(file: Path) -> tuple[Specimen, ...]:
    with file.open(encoding="utf-8", newline="") as rows:
        return tuple(
            Specimen(**{name: int(text) if name in NUMBERS else text for name, text in row.items()})  # type: ignore[arg-type]
            for row in csv.DictReader(rows)
        )


CARS = _read(Path(__file__).with_name("cars.csv"))
