"""Rows for tests, made with the services where there is one."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import factory
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from moneyed import Money
from PIL import Image

from chowk_core.models import LoggedEvent
from chowk_core.targets import Target
from chowk_marketplace import services
from chowk_marketplace.models import get_category_model, get_listing_model
from chowk_marketplace.services.quoting import Wishes

SHIP_TO = {"name": "Ali", "line1": "Mall 1", "city": "Lahore", "country": "PK"}
"""Where things go."""


class UserFactory(factory.django.DjangoModelFactory):
    """Somebody; ``is_staff=True`` for staff."""

    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")


class CategoryFactory(factory.Factory):
    """A category at the top, or under ``parent``."""

    class Meta:
        model = get_category_model()

    name = factory.Sequence(lambda n: f"Category {n}")

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return services.create_category(**kwargs)


class ListingFactory(factory.Factory):
    """A pending listing at 100.00 USD; ``listing_model`` for a child type."""

    class Meta:
        model = get_listing_model()

    seller = factory.SubFactory(UserFactory)
    category = factory.SubFactory(CategoryFactory)
    title = factory.Sequence(lambda n: f"Listing {n}")
    price = factory.LazyFunction(lambda: Money("100.00", "USD"))

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return services.create_listing(**kwargs)


class ActiveListingFactory(ListingFactory):
    """A listing on offer."""

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return services.activate_listing(listing=services.create_listing(**kwargs))


class AuctionedListingFactory(ActiveListingFactory):
    """A listing on offer by auction."""

    sale_format = "auction"
    price = None


class OrderFactory(factory.Factory):
    """An unpaid order by purchase, to be sent to Lahore."""

    class Meta:
        model = dict

    listing = factory.SubFactory(ActiveListingFactory)
    buyer = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return services.purchase(**{"wishes": Wishes(ship_to=SHIP_TO), **kwargs})


class WonOrderFactory(OrderFactory):
    """An unpaid order from a won auction, sent nowhere yet."""

    listing = factory.SubFactory(AuctionedListingFactory)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        source = Target(type="auctions.auction", id=f"auction-of-{kwargs['listing'].pk}")
        return services.place_order_for_auction(
            listing_id=kwargs["listing"].pk,
            buyer_id=kwargs["buyer"].pk,
            price=Money("250.00", "USD"),
            pay_by=timezone.now() + timedelta(hours=24),
            source=source,
        )


def cart_of(user: Any, *wants: Any) -> Any:
    """The user's cart with each listing, or (listing, quantity), put into it."""
    cart = services.open_cart(user=user)
    for want in wants:
        listing, quantity = want if isinstance(want, tuple) else (want, 1)
        services.add_to_cart(cart=cart, listing=listing, quantity=quantity)
    return cart


def paid(order: Any, payment_id: str = "payment-1") -> Any:
    """The order after its payment came in; before, its buyer said where it goes if that was due."""
    if order.delivery_due:
        order = services.set_delivery(order=order, actor=order.buyer, ship_to=SHIP_TO)
    services.mark_order_paid(order=order, payment_id=payment_id, amount=order.total)
    return reread(order)


def shipped(order: Any) -> Any:
    """The order on its way."""
    return services.ship_order(order=paid(order), actor=order.seller)


def delivered(order: Any) -> Any:
    """The order with its buyer."""
    return services.deliver_order(order=shipped(order), actor=order.buyer)


def reread(instance: Any) -> Any:
    """The row as the database has it now."""
    return type(instance)._default_manager.get(pk=instance.pk)


def told(name: str) -> list[dict[str, Any]]:
    """The payloads of the events called ``marketplace.<name>``, oldest first."""
    rows = LoggedEvent.objects.filter(name=f"marketplace.{name}").order_by("pk")
    return list(rows.values_list("payload", flat=True))


def picture(
    size: tuple[int, int] = (800, 600),
    *,
    image_format: str = "JPEG",
    mode: str = "RGB",
    name: str = "photo.jpg",
    **options: Any,
) -> SimpleUploadedFile:
    """An uploaded picture, red on its left half and blue on its right."""
    image = Image.new(mode, size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return SimpleUploadedFile(name, buffer.getvalue())
