"""Complaints as pages: opened from the order, talked over with files, decided by staff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from moneyed import Money

from chowk_marketplace import services
from chowk_marketplace.models import get_complaint_model
from tests.factories import ActiveListingFactory, OrderFactory, UserFactory, delivered, picture, reread
from tests.test_pages_returns import browser, key_in, statements

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.urls_pages")]

WORDS = {"kind": "damaged", "text": "The base is cracked."}


def complaint(order: Any = None) -> Any:
    order = order or delivered(OrderFactory())
    return services.open_complaint(order=order, actor=order.buyer, **WORDS)


def test_from_the_order_to_a_decision() -> None:
    order = delivered(OrderFactory())
    buyer, seller = browser(order.buyer), browser(order.seller)
    staff = browser(UserFactory(is_staff=True, username="judge"))
    for side in (buyer, seller):
        assert f"/orders/{order.pk}/complain/" in side.get(f"/orders/{order.pk}/").content.decode()
    url = buyer.post(f"/orders/{order.pk}/complain/", WORDS)["Location"]
    row = get_complaint_model().objects.get()
    assert url == f"/complaints/{row.pk}/"
    page = seller.get(f"/orders/{order.pk}/").content.decode()
    assert url in page
    assert f"/orders/{order.pk}/complain/" not in page
    assert buyer.get(f"/orders/{order.pk}/complain/")["Location"] == url
    seller.post(f"{url}say/", {"text": "It was whole when it left.\nAsk the post."})
    assert "It was whole when it left.<br>Ask the post." in buyer.get(url).content.decode()
    staff.post(f"{url}review/")
    assert "Looks into it" in buyer.get(url).content.decode()
    asked = {"resolution": "partial_refund", "amount": "40", "note": "Half a base is left."}
    check = staff.post(f"{url}resolve/", asked)
    assert check.status_code == 200
    assert "Give <data" in check.content.decode()
    assert reread(row).status == "under_review"
    staff.post(f"{url}resolve/", {**asked, "step": "decide"})
    row = reread(row)
    assert (row.status, row.refund_amount) == ("resolved", Money(40, "USD"))
    page = buyer.get(url).content.decode()
    for words in ("$40.00", "Half a base is left.", "Our staff decided"):
        assert words in page, words
    assert "Take the complaint back" not in page
    assert 'name="text"' not in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"resolution": ""}, "Choose how it is decided."),
        ({"resolution": "partial_refund", "amount": ""}, "Enter how much goes back."),
        ({"resolution": "partial_refund", "amount": "100.01"}, "At most $100.00 can go back."),
        ({"resolution": "partial_refund", "amount": "much"}, "Enter an amount, such as 250.00."),
        ({"resolution": "dismissed", "note": ""}, "Say why. Both sides read it."),
    ],
)
def test_a_decision_that_cannot_be_is_said_at_the_field(asked: dict[str, str], said: str) -> None:
    row = complaint()
    staff = browser(UserFactory(is_staff=True))
    answer = staff.post(f"/complaints/{row.pk}/resolve/", {"note": "So be it.", **asked, "step": "decide"})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert reread(row).status == "open"


@pytest.mark.parametrize("resolution", ["refund", "dismissed"])
def test_all_or_nothing(resolution: str) -> None:
    row = complaint()
    staff = browser(UserFactory(is_staff=True))
    asked = {"resolution": resolution, "note": "So be it."}
    assert "So be it." in staff.post(f"/complaints/{row.pk}/resolve/", asked).content.decode()
    staff.post(f"/complaints/{row.pk}/resolve/", {**asked, "step": "decide"})
    assert reread(row).resolution == resolution


def test_files_go_up_and_come_down_for_those_who_may() -> None:
    row = complaint()
    url = f"/complaints/{row.pk}/"
    buyer, seller = browser(row.order.buyer), browser(row.order.seller)
    buyer.post(f"{url}add/", {"file": picture()})
    file = row.evidence.get()
    address = f"{url}evidence/{file.pk}/"
    assert address in seller.get(url).content.decode()
    answer = seller.get(address)
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert len(b"".join(answer.streaming_content)) == file.size  # type: ignore[attr-defined]
    assert browser(UserFactory()).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert seller.get(f"{url}evidence/nothing/").status_code == 404
    other = complaint()
    assert browser(other.order.buyer).get(f"/complaints/{other.pk}/evidence/{file.pk}/").status_code == 404


def test_a_file_that_is_none_is_said_at_the_field(settings: Any) -> None:
    row = complaint()
    buyer = browser(row.order.buyer)
    for upload, said in (
        (SimpleUploadedFile("a.png", b"<script>"), "Choose a file of one of these types"),
        (SimpleUploadedFile("a.png", b""), "This file is empty"),
        ("", "Choose a file first."),
    ):
        answer = buyer.post(f"/complaints/{row.pk}/add/", {"file": upload})
        assert answer.status_code == 400
        page = answer.content.decode()
        assert said in page
        assert 'aria-invalid="true"' in page
    assert not row.evidence.exists()
    settings.CHOWK_MARKETPLACE = {"EVIDENCE_PER_COMPLAINT": 1}
    services.add_evidence(complaint=row, actor=row.order.buyer, upload=picture())
    page = buyer.get(f"/complaints/{row.pk}/").content.decode()
    assert "as many files as it may" in page
    assert 'type="file"' not in page


def test_what_is_wrong_is_said_at_the_field_and_kept() -> None:
    order = delivered(OrderFactory())
    buyer = browser(order.buyer)
    url = f"/orders/{order.pk}/complain/"
    for changed, said in (
        ({"kind": ""}, "Choose what is wrong."),
        ({"text": ""}, "Say what happened."),
        ({"kind": "mood"}, 'role="alert"'),
    ):
        answer = buyer.post(url, {**WORDS, **changed})
        assert answer.status_code == 400
        assert said in answer.content.decode()
    assert "The base is cracked." in buyer.post(url, {**WORDS, "kind": ""}).content.decode()
    assert not get_complaint_model().objects.exists()
    row = complaint(order)
    long = "z" * 4001
    answer = buyer.post(f"/complaints/{row.pk}/say/", {"text": long})
    assert answer.status_code == 400
    assert long in answer.content.decode()
    assert buyer.post(f"/complaints/{row.pk}/say/", {"text": " "}).status_code == 400


def test_saying_it_twice_says_it_once() -> None:
    row = complaint()
    buyer, url = browser(row.order.buyer), f"/complaints/{row.pk}/"
    key = key_in(buyer.get(url).content.decode())
    for _ in range(2):
        buyer.post(f"{url}say/", {"text": "Hello?", "form_key": key})
    assert row.messages.filter(text="Hello?").count() == 1


def test_taking_it_back_closes_it() -> None:
    row = complaint()
    url = f"/complaints/{row.pk}/"
    buyer, seller = browser(row.order.buyer), browser(row.order.seller)
    assert "Take the complaint back" not in seller.get(url).content.decode()
    seller.post(f"{url}withdraw/")
    assert reread(row).status == "open"
    assert "Take the complaint back" in buyer.get(url).content.decode()
    buyer.post(f"{url}withdraw/")
    assert reread(row).status == "withdrawn"
    answer = buyer.post(f"{url}say/", {"text": "And another thing"})
    assert answer.status_code == 400
    assert row.messages.filter(text="And another thing").count() == 0


def test_a_complaint_is_for_its_sides_and_staff() -> None:
    row = complaint()
    url = f"/complaints/{row.pk}/"
    assert Client().get(url).status_code == 302
    stranger = browser(UserFactory())
    for one in (url, f"/orders/{row.order.pk}/complain/", "/complaints/nothing/"):
        assert stranger.get(one).status_code == 404, one
    assert stranger.post(f"{url}say/", {"text": "I was there."}).status_code == 404
    assert browser(row.order.buyer).post(f"{url}explode/").status_code == 404
    assert 'name="resolution"' not in browser(row.order.buyer).get(url).content.decode()
    browser(row.order.buyer).post(
        f"{url}resolve/", {"resolution": "refund", "note": "Mine.", "step": "decide"}
    )
    assert reread(row).status == "open"
    staff = browser(UserFactory(is_staff=True))
    assert 'name="resolution"' in staff.get(url).content.decode()
    assert staff.get(f"/orders/{row.order.pk}/complain/").status_code == 404


def test_an_unpaid_order_has_nothing_to_complain_about() -> None:
    order = OrderFactory()
    buyer, url = browser(order.buyer), f"/orders/{order.pk}/"
    assert f"{url}complain/" not in buyer.get(url).content.decode()
    page = buyer.get(f"{url}complain/", follow=True)
    assert page.redirect_chain == [(url, 302)]
    assert "nothing to complain about" in page.content.decode()


def test_the_order_says_until_when_one_can_complain(settings: Any) -> None:
    order = services.complete_order(order=delivered(OrderFactory()))
    buyer, url = browser(order.buyer), f"/orders/{order.pk}/"
    page = buyer.get(url).content.decode()
    assert "One can complain about this order until" in page
    assert f"{url}complain/" in page

    settings.CHOWK_MARKETPLACE = {"COMPLAINT_WINDOW": timedelta(microseconds=1)}
    page = buyer.get(url).content.decode()
    assert "One could complain about this order until" in page
    assert f"{url}complain/" not in page
    answer = buyer.get(f"{url}complain/", follow=True)
    assert "It is over too long ago" in answer.content.decode()

    settings.CHOWK_MARKETPLACE = {"COMPLAINT_WINDOW": None}
    page = buyer.get(url).content.decode()
    assert "complain about this order until" not in page
    assert f"{url}complain/" in page


def test_the_list_by_side_and_its_cost() -> None:
    buyer, seller = UserFactory(), UserFactory()
    viewer, other = browser(buyer), browser(seller)
    assert "No complaints" in viewer.get("/complaints/").content.decode()

    def more(count: int) -> None:
        for _ in range(count):
            listing = ActiveListingFactory(seller=seller, title="A lamp")
            complaint(delivered(OrderFactory(buyer=buyer, listing=listing)))

    more(2)
    few = statements(viewer, "/complaints/"), statements(other, "/complaints/?side=sold")
    more(6)
    assert (statements(viewer, "/complaints/"), statements(other, "/complaints/?side=sold")) == few
    assert viewer.get("/complaints/").content.decode().count("A lamp") == 8
    assert "A lamp" not in viewer.get("/complaints/?side=sold").content.decode()
    one = get_complaint_model().objects.first()
    url = f"/complaints/{one.pk}/"

    def talk(count: int) -> None:
        for _ in range(count):
            services.add_complaint_message(complaint=one, actor=buyer, text="Hello?")
            services.add_evidence(complaint=one, actor=seller, upload=picture())

    talk(1)
    few_words = statements(viewer, url)
    talk(5)
    assert statements(viewer, url) == few_words
