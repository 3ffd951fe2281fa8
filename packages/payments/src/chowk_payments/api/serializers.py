"""What the API takes and answers. Amounts are decimal text in their currency; cards only ever go in."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chowk_core.api.fields import CURRENCY_SCHEMA, AmountField, TargetField
from chowk_core.money import UnknownCurrency, amount_text, decimals
from chowk_payments import selectors
from chowk_payments.abstract_models import Method
from chowk_payments.api.sources import SourceSerializer
from chowk_payments.conf import payments_settings


@extend_schema_field(CURRENCY_SCHEMA)
class CurrencyField(serializers.CharField):
    """An ISO 4217 code; which ones are taken is for the service."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=3, min_length=3, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        code: str = super().to_internal_value(data)
        try:
            decimals(code)
        except UnknownCurrency as error:
            raise serializers.ValidationError(error.detail, code=error.code) from error
        return code


class AttemptSerializer(serializers.Serializer[Any]):
    """An attempt to charge or to refund."""

    kind = serializers.CharField()
    state = serializers.CharField()
    amount = AmountField()
    card_brand = serializers.CharField()
    card_last_four = serializers.CharField()
    failure_code = serializers.CharField()
    failure_message = serializers.CharField()
    created_at = serializers.DateTimeField()


class PaymentPartSerializer(serializers.Serializer[Any]):
    """What of a payment is for which target and payee."""

    id = serializers.CharField(source="pk")
    target = TargetField()
    payee_id = serializers.CharField()
    amount = AmountField()
    refunded = AmountField()
    frozen = serializers.BooleanField()
    release_at = serializers.DateTimeField(allow_null=True)
    released_at = serializers.DateTimeField(allow_null=True)


class PaymentSerializer(serializers.Serializer[Any]):
    """A payment. What concerns the card and its failures is for the payer only; a payee among several sees
    their own parts: ``amount`` is what these come to, ``target`` that of the first, ``description`` empty."""

    id = serializers.CharField(source="pk")
    purpose = serializers.CharField()
    target = TargetField()
    payer_id = serializers.CharField()
    payee_id = serializers.CharField(allow_null=True)
    amount = AmountField()
    currency = CurrencyField()
    parts = PaymentPartSerializer(many=True, source="shown_parts")
    description = serializers.CharField()
    method = serializers.CharField()
    state = serializers.CharField()
    failure_code = serializers.SerializerMethodField()
    action = serializers.SerializerMethodField()
    attempts = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def to_representation(self, payment: Any) -> dict[str, Any]:
        shown = super().to_representation(payment)
        viewer = self.context["request"].user
        if own := selectors.own_parts(viewer, payment):
            shown["amount"] = amount_text(sum(part.amount for part in own), payment.currency)
            shown["payee_id"] = str(viewer.pk)
            shown["target"], shown["description"] = shown["parts"][0]["target"], ""
        return shown

    def get_failure_code(self, payment: Any) -> str:
        return payment.failure_code if self._own(payment) else ""

    @extend_schema_field({"type": "object", "nullable": True, "additionalProperties": {}})
    def get_action(self, payment: Any) -> dict[str, Any] | None:
        """What the payer must do now, such as answer a 3-D Secure challenge."""
        if not self._own(payment):
            return None
        waiting = (one.action for one in payment.attempts.all() if one.state == "requires_action")
        return next(waiting, None)

    @extend_schema_field(AttemptSerializer(many=True))
    def get_attempts(self, payment: Any) -> list[Any]:
        return list(AttemptSerializer(payment.attempts.all(), many=True).data) if self._own(payment) else []

    def _own(self, payment: Any) -> bool:
        return bool(payment.payer_id == self.context["request"].user.pk)


class PaySerializer(SourceSerializer):
    """Pay for a target: from the wallet, with a card, or by what else is offered."""

    target = TargetField(must_exist=False)
    method = serializers.ChoiceField(choices=Method.choices, default=Method.CARD)


class RetrySerializer(SourceSerializer):
    """Try again: with a card, or from the wallet."""

    method = serializers.ChoiceField(choices=Method.choices, default=Method.CARD)


class ConfirmSerializer(serializers.Serializer[Any]):
    """What the payer answered to the action; empty only asks the gateway how it stands."""

    answer = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")


class PaymentReceiptSerializer(serializers.Serializer[Any]):
    """Whether the cash, or the bank transfer, came."""

    received = serializers.BooleanField(default=True)


class TopUpSerializer(SourceSerializer):
    """Put money from a card into one's own wallet. Without a currency, in the default one."""

    amount = AmountField()
    currency = CurrencyField(required=False)
    method = serializers.ChoiceField(choices=Method.choices, default=Method.CARD)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and "currency" not in data:
            self.initial_data = data = {**data, "currency": payments_settings.DEFAULT_CURRENCY}
        return super().to_internal_value(data)


class WalletLineSerializer(serializers.Serializer[Any]):
    """What is in one wallet."""

    currency = CurrencyField()
    balance = AmountField(source="posted")
    available = AmountField()
    on_hold = AmountField()
    incoming = AmountField()


class WalletSerializer(WalletLineSerializer):
    """The wallet asked for, and one line for each wallet of the user."""

    wallets = WalletLineSerializer(many=True)


class TransactionSerializer(serializers.Serializer[Any]):
    """An entry of a wallet. ``amount`` is negative where money left."""

    id = serializers.CharField(source="pk")
    amount = AmountField(source="signed_amount")
    currency = CurrencyField()
    direction = serializers.SerializerMethodField()
    code = serializers.CharField()
    reference = serializers.CharField()
    counterparty = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field({"type": "string", "enum": ["in", "out"]})
    def get_direction(self, row: Any) -> str:
        return "out" if row.signed_amount < 0 else "in"

    @extend_schema_field({"type": "string", "example": "escrow"})
    def get_counterparty(self, row: Any) -> str:
        """The kind of account on the other side."""
        return str((row.credit_account if row.signed_amount < 0 else row.debit_account).kind)


class _InWallet(serializers.Serializer[Any]):
    """Without a currency, in the default one."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and "currency" not in data:
            self.initial_data = data = {**data, "currency": payments_settings.DEFAULT_CURRENCY}
        return super().to_internal_value(data)


class WithdrawSerializer(_InWallet):
    """Money out of the wallet to one's bank: ``amount``, or all that is there."""

    amount = AmountField(required=False)
    currency = CurrencyField(required=False)


class SendSerializer(_InWallet):
    """Money to another user, by their login."""

    recipient = serializers.CharField(max_length=254)
    amount = AmountField()
    currency = CurrencyField(required=False)
    note = serializers.CharField(max_length=160, required=False, allow_blank=True, default="")


class SentMoneySerializer(serializers.Serializer[Any]):
    """Money that went to another user."""

    id = serializers.CharField(source="pk")
    amount = AmountField()
    currency = CurrencyField()
    note = serializers.CharField(source="reference")
    created_at = serializers.DateTimeField()
