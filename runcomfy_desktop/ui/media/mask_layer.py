"""The mask that is painted, one byte for a pixel, and its undo within bounded memory.

A stroke keeps the squares it touches as they were before; a deed on all of the mask keeps the
image it replaces. Each step can be swapped with what is there now, so one form does for undo and
redo.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QRadialGradient

MAX_PIXELS = 4096 * 4096
"""A larger picture gets a mask of this size, which is made larger when it is written."""
UNDO_BYTES = 128 * 1024 * 1024
MAX_STEPS = 200
_TILE = 256
_FULL, _NONE = 255, 0
# How far apart the dabs of a soft stroke are, as a share of the brush.
_SPACING = 0.12
_CORE = 0.35
"""The share of a soft brush, from its middle, that covers fully."""
_FORM = QImage.Format.Format_Alpha8
_MODE = QPainter.CompositionMode


class Tool(Enum):
    """What the pointer does to the mask."""

    BRUSH = "brush"
    ERASER = "eraser"


@dataclass(frozen=True, slots=True)
class Brush:
    """`size` is its width in pixels of the mask."""

    tool: Tool = Tool.BRUSH
    size: float = 64.0
    is_soft: bool = False


@dataclass(slots=True)
class _Step:
    """What brings the mask back: squares by their place, or all of it, or turning it over."""

    tiles: dict[tuple[int, int], QImage] = field(default_factory=dict)
    whole: QImage | None = None
    inverts: bool = False

    @property
    def size_bytes(self) -> int:
        whole = 0 if self.whole is None else self.whole.sizeInBytes()
        return whole + sum(tile.sizeInBytes() for tile in self.tiles.values())


class MaskLayer:
    """Owns the mask. What changes it returns the part that is another one now."""

    def __init__(self, size: QSize, mask: QImage | None = None) -> None:
        """`mask` is one to begin with, of this size."""
        self.image = QImage(size, _FORM) if mask is None else mask.convertToFormat(_FORM)
        if mask is None:
            self.image.fill(_NONE)
        self._past: list[_Step] = []
        self._future: list[_Step] = []
        self._stroke: _Step | None = None
        self._stamp = QImage()
        self.is_changed = False

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    @property
    def undo_bytes(self) -> int:
        return sum(step.size_bytes for step in (*self._past, *self._future))

    # Strokes

    def begin(self) -> None:
        self._stroke = _Step()

    def draw(self, start: QPointF, end: QPointF, brush: Brush) -> QRect:
        """A part of the stroke, in pixels of the mask."""
        reach = brush.size / 2 + 2
        area = QRectF(start, end).normalized().adjusted(-reach, -reach, reach, reach)
        touched = area.toAlignedRect().intersected(self.image.rect())
        if touched.isEmpty():
            return touched
        self._keep(touched)
        painter = QPainter(self.image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        erases = brush.tool is Tool.ERASER
        painter.setCompositionMode(
            _MODE.CompositionMode_DestinationOut if erases else _MODE.CompositionMode_SourceOver
        )
        if brush.is_soft:
            self._dab(painter, start, end, brush.size)
        else:
            _draw_hard(painter, start, end, brush.size)
        painter.end()
        return touched

    def end(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None and stroke.tiles:
            self._remember(stroke)

    def _dab(self, painter: QPainter, start: QPointF, end: QPointF, size: float) -> None:
        side = max(2, round(size))
        if self._stamp.width() != side:
            self._stamp = _stamp(side)
        way = end - start
        length = (way.x() ** 2 + way.y() ** 2) ** 0.5
        count = int(length / max(1.0, size * _SPACING))
        half = QPointF(side / 2, side / 2)
        for number in range(count + 1):
            at = end - way * (number / count) if count else end
            painter.drawImage((at - half).toPoint(), self._stamp)

    def _keep(self, area: QRect) -> None:
        """Copies the squares below `area` that this stroke has not touched before."""
        if self._stroke is None:
            self.begin()
        assert self._stroke is not None
        for row in range(area.top() // _TILE, area.bottom() // _TILE + 1):
            for column in range(area.left() // _TILE, area.right() // _TILE + 1):
                if (column, row) not in self._stroke.tiles:
                    place = QRect(column * _TILE, row * _TILE, _TILE, _TILE)
                    place = place.intersected(self.image.rect())
                    self._stroke.tiles[column, row] = self.image.copy(place)

    # All of it

    def invert(self) -> QRect:
        self.end()
        self._turn_over()
        self._remember(_Step(inverts=True))
        return self.image.rect()

    def clear(self) -> QRect:
        return self._fill(_NONE)

    def fill(self) -> QRect:
        return self._fill(_FULL)

    def _fill(self, value: int) -> QRect:
        self.end()
        before = self.image
        self.image = QImage(before.size(), _FORM)
        self.image.fill(value)
        if self.image == before:
            return QRect()
        self._remember(_Step(whole=before))
        return self.image.rect()

    def _turn_over(self) -> None:
        self.image.invertPixels(QImage.InvertMode.InvertRgba)

    # Undo

    def undo(self) -> QRect:
        self.end()
        return self._swap(self._past, self._future)

    def redo(self) -> QRect:
        self.end()
        return self._swap(self._future, self._past)

    def _swap(self, source: list[_Step], target: list[_Step]) -> QRect:
        if not source:
            return QRect()
        step = source.pop()
        target.append(step)
        self.is_changed = True
        if step.inverts:
            self._turn_over()
        elif step.whole is not None:
            step.whole, self.image = self.image, step.whole
        else:
            return self._swap_tiles(step)
        return self.image.rect()

    def _swap_tiles(self, step: _Step) -> QRect:
        changed = QRect()
        for (column, row), tile in step.tiles.items():
            place = QRect(QPoint(column * _TILE, row * _TILE), tile.size())
            step.tiles[column, row] = self.image.copy(place)
            painter = QPainter(self.image)
            painter.setCompositionMode(_MODE.CompositionMode_Source)
            painter.drawImage(place.topLeft(), tile)
            painter.end()
            changed = changed.united(place)
        return changed

    def _remember(self, step: _Step) -> None:
        self.is_changed = True
        self._future.clear()
        self._past.append(step)
        while len(self._past) > MAX_STEPS or (len(self._past) > 1 and self.undo_bytes > UNDO_BYTES):
            del self._past[0]


def mask_size(picture: QSize) -> QSize:
    """How large the mask of a picture is while it is painted."""
    area = picture.width() * picture.height()
    if area <= MAX_PIXELS:
        return picture
    share = (MAX_PIXELS / area) ** 0.5
    return QSize(max(1, int(picture.width() * share)), max(1, int(picture.height() * share)))


def _draw_hard(painter: QPainter, start: QPointF, end: QPointF, size: float) -> None:
    if start == end:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, _FULL))
        painter.drawEllipse(end, size / 2, size / 2)
        return
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(QColor(0, 0, 0, _FULL), size, Qt.PenStyle.SolidLine, cap, join))
    painter.drawLine(start, end)


def _stamp(side: int) -> QImage:
    stamp = QImage(side, side, _FORM)
    stamp.fill(_NONE)
    half = side / 2
    slope = QRadialGradient(QPointF(half, half), half)
    slope.setColorAt(0.0, QColor(0, 0, 0, _FULL))
    slope.setColorAt(_CORE, QColor(0, 0, 0, _FULL))
    slope.setColorAt(1.0, QColor(0, 0, 0, _NONE))
    painter = QPainter(stamp)
    painter.fillRect(stamp.rect(), slope)
    painter.end()
    return stamp
