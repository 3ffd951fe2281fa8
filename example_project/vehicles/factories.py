"""Cars for tests and demonstrations, made with the marketplace's services."""

from __future__ import annotations

from typing import Any

import factory
from moneyed import Money

from chowk_marketplace.models import get_category_model
from chowk_marketplace.services import activate_listing, create_category, create_listing
from vehicles.models import Car, CarSpecification


class CarFactory(factory.Factory):
    """A pending car at 9500.00 USD with a specification; give ``seller``."""

    class Meta:
        model = Car

    make = "Volvo"
    model = "240"
    year = 1985
    fuel = Car.Fuel.PETROL
    body_style = Car.BodyStyle.WAGON
    title = factory.LazyAttribute(lambda car: f"{car.year} {car.make} {car.model}")
    price = factory.LazyFunction(lambda: Money("9500.00", "USD"))

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("category", None)
        kwargs["category"] = kwargs["category"] or cars_category()
        car = create_listing(listing_model=model_class, **kwargs)
        CarSpecification.objects.create(car=car, power_hp=111, doors=4)
        return car


class ActiveCarFactory(CarFactory):
    """A car on offer."""

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        car = super()._create(model_class, *args, **kwargs)
        activate_listing(listing=car)
        return Car.objects.get(pk=car.pk)


def cars_category() -> Any:
    """The category of cars."""
    return get_category_model().objects.filter(slug="cars").first() or create_category(name="Cars")
