"""Complaints about orders: opened by one side, decided by staff. A complaint is locked after its order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from moneyed import Money

from chowk_core.money import amount_text, from_minor, money_to_minor
from chowk_core.publishing import publish
from chowk_marketplace import events
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.evidence import content_type_of
from chowk_marketplace.exceptions import (
    ComplaintClosed,
    ComplaintOpen,
    ComplaintTooLate,
    InvalidKind,
    InvalidRefund,
    InvalidResolution,
    NothingToRefund,
    NotParty,
    OwnComplaint,
    StaffOnly,
)
from chowk_marketplace.models import (
    get_complaint_message_model,
    get_complaint_model,
    get_evidence_model,
)
from chowk_marketplace.policies import is_staff
from chowk_marketplace.services.listing_steps import step
from chowk_marketplace.services.locking import locked, locked_order
from chowk_marketplace.services.refunds import add_note, claim_refund, left_of

OPEN_TO = ("paid", "confirmed", "shipped", "delivered", "completed", "returned")
"""Statuses of orders about which one can complain: there is money that could go back."""
OVER = ("completed", "returned")
"""Statuses with which COMPLAINT_WINDOW begins."""


@transaction.atomic
def open_complaint(*, order: Any, actor: Any, kind: str, text: str, now: datetime | None = None) -> Any:
    """A side of a paid order complains; its money stays where it is until that is decided.

    Locks the order, which has at most one complaint that is not closed. Raises NotParty, InvalidKind,
    ComplaintClosed (there is nothing to complain about now), ComplaintTooLate (after COMPLAINT_WINDOW),
    ComplaintOpen, NotFound.
    """
    model = get_complaint_model()
    if kind not in model.Kind.values:
        raise InvalidKind(known=", ".join(model.Kind.values))
    order = locked_order(order.pk)
    if actor.pk not in {order.buyer_id, order.seller_id}:
        raise NotParty(role=_("buyer or seller"))
    if order.status not in OPEN_TO:
        raise ComplaintClosed
    if order.complaints.filter(closed_at=None).exists():
        raise ComplaintOpen
    now, until = now or timezone.now(), open_until(order)
    if until is not None and now > until:
        raise too_late(until)
    row = model._default_manager.create(order=order, opened_by=actor, kind=kind, text=text, created_at=now)
    _write(row, actor, "", row.status, now)
    add_note(order, actor, _("Complaint opened."), now=now)
    _tell(order, row, events.ComplaintOpened, kind=kind)
    return row


def open_until(order: Any, history: Iterable[Any] | None = None) -> datetime | None:
    """Until when one may complain about ``order``; None while that has no end. Its ``history`` is read where
    it is not given."""
    window = marketplace_settings.COMPLAINT_WINDOW
    if window is None or order.status not in OVER:
        return None
    steps = order.transitions.all() if history is None else history
    over = [step.at for step in steps if step.to_status in OVER and step.from_status != step.to_status]
    return max(over) + window if over else None


def too_late(until: datetime) -> ComplaintTooLate:
    """The refusal of a complaint after ``until``, in words."""
    return ComplaintTooLate(until=date_format(timezone.localtime(until), "DATE_FORMAT"))


@transaction.atomic
def review_complaint(*, complaint: Any, actor: Any, note: str = "", now: datetime | None = None) -> Any:
    """Staff look into it. Locks order and complaint. Raises StaffOnly, OwnComplaint, WrongTransition."""
    order, row = _locked(complaint)
    _require_judge(order, actor)
    _advance(row, "review", actor, note, now or timezone.now())
    return row


@transaction.atomic
def resolve_complaint(
    *,
    complaint: Any,
    actor: Any,
    resolution: str,
    amount: Money | None = None,
    note: str = "",
    now: datetime | None = None,
) -> Any:
    """Staff decide: "refund" (all of the order's total that nothing else gave back), "partial_refund"
    (``amount`` of it), or "dismissed". Payments then give it back and free the rest.

    Locks order and complaint. Raises StaffOnly, OwnComplaint (staff on a side of the order),
    InvalidResolution, InvalidRefund, NothingToRefund, InvalidAmount, WrongTransition, NotFound.
    """
    if resolution not in get_complaint_model().Resolution.values:
        raise InvalidResolution
    order, row = _locked(complaint)
    _require_judge(order, actor)
    now = now or timezone.now()
    row.resolution, row.closed_at = resolution, now
    refund: Money | None = None
    if resolution == "dismissed":
        if amount is not None:
            raise InvalidRefund(most=_text(order, 0))
        _advance(row, "dismiss", actor, note, now, "resolution", "closed_at")
    else:
        minor = _refund_of(order, resolution, amount)
        step(row, "resolve")  # before the order's money is touched: a closed one claims nothing
        refund = row.refund_amount = claim_refund(order, minor)
        _save_step(
            row, actor, note, now, "resolution", "closed_at", "refund_amount", "refund_amount_currency"
        )
    add_note(order, actor, _("Complaint decided: %(how)s.") % {"how": row.get_resolution_display()}, now=now)
    _tell_closed(order, row, actor, resolution, refund)
    return row


@transaction.atomic
def withdraw_complaint(*, complaint: Any, actor: Any, note: str = "", now: datetime | None = None) -> Any:
    """Who opened it takes it back: told as a resolution "dismissed". Locks order and complaint.

    Raises NotParty, WrongTransition, NotFound.
    """
    order, row = _locked(complaint)
    if actor.pk != row.opened_by_id:
        raise NotParty(role=_("one who complained"))
    now = now or timezone.now()
    row.closed_at = now
    _advance(row, "withdraw", actor, note, now, "closed_at")
    add_note(order, actor, _("Complaint withdrawn."), now=now)
    _tell_closed(order, row, actor, "dismissed", None)
    return row


@transaction.atomic
def add_complaint_message(*, complaint: Any, actor: Any, text: str, now: datetime | None = None) -> Any:
    """A side or staff say something. Locks order and complaint. Raises NotParty, ComplaintClosed."""
    order, row = _locked(complaint)
    _require_open_to(order, row, actor)
    return _write(row, actor, text, "", now or timezone.now())


def add_evidence(*, complaint: Any, actor: Any, upload: Any, now: datetime | None = None) -> Any:
    """A side or staff add a file: ``upload``, an open file with ``size``, judged by its content.

    It is stored before any lock; if it cannot be added it is removed again. Then locks order and complaint.
    Raises EvidenceTooLarge, UnsupportedEvidence, NotParty, ComplaintClosed (also when there are
    EVIDENCE_PER_COMPLAINT), NotFound.
    """
    _require_open_to(complaint.order, complaint, actor)
    content_type = content_type_of(upload)
    row = get_evidence_model()(complaint=complaint, author=actor, content_type=content_type, size=upload.size)
    row.file.save("evidence", upload, save=False)
    try:
        _insert(row, actor, now)
    except BaseException:
        row.file.storage.delete(str(row.file.name))
        raise
    return row


@transaction.atomic
def _insert(evidence: Any, actor: Any, now: datetime | None) -> None:
    order, row = _locked(evidence.complaint)
    _require_open_to(order, row, actor)
    if row.evidence.count() >= marketplace_settings.EVIDENCE_PER_COMPLAINT:
        raise ComplaintClosed(_("This complaint has as many files as it may."))
    evidence.created_at = now or timezone.now()
    evidence.save(force_insert=True)


def _refund_of(order: Any, resolution: str, amount: Money | None) -> int:
    """What the buyer gets, in minor units. Raises InvalidRefund for more than is left of the order,
    NothingToRefund where that is nothing."""
    left = left_of(order)
    if not left:
        raise NothingToRefund
    if resolution == "refund" and amount is None:
        minor = left
    elif resolution == "partial_refund" and amount is not None and amount.currency == order.total.currency:
        minor = money_to_minor(amount)
    else:
        minor = 0
    if not 0 < minor <= left:
        raise InvalidRefund(most=_text(order, left))
    return minor


def _text(order: Any, minor: int) -> str:
    code = order.total.currency.code
    return f"{amount_text(minor, code)} {code}"


def _require_judge(order: Any, actor: Any) -> None:
    if not is_staff(actor):
        raise StaffOnly
    if actor.pk in {order.buyer_id, order.seller_id}:
        raise OwnComplaint


def _require_open_to(order: Any, row: Any, actor: Any) -> None:
    if actor.pk not in {order.buyer_id, order.seller_id} and not is_staff(actor):
        raise NotParty(role=_("buyer or seller"))
    if row.is_closed:
        raise ComplaintClosed


def _locked(complaint: Any) -> tuple[Any, Any]:
    order = locked_order(complaint.order_id)
    row = locked(get_complaint_model()._default_manager.all(), complaint.pk)
    row.order = order
    return order, row


def _advance(row: Any, verb: str, actor: Any, note: str, now: datetime, *changed: str) -> None:
    step(row, verb)
    _save_step(row, actor, note, now, *changed)


def _save_step(row: Any, actor: Any, note: str, now: datetime, *changed: str) -> None:
    row.save(update_fields=["status", *changed])
    _write(row, actor, note, row.status, now)


def _write(row: Any, author: Any, text: str, to_status: str, now: datetime) -> Any:
    messages = get_complaint_message_model()._default_manager
    return messages.create(complaint=row, author=author, text=text, to_status=to_status, at=now)


def _tell_closed(order: Any, row: Any, actor: Any, resolution: str, refund: Money | None) -> None:
    code = order.total.currency.code
    refund = refund or from_minor(0, code)
    _tell(
        order,
        row,
        events.ComplaintResolved,
        resolution=resolution,
        refund_amount=amount_text(money_to_minor(refund), code),
        currency=code,
        actor_id=str(actor.pk),
        status=row.status,
    )


def _tell(order: Any, row: Any, event: type[Any], **more: str) -> None:
    publish(
        event(
            order_id=str(order.pk),
            complaint_id=str(row.pk),
            buyer_id=str(order.buyer_id),
            seller_id=str(order.seller_id),
            **more,
        ),
        stream=f"marketplace.order:{order.pk}",
    )
