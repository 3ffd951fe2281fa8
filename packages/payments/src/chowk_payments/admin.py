"""The ledger is read, never written, here. Payments can be refunded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chowk_core.exceptions import DomainError
from chowk_core.money import amount_text
from chowk_payments import services
from chowk_payments.models import (
    get_account_model,
    get_bank_details_model,
    get_connected_account_model,
    get_discount_model,
    get_discount_use_model,
    get_hold_model,
    get_invoice_model,
    get_payment_attempt_model,
    get_payment_model,
    get_payment_part_model,
    get_payout_model,
    get_refund_model,
    get_transfer_model,
    get_webhook_event_model,
)


def _money(minor: int, currency: str) -> str:
    return f"{amount_text(minor, currency)} {currency}"


class ReadOnly:
    """Nobody adds, changes or deletes here, superusers included."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _Amounts:
    @admin.display(description=_("amount"), ordering="amount")
    def money(self, row: Any) -> str:
        return _money(row.amount, row.currency)


@admin.register(get_account_model())
class AccountAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("kind", "name", "owner", "currency", "posted", "available")
    list_filter = ("kind", "currency")
    search_fields = ("=id", "name", "owner__email")
    list_select_related = ("owner", "balance")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        credit, debit = F("balance__credits_posted"), F("balance__debits_posted")
        return super().get_queryset(request).annotate(posted=credit - debit)

    @admin.display(description=_("balance"), ordering="posted")
    def posted(self, account: Any) -> str:
        return _money(account.posted, account.currency)

    @admin.display(description=_("available"))
    def available(self, account: Any) -> str:
        return _money(account.balance.available, account.currency)


@admin.register(get_transfer_model())
class TransferAdmin(ReadOnly, _Amounts, admin.ModelAdmin):
    list_display = ("created_at", "code", "money", "debit_account", "credit_account", "reference")
    list_filter = ("code", "currency", "created_at")
    search_fields = ("=id", "key", "reference")
    date_hierarchy = "created_at"
    list_select_related = ("debit_account", "credit_account")
    show_full_result_count = False


@admin.register(get_hold_model())
class HoldAdmin(ReadOnly, _Amounts, admin.ModelAdmin):
    list_display = ("created_at", "state", "code", "money", "debit_account", "credit_account", "expires_at")
    list_filter = ("state", "code", "currency")
    search_fields = ("=id", "key", "reference")
    list_select_related = ("debit_account", "credit_account")
    show_full_result_count = False


class AttemptInline(ReadOnly, _Amounts, admin.TabularInline):
    model = get_payment_attempt_model()
    fields = ("created_at", "kind", "state", "money", "gateway", "card_brand", "card_last_four")
    readonly_fields = fields
    extra = 0


@admin.register(get_payment_model())
class PaymentAdmin(ReadOnly, _Amounts, admin.ModelAdmin):
    list_display = ("created_at", "state", "money", "method", "purpose", "payer", "payee", "description")
    list_filter = ("state", "method", "purpose", "currency")
    search_fields = ("=id", "description", "payer__email", "payee__email", "=target_id")
    list_select_related = ("payer", "payee")
    date_hierarchy = "created_at"
    inlines = (AttemptInline,)
    actions = ("refund",)
    show_full_result_count = False

    def has_refund_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    @admin.action(description=_("Refund the selected payments"), permissions=["refund"])
    def refund(self, request: HttpRequest, payments: QuerySet[Any]) -> None:
        done = 0
        for payment in payments.order_by("pk"):
            try:
                services.refund_payment(payment=payment, reason="staff")
                done += 1
            except DomainError as error:
                self.message_user(request, f"{payment}: {error.detail}", messages.ERROR)
        if done:
            text = ngettext("%(count)d payment refunded.", "%(count)d payments refunded.", done)
            self.message_user(request, text % {"count": done}, messages.SUCCESS)


@admin.register(get_webhook_event_model())
class WebhookEventAdmin(ReadOnly, admin.ModelAdmin):
    """Parked ones can be replayed, by who may change webhook events."""

    list_display = ("received_at", "gateway", "type", "state", "attempts", "subject", "last_line")
    list_filter = ("state", "gateway", "type", "received_at")
    search_fields = ("=event_id", "=subject")
    actions = ("replay",)
    show_full_result_count = False

    @admin.display(description=_("error"))
    def last_line(self, event: Any) -> str:
        return event.error.strip().rpartition("\n")[2][:200]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    @admin.action(description=_("Replay the selected parked webhooks"), permissions=["replay"])
    def replay(self, request: HttpRequest, events: QuerySet[Any]) -> None:
        done = services.replay_webhooks(events=list(events))
        text = ngettext("%(count)d webhook is due again.", "%(count)d webhooks are due again.", done)
        self.message_user(request, text % {"count": done}, messages.SUCCESS)


@admin.register(get_connected_account_model())
class ConnectedAccountAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("created_at", "user", "gateway", "reference", "details_submitted", "payouts_enabled")
    list_filter = ("gateway", "payouts_enabled")
    search_fields = ("=reference", "user__email")
    list_select_related = ("user",)


class _Steps:
    """An action that takes one step with each selected row, and says what would not."""

    def each(self, request: HttpRequest, rows: QuerySet[Any], step: Callable[[Any], Any]) -> None:
        for row in rows.order_by("pk"):
            try:
                step(row)
            except DomainError as error:
                self.message_user(request, f"{row}: {error.detail}", messages.ERROR)  # type: ignore[attr-defined]

    def has_step_permission(self, request: HttpRequest) -> bool:
        options = self.opts  # type: ignore[attr-defined]
        return request.user.has_perm(f"{options.app_label}.change_{options.model_name}")


@admin.register(get_payment_part_model())
class PartAdmin(ReadOnly, _Amounts, admin.ModelAdmin):
    list_display = ("created_at", "money", "payee", "refunded", "frozen", "release_at", "released_at")
    list_filter = ("frozen", "currency")
    search_fields = ("=id", "=target_id", "payee__email")
    list_select_related = ("payee",)
    show_full_result_count = False


@admin.register(get_refund_model())
class RefundAdmin(_Steps, ReadOnly, _Amounts, admin.ModelAdmin):
    """Those that failed wait for a decision: complete (try again), into the wallet, or refuse."""

    list_display = ("created_at", "state", "failure_code", "money", "reason", "requested_by", "decided_by")
    list_filter = ("state", "currency")
    search_fields = ("=id", "reference", "requested_by__email")
    list_select_related = ("requested_by", "decided_by")
    actions = ("approve", "complete", "into_wallet", "refuse")
    show_full_result_count = False

    @admin.action(description=_("Approve"), permissions=["step"])
    def approve(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda row: services.approve_refund(refund=row, by=request.user))

    @admin.action(description=_("Complete"), permissions=["step"])
    def complete(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda row: services.complete_refund(refund=row))

    @admin.action(description=_("What failed: into the buyer's wallet"), permissions=["step"])
    def into_wallet(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda row: services.refund_into_wallet(refund=row))

    @admin.action(description=_("Refuse"), permissions=["step"])
    def refuse(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda row: services.refuse_refund(refund=row, by=request.user))


@admin.register(get_payout_model())
class PayoutAdmin(_Steps, ReadOnly, _Amounts, admin.ModelAdmin):
    """Where to is shown on the page of one payout, to whoever has to pay it."""

    list_display = ("created_at", "state", "money", "user", "origin", "gateway", "resolved_at")
    list_filter = ("state", "origin", "currency")
    search_fields = ("=id", "user__email", "gateway_reference")
    list_select_related = ("user",)
    actions = ("confirm", "give_back")
    show_full_result_count = False

    @admin.action(description=_("The bank has the money"), permissions=["step"])
    def confirm(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda row: services.confirm_payout(payout=row))

    @admin.action(description=_("The bank did not take it: back into the wallet"), permissions=["step"])
    def give_back(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda row: services.return_payout(payout=row))


@admin.register(get_bank_details_model())
class BankDetailsAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("user", "holder", "country", "masked_account", "automatic", "updated_at")
    search_fields = ("=user__email", "holder")
    list_select_related = ("user",)
    fields = ("user", "holder", "bank_name", "country", "masked_account", "masked_tax_number", "automatic")
    readonly_fields = fields


@admin.register(get_invoice_model())
class InvoiceAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("issued_at", "number", "kind", "seller", "buyer", "money", "sent_at")
    list_filter = ("kind", "currency")
    search_fields = ("number", "seller__email", "buyer__email")
    list_select_related = ("seller", "buyer")
    exclude = ("seller_tax_number",)
    show_full_result_count = False

    @admin.display(description=_("total"), ordering="total")
    def money(self, row: Any) -> str:
        return _money(row.total, row.currency)


@admin.register(get_discount_model())
class DiscountAdmin(admin.ModelAdmin):
    list_display = ("code", "kind", "percent", "money", "seller", "used", "limit", "active")
    list_filter = ("kind", "active", "public")
    search_fields = ("code", "label")
    list_select_related = ("seller",)
    raw_id_fields = ("seller", "user")

    @admin.display(description=_("amount"), ordering="amount")
    def money(self, row: Any) -> str:
        return _money(row.amount, row.currency) if row.amount else ""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.code = obj.code.strip().upper()
        super().save_model(request, obj, form, change)


@admin.register(get_discount_use_model())
class DiscountUseAdmin(ReadOnly, _Amounts, admin.ModelAdmin):
    list_display = ("created_at", "discount", "state", "money", "user", "key")
    list_filter = ("state",)
    search_fields = ("key", "discount__code")
    list_select_related = ("discount", "user")
    show_full_result_count = False
