"""Small helpers that build docutils nodes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

LITERAL = re.compile(r"``(.+?)``|`(.+?)`", re.DOTALL)
QUOTED = re.compile(r"((?:: |-> ))'([^']*)'")
BULLET = re.compile(r"^[-*] ")


def inline(text: str) -> list[nodes.Node]:
    """Text with backquoted parts as literals."""
    parts: list[nodes.Node] = []
    at = 0
    for match in LITERAL.finditer(text):
        parts.append(nodes.Text(text[at : match.start()]))
        code = match[1] or match[2]
        parts.append(nodes.literal(code, code))
        at = match.end()
    return [*parts, nodes.Text(text[at:])]


def paragraph(text: str) -> nodes.paragraph:
    """One paragraph of a docstring."""
    return nodes.paragraph("", "", *inline(" ".join(text.split())))


def prose(docstring: str | None) -> list[nodes.Node]:
    """A docstring as paragraphs, bullet lists and indented blocks."""
    found: list[nodes.Node] = []
    for block in re.split(r"\n\s*\n", inspect.cleandoc(docstring or "").strip()):
        lines = block.splitlines()
        if not lines:
            continue
        if lines[0].startswith("    "):
            code = inspect.cleandoc(block)
            found.append(nodes.literal_block(code, code, language="python"))
        elif BULLET.match(lines[0]):
            found.append(_bullets(lines))
        else:
            found.append(paragraph(block))
    return found


def _bullets(lines: Sequence[str]) -> nodes.bullet_list:
    items: list[str] = []
    for line in lines:
        if BULLET.match(line):
            items.append(line[2:])
        else:
            items[-1] += " " + line.strip()
    return nodes.bullet_list("", *(nodes.list_item("", paragraph(item)) for item in items))


def signature_block(name: str, function: Callable[..., object]) -> nodes.literal_block:
    """How a function is called; a parameter a line where it is long. ``self`` is left out."""
    found = inspect.signature(function)
    parameters = [one for one in found.parameters.values() if one.name != "self"]
    plain = found.replace(parameters=parameters)
    text = name + QUOTED.sub(r"\1\2", str(plain))
    if len(text) > 90:
        lines = [QUOTED.sub(r"\1\2", str(one)) for one in parameters]
        if any(one.kind is one.KEYWORD_ONLY for one in parameters):
            first = next(at for at, one in enumerate(parameters) if one.kind is one.KEYWORD_ONLY)
            lines.insert(first, "*")
        end = QUOTED.sub(r"\1\2", str(plain.replace(parameters=[])))[1:]
        text = f"{name}(\n" + "".join(f"    {line},\n" for line in lines) + end
    return nodes.literal_block(text, text, language="python")


def code(text: str) -> nodes.literal:
    """Text as it is written in code."""
    return nodes.literal(text, text)


def labelled(label: str, *content: nodes.Node) -> nodes.paragraph:
    """``Label: content``."""
    return nodes.paragraph("", "", nodes.strong(label, label), nodes.Text(": "), *content)


def commas(items: Iterable[nodes.Node]) -> list[nodes.Node]:
    """Nodes with commas between them."""
    found: list[nodes.Node] = []
    for item in items:
        found += [nodes.Text(", "), item] if found else [item]
    return found


def entry(identifier: str, heading: Sequence[nodes.Node], body: Sequence[nodes.Node]) -> nodes.Node:
    """One documented thing: a heading that can be linked to, and what there is to say."""
    term = nodes.term("", "", *heading, ids=[identifier])
    return nodes.definition_list_item("", term, nodes.definition("", *body))


def entries(items: Sequence[nodes.Node]) -> nodes.definition_list:
    """A list of documented things."""
    return nodes.definition_list("", *items, classes=["chowk-entries"])


def table(headings: Sequence[str], rows: Iterable[Sequence[Sequence[nodes.Node]]], kind: str) -> nodes.table:
    """A plain table; ``rows`` hold cells, cells hold nodes."""
    group = nodes.tgroup(cols=len(headings))
    group += [nodes.colspec(colwidth=1) for _ in headings]
    head = [nodes.entry("", nodes.paragraph("", heading)) for heading in headings]
    group += nodes.thead("", nodes.row("", *head))
    group += nodes.tbody("", *(nodes.row("", *(nodes.entry("", *cell) for cell in row)) for row in rows))
    return nodes.table("", group, classes=["chowk-table", kind])


def text_cell(*content: nodes.Node) -> list[nodes.Node]:
    """A table cell of inline nodes."""
    return [nodes.paragraph("", "", *content)]


class PackageDirective(SphinxDirective):
    """Base of the directives: one argument, the import name of a package."""

    required_arguments = 1
    what = "things"

    @property
    def package(self) -> str:
        """The package the directive was asked for."""
        return str(self.arguments[0])

    def run(self) -> list[nodes.Node]:
        """The nodes of ``content``; an empty answer is an error."""
        found = self.content_nodes()
        if not found:
            raise self.error(f"{self.package} has no {self.what}")
        return found

    def content_nodes(self) -> list[nodes.Node]:
        """What the directive writes; nothing unless a subclass says more."""
        return []
