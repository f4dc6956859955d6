"""Arithmetic for number inputs: parses, steps and rounds exactly, within an input's limits."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.schema.schema import InputKind

if TYPE_CHECKING:
    from runcomfy_desktop.domain.schema.schema import InputSpec

MAX_DIGITS = 40
_WHOLE = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
# A larger number has no decimal digits that rounding could remove.
_MAX_ROUNDED = 10**15
# More digits than any number that can be typed has, including decimals with exponents.
_DECIMAL_CONTEXT = Context(prec=800)


def parse_number(text: str, kind: InputKind) -> int | float | None:
    """Returns the exact number typed; None if the text is not a number."""
    text = text.strip()
    if len(text) > MAX_DIGITS:
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    if kind is InputKind.FLOAT and _DECIMAL.fullmatch(text):
        number = float(text.replace(",", "."))
        return number if math.isfinite(number) else None
    return None


def step_value(value: float, steps: int, spec: InputSpec, *, is_fine: bool = False) -> int | float:
    """Returns `value` moved by the given number of the input's steps, clamped to its limits."""
    step = _step_size(spec, is_fine=is_fine)
    return _clamped(
        value,
        _DECIMAL_CONTEXT.add(Decimal(repr(value)), _DECIMAL_CONTEXT.multiply(step, steps)),
        spec,
    )


def value_at_fraction(spec: InputSpec, fraction: float, *, is_fine: bool = False) -> int | float:
    """Returns the number at a fraction of the input's range, on one of its steps."""
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
    """Returns the position of a number in the input's range, from 0 to 1."""
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
    """Rounds a typed number like ComfyUI's own editor, to a multiple of `round_to`."""
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
    """Returns a number within the limits.

    The number is an int for an INT input, or if `value` is an int and the result is whole.
    """
    low, high = spec.minimum, spec.maximum
    if low is not None:
        exact = max(exact, Decimal(repr(low)))
    if high is not None:
        exact = min(exact, Decimal(repr(high)))
    if spec.kind is InputKind.INT or (
        isinstance(value, int) and exact == exact.to_integral_value()
    ):
        whole = int(exact)
        # The limit of an integer input may itself be a fraction.
        return whole + 1 if low is not None and whole < low else whole
    return float(exact)
