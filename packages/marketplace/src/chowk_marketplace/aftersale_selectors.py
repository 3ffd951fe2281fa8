"""Reads of what comes after a sale, scoped to a viewer: the order's two sides, and staff."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Prefetch, Q, QuerySet

from chowk_core.exceptions import NotFound
from chowk_marketplace.models import get_complaint_model, get_return_line_model, get_return_model
from chowk_marketplace.policies import is_staff
from chowk_marketplace.services.complaints import OPEN_TO, open_until
from chowk_marketplace.services.returns import is_returnable


def visible_returns(viewer: Any) -> QuerySet[Any]:
    """Returns of orders that ``viewer`` bought or sold in, with their lines; staff see all. Newest first."""
    lines = get_return_line_model()._default_manager.select_related("order_line").order_by("pk")
    rows = _of_sides(get_return_model()._default_manager.all(), viewer)
    return rows.select_related("order__buyer", "order__seller").prefetch_related(Prefetch("lines", lines))


def visible_complaints(viewer: Any) -> QuerySet[Any]:
    """Complaints about orders that ``viewer`` bought or sold in, with files; staff see all. Newest first."""
    rows = _of_sides(get_complaint_model()._default_manager.all(), viewer)
    return rows.select_related("order__buyer", "order__seller", "opened_by").prefetch_related(
        "evidence__author"
    )


def order_remedies(viewer: Any, order: Any, now: datetime, history: Iterable[Any] | None = None) -> list[str]:
    """What ``viewer``, a side of ``order``, can begin about it at ``now``, of "return" and "complain". Its
    ``history`` is read where it is not given."""
    returns = viewer.pk == order.buyer_id and is_returnable(order, now)
    until = open_until(order, history)
    complains = viewer.pk in {order.buyer_id, order.seller_id} and order.status in OPEN_TO
    complains = complains and (until is None or now <= until)
    remedies = []
    if returns and any(line.quantity > line.in_returns for line in order.lines.all()):
        remedies.append("return")
    if complains and all(row.is_closed for row in order.complaints.all()):
        remedies.append("complain")
    return remedies


def return_for(viewer: Any, pk: Any) -> Any:
    """One visible return. Raises NotFound."""
    return _get(visible_returns(viewer), pk)


def complaint_for(viewer: Any, pk: Any) -> Any:
    """One visible complaint. Raises NotFound."""
    return _get(visible_complaints(viewer), pk)


def complaint_track(viewer: Any, complaint: Any) -> QuerySet[Any]:
    """What was said and done in a complaint that ``viewer`` may see, first to last."""
    if not visible_complaints(viewer).filter(pk=complaint.pk).exists():
        return complaint.messages.none()
    return complaint.messages.select_related("author").order_by("at", "pk")


def evidence_for(viewer: Any, complaint: Any, key: str) -> Any:
    """A file of a complaint that ``viewer`` may see. Raises NotFound."""
    return _get(complaint_for(viewer, complaint.pk).evidence.all(), key)


def _of_sides(rows: QuerySet[Any], viewer: Any) -> QuerySet[Any]:
    if is_staff(viewer):
        return rows
    if viewer is None or not viewer.is_authenticated:
        return rows.none()
    return rows.filter(Q(order__buyer=viewer.pk) | Q(order__seller=viewer.pk))


def _get(rows: QuerySet[Any], pk: Any) -> Any:
    try:
        return rows.get(pk=pk)
    except (ObjectDoesNotExist, ValidationError, ValueError, TypeError) as error:
        raise NotFound from error
