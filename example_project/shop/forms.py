from __future__ import annotations

from django import forms

from shop.models import Craft


class CraftForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an artisan tells of a piece. The services, not the form, save it."""

    class Meta:
        model = Craft
        fields = ["title", "description", "condition", "city", "artisan", "material", "technique", "region"]
