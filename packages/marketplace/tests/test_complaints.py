from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from moneyed import Money

from chowk_marketplace import services
from chowk_marketplace.exceptions import (
    ComplaintClosed,
    ComplaintOpen,
    ComplaintTooLate,
    EvidenceTooLarge,
    InvalidKind,
    InvalidRefund,
    InvalidResolution,
    NothingToRefund,
    NotParty,
    OwnComplaint,
    StaffOnly,
    UnsupportedEvidence,
    WrongTransition,
)
from chowk_marketplace.models import get_complaint_model
from tests.factories import OrderFactory, UserFactory, delivered, paid, picture, reread, told
from tests.race import together
from tests.test_api_orders import client, code

pytestmark = pytest.mark.django_db
URL = "/api/complaints/"


def complain(order=None, **fields):
    order = order or delivered(OrderFactory())
    return services.open_complaint(
        **{"order": order, "actor": order.buyer, "kind": "damaged", "text": "It is bent.", **fields}
    )


def usd(amount):
    return Money(amount, "USD")


def test_opening_is_told_and_noted():
    row = complain()
    order = row.order

    assert told("complaint_opened") == [
        {
            "order_id": str(order.pk),
            "complaint_id": str(row.pk),
            "buyer_id": str(order.buyer_id),
            "seller_id": str(order.seller_id),
            "kind": "damaged",
        }
    ]
    assert order.transitions.last().note == "Complaint opened."
    with pytest.raises(ComplaintOpen):
        complain(order, actor=order.seller)
    services.withdraw_complaint(complaint=row, actor=order.buyer)
    assert complain(order, actor=order.seller).opened_by == order.seller


def test_wrong_complaints(stranger, staff):
    order = paid(OrderFactory())
    for actor in (stranger, staff):
        with pytest.raises(NotParty):
            complain(order, actor=actor)
    with pytest.raises(InvalidKind):
        complain(order, kind="rude")
    with pytest.raises(ComplaintClosed):
        complain(OrderFactory())
    assert not get_complaint_model().objects.exists()


def over(back=False):
    """An order whose money went to the seller, and with ``back`` whose goods came back after that."""
    order = services.complete_order(order=delivered(OrderFactory()))
    if back:
        row = services.request_return(order=order, actor=order.buyer, reason="damaged")
        services.approve_return(goods_return=row, actor=order.seller)
        services.receive_return(goods_return=row, actor=order.seller)
    return reread(order)


@pytest.mark.parametrize("back", [False, True], ids=["completed", "returned"])
@pytest.mark.parametrize("window", [None, timedelta(days=3)], ids=["by default", "three days"])
def test_one_can_complain_until_the_window_closes(settings, window, back):
    if window:
        settings.CHOWK_MARKETPLACE = {"COMPLAINT_WINDOW": window}
    order = over(back=back)
    closes = order.transitions.filter(to_status=order.status).earliest("at").at + (
        window or timedelta(days=180)
    )

    with pytest.raises(ComplaintTooLate) as refused:
        complain(order, now=closes + timedelta(seconds=1))
    assert (refused.value.code, refused.value.status) == ("complaint_too_late", 409)
    services.withdraw_complaint(complaint=complain(order, now=closes), actor=order.buyer)
    settings.CHOWK_MARKETPLACE = {"COMPLAINT_WINDOW": None}
    assert complain(order, now=closes + timedelta(days=9999))


def test_before_an_order_is_over_one_can_always_complain():
    assert complain(now=timezone.now() + timedelta(days=9999))


def test_a_late_complaint_over_the_api(settings):
    settings.CHOWK_MARKETPLACE = {"COMPLAINT_WINDOW": timedelta(microseconds=1)}
    order = over()

    answer = client(order.buyer).post(URL, {"order": str(order.pk), "kind": "damaged", "text": "Bent."})

    assert (answer.status_code, code(answer)) == (409, "complaint_too_late")


@pytest.mark.parametrize(
    ("resolution", "amount", "back"),
    [("refund", None, "100.00"), ("partial_refund", usd("40.00"), "40.00"), ("dismissed", None, "0.00")],
)
def test_staff_decide(staff, resolution, amount, back):
    row = complain()
    services.review_complaint(complaint=row, actor=staff, note="Let us see.")

    row = services.resolve_complaint(
        complaint=row, actor=staff, resolution=resolution, amount=amount, note="So be it."
    )

    assert row.status == ("dismissed" if resolution == "dismissed" else "resolved")
    payload = told("complaint_resolved")[0]
    assert (payload["resolution"], payload["refund_amount"], payload["currency"]) == (resolution, back, "USD")
    assert (payload["actor_id"], payload["status"]) == (str(staff.pk), row.status)
    steps = [(step.to_status, step.text) for step in row.messages.order_by("at", "pk")]
    assert steps == [("open", ""), ("under_review", "Let us see."), (row.status, "So be it.")]
    assert reread(row.order).refund_claimed == usd(back).amount
    for service, more in [
        (services.resolve_complaint, {"resolution": resolution, "amount": amount}),
        (services.review_complaint, {}),
    ]:
        with pytest.raises((WrongTransition, InvalidRefund)):
            service(complaint=row, actor=staff, **more)
    assert len(told("complaint_resolved")) == 1


@pytest.mark.parametrize(
    ("resolution", "amount", "error"),
    [
        ("later", None, InvalidResolution),
        ("refund", usd(1), InvalidRefund),
        ("dismissed", usd(1), InvalidRefund),
        ("partial_refund", None, InvalidRefund),
        ("partial_refund", usd("100.01"), InvalidRefund),
        ("partial_refund", usd(0), InvalidRefund),
        ("partial_refund", Money(1, "EUR"), InvalidRefund),
    ],
)
def test_wrong_decisions(staff, resolution, amount, error):
    row = complain()
    with pytest.raises(error):
        services.resolve_complaint(complaint=row, actor=staff, resolution=resolution, amount=amount)
    assert (reread(row).status, reread(row.order).refund_claimed) == ("open", 0)


def test_what_a_complaint_gave_back_a_return_does_not():
    row = complain()
    order = row.order
    services.resolve_complaint(
        complaint=row, actor=UserFactory(is_staff=True), resolution="partial_refund", amount=usd(30)
    )
    back = services.request_return(order=order, actor=order.buyer, reason="damaged")
    services.approve_return(goods_return=back, actor=order.seller)

    assert services.receive_return(goods_return=back, actor=order.seller).amount == usd(70)
    with pytest.raises(InvalidRefund):
        services.resolve_complaint(
            complaint=complain(order), actor=UserFactory(is_staff=True), resolution="refund"
        )


def test_what_payments_gave_back_a_complaint_does_not(staff):
    def gone_back(order, amount):
        remaining = order.total - usd(amount)
        services.record_refund(order=order, payment_id="payment-1", amount=usd(amount), remaining=remaining)

    row, other = complain(), complain()
    gone_back(row.order, 100)
    gone_back(other.order, 30)

    for decision in ({"resolution": "refund"}, {"resolution": "partial_refund", "amount": usd(5)}):
        with pytest.raises(NothingToRefund):
            services.resolve_complaint(complaint=row, actor=staff, **decision)
    with pytest.raises(InvalidRefund):
        services.resolve_complaint(
            complaint=other, actor=staff, resolution="partial_refund", amount=usd("70.01")
        )
    services.resolve_complaint(complaint=other, actor=staff, resolution="refund")
    services.resolve_complaint(complaint=row, actor=staff, resolution="dismissed")

    assert [told["refund_amount"] for told in told("complaint_resolved")] == ["70.00", "0.00"]
    gone_back(other.order, 100)
    assert reread(other.order).refunded == 100


def test_nobody_decides_about_their_own_order(staff):
    row = complain()
    type(staff).objects.filter(pk=row.order.seller_id).update(is_staff=True)
    seller = reread(row.order.seller)
    for actor, error in [(row.order.buyer, StaffOnly), (seller, OwnComplaint)]:
        with pytest.raises(error):
            services.resolve_complaint(complaint=row, actor=actor, resolution="refund")
        with pytest.raises(error):
            services.review_complaint(complaint=row, actor=actor)


def test_a_withdrawn_complaint_frees_the_money(staff):
    row = complain()
    for actor in (row.order.seller, staff):
        with pytest.raises(NotParty):
            services.withdraw_complaint(complaint=row, actor=actor)

    services.withdraw_complaint(complaint=row, actor=row.order.buyer)

    payload = told("complaint_resolved")[0]
    assert (payload["resolution"], payload["status"]) == ("dismissed", "withdrawn")
    for service, more in [
        (services.add_complaint_message, {"text": "But"}),
        (services.add_evidence, {"upload": picture((20, 20))}),
    ]:
        with pytest.raises(ComplaintClosed):
            service(complaint=reread(row), actor=row.order.buyer, **more)


def test_the_database_keeps_one_open_and_whole_rows():
    row = complain()
    model = type(row)
    fields = {"order": row.order, "opened_by": row.opened_by, "kind": "other", "created_at": timezone.now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**fields)
    for change in (
        {"status": "resolved"},
        {"closed_at": timezone.now()},
        {"refund_amount": 1, "refund_amount_currency": "USD"},
        {"resolution": "refund"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.filter(pk=row.pk).update(**change)


def test_evidence_is_judged_by_content(settings):
    settings.CHOWK_MARKETPLACE = {"EVIDENCE_MAX_BYTES": 5000, "EVIDENCE_PER_COMPLAINT": 2}
    row = complain()
    for upload, error in [
        (SimpleUploadedFile("a.png", b"<script>"), UnsupportedEvidence),
        (SimpleUploadedFile("a.pdf", b"%PDF-" + b"x" * 5000), EvidenceTooLarge),
        (picture((20, 20), image_format="BMP", name="a.jpg"), UnsupportedEvidence),
    ]:
        with pytest.raises(error):
            services.add_evidence(complaint=row, actor=row.order.buyer, upload=upload)
    first = services.add_evidence(
        complaint=row, actor=row.order.buyer, upload=SimpleUploadedFile("x.exe", b"%PDF-1.7")
    )
    second = services.add_evidence(complaint=row, actor=row.order.seller, upload=picture((20, 20), name="a"))
    assert [first.content_type, second.content_type] == ["application/pdf", "image/jpeg"]
    with pytest.raises(ComplaintClosed):
        services.add_evidence(complaint=row, actor=row.order.buyer, upload=picture((20, 20)))
    assert len(first.file.storage.listdir(f"evidence/{row.pk}")[1]) == 2


def test_the_api(stranger, staff):
    order = delivered(OrderFactory())
    buyer = client(order.buyer)
    body = {"order": str(order.pk), "kind": "damaged", "text": "Bent"}
    made = buyer.post(URL, body, HTTP_IDEMPOTENCY_KEY="k")
    assert made.status_code == 201
    assert buyer.post(URL, body, HTTP_IDEMPOTENCY_KEY="k").json() == made.json()
    url = f"{URL}{made.json()['id']}/"
    assert code(buyer.post(URL, body)) == "complaint_open"
    assert client(order.seller).post(f"{url}messages/", {"text": "No"}).status_code == 201
    added = buyer.post(f"{url}evidence/", {"file": picture((20, 20))}, format="multipart")
    assert (added.status_code, added.json()["content_type"]) == (201, "image/jpeg")
    file = f"{url}evidence/{added.json()['id']}/"

    for viewer, status in [(order.buyer, 200), (order.seller, 200), (staff, 200), (stranger, 404)]:
        one = client(viewer)
        got = one.get(file)
        assert got.status_code == one.get(url).status_code == one.get(f"{url}track/").status_code == status
        assert one.get(URL).json()["count"] == (1 if status == 200 else 0)
        if status == 200:
            assert got["Content-Disposition"].startswith("attachment")
            assert b"".join(got.streaming_content).startswith(b"\xff\xd8")
    assert client().get(file).status_code in {401, 403}
    assert buyer.get(f"{url}evidence/x/").status_code == 404
    for verb in ("messages", "evidence", "withdraw", "resolve", "review"):
        data = {"text": "x", "resolution": "refund", "file": picture((20, 20))}
        assert client(stranger).post(f"{url}{verb}/", data, format="multipart").status_code == 404
    assert client(stranger).post(URL, body).status_code == 404
    assert code(buyer.post(f"{url}resolve/", {"resolution": "refund"})) == "staff_only"
    amount = {"amount": "5.00", "currency": "USD"}
    done = client(staff).post(
        f"{url}resolve/", {"resolution": "partial_refund", "amount": amount}, format="json"
    )
    assert (done.json()["status"], done.json()["refund_amount"]) == ("resolved", amount)
    assert [entry["to_status"] for entry in buyer.get(f"{url}track/").json()] == ["open", "", "resolved"]
    assert code(buyer.post(f"{url}withdraw/")) == "wrong_status"


def test_the_statements_of_a_list_do_not_grow(staff):
    counts = []
    for _time in range(2):
        row = complain()
        services.add_evidence(complaint=row, actor=row.order.buyer, upload=picture((20, 20)))
        with CaptureQueriesContext(connection) as queries:
            assert client(staff).get(URL).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_opened_by_both_sides_at_once_there_is_one():
    order = delivered(OrderFactory())

    answers = together([partial(complain, order, actor=side) for side in [order.buyer, order.seller] * 4])

    assert sum(isinstance(answer, get_complaint_model()) for answer in answers) == 1
    assert order.complaints.count() == len(told("complaint_opened")) == 1
