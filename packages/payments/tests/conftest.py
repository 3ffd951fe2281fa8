from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe
from django.utils import timezone

from chowk_core.models import LoggedEvent
from chowk_core.targets import Target
from chowk_payments.gateways.base import Card
from tests.factories import OrderFactory, UserFactory

GOOD, DECLINED = "4242424242424242", "4000000000000002"
CHALLENGED, CHALLENGED_THEN_DECLINED = "4000000000003220", "4000008400001629"
ANSWER_LOST, DECLINE_LOST, REQUEST_LOST = "4000000000000259", "4000000000000341", "4000000000000119"
REFUND_DECLINED, REFUND_LOST = "4000000000005126", "4000000000007726"


def card(number: str = GOOD, **changes: Any) -> Card:
    parts = {"expiry_month": 12, "expiry_year": timezone.now().year + 2, "security_code": "123"}
    return Card(number=number, **{**parts, **changes})


def events(name: str) -> list[dict[str, Any]]:
    """Payloads of the published events called ``name``, in order."""
    return list(LoggedEvent.objects.filter(name=name).order_by("id").values_list("payload", flat=True))


@pytest.fixture(scope="session", autouse=True)
def stripe_tries_again_at_once() -> Iterator[None]:
    """Its client waits half a second before it repeats a call."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.001)
        patch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.001)
        yield


@pytest.fixture
def buyer() -> Any:
    return UserFactory()


@pytest.fixture
def seller() -> Any:
    return UserFactory()


@pytest.fixture
def order(buyer: Any, seller: Any) -> Any:
    """An order of 100.00 USD that ``buyer`` owes ``seller``."""
    return OrderFactory(buyer=buyer, seller=seller)


@pytest.fixture
def target(order: Any) -> Target:
    return Target.of(order)


@pytest.fixture
def after_commit(django_capture_on_commit_callbacks: Any) -> Callable[[Callable[[], Any]], Any]:
    """Call something, and what it left for after its commit."""

    def run(work: Callable[[], Any]) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return work()

    return run
