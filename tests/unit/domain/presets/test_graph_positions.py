"""Positions of nodes in the graph survive new ids and another order in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.presets.graph_positions import (
    MAX_FEATURES,
    GraphPositions,
    parse_position,
)
from runcomfy_desktop.domain.workflow.workflow import Node, Workflow
from tests.support.renumbered_workflow import renumber
from tests.support.workflow_files import api_files, read_workflow

if TYPE_CHECKING:
    from pathlib import Path

_GRAPH = {
    "4": Node("4", "Loader", "", {}),
    "6": Node("6", "Text", "", {"clip": ["4", 1], "text": "a bike"}),
    "7": Node("7", "Text", "", {"clip": ["4", 1], "text": "blurred"}),
    "3": Node("3", "Sampler", "", {"model": ["4", 0], "good": ["6", 0], "bad": ["7", 0]}),
}


def test_what_feeds_a_node_and_what_it_feeds_tell_its_place() -> None:
    places = GraphPositions(Workflow(_GRAPH))
    assert places.features_of("6") == ("clip<Loader", ">Sampler.good", "1/2")
    assert places.features_of("7") == ("clip<Loader", ">Sampler.bad", "2/2")
    assert places.features_of("4") == (">Sampler.model", ">Text.clip")
    assert places.features_of("gone") == ()


def test_a_circle_and_a_link_to_nowhere_have_places_too() -> None:
    nodes = {
        "1": Node("1", "A", "", {"x": ["2", 0]}),
        "2": Node("2", "A", "", {"x": ["1", 0], "y": ["9", 0]}),
    }
    places = GraphPositions(Workflow(nodes))
    assert places.features_of("1") == ("x<A", ">A.x", "1/2")
    assert places.features_of("2") == ("x<A", "y<", ">A.x", "2/2")


def test_a_node_that_feeds_thousands_has_a_short_place() -> None:
    nodes = {"1": Node("1", "Hub" * 100, "", {})}
    nodes |= {f"{n}": Node(f"{n}", "C", "", {f"in{n}": ["1", 0]}) for n in range(2, 3000)}
    marks = GraphPositions(Workflow(nodes)).features_of("1")
    assert len(marks) <= MAX_FEATURES
    assert all(len(mark) < 160 for mark in GraphPositions(Workflow(nodes)).features_of("2"))


def test_places_are_compared_by_what_is_around_them() -> None:
    one = parse_position(("a<A", ">B.b", "1/2"))
    assert one.order == "1/2"
    assert one.similarity(parse_position(("a<A", ">B.b", "2/2"))) == 1
    assert one.similarity(parse_position((">B.b", "c<C", ">D.d"))) == 0.25
    assert one.similarity(parse_position(())) == 0
    assert parse_position(()).similarity(parse_position(())) == 1


@pytest.mark.parametrize("path", api_files(), ids=lambda path: path.stem[-40:])
def test_a_real_workflow_under_other_ids_has_the_same_places(path: Path) -> None:
    before = read_workflow(path.read_bytes())
    after, ids = renumber(before, 7)
    was, now = GraphPositions(before), GraphPositions(after)
    assert {each: was.features_of(each) for each in ids} == {
        each: now.features_of(ids[each]) for each in ids
    }
