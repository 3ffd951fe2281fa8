from types import SimpleNamespace

import pytest
from moneyed import Money
from rest_framework import serializers

from chowk_core.api.fields import AmountField, MoneyField, TargetField
from chowk_core.targets import Target
from tests.factories import DiaryFactory


class PriceSerializer(serializers.Serializer):
    price = MoneyField(min_amount="0.5", max_amount=1000)


class BidSerializer(serializers.Serializer):
    amount = AmountField(currency="auction.currency", default_currency="USD", min_amount=1)


class LinkSerializer(serializers.Serializer):
    target = TargetField(types=lambda: {"diary.diary", "auth.user"})


class LooseLinkSerializer(serializers.Serializer):
    target = TargetField(must_exist=False)


def codes(serializer):
    assert not serializer.is_valid()
    return [error.code for errors in serializer.errors.values() for error in errors]


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        ("5.5", "USD", Money("5.50", "USD")),
        ("500", "JPY", Money(500, "JPY")),
        ("5.125", "KWD", Money("5.125", "KWD")),
        (7, "USD", Money(7, "USD")),
        ("5.500000", "USD", Money("5.5", "USD")),
    ],
)
def test_money_is_read_exactly(amount, currency, money):
    serializer = PriceSerializer(data={"price": {"amount": amount, "currency": currency}})
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data["price"] == money


@pytest.mark.parametrize(
    ("money", "amount"),
    [(Money("5.5", "USD"), "5.50"), (Money("500.000", "JPY"), "500"), (Money("5.125", "KWD"), "5.125")],
)
def test_money_is_written_with_its_currencys_decimals(money, amount):
    shown = PriceSerializer(SimpleNamespace(price=money)).data["price"]
    assert shown == {"amount": amount, "currency": money.currency.code}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"amount": "5.001", "currency": "USD"}, "invalid_amount"),
        ({"amount": "5.5", "currency": "JPY"}, "invalid_amount"),
        ({"amount": 5.5, "currency": "USD"}, "invalid_amount"),
        ({"amount": True, "currency": "USD"}, "invalid_amount"),
        ({"amount": None, "currency": "USD"}, "invalid_amount"),
        ({"amount": "1e3", "currency": "USD"}, "invalid_amount"),
        ({"amount": "1_000", "currency": "USD"}, "invalid_amount"),
        ({"amount": " 5", "currency": "USD"}, "invalid_amount"),
        ({"amount": "\u0665", "currency": "USD"}, "invalid_amount"),
        ({"amount": "NaN", "currency": "USD"}, "invalid_amount"),
        ({"amount": "Infinity", "currency": "USD"}, "invalid_amount"),
        ({"amount": "9" * 400, "currency": "USD"}, "invalid_amount"),
        ({"amount": 10**400, "currency": "USD"}, "invalid_amount"),
        ({"amount": "5\x00", "currency": "USD"}, "invalid_amount"),
        ({"amount": "5", "currency": "XYZ0"}, "unknown_currency"),
        ({"amount": "5", "currency": "usd"}, "unknown_currency"),
        ({"amount": "5", "currency": ["USD"]}, "unknown_currency"),
        ({"amount": "5", "currency": None}, "unknown_currency"),
        ({"amount": "5", "currency": "\ud800"}, "unknown_currency"),
        ({"amount": "0.49", "currency": "USD"}, "min_value"),
        ({"amount": "-5", "currency": "USD"}, "min_value"),
        ({"amount": "1000.01", "currency": "USD"}, "max_value"),
        ({"amount": "5"}, "not_money"),
        ({"amount": "5", "currency": "USD", "more": 1}, "not_money"),
        ("5 USD", "not_money"),
        ([], "not_money"),
        (5, "not_money"),
        (None, "null"),
    ],
)
def test_wrong_money_is_refused(value, code):
    assert codes(PriceSerializer(data={"price": value})) == [code]


def test_bounds_are_shown_in_the_currency():
    serializer = PriceSerializer(data={"price": {"amount": "0", "currency": "KWD"}})
    serializer.is_valid()
    assert str(serializer.errors["price"][0]) == "Enter at least 0.500 KWD."


def test_amounts_are_minor_units_inside():
    auction = SimpleNamespace(currency="JPY")
    assert BidSerializer(SimpleNamespace(amount=500, auction=auction)).data == {"amount": "500"}
    assert BidSerializer(SimpleNamespace(amount=500, auction=None)).data == {"amount": "5.00"}


@pytest.mark.parametrize(
    ("data", "context", "instance", "minor"),
    [
        ({"amount": "5"}, {}, None, 500),
        ({"amount": "5", "currency": "KWD"}, {}, None, 5000),
        ({"amount": "5", "currency": "KWD"}, {"currency": "JPY"}, None, 5),
        ({"amount": "5"}, {}, SimpleNamespace(auction=SimpleNamespace(currency="JPY")), 5),
    ],
)
def test_an_amounts_currency_is_beside_it(data, context, instance, minor):
    serializer = BidSerializer(instance, data=data, context=context)
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data["amount"] == minor


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"amount": "0.99"}, "min_value"),
        ({"amount": "1.001"}, "invalid_amount"),
        ({"amount": "5", "currency": {}}, "unknown_currency"),
        ({"amount": "5", "currency": "???"}, "unknown_currency"),
        ({"amount": {}}, "invalid_amount"),
        ({}, "required"),
    ],
)
def test_wrong_amounts_are_refused(data, code):
    assert codes(BidSerializer(data=data)) == [code]


@pytest.mark.django_db
def test_targets_are_read_and_written():
    diary = DiaryFactory()
    data = {"target": {"type": "diary.diary", "id": str(diary.pk)}}
    serializer = LinkSerializer(data=data)
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data["target"].get() == diary
    assert LinkSerializer({"target": Target.of(diary)}).data == data


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"type": "diary.diary", "id": "1"}, "unknown_target"),
        ({"type": "diary.diary", "id": "00000000-0000-7000-8000-000000000000"}, "unknown_target"),
        ({"type": "auth.user", "id": "9" * 30}, "unknown_target"),
        ({"type": "auth.user", "id": "1\x00"}, "unknown_target"),
        ({"type": "auth.user", "id": "\ud800"}, "unknown_target"),
        ({"type": "auth.group", "id": "1"}, "target_not_allowed"),
        ({"type": "no.where", "id": "1"}, "unknown_target"),
        ({"type": "nowhere", "id": "1"}, "unknown_target"),
        ({"type": "a.b.c", "id": "1"}, "unknown_target"),
        ({"type": "", "id": "1"}, "unknown_target"),
        ({"type": "diary.diary", "id": 1}, "not_a_target"),
        ({"type": "diary.diary", "id": ""}, "not_a_target"),
        ({"type": "diary.diary", "id": "1" * 65}, "not_a_target"),
        ({"type": ["diary.diary"], "id": "1"}, "not_a_target"),
        ({"type": "diary.diary"}, "not_a_target"),
        ("diary.diary:1", "not_a_target"),
    ],
)
def test_wrong_targets_are_refused(value, code):
    assert codes(LinkSerializer(data={"target": value})) == [code]


def test_a_target_that_need_not_exist_is_not_looked_up():
    assert LooseLinkSerializer(data={"target": {"type": "diary.diary", "id": "1"}}).is_valid()
