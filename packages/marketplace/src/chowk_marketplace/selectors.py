"""Reads, always scoped to a viewer: a user, an anonymous user, or None for the public.

What a viewer may not see is not there: the ``…_for`` functions raise NotFound for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Length, Substr

from chowk_core.api.texts import is_storable
from chowk_core.exceptions import NotFound
from chowk_core.policies import Refusal
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.models import (
    get_category_model,
    get_listing_image_model,
    get_listing_model,
    get_order_model,
)
from chowk_marketplace.policies import is_staff


def visible_listings(viewer: Any, model: type[Any] | None = None) -> Any:
    """Listings that ``viewer`` may see: active and sold ones, and their own; staff see all. Newest first.

    Rows are of the root model, or of ``model``, a type of its own.
    """
    rows = (model or get_listing_model()).objects.non_polymorphic()  # type: ignore[attr-defined]
    if is_staff(viewer):
        return rows
    public = Q(status__in=["active", "sold"])
    return rows.filter(public | Q(seller=viewer.pk) if _is_known(viewer) else public)


def listing_for(viewer: Any, pk: Any) -> Any:
    """One visible listing as its own type, with seller, category and its path. Raises NotFound."""
    row = _get(
        visible_listings(viewer).select_related("seller", "store", "category", "polymorphic_ctype"), pk
    )
    listing = row.get_real_instance()
    for name in ("seller", "store", "category", "polymorphic_ctype"):
        setattr(listing, name, getattr(row, name))  # what is loaded already
    with_category_paths([listing])
    return listing


def visible_listing(viewer: Any, pk: Any, model: type[Any] | None = None) -> Any:
    """One visible listing as a row of the root model, or of ``model``. Raises NotFound."""
    return _get(visible_listings(viewer, model), pk)


def update_refusal(viewer: Any, listing: Any) -> Refusal | None:
    """Why ``viewer`` may not change ``listing`` now, as the first of MAY_UPDATE says; None where none does.

    For telling beforehand: the services ask again under the lock.
    """
    answers = (policy(actor=viewer, listing=listing) for policy in marketplace_settings.MAY_UPDATE)
    return next((answer for answer in answers if answer), None)


def for_cards(listings: Any) -> Any:
    """Adds what a card shows: seller, category, type and the primary image. One more statement."""
    return listings.select_related("seller", "store", "category", "polymorphic_ctype").prefetch_related(
        Prefetch("images", queryset=primary_images())
    )


def primary_images() -> QuerySet[Any]:
    """Of every listing's images the primary one, to prefetch as ``images``."""
    images = get_listing_image_model()._default_manager
    first = images.filter(listing=OuterRef("listing")).order_by("position").values("position")[:1]
    return images.filter(position=Subquery(first))


def with_category_paths(listings: Iterable[Any]) -> list[Any]:
    """The listings, each with ``category_path``: its categories from the root down. One statement for all."""
    found = list(listings)
    model = get_category_model()
    wanted = {path for row in found for path in model.ancestor_paths(row.category.path)}
    by_path = {category.path: category for category in model.objects.filter(path__in=wanted)}
    for row in found:
        row.category_path = [by_path[path] for path in model.ancestor_paths(row.category.path)]
    return found


def as_own_types(listings: Iterable[Any]) -> list[Any]:
    """The listings as their own types (cars as cars), with what was loaded. One statement a type."""
    rows = list(listings)
    real = get_listing_model().objects.get_real_instances(rows)  # type: ignore[attr-defined]
    for row, own in zip(rows, real, strict=True):
        own._state.fields_cache.update(row._state.fields_cache)
        own._prefetched_objects_cache = getattr(row, "_prefetched_objects_cache", {})
        if hasattr(row, "category_path"):
            own.category_path = row.category_path
    return real


def listing_cards(viewer: Any, *, statuses: Sequence[str] = ("active",), category: Any = None) -> Any:
    """Rows for a page of cards: visible to ``viewer``, in ``statuses``, under ``category`` if given."""
    rows = visible_listings(viewer).filter(status__in=statuses)
    return for_cards(rows.in_category(category) if category is not None else rows)


def browse(
    viewer: Any, *, page: int = 1, size: int = 20, category: Any = None, ordering: str = "-created_at"
) -> tuple[int, list[Any]]:
    """How many active listings there are, and one page of them with everything a card shows.

    Four statements whatever the number of rows: the count, the rows, their primary images, their categories'
    paths. A page past the end is empty.
    """
    rows = listing_cards(viewer, category=category).order_by(ordering, "-pk")
    start = (max(page, 1) - 1) * size
    return rows.count(), with_category_paths(rows[start : start + size])


def categories() -> Any:
    """Categories in tree order, each with ``listing_count`` (active, in it and below) and ``parent_slug``."""
    model: Any = get_category_model()
    below = (
        get_listing_model()
        .objects.non_polymorphic()  # type: ignore[attr-defined]
        .filter(status="active", category__path__startswith=OuterRef("path"))
        .order_by()
        .values("status")
        .annotate(total=Count("pk"))
        .values("total")
    )
    above = Substr(OuterRef("path"), 1, Length(OuterRef("path")) - Value(model.steplen))
    parent = model.objects.filter(path=above, depth=OuterRef("depth") - 1).order_by()
    return model.objects.annotate(
        listing_count=Coalesce(Subquery(below), 0), parent_slug=Subquery(parent.values("slug")[:1])
    )


def category_tree() -> list[Any]:
    """All categories in tree order, as ``categories`` gives them. One statement."""
    return list(categories())


def category_for(key: str) -> Any:
    """A category by slug, or by primary key. Raises NotFound."""
    if not is_storable(key):
        raise NotFound
    model = get_category_model()
    found = model.objects.filter(slug=key).first()
    return found or _get(model.objects.all(), key)


def visible_orders(viewer: Any) -> QuerySet[Any]:
    """Orders that ``viewer`` bought or sold in; staff see all, the public none. Newest first."""
    orders = get_order_model()._default_manager.select_related("buyer", "seller")
    if is_staff(viewer):
        return orders
    return orders.of(viewer) if _is_known(viewer) else orders.none()  # type: ignore[attr-defined]


def order_for(viewer: Any, pk: Any) -> Any:
    """One visible order with its lines and their listings' primary images. Raises NotFound."""
    rows = visible_orders(viewer).prefetch_related(
        "lines__listing__category", Prefetch("lines__listing__images", queryset=primary_images())
    )
    return _get(rows, pk)


def order_history(viewer: Any, order: Any) -> QuerySet[Any]:
    """The steps of an order that ``viewer`` may see, first to last, each with its actor."""
    if not visible_orders(viewer).filter(pk=order.pk).exists():
        return order.transitions.none()
    return order.transitions.select_related("actor").order_by("at", "pk")


def order_for_source(viewer: Any, source_type: str, source_id: str) -> Any | None:
    """The newest order that came from a source such as a won auction, if ``viewer`` may see it."""
    orders = visible_orders(viewer).filter(source_type=source_type, source_id=source_id)
    return orders.order_by("-source_round").first()


def order_actions(viewer: Any, order: Any) -> list[str]:
    """What ``viewer`` can do to ``order`` now: "delivery" (say where it goes), "confirm", "ship", "deliver",
    "cancel"."""
    if not _is_known(viewer):
        return []
    steps = {transition.name for transition in order.get_available_status_transitions()}
    if "pay" in steps and order.group_id is None:
        steps.add("delivery")
    mine = {
        "delivery": viewer.pk == order.buyer_id,
        "confirm": viewer.pk == order.seller_id,
        "ship": viewer.pk == order.seller_id,
        "deliver": viewer.pk == order.buyer_id,
    }
    actions = [verb for verb, allowed in mine.items() if verb in steps and (allowed or is_staff(viewer))]
    if "cancel" in steps and all(
        policy(actor=viewer, order=order) is None for policy in marketplace_settings.MAY_CANCEL
    ):
        actions.append("cancel")
    return actions


def _is_known(viewer: Any) -> bool:
    return viewer is not None and viewer.is_authenticated


def _get(rows: Any, pk: Any) -> Any:
    try:
        return rows.get(pk=pk)
    except (rows.model.DoesNotExist, ValidationError, ValueError, TypeError) as error:
        raise NotFound from error
