"""How auctions and bids look over HTTP. Output is what selectors say a viewer may see, nothing else."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chowk_auctions.abstract_models import BidKind, Status
from chowk_auctions.amounts import LARGEST
from chowk_core.api.fields import AMOUNT_SCHEMA, CURRENCY_SCHEMA, TargetField


@extend_schema_field(AMOUNT_SCHEMA)
class AmountText(serializers.CharField):
    """Decimal text in units of a currency that the service knows; the service checks the amount."""

    default_error_messages = {"invalid": _("Enter an amount as text, such as “5000.00”.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=len(str(LARGEST)) + 8, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, float | bool):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(CURRENCY_SCHEMA)
class CurrencyText(serializers.CharField):
    """An ISO 4217 code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=3, max_length=3, **kwargs)


@extend_schema_field({**AMOUNT_SCHEMA, "nullable": True})
class MaybeAmount(serializers.CharField):
    """Decimal text or null, for output."""


@extend_schema_field(AMOUNT_SCHEMA)
class Amount(serializers.CharField):
    """Decimal text, for output."""


class OfferSerializer(serializers.Serializer[Any]):
    """A second-chance offer to you."""

    id = serializers.CharField()
    amount = Amount()
    currency = CurrencyText()
    expires_at = serializers.DateTimeField()


class ViewpointSerializer(serializers.Serializer[Any]):
    """What the auction is to you. ``maximum`` is your own; nobody else is ever shown it."""

    name = serializers.CharField(allow_null=True)
    is_seller = serializers.BooleanField()
    has_bid = serializers.BooleanField()
    leading = serializers.BooleanField()
    won = serializers.BooleanField()
    watching = serializers.BooleanField()
    maximum = MaybeAmount(allow_null=True)
    offer = OfferSerializer(allow_null=True)
    pay_url = serializers.CharField(
        allow_null=True,
        help_text=_(
            "Where you pay for it, an address or a path of this site; null unless you owe, and in lists."
        ),
    )


class AuctionSerializer(serializers.Serializer[Any]):
    """An auction as you may see it. Bidders appear under a name that is theirs in this auction only."""

    id = serializers.CharField()
    target = TargetField()
    title = serializers.CharField()
    seller_id = serializers.CharField()
    format = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    currency = CurrencyText()
    starting_price = Amount()
    price = Amount()
    next_minimum = MaybeAmount(allow_null=True, help_text=_("Null where no bid is possible."))
    buy_now_price = MaybeAmount(allow_null=True, help_text=_("Null where it cannot be bought now."))
    reserve_price = MaybeAmount(allow_null=True, help_text=_("Shown to the seller only."))
    has_reserve = serializers.BooleanField()
    reserve_met = serializers.BooleanField()
    sealed = serializers.BooleanField(help_text=_("Whether what was bid is secret, until the end."))
    bid_count = serializers.IntegerField(
        min_value=0, allow_null=True, help_text=_("Null where the number of sealed bids is not public.")
    )
    watcher_count = serializers.IntegerField(min_value=0)
    leader = serializers.CharField(allow_null=True)
    winner = serializers.CharField(allow_null=True)
    sale_price = MaybeAmount(allow_null=True, help_text=_("What the winner pays."))
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    hard_ends_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    settle_by = serializers.DateTimeField(allow_null=True, help_text=_("Shown to seller, winner and staff."))
    settlement = serializers.ChoiceField(
        choices=["due", "settled", "defaulted", "voided", "second_chance"], allow_null=True
    )
    server_time = serializers.DateTimeField()
    you = ViewpointSerializer()


class CreateAuctionSerializer(serializers.Serializer[Any]):
    """What a seller asks. Amounts are in units of ``currency``; times carry their zone."""

    target = TargetField(must_exist=False)
    title = serializers.CharField(max_length=200)
    currency = CurrencyText()
    starting_price = AmountText()
    reserve_price = AmountText(required=False, allow_null=True)
    buy_now_price = AmountText(required=False, allow_null=True)
    starts_at = serializers.DateTimeField(required=False, allow_null=True, help_text=_("Now, without it."))
    ends_at = serializers.DateTimeField()
    hard_ends_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text=_("How far late bids can move the end.")
    )
    format = serializers.CharField(required=False, max_length=20, help_text=_("“english”, without it."))
    second_chance = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text=_("Offer it to the next bidder if the winner does not pay."),
    )
    below_reserve = serializers.BooleanField(
        required=False, help_text=_("Offer it to bidders below the reserve, too.")
    )
    relists = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=100,
        help_text=_("How often it runs again by itself if it is not sold."),
    )
    relist_price = AmountText(
        required=False, allow_null=True, help_text=_("From which starting price it then runs.")
    )


class PlaceBidSerializer(serializers.Serializer[Any]):
    """Your maximum. The price rises only as far as it takes to lead."""

    amount = AmountText()
    currency = CurrencyText(required=False, help_text=_("Refused if it is not the auction's."))


class PlacedBidSerializer(serializers.Serializer[Any]):
    """Your accepted bid and what it made of the auction.

    Of a sealed bid only ``commitment``, a hash that proves later what you bid, and nothing that would tell.
    """

    id = serializers.CharField()
    auction_id = serializers.CharField()
    sequence = serializers.IntegerField(min_value=1, allow_null=True)
    kind = serializers.ChoiceField(choices=BidKind.choices)
    maximum = MaybeAmount(allow_null=True)
    price = MaybeAmount(allow_null=True)
    currency = CurrencyText()
    next_minimum = Amount()
    leading = serializers.BooleanField(allow_null=True)
    reserve_met = serializers.BooleanField(allow_null=True)
    ends_at = serializers.DateTimeField()
    extended = serializers.BooleanField()
    placed_at = serializers.DateTimeField()
    commitment = serializers.CharField(allow_blank=True)


class BidSerializer(serializers.Serializer[Any]):
    """A line of the history. ``maximum`` stands on your own bids, and on revealed sealed ones.

    A retraction is a line too: it has the price and the leader, if any, that the remaining bids make.
    """

    sequence = serializers.IntegerField(min_value=1)
    kind = serializers.ChoiceField(choices=BidKind.choices)
    bidder = serializers.CharField()
    is_you = serializers.BooleanField()
    leader = serializers.CharField(allow_null=True)
    you_lead = serializers.BooleanField()
    price = Amount()
    currency = CurrencyText()
    reserve_met = serializers.BooleanField()
    maximum = MaybeAmount(allow_null=True)
    retracted = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    extended_to = serializers.DateTimeField(allow_null=True)
    placed_at = serializers.DateTimeField()


class CancelSerializer(serializers.Serializer[Any]):
    """Why it is called off; told to everybody."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class RetractSerializer(serializers.Serializer[Any]):
    """Why you take your bid back, and perhaps what you meant to bid."""

    reason = serializers.CharField(
        max_length=40, help_text=_("“typo”, “description_changed” or “seller_unreachable”.")
    )
    amount = AmountText(required=False, allow_null=True, help_text=_("What you bid instead."))
    currency = CurrencyText(required=False)


class RelistSerializer(serializers.Serializer[Any]):
    """From which starting price it runs again; as before, without it."""

    starting_price = AmountText(required=False, allow_null=True)


class BlockSerializer(serializers.Serializer[Any]):
    """Whom to block: a user by key, or a bidder of your auction by the name seen there."""

    bidder = serializers.CharField(required=False, max_length=64)
    auction = serializers.CharField(required=False, max_length=64)
    name = serializers.CharField(required=False, max_length=64)
    note = serializers.CharField(required=False, allow_blank=True, max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Either way, and not both."""
        if ("bidder" in attrs) == ("auction" in attrs) or ("auction" in attrs) != ("name" in attrs):
            raise serializers.ValidationError(
                _("Name a bidder, or an auction and the name in it."), code="invalid_block"
            )
        return attrs


class BlockedBidderSerializer(serializers.Serializer[Any]):
    """Somebody you take no bids from, as you know them: by the user's key, or by a name in your auction."""

    id = serializers.CharField()
    bidder = serializers.CharField(allow_null=True)
    auction = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_blank=True)
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
