"""Kinds of listings. A site adds one by naming it in ``CHOWK_MARKETPLACE["LISTING_TYPES"]``:

class CarType(ListingType):
    model = "vehicles.Car"
    serializer = "vehicles.api.CarSerializer"
    importer = "vehicles.importer.CarImporter"
    form = "vehicles.forms.CarForm"
    category = "cars"

CHOWK_MARKETPLACE = {"LISTING_TYPES": {"car": "vehicles.listing_types.CarType"}}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import StaffOnly, UnknownListingType
from chowk_marketplace.facets import Facet
from chowk_marketplace.models import get_listing_model
from chowk_marketplace.policies import is_staff


class ListingType:
    """One kind of listing. Everything is named by text, so that naming a type imports nothing of it.

    ``model``: label of the listing or of a child of it; empty means the listing itself.
    ``serializer``: of its API detail, a subclass of ``chowk_marketplace.api.serializers.ListingSerializer``.
    ``importer``: a ``chowk_marketplace.importing.Importer`` for ``import_listings --type``, or empty.
    ``form``: a ModelForm for pages, or empty. What it asks that is no field of the model it names in
    ``details`` and writes in ``write_details(listing)``, in the transaction of the listing itself. Where it
    also says what is there now, in ``read_details(listing)``, a mapping of such fields to what they hold, the
    page that edits a listing asks for it too, and ``write_details`` writes it in place of what was there.
    ``facets``: what its lists are narrowed by and counted of, beside what all listings are.
    ``filterset``: the filters of its lists, or empty to have them made of the facets.
    ``category``: slug of the category of a listing that names none.
    ``staff_only``: whether only staff offer such listings.
    ``page_filters``: what its page asks for in words beside the facets: filters of ``filterset`` and their
    labels. A filter's ``help_text`` is the hint.
    """

    label: str | Promise = ""
    model: str = ""
    serializer: str = "chowk_marketplace.api.serializers.ListingSerializer"
    importer: str = ""
    form: str = ""
    category: str = ""
    facets: Sequence[Facet] = ()
    filterset: str = ""
    staff_only: bool = False
    page_filters: Mapping[str, str | Promise] = {}

    exact_filters: Sequence[str] = ()
    """Filters of its ``filterset`` beside the facets that a saved search may have: see ``exact_terms``."""

    def exact_terms(self, listing: Any) -> Mapping[str, Iterable[str]]:
        """The values of ``exact_filters`` by which a listing is found."""
        return {}

    def get_model(self) -> type[Any]:
        """The model class."""
        return apps.get_model(self.model) if self.model else get_listing_model()

    def get_serializer(self) -> type[Any]:
        """The serializer class of the detail."""
        return import_string(self.serializer)

    def get_importer(self) -> Any | None:
        """An importer, or None where the type has none."""
        return import_string(self.importer)() if self.importer else None

    def get_form(self) -> type[Any] | None:
        """The form class, or None where the type has none."""
        return import_string(self.form) if self.form else None


class PlainListing(ListingType):
    """The listing itself, without anything more."""

    label = _("listing")


def require_may_offer(kind: ListingType, user: Any) -> None:
    """Raises StaffOnly where listings of a type are for staff to offer, and ``user`` is not of them."""
    if kind.staff_only and not is_staff(user):
        raise StaffOnly


def listing_type(name: str) -> ListingType:
    """The type called ``name``. Raises UnknownListingType."""
    try:
        return marketplace_settings.LISTING_TYPES[name]
    except KeyError as error:
        names = ", ".join(sorted(marketplace_settings.LISTING_TYPES))
        raise UnknownListingType(name=name, names=names) from error


def type_of(model: type[Any]) -> ListingType:
    """The listing type whose model is ``model``; PlainListing for an unregistered one."""
    return next(
        (kind for kind in marketplace_settings.LISTING_TYPES.values() if kind.get_model() is model),
        PlainListing(),
    )


def type_name(model: type[Any]) -> str:
    """The name of the listing type whose model is ``model``; the model's own name for an unregistered one."""
    for name, kind in marketplace_settings.LISTING_TYPES.items():
        if kind.get_model() is model:
            return name
    return model._meta.model_name or ""
