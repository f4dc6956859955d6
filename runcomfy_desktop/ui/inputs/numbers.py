"""Editors for numbers that lose nothing: whole numbers of any size, decimals as they were typed.

(QSpinBox ends at 2^31, a seed goes to 2^64-1; QDoubleSpinBox rounds what is typed.)
"""

from __future__ import annotations

import math
import re
from decimal import Context, Decimal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from runcomfy_desktop.domain.schema import InputKind, InputSpec
from runcomfy_desktop.ui.inputs import texts

# The field around an editor is painted by the delegate.
BARE = "border: none; background: transparent; padding: 0; margin: 0;"
_WHOLE = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_BEGUN = re.compile(r"[+-]?\d*")
_BEGUN_DECIMAL = re.compile(r"[+-]?\d*[.,]?\d*([eE][+-]?\d*)?")
_MAX_DIGITS = 40
# More digits than any number that can be typed has, decimals with exponents included.
_EXACT = Context(prec=800)


def read_number(text: str, kind: InputKind) -> int | float | None:
    """The number that was typed, exactly; None when it is none."""
    text = text.strip()
    if len(text) > _MAX_DIGITS:
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    if kind is InputKind.FLOAT and _DECIMAL.fullmatch(text):
        number = float(text.replace(",", "."))
        return number if math.isfinite(number) else None
    return None


def stepped(value: float, steps: int, spec: InputSpec) -> int | float:
    """`value` moved by steps of the input, held inside its limits."""
    default = 1 if spec.kind is InputKind.INT else 0.1
    step = Decimal(repr(spec.step or default))
    exact = _EXACT.add(Decimal(repr(value)), _EXACT.multiply(step, Decimal(steps)))
    low, high = spec.minimum, spec.maximum
    if low is not None:
        exact = max(exact, Decimal(repr(low)))
    if high is not None:
        exact = min(exact, Decimal(repr(high)))
    if spec.kind is InputKind.INT or (
        isinstance(value, int) and exact == exact.to_integral_value()
    ):
        return int(exact)
    return float(exact)


class NumberEditor(QAbstractSpinBox):
    """Edits an INT or FLOAT. `touched` at every change, `chosen` when a step was taken.

    A number outside the limits can be typed; the fault under the field then says what is
    allowed, which helps more than a box that refuses keys.
    """

    touched = Signal()
    chosen = Signal()
    commits_while_typing = True

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._spec = spec
        self.setFrame(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(False)
        self.lineEdit().setAcceptDrops(False)
        self.lineEdit().setStyleSheet(f"QLineEdit {{ {BARE} }}")
        self._is_typed = True
        # Not `textEdited`: a screen reader writes without keys.
        self.lineEdit().textChanged.connect(self._on_text_changed)

    def value(self) -> int | float | None:
        """The number, None while what stands there is none."""
        return read_number(self.lineEdit().text(), self._spec.kind)

    def set_value(self, value: object) -> None:
        text = str(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            text = texts.value_text(value, self._spec)
        self._is_typed = False
        self.lineEdit().setText(text)
        self._is_typed = True

    def _on_text_changed(self) -> None:
        if self._is_typed:
            self.touched.emit()

    def begin(self) -> None:
        self.lineEdit().selectAll()

    # QAbstractSpinBox

    def stepBy(self, steps: int) -> None:
        value = self.value()
        if value is None:
            return
        self.set_value(stepped(value, steps, self._spec))
        self.lineEdit().selectAll()
        self.chosen.emit()

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
        begun = _BEGUN_DECIMAL if self._spec.kind is InputKind.FLOAT else _BEGUN
        state = QValidator.State.Invalid
        if read_number(text, self._spec.kind) is not None:
            state = QValidator.State.Acceptable
        elif len(text) <= _MAX_DIGITS and begun.fullmatch(text.strip()):
            state = QValidator.State.Intermediate
        return state, text, position

    def fixup(self, text: str) -> str:
        return text

    def sizeHint(self) -> QSize:
        """Small, so that opening an editor never makes its row higher."""
        return QSize(0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
