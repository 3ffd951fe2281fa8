"""The forms by which money leaves a wallet, and by which its statement is looked through."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from babel import Locale
from django import forms
from django.contrib.auth import get_user_model
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chowk_core.exceptions import DomainError
from chowk_core.money import amount_text, to_minor
from chowk_core.templatetags.chowk import minor as money
from chowk_payments import selectors
from chowk_payments.selectors import Wallet
from chowk_payments.services.payouts import least_payout

DATE = {"type": "date"}
DAYS = (MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(9998, 12, 31)))
"""Which there is a midnight before and after of, in any time zone."""
KINDS = {
    "top_up": gettext_lazy("Added to the wallet"),
    "payment": gettext_lazy("Paid for a purchase"),
    "sale": gettext_lazy("Sale, after the fee"),
    "refund": gettext_lazy("Refund"),
    "transfer": gettext_lazy("Between users"),
    "payout": gettext_lazy("Paid out"),
    "debt": gettext_lazy("Owed to the house"),
    "chargeback": gettext_lazy("Charged back by the bank"),
}
"""What wallets' entries are called, by their code in the ledger."""


class HistoryForm(forms.Form):
    """Which entries of the statement. A value that makes no sense filters nothing and is said to."""

    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"),
        required=False,
        choices=(("", gettext_lazy("In and out")), ("in", gettext_lazy("In")), ("out", gettext_lazy("Out"))),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What"),
        required=False,
        choices=(("", gettext_lazy("Everything")), *KINDS.items()),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        validators=DAYS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs=DATE),
    )
    until = forms.DateField(
        label=gettext_lazy("To"),
        required=False,
        validators=DAYS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs=DATE),
    )

    def __init__(self, *args: Any, wallets: list[Wallet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = [wallet.currency for wallet in wallets]
        if len(codes) < 2:
            del self.fields["currency"]
        else:
            choices = [("", _("All")), *((code, code) for code in codes)]
            self.fields["currency"].choices = choices  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, Any]:
        """What can be made sense of, without what is empty."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The entries that were asked for; of whole days in the present time zone."""
        asked = self.asked
        if "currency" in asked:
            rows = rows.filter(currency=asked["currency"])
        if "direction" in asked:
            rows = rows.filter(
                **{"signed_amount__lt" if asked["direction"] == "out" else "signed_amount__gt": 0}
            )
        if "kind" in asked:
            rows = rows.filter(code=asked["kind"])
        if "since" in asked:
            rows = rows.filter(created_at__gte=_midnight(asked["since"]))
        if "until" in asked:
            rows = rows.filter(created_at__lt=_midnight(asked["until"] + timedelta(days=1)))
        return rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class AmountForm(forms.Form):
    """How much of which wallet, at most what is in it. ``minor`` is the amount of a valid form.

    A ``final`` one leaves what is in the wallet to the service, which knows one that is sent twice.
    """

    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        min_value=0,
        max_digits=15,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "transaction-amount"}),
        error_messages={
            "required": gettext_lazy("Enter how much."),
            "invalid": gettext_lazy("Enter an amount, such as 250.00."),
            "min_value": gettext_lazy("Enter an amount above zero."),
        },
    )
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    minor: int
    final = False

    def __init__(self, *args: Any, wallets: list[Wallet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wallets = {wallet.currency: wallet for wallet in wallets}
        codes = list(self.wallets)
        self.fields["currency"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]
        self.fields["currency"].initial = codes[0]
        if len(codes) == 1:
            self.fields["currency"].widget = forms.HiddenInput()
        self.fields["key"].initial = str(uuid4())

    def least(self, currency: str) -> int:
        """The least that can be asked for, in minor units."""
        return 1

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "amount" in self.errors or "currency" in self.errors:
            return data
        currency = data["currency"]
        try:
            self.minor = to_minor(data["amount"], currency)
        except DomainError as error:
            self.add_error("amount", error.detail)
            return data
        most, least = self.wallets[currency].available, self.least(currency)
        if self.minor > most and not self.final:
            words = _("Your wallet holds %(sum)s. Enter at most that.") % {"sum": said(most, currency)}
            self.add_error("amount", words)
        elif self.minor < least:
            self.add_error("amount", _("Enter %(sum)s or more.") % {"sum": said(least, currency)})
        return data


def said(amount: int, currency: str) -> str:
    """Minor units as money in plain text."""
    return strip_tags(money(amount, currency))


class WithdrawForm(AmountForm):
    """How much goes to the bank; at first all that is there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = next(iter(self.wallets.values()))
        self.fields["amount"].initial = amount_text(max(first.available, 0), first.currency)

    def least(self, currency: str) -> int:
        return least_payout(currency)


class SendForm(AmountForm):
    """To whom, how much, and what for."""

    recipient = forms.CharField(
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": gettext_lazy("Enter to whom.")},
    )
    note = forms.CharField(
        label=gettext_lazy("What for"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("Both of you read it in the statement."),
    )
    field_order = ["recipient", "currency", "amount", "note", "key"]
    user: Any

    def __init__(self, *args: Any, sender: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sender = sender
        login: Any = get_user_model()._meta.get_field(get_user_model().USERNAME_FIELD)
        words = _("%(login)s of the recipient") % {"login": login.verbose_name}
        self.fields["recipient"].label = capfirst(words)
        self.fields["recipient"].help_text = _("As they sign in with it here.")

    def clean_recipient(self) -> str:
        login = str(self.cleaned_data["recipient"])
        self.user = selectors.recipient(login)
        if self.user is None:
            raise forms.ValidationError(_("Nobody here signs in so. Check the spelling."), code="unknown")
        if self.user.pk == self.sender.pk:
            raise forms.ValidationError(_("This is you. Enter somebody else."), code="self")
        return login


class BankForm(forms.Form):
    """Where one is paid out to. A number that is stored is never shown; left empty it stays."""

    holder = forms.CharField(
        label=gettext_lazy("Name on the account"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter the name as the bank has it.")},
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country of the bank"),
        error_messages={"required": gettext_lazy("Choose the bank's country.")},
    )
    account_number = forms.RegexField(
        r"^[A-Za-z0-9 -]{4,42}$",
        label=gettext_lazy("IBAN or account number"),
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"invalid": gettext_lazy("Enter 4 to 42 letters and digits.")},
    )
    routing_code = forms.RegexField(
        r"^[A-Za-z0-9 -]{0,20}$",
        label=gettext_lazy("BIC, sort or routing code"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text=gettext_lazy("Not needed with an IBAN."),
        error_messages={"invalid": gettext_lazy("Enter up to 20 letters and digits.")},
    )
    bank_name = forms.CharField(label=gettext_lazy("Bank"), max_length=120, required=False)
    tax_number = forms.RegexField(
        r"^[A-Za-z0-9 ./-]{0,40}$",
        label=gettext_lazy("Tax number"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("It stands on your invoices."),
        error_messages={"invalid": gettext_lazy("Enter up to 40 letters and digits.")},
    )

    def __init__(self, *args: Any, stored: Any = None, **kwargs: Any) -> None:
        if stored:
            known = {"holder": stored.holder, "country": stored.country, "bank_name": stored.bank_name}
            kwargs["initial"] = known
        super().__init__(*args, **kwargs)
        self.stored = stored
        self.fields["country"].choices = [("", _("Choose")), *countries()]  # type: ignore[attr-defined]
        if stored:
            keep = _("Now %(number)s. Leave it empty to keep that.")
            self.fields["account_number"].help_text = keep % {"number": stored.masked_account}
            if stored.tax_number:
                self.fields["tax_number"].help_text = keep % {"number": stored.masked_tax_number}
            if stored.routing_code:
                self.fields["routing_code"].help_text = _("There is one. Leave it empty to keep it.")

    def clean_account_number(self) -> str:
        number = str(self.cleaned_data["account_number"]).strip()
        if not number and not self.stored:
            raise forms.ValidationError(_("Enter the number of the account."), code="required")
        if number and is_mistyped_iban(number):
            raise forms.ValidationError(_("This IBAN has a typing error. Check its digits."), code="iban")
        return number

    @property
    def fields_to_store(self) -> dict[str, Any]:
        """What the service takes: all but the numbers that stay."""
        secret = {"account_number", "routing_code", "tax_number"}
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if value or name not in secret or not self.stored
        }


def countries() -> list[tuple[str, str]]:
    """ISO 3166-1 codes and names in the reader's language, by name."""
    found = Locale.parse(translation.to_locale(translation.get_language() or "en")).territories
    unreal = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
    real = [
        (code, name) for code, name in found.items() if re.fullmatch("[A-Z]{2}", code) and code not in unreal
    ]
    return sorted(real, key=lambda pair: pair[1].casefold())


def is_mistyped_iban(text: str) -> bool:
    """Whether what looks like an IBAN fails its check digits (ISO 13616, ISO 7064 MOD 97-10)."""
    plain = re.sub(r"[\s-]", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", plain):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 != 1
