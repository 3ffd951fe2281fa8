"""Refunds that the gateway declines: their money waits until somebody decides, and nothing slips away."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from chowk_core.exceptions import DomainError
from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.models import get_refund_model
from tests.conftest import GOOD, REFUND_DECLINED, REFUND_LOST, events
from tests.factories import OrderFactory, UserFactory
from tests.ledger import money, sound, total
from tests.test_disputes import resolved, tell
from tests.test_escrow import announce
from tests.test_refunds import paid, refund, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Any:
    return UserFactory(is_staff=True, is_superuser=True)


def spend(user: Any, amount: int) -> None:
    outside = services.get_or_open(kind="external", currency="USD", name="tests")
    wallet = services.wallet_of(user, "USD")
    services.transfer(legs=[services.Leg(debit=wallet, credit=outside, amount=amount, code="spent")])


@pytest.fixture(params=["in escrow", "released"])
def failed(request: Any, order: Any, buyer: Any, after_commit: Any) -> Any:
    """A refund of 40.00 of 100.00 that was agreed to and that the gateway declined."""
    part = paid(order, buyer, REFUND_DECLINED)
    if request.param == "released":
        services.release_escrow(target=part.target)
    row = refund(part, 4_000, after_commit)
    assert (row.state, row.failure_code, part.claimed) == ("failed", "refund_declined", 4_000)
    return row


def test_it_waits_in_escrow(failed: Any, order: Any, seller: Any, after_commit: Any) -> None:
    released = bool(failed.part.released_at)
    after_commit(lambda: announce("marketplace.order_delivered", order_id=str(order.pk)))
    assert services.release_escrow(target=failed.part.target) is None
    assert services.release_due_parts() == 0
    assert money("escrow") == (4_000 if released else 10_000)
    assert money("wallet", owner=seller) == (5_880 if released else 0)
    [event] = events("payments.refund_failed")
    assert (event["refund_id"], event["code"]) == (str(failed.pk), "refund_declined")
    assert sound()


def test_staff_see_it_and_give_it_to_the_seller(
    failed: Any, order: Any, seller: Any, staff: Any, after_commit: Any
) -> None:
    after_commit(lambda: announce("marketplace.order_delivered", order_id=str(order.pk)))
    browser = Client()
    browser.force_login(staff)
    model = get_refund_model()._meta
    address = reverse(f"admin:{model.app_label}_{model.model_name}_changelist")
    assert "refund_declined" in browser.get(address, {"state__exact": "failed"}).text
    after_commit(lambda: browser.post(address, {"action": "refuse", "_selected_action": [str(failed.pk)]}))
    failed.refresh_from_db()
    failed.part.refresh_from_db()
    assert (failed.state, failed.part.claimed) == ("refused", 0)
    assert (money("wallet", owner=seller), money("revenue"), money("escrow")) == (9_800, 200, 0)
    assert sound()


def test_the_seller_does_not_decide(failed: Any, seller: Any) -> None:
    refused("not_allowed", services.refuse_refund, refund=failed, by=seller)
    assert get_refund_model()._default_manager.get().state == "failed"


def test_trying_again(failed: Any, seller: Any, after_commit: Any) -> None:
    escrow = money("escrow")
    after_commit(lambda: services.complete_refund(refund=failed))
    failed.refresh_from_db()
    assert (failed.state, money("escrow")) == ("failed", escrow)
    assert [row.state for row in failed.attempts.all()] == ["failed", "failed"]
    assert sound()


@pytest.mark.parametrize("delivered", [True, False])
def test_into_the_buyers_wallet(
    failed: Any, order: Any, buyer: Any, delivered: bool, after_commit: Any
) -> None:
    seller = failed.part.payee
    if delivered:
        after_commit(lambda: announce("marketplace.order_delivered", order_id=str(order.pk)))
    address = f"/api/refunds/{failed.pk}/into-wallet/"
    for user, status in ((seller, 403), (UserFactory(), 404), (buyer, 200), (buyer, 200)):
        api = APIClient()
        api.force_authenticate(user)
        assert after_commit(lambda api=api: api.post(address)).status_code == status
    failed.refresh_from_db()
    assert (failed.state, money("wallet", owner=buyer)) == ("completed", 4_000)
    if delivered or failed.part.released_at:
        assert (money("wallet", owner=seller), money("revenue"), money("escrow")) == (5_880, 120, 0)
    assert (events("payments.refunded")[0]["remaining"], sound()) == ("60.00", True)
    refused("wrong_refund_state", services.refuse_refund, refund=failed, by=buyer)


def test_only_what_failed_goes_into_the_wallet(order: Any, buyer: Any) -> None:
    asked = services.request_refund(part=paid(order, buyer, GOOD), by=buyer)
    refused("wrong_refund_state", services.refund_into_wallet, refund=asked)


def test_a_new_refund_of_all_takes_its_place(failed: Any, seller: Any, after_commit: Any) -> None:
    after_commit(lambda: services.refund_part(part=failed.part, reason="cancelled"))
    failed.refresh_from_db()
    newer = get_refund_model()._default_manager.exclude(pk=failed.pk).get()
    assert (failed.state, newer.state, newer.amount) == ("refused", "failed", 10_000)
    assert (money("escrow"), money("wallet", owner=seller), money("revenue")) == (10_000, 0, 0)
    assert sound()


def test_a_debt_that_was_paid_meanwhile_is_not_paid_twice(
    order: Any, buyer: Any, seller: Any, staff: Any, after_commit: Any
) -> None:
    """The seller had spent the money, owed the refund, and paid that with the next sale."""
    part = paid(order, buyer, REFUND_DECLINED)
    services.release_escrow(target=part.target)
    spend(seller, 9_800)
    row = refund(part, None, after_commit)
    assert (row.state, money("receivable", owner=seller)) == ("failed", -9_800)
    services.release_escrow(target=paid(OrderFactory(buyer=buyer, seller=seller, total=5_000), buyer).target)
    assert (money("receivable", owner=seller), money("wallet", owner=seller)) == (-4_900, 0)
    after_commit(lambda: services.refuse_refund(refund=row, by=staff))
    assert (money("receivable", owner=seller), money("wallet", owner=seller)) == (0, 4_900)
    assert (money("revenue"), money("escrow"), sound()) == (300, 0, True)


def test_a_frozen_seller_spends_nothing_while_the_gateway_is_asked(
    order: Any, buyer: Any, seller: Any, after_commit: Any
) -> None:
    part = paid(order, buyer, REFUND_LOST)
    services.release_escrow(target=part.target)
    services.freeze_escrow(target=part.target, dispute="complaint:1")
    row = refund(part, 4_000, after_commit)
    assert (row.state, money("wallet", owner=seller), money("escrow")) == ("processing", 0, 0)
    after_commit(services.resolve_uncertain_payments)
    row.refresh_from_db()
    assert (row.state, money("wallet", owner=seller)) == ("completed", 0)
    services.unfreeze_escrow(target=part.target, dispute="complaint:1")
    assert (money("wallet", owner=seller), money("revenue"), sound()) == (5_880, 120, True)


def test_a_dispute_during_a_refund_holds_what_is_left_and_no_more(
    order: Any, buyer: Any, seller: Any, after_commit: Any
) -> None:
    part = paid(order, buyer, REFUND_LOST)
    services.release_escrow(target=part.target)
    refund(part, 4_000, after_commit)
    other = paid(OrderFactory(buyer=buyer, seller=seller), buyer)
    services.release_escrow(target=other.target)
    services.freeze_escrow(target=part.target, dispute="complaint:1")
    assert money("wallet", owner=seller) == 9_800, "what the other order brought is theirs to spend"
    assert total() == 0


@pytest.mark.parametrize("claimed", [8_000, 10_000])
def test_a_complaint_gets_what_no_other_refund_claims(
    order: Any, buyer: Any, seller: Any, claimed: int, after_commit: Any
) -> None:
    """An agreed refund is not completed yet. The complaint's handler must not fail: the money would stay
    frozen."""
    part = paid(order, buyer)
    agreed = services.request_refund(part=part, by=buyer, amount=claimed)
    services.approve_refund(refund=agreed, by=seller)
    tell("marketplace.complaint_opened", order, complaint_id="9", kind="damaged")
    after_commit(lambda: resolved(order, "partial_refund", "50.00"))
    part.refresh_from_db()
    assert (part.frozen, money("wallet", owner=buyer)) == (False, 10_000 - claimed)
    services.complete_refund(refund=agreed)
    assert (money("wallet", owner=buyer), sound()) == (10_000, True)


def test_the_site_never_refunds_more_than_there_is(order: Any, buyer: Any) -> None:
    part = paid(order, buyer)
    with pytest.raises(DomainError) as refusal:
        services.refund_part(part=part, amount=10_001)
    assert refusal.value.code == "more_than_paid"
    row = services.refund_part(part=part, amount=10_001, capped=True)
    assert (row and row.amount, Target.of(order)) == (10_000, part.target)
    assert services.refund_part(part=part, amount=1, capped=True) is None
