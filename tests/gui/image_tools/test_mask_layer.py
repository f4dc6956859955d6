"""The mask as bytes: strokes, operations on the whole mask, and undo, which restores every byte."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPointF, QRect, QSize
from PySide6.QtGui import QImage

from runcomfy_desktop.ui.image_tools import mask_layer
from runcomfy_desktop.ui.image_tools.mask_layer import MaskBrush, MaskLayer, MaskTool, mask_size

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("qapp")
SIZE = QSize(701, 503)
HARD = MaskBrush(MaskTool.BRUSH, 40)
SOFT = MaskBrush(MaskTool.BRUSH, 40, is_soft=True)
ERASER = MaskBrush(MaskTool.ERASER, 40)


def at(layer: MaskLayer, x: int, y: int) -> int:
    return layer.image.pixelColor(x, y).alpha()


def rows(image: QImage) -> list[bytes]:
    bits, step = bytes(image.constBits()), image.bytesPerLine()
    return [bits[row * step : row * step + image.width()] for row in range(image.height())]


def stroke(layer: MaskLayer, brush: MaskBrush, *points: tuple[float, float]) -> QRect:
    layer.begin_stroke()
    places = [QPointF(*point) for point in points]
    changed = layer.draw(places[0], places[0], brush)
    for start, end in pairwise(places):
        changed = changed.united(layer.draw(start, end, brush))
    layer.end_stroke()
    return changed


def test_a_hard_stroke_covers_fully_and_nothing_beside_it() -> None:
    layer = MaskLayer(SIZE)
    changed = stroke(layer, HARD, (100, 100), (500, 100))
    assert [at(layer, x, 100) for x in (100, 300, 500)] == [255, 255, 255]
    assert [at(layer, 300, y) for y in (82, 118)] == [255, 255]
    assert [at(layer, 300, y) for y in (78, 122)] == [0, 0]
    untouched = rows(layer.image)
    for row in range(changed.top(), changed.bottom() + 1):
        untouched[row] = bytes(SIZE.width())
    assert not any(any(row) for row in untouched), "it says all that it changed"


def test_a_soft_edge_fades() -> None:
    layer = MaskLayer(SIZE)
    stroke(layer, SOFT, (300, 200))
    line = [at(layer, 300 + x, 200) for x in range(21)]
    assert line[0] == 255
    assert line == sorted(line, reverse=True)
    assert 60 < line[13] < 200
    assert line[20] <= 2


def test_the_eraser_takes_away() -> None:
    layer = MaskLayer(SIZE)
    layer.fill()
    stroke(layer, ERASER, (100, 100), (200, 100))
    assert [at(layer, x, 100) for x in (150, 400)] == [0, 255]
    stroke(layer, MaskBrush(MaskTool.ERASER, 40, is_soft=True), (400, 300))
    assert at(layer, 400, 300) == 0
    assert 0 < at(layer, 413, 300) < 255


def test_strokes_beyond_the_edge_are_cut_there() -> None:
    layer = MaskLayer(SIZE)
    assert stroke(layer, HARD, (-500, -500), (-100, -100)).isEmpty()
    assert not layer.can_undo
    stroke(layer, HARD, (-30, 50), (900, 50))
    assert at(layer, 0, 50) == at(layer, 700, 50) == 255


def test_each_step_is_undone_and_done_again_to_the_byte() -> None:
    layer = MaskLayer(SIZE)
    actions: list[Callable[[], object]] = [
        lambda: stroke(layer, HARD, (10, 10), (690, 490)),
        lambda: stroke(layer, SOFT, (690, 10), (300, 300), (10, 490)),
        layer.invert,
        lambda: stroke(layer, ERASER, (0, 250), (700, 250)),
        layer.clear,
        lambda: stroke(layer, SOFT, (350, 250)),
        layer.fill,
        layer.invert,
    ]
    seen = [rows(layer.image)]
    for action in actions:
        action()
        seen.append(rows(layer.image))
    for before in reversed(seen[:-1]):
        layer.undo()
        assert rows(layer.image) == before
    assert not layer.can_undo
    assert layer.undo().isEmpty()
    for after in seen[1:]:
        layer.redo()
        assert rows(layer.image) == after
    assert not layer.can_redo


def test_a_new_step_forgets_what_was_undone() -> None:
    layer = MaskLayer(SIZE)
    layer.invert()
    layer.undo()
    stroke(layer, HARD, (5, 5))
    assert not layer.can_redo


def test_an_action_that_changes_nothing_is_no_step() -> None:
    layer = MaskLayer(SIZE)
    assert layer.clear().isEmpty()
    assert not layer.can_undo
    assert not layer.is_changed


def test_undo_stays_within_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask_layer, "MAX_UNDO_BYTES", 4 * SIZE.width() * SIZE.height())
    layer = MaskLayer(SIZE)
    for number in range(300):
        layer.fill() if number % 2 == 0 else layer.clear()
        stroke(layer, HARD, (number, number), (number + 100, number))
    assert layer.undo_bytes <= mask_layer.MAX_UNDO_BYTES
    assert layer.can_undo


def test_a_mask_that_is_there_is_where_it_begins() -> None:
    mask = QImage(SIZE, QImage.Format.Format_Alpha8)
    mask.fill(90)
    layer = MaskLayer(SIZE, mask)
    stroke(layer, HARD, (100, 100))
    layer.undo()
    assert at(layer, 100, 100) == 90
    assert mask.pixelColor(100, 100).alpha() == 90


@pytest.mark.parametrize("size", [(8192, 8192), (60_000, 1000), (100_000, 5000)])
def test_the_mask_of_a_large_picture_is_bounded(size: tuple[int, int]) -> None:
    bounded = mask_size(QSize(*size))
    assert bounded.width() * bounded.height() <= mask_layer.MAX_MASK_PIXELS
    assert min(bounded.width(), bounded.height()) >= 1


def test_the_mask_of_an_ordinary_picture_has_its_size() -> None:
    assert mask_size(QSize(4000, 3000)) == QSize(4000, 3000)
