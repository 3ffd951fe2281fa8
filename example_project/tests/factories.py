"""Objects of the site, made through its services."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone
from moneyed import Money

from accounts.models import User
from chowk_auctions import services as auctions
from chowk_core.relay import relay
from chowk_core.targets import Target
from chowk_marketplace import services as marketplace
from chowk_marketplace.models import get_category_model
from chowk_payments import services as payments
from demo.people import card
from vehicles.models import Car, CarSpecification

PASSWORD = "correct horse battery"


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    display_name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password(PASSWORD)


def make_car(*, seller: Any = None, price: int | None = 5000, active: bool = True, **fields: Any) -> Car:
    """An active car of ``seller``: at a fixed price, or with ``price=None`` to be auctioned."""
    seller = seller or UserFactory()
    category = get_category_model().objects.filter(slug="cars").first()
    category = category or marketplace.create_category(name="Cars", slug="cars")
    car = marketplace.create_listing(
        listing_model=Car,
        seller=seller,
        category=category,
        sale_format="auction" if price is None else "fixed_price",
        price=None if price is None else Money(price, "USD"),
        **{
            "title": "1985 Volvo 240 GL",
            "make": "Volvo",
            "model": "240 GL",
            "year": 1985,
            "fuel": "petrol",
            "body_style": "wagon",
            **fields,
        },
    )
    CarSpecification.objects.create(car_id=car.pk, power_hp=114, doors=5)
    return marketplace.activate_listing(listing=car, actor=seller) if active else car


def make_auction(*, car: Car | None = None, lasting: timedelta = timedelta(hours=1), **terms: Any) -> Any:
    """An open auction of ``car``, from 1,000 dollars."""
    car = car or make_car(price=None)
    return auctions.create_auction(
        seller=car.seller,
        target=Target("chowk_marketplace.listing", str(car.pk)),
        title=car.title,
        currency="USD",
        **{"starting_price": Decimal(1000), "ends_at": timezone.now() + lasting, **terms},
    )


def make_order(*, buyer: Any = None, seller: Any = None, price: int = 5000, **fields: Any) -> Any:
    """An order for a car, to be paid."""
    car = make_car(seller=seller, price=price, **fields)
    return marketplace.purchase(listing=car, buyer=buyer or UserFactory())


def make_delivered_order(*, buyer: Any = None, **fields: Any) -> Any:
    """An order that was paid from the wallet, sent and received."""
    order = make_order(buyer=buyer, **fields)
    fill_wallet(order.buyer, int(order.total.amount))
    payments.pay(payer=order.buyer, target=Target.of(order), method="wallet")
    relay()
    order = marketplace.ship_order(order=order, actor=order.seller)
    order = marketplace.deliver_order(order=order, actor=order.buyer)
    relay()
    return order


def fill_wallet(user: Any, dollars: int) -> None:
    """Money in the wallet, from a card."""
    payments.top_up(payer=user, amount=dollars * 100, currency="USD", card=card())
