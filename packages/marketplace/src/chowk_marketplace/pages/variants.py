"""The variants of one's own listing: what they are called and cost, and how many there are of each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from moneyed import Money

from chowk_core.exceptions import DomainError
from chowk_core.money import amount_text, money_to_minor
from chowk_core.pages import attempt, missing_is_404
from chowk_marketplace import selectors, services, variant_selectors
from chowk_marketplace.services.stock import LONGEST_NOTE
from chowk_marketplace.services.variants import LONGEST_SKU

HISTORY_SIZE = 20
MOST = 1_000_000_000
NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}


class OptionsField(forms.CharField):
    """A line for each option, its name before a colon: ``Size: M``."""

    widget = forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        found: dict[str, str] = {}
        for line in filter(str.strip, (super().to_python(value) or "").splitlines()):
            name, colon, answer = (part.strip() for part in line.partition(":"))
            if not (name and colon and answer) or name in found:
                raise forms.ValidationError(_("Write each option on a line of its own, as in “Size: M”."))
            found[name] = answer
        return found

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """The service says what is wrong with options."""


class VariantForm(forms.Form):
    """What a variant is called and costs."""

    options = OptionsField(
        label=gettext_lazy("Options"),
        required=False,
        help_text=gettext_lazy("What tells it from the others, a line each, such as “Size: M”."),
    )
    sku = forms.CharField(
        label=gettext_lazy("SKU"),
        max_length=LONGEST_SKU,
        required=False,
        help_text=gettext_lazy("Your own name for it."),
    )
    price = forms.DecimalField(
        label=gettext_lazy("Price"),
        required=False,
        min_value=0,
        max_digits=15,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("Empty: as the listing."),
    )
    low_stock_at = forms.IntegerField(
        label=gettext_lazy("Low at"),
        required=False,
        min_value=0,
        max_value=MOST,
        widget=forms.TextInput(attrs=NUMERIC),
        help_text=gettext_lazy("You are told when so few are left. Empty: as the site does."),
    )

    def asked(self, currency: str) -> dict[str, Any]:
        """What was entered, as the services take it."""
        data = dict(self.cleaned_data)
        if data["price"] is not None:
            data["price"] = Money(data["price"], currency)
        return data


class NewVariantForm(VariantForm):
    """A new variant, and how many there are of it."""

    options = OptionsField(
        label=gettext_lazy("Options"),
        help_text=gettext_lazy("What tells it from the others, a line each, such as “Size: M”."),
        error_messages={"required": gettext_lazy("Say what tells it from the others, as in “Size: M”.")},
    )
    stock = forms.IntegerField(
        label=gettext_lazy("How many there are"),
        min_value=0,
        max_value=MOST,
        initial=1,
        widget=forms.TextInput(attrs=NUMERIC),
    )


class ChangeVariantForm(VariantForm):
    """A variant that is there already."""

    position = forms.IntegerField(
        label=gettext_lazy("Place among the others"),
        min_value=0,
        max_value=MOST,
        widget=forms.TextInput(attrs=NUMERIC),
        help_text=gettext_lazy("The lowest comes first."),
    )
    active = forms.ChoiceField(
        label=gettext_lazy("On offer"),
        choices=[("yes", gettext_lazy("Buyers can choose it")), ("no", gettext_lazy("Not for now"))],
        widget=forms.RadioSelect,
    )

    def asked(self, currency: str) -> dict[str, Any]:
        data = super().asked(currency)
        return {**data, "active": data["active"] == "yes"}


class CountForm(forms.Form):
    """How many there are, how many came in, or how many are gone."""

    number = forms.IntegerField(
        label=gettext_lazy("How many"), min_value=0, max_value=MOST, widget=forms.TextInput(attrs=NUMERIC)
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("What about them"),
        choices=[
            ("counted", gettext_lazy("So many are here")),
            ("received", gettext_lazy("So many more came in")),
            ("damaged", gettext_lazy("So many are damaged or lost")),
        ],
        initial="counted",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=LONGEST_NOTE, required=False)

    def save(self, variant: Any, actor: Any) -> None:
        """Tell the service. Raises what it raises."""
        number, said = self.cleaned_data["number"], {**self.cleaned_data}
        del said["number"]
        if said["reason"] == "counted":
            services.set_stock(variant=variant, on_hand=number, actor=actor, **said)
        else:
            delta = number if said["reason"] == "received" else -number
            services.adjust_stock(variant=variant, delta=delta, actor=actor, **said)


def amount_of(price: Money) -> Decimal:
    """What an input for a price holds: as many decimals as its currency has."""
    return Decimal(amount_text(money_to_minor(price), price.currency.code))


def managed_listing(request: HttpRequest, pk: str) -> Any:
    """A listing that the visitor sells, or staff look after. Raises Http404."""
    listing = selectors.listing_for(request.user, pk)
    if not variant_selectors.manages(request.user, listing):
        raise Http404
    return listing


@login_required
@missing_is_404
def index(request: HttpRequest, pk: str) -> HttpResponse:
    """All variants of a listing with what there is of them; a post adds one."""
    listing = managed_listing(request, pk)
    form = NewVariantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.asked(_currency(listing))
        if _done(form, lambda: services.add_variant(listing=listing, actor=request.user, **asked)):
            return redirect("chowk_marketplace_pages:variants", pk=pk)
    rows = list(variant_selectors.visible_variants(request.user, listing))
    for row in rows:
        row.costs = row.price_on(listing)
    context = {
        "listing": listing,
        "rows": rows,
        "nameless": len(rows) > 1 and any(row.active and not row.options for row in rows),
        "form": form,
    }
    return render(request, "chowk_marketplace/variants.html", context, status=400 if form.errors else 200)


@login_required
@missing_is_404
def detail(request: HttpRequest, pk: str, variant: str) -> HttpResponse:
    """One variant: a post changes it (``step=change``), its stock (``stock``), or retires it (``retire``)."""
    listing = managed_listing(request, pk)
    row = variant_selectors.managed_variant(request.user, listing, variant)
    step = request.POST.get("step", "") if request.method == "POST" else ""
    change = ChangeVariantForm(request.POST if step == "change" else None, initial=_initial(row))
    counted = CountForm(request.POST if step == "stock" else None)
    if step == "change" and change.is_valid():
        asked = change.asked(_currency(listing))
        if _done(change, lambda: services.update_variant(variant=row, actor=request.user, **asked)):
            return redirect("chowk_marketplace_pages:variants", pk=pk)
    if step == "stock" and counted.is_valid() and _done(counted, lambda: counted.save(row, request.user)):
        return redirect("chowk_marketplace_pages:variant", pk=pk, variant=variant)
    if step == "retire":
        done = attempt(
            request, _("It is no longer on offer."), services.remove_variant, variant=row, actor=request.user
        )
        if done:
            return redirect("chowk_marketplace_pages:variants", pk=pk)
    history = Paginator(variant_selectors.stock_history(row), HISTORY_SIZE).get_page(request.GET.get("page"))
    context = {"listing": listing, "variant": row, "form": change, "count_form": counted, "page": history}
    status = 400 if change.errors or counted.errors else 200
    return render(request, "chowk_marketplace/variant.html", context, status=status)


def _initial(row: Any) -> dict[str, Any]:
    return {
        "options": "\n".join(f"{name}: {value}" for name, value in row.sorted_options),
        "sku": row.sku,
        "price": None if row.price is None else amount_of(row.price),
        "low_stock_at": row.low_stock_at,
        "position": row.position,
        "active": "yes" if row.active else "no",
    }


def _currency(listing: Any) -> str:
    return listing.price.currency.code if listing.price is not None else ""


def _done(form: forms.Form, service: Callable[[], Any]) -> bool:
    """Whether ``service`` did it; what it refuses is said in the form. NotFound goes on."""
    try:
        service()
    except DomainError as error:
        if error.status == 404:
            raise
        name = "number" if error.field == "stock" and "number" in form.fields else error.field
        form.add_error(name if name in form.fields else None, error.detail)
        return False
    return True
