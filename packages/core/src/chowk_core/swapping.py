"""Swappable models: every model of a package can be replaced by a site, one at a time.

See "How to swap a model" in the documentation for the scheme and why the first migration has two phases.
"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models import Model


def setting_name(label: str) -> str:
    """``"chowk_auctions.BidNote"`` -> ``"CHOWK_AUCTIONS_BID_NOTE_MODEL"``."""
    app_label, model_name = label.split(".")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", model_name)
    return f"{app_label}_{snake}_MODEL".upper()


def model_label(label: str) -> str:
    """The label of the model that stands in for ``label`` on this site (``label`` itself by default)."""
    return getattr(settings, setting_name(label), label)


def get_swappable_model(label: str) -> type[Any]:
    """The class that stands in for ``label`` on this site. Call it inside functions, not at import."""
    return apps.get_model(model_label(label), require_ready=False)


class SwappableAppConfig(AppConfig):
    """Base of every package's AppConfig: gives each missing ``…_MODEL`` setting its default.

    That happens in ``__init__``, hence before any models module is imported and whatever the order of
    INSTALLED_APPS. Subclasses set ``default = True``: with two candidates in a module and none marked,
    Django silently falls back to a plain AppConfig.
    """

    default = False
    default_auto_field = "django.db.models.BigAutoField"
    swappable_models: ClassVar[tuple[str, ...]] = ()

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        for model_name in self.swappable_models:
            label = f"{self.label}.{model_name}"
            if not hasattr(settings, setting_name(label)):
                setattr(settings, setting_name(label), label)

    def ready(self) -> None:
        """Load the checks of replaced models, and the package's settings and checks, where it has them."""
        import_module("chowk_core.swapping_checks")
        for module in ("conf", "checks"):
            if find_spec(f"{self.name}.{module}"):
                import_module(f"{self.name}.{module}")


def default_model(label: str) -> type[Model]:
    """The package's own class for ``label``, swapped out or not."""
    app_label, model_name = label.split(".")
    return apps.all_models[app_label][model_name.lower()]


def abstract_model(label: str) -> type[Model]:
    """The abstract class that the package's own class for ``label`` and every replacement inherit."""
    model = default_model(label)
    for base in model.__mro__[1:]:
        if issubclass(base, Model) and base is not Model and base._meta.abstract:
            return base
    raise LookupError(f"{label} has no abstract base, so nothing can replace it.")


def meta_class(label: str) -> type[Any]:
    """The Meta that a replacement of ``label`` inherits, to keep its constraints and indexes.

    A polymorphic base keeps them in a plain class beside the abstract one (``ListingMeta``): in the
    abstract's Meta, children by multi-table inheritance would inherit them and fail models.E016.
    """
    abstract = abstract_model(label)
    beside = vars(import_module(abstract.__module__)).get(f"{label.split('.')[1]}Meta")
    return beside or abstract.Meta  # type: ignore[attr-defined]
