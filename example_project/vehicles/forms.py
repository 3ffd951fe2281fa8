from __future__ import annotations

from django import forms

from vehicles.models import Car


class CarForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a seller tells of a car. The services, not the form, save it."""

    class Meta:
        model = Car
        fields = [
            "title",
            "description",
            "condition",
            "city",
            "country",
            "make",
            "model",
            "year",
            "mileage",
            "transmission",
            "fuel",
            "body_style",
        ]
