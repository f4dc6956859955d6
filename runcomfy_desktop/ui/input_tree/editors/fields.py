"""Editor for values made of several numbers: bounding boxes and ranges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPainter
from PySide6.QtWidgets import QAbstractItemDelegate, QApplication, QWidget

from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.ui.input_tree.editors.number import NumberEditor
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.input_row_painter import FieldFrame, InputRowPainter
from runcomfy_desktop.ui.input_tree.rows.row_layout import PADDING, field_cells, metrics_for
from runcomfy_desktop.ui.style.theme import colours

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from runcomfy_desktop.domain.base.json_value import Json

_EndEditHint = QAbstractItemDelegate.EndEditHint


class FieldsEditor(QWidget):
    """Small fields side by side; Tab moves between them.

    Members of the value that have no field are preserved.

    Emits `exited(editor, hint)` when Tab leaves the first or last field, or when the focus leaves
    the fields in another way.
    """

    edited = Signal()
    value_chosen = Signal()
    exited = Signal(object, object)
    commits_while_typing = True

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._spec = spec
        self._original_value: object = None
        self._is_edited = False
        self._fields = {name: self._create_field(name) for name in texts.field_names(spec.kind)}
        self.setFocusProxy(next(iter(self._fields.values())))

    def value(self) -> Json:
        original = self._original_value
        if not self._is_edited:
            return original  # type: ignore[return-value] # the value is JSON
        value: dict[str, Json] = dict(original) if isinstance(original, dict) else {}
        for name, field in self._fields.items():
            number = field.value()
            if number is not None:
                value[name] = number
            elif field.text() or name in value or not isinstance(original, dict):
                return None
        return value

    def set_value(self, value: object) -> None:
        self._original_value = value
        self._is_edited = False
        for name, field in self._fields.items():
            field.set_value(value.get(name) if isinstance(value, dict) else None)

    def begin(self) -> None:
        next(iter(self._fields.values())).begin()

    def field(self, name: str) -> NumberEditor:
        return self._fields[name]

    def set_part_names(self, name: str) -> None:
        for part, field in self._fields.items():
            field.setAccessibleName(f"{name}, {texts.field_label(part)}")

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Moves the focus with Tab between the fields, and beyond them to another input."""
        fields = list(self._fields.values())
        index = next((index for index, field in enumerate(fields) if field.hasFocus()), 0)
        index += 1 if forward else -1
        if 0 <= index < len(fields):
            fields[index].setFocus(Qt.FocusReason.TabFocusReason)
            fields[index].begin()
        else:
            self.exited.emit(
                self, _EndEditHint.EditNextItem if forward else _EndEditHint.EditPreviousItem
            )
        return True

    def eventFilter(self, field: QObject, event: QEvent) -> bool:
        """Emits `exited` when the focus leaves all fields.

        Qt watches only the editor itself, which never has the focus.
        """
        if isinstance(event, QFocusEvent) and event.lostFocus():
            now = QApplication.focusWidget()
            is_popup = event.reason() is Qt.FocusReason.PopupFocusReason
            if not is_popup and (now is None or not self.isAncestorOf(now)):
                self.exited.emit(self, _EndEditHint.NoHint)
        return super().eventFilter(field, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        metrics = metrics_for(self.font().toString())
        cells = field_cells(self.rect(), self._spec.kind, metrics)
        for (_caption, cell), field in zip(cells, self._fields.values(), strict=True):
            field.setGeometry(cell.adjusted(PADDING - 2, 2, -2, -2))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        row_painter = InputRowPainter(
            painter, colours(self.palette()), metrics_for(self.font().toString())
        )
        cells = field_cells(self.rect(), self._spec.kind, row_painter.metrics)
        for (caption, cell), (name, field) in zip(cells, self._fields.items(), strict=True):
            row_painter.draw_text(
                caption,
                texts.field_label(name),
                row_painter.colours.muted,
                row_painter.metrics.small_font,
            )
            row_painter.draw_field(
                cell, FieldFrame.EDITED if field.hasFocus() else FieldFrame.PLAIN
            )
        painter.end()

    def _create_field(self, name: str) -> NumberEditor:
        spec = InputSpec(InputKind.FLOAT, minimum=0, step=1, decimals=0)
        if self._spec.kind is InputKind.RANGE:
            step = self._spec.step or 0.01
            spec = replace(self._spec, kind=InputKind.FLOAT, step=step, decimals=0)
        field = NumberEditor(spec, self)
        field.setObjectName(f"field_{name}")
        field.setButtonSymbols(NumberEditor.ButtonSymbols.NoButtons)
        field.edited.connect(self._on_field_edited)
        field.value_chosen.connect(self._on_field_value_chosen)
        field.installEventFilter(self)
        return field

    def _on_field_edited(self) -> None:
        self._is_edited = True
        self.update()
        self.edited.emit()

    def _on_field_value_chosen(self) -> None:
        self._is_edited = True
        self.value_chosen.emit()
