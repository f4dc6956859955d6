"""Editor for a curve; points are moved, added and removed by mouse or keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.domain.schema.curve import (
    MAX_POINTS,
    CurvePoint,
    add_point,
    curve_points,
    move_point,
    nearest_point,
    remove_point,
)
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.rows.curve_painter import draw_curve, draw_points
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.labels import tooltip as tip

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QShowEvent

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.schema.schema import InputSpec

_HEIGHT = 48 * STEP
_MARGIN = 2 * STEP
_HIT_DISTANCE = 3 * STEP
_COARSE_STEP, _FINE_STEP = 0.02, 0.002
_Key = Qt.Key
_DIRECTIONS = {
    _Key.Key_Left: (-1, 0),
    _Key.Key_Right: (1, 0),
    _Key.Key_Up: (0, 1),
    _Key.Key_Down: (0, -1),
}
_JUMP_KEYS = (_Key.Key_PageUp, _Key.Key_PageDown, _Key.Key_Home, _Key.Key_End)


class CurveEditor(QWidget):
    """Curve with editable points.

    A press away from any point adds one; a double click removes the nearest one.

    Keys: Page Up, Page Down, Home and End choose a point, the arrow keys move it (finely with
    Shift), Insert adds a point after it (before it at the end of the curve), Delete and Backspace
    remove it.
    """

    edited = Signal()
    value_chosen = Signal()
    height_changed = Signal()
    commits_while_typing = True

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._default = spec.default
        self._value: Json = None
        self._selected_index = 0
        self._is_dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setToolTip(tip(_help_text()))

    def value(self) -> Json:
        return self._value

    def set_value(self, value: object) -> None:
        self._value = value  # type: ignore[assignment] # the value is JSON
        self._selected_index = min(self._selected_index, max(len(curve_points(self._value)) - 1, 0))
        self.update()

    def begin(self) -> None:
        """Does nothing: no preparation is needed."""

    def needed_height(self) -> int:
        return _HEIGHT

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Not earlier: the tree positions an editor only after registering it.
        self.height_changed.emit()

    def point_position(self, index: int) -> QPoint:
        """Returns the position of a point in the editor."""
        point, area = curve_points(self._curve())[index], self._area()
        x = area.left() + point.x * area.width()
        return QPoint(round(x), round(area.bottom() - point.y * area.height()))

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        curve = self._curve()
        if curve is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        here = event.position()
        self._selected_index = nearest_point(curve_points(curve), self._point(here))
        is_far = (
            self.point_position(self._selected_index) - here.toPoint()
        ).manhattanLength() > _HIT_DISTANCE
        if is_far and len(curve_points(curve)) < MAX_POINTS:
            new, self._selected_index = add_point(curve, self._point(here))
            self._set_curve(new)
        self._is_dragging = True
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        curve = self._curve()
        if self._is_dragging and curve is not None:
            self._set_curve(move_point(curve, self._selected_index, self._point(event.position())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._is_dragging = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        curve = self._curve()
        if curve is not None:
            self._selected_index = nearest_point(curve_points(curve), self._point(event.position()))
            self._remove(curve)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        curve, key = self._curve(), Qt.Key(event.key())
        if curve is None:
            super().keyPressEvent(event)
        elif key in _DIRECTIONS:
            is_fine = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            direction, step = _DIRECTIONS[key], _FINE_STEP if is_fine else _COARSE_STEP
            point = curve_points(curve)[self._selected_index]
            to = CurvePoint(point.x + direction[0] * step, point.y + direction[1] * step)
            self._set_curve(move_point(curve, self._selected_index, to))
        elif key in _JUMP_KEYS:
            self._jump(key)
        elif key == _Key.Key_Insert:
            self._insert(curve)
        elif key in (_Key.Key_Delete, _Key.Key_Backspace):
            self._remove(curve)
        else:
            super().keyPressEvent(event)
            return
        self._announce_point()

    def _jump(self, key: Qt.Key) -> None:
        last = len(curve_points(self._curve())) - 1
        wanted = {
            _Key.Key_PageUp: self._selected_index - 1,
            _Key.Key_PageDown: self._selected_index + 1,
            _Key.Key_Home: 0,
            _Key.Key_End: last,
        }[key]
        self._selected_index = min(max(wanted, 0), last)
        self.update()

    def _insert(self, curve: JsonObject) -> None:
        points = curve_points(curve)
        index = min(self._selected_index, len(points) - 2)
        if index >= 0 and len(points) < MAX_POINTS:
            first, second = points[index], points[index + 1]
            middle = CurvePoint((first.x + second.x) / 2, (first.y + second.y) / 2)
            new, self._selected_index = add_point(curve, middle)
            self._set_curve(new)

    def _remove(self, curve: JsonObject) -> None:
        new = remove_point(curve, self._selected_index)
        if new is not curve:
            self._selected_index = max(self._selected_index - 1, 0)
            self._set_curve(new)

    # Private

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, roles = QPainter(self), colours(self.palette())
        area = self._area()
        painter.setPen(QPen(QColor(roles.line), 1))
        for part in range(5):
            x = area.left() + area.width() * part / 4
            y = area.top() + area.height() * part / 4
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        draw_curve(painter, area, self._curve(), roles.accent)
        draw_points(painter, area, self._curve(), roles, self._selected_index)
        painter.end()

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def _point(self, at: QPointF) -> CurvePoint:
        area = self._area()
        x = (at.x() - area.left()) / max(area.width(), 1)
        return CurvePoint(x, (area.bottom() - at.y()) / max(area.height(), 1))

    def _curve(self) -> JsonObject | None:
        value = self._default if self._value is None else self._value
        return value if isinstance(value, dict) and curve_points(value) else None

    def _set_curve(self, value: JsonObject) -> None:
        self._value = value
        self.update()
        self.value_chosen.emit()

    def _announce_point(self) -> None:
        points = curve_points(self._curve())
        if points:
            point = points[self._selected_index]
            text = _("Point %d of %d: %s, %s")
            announce(
                self, text % (self._selected_index + 1, len(points), f"{point.x:g}", f"{point.y:g}")
            )


def _help_text() -> str:
    return _(
        "Drag a point, press beside the points to add one, press twice on a point to take it away."
        "\nPage Up and Page Down choose a point, the arrow keys move it, finely with Shift; Insert "
        "adds one, Delete takes it away."
    )
