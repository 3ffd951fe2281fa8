from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parts.fits import fitment_of
from parts.models import Fitment, Part

MOST_FITMENTS = 200


class FitsField(forms.CharField):
    """Fitments, a line each."""

    widget = forms.Textarea(attrs={"rows": 3, "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]
        if len(lines) > MOST_FITMENTS:
            raise forms.ValidationError(_("Enter at most %(most)s lines.") % {"most": MOST_FITMENTS})
        found = []
        for line in lines:
            found.append(self._fitment(line))
        return found

    def _fitment(self, line: str) -> Fitment:
        fitment = fitment_of(line)
        wrong = forms.ValidationError(
            _("“%(line)s” is not a make, a model and years, as in “Volvo 240 1979-1985, with ABS”.")
            % {"line": line}
        )
        if fitment is None:
            raise wrong
        try:
            fitment.full_clean(exclude=["part"])
        except forms.ValidationError as error:
            raise wrong from error
        return fitment


class PartForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a seller tells of a part. The services, not the form, save it."""

    fits = FitsField(
        label=gettext_lazy("Fits"),
        required=False,
        help_text=gettext_lazy("The cars that it fits, a line each: “Volvo 240 1979-1985, with ABS”."),
    )

    details = ("fits",)

    class Meta:
        model = Part
        fields = ["title", "description", "condition", "city", "brand", "part_number", "warranty_months"]

    def read_details(self, listing: Part) -> dict[str, str]:
        """The cars that it fits, as they are typed."""
        return {"fits": "\n".join(str(row) for row in listing.fitments.all())}

    def write_details(self, listing: Part) -> None:
        """The table of the cars that the part fits. What is in it already stays as it is, word for word."""
        wanted = {str(row): row for row in self.cleaned_data["fits"]}
        there = {str(row): row for row in listing.fitments.all()}
        Fitment.objects.filter(pk__in=[row.pk for text, row in there.items() if text not in wanted]).delete()
        fresh = [row for text, row in wanted.items() if text not in there]
        for row in fresh:
            row.part = listing
        Fitment.objects.bulk_create(fresh)
