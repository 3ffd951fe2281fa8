"""Finding what there is to document."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType

from django.apps import apps

SKIPPED = {"migrations", "testing", "tests"}
"""Sub-packages that hold nothing of the public contract, and may need test libraries."""


def package_names() -> list[str]:
    """Import names of the installed Chowk packages."""
    return [config.name for config in apps.get_app_configs() if config.name.startswith("chowk_")]


def modules_of(package: str) -> Iterator[ModuleType]:
    """Every module of ``package``, imported. An optional library that is missing fails the build."""
    root = import_module(package)
    yield root
    for info in pkgutil.walk_packages(root.__path__, prefix=f"{package}."):
        if SKIPPED.isdisjoint(info.name.split(".")):
            yield import_module(info.name)


def import_everything() -> None:
    """Import every module, so that everything that registers itself by being imported is known."""
    for package in package_names():
        for _module in modules_of(package):
            continue


def package_of(thing: type | ModuleType) -> str:
    """The import name of the package that defines ``thing``."""
    module = thing.__name__ if isinstance(thing, ModuleType) else thing.__module__
    return module.partition(".")[0]


def functions_of(module: ModuleType) -> dict[str, Callable[..., object]]:
    """Public functions defined in ``module`` or, for a package of modules, re-exported by it from inside."""
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and not name.startswith("_")
        and value.__module__.startswith(module.__name__)
    }
