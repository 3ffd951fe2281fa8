"""Changing what one offers: the form of its type, filled with what it says now."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from moneyed import Money

from chowk_core.exceptions import DomainError
from chowk_core.pages import missing_is_404, once, site_currency
from chowk_marketplace import selectors, services
from chowk_marketplace.exceptions import ListingClosed
from chowk_marketplace.listing_types import type_of
from chowk_marketplace.pages.selling import ListingForm, form_of
from chowk_marketplace.pages.variants import amount_of, managed_listing

FIELD_OF = {"amount": "price"}
"""Where what a service finds wrong stands in the form, unless under its own name."""


class EditForm(ListingForm):
    """What a listing says, to be changed. How it is sold stays as it is once it is on offer."""

    image = None  # type: ignore[assignment]  # pictures have a page of their own
    price = forms.DecimalField(
        label=gettext_lazy("Fixed price"),
        required=False,
        min_value=0,
        max_digits=15,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, listing: Any, **kwargs: Any) -> None:
        self.listing = listing
        self.offered = listing.status != listing.Status.PENDING
        self.currency = listing.price.currency.code if listing.price is not None else site_currency()
        if isinstance(self, forms.BaseModelForm):
            kwargs["instance"] = copy(listing)  # checking a form fills its instance in
        super().__init__(*args, initial=self._now(), **kwargs)
        for name in self._details() - set(self._now_of_details()):
            del self.fields[name]
        if not self.offered:
            self.fields["price"].help_text = _(
                "Leave empty for an auction: you set its prices in the next step."
            )
        else:
            self.fields["sale_format"].required = False  # it is not asked again
            if listing.is_auction:
                del self.fields["price"]

    def _now(self) -> dict[str, Any]:
        """What the fields of every listing, and the type's details, hold."""
        listing, price = self.listing, self.listing.price
        names = ("title", "condition", "description", "city", "sale_format")
        return {
            **{name: getattr(listing, name) for name in names},
            "category": listing.category_id,
            "price": None if price is None else amount_of(price),
            **self._now_of_details(),
        }

    def _details(self) -> set[str]:
        return set(getattr(self, "details", ()))

    def _now_of_details(self) -> dict[str, Any]:
        read = getattr(self, "read_details", None)
        return dict(read(self.listing)) if read else {}

    def clean_sale_format(self) -> str:
        """What is chosen; where it is not asked, what is."""
        asked = self.cleaned_data["sale_format"] or self.listing.sale_format
        if asked == "auction" and self.listing.stock > 1:
            raise forms.ValidationError(
                _("By auction one piece is sold, and there are %(stock)s. Change the stock first.")
                % {"stock": self.listing.stock}
            )
        return str(asked)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.offered and data.get("sale_format", self.listing.sale_format) != self.listing.sale_format:
            self.add_error(None, _("How it is sold can be changed only before it is for sale."))
        return data

    def changes(self) -> dict[str, Any]:
        """What a valid form says anew, as the service takes it."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in self._details()}
        if data.get("price") is not None:
            data["price"] = Money(data["price"], self.currency)
        return {name: value for name, value in data.items() if value != getattr(self.listing, name)}

    def save_for(self, actor: Any) -> Any:
        """Have the service change the listing, and then what the type keeps in rows of its own."""
        with transaction.atomic():
            listing = services.update_listing(listing=self.listing, actor=actor, **self.changes())
            if self._details() & set(self.changed_data):
                self.write_details(listing)  # type: ignore[attr-defined]
        return listing


@login_required
@missing_is_404
@once
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change one's own listing, or as staff somebody's; then back to its page."""
    listing = managed_listing(request, pk)
    data = request.POST if request.method == "POST" else None
    form = form_of(type_of(type(listing)), EditForm)(data, listing=listing)
    status = 400 if form.errors else 200
    if form.is_bound and form.is_valid():
        try:
            form.save_for(request.user)
        except DomainError as error:
            if error.status == 404:
                raise
            name = FIELD_OF.get(error.field or "", error.field)
            form.add_error(name if name in form.fields else None, error.detail)
            status = error.status
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("chowk_marketplace_pages:listing", pk=pk)
    context = {"listing": listing, "form": form, "closed": "" if form.is_bound else _closed(request, listing)}
    return render(request, "chowk_marketplace/edit.html", context, status=status)


def _closed(request: HttpRequest, listing: Any) -> str:
    """Why nothing of it can be changed now; "" where it can."""
    if listing.status not in {listing.Status.PENDING, listing.Status.ACTIVE}:
        return ListingClosed(status=listing.get_status_display()).detail
    refusal = selectors.update_refusal(request.user, listing)
    return refusal.message if refusal else ""
