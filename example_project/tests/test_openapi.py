"""The API's document: whole, without a warning, and true in so far as nothing in it breaks the server."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from rest_framework_simplejwt.tokens import AccessToken

from chowk_core.targets import Target
from chowk_payments import services as payments
from demo.people import card
from tests.factories import UserFactory, fill_wallet, make_auction, make_car, make_order

EXAMPLES = 10


def operations() -> dict[str, Any]:
    """Every operation of the document by method and path."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(document)
    schema.app = get_wsgi_application()
    found = (result.ok() for result in schema.get_all_operations())  # type: ignore[union-attr]
    return {operation.label: operation for operation in found}


OPERATIONS = operations()


def test_the_document_generates_without_a_warning() -> None:
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=StringIO(), stderr=StringIO())


def test_the_seeds_paths_are_there() -> None:
    paths = {label.split(" ")[1] for label in OPERATIONS}
    assert {
        "/api/token/",
        "/api/token/refresh/",
        "/api/auth/register/",
        "/api/auth/profile/",
        "/api/cars/",
        "/api/cars/{id}/",
        "/api/categories/",
        "/api/listings/{id}/purchase/",
        "/api/orders/",
        "/api/orders/{id}/",
        "/api/orders/{id}/confirm/",
        "/api/orders/{id}/ship/",
        "/api/orders/{id}/deliver/",
        "/api/orders/{id}/cancel/",
        "/api/orders/{id}/history/",
        "/api/auctions/",
        "/api/auctions/{id}/",
        "/api/auctions/{id}/bids/",
        "/api/auctions/{id}/buy-now/",
        "/api/payments/",
        "/api/payments/{id}/confirm/",
        "/api/payments/{id}/retry/",
        "/api/wallets/my_wallet/",
        "/api/wallets/my_wallet/transactions/",
        "/api/wallets/my_wallet/top-up/",
    } <= paths


def paid_order(user: Any) -> Any:
    """A payment of the user's."""
    fill_wallet(user, 100)
    return payments.pay(payer=user, target=Target.of(make_order(buyer=user)), method="card", card=card())


REAL: dict[str, Callable[[Any], Any]] = {
    "auctions": lambda user: make_auction(),
    "cars": lambda user: make_car(seller=user),
    "categories": lambda user: make_car().category,
    "listings": lambda user: make_car(),
    "orders": lambda user: make_order(buyer=user),
    "payments": paid_order,
    "wallets": paid_order,
}
"""Makes what exists of a kind of path, a thing that the user has to do with."""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("label", OPERATIONS)
def test_nothing_breaks_the_server(label: str) -> None:
    """Asked by a user and, two times of five, a visitor; of what exists and, one time of three, does not."""
    user: Any = UserFactory()
    kind = label.split("/")[2]
    real = str(REAL[kind](user).pk) if kind in REAL else str(uuid4())
    signed_in = {"Authorization": f"Bearer {AccessToken.for_user(user)}"}
    callers = itertools.cycle([signed_in, {}, signed_in, signed_in, {}])
    turns = itertools.cycle([True, False, True])

    @given(case=OPERATIONS[label].as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def try_out(case: Any) -> None:
        if "id" in (case.path_parameters or {}) and next(turns):
            case.path_parameters["id"] = real
        response = case.call(headers=next(callers))
        assert response.status_code < 500, case.as_curl_command()

    try_out()
