from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

HEADER = (
    "car_ID,symboling,CarName,fueltype,aspiration,doornumber,carbody,drivewheel,enginelocation,wheelbase,"
    "carlength,carwidth,carheight,curbweight,enginetype,cylindernumber,enginesize,fuelsystem,boreratio,st"
    "roke,compressionratio,horsepower,peakrpm,citympg,highwaympg,price"
)
ROWS = (
    "1,3,alfa-romero giulia,gas,std,two,convertible,rwd,front,88.6,168.8,64.1,"
    "48.8,2548,dohc,four,130,mpfi,3.47,2.68,9,111,5000,21,27,13495",
    "10,0,audi 5000s (diesel),gas,turbo,two,hatchback,4wd,front,99.5,178.2,67.9,"
    "52,3053,ohc,five,131,mpfi,3.13,3.4,7,160,5500,16,22,17859.167",
    "11,0,vokswagen rabbit,diesel,std,two,wagon,fwd,front,97.3,171.7,65.5,55.7,"
    "2261,ohc,four,97,idi,3.01,3.4,23,52,4800,37,46,7775",
    "12,2,subaru,gas,std,two,hatchback,fwd,front,93.7,156.9,63.4,53.7,2050,ohcf,"
    "four,97,2bbl,3.62,2.36,9,69,4900,31,36,5118",
    "13,2,honda civic (auto),gas,std,two,hatchback,fwd,front,93.7,150,64,52.6,"
    "1940,ohc,four,92,1bbl,2.91,3.41,9.2,76,6000,30,34,6529",
)
"""Rows in the form of the file, with its typing errors."""


@pytest.fixture
def table(tmp_path: Path):
    """Writes rows under the header to a file."""

    def write(*rows: str) -> Path:
        path = tmp_path / "cars.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def seller(db):
    return get_user_model().objects.create_user("seller@example.org", display_name="Zara")
