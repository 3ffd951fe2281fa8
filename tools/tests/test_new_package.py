"""A new package passes its tests, as shipped and replaced, and its swap matrix at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from new_package import make


def run(folder: Path, *command: str) -> str:
    path = os.pathsep.join([str(folder), str(folder / "src")])
    environment = {**os.environ, "PYTHONPATH": path}
    command = (sys.executable, "-m", *command)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_new_package_passes_at_once(tmp_path: Path) -> None:
    folder = make.make("loyalty_cards", root=tmp_path)
    make.write_migrations(folder, "loyalty_cards")
    make.tidy(folder)
    assert " passed" in run(folder, "pytest", "-q", "-p", "no:cacheprovider")
    run(folder, "pytest", "-q", "--ds=tests.settings_swapped", "--ignore=tests/test_swapping.py")
    run(folder, "ruff", "check", "--config", str(make.ROOT / "pyproject.toml"), ".")
    run(folder, "ruff", "format", "--check", "--config", str(make.ROOT / "pyproject.toml"), ".")


def test_no_placeholder_is_left(tmp_path: Path) -> None:
    folder = make.make("loyalty", root=tmp_path)
    for file in folder.rglob("*"):
        assert "__name__" not in file.name.lower()
        if file.is_file() and file.name != "LICENSE":
            assert "__name__" not in file.read_text().lower()


def test_the_workspace_names_it(tmp_path: Path) -> None:
    workflow = tmp_path / ".github" / "workflows" / "tests.yml"
    workflow.parent.mkdir(parents=True)
    for name in ("pyproject.toml", "tox.ini", ".github/workflows/tests.yml"):
        shutil.copy(make.ROOT / name, tmp_path / name)
    make.list_in_workspace("loyalty", root=tmp_path)
    project, tox = (tmp_path / "pyproject.toml").read_text(), (tmp_path / "tox.ini").read_text()
    assert "chowk-loyalty = { workspace = true }" in project
    assert '"chowk_core", "chowk_loyalty", ' in project
    assert 'layers = ["chowk_loyalty | ' in project
    assert 'containers = ["chowk_loyalty", ' in project
    assert "package: [core, loyalty, marketplace, " in workflow.read_text()
    assert "{loyalty,marketplace," in tox
    assert "    loyalty: {tox_root}/packages/loyalty\n" in tox


@pytest.mark.parametrize("name", ["Loyalty", "2cards", "loyalty-cards", "", "a__b", "../x"])
def test_a_name_that_will_not_do_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="will not do"):
        make.make(name, root=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_existing_package_is_left_alone(tmp_path: Path) -> None:
    make.make("loyalty", root=tmp_path)
    with pytest.raises(SystemExit, match="exists"):
        make.make("loyalty", root=tmp_path)
