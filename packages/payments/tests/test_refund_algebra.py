"""Splits, fees and refunds over any number of sellers, to the minor unit: by Hypothesis."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.abstract_models import DiscountKind
from chowk_payments.models import get_payment_part_model
from chowk_payments.services.discounts import Line, _quote
from chowk_payments.services.parts import specs_of
from chowk_payments.services.shares import fee_to_return
from tests.factories import UserFactory, WalletFactory, basket_of
from tests.ledger import money, sound

AMOUNTS = st.integers(1, 10**9)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(total=AMOUNTS, weights=st.lists(AMOUNTS, min_size=1, max_size=20))
def test_parts_add_up_to_the_charge(total: int, weights: list[int]) -> None:
    shares = [
        SimpleNamespace(
            target=Target("shop.order", str(n)), payee_id=f"s{n}", amount_minor=one, fee_minor=None
        )
        for n, one in enumerate(weights)
    ]
    charge = SimpleNamespace(payer_id="b", payee_id="", amount_minor=total, currency="USD", parts=shares)
    amounts = [spec.amount for spec in specs_of(charge, Target("shop.basket", "1"))]
    assert sum(amounts) == total
    whole = sum(weights)
    for part, one in zip(amounts, weights, strict=True):
        assert total * one // whole <= part <= total * one // whole + 1


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(st.integers(0, 10**7), min_size=1, max_size=20).filter(any),
    hundredths=st.integers(1, 10_000),
    fixed=AMOUNTS,
    kind=st.sampled_from([DiscountKind.PERCENT, DiscountKind.FIXED]),
)
def test_a_discount_is_split_over_lines_and_never_exceeds_them(
    lines: list[int], hundredths: int, fixed: int, kind: str
) -> None:
    discount: Any = SimpleNamespace(
        code="X",
        label="x",
        kind=kind,
        percent=Decimal(hundredths) / 100,
        amount=fixed,
        minimum=0,
        currency="USD",
        seller=None,
        category_ids=[],
    )
    rows = [
        Line(id=str(n), listing_id="", seller_id=str(n % 3), quantity=1, total_minor=one)
        for n, one in enumerate(lines)
    ]
    off = _quote(discount, "USD", rows, {}).lines
    base = sum(lines)
    wanted = min(fixed, base) if kind == DiscountKind.FIXED else base * hundredths / 10_000
    assert abs(sum(off.values()) - wanted) <= (0 if kind == DiscountKind.FIXED else 0.5)
    assert all(0 < share <= lines[int(key)] for key, share in off.items())


@given(data=st.data(), amount=AMOUNTS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_last_refund_closes_fee_and_payee_to_zero(data: st.DataObject, amount: int) -> None:
    """Also where refunds fail in between: neither side ever gives more than it got."""
    fee = data.draw(st.integers(0, amount))
    part: Any = SimpleNamespace(fee=fee, amount=amount, fee_returned=0)
    given_back = 0
    for _step in range(data.draw(st.integers(0, 12))):
        if given_back == amount:
            break
        refund = data.draw(st.integers(1, amount - given_back))
        share = fee_to_return(part, given=given_back, amount=refund)
        assert 0 <= share <= refund
        if data.draw(st.integers(0, 4)):  # one in five fails, and changes nothing
            part.fee_returned += share
            given_back += refund
        assert 0 <= part.fee_returned <= fee
        assert 0 <= given_back - part.fee_returned <= amount - fee
    if rest := amount - given_back:
        part.fee_returned += fee_to_return(part, given=given_back, amount=rest)
    assert part.fee_returned == fee


@pytest.mark.django_db
@given(data=st.data(), currency=st.sampled_from(["JPY", "USD", "KWD"]))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_baskets_paid_released_and_refunded_in_parts(data: st.DataObject, currency: str) -> None:
    """The ledger itself: 1 to 20 sellers, fees fixed or by policy, some released, all refunded in the end."""
    buyer = UserFactory()
    totals = data.draw(st.lists(st.integers(1, 9_999), min_size=1, max_size=20))
    before = money("revenue", currency=currency), money("escrow", currency=currency)
    WalletFactory(owner=buyer, funds=sum(totals), currency=currency)
    basket = basket_of(buyer, *totals, currency=currency)
    if data.draw(st.booleans()):
        basket.orders.update(fee=data.draw(st.integers(0, min(totals))))
    services.pay(payer=buyer, target=Target.of(basket), method="wallet")
    parts = list(get_payment_part_model()._default_manager.filter(payment__payer=buyer).order_by("position"))
    for part in parts[:4]:
        if data.draw(st.booleans()):
            services.refund_part(part=part, amount=data.draw(st.integers(1, part.amount)))
    for part in parts:
        if data.draw(st.booleans()):
            services.release_escrow(target=part.target)
        while data.draw(st.integers(0, 3)) == 0:
            part.refresh_from_db()
            if not part.left:
                break
            services.refund_part(part=part, amount=data.draw(st.integers(1, part.left)))
    services.refund_payment(payment=parts[0].payment)
    assert money("wallet", owner=buyer, currency=currency) == sum(totals)
    assert (money("revenue", currency=currency), money("escrow", currency=currency)) == before
    assert all(money("wallet", owner=part.payee, currency=currency) == 0 for part in parts)
    assert sound()
