"""Curves: drawn as in ComfyUI, changed point by point, and otherwise kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.schema.curve import (
    MAX_POINTS,
    CurvePoint,
    add_point,
    curve_points,
    is_linear,
    move_point,
    nearest_point,
    remove_point,
    y_at,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


_POINTS: list[Json] = [[0, 0], [0.5, 0.25], [1.0, 1]]
CURVE: dict[str, Json] = {
    "points": _POINTS,
    "interpolation": "monotone_cubic",
    "colour": {"of": "its own"},
}


def test_a_changed_point_leaves_everything_else_as_it_is_written() -> None:
    new = move_point(CURVE, 1, CurvePoint(0.4, 0.75))
    wanted: list[Json] = [[0, 0], [0.4, 0.75], [1.0, 1]]
    assert new == {**CURVE, "points": wanted}
    points = new["points"]
    assert isinstance(points, list)
    assert repr(points[0]) == "[0, 0]"
    assert CURVE["points"] == [[0, 0], [0.5, 0.25], [1.0, 1]]


def test_a_point_passes_neither_its_neighbours_nor_the_edges() -> None:
    assert curve_points(move_point(CURVE, 1, CurvePoint(2, 2)))[1] == (0.999, 1)
    assert curve_points(move_point(CURVE, 1, CurvePoint(-2, -2)))[1] == (0.001, 0)
    assert curve_points(move_point(CURVE, 0, CurvePoint(-2, 0.5)))[0] == (0, 0.5)


def test_points_are_added_in_order_and_removed_but_for_two() -> None:
    new, at = add_point(CURVE, CurvePoint(0.75, 0.5))
    assert at == 2
    assert [point.x for point in curve_points(new)] == [0, 0.5, 0.75, 1.0]
    assert remove_point(new, 2) == CURVE
    two = remove_point(CURVE, 1)
    assert remove_point(two, 0) == two


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"points": []},
        {"points": "many"},
        {"points": [[0, 0], [1]]},
        {"points": [[0, 0], [1, "1"]]},
        {"points": [[0, 0], [True, 1]]},
        {"points": [[0, 0], [float("inf"), 1]]},
        {"points": [[0, 0], [10**400, 1]]},
        {"points": [[0, 0]] * (MAX_POINTS + 1)},
    ],
)
def test_what_is_no_curve_has_no_points(value: Json) -> None:
    assert curve_points(value) == ()


@pytest.mark.parametrize("straight", [True, False])
def test_a_curve_goes_through_its_points_and_is_level_beyond_them(straight: bool) -> None:
    points = [CurvePoint(0.2, 0.1), CurvePoint(0.5, 0.9), CurvePoint(0.8, 0.9)]
    for point in points:
        assert y_at(points, point.x, linear=straight) == pytest.approx(point.y)
    assert y_at(points, 0, linear=straight) == 0.1
    assert y_at(points, 1, linear=straight) == 0.9
    for place in range(51):
        assert 0.1 <= y_at(points, 0.2 + place * 0.006, linear=straight) <= 0.9 + 1e-9


def test_points_above_one_another_are_no_trouble() -> None:
    points = [CurvePoint(0, 0), CurvePoint(0.5, 0.1), CurvePoint(0.5, 0.9), CurvePoint(1, 1)]
    assert y_at(points, 0.5, linear=False) == pytest.approx(0.9)
    assert 0 <= y_at(points, 0.4, linear=False) <= 1


def test_straight_is_what_says_so() -> None:
    assert is_linear({"points": [], "interpolation": "linear"})
    assert not is_linear(CURVE)


def test_the_nearest_point_is_found() -> None:
    assert nearest_point(curve_points(CURVE), CurvePoint(0.6, 0.3)) == 1
