"""Cars from the 1985 model import car and truck specifications (Ward's Automotive Yearbook, 1985), as CSV.

The file measures in inches, pounds, cubic inches and miles per US gallon, and prices in US dollars; a price
between two cents is rounded, and a name may be a make's alone.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from chowk_core.money import from_minor, round_minor
from chowk_marketplace.importing import BadRow, Importer, Row
from vehicles.makes import make_of, model_of
from vehicles.models import Car, CarSpecification

MM_PER_INCH = Decimal("25.4")
KG_PER_POUND = Decimal("0.45359237")
CC_PER_CUBIC_INCH = Decimal("16.387064")
MOST = 10**9
L_100KM_TIMES_MPG = Decimal("235.214583")
YEAR = 1985
CURRENCY = "USD"

NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "twelve": 12}
FUELS = {"gas": Car.Fuel.PETROL, "diesel": Car.Fuel.DIESEL}
ASPIRATIONS = {"std": CarSpecification.Aspiration.NATURAL, "turbo": CarSpecification.Aspiration.TURBO}
PLURALS = {
    "sedan": "Sedans",
    "hatchback": "Hatchbacks",
    "wagon": "Wagons",
    "convertible": "Convertibles",
    "hardtop": "Hardtops",
}
REMARK = re.compile(r"\s*\((auto|diesel|sw|turbo)\)\s*$")
"""What the list adds to a model's name; body, fuel and aspiration have columns of their own."""


class CarImporter(Importer):
    """Makes cars and their specifications."""

    columns = (
        "car_ID",
        "CarName",
        "fueltype",
        "aspiration",
        "doornumber",
        "carbody",
        "drivewheel",
        "enginelocation",
        "wheelbase",
        "carlength",
        "carwidth",
        "carheight",
        "curbweight",
        "enginetype",
        "cylindernumber",
        "enginesize",
        "fuelsystem",
        "compressionratio",
        "horsepower",
        "peakrpm",
        "citympg",
        "highwaympg",
        "price",
    )

    def reference(self, row: Row) -> str:
        return f"cars-1985-{row['car_ID'].strip()}" if row["car_ID"].strip() else ""

    def category(self, row: Row) -> list[tuple[str, str]]:
        body = _one_of(row, "carbody", Car.BodyStyle.values)
        return [("cars", "Cars"), (f"cars-{body}", PLURALS[body])]

    def listing(self, row: Row) -> dict[str, Any]:
        make, model = _name(row)
        return {
            "title": f"{YEAR} {make} {model}".strip(),
            "description": _description(row, make, model),
            "price": from_minor(round_minor(_number(row, "price"), CURRENCY), CURRENCY),
            "condition": Car.Condition.USED,
            "make": make,
            "model": model,
            "year": YEAR,
            "transmission": Car.Transmission.AUTOMATIC if "(auto)" in row["CarName"] else "",
            "fuel": FUELS[_one_of(row, "fueltype", FUELS)],
            "body_style": _one_of(row, "carbody", Car.BodyStyle.values),
        }

    def finish(self, listing: Any, row: Row) -> None:
        details = CarSpecification(
            car=listing,
            power_hp=_whole(row, "horsepower"),
            peak_power_rpm=_whole(row, "peakrpm"),
            engine_cc=_whole(row, "enginesize", CC_PER_CUBIC_INCH),
            engine_type=row["enginetype"].strip(),
            engine_location=_one_of(row, "enginelocation", CarSpecification.EngineLocation.values),
            cylinders=NUMBERS[_one_of(row, "cylindernumber", NUMBERS)],
            aspiration=ASPIRATIONS[_one_of(row, "aspiration", ASPIRATIONS)],
            fuel_system=row["fuelsystem"].strip(),
            compression_ratio=_number(row, "compressionratio"),
            drivetrain=_one_of(row, "drivewheel", CarSpecification.Drivetrain.values),
            doors=NUMBERS[_one_of(row, "doornumber", NUMBERS)],
            city_l_100km=_economy(row, "citympg"),
            highway_l_100km=_economy(row, "highwaympg"),
            wheelbase_mm=_whole(row, "wheelbase", MM_PER_INCH),
            length_mm=_whole(row, "carlength", MM_PER_INCH),
            width_mm=_whole(row, "carwidth", MM_PER_INCH),
            height_mm=_whole(row, "carheight", MM_PER_INCH),
            weight_kg=_whole(row, "curbweight", KG_PER_POUND),
        )
        details.full_clean(exclude=["car"])
        details.save(force_insert=True)


def _name(row: Row) -> tuple[str, str]:
    make, _space, model = REMARK.sub("", row["CarName"].strip()).partition(" ")
    if not make:
        raise BadRow(_("CarName is empty"))
    return make_of(make), model_of(model)


def _description(row: Row, make: str, model: str) -> str:
    return _("%(make)s %(model)s, %(doors)s doors, %(power)s hp.") % {
        "make": make,
        "model": model,
        "doors": row["doornumber"],
        "power": row["horsepower"],
    }


def _one_of(row: Row, column: str, known: Any) -> str:
    text = row[column].strip()
    if text not in known:
        raise BadRow(
            _("%(column)s is “%(text)s”, not one of %(known)s")
            % {"column": column, "text": text, "known": ", ".join(known)}
        )
    return text


def _number(row: Row, column: str) -> Decimal:
    try:
        number = Decimal(row[column].strip())
    except InvalidOperation as error:
        raise _not_positive(row, column) from error
    if not number.is_finite() or not 0 < number < MOST:
        raise _not_positive(row, column)
    return number


def _not_positive(row: Row, column: str) -> BadRow:
    return BadRow(
        _("%(column)s is “%(text)s”, not a number above zero and below a billion")
        % {"column": column, "text": row[column]}
    )


def _whole(row: Row, column: str, factor: Decimal = Decimal(1)) -> int:
    return int((_number(row, column) * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _economy(row: Row, column: str) -> Decimal:
    """Miles per US gallon as litres per 100 km."""
    return (L_100KM_TIMES_MPG / _number(row, column)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
