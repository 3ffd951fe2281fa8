"""The event log in the admin: to be read, and parked deliveries to be replayed."""

from __future__ import annotations

import json

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chowk_core.models import Delivery, IdempotencyKey, LoggedEvent, PeriodicRun, Stream
from chowk_core.relay import replay


class ReadOnlyAdmin(admin.ModelAdmin):
    """What people may look at and nobody writes by hand."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class DeliveryInline(admin.TabularInline):
    """Who wanted to know of an event, and whether they do."""

    model = Delivery
    fields = ("handler", "state", "attempts", "due_at", "done_at")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(LoggedEvent)
class LoggedEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "stream", "seq", "at")
    list_filter = ("name", "at")
    search_fields = ("=stream",)
    search_help_text = _("A stream's whole name, such as auctions.auction:42")
    date_hierarchy = "at"
    ordering = ("-id",)
    fields = ("name", "stream", "seq", "at", "content")
    readonly_fields = fields
    inlines = (DeliveryInline,)

    @admin.display(description=_("payload"))
    def content(self, event: LoggedEvent) -> str:
        return format_html("<pre>{}</pre>", json.dumps(event.payload, indent=2, ensure_ascii=False))


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Nobody edits a delivery; the action needs the permission to change deliveries."""

    list_display = ("id", "event_name", "stream", "handler", "state", "attempts", "due_at", "last_line")
    list_filter = ("state", "handler", "event__name", "due_at")
    list_select_related = ("event",)
    search_fields = ("=stream", "error")
    ordering = ("-id",)
    fields = (
        "event_link",
        "stream",
        "handler",
        "state",
        "attempts",
        "due_at",
        "done_at",
        "traceback",
    )
    readonly_fields = fields
    actions = ("replay_parked",)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Who may use the action (Django asks by this name)."""
        return request.user.has_perm("chowk_core.change_delivery")

    @admin.action(description=_("Replay the selected parked deliveries"), permissions=["replay"])
    def replay_parked(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Make them due; whoever relays runs them. The rest of the selection is left alone."""
        replayed = replay(queryset)
        if replayed:
            text = ngettext(
                "%(count)d delivery is due again.", "%(count)d deliveries are due again.", replayed
            )
            self.message_user(request, text % {"count": replayed}, messages.SUCCESS)
        else:
            self.message_user(request, _("None of these is parked."), messages.WARNING)

    @admin.display(description=_("event"), ordering="event__name")
    def event_name(self, delivery: Delivery) -> str:
        return delivery.event.name

    @admin.display(description=_("event"))
    def event_link(self, delivery: Delivery) -> str:
        url = reverse(f"{self.admin_site.name}:chowk_core_loggedevent_change", args=[delivery.event_id])
        return format_html('<a href="{}">{}</a>', url, delivery.event)

    @admin.display(description=_("error"))
    def last_line(self, delivery: Delivery) -> str:
        return delivery.error.rstrip().rpartition("\n")[2][:120]

    @admin.display(description=_("error"))
    def traceback(self, delivery: Delivery) -> str:
        return format_html("<pre>{}</pre>", delivery.error)


@admin.register(Stream)
class StreamAdmin(ReadOnlyAdmin):
    list_display = ("name", "last_seq", "pruned_seq", "epoch")
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(PeriodicRun)
class PeriodicRunAdmin(ReadOnlyAdmin):
    list_display = ("name", "last_started", "last_finished", "runs", "succeeded")
    ordering = ("name",)

    @admin.display(description=_("succeeded"), boolean=True)
    def succeeded(self, run: PeriodicRun) -> bool:
        return not run.last_error


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    """The answers themselves are their users' and are not shown."""

    list_display = ("key", "scope", "method", "path", "state", "status", "created_at")
    list_filter = ("state", "status", "created_at")
    search_fields = ("=key", "=scope")
    ordering = ("-id",)
    fields = ("key", "scope", "method", "path", "state", "lease_until", "status", "created_at")
