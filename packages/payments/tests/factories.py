from __future__ import annotations

from typing import Any

import factory
from django.contrib.auth import get_user_model

from chowk_payments import services
from chowk_payments.abstract_models import AccountKind
from tests.shop.models import Basket, Order


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")


class OrderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Order

    class Params:
        buyer = factory.SubFactory(UserFactory)
        seller = factory.SubFactory(UserFactory)

    buyer_id = factory.LazyAttribute(lambda order: str(order.buyer.pk))
    seller_id = factory.LazyAttribute(lambda order: str(order.seller.pk))
    total = 10_000
    currency = "USD"


def basket_of(buyer: Any, *totals: int, currency: str = "USD", total: int | None = None) -> Any:
    """A basket of an order per total, each of a seller of its own. ``total`` may differ from their sum."""
    basket = Basket.objects.create(
        buyer_id=str(buyer.pk), currency=currency, total=sum(totals) if total is None else total
    )
    for amount in totals:
        OrderFactory(buyer=buyer, total=amount, currency=currency, basket=basket)
    return basket


class WalletFactory(factory.Factory):
    """A wallet opened by the service, with ``funds`` minor units put in from outside."""

    class Meta:
        model = dict

    owner = factory.SubFactory(UserFactory)
    currency = "USD"
    funds = 0

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        wallet = services.wallet_of(kwargs["owner"], kwargs["currency"])
        if kwargs["funds"]:
            outside = services.get_or_open(kind=AccountKind.EXTERNAL, currency=wallet.currency, name="tests")
            services.transfer(
                legs=[services.Leg(debit=outside, credit=wallet, amount=kwargs["funds"], code="funding")]
            )
        return wallet
