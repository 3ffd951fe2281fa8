"""What the admin classes share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chowk_core.exceptions import DomainError

COLOURS = {
    "pending": "#8a6d00",
    "active": "#0b6b57",
    "sold": "#3f4a54",
    "archived": "#7a7a7a",
    "pending_payment": "#8a6d00",
    "paid": "#0b6b57",
    "confirmed": "#0b6b57",
    "shipped": "#1d5f9a",
    "delivered": "#1d5f9a",
    "completed": "#3f4a54",
    "cancelled": "#a3261b",
    "returned": "#a3261b",
    "refunded": "#a3261b",
    "open": "#8a6d00",
    "ordered": "#3f4a54",
    "under_review": "#1d5f9a",
    "resolved": "#0b6b57",
    "dismissed": "#7a7a7a",
    "withdrawn": "#7a7a7a",
    "requested": "#8a6d00",
    "approved": "#1d5f9a",
    "refused": "#7a7a7a",
    "received": "#3f4a54",
}


def login_of(user: str) -> str:
    """The lookup of a user's login by the key ``user``, for ``search_fields``."""
    model: Any = get_user_model()
    return f"{user}__{model.USERNAME_FIELD}"


def badge(instance: Any) -> SafeString:
    """The status as a coloured word."""
    return format_html(
        '<span style="padding:2px 8px;border-radius:9px;color:#fff;background:{}">{}</span>',
        COLOURS.get(instance.status, "#3f4a54"),
        instance.get_status_display(),
    )


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that belong to history or have services of their own: shown, not edited."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nothing is added, edited or deleted."""

    @admin.display(description=_("status"), ordering="status")
    def status_badge(self, row: Any) -> SafeString:
        return badge(row)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RefusalsMixin:
    """For a ModelAdmin whose changes go through services: what those refuse is said on the unchanged form."""

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
        except DomainError as error:
            self.message_user(request, str(error.detail), messages.ERROR)  # type: ignore[attr-defined]
            return HttpResponseRedirect(request.get_full_path())


def for_each(
    model_admin: Any, request: HttpRequest, queryset: QuerySet[Any], service: Any, name: str, **terms: Any
) -> None:
    """Call ``service`` with each row; say how many succeeded, and for each refusal why."""
    done = 0
    for row in queryset:
        try:
            service(**{name: row}, actor=request.user, **terms)
            done += 1
        except DomainError as error:
            model_admin.message_user(request, f"{row}: {error.detail}", messages.ERROR)
    if done:
        text = ngettext("%(count)d changed.", "%(count)d changed.", done) % {"count": done}
        model_admin.message_user(request, text, messages.SUCCESS)
