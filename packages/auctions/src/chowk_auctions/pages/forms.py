"""The forms of the auction pages. Amounts are judged by the services; here only what can be read as one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chowk_core.money import decimals

MONEY = {"inputmode": "decimal", "autocomplete": "off", "enterkeyhint": "send"}
UNREADABLE = {"invalid": _("Enter an amount."), "min_value": _("Enter an amount above zero.")}
DURATIONS = (
    ("5", _("5 minutes")),
    ("60", _("1 hour")),
    ("1440", _("1 day")),
    ("4320", _("3 days")),
    ("10080", _("7 days")),
)
STARTS = (("0", _("at once")), ("60", _("in an hour")), ("1440", _("in a day")), ("10080", _("in a week")))


class BidForm(forms.Form):
    """One's maximum, with as many decimals as ``currency`` has."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = forms.DecimalField(
            label=_("Your maximum"),
            min_value=0,
            max_digits=15,
            decimal_places=decimals(currency),
            widget=forms.TextInput(attrs=MONEY),
            error_messages={**UNREADABLE, "required": _("Enter the most you would pay.")},
        )

    def clean_amount(self) -> str:
        """The amount as the decimal text that the service takes."""
        return f"{self.cleaned_data['amount']:f}"


class StartForm(forms.Form):
    """What a seller asks of an auction."""

    starting_price = forms.DecimalField(
        label=_("Starting price"),
        min_value=0,
        max_digits=15,
        widget=forms.TextInput(attrs=MONEY),
        help_text=_("A low one draws more bidders."),
        error_messages={**UNREADABLE, "required": _("Enter the price at which bidding begins.")},
    )
    reserve_price = forms.DecimalField(
        label=_("Reserve"),
        required=False,
        min_value=0,
        max_digits=15,
        widget=forms.TextInput(attrs=MONEY),
        help_text=_(
            "You may leave it empty. Below it you need not sell; bidders see only whether it is met."
        ),
        error_messages=UNREADABLE,
    )
    buy_now_price = forms.DecimalField(
        label=_("Buy-now price"),
        required=False,
        min_value=0,
        max_digits=15,
        widget=forms.TextInput(attrs=MONEY),
        help_text=_("You may leave it empty. Ends the auction at once, until the first bid."),
        error_messages=UNREADABLE,
    )
    format = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=(
            ("english", _("Open bids, the price rises")),
            ("sealed_first_price", _("Sealed bids, opened at the end")),
        ),
        initial="english",
    )
    starts_in = forms.ChoiceField(label=_("Opens"), required=False, choices=STARTS, initial="0")
    second_chance = forms.BooleanField(
        label=_("If the winner does not pay, offer it to the next bidder"), required=False
    )
    duration = forms.ChoiceField(label=_("How long"), choices=DURATIONS, initial="4320")

    def terms(self) -> dict[str, Any]:
        """The terms as ``create_auction`` takes them."""
        data = self.cleaned_data
        prices = {
            name: None if data.get(name) is None else f"{data[name]:f}"
            for name in ("starting_price", "reserve_price", "buy_now_price")
        }
        starts_at = timezone.now() + timedelta(minutes=int(data["starts_in"] or 0))
        return {
            **prices,
            "format": data["format"] or "english",
            "second_chance": data["second_chance"] or None,
            "starts_at": starts_at if data["starts_in"] not in ("", "0") else None,
            "ends_at": starts_at + timedelta(minutes=int(data["duration"])),
        }
