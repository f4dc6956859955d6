"""Draws a diagram of the program's packages and the imports between them: `make diagram`.

Each layer is a box with its packages in rows: a package imports from the rows below its own.
Imports from rows above are listed in its box, after an arrow that points up.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from xml.sax.saxutils import escape

from tests.support.source_modules import PROJECT, folder_of, imported_by, modules

PATH = PROJECT / "packaging" / "pictures" / "packages.svg"

_WIDTH = 1000
_MARGIN = 20
_GAP = 26
_PADDING = 12
_TITLE_HEIGHT = 26
_CHIP_HEIGHT = 34
_CHIP_GAP = 10
_ROW_GAP = 8
_CHAR_WIDTH = 7.0
_INK = "#24292f"
_MUTED = "#57606a"
_FRAME = "#8c959f"
_UPWARD = "#cf222e"
_FONT = 'font-family="system-ui, sans-serif"'
# Rows of layers, from the top; each layer with its share of the width and its purpose.
_ROWS = (
    (
        ("app", 0.6, "start, event loop, sessions, logs", "#ddf4ff"),
        ("selftest", 0.2, "--self-test", "#ddf4ff"),
        ("tour", 0.2, "--tour", "#ddf4ff"),
    ),
    (
        ("ui", 0.8, "window: Qt widgets and item models", "#fbefff"),
        ("platform", 0.2, "per system", "#fbefff"),
    ),
    (("core", 1.0, "application logic and every task, without Qt", "#dafbe1"),),
    (
        ("api", 0.34, "RunComfy's REST API", "#fff8c5"),
        ("store", 0.33, "files, SQLite, keyring", "#fff8c5"),
        ("emulator", 0.33, "the demo, over loopback", "#ffebe9"),
    ),
    (("domain", 1.0, "frozen values and pure functions", "#f6f8fa"),),
)
# Layers whose packages are drawn.
_DIVIDED = ("ui", "core", "domain")
# Assembles the other packages of its layer, so it is placed above them.
_TOP_PACKAGE = "main_window"


@dataclass
class LayerGraph:
    """Packages of a layer, and the number of imports between them."""

    packages: set[str] = field(default_factory=set)
    arrows: Counter[tuple[str, str]] = field(default_factory=Counter)

    def rows(self) -> list[list[str]]:
        """Returns rows of packages, from the top; each package is as low as its imports allow."""
        levels: dict[str, int] = {}
        for name in self.order:
            below = [levels[other] for other in levels if (name, other) in self.arrows]
            levels[name] = max(below, default=-1) + 1
        return [
            sorted(name for name in levels if levels[name] == level)
            for level in range(max(levels.values()), -1, -1)
        ]

    def upward_from(self, name: str) -> list[str]:
        """Returns the packages above `name` that it imports."""
        above = self.order[self.order.index(name) :]
        return sorted(other for other in above if (name, other) in self.arrows)

    @cached_property
    def order(self) -> list[str]:
        """All packages from the bottom, ordered so that as few imports as possible point up.

        Starts in alphabetical order and moves one package at a time as long as that is an
        improvement.
        """
        order = sorted(self.packages, key=lambda name: (name == _TOP_PACKAGE, name))
        while True:
            moved = [
                [*rest[:place], name, *rest[place:]]
                for name in order
                if name != _TOP_PACKAGE
                for rest in [[other for other in order if other != name]]
                for place in range(len(order) - (_TOP_PACKAGE in order))
            ]
            best = min(moved, key=self._upward_imports)
            if self._upward_imports(best) >= self._upward_imports(order):
                return order
            order = best

    def _upward_imports(self, order: list[str]) -> int:
        place = {name: number for number, name in enumerate(order)}
        return sum(count for (a, b), count in self.arrows.items() if place[a] < place[b])


def graph_of(layer: str) -> LayerGraph:
    """Returns the graph of a layer, without modules outside its packages."""
    graph = LayerGraph()
    for module in modules():
        package = _inner_package(module.name, layer)
        if not package:
            continue
        graph.packages.add(package)
        for name in imported_by(module):
            other = _inner_package(name, layer)
            if other and other != package:
                graph.arrows[package, other] += 1
    return graph


def _inner_package(name: str, layer: str) -> str:
    parts = folder_of(name).split(".")
    return parts[1] if parts[0] == layer and len(parts) > 1 else ""


class SvgDrawing:
    """Collects the elements of the picture."""

    def __init__(self) -> None:
        self._elements: list[str] = []

    def text(self, x: float, y: float, words: str, *, style: str = "") -> None:
        self._elements.append(f'<text x="{x:g}" y="{y:g}" {_FONT} {style}>{escape(words)}</text>')

    def box(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        self._elements.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" '
            f'fill="{fill}" stroke="{_FRAME}"/>'
        )

    def chip(self, x: float, y: float, width: float, words: list[str]) -> None:
        """Draws a package: its name and, in a second line, its imports from above."""
        self.box(x, y, width, _CHIP_HEIGHT, "#ffffff")
        first = y + _CHIP_HEIGHT / 2 + (4 if len(words) == 1 else -3)
        for number, line in enumerate(words):
            look = f'font-size="10" fill="{_UPWARD}"' if number else f'font-size="12" fill="{_INK}"'
            style = f'{look} text-anchor="middle"'
            self.text(x + width / 2, first + 14 * number, line, style=style)

    def downward_arrow(self, x: float, y: float) -> None:
        """Draws an arrow in the gap between two rows of layers."""
        end = y + _GAP - 5
        self._elements.append(
            f'<path d="M{x:g} {y + 3:g} L{x:g} {end - 6:g}" stroke="{_MUTED}"/>'
            f'<path d="M{x - 4:g} {end - 6:g} L{x + 4:g} {end - 6:g} L{x:g} {end:g} z" '
            f'fill="{_MUTED}"/>'
        )

    def svg(self, height: float) -> str:
        body = "\n".join(self._elements)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height:g}" '
            f'viewBox="0 0 {_WIDTH} {height:g}">\n'
            f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
        )


def drawn() -> str:
    """Returns the diagram as SVG."""
    drawing = SvgDrawing()
    y = float(_MARGIN)
    for row in _ROWS:
        if y > _MARGIN:
            for share in (0.25, 0.5, 0.75):
                drawing.downward_arrow(_MARGIN + share * (_WIDTH - 2 * _MARGIN), y - _GAP)
        y += _draw_layers(drawing, row, y) + _GAP
    style = f'font-size="12" fill="{_MUTED}"'
    drawing.text(
        _MARGIN,
        y,
        "Imports go down; ↑ names the packages above that a package also imports. "
        "The emulator imports nothing of the others.",
        style=style,
    )
    return drawing.svg(y + _MARGIN - 4)


def _draw_layers(
    drawing: SvgDrawing, row: tuple[tuple[str, float, str, str], ...], y: float
) -> float:
    """Draws a row of layers and returns its height."""
    graphs = {layer: graph_of(layer) for layer, *_rest in row if layer in _DIVIDED}
    lines = max((len(graph.rows()) for graph in graphs.values()), default=0)
    height = 2 * _PADDING + _TITLE_HEIGHT + lines * _CHIP_HEIGHT + max(0, lines - 1) * _ROW_GAP
    x = float(_MARGIN)
    space = _WIDTH - 2 * _MARGIN - _CHIP_GAP * (len(row) - 1)
    for layer, share, purpose, fill in row:
        width = share * space
        drawing.box(x, y, width, height, fill)
        _draw_title(drawing, layer, purpose, (x + _PADDING, y + _PADDING + 14))
        if layer in graphs:
            _draw_packages(drawing, graphs[layer], (x, y, width))
        elif graphs:
            _draw_modules(drawing, layer, (x + _PADDING, y + _PADDING + _TITLE_HEIGHT + 14))
        x += width + _CHIP_GAP
    return height


def _draw_title(drawing: SvgDrawing, layer: str, purpose: str, place: tuple[float, float]) -> None:
    x, y = place
    drawing.text(x, y, layer, style=f'font-size="14" font-weight="600" fill="{_INK}"')
    beside = x + _CHAR_WIDTH * 1.25 * len(layer) + 14
    drawing.text(beside, y, purpose, style=f'font-size="12" fill="{_MUTED}"')


def _draw_packages(
    drawing: SvgDrawing, graph: LayerGraph, place: tuple[float, float, float]
) -> None:
    left, y, width = place
    y += _PADDING + _TITLE_HEIGHT
    for row in graph.rows():
        chips = [_chip_lines(graph, name) for name in row]
        widths = [22 + max(_CHAR_WIDTH * len(chip[0]), 5.8 * len(chip[-1])) for chip in chips]
        x = left + (width - sum(widths) - _CHIP_GAP * (len(row) - 1)) / 2
        for chip, chip_width in zip(chips, widths, strict=True):
            drawing.chip(x, y, chip_width, chip)
            x += chip_width + _CHIP_GAP
        y += _CHIP_HEIGHT + _ROW_GAP


def _chip_lines(graph: LayerGraph, name: str) -> list[str]:
    upward = graph.upward_from(name)
    return [name, *([f"↑ {', '.join(upward)}"] if upward else [])]


def _draw_modules(drawing: SvgDrawing, layer: str, place: tuple[float, float]) -> None:
    x, y = place
    for module in modules():
        if folder_of(module.name) == layer and module.path.stem != "__init__":
            drawing.text(x, y, module.path.stem, style=f'font-size="12" fill="{_INK}"')
            y += 20


def main() -> int:
    PATH.write_text(drawn(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
