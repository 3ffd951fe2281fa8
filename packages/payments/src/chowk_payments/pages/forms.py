"""Forms that hold a card for as long as one request lasts. It is never shown again, even after an error."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chowk_payments.gateways.base import Card

DIGITS = {"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}


class UnshownInput(forms.TextInput):
    """A text field whose value never goes back to the browser."""

    def format_value(self, value: Any) -> None:
        return None


class CardForm(forms.Form):
    """Number, expiry and security code, as one reads them off a card."""

    number = forms.CharField(
        label=gettext_lazy("Card number"),
        max_length=40,
        widget=UnshownInput(attrs={**DIGITS, "autocomplete": "cc-number"}),
        error_messages={"required": gettext_lazy("Enter the number on the card.")},
    )
    expiry = forms.CharField(
        label=gettext_lazy("Valid until"),
        max_length=9,
        widget=forms.TextInput(attrs={**DIGITS, "autocomplete": "cc-exp", "placeholder": "MM/YY"}),
        error_messages={"required": gettext_lazy("Enter month and year, such as 08/29.")},
    )
    security_code = forms.CharField(
        label=gettext_lazy("Security code"),
        max_length=4,
        help_text=gettext_lazy("3 digits on the back, or 4 on the front."),
        widget=UnshownInput(attrs={**DIGITS, "autocomplete": "cc-csc"}),
        error_messages={"required": gettext_lazy("Enter the security code.")},
    )
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = str(uuid4())

    def clean_number(self) -> str:
        return re.sub(r"[\s-]", "", self.cleaned_data["number"])

    def clean_expiry(self) -> tuple[int, int]:
        """Month and year, from "8/29", "08 2029" and the like."""
        found = re.fullmatch(r"\s*(\d{1,2})\s*[/\-. ]?\s*(\d{2}|\d{4})\s*", self.cleaned_data["expiry"])
        if not found:
            raise forms.ValidationError(_("Enter month and year, such as 08/29."), code="invalid")
        month, year = int(found[1]), int(found[2])
        century = timezone.now().year // 100 * 100
        return month, year if year > 99 else century + year

    @property
    def card(self) -> Card:
        """The card of a valid form."""
        month, year = self.cleaned_data["expiry"]
        return Card(
            number=self.cleaned_data["number"],
            expiry_month=month,
            expiry_year=year,
            security_code=self.cleaned_data["security_code"],
        )


class TopUpForm(CardForm):
    """How much, from which card."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "transaction-amount"}),
        error_messages={
            "required": gettext_lazy("Enter how much to add."),
            "invalid": gettext_lazy("Enter an amount, such as 250.00."),
            "min_value": gettext_lazy("Enter an amount above zero."),
        },
    )
    field_order = ["amount", "number", "expiry", "security_code", "key"]


class KeyForm(forms.Form):
    """Nothing but the key that lets it happen once."""

    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
