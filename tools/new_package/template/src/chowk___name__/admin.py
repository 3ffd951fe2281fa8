from django.contrib import admin

from chowk___name__.models import get_item_model


@admin.register(get_item_model())
class ItemAdmin(admin.ModelAdmin):
    """Items, to look at and to correct."""

    list_display = ("title", "owner", "created_at")
    search_fields = ("title",)
    raw_id_fields = ("owner",)
    list_select_related = ("owner",)
