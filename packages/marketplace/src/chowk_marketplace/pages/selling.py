"""Offering something new: a listing of its own, or of a type that the site has."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from moneyed import Money

from chowk_core.pages import attempt, missing_is_404, once, site_currency
from chowk_marketplace import services
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.listing_types import ListingType, PlainListing
from chowk_marketplace.models import get_category_model, get_listing_model
from chowk_marketplace.policies import is_staff

PLAIN = "other"
"""The name, in the address, of what is of no particular type."""


def _read(value: Any, label: Any, field: forms.ChoiceField) -> str:
    """A choice as it is read at the start of a line; no choice as what that means."""
    if value:
        return capfirst(str(label))
    return _("Choose") if field.required else _("Not given")


class ListingForm(forms.Form):
    """What one must say to offer something."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say what it is.")},
        help_text=gettext_lazy("What it is, in the words a buyer would search for."),
    )
    category: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=gettext_lazy("Category"),
        queryset=None,
        error_messages={"required": gettext_lazy("Choose where it belongs.")},
    )
    condition = forms.ChoiceField(label=gettext_lazy("Condition"))
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Its history, its faults, and what comes with it."),
    )
    city = forms.CharField(
        label=gettext_lazy("City"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    sale_format = forms.ChoiceField(label=gettext_lazy("How to sell"), widget=forms.RadioSelect)
    price = forms.DecimalField(
        label=gettext_lazy("Fixed price"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("Leave empty for an auction: you set its prices in the next step."),
    )
    image = forms.ImageField(label=gettext_lazy("Picture"), required=False)

    kind: ListingType = PlainListing()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model = get_listing_model()
        self.fields["category"].queryset = get_category_model().objects.all()  # type: ignore[attr-defined]
        self.fields["category"].initial = self._usual_category()
        self.fields["condition"].choices = model.Condition.choices  # type: ignore[attr-defined]
        self.fields["condition"].initial = model.Condition.USED
        self.fields["sale_format"].choices = model.SaleFormat.choices  # type: ignore[attr-defined]
        self.fields["sale_format"].initial = model.SaleFormat.AUCTION
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
                pairs: Any = field.choices
                field.choices = [(value, _read(value, label, field)) for value, label in pairs]

    def _usual_category(self) -> Any:
        """The category of the type's listings, where there is one."""
        wanted = get_category_model().objects.filter(slug=self.kind.category)
        return wanted.values_list("pk", flat=True).first() if self.kind.category else None

    @property
    def particulars(self) -> list[forms.BoundField]:
        """The fields that a type of listing adds to these."""
        return [field for field in self.visible_fields() if field.name not in ListingForm.base_fields]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("sale_format") == "fixed_price" and not data.get("price") and "price" not in self.errors:
            self.add_error("price", _("Enter the price that you ask for."))
        if data.get("sale_format") == "auction":
            data["price"] = None
        return data


def offered_types(user: Any) -> dict[str, ListingType]:
    """The types that ``user`` can list by form, as LISTING_TYPES has them, and last what is of none."""
    kinds = {
        name: kind
        for name, kind in marketplace_settings.LISTING_TYPES.items()
        if kind.form and (is_staff(user) or not kind.staff_only)
    }
    return {**kinds, PLAIN: PlainListing()}


def form_of(kind: ListingType, base: type[ListingForm] = ListingForm) -> type[Any]:
    """The form of a type: what every listing says in ``base``, then what the type's own form asks besides."""
    own = kind.get_form()
    bases = (base, own) if own else (base,)
    return type("ListingForm", bases, {"kind": kind, "__module__": __name__})


@transaction.atomic
def _make(*, kind: ListingType, form: Any, seller: Any) -> Any:
    """The listing that a valid form describes, with what the type keeps in rows of its own."""
    details = getattr(form, "details", ())
    data = {name: value for name, value in form.cleaned_data.items() if name not in {"image", *details}}
    if data["price"] is not None:
        data["price"] = Money(data["price"], site_currency())
    listing = services.create_listing(seller=seller, listing_model=kind.get_model(), **data)
    if details:
        form.write_details(listing)
    return listing


@login_required
@missing_is_404
@once
def create(request: HttpRequest) -> HttpResponse:
    """Offer something, with ``?kind=`` of a type (the site's first by default); then on to its own page."""
    kinds = offered_types(request.user)
    chosen = request.GET.get("kind") or next(iter(kinds))
    if chosen not in kinds:
        raise Http404
    kind = kinds[chosen]
    form = form_of(kind)(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        listing = attempt(request, "", _make, kind=kind, form=form, seller=request.user)
        if listing is not None:
            if image := form.cleaned_data["image"]:
                attempt(request, "", services.add_image, listing=listing, actor=request.user, upload=image)
            return redirect("chowk_marketplace_pages:listing", pk=listing.pk)
    labels = [(name, _("Something else") if name == PLAIN else one.label) for name, one in kinds.items()]
    context = {"form": form, "kinds": labels, "chosen": chosen}
    return render(request, "chowk_marketplace/create.html", context, status=400 if form.errors else 200)
