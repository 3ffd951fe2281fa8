from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from chowk_core.relay import relay
from chowk_core.selectors import read
from chowk_core.targets import Target
from chowk_payments import services, tasks
from chowk_payments.conf import payments_settings
from tests.conftest import ANSWER_LOST, DECLINED, card, events
from tests.factories import UserFactory, basket_of
from tests.ledger import money

pytestmark = pytest.mark.django_db


def test_who_may_watch(buyer: Any, seller: Any, target: Target) -> None:
    payment = services.pay(payer=buyer, target=target, method="card", card=card())
    payments, wallets = (
        payments_settings.STREAMS["payments.payment"],
        payments_settings.STREAMS["payments.wallet"],
    )
    assert [
        payments.authorise(viewer, str(payment.pk))
        for viewer in (buyer, seller, UserFactory(), AnonymousUser())
    ] == [True, True, False, False]
    assert [wallets.authorise(viewer, str(buyer.pk)) for viewer in (buyer, seller, AnonymousUser())] == [
        True,
        False,
        False,
    ]


def test_each_side_sees_its_own_business(buyer: Any, seller: Any, target: Target) -> None:
    payment = services.pay(payer=buyer, target=target, method="card", card=card(DECLINED))
    services.retry(payment=payment, payer=buyer, card=card())
    services.release_escrow(target=target)
    stream, key = payments_settings.STREAMS["payments.payment"], str(payment.pk)
    log = read(f"payments.payment:{key}").events

    def seen(viewer: Any, name: str) -> dict[str, Any]:
        audience = stream.audience(viewer, key)
        return next(stream.present(event, audience) for event in log if event.name == name)

    assert seen(buyer, "payments.failed")["code"] == "card_declined"
    assert "code" not in seen(seller, "payments.failed")
    assert seen(seller, "payments.released")["net"] == "98.00"
    assert {"fee", "net"}.isdisjoint(seen(buyer, "payments.released"))
    assert seen(buyer, "payments.released")["gross"] == "100.00"


def test_a_payee_among_several_watches_their_own_part(buyer: Any) -> None:
    basket = basket_of(buyer, 100, 200)
    payment = services.pay(payer=buyer, target=Target.of(basket), method="card", card=card(DECLINED))
    services.retry(payment=payment, payer=buyer, card=card())
    services.release_escrow(target=Target.of(basket))
    stream, key = payments_settings.STREAMS["payments.payment"], str(payment.pk)
    log = read(f"payments.payment:{key}").events

    def seen(viewer: Any) -> list[dict[str, Any]]:
        audience = stream.audience(viewer, key)
        shown = [stream.present(event, audience) for event in log]
        return [payload for payload in shown if payload is not None]

    for part in payment.parts.select_related("payee"):
        own = seen(part.payee)
        assert len(own) == len(log) - 1, "all but the other one's release"
        assert {(one["target_type"], one["target_id"]) for one in own} == {(part.target.type, part.target.id)}
        [told] = [one for one in own if "parts" in one]
        assert ([one["payee_id"] for one in told["parts"]], "amount" in told) == ([str(part.payee.pk)], False)
    assert seen(UserFactory(is_staff=True))[0]["target_type"] == "shop.basket"


def test_periodic_work_by_celery(buyer: Any, target: Target) -> None:
    services.pay(payer=buyer, target=target, method="card", card=card(ANSWER_LOST))
    tasks.resolve_uncertain_payments()
    tasks.expire_holds()
    relay()
    assert (money("escrow"), len(events("payments.captured"))) == (10_000, 1)
    assert {"payments.expire_holds", "payments.resolve_uncertain"} <= set(payments_settings.PERIODIC)


def test_all_periodic_work_has_a_task() -> None:
    wanted = {work.service.rpartition(".")[2] for work in payments_settings.PERIODIC.values()}
    for name in wanted:
        task = getattr(tasks, name)
        task()
        assert task.name == f"chowk_payments.{name}"
    assert len(wanted) == len(payments_settings.PERIODIC)
