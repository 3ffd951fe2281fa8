"""The tests of a package's swappable models, to be subclassed in its ``tests/test_swapping.py``.

    class TestSwapping(SwappingTests):
        app_label = "chowk_auctions"
        round_trip = "tests.round_trip.round_trip"

Each subset of models is replaced on a generated site in a process of its own, two at a time: each model
alone, all of them, and the pairs joined by a key; with CHOWK_FULL_MATRIX=1 every pair. Replacing all at once
proves nothing about the single model, and pairs have failed whose members passed alone.

The sites are marked ``slow``, and ``swap_matrix`` for a run of them alone: ``pytest -m swap_matrix``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from chowk_core.swapping import SwappableAppConfig, abstract_model, default_model, model_label, setting_name
from chowk_core.testing.forked import run_python
from chowk_core.testing.swap_site import APP, SwapSite, polymorphic_bases

OTHER_SETTINGS: Mapping[str, Any] = {
    "CURRENCIES": ("PKR", "EUR"),
    "DEFAULT_CURRENCY": "PKR",
    "LANGUAGE_CODE": "de",
    "TIME_ZONE": "Asia/Karachi",
    "DEFAULT_AUTO_FIELD": "django.db.models.SmallAutoField",
    "MEDIA_URL": "https://media.example.org/",
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    },
}
"""What a site may set to something else without causing a migration in a package."""

TIMEOUT = 120
"""Seconds after which a site counts as hung; one takes two to four."""


def swappable_labels(app_label: str) -> list[str]:
    """The labels of the package's models that it declares as swappable."""
    return [f"{app_label}.{name}" for name in _config(app_label).swappable_models]


def _config(app_label: str) -> SwappableAppConfig:
    config = apps.get_app_config(app_label)
    assert isinstance(config, SwappableAppConfig), f"{type(config).__name__} is no SwappableAppConfig"
    return config


def joined_pairs(app_label: str) -> set[tuple[str, ...]]:
    """The pairs of models of which one has a key to the other."""
    labels = swappable_labels(app_label)
    by_current = {model_label(label).lower(): label for label in labels}
    found = set()
    for label in labels:
        model = default_model(label)
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
            if field.is_relation and field.related_model is not None:
                other = by_current.get(field.related_model._meta.label_lower)
                if other and other != label:
                    found.add(tuple(sorted((label, other))))
    return found


def subsets(app_label: str, *, every_pair: bool) -> list[tuple[str, ...]]:
    """The sets of models that the matrix replaces together."""
    labels = swappable_labels(app_label)
    pairs = set(combinations(sorted(labels), 2)) if every_pair else joined_pairs(app_label)
    every = {tuple(labels)} if len(labels) > 1 else set()
    return [*((label,) for label in labels), *sorted(pairs - {tuple(sorted(labels))}), *every]


def run_site(site: SwapSite, folder: Path, proof: str) -> subprocess.CompletedProcess[str]:
    """Write ``site`` into ``folder`` and run a proof on it in a process of its own."""
    site.write(folder)
    path = [str(folder), *(os.path.abspath(entry) for entry in sys.path)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path),
        "DJANGO_SETTINGS_MODULE": f"{APP}_settings",
    }
    command = ("-m", "chowk_core.testing.swap_site", proof, site.app_label)
    return run_python(*command, folder=folder, environment=environment, timeout=TIMEOUT)


class SwappingTests:
    """Every model of ``app_label`` can be replaced, one at a time, and settings cause no migration.

    ``round_trip`` is the dotted path of a callable that makes a row of each model through the getters and
    reads it back. ``child_round_trip`` is called with a child class of each polymorphic model.
    ``other_settings`` are settings of the package itself that a site may change.
    """

    app_label: ClassVar[str]
    round_trip: ClassVar[str]
    child_round_trip: ClassVar[str] = ""
    base_settings: ClassVar[str] = "tests.settings"
    other_settings: ClassVar[Mapping[str, Any]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test a subset of models."""
        if "replaced" in metafunc.fixturenames:
            every_pair = os.environ.get("CHOWK_FULL_MATRIX") == "1"
            found = subsets(self.app_label, every_pair=every_pair)
            names = ["+".join(label.split(".")[1] for label in subset) for subset in found]
            names = ["all" if len(subset) > 2 else name for subset, name in zip(found, names, strict=True)]
            metafunc.parametrize("replaced", found, ids=names)

    @pytest.fixture(scope="class")
    @classmethod
    def sites(
        cls, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[dict[tuple[str, ...], Future[subprocess.CompletedProcess[str]]]]:
        """The sites of the selected subsets, being proved two at a time."""
        functions = [item for item in request.session.items if isinstance(item, pytest.Function)]
        selected: list[Any] = [
            item.callspec.params["replaced"]
            for item in functions
            if item.cls is request.cls and "replaced" in item.fixturenames
        ]
        with ThreadPoolExecutor(max_workers=2) as pool:
            yield {
                subset: pool.submit(
                    run_site,
                    SwapSite(cls.app_label, cls.base_settings, subset, cls.round_trip, cls.child_round_trip),
                    tmp_path_factory.mktemp("site"),
                    "replacement",
                )
                for subset in selected
            }
            pool.shutdown(cancel_futures=True)

    @pytest.mark.slow
    @pytest.mark.swap_matrix
    def test_replaced_models_work(
        self,
        replaced: tuple[str, ...],
        sites: dict[tuple[str, ...], Future[subprocess.CompletedProcess[str]]],
    ) -> None:
        done = sites[replaced].result()
        assert done.returncode == 0, f"with {', '.join(replaced)} replaced:\n{done.stdout}{done.stderr}"

    def test_the_first_migration_depends_on_nothing(self) -> None:
        loader = MigrationLoader(None)
        roots = loader.graph.root_nodes(self.app_label)
        assert len(roots) == 1
        first = loader.get_migration(*roots[0])
        assert first.dependencies == [], "a replacement that points back would wait for it, and it for that"

    def test_every_model_is_swappable(self) -> None:
        config = _config(self.app_label)
        for model in config.get_models(include_swapped=True):
            label = model._meta.label
            assert model.__name__ in config.swappable_models, f"{label} is not in {type(config).__name__}"
            assert model._meta.swappable == setting_name(label)
            abstract = abstract_model(label)
            own = {f.name for f in (*model._meta.local_fields, *model._meta.local_many_to_many)} - {"id"}
            inherited = {f.name for f in (*abstract._meta.fields, *abstract._meta.many_to_many)}
            assert own <= inherited, f"{label} declares {own - inherited} itself; {abstract.__name__} should"

    def test_children_of_polymorphic_models_are_proved(self) -> None:
        assert bool(polymorphic_bases(self.app_label)) == bool(self.child_round_trip)

    def test_settings_of_a_site_cause_no_migration(self, tmp_path: Path) -> None:
        site = SwapSite(
            self.app_label, self.base_settings, settings={**OTHER_SETTINGS, **self.other_settings}
        )
        done = run_site(site, tmp_path, "settings")
        assert done.returncode == 0, done.stdout + done.stderr
