"""``nox -s new-package -- NAME``: a package of the workspace that passes its tests and swap matrix at once.

Copies ``template`` with its placeholders filled in, writes the migrations from the models, and names the
package where the workspace lists its members.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TEMPLATE = Path(__file__).parent / "template"
ROOT = Path(__file__).resolve().parent.parent.parent


def fill(text: str, name: str) -> str:
    """The placeholders, in the three spellings of a name: loyalty_cards, LoyaltyCards, LOYALTY_CARDS."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    for placeholder, value in (("__Name__", camel), ("__NAME__", name.upper()), ("__name__", name)):
        text = text.replace(placeholder, value)
    return text


def make(name: str, root: Path = ROOT) -> Path:
    """Write the package's folder. Raises SystemExit for a name that will not do."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise SystemExit(f"{name!r} will not do: a name is lower case, as in loyalty or loyalty_cards")
    folder = root / "packages" / name
    if folder.exists():
        raise SystemExit(f"packages/{name} exists")
    for source in sorted(TEMPLATE.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            target = folder / fill(source.relative_to(TEMPLATE).as_posix(), name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(fill(source.read_text(encoding="utf-8"), name), encoding="utf-8")
    shutil.copy(ROOT / "LICENSE", folder / "LICENSE")
    return folder


def write_migrations(folder: Path, name: str) -> None:
    """The two first migrations of the package, and that of its replaced models."""
    for command, settings in (
        (["chowk_initial_migrations", f"chowk_{name}"], "tests.settings"),
        (["makemigrations", "swapped", "--no-header", "-v0"], "tests.settings_swapped"),
    ):
        path = os.pathsep.join([str(folder), str(folder / "src")])
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings, "PYTHONPATH": path}
        subprocess.run([sys.executable, "-m", "django", *command], cwd=folder, env=environment, check=True)


def tidy(folder: Path) -> None:
    """Imports sorted and lines wrapped as the new name wants them."""
    for command in (["check", "--quiet", "--fix", "--select", "I"], ["format", "--quiet"]):
        config = ["--config", str(ROOT / "pyproject.toml"), "."]
        subprocess.run([sys.executable, "-m", "ruff", *command, *config], cwd=folder, check=True)


def list_in_workspace(name: str, root: Path = ROOT) -> None:
    """Name the package wherever the workspace enumerates its own."""
    project = root / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    member = "chowk-core = { workspace = true }\n"
    text = text.replace(member, f"{member}{member.replace('core', name.replace('_', '-'))}", 1)
    text = text.replace('"chowk_core", "chowk_', f'"chowk_core", "chowk_{name}", "chowk_')
    text = text.replace('layers = ["chowk_', f'layers = ["chowk_{name} | chowk_')
    text = text.replace('containers = ["chowk_', f'containers = ["chowk_{name}", "chowk_')
    project.write_text(text, encoding="utf-8")
    tox = root / "tox.ini"
    text = tox.read_text(encoding="utf-8")
    text = text.replace("{marketplace,", f"{{{name},marketplace,")
    text = text.replace(
        "    core: PACKAGE = core\n", f"    core: PACKAGE = core\n    {name}: PACKAGE = {name}\n"
    )
    line = "    core: {tox_root}/packages/core\n"
    text = text.replace(line, line + line.replace("core", name))
    tox.write_text(text, encoding="utf-8")
    workflow = root / ".github" / "workflows" / "tests.yml"
    text = workflow.read_text(encoding="utf-8")
    workflow.write_text(
        text.replace("marketplace, auctions", f"{name}, marketplace, auctions"), encoding="utf-8"
    )


def main() -> None:
    """Make it, and say what comes next."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="lower case, as in loyalty")
    name = parser.parse_args().name
    folder = make(name)
    list_in_workspace(name)
    write_migrations(folder, name)
    tidy(folder)
    print(f"packages/{name} is there. Install it (make test does), then:  cd packages/{name} && pytest")


if __name__ == "__main__":
    main()
