"""Curves in ComfyUI's form: `{"points": [[x, y], ...], "interpolation": "monotone_cubic"}`.

Both coordinates are between 0 and 1. All other members of the value are kept.
"""

from __future__ import annotations

from bisect import bisect_right
from math import hypot
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.domain.base.json_value import is_number, list_or_empty, object_or_empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

MAX_POINTS = 200
_MIN_GAP = 0.001
_MAX_COORDINATE = 1e6
_DIGITS = 4


class CurvePoint(NamedTuple):
    """Point of a curve."""

    x: float
    y: float


def curve_points(value: Json) -> tuple[CurvePoint, ...]:
    """Returns the points of a curve; () for a value that cannot be drawn."""
    raw = _raw_points(value)
    if not 1 <= len(raw) <= MAX_POINTS:
        return ()
    points = tuple(point for each in raw if (point := _point(each)) is not None)
    return points if len(points) == len(raw) else ()


def is_linear(value: Json) -> bool:
    """Returns True if straight lines join the points."""
    return object_or_empty(value).get("interpolation") == "linear"


def move_point(value: JsonObject, at: int, to: CurvePoint) -> JsonObject:
    """Returns the curve with one point moved, never past its neighbours."""
    points = curve_points(value)
    low = points[at - 1].x + _MIN_GAP if at > 0 else 0.0
    high = points[at + 1].x - _MIN_GAP if at + 1 < len(points) else 1.0
    point = _raw(min(max(to.x, low), high), to.y)
    raw = _raw_points(value)
    return {**value, "points": [*raw[:at], point, *raw[at + 1 :]]}


def add_point(value: JsonObject, point: CurvePoint) -> tuple[JsonObject, int]:
    """Returns the curve with another point, and the index of that point."""
    at = bisect_right([each.x for each in curve_points(value)], point.x)
    new, raw = _raw(point.x, point.y), _raw_points(value)
    return {**value, "points": [*raw[:at], new, *raw[at:]]}, at


def remove_point(value: JsonObject, at: int) -> JsonObject:
    """Returns the curve without one of its points; two of them always stay."""
    if len(curve_points(value)) <= 2:
        return value
    raw = _raw_points(value)
    return {**value, "points": [*raw[:at], *raw[at + 1 :]]}


def nearest_point(points: Sequence[CurvePoint], to: CurvePoint) -> int:
    return min(range(len(points)), key=lambda at: hypot(points[at].x - to.x, points[at].y - to.y))


def y_at(points: Sequence[CurvePoint], x: float, *, linear: bool) -> float:
    """Returns the height of the curve at `x`: monotone between points, level beyond the ends."""
    if x <= points[0].x:
        return points[0].y
    if x >= points[-1].x:
        return points[-1].y
    at = bisect_right([each.x for each in points], x) - 1
    here, there = points[at], points[at + 1]
    width = there.x - here.x
    if width <= 0:
        return there.y
    t = (x - here.x) / width
    if linear:
        return here.y + (there.y - here.y) * t
    start_slope, end_slope = _slope(points, at) * width, _slope(points, at + 1) * width
    y = (2 * t**3 - 3 * t**2 + 1) * here.y + (t**3 - 2 * t**2 + t) * start_slope
    return y + (3 * t**2 - 2 * t**3) * there.y + (t**3 - t**2) * end_slope


def _slope(points: Sequence[CurvePoint], at: int) -> float:
    """Returns the slope at a point that avoids overshoot (Fritsch and Butland)."""
    before = _segment_slope(points, at - 1) if at > 0 else None
    after = _segment_slope(points, at) if at + 1 < len(points) else None
    if before is None or after is None:
        return (before if before is not None else after) or 0.0
    return 0.0 if before * after <= 0 else 2 * before * after / (before + after)


def _segment_slope(points: Sequence[CurvePoint], at: int) -> float:
    width = points[at + 1].x - points[at].x
    return (points[at + 1].y - points[at].y) / width if width > 0 else 0.0


def _raw_points(value: Json) -> list[Json]:
    return list_or_empty(object_or_empty(value).get("points"))


def _raw(x: float, y: float) -> list[Json]:
    return [round(min(max(each, 0.0), 1.0), _DIGITS) for each in (x, y)]


def _point(raw: Json) -> CurvePoint | None:
    match raw:
        case [x, y] if is_number(x) and is_number(y):
            is_sane = abs(x) < _MAX_COORDINATE and abs(y) < _MAX_COORDINATE
            return CurvePoint(x, y) if is_sane else None
    return None
