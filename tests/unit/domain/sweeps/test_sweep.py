"""The shape of a sweep: the number of its cells and their arrangement."""

from __future__ import annotations

from runcomfy_desktop.domain.sweeps.sweep import Axis, AxisPoint, Sweep


def axis(name: str, count: int) -> Axis:
    return Axis(name, tuple(AxisPoint(f"{name} {number}") for number in range(count)))


def test_axes_span_columns_rows_and_pages() -> None:
    assert Sweep("s", "", (axis("x", 4),)).shape == (4, 1, 1)
    assert Sweep("s", "", (axis("x", 4), axis("y", 3))).shape == (4, 3, 1)
    whole = Sweep("s", "", (axis("x", 4), axis("y", 3), axis("z", 2)))
    assert whole.shape == (4, 3, 2)
    assert whole.cell_count == 24


def test_zipped_axes_are_one_row() -> None:
    zipped = Sweep("s", "", (axis("x", 4), axis("y", 4)), is_zip=True)
    assert zipped.shape == (4, 1, 1)
    assert zipped.cell_count == 4
