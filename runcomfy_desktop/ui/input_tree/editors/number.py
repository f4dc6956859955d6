"""Editor for numbers: integers of any size, and decimals as typed.

QSpinBox ends at 2^31 while a seed goes up to 2^64-1, and QDoubleSpinBox rounds typed numbers.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.number_values import (
    MAX_DIGITS,
    parse_number,
    round_value,
    step_value,
)

# The delegate paints the field around an editor.
BARE_STYLE = "border: none; background: transparent; padding: 0; margin: 0;"
_PARTIAL_WHOLE = re.compile(r"[+-]?\d*")
_PARTIAL_DECIMAL = re.compile(r"[+-]?\d*[.,]?\d*([eE][+-]?\d*)?")
_STEP_KEYS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}


class NumberEditor(QAbstractSpinBox):
    """Edits an INT or FLOAT.

    Emits `edited` on each change and `value_chosen` after a step.

    A number outside the limits can be typed; the issue under the field then states the allowed
    range, which helps more than a field that refuses keys. A number that the user has not edited is
    kept unchanged, even if it would be rounded when typed. Shift makes steps smaller.
    """

    edited = Signal()
    value_chosen = Signal()
    commits_while_typing = True

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._spec = spec
        self._original_value: object = None
        self.setFrame(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(False)
        self.lineEdit().setAcceptDrops(False)
        self.lineEdit().setStyleSheet(f"QLineEdit {{ {BARE_STYLE} }}")
        self._is_user_edit = True
        # Not `textEdited`: a screen reader writes without key presses.
        self.lineEdit().textChanged.connect(self._on_text_changed)

    def value(self) -> int | float | None:
        """Returns the number; None if the text is not a number."""
        original = self._original_value
        if isinstance(original, int | float) and not isinstance(original, bool):
            return original
        number = parse_number(self.lineEdit().text(), self._spec.kind)
        return None if number is None else round_value(number, self._spec)

    def set_value(self, value: object) -> None:
        text = "" if value is None else str(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            text = texts.value_text(value, self._spec)
        self._original_value = value
        self._is_user_edit = False
        self.lineEdit().setText(text)
        self._is_user_edit = True

    def _on_text_changed(self) -> None:
        if self._is_user_edit:
            self._original_value = None
            self.edited.emit()

    def begin(self) -> None:
        self.lineEdit().selectAll()

    # QAbstractSpinBox

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = _STEP_KEYS.get(Qt.Key(event.key()))
        if steps is not None and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self._step(steps, is_fine=True)
        else:
            super().keyPressEvent(event)

    def stepBy(self, steps: int) -> None:
        self._step(steps, is_fine=False)

    def _step(self, steps: int, *, is_fine: bool) -> None:
        value = self.value()
        if value is None:
            return
        self.set_value(step_value(value, steps, self._spec, is_fine=is_fine))
        self.lineEdit().selectAll()
        self.value_chosen.emit()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flag = QAbstractSpinBox.StepEnabledFlag
        value, enabled = self.value(), flag.StepNone
        if value is None:
            return enabled
        if self._spec.minimum is None or value > self._spec.minimum:
            enabled |= flag.StepDownEnabled
        if self._spec.maximum is None or value < self._spec.maximum:
            enabled |= flag.StepUpEnabled
        return enabled

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        partial = _PARTIAL_DECIMAL if self._spec.kind is InputKind.FLOAT else _PARTIAL_WHOLE
        state = QValidator.State.Invalid
        if parse_number(text, self._spec.kind) is not None:
            state = QValidator.State.Acceptable
        elif len(text) <= MAX_DIGITS and partial.fullmatch(text.strip()):
            state = QValidator.State.Intermediate
        return state, text, position

    def fixup(self, text: str) -> str:
        return text

    def sizeHint(self) -> QSize:
        """Returns an empty size, so that opening an editor never makes its row taller."""
        return QSize(0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
