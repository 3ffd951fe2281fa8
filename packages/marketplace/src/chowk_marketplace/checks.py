"""System checks of what a site composes: its listing types, image storage and admin classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register
from django.utils.module_loading import import_string

from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.evidence import OWN_ALIAS, is_public
from chowk_marketplace.importing import Importer
from chowk_marketplace.listing_types import ListingType
from chowk_marketplace.models import get_listing_model
from chowk_marketplace.search import has_full_text

DEFAULT_SEARCH = "chowk_marketplace.search.InstalledSearch"
ADMIN_MODELS = {
    "Address",
    "Cart",
    "Category",
    "City",
    "Complaint",
    "Listing",
    "Order",
    "OrderGroup",
    "Province",
    "Return",
    "SavedSearch",
    "SellerProfile",
    "Stock",
    "StockHold",
    "Store",
    "Variant",
}


@register
def check_listing_types(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Every listing type names a listing model, and a serializer, importer and form that import."""
    raw = marketplace_settings.raw("LISTING_TYPES")
    paths = type(marketplace_settings).declared()["LISTING_TYPES"].merged(raw)  # type: ignore[attr-defined]
    return [
        Error(f'CHOWK_MARKETPLACE["LISTING_TYPES"]["{name}"]: {problem}.', id="chowk_marketplace.E001")
        for name, path in paths.items()
        for problem in _problems(path)
    ]


@register
def check_image_storage(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The storage of images is one that the site has."""
    alias = marketplace_settings.IMAGE_STORAGE
    if alias in settings.STORAGES:
        return []
    text = f'CHOWK_MARKETPLACE["IMAGE_STORAGE"] is "{alias}", which STORAGES does not have.'
    return [Error(text, id="chowk_marketplace.E002")]


@register
def check_evidence_storage(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The storage of complaints' files is one that the site has, and not one that is served to anybody."""
    alias = marketplace_settings.EVIDENCE_STORAGE
    if alias not in {OWN_ALIAS, *settings.STORAGES}:
        text = f'CHOWK_MARKETPLACE["EVIDENCE_STORAGE"] is "{alias}", which STORAGES does not have.'
        return [Error(text, id="chowk_marketplace.E005")]
    if not is_public(alias):
        return []
    text = f'CHOWK_MARKETPLACE["EVIDENCE_STORAGE"] is "{alias}": the files of complaints are public there.'
    hint = "Name a storage outside MEDIA_ROOT that nothing serves; the API hands the files out."
    return [Warning(text, hint=hint, id="chowk_marketplace.W006")]


@register
def check_admin(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """ADMIN names models that have an admin here."""
    unknown = sorted(marketplace_settings.ADMIN.keys() - ADMIN_MODELS)
    return [
        Error(
            f'CHOWK_MARKETPLACE["ADMIN"] names "{name}"; there are {", ".join(sorted(ADMIN_MODELS))}.',
            id="chowk_marketplace.E003",
        )
        for name in unknown
    ]


@register
def check_search(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Says so where searching is a comparison of texts only."""
    if marketplace_settings.raw("SEARCH") != DEFAULT_SEARCH or has_full_text():
        return []
    hint = (
        "pip install 'chowk-marketplace[search]', add \"modelsearch\" to INSTALLED_APPS, migrate, and run "
        "`manage.py rebuild_modelsearch_index`; on PostgreSQL also `manage.py enable_trigram`."
    )
    text = "There is no full text search: words are compared with the texts of all listings."
    return [Info(text, hint=hint, id="chowk_marketplace.I004")]


def _problems(path: Any) -> Iterator[str]:
    try:
        kind = import_string(path) if isinstance(path, str) else path
    except ImportError:
        return  # core's check of dotted paths says so
    kind = kind() if isinstance(kind, type) else kind
    if not isinstance(kind, ListingType):
        yield "is not a chowk_marketplace.listing_types.ListingType"
        return
    try:
        model = kind.get_model()
    except (LookupError, ValueError):
        yield f"there is no model {kind.model}"
    else:
        if not issubclass(model, get_listing_model()):
            yield f"{kind.model} is not a kind of {get_listing_model()._meta.label}"
    for part in ("serializer", "form", "importer"):
        if getattr(kind, part):
            yield from _problems_of(kind, part)


def _problems_of(kind: ListingType, part: str) -> Iterator[str]:
    try:
        found = getattr(kind, f"get_{part}")()
    except ImportError as error:
        yield f"its {part} does not import: {error}"
        return
    if part == "importer" and not isinstance(found, Importer):
        yield f"{kind.importer} is not a chowk_marketplace.importing.Importer"
