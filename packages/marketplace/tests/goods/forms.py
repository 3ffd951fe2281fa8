from django import forms

from tests.goods.models import Book


class BookForm(forms.ModelForm):
    """What a seller tells of a book. ``blurb`` is written once, and cannot be read again."""

    blurb = forms.CharField(required=False)
    details = ("blurb",)

    class Meta:
        model = Book
        fields = ["title", "author", "pages"]

    def write_details(self, listing):
        listing.description = self.cleaned_data["blurb"]
        listing.save(update_fields=["description"])
