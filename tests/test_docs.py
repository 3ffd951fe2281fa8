"""What the documentation says is so: it builds, its links lead somewhere, its commands and settings exist."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError

from chowk_core.package_settings import registry
from chowk_payments.gateways.base import Status
from chowk_payments.gateways.dummy import TEST_CARDS

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page
    for page in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *ROOT.glob("packages/*/README.md"),
        *ROOT.glob("docs/**/*.md"),
    ]
    if page.exists() and "_build" not in page.parts
)
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {self.text.strip().splitlines()[0][:40]}"


def blocks(*languages: str) -> list[Block]:
    """Every fenced block in one of the languages."""
    found = []
    for page in PAGES:
        for indent, language, text in FENCE.findall(page.read_text()):
            if language in languages:
                lines = (line.removeprefix(indent) for line in text.splitlines())
                found.append(Block(page, language, "\n".join(lines)))
    return found


def manage_commands() -> Iterator[tuple[Block, list[str]]]:
    """Every ``manage.py`` command in a block of commands, as words."""
    for block in blocks("console", "bash", "sh", ""):
        for line in block.text.splitlines():
            for command in line.removeprefix("$ ").split(" && "):
                if command.startswith("python manage.py"):
                    yield block, shlex.split(command, comments=True)[2:]


@pytest.mark.slow
def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    """References included: an event without a publisher or a setting without a page breaks the build."""
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", str(ROOT / "docs"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    html = (tmp_path / "reference/settings.html").read_text()
    for package in registry.values():
        for name in type(package).declared():
            anchor = f"{package.prefix}-{name}".lower().replace("_", "-")
            assert f'id="{anchor}"' in html, f"{package.prefix}[{name!r}] is not in the settings reference"


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """Relative links; Sphinx checks those to headings."""
    for link in LINK.findall(document.read_text()):
        path = link.partition("#")[0]
        if path and "://" not in path and not path.startswith("mailto:"):
            assert (document.parent / path).exists(), f"{document.relative_to(ROOT)} links to {link}"


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_is_python(block: Block) -> None:
    ast.parse(block.text)


def settings_written() -> Iterator[tuple[Block, str, str]]:
    """Every ``CHOWK_X = {"NAME": …}`` in the pages: the block, the prefix and the name."""
    for block in blocks("python"):
        for node in ast.walk(ast.parse(block.text)):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                for target in node.targets:
                    if isinstance(target, ast.Name) and target.id.startswith("CHOWK_"):
                        for key in node.value.keys:
                            yield block, target.id, ast.literal_eval(key) if key else ""


def test_settings_exist() -> None:
    written = list(settings_written())
    assert len(written) > 5
    for block, prefix, name in written:
        assert prefix in registry, f"{block}: {prefix}"
        assert name in type(registry[prefix]).declared(), f"{block}: {prefix}[{name!r}]"


def test_commands_exist_with_their_options() -> None:
    seen = set()
    for block, (name, *arguments) in manage_commands():
        assert name in get_commands(), f"{block}: there is no command {name}"
        command = load_command_class(get_commands()[name], name)
        try:
            command.create_parser("manage.py", name).parse_args(arguments)
        except (CommandError, SystemExit) as error:
            pytest.fail(f"{block}: manage.py {name} {arguments}: {error}")
        seen.add(name)
    assert {"chowk_tick", "chowk_relay", "chowk_prune"} <= seen


def test_the_test_cards_are_those_of_the_gateway() -> None:
    page = (ROOT / "docs/packages/payments.md").read_text()
    rows = re.findall(r"^\| (\d{4} \d{4} \d{4} \d{4}) \| (.*) \|$", page, re.MULTILINE)
    assert len(rows) > 5
    for number, said in rows:
        behaviour = TEST_CARDS[number.replace(" ", "")]
        assert ("challenge" in said) == (behaviour.status == Status.REQUIRES_ACTION), number
        declined = Status.DECLINED in {behaviour.status, behaviour.then} or bool(behaviour.refund_code)
        assert ("declined" in said) == declined, number
        lost = {"answer": "answer gets lost", "request": "never arrives", "": ""}[behaviour.lost]
        assert lost in said, number
