"""Mask with one byte per pixel, and its undo history in bounded memory.

A stroke saves the tiles that it touches; an operation on the whole mask saves the replaced image.
Each step can be swapped with the current state, so undo and redo use the same form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QRadialGradient

MAX_MASK_PIXELS = 4096 * 4096
"""Maximum mask size; the mask of a larger picture is scaled up when it is written."""
MAX_UNDO_BYTES = 128 * 1024 * 1024
MAX_UNDO_STEPS = 200
_TILE_SIZE = 256
_MASKED, _UNMASKED = 255, 0
# Distance between the dabs of a soft stroke, as a share of the brush size.
_DAB_SPACING = 0.12
_SOFT_CORE_SHARE = 0.35
"""Share of a soft brush, measured from its centre, that is fully opaque."""
_FORMAT = QImage.Format.Format_Alpha8
_Mode = QPainter.CompositionMode


class MaskTool(Enum):
    """Effect of the pointer on the mask."""

    BRUSH = "brush"
    ERASER = "eraser"


@dataclass(frozen=True, slots=True)
class MaskBrush:
    """Brush settings; `size` is the width in pixels of the mask."""

    tool: MaskTool = MaskTool.BRUSH
    size: float = 64.0
    is_soft: bool = False


@dataclass(slots=True)
class _MaskUndoStep:
    """One undo step: saved tiles by position, the whole mask, or an inversion."""

    tiles: dict[tuple[int, int], QImage] = field(default_factory=dict)
    full_mask: QImage | None = None
    inverts: bool = False

    @property
    def size_bytes(self) -> int:
        mask_bytes = 0 if self.full_mask is None else self.full_mask.sizeInBytes()
        return mask_bytes + sum(tile.sizeInBytes() for tile in self.tiles.values())


class MaskLayer:
    """Owns the mask; its operations return the changed area."""

    def __init__(self, size: QSize, mask: QImage | None = None) -> None:
        """Creates an empty mask, or copies `mask`, which must have the given size."""
        self.image = QImage(size, _FORMAT) if mask is None else mask.convertToFormat(_FORMAT)
        if mask is None:
            self.image.fill(_UNMASKED)
        self._undo_stack: list[_MaskUndoStep] = []
        self._redo_stack: list[_MaskUndoStep] = []
        self._stroke: _MaskUndoStep | None = None
        self._dab_image = QImage()
        self.is_changed = False

    @property
    def can_undo(self) -> bool:
        return bool(self._undo_stack)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo_stack)

    @property
    def undo_bytes(self) -> int:
        return sum(step.size_bytes for step in (*self._undo_stack, *self._redo_stack))

    # Strokes

    def begin_stroke(self) -> None:
        self._stroke = _MaskUndoStep()

    def draw(self, start: QPointF, end: QPointF, brush: MaskBrush) -> QRect:
        """Draws a segment of the stroke and returns the changed area, in mask pixels."""
        radius = brush.size / 2 + 2
        area = QRectF(start, end).normalized().adjusted(-radius, -radius, radius, radius)
        touched = area.toAlignedRect().intersected(self.image.rect())
        if touched.isEmpty():
            return touched
        self._save_tiles(touched)
        painter = QPainter(self.image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        erases = brush.tool is MaskTool.ERASER
        painter.setCompositionMode(
            _Mode.CompositionMode_DestinationOut if erases else _Mode.CompositionMode_SourceOver
        )
        if brush.is_soft:
            self._draw_soft(painter, start, end, brush.size)
        else:
            _draw_hard(painter, start, end, brush.size)
        painter.end()
        return touched

    def end_stroke(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None and stroke.tiles:
            self._push_undo(stroke)

    def _draw_soft(self, painter: QPainter, start: QPointF, end: QPointF, size: float) -> None:
        side = max(2, round(size))
        if self._dab_image.width() != side:
            self._dab_image = _soft_dab(side)
        offset = end - start
        length = (offset.x() ** 2 + offset.y() ** 2) ** 0.5
        count = int(length / max(1.0, size * _DAB_SPACING))
        half = QPointF(side / 2, side / 2)
        for number in range(count + 1):
            pos = end - offset * (number / count) if count else end
            painter.drawImage((pos - half).toPoint(), self._dab_image)

    def _save_tiles(self, area: QRect) -> None:
        """Saves the tiles below `area` that this stroke has not touched yet."""
        if self._stroke is None:
            self.begin_stroke()
        assert self._stroke is not None
        for row in range(area.top() // _TILE_SIZE, area.bottom() // _TILE_SIZE + 1):
            for column in range(area.left() // _TILE_SIZE, area.right() // _TILE_SIZE + 1):
                if (column, row) not in self._stroke.tiles:
                    tile_rect = QRect(column * _TILE_SIZE, row * _TILE_SIZE, _TILE_SIZE, _TILE_SIZE)
                    tile_rect = tile_rect.intersected(self.image.rect())
                    self._stroke.tiles[column, row] = self.image.copy(tile_rect)

    # Whole mask

    def invert(self) -> QRect:
        self.end_stroke()
        self._invert_pixels()
        self._push_undo(_MaskUndoStep(inverts=True))
        return self.image.rect()

    def clear(self) -> QRect:
        return self._fill_with(_UNMASKED)

    def fill(self) -> QRect:
        return self._fill_with(_MASKED)

    def _fill_with(self, value: int) -> QRect:
        self.end_stroke()
        before = self.image
        self.image = QImage(before.size(), _FORMAT)
        self.image.fill(value)
        if self.image == before:
            return QRect()
        self._push_undo(_MaskUndoStep(full_mask=before))
        return self.image.rect()

    def _invert_pixels(self) -> None:
        self.image.invertPixels(QImage.InvertMode.InvertRgba)

    # Undo

    def undo(self) -> QRect:
        self.end_stroke()
        return self._swap(self._undo_stack, self._redo_stack)

    def redo(self) -> QRect:
        self.end_stroke()
        return self._swap(self._redo_stack, self._undo_stack)

    def _swap(self, source: list[_MaskUndoStep], target: list[_MaskUndoStep]) -> QRect:
        if not source:
            return QRect()
        step = source.pop()
        target.append(step)
        self.is_changed = True
        if step.inverts:
            self._invert_pixels()
        elif step.full_mask is not None:
            step.full_mask, self.image = self.image, step.full_mask
        else:
            return self._swap_tiles(step)
        return self.image.rect()

    def _swap_tiles(self, step: _MaskUndoStep) -> QRect:
        changed = QRect()
        for (column, row), tile in step.tiles.items():
            tile_rect = QRect(QPoint(column * _TILE_SIZE, row * _TILE_SIZE), tile.size())
            step.tiles[column, row] = self.image.copy(tile_rect)
            painter = QPainter(self.image)
            painter.setCompositionMode(_Mode.CompositionMode_Source)
            painter.drawImage(tile_rect.topLeft(), tile)
            painter.end()
            changed = changed.united(tile_rect)
        return changed

    def _push_undo(self, step: _MaskUndoStep) -> None:
        self.is_changed = True
        self._redo_stack.clear()
        self._undo_stack.append(step)
        while len(self._undo_stack) > MAX_UNDO_STEPS or (
            len(self._undo_stack) > 1 and self.undo_bytes > MAX_UNDO_BYTES
        ):
            del self._undo_stack[0]


def mask_size(picture: QSize) -> QSize:
    """Returns the size of the mask that is painted for a picture."""
    area = picture.width() * picture.height()
    if area <= MAX_MASK_PIXELS:
        return picture
    share = (MAX_MASK_PIXELS / area) ** 0.5
    return QSize(max(1, int(picture.width() * share)), max(1, int(picture.height() * share)))


def _draw_hard(painter: QPainter, start: QPointF, end: QPointF, size: float) -> None:
    if start == end:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, _MASKED))
        painter.drawEllipse(end, size / 2, size / 2)
        return
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(QColor(0, 0, 0, _MASKED), size, Qt.PenStyle.SolidLine, cap, join))
    painter.drawLine(start, end)


def _soft_dab(side: int) -> QImage:
    dab = QImage(side, side, _FORMAT)
    dab.fill(_UNMASKED)
    half = side / 2
    gradient = QRadialGradient(QPointF(half, half), half)
    gradient.setColorAt(0.0, QColor(0, 0, 0, _MASKED))
    gradient.setColorAt(_SOFT_CORE_SHARE, QColor(0, 0, 0, _MASKED))
    gradient.setColorAt(1.0, QColor(0, 0, 0, _UNMASKED))
    painter = QPainter(dab)
    painter.fillRect(dab.rect(), gradient)
    painter.end()
    return dab
