"""Cars as listings and under the hammer."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from moneyed import Money

from chowk_auctions import services as auctions
from chowk_core.targets import Target
from chowk_marketplace import services as marketplace
from chowk_marketplace.models import get_category_model
from demo.cars import CARS, Specimen
from vehicles.models import Car, CarSpecification

CURRENCY = "USD"
PICTURES = Path(__file__).with_name("pictures")
BODIES = {
    "sedan": "Sedans",
    "hatchback": "Hatchbacks",
    "wagon": "Wagons",
    "convertible": "Convertibles",
    "hardtop": "Hardtops",
}
SOFT_CLOSE = timedelta(seconds=15)
HARD_END = timedelta(minutes=2)


def categories() -> dict[str, Any]:
    """The category of each body style, made where it is missing."""
    model = get_category_model()
    known = {category.slug: category for category in model.objects.all()}
    root = known.get("cars") or marketplace.create_category(name="Cars", slug="cars")
    return {
        body: known.get(f"cars-{body}")
        or marketplace.create_category(name=name, slug=f"cars-{body}", parent=root)
        for body, name in BODIES.items()
    }


def offer(specimen: Specimen, *, seller: Any, category: Any, fixed: bool, copy: int = 0) -> Any:
    """The specimen as an active listing of ``seller``. Copies differ in their mileage, as cars do."""
    listing = marketplace.create_listing(
        listing_model=Car,
        seller=seller,
        category=category,
        title=specimen.title,
        description=specimen.text,
        sale_format="fixed_price" if fixed else "auction",
        price=Money(specimen.value, CURRENCY) if fixed else None,
        city=specimen.city,
        country="PK",
        make=specimen.make,
        model=specimen.model,
        year=specimen.year,
        mileage=specimen.km + copy * 1730,
        transmission=specimen.gears,
        fuel=specimen.fuel,
        body_style=specimen.body,
    )
    CarSpecification.objects.create(
        car_id=listing.pk,
        power_hp=specimen.hp,
        engine_cc=specimen.cc,
        doors=specimen.doors,
        drivetrain=specimen.drive,
        cylinders=6 if specimen.cc > 2450 and specimen.fuel == "petrol" else 4,
    )
    return marketplace.activate_listing(listing=listing, actor=seller)


def picture(listing: Any, body: str) -> None:
    """Pictures of a teal car: from the side, from within, a wheel. They are drawings, but real files."""
    views = {body: _("seen from the side"), "interior": _("the dashboard"), "wheel": _("a wheel")}
    for name, what in views.items():
        file = PICTURES / f"{name}.webp"
        marketplace.add_image(
            listing=listing,
            upload=SimpleUploadedFile(file.name, file.read_bytes()),
            actor=listing.seller,
            alt_text=f"{listing.title}, {what}",
        )


def value_of(title: str) -> int:
    """What a car of this title is worth to the house's bidders, in whole dollars."""
    return next((specimen.value for specimen in CARS if specimen.title == title), 6000)


def hammer(
    listing: Any,
    *,
    lasting: timedelta,
    seller: Any,
    now: datetime | None = None,
    starts_in: timedelta | None = None,
) -> Any:
    """Put a listing under the hammer for ``lasting``: from low, half with a reserve, some with a buy-now."""
    value, rng = value_of(listing.title), random.Random(str(listing.pk))
    start = _round(value * rng.uniform(0.35, 0.55))
    now = now or timezone.now()
    opening = now + (starts_in or timedelta(0))
    return auctions.create_auction(
        seller=seller,
        target=Target.of(listing),
        title=listing.title,
        currency=CURRENCY,
        starting_price=Decimal(start),
        reserve_price=Decimal(_round(value * 0.8)) if rng.random() < 0.5 else None,
        buy_now_price=Decimal(_round(value * 1.35)) if rng.random() < 0.4 else None,
        starts_at=opening,
        ends_at=opening + lasting,
        hard_ends_at=opening + lasting + HARD_END,
        extension_window=SOFT_CLOSE,
        extension=SOFT_CLOSE,
        now=now,
    )


def _round(dollars: float) -> int:
    step = 100 if dollars >= 2000 else 50
    return max(step, int(dollars // step) * step)
