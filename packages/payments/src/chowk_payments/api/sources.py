"""How the payer pays, as the API takes it: a card (dummy gateway only), a token, or by the gateway's page."""

from __future__ import annotations

from typing import Any

from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chowk_payments.conf import payments_settings
from chowk_payments.gateways.base import Card, Redirect, Source, Token

SEPARATORS = str.maketrans("", "", " -")


class CardSerializer(serializers.Serializer[Any]):
    """A card as it is printed. It is handed to the gateway and forgotten."""

    number = serializers.CharField(max_length=23, write_only=True)
    expiry_month = serializers.IntegerField(min_value=1, max_value=12, write_only=True)
    expiry_year = serializers.IntegerField(min_value=2000, max_value=9999, write_only=True)
    security_code = serializers.CharField(max_length=4, write_only=True)


@extend_schema_field({"type": "string", "format": "uri"})
class ReturnUrlField(serializers.CharField):
    """An address of this site, or of RETURN_HOSTS: nobody is sent elsewhere."""

    default_error_messages = {"not_ours": _("This address is not one of ours.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=500, required=False, write_only=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        url: str = super().to_internal_value(data)
        request = self.context["request"]
        hosts = {request.get_host(), *payments_settings.RETURN_HOSTS}
        ours = url_has_allowed_host_and_scheme(url, hosts, require_https=request.is_secure())
        if not ours or not url.startswith(("http://", "https://")):
            self.fail("not_ours")
        return url


class SourceSerializer(serializers.Serializer[Any]):
    """What pays: ``card``; or ``payment_method``, the provider's token of one; or ``return_url`` alone, for
    the provider's page. With a token, ``return_url`` is where the payer comes back to from the bank."""

    card = CardSerializer(required=False, write_only=True)
    payment_method = serializers.RegexField(r"^[\w-]{1,255}$", required=False, write_only=True)
    return_url = ReturnUrlField()
    cancel_url = ReturnUrlField()


def source_from(data: dict[str, Any]) -> Source | None:
    """The source in validated input, None where it names none."""
    if "card" in data:
        return card_from(data["card"])
    if "payment_method" in data:
        return Token(id=data["payment_method"], return_url=data.get("return_url", ""))
    if "return_url" in data and data.get("method") not in {"wallet", "cash", "bank_transfer"}:
        return Redirect(return_url=data["return_url"], cancel_url=data.get("cancel_url", ""))
    return None


def card_from(data: dict[str, Any]) -> Card:
    """The card in validated input, without the spaces and hyphens of its number."""
    return Card(**{**data, "number": data["number"].translate(SEPARATORS)})
