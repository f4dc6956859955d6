"""Editors for numbers that lose nothing: whole numbers of any size, decimals as they were typed.

(QSpinBox ends at 2^31, a seed goes to 2^64-1; QDoubleSpinBox rounds what is typed.)
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.ui.input_tree import texts

# The field around an editor is painted by the delegate.
BARE_STYLE = "border: none; background: transparent; padding: 0; margin: 0;"
_WHOLE = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_PARTIAL_WHOLE = re.compile(r"[+-]?\d*")
_PARTIAL_DECIMAL = re.compile(r"[+-]?\d*[.,]?\d*([eE][+-]?\d*)?")
_MAX_DIGITS = 40
# A larger number has no digits behind the point that rounding could take away.
_MAX_ROUNDED = 10**15
# More digits than any number that can be typed has, decimals with exponents included.
_DECIMAL_CONTEXT = Context(prec=800)
_STEP_KEYS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}


def parse_number(text: str, kind: InputKind) -> int | float | None:
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


def step_value(value: float, steps: int, spec: InputSpec, *, is_fine: bool = False) -> int | float:
    """`value` moved by steps of the input, held inside its limits."""
    step = _step_size(spec, is_fine=is_fine)
    return _clamped(
        value,
        _DECIMAL_CONTEXT.add(Decimal(repr(value)), _DECIMAL_CONTEXT.multiply(step, steps)),
        spec,
    )


def value_at_fraction(spec: InputSpec, fraction: float, *, is_fine: bool = False) -> int | float:
    """The number at a share of the way from the least to the highest, on a step of the input."""
    low, high = Decimal(repr(spec.minimum)), Decimal(repr(spec.maximum))
    distance = _DECIMAL_CONTEXT.multiply(
        _DECIMAL_CONTEXT.subtract(high, low), Decimal(repr(min(max(fraction, 0.0), 1.0)))
    )
    step = _step_size(spec, is_fine=is_fine)
    steps = _DECIMAL_CONTEXT.divide(distance, step).to_integral_value()
    is_end = fraction >= 1
    exact = high if is_end else _DECIMAL_CONTEXT.add(low, _DECIMAL_CONTEXT.multiply(step, steps))
    return _clamped(0 if spec.kind is InputKind.INT else 0.0, exact, spec)


def fraction_of(value: object, spec: InputSpec) -> float:
    """How far a number is on the way from the least to the highest, from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    assert spec.minimum is not None
    assert spec.maximum is not None
    span = Decimal(repr(spec.maximum)) - Decimal(repr(spec.minimum))
    if value >= spec.maximum:
        return 1.0
    if span <= 0 or not value > spec.minimum:
        return 0.0
    distance = _DECIMAL_CONTEXT.subtract(Decimal(repr(value)), Decimal(repr(spec.minimum)))
    return float(min(max(_DECIMAL_CONTEXT.divide(distance, span), Decimal(0)), Decimal(1)))


def round_value(value: float, spec: InputSpec) -> int | float:
    """A typed number as ComfyUI's own editor takes it over: a multiple of `round_to`."""
    if isinstance(value, int) or not spec.round_to or spec.kind is not InputKind.FLOAT:
        return value
    unit = Decimal(repr(abs(spec.round_to)))
    exact = Decimal(repr(value))
    if abs(exact) > _MAX_ROUNDED:
        return value
    times = _DECIMAL_CONTEXT.divide(exact, unit).to_integral_value(ROUND_HALF_UP)
    return float(_DECIMAL_CONTEXT.multiply(times, unit))


def _step_size(spec: InputSpec, *, is_fine: bool) -> Decimal:
    if spec.kind is InputKind.INT:
        return Decimal(1) if is_fine or not spec.step else Decimal(max(1, int(spec.step)))
    step = Decimal(repr(abs(spec.step or 0.1)))
    if not is_fine:
        return step
    unit = Decimal(repr(abs(spec.round_to))) if spec.round_to else Decimal(0)
    return max(step / 10, min(unit, step))


def _clamped(value: float, exact: Decimal, spec: InputSpec) -> int | float:
    """A number inside the limits; whole where `value` or the input is."""
    low, high = spec.minimum, spec.maximum
    if low is not None:
        exact = max(exact, Decimal(repr(low)))
    if high is not None:
        exact = min(exact, Decimal(repr(high)))
    if spec.kind is InputKind.INT or (
        isinstance(value, int) and exact == exact.to_integral_value()
    ):
        whole = int(exact)
        # A limit of a whole number may be none itself.
        return whole + 1 if low is not None and whole < low else whole
    return float(exact)


class NumberEditor(QAbstractSpinBox):
    """Edits an INT or FLOAT. `edited` at every change, `value_chosen` when a step was taken.

    A number outside the limits can be typed; the fault under the field then says what is
    allowed, which helps more than a box that refuses keys. A value that nobody touches stays as
    it is, also where a typed one would be rounded. With Shift, steps are fine.
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
        # Not `textEdited`: a screen reader writes without keys.
        self.lineEdit().textChanged.connect(self._on_text_changed)

    def value(self) -> int | float | None:
        """The number, None while what stands there is none."""
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
        elif len(text) <= _MAX_DIGITS and partial.fullmatch(text.strip()):
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
