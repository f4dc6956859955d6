"""The editor for a curve: its points are dragged, added and taken away, by mouse and by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.domain.curve import (
    MAX_POINTS,
    Point,
    added,
    curve_points,
    moved,
    nearest,
    removed,
)
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.inputs.curve_painting import draw_curve, draw_points
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.labels import tooltip as tip

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QShowEvent

    from runcomfy_desktop.domain.json_value import Json, JsonObject
    from runcomfy_desktop.domain.schema import InputSpec

_HEIGHT = 48 * STEP
_MARGIN = 2 * STEP
_NEAR = 3 * STEP
_COARSE, _FINE = 0.02, 0.002
_K = Qt.Key
_WAYS = {_K.Key_Left: (-1, 0), _K.Key_Right: (1, 0), _K.Key_Up: (0, 1), _K.Key_Down: (0, -1)}
_JUMPS = (_K.Key_PageUp, _K.Key_PageDown, _K.Key_Home, _K.Key_End)


class CurveEditor(QWidget):
    """A curve with its points. A press beside the points adds one, a double click takes it away.

    Keys: Page Up and Page Down choose a point, the arrows move it (finely with Shift), Insert
    adds one behind it, Delete takes it away.
    """

    touched = Signal()
    chosen = Signal()
    grown = Signal()
    commits_while_typing = True

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._default = spec.default
        self._value: Json = None
        self._at = 0
        self._is_dragged = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setToolTip(tip(_help()))

    def value(self) -> Json:
        return self._value

    def set_value(self, value: object) -> None:
        self._value = value  # type: ignore[assignment] # what is set is JSON
        self._at = min(self._at, max(len(curve_points(self._value)) - 1, 0))
        self.update()

    def begin(self) -> None:
        """Nothing to prepare."""

    def needed_height(self) -> int:
        return _HEIGHT

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Not before: the tree places only editors that it has taken up.
        self.grown.emit()

    def place_of(self, at: int) -> QPoint:
        """Where a point is, in the editor."""
        point, area = curve_points(self._curve())[at], self._area()
        x = area.left() + point.x * area.width()
        return QPoint(round(x), round(area.bottom() - point.y * area.height()))

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        curve = self._curve()
        if curve is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        here = event.position()
        self._at = nearest(curve_points(curve), self._point(here))
        far = (self.place_of(self._at) - here.toPoint()).manhattanLength() > _NEAR
        if far and len(curve_points(curve)) < MAX_POINTS:
            new, self._at = added(curve, self._point(here))
            self._take(new)
        self._is_dragged = True
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        curve = self._curve()
        if self._is_dragged and curve is not None:
            self._take(moved(curve, self._at, self._point(event.position())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._is_dragged = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        curve = self._curve()
        if curve is not None:
            self._at = nearest(curve_points(curve), self._point(event.position()))
            self._remove(curve)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        curve, key = self._curve(), Qt.Key(event.key())
        if curve is None:
            super().keyPressEvent(event)
        elif key in _WAYS:
            is_fine = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            way, step = _WAYS[key], _FINE if is_fine else _COARSE
            point = curve_points(curve)[self._at]
            to = Point(point.x + way[0] * step, point.y + way[1] * step)
            self._take(moved(curve, self._at, to))
        elif key in _JUMPS:
            self._jump(key)
        elif key == _K.Key_Insert:
            self._insert(curve)
        elif key in (_K.Key_Delete, _K.Key_Backspace):
            self._remove(curve)
        else:
            super().keyPressEvent(event)
            return
        self._say()

    def _jump(self, key: Qt.Key) -> None:
        last = len(curve_points(self._curve())) - 1
        wanted = {
            _K.Key_PageUp: self._at - 1,
            _K.Key_PageDown: self._at + 1,
            _K.Key_Home: 0,
            _K.Key_End: last,
        }[key]
        self._at = min(max(wanted, 0), last)
        self.update()

    def _insert(self, curve: JsonObject) -> None:
        points = curve_points(curve)
        at = min(self._at, len(points) - 2)
        if at >= 0 and len(points) < MAX_POINTS:
            here, there = points[at], points[at + 1]
            middle = Point((here.x + there.x) / 2, (here.y + there.y) / 2)
            new, self._at = added(curve, middle)
            self._take(new)

    def _remove(self, curve: JsonObject) -> None:
        new = removed(curve, self._at)
        if new is not curve:
            self._at = max(self._at - 1, 0)
            self._take(new)

    # Inside

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), colours(self.palette())
        area = self._area()
        painter.setPen(QPen(QColor(look.line), 1))
        for part in range(5):
            x = area.left() + area.width() * part / 4
            y = area.top() + area.height() * part / 4
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        draw_curve(painter, area, self._curve(), look.accent)
        draw_points(painter, area, self._curve(), look, self._at)
        painter.end()

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def _point(self, at: QPointF) -> Point:
        area = self._area()
        x = (at.x() - area.left()) / max(area.width(), 1)
        return Point(x, (area.bottom() - at.y()) / max(area.height(), 1))

    def _curve(self) -> JsonObject | None:
        value = self._default if self._value is None else self._value
        return value if isinstance(value, dict) and curve_points(value) else None

    def _take(self, value: JsonObject) -> None:
        self._value = value
        self.update()
        self.chosen.emit()

    def _say(self) -> None:
        points = curve_points(self._curve())
        if points:
            point = points[self._at]
            text = _("Point %d of %d: %s, %s")
            announce(self, text % (self._at + 1, len(points), f"{point.x:g}", f"{point.y:g}"))


def _help() -> str:
    return _(
        "Drag a point, press beside the points to add one, press twice on a point to take it away."
        "\nPage Up and Page Down choose a point, the arrow keys move it, finely with Shift; Insert "
        "adds one, Delete takes it away."
    )
