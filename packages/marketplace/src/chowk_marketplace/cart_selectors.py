"""Reading carts, checkouts and places. What belongs to somebody else is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from moneyed import Money

from chowk_core.exceptions import NotFound
from chowk_marketplace.guests import fingerprint
from chowk_marketplace.models import (
    get_address_model,
    get_cart_model,
    get_city_model,
    get_order_group_model,
    get_province_model,
)
from chowk_marketplace.policies import is_staff
from chowk_marketplace.selectors import primary_images


@dataclass(frozen=True)
class CartRow:
    """An item as it stands now. ``problem`` is empty, "unavailable" (not for sale) or "short" (too few
    left)."""

    item: Any
    listing: Any
    variant: Any
    price: Money
    available: int
    problem: str

    @property
    def difference(self) -> Money:
        """How much more it costs than when it was put there; nothing in another currency."""
        same = self.price.currency == self.item.price.currency
        return self.price - self.item.price if same else self.price * 0

    @property
    def total(self) -> Money:
        return self.price * self.item.quantity


@dataclass(frozen=True)
class CartContents:
    """A cart's rows, how many pieces they are, and what the available ones come to by currency."""

    cart: Any | None
    rows: list[CartRow]

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def quantity(self) -> int:
        return sum(row.item.quantity for row in self.rows)

    @property
    def subtotals(self) -> list[Money]:
        found: dict[str, Money] = {}
        for row in self.rows:
            if not row.problem:
                code = row.price.currency.code
                found[code] = found[code] + row.total if code in found else row.total
        return [found[code] for code in sorted(found)]


def cart_of(*, user: Any = None, token: str = "") -> Any | None:
    """The open cart of a user or a guest, if there is one."""
    carts = get_cart_model()._default_manager.filter(status="open")
    if user is not None:
        return carts.filter(user=user).first()
    return carts.filter(token=fingerprint(token)).first() if token else None


def cart_contents(cart: Any | None) -> CartContents:
    """Everything a cart page shows, in four statements however much is in it."""
    if cart is None:
        return CartContents(None, [])
    held = dict(cart.holds.values_list("variant_id", "quantity"))
    items = cart.items.select_related("variant__stock", "variant__listing__seller").prefetch_related(
        Prefetch("variant__listing__images", queryset=primary_images())
    )
    return CartContents(cart, [_row(item, held) for item in items.order_by("created_at", "pk")])


def _row(item: Any, held: dict[Any, int]) -> CartRow:
    variant, listing = item.variant, item.variant.listing
    available = variant.stock.available + held.get(variant.pk, 0)
    for_sale = listing.status == listing.Status.ACTIVE and not listing.is_auction and variant.active
    problem = "" if for_sale else "unavailable"
    if for_sale and available < item.quantity:
        problem = "short" if available else "unavailable"
    price = variant.price_on(listing)
    return CartRow(item, listing, variant, item.price if price is None else price, available, problem)


def visible_groups(viewer: Any) -> QuerySet[Any]:
    """The checkouts of ``viewer``; staff see all. A seller sees their order, never its group."""
    rows = get_order_group_model()._default_manager.prefetch_related("orders__lines", "orders__seller")
    if is_staff(viewer):
        return rows
    return rows.filter(buyer=viewer.pk) if viewer.is_authenticated else rows.none()


def addresses_of(user: Any) -> QuerySet[Any]:
    """A user's own addresses, the default first."""
    rows = get_address_model()._default_manager.select_related("city__province")
    return rows.filter(user=user.pk) if user.is_authenticated else rows.none()


def address_of(user: Any, key: Any) -> Any:
    """One of a user's own addresses; their default for None. Raises NotFound."""
    rows = addresses_of(user)
    found = next((row for row in rows if (row.is_default if key is None else str(row.pk) == str(key))), None)
    if found is None:
        raise NotFound
    return found


def ship_to_of(user: Any, key: Any = None) -> dict[str, str]:
    """The snapshot of one of a user's own addresses. For None of their default, or nothing where they have
    none. Raises NotFound."""
    if key is None and not addresses_of(user).filter(is_default=True).exists():
        return {}
    return address_of(user, key).snapshot()


def provinces() -> QuerySet[Any]:
    """All provinces, by country and name."""
    return get_province_model()._default_manager.order_by("country", "name")


def cities() -> QuerySet[Any]:
    """All cities by name."""
    return get_city_model()._default_manager.select_related("province").order_by("name", "pk")
