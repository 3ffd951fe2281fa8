"""A dispute that is lost is borne once, whatever comes of refunds meanwhile, and however often it is told."""

from __future__ import annotations

from typing import Any

import pytest

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.gateways.base import Token
from chowk_payments.services.refunds import charge_back
from chowk_payments.testing.stripe_fake import StripeFake
from tests.factories import basket_of
from tests.ledger import money, sound
from tests.test_webhooks import clearing, disputed, running, sold, stripe, tell_all

__all__ = ["running", "sold", "stripe"]

pytestmark = pytest.mark.django_db


def tell_again(stripe: StripeFake, row: Any) -> None:
    """The bank says once more how the dispute ended."""
    stripe.state.emit("charge.dispute.updated", row)
    tell_all(stripe)


@pytest.mark.parametrize("released", [False, True], ids=["escrow", "released"])
def test_a_refund_that_fails_after_the_loss(
    sold: Any, stripe: StripeFake, seller: Any, released: bool, after_commit: Any
) -> None:
    """The platform bore it when it seemed refunded: that the money came back leaves it to be decided on."""
    if released:
        services.release_escrow(target=sold.target)
    after_commit(lambda: services.refund_part(part=sold.parts.get()))
    row = disputed(stripe)
    stripe.decide_dispute(row["id"], "lost")
    tell_all(stripe)
    assert (money("loss"), money("disputed"), money("escrow"), clearing()) == (-10_000, 0, 0, 10_000)
    [made] = stripe.state.all("refund")
    stripe.fail_refund(made["id"])
    tell_all(stripe)
    tell_again(stripe, row)
    failed = sold.parts.get().refunds.get()
    assert (failed.state, failed.reason) == ("failed", "")
    assert (money("loss"), money("disputed"), money("escrow"), clearing()) == (-10_000, 0, 10_000, 0)
    assert (money("wallet", owner=seller), money("receivable", owner=seller), sound()) == (0, 0, True)


def test_a_loss_that_was_interrupted_is_finished(stripe: StripeFake, buyer: Any) -> None:
    """What the first of two sellers bore stands; the second bears theirs when it is told again."""
    payment = services.pay(
        payer=buyer,
        target=Target.of(basket_of(buyer, 6_000, 4_000)),
        method="card",
        source=Token(id="pm_card_visa"),
    )
    row = disputed(stripe)
    stripe.decide_dispute(row["id"], "lost")
    first = payment.parts.get(position=0)
    charge_back(part=first, amount=6_000, reference=f"dispute:stripe:{row['id']}:0")
    tell_all(stripe)
    tell_again(stripe, row)
    assert [part.refunded for part in payment.parts.order_by("position")] == [6_000, 4_000]
    assert (money("loss"), money("disputed"), money("escrow"), sound()) == (0, 0, 0, True)
