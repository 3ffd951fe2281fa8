"""The admin of variants and stocks. Every change goes through the services, and so into the history."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chowk_marketplace.admin_shared import ReadOnlyInline, RefusalsMixin, for_each
from chowk_marketplace.models import get_stock_change_model, get_stock_model, get_variant_model
from chowk_marketplace.services import add_variant, adjust_stock, remove_variant, update_variant
from chowk_marketplace.services.stock import LONGEST_NOTE, SELLERS_REASONS


class VariantInline(ReadOnlyInline):
    """A listing's variants and what there is of each."""

    model = get_variant_model()
    fields = ("position", "label", "sku", "price", "active", "on_hand", "held", "allocated", "available")
    readonly_fields = fields
    ordering = ("position",)
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("stock")

    @admin.display(description=_("on hand"))
    def on_hand(self, variant: Any) -> int:
        return variant.stock.on_hand

    @admin.display(description=_("held"))
    def held(self, variant: Any) -> int:
        return variant.stock.held

    @admin.display(description=_("allocated"))
    def allocated(self, variant: Any) -> int:
        return variant.stock.allocated

    @admin.display(description=_("available"))
    def available(self, variant: Any) -> int:
        return variant.stock.available


class VariantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A variant; a new one also with how many there are of it."""

    stock = forms.IntegerField(label=_("on hand"), min_value=0, initial=0)

    class Meta:
        model = get_variant_model()
        fields = ("listing", "options", "sku", "price", "position", "active", "low_stock_at")


class VariantAdmin(RefusalsMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Variants; retiring one deletes it, or switches it off if it was ordered."""

    form = VariantForm
    list_display = ("listing", "label", "sku", "price", "active", "available", "position")
    list_filter = ("active", "created_at")
    search_fields = ("sku", "listing__title")
    list_select_related = ("listing", "stock")
    raw_id_fields = ("listing",)
    actions = ("retire_selected",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        known = ("listing", "options", "sku", "price", "low_stock_at")
        return (*known, "stock") if obj is None else (*known, "position", "active")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("listing",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the services, as the seller's own changes."""
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            update_variant(variant=obj, actor=request.user, **changes)
            return
        made = add_variant(actor=request.user, **form.cleaned_data)
        obj.pk, obj._state.adding = made.pk, False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They are retired."""
        return False

    @admin.action(description=_("Retire the selected variants"), permissions=["change"])
    def retire_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for_each(self, request, queryset, remove_variant, "variant")

    @admin.display(description=_("available"))
    def available(self, variant: Any) -> int:
        return variant.stock.available


class StockChangeInline(ReadOnlyInline):
    """What happened to a stock."""

    model = get_stock_change_model()
    fields = ("at", "reason", "on_hand", "held", "allocated", "reference", "note", "actor")
    ordering = ("at",)


class StockForm(forms.ModelForm):  # type: ignore[type-arg]
    """By how much there is more or less, and why."""

    delta = forms.IntegerField(
        label=_("change"), required=False, help_text=_("How many more are on hand; fewer with a minus.")
    )
    reason = forms.ChoiceField(label=_("reason"))
    note = forms.CharField(label=_("note"), max_length=LONGEST_NOTE, required=False)

    class Meta:
        model = get_stock_model()
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons: Any = get_stock_change_model().Reason.choices
        field: Any = self.fields.get("reason")
        if field is not None:  # who may only look has no fields
            field.choices = [pair for pair in reasons if pair[0] in SELLERS_REASONS]


class StockAdmin(RefusalsMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Stocks and their history; a change says why."""

    form = StockForm
    list_display = ("listing", "variant", "on_hand", "held", "allocated", "available", "updated_at")
    list_filter = ("updated_at",)
    search_fields = ("variant__sku", "variant__listing__title")
    list_select_related = ("variant__listing",)
    inlines = (StockChangeInline,)
    fields = ("variant", "on_hand", "held", "allocated", "available", "delta", "reason", "note")
    readonly_fields = ("variant", "on_hand", "held", "allocated", "available")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        history = get_stock_change_model()._default_manager.select_related("actor")
        return super().get_queryset(request).prefetch_related(Prefetch("changes", history))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, as the seller's own counts."""
        said = form.cleaned_data
        if said["delta"]:
            adjust_stock(variant=obj.variant, actor=request.user, **said)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("listing"))
    def listing(self, stock: Any) -> str:
        return str(stock.variant.listing)

    @admin.display(description=_("available"))
    def available(self, stock: Any) -> int:
        return stock.available
