"""Cells of a grid: their indexes, their changes, and invalid grids."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.sweeps.cells import (
    cell_of,
    cell_text,
    changes_of,
    check_conflicts,
    check_lengths,
    deployment_of,
    points_of,
    position_of,
    varied_inputs,
)
from runcomfy_desktop.domain.sweeps.sweep import Axis, AxisPoint, SearchReplace, Sweep
from runcomfy_desktop.domain.workflow.workflow import InputKey

CFG, STEPS, PROMPT = InputKey("3", "cfg"), InputKey("3", "steps"), InputKey("6", "text")


def axis(key: InputKey, *values: object) -> Axis:
    return Axis(key.name, tuple(AxisPoint(str(value), {key: value}) for value in values))  # type: ignore[dict-item]


def numbered(number: int, length: int) -> Axis:
    return Axis(str(number), tuple(AxisPoint(f"{number}.{place}") for place in range(length)))


def swap(*words: str) -> Axis:
    points = (AxisPoint(word, replacement=SearchReplace(PROMPT, words[0], word)) for word in words)
    return Axis("text", tuple(points))


def problem_of(lengths: list[int], *, is_zip: bool = False) -> Problem:
    with pytest.raises(Problem) as caught:
        check_lengths(lengths, is_zip=is_zip)
    return caught.value


def test_a_million_cells_are_refused_with_the_number_at_once() -> None:
    problem = problem_of([100, 100, 100])
    assert problem.title == "This grid would have 1,000,000 cells, which is too many."
    assert "100 × 100 × 100" in problem.detail
    assert problem_of([10**9, 10**9, 10**9]).title.startswith("This grid would have 1,000,000,000,")


def test_grids_that_cannot_be() -> None:
    assert problem_of([]).title == "A grid has one to 3 axes."
    assert problem_of([1, 1, 1, 1]).title == "A grid has one to 3 axes."
    assert problem_of([3, 0]).title == "This grid has no cells yet."
    assert problem_of([3, 4, 3], is_zip=True).title == (
        "Zipped axes need the same number of values (X: 3, Y: 4, Z: 3)."
    )
    assert check_lengths([3, 4, 2], is_zip=False) == 24
    assert check_lengths([4, 4], is_zip=True) == 4


@given(st.lists(st.integers(1, 6), min_size=1, max_size=3))
def test_numbers_of_cells_and_places_are_the_same_thing(lengths: list[int]) -> None:
    axes = tuple(numbered(n, length) for n, length in enumerate(lengths))
    sweep = Sweep("s", "", axes)
    assert sweep.cell_count == check_lengths(lengths, is_zip=False)
    places = [position_of(sweep, cell) for cell in range(sweep.cell_count)]
    assert len(set(places)) == sweep.cell_count
    assert [cell_of(sweep, *place) for place in places] == list(range(sweep.cell_count))
    # X varies fastest, and each combination occurs once.
    wanted = [each[::-1] for each in product(*(axis.points for axis in axes[::-1]))]
    assert [points_of(sweep, cell) for cell in range(sweep.cell_count)] == wanted


@given(st.integers(1, 20), st.integers(1, 3))
def test_zipped_axes_go_side_by_side(length: int, count: int) -> None:
    axes = tuple(numbered(n, length) for n in range(count))
    sweep = Sweep("s", "", axes, is_zip=True)
    assert sweep.cell_count == check_lengths([length] * count, is_zip=True)
    for cell in range(length):
        assert points_of(sweep, cell) == tuple(each.points[cell] for each in axes)
        assert position_of(sweep, cell) == (cell, 0, 0)


def test_a_cell_has_the_values_of_all_its_points() -> None:
    sweep = Sweep("s", "", (axis(CFG, 4.0, 7.0), axis(STEPS, 10, 20)))
    assert changes_of(points_of(sweep, 3), lambda _key: None) == {CFG: 7.0, STEPS: 20}
    assert cell_text(sweep, 1) == "cfg 7.0, steps 10"


def test_words_are_replaced_in_the_text_that_there_is() -> None:
    sweep = Sweep("s", "", (swap("fox", "hen"), swap("red", "green", "blue")))
    texts = [
        changes_of(points_of(sweep, cell), lambda _key: "a red fox")[PROMPT]
        for cell in range(sweep.cell_count)
    ]
    assert texts == [
        "a red fox",
        "a red hen",
        "a green fox",
        "a green hen",
        "a blue fox",
        "a blue hen",
    ]


def test_words_are_replaced_in_what_another_axis_says() -> None:
    sweep = Sweep("s", "", (swap("fox", "hen"), axis(PROMPT, "one fox", "two foxes")))
    assert changes_of(points_of(sweep, 3), lambda _key: "nothing")[PROMPT] == "two henes"


def test_a_word_that_is_not_there_is_named() -> None:
    sweep = Sweep("s", "", (swap("cat", "dog"),))
    with pytest.raises(Problem, match="“cat” is not in text"):
        changes_of(points_of(sweep, 0), lambda _key: "a red fox")
    with pytest.raises(Problem, match="“cat” is not in text"):
        changes_of(points_of(sweep, 0), lambda _key: 4)


def test_two_axes_on_one_input_are_refused() -> None:
    with pytest.raises(Problem, match="Two axes set the same input: cfg of node 3"):
        check_conflicts(
            [axis(CFG, 1.0), axis(CFG, 2.0)], lambda key: f"{key.name} of node {key.node_id}"
        )
    with pytest.raises(Problem, match="Two axes replace the same word"):
        check_conflicts([swap("a", "b"), swap("a", "c")], lambda key: key.name)
    there = Axis("Deployment", (AxisPoint("Flux", deployment_id="d1"),))
    with pytest.raises(Problem, match="Two axes go over deployments"):
        check_conflicts([there, there], lambda key: key.name)
    check_conflicts([axis(PROMPT, "a"), swap("a", "b"), swap("c", "d")], lambda key: key.name)


def test_deployments_as_an_axis_say_where_a_cell_goes() -> None:
    there = Axis(
        "Deployment", (AxisPoint("Flux", deployment_id="d1"), AxisPoint("B", deployment_id="d2"))
    )
    sweep = Sweep("s", "", (axis(CFG, 1.0), there), deployment_id="d1")
    assert [deployment_of(sweep, cell) for cell in range(2)] == ["d1", "d2"]
    assert deployment_of(Sweep("s", "", (axis(CFG, 1.0),), deployment_id="d9"), 0) == "d9"


def test_what_varies_is_known() -> None:
    assert varied_inputs([axis(CFG, 1.0), swap("a", "b")]) == {CFG, PROMPT}
