"""Drawing tables and their keys as SVG: boxes in columns, each to the right of what it refers to.

Pure geometry: it knows nothing of Django. A key that crosses a column passes between its boxes, through a
bend that takes part in the arrangement like a box without height. Colours are the page's own custom
properties, so one drawing serves light and dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape

CHAR, ROW, HEAD, PAD = 6.3, 17, 26, 10
COLUMN_GAP, BOX_GAP, BEND_GAP, MARGIN = 64, 28, 12, 12


@dataclass
class Row:
    """One field: its name, its type, what marks it ("PK", "FK", "U"), and the box it refers to, if drawn."""

    name: str
    type: str
    mark: str = ""
    refers_to: str = ""


@dataclass
class Box:
    """One table; or, without rows, the bend that keys to ``target`` take through a column."""

    name: str
    rows: list[Row]
    target: str = ""
    column: int = 0
    x: float = 0
    y: float = 0
    edge: float = 0
    """Where its column ends: keys arrive from there, on a level line that crosses no other box."""
    width: float = field(init=False)
    height: float = field(init=False)

    def __post_init__(self) -> None:
        self.name_width = max([len(row.name) for row in self.rows] or [0]) * CHAR
        type_width = max([len(row.type) for row in self.rows] or [0]) * CHAR
        self.width = max(len(self.name) * CHAR * 1.25, 38 + self.name_width + type_width) + 2 * PAD
        self.height = HEAD + ROW * len(self.rows) + 6
        if self.target:
            self.width = self.height = 0

    @property
    def gap(self) -> float:
        """The room below it."""
        return BEND_GAP if self.target else BOX_GAP

    @property
    def arrival(self) -> float:
        """The height at which keys arrive."""
        return self.y if self.target else self.y + HEAD / 2

    def departure(self, row: int) -> float:
        """The height at which the key in a row leaves."""
        return self.y + HEAD + ROW * row + ROW / 2 + 2

    def refers_to(self) -> set[str]:
        """Names of the boxes that its keys point to, itself excepted."""
        return {row.refers_to for row in self.rows if row.refers_to} - {self.name}


class Drawing:
    """Boxes, arranged."""

    def __init__(self, boxes: list[Box]) -> None:
        self.boxes = boxes
        self.by_name = {box.name: box for box in boxes}
        self._assign_columns()
        self.bends = {(bend.target, bend.column): bend for bend in self._make_bends()}
        self.width, self.height = self._place()

    def _assign_columns(self) -> None:
        """A box stands one to the right of everything it refers to. Cycles are cut where they are met."""
        done: set[str] = set()

        def visit(name: str, path: tuple[str, ...]) -> int:
            box = self.by_name[name]
            if name not in done:
                targets = box.refers_to() - set(path)
                box.column = 1 + max((visit(target, (*path, name)) for target in sorted(targets)), default=-1)
                done.add(name)
            return box.column

        for box in self.boxes:
            visit(box.name, ())

    def _make_bends(self) -> Iterator[Box]:
        for box in self.boxes:
            for target in box.refers_to():
                for column in range(self.by_name[target].column + 1, box.column):
                    yield Box(f"{target}:{column}", [], target=target, column=column)

    def _place(self) -> tuple[float, float]:
        """Give every box its place, each near what it refers to; return the drawing's size."""
        everything = [*self.boxes, *self.bends.values()]
        x, bottom = float(MARGIN), 0.0
        for number in range(max(box.column for box in everything) + 1):
            column = sorted((box for box in everything if box.column == number), key=self._pull)
            widest = max(box.width for box in column)
            y = float(MARGIN)
            for box in column:
                box.x, box.y = x, y + (BEND_GAP if box.target else 0)
                box.width = box.width or widest
                box.edge = x + widest
                y = box.y + box.height + box.gap
                bottom = max(bottom, box.y + box.height + MARGIN)
            x += widest + COLUMN_GAP
        return x - COLUMN_GAP + 3 * MARGIN, bottom

    def _pull(self, box: Box) -> float:
        """The mean height of what it refers to."""
        targets = {box.target} if box.target else box.refers_to()
        heights = [self.by_name[target].y for target in targets if self.by_name[target].column < box.column]
        return sum(heights) / len(heights) if heights else 0

    def keys(self) -> Iterator[str]:
        """A line for each key."""
        for box in self.boxes:
            for index, row in enumerate(box.rows):
                if row.refers_to:
                    title = f"<title>{escape(f'{box.name}.{row.name} → {row.refers_to}')}</title>"
                    path = self._path(box, index, self.by_name[row.refers_to])
                    yield f'<path class="key" d="{path}" marker-end="url(#chowk-arrow)">{title}</path>'

    def _path(self, box: Box, index: int, target: Box) -> str:
        y, half = box.departure(index), COLUMN_GAP / 2
        if target.column >= box.column:  # itself, its own column, or the end of a cycle
            x1, x2 = box.x + box.width, target.x + target.width
            out, to = max(x1, x2) + half, target.arrival
            return f"M{x1:.1f} {y:.1f} C{out:.1f} {y:.1f} {out:.1f} {to:.1f} {x2:.1f} {to:.1f}"
        parts, x = [f"M{box.x:.1f} {y:.1f}"], box.x
        for column in range(box.column - 1, target.column - 1, -1):
            stop = target if column == target.column else self.bends[target.name, column]
            to, level = stop.edge, stop.arrival
            parts.append(f"C{x - half:.1f} {y:.1f} {to + half:.1f} {level:.1f} {to:.1f} {level:.1f}")
            end = stop.x if stop.target else stop.x + stop.width
            if end < to:
                parts.append(f"H{end:.1f}")
            x, y = stop.x, stop.arrival
        return " ".join(parts)


def _box_svg(box: Box) -> Iterable[str]:
    yield f'<g transform="translate({box.x:.1f} {box.y:.1f})">'
    yield f'<rect class="box" width="{box.width:.1f}" height="{box.height:.1f}" rx="6"/>'
    yield f'<path class="head" d="M0 {HEAD}V6a6 6 0 0 1 6-6H{box.width - 6:.1f}a6 6 0 0 1 6 6V{HEAD}Z"/>'
    yield f'<text class="title" x="{PAD}" y="{HEAD - 9}">{escape(box.name)}</text>'
    for index, row in enumerate(box.rows):
        y = HEAD + ROW * index + ROW - 3
        yield f'<text class="mark" x="{PAD - 3}" y="{y}">{escape(row.mark)}</text>'
        yield f'<text class="name" x="{PAD + 20}" y="{y}">{escape(row.name)}</text>'
        yield f'<text class="type" x="{PAD + 36 + box.name_width:.1f}" y="{y}">{escape(row.type)}</text>'
    yield "</g>"


def svg(boxes: list[Box], label: str) -> str:
    """The whole drawing as an SVG element; ``label`` names it for screen readers."""
    drawing = Drawing(boxes)
    size = f"{drawing.width:.0f} {drawing.height:.0f}"
    return "\n".join(
        [
            f'<svg class="chowk-drawing" role="img" aria-label="{escape(label)}" width="{drawing.width:.0f}" '
            f'height="{drawing.height:.0f}" viewBox="0 0 {size}" xmlns="http://www.w3.org/2000/svg">',
            '<defs><marker id="chowk-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path class="arrow" d="M0 0 8 4 0 8Z"/></marker></defs>',
            *drawing.keys(),
            *(part for box in boxes for part in _box_svg(box)),
            "</svg>",
        ]
    )
