"""Refunds: asked for, approved, completed; in full and in part; before and after the release."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from chowk_core.exceptions import DomainError
from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.gateways.base import Intent, Wallet
from chowk_payments.gateways.wallet import WalletGateway
from chowk_payments.models import get_payment_model, get_refund_model
from tests.conftest import GOOD, REFUND_LOST, card, events
from tests.factories import OrderFactory, UserFactory, WalletFactory, basket_of
from tests.ledger import money, sound, total

pytestmark = pytest.mark.django_db


def paid(order: Any, buyer: Any, number: str = "") -> Any:
    """The only part of a payment for ``order``, by card if ``number`` is given."""
    how: dict[str, Any] = {"method": "card", "card": card(number)} if number else {"method": "wallet"}
    if not number:
        WalletFactory(owner=buyer, funds=order.total, currency=order.currency)
    return services.pay(payer=buyer, target=Target.of(order), **how).parts.get()


def refund(part: Any, amount: int | None, run: Any = None) -> Any:
    def whole() -> Any:
        row = services.request_refund(part=part, by=part.payment.payer, amount=amount, reason="broken")
        services.approve_refund(refund=row, by=part.payee)
        return services.complete_refund(refund=row)

    row = run(whole) if run else whole()
    row.refresh_from_db()
    part.refresh_from_db()
    return row


def refused(code: str, call: Any, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(DomainError) as refusal:
        call(*args, **kwargs)
    assert refusal.value.code == code


def test_in_steps(order: Any, buyer: Any, seller: Any) -> None:
    part = paid(order, buyer)
    row = services.request_refund(part=part, by=buyer, amount=3_000, reason="broken", note="A wheel is off.")
    assert (row.state, money("escrow")) == ("requested", 10_000)
    refused("wrong_refund_state", services.complete_refund, refund=row)
    row = services.approve_refund(refund=row, by=seller)
    assert services.approve_refund(refund=row, by=seller).decided_by == seller
    for _twice in range(2):
        row = services.complete_refund(refund=row)
    assert (row.state, money("escrow"), money("wallet", owner=buyer)) == ("completed", 7_000, 3_000)
    [event] = events("payments.refunded")
    assert (event["refund_id"], event["amount"], event["refunded_total"], event["remaining"]) == (
        str(row.pk),
        "30.00",
        "30.00",
        "70.00",
    )
    assert [event["state"] for event in events("payments.refund_changed")] == ["requested", "approved"]
    part.payment.refresh_from_db()
    assert part.payment.state == "captured"
    services.release_escrow(target=part.target)
    assert (money("wallet", owner=seller), money("revenue")) == (6_860, 140)


def test_refunds_never_exceed_what_was_paid(order: Any, buyer: Any, seller: Any) -> None:
    part = paid(order, buyer)
    first = services.request_refund(part=part, by=buyer, amount=6_000)
    refused("more_than_paid", services.request_refund, part=part, by=buyer, amount=4_001)
    for amount in (0, -1):
        refused("invalid_amount", services.request_refund, part=part, by=buyer, amount=amount)
    services.request_refund(part=part, by=buyer)
    refused("nothing_to_refund", services.request_refund, part=part, by=buyer)
    services.refuse_refund(refund=first, by=seller, note="It was whole.")
    assert services.request_refund(part=part, by=buyer).amount == 6_000
    refused("wrong_refund_state", services.approve_refund, refund=first, by=seller)
    refused("not_allowed", services.request_refund, part=part, by=seller)


def test_a_key_asks_once(order: Any, buyer: Any) -> None:
    part = paid(order, buyer)
    rows = [services.request_refund(part=part, by=buyer, amount=10, key="k") for _twice in range(2)]
    assert rows[0].pk == rows[1].pk
    refused("idempotency_key_reused", services.request_refund, part=part, by=buyer, amount=11, key="k")
    part.refresh_from_db()
    assert part.claimed == 10


@pytest.mark.parametrize("number", ["", GOOD], ids=["wallet", "card"])
@pytest.mark.parametrize("released", [False, True], ids=["escrow", "released"])
def test_the_last_partial_refund_closes_to_zero(
    buyer: Any, seller: Any, number: str, released: bool, after_commit: Any
) -> None:
    """A fee of 3 of 101, given back in five unequal refunds."""
    order = OrderFactory(buyer=buyer, seller=seller, total=101, fee=3)
    part = paid(order, buyer, number)
    if released:
        services.release_escrow(target=part.target)
    for amount in (1, 32, 18, 49, 1):
        assert refund(part, amount, after_commit).state == "completed"
        assert total() == 0
        assert sound()
    part.payment.refresh_from_db()
    assert (part.payment.state, part.live, part.fee_returned) == ("refunded", False, 3 if released else 0)
    assert (money("escrow"), money("revenue"), money("wallet", owner=seller)) == (0, 0, 0)
    assert (money("clearing", name="dummy") if number else money("wallet", owner=buyer) - 101) == 0
    assert events("payments.refunded")[-1]["remaining"] == "0.00"


def test_what_the_seller_cannot_give_they_owe(order: Any, buyer: Any, seller: Any) -> None:
    """The buyer gets all of it; the next sale pays the platform back first."""
    part = paid(order, buyer)
    services.release_escrow(target=part.target)
    outside = services.get_or_open(kind="external", currency="USD", name="tests")
    wallet = services.wallet_of(seller, "USD")
    services.transfer(legs=[services.Leg(debit=wallet, credit=outside, amount=9_000, code="spent")])
    refund(part, None)
    assert (money("wallet", owner=buyer), money("wallet", owner=seller)) == (10_000, 0)
    assert (money("receivable", owner=seller), money("revenue"), total()) == (-9_000, 0, 0)
    next_one = paid(OrderFactory(buyer=buyer, seller=seller, total=5_000), buyer)
    services.release_escrow(target=next_one.target)
    assert (money("wallet", owner=seller), money("receivable", owner=seller)) == (0, -4_100)
    last = paid(OrderFactory(buyer=buyer, seller=seller, total=5_000), buyer)
    services.release_escrow(target=last.target)
    assert (money("wallet", owner=seller), money("receivable", owner=seller)) == (800, 0)
    assert sound()


def test_who_owes_the_platform_pays_that_before_buying(order: Any, buyer: Any, seller: Any) -> None:
    """From the wallet itself, or from the gateway of its name."""
    part = paid(order, buyer)
    services.release_escrow(target=part.target)
    outside = services.get_or_open(kind="external", currency="USD", name="tests")
    wallet = services.wallet_of(seller, "USD")
    services.transfer(legs=[services.Leg(debit=wallet, credit=outside, amount=9_000, code="spent")])
    refund(part, None)
    WalletFactory(owner=seller, funds=10_000)
    assert (money("wallet", owner=seller), money("receivable", owner=seller)) == (10_000, -9_000)
    wanted = OrderFactory(buyer=seller, total=1_001)
    refused("insufficient_funds", services.pay, payer=seller, target=Target.of(wanted), method="wallet")
    assert get_payment_model()._default_manager.filter(payer=seller).count() == 0
    wanted = OrderFactory(buyer=seller, total=600)
    assert services.pay(payer=seller, target=Target.of(wanted), method="wallet").state == "captured"
    assert (money("wallet", owner=seller), money("receivable", owner=seller), money("escrow")) == (
        400,
        0,
        600,
    )
    assert sound()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("amount", "status", "left"), [(1_001, "declined", 1_000), (600, "succeeded", 400)])
def test_the_wallet_as_a_gateway_pays_what_is_owed_first(
    buyer: Any, amount: int, status: str, left: int
) -> None:
    WalletFactory(owner=buyer, funds=10_000)
    owed = services.get_or_open(kind="receivable", currency="USD", owner=buyer)
    outside = services.get_or_open(kind="external", currency="USD", name="tests")
    services.transfer(legs=[services.Leg(debit=owed, credit=outside, amount=9_000, code="debt")])
    intent = Intent(
        key="one", amount=amount, currency="USD", description="", reference="", created_at=timezone.now()
    )
    assert WalletGateway().authorise(intent=intent, source=Wallet(owner=buyer)).status == status
    assert (money("wallet", owner=buyer), money("receivable", owner=buyer), sound()) == (left, 0, True)


@pytest.mark.parametrize("approved", ["seller", "staff"])
@pytest.mark.parametrize("refuses", ["buyer", "seller", "staff"])
def test_what_staff_approved_is_not_the_sellers_to_refuse(
    order: Any, buyer: Any, approved: str, refuses: str
) -> None:
    part = paid(order, buyer)
    people = {"buyer": buyer, "seller": part.payee, "staff": UserFactory(is_staff=True)}
    row = services.request_refund(part=part, by=buyer)
    services.approve_refund(refund=row, by=people[approved])
    if (approved, refuses) != ("staff", "seller"):
        assert services.refuse_refund(refund=row, by=people[refuses]).state == "refused"
        return
    refused("not_allowed", services.refuse_refund, refund=row, by=people[refuses])
    assert services.complete_refund(refund=row).state == "completed"


def test_a_refund_under_way_holds_the_release_back(order: Any, buyer: Any, after_commit: Any) -> None:
    part = paid(order, buyer, REFUND_LOST)
    row = refund(part, 4_000, after_commit)
    assert row.state == "processing"
    assert services.release_escrow(target=part.target) is None
    after_commit(services.resolve_uncertain_payments)
    row.refresh_from_db()
    assert (row.state, money("escrow"), money("revenue")) == ("completed", 0, 120)


def test_the_parts_of_a_basket_are_refunded_apart(buyer: Any) -> None:
    WalletFactory(owner=buyer, funds=1_000)
    basket = basket_of(buyer, 600, 400)
    payment = services.pay(payer=buyer, target=Target.of(basket), method="wallet")
    first, _second = payment.parts.order_by("position")
    refund(first, None)
    payment.refresh_from_db()
    assert (payment.state, money("escrow"), money("wallet", owner=buyer)) == ("captured", 400, 600)
    [event] = events("payments.refunded")
    assert (event["target_id"], event["remaining"]) == (first.target_id, "0.00")
    services.refund_payment(payment=payment)
    payment.refresh_from_db()
    assert (payment.state, money("wallet", owner=buyer)) == ("refunded", 1_000)
    assert services.pay(payer=buyer, target=Target.of(basket), method="wallet").state == "captured"


def test_the_site_refunds_once_by_reference_and_requests_give_way(order: Any, buyer: Any) -> None:
    part = paid(order, buyer)
    asked = services.request_refund(part=part, by=buyer)
    for _twice in range(2):
        row = services.refund_part(part=part, amount=2_500, reason="returned", reference="return:1")
    assert (row.state, money("wallet", owner=buyer)) == ("completed", 2_500)
    asked.refresh_from_db()
    assert asked.state == "refused"
    assert get_refund_model()._default_manager.count() == 2


def test_only_what_was_paid_is_refunded(order: Any, buyer: Any) -> None:
    part = paid(order, buyer, GOOD)
    part.payment.state = "processing"
    part.payment.save()
    refused("wrong_payment_state", services.request_refund, part=part, by=buyer)
    refused("not_allowed", services.request_refund, part=part, by=UserFactory())
