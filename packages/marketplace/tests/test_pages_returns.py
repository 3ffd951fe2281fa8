"""Returns as pages: each side sees what it can do, and does it without script."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chowk_marketplace import services
from chowk_marketplace.models import get_order_model, get_return_model
from tests.factories import ActiveListingFactory, OrderFactory, UserFactory, delivered, reread

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.urls_pages")]


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def bought(**fields: Any) -> Any:
    """A delivered order of one listing."""
    return delivered(OrderFactory(**fields))


def requested(order: Any = None) -> Any:
    order = order or bought()
    return services.request_return(order=order, actor=order.buyer, reason="damaged", note="It is bent.")


def form_of(order: Any, **changed: str) -> dict[str, str]:
    line = order.lines.get()
    return {f"line-{line.pk}": "1", "reason": "damaged", "note": "It is bent.", **changed}


def key_in(page: str) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def statements(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_from_the_order_to_the_money(client: Client) -> None:
    order = bought()
    buyer, seller = browser(order.buyer), browser(order.seller)
    assert f"/orders/{order.pk}/return/" in buyer.get(f"/orders/{order.pk}/").content.decode()
    assert f"/orders/{order.pk}/return/" not in seller.get(f"/orders/{order.pk}/").content.decode()
    url = buyer.post(f"/orders/{order.pk}/return/", form_of(order))["Location"]
    row = get_return_model().objects.get()
    assert url == f"/returns/{row.pk}/"
    assert url in seller.get(f"/orders/{order.pk}/").content.decode()
    assert "It is bent." in seller.get(url).content.decode()
    assert "Agree to the return" not in buyer.get(url).content.decode()
    seller.post(f"{url}approve/", {"note": "To 4 Mall Road."})
    assert "To 4 Mall Road." in buyer.get(url).content.decode()
    assert "gets $100.00 back" in re.sub(r"<[^>]+>", "", seller.get(url).content.decode())
    seller.post(f"{url}receive/", {"restock": "on"})
    row = reread(row)
    assert (row.status, row.restocked, row.amount.amount) == ("received", True, 100)
    assert "$100.00" in buyer.get(url).content.decode()
    assert reread(order).status == "returned"


def test_the_goods_stay_off_the_shelf_where_the_seller_says_so() -> None:
    row = requested()
    seller = browser(row.order.seller)
    seller.post(f"/returns/{row.pk}/approve/")
    seller.post(f"/returns/{row.pk}/receive/")
    assert (reread(row).status, reread(row).restocked) == ("received", False)


def test_refusing_and_calling_off() -> None:
    row = requested()
    url = f"/returns/{row.pk}/"
    browser(row.order.seller).post(f"{url}refuse/", {"note": "It was whole when it left."})
    page = browser(row.order.buyer).get(url).content.decode()
    assert "It was whole when it left." in page
    assert "complain" in page
    other = requested(bought())
    page = browser(other.order.buyer)
    assert "Call the return off" in page.get(f"/returns/{other.pk}/").content.decode()
    page.post(f"/returns/{other.pk}/cancel/")
    assert reread(other).status == "cancelled"
    assert "Call the return off" not in page.get(f"/returns/{other.pk}/").content.decode()


def test_what_is_wrong_is_said_at_the_field_and_kept() -> None:
    order = services.purchase(listing=ActiveListingFactory(stock=5), buyer=UserFactory(), quantity=3)
    delivered(order)
    buyer, url = browser(order.buyer), f"/orders/{order.pk}/return/"
    name = f"line-{order.lines.get().pk}"
    for changed, said in (
        ({name: "4"}, "At most 3 can go back."),
        ({name: "0"}, "Choose what goes back."),
        ({name: "many"}, 'aria-invalid="true"'),
        ({"reason": ""}, "Choose a reason."),
        ({"reason": "mood"}, 'role="alert"'),
        ({"note": "x" * 501}, 'aria-invalid="true"'),
    ):
        answer = buyer.post(url, form_of(order, **changed))
        assert answer.status_code == 400
        page = answer.content.decode()
        assert said in page, changed
        assert changed.get(name, "") in page
    assert "It is bent." in buyer.post(url, form_of(order, **{name: "4"})).content.decode()
    assert not get_return_model().objects.exists()
    buyer.post(url, form_of(order, **{name: "2"}))
    assert get_return_model().objects.get().lines.get().quantity == 2
    seller = browser(order.seller).post(
        f"/returns/{get_return_model().objects.get().pk}/refuse/", {"note": "y" * 501}
    )
    assert seller.status_code == 400
    assert "y" * 501 in seller.content.decode()


def test_sending_the_form_twice_asks_once() -> None:
    order = services.purchase(listing=ActiveListingFactory(stock=5), buyer=UserFactory(), quantity=3)
    delivered(order)
    buyer, url = browser(order.buyer), f"/orders/{order.pk}/return/"
    key = key_in(buyer.get(url).content.decode())
    answers = [buyer.post(url, {**form_of(order), "form_key": key}) for _ in range(2)]
    row = get_return_model().objects.get()
    assert [answer["Location"] for answer in answers] == [f"/returns/{row.pk}/"] * 2


def test_a_return_is_for_its_two_sides_and_staff() -> None:
    row = requested()
    url = f"/returns/{row.pk}/"
    assert Client().get(url).status_code == 302
    assert Client().get("/returns/").status_code == 302
    stranger = browser(UserFactory())
    for one in (url, f"/orders/{row.order.pk}/return/", "/returns/nothing/", "/orders/nothing/return/"):
        assert stranger.get(one).status_code == 404, one
    assert stranger.post(f"{url}approve/").status_code == 404
    assert browser(row.order.seller).get(f"/orders/{row.order.pk}/return/").status_code == 404
    assert browser(row.order.seller).post(f"{url}explode/").status_code == 404
    assert stranger.get(f"{url}approve/")["Location"] == url
    browser(row.order.buyer).post(f"{url}approve/")
    browser(row.order.seller).post(f"{url}cancel/")
    assert reread(row).status == "requested"
    staff = browser(UserFactory(is_staff=True))
    assert "Agree to the return" in staff.get(url).content.decode()
    assert url in staff.get("/returns/").content.decode()


def test_too_late_is_said_on_the_order() -> None:
    order = bought()
    get_order_model().objects.filter(pk=order.pk).update(delivered_at=timezone.now() - timedelta(days=15))
    buyer, url = browser(order.buyer), f"/orders/{order.pk}/"
    assert f"{url}return/" not in buyer.get(url).content.decode()
    page = buyer.get(f"{url}return/", follow=True)
    assert page.redirect_chain == [(url, 302)]
    assert "can be returned now" in page.content.decode()


def test_the_list_by_side_and_its_cost() -> None:
    buyer, seller = UserFactory(), UserFactory()
    viewer, other = browser(buyer), browser(seller)
    assert "Nothing goes back" in viewer.get("/returns/").content.decode()
    assert "Nobody sends anything back" in other.get("/returns/?side=sold").content.decode()

    def more(count: int) -> None:
        for _ in range(count):
            requested(bought(buyer=buyer, listing=ActiveListingFactory(seller=seller, title="A lamp")))

    more(2)
    few = statements(viewer, "/returns/"), statements(other, "/returns/?side=sold")
    more(6)
    assert (statements(viewer, "/returns/"), statements(other, "/returns/?side=sold")) == few
    assert viewer.get("/returns/").content.decode().count("A lamp") == 8
    assert "A lamp" not in viewer.get("/returns/?side=sold").content.decode()
    assert "A lamp" in other.get("/returns/?side=sold&page=x").content.decode()
