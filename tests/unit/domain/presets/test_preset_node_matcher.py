"""Matching of a preset's nodes: the same node, a guess, or no match."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.presets.graph_positions import GraphPositions
from runcomfy_desktop.domain.presets.preset_node_matcher import MatchKind, PresetNode, match_nodes
from runcomfy_desktop.domain.workflow.workflow import Node, Workflow
from tests.support.renumbered_workflow import renumber
from tests.support.workflow_files import api_files, read_workflow

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json


def _workflow(*nodes: Node) -> Workflow:
    return Workflow({node.node_id: node for node in nodes})


def _sought(workflow: Workflow) -> list[PresetNode]:
    places = GraphPositions(workflow)
    return [
        PresetNode(node.node_id, node.class_type, node.title, places.features_of(node.node_id))
        for node in workflow.nodes.values()
    ]


def _graph(good: str, bad: str, title: str = "Prompt") -> Workflow:
    return _workflow(
        Node(good, "Text", title, {"text": "a bike"}),
        Node(bad, "Text", title, {"text": "blurred"}),
        Node("3", "Sampler", "", {"good": [good, 0], "bad": [bad, 0]}),
    )


def test_the_same_workflow_has_the_same_nodes() -> None:
    workflow = _graph("6", "7")
    found = match_nodes(_sought(workflow), workflow)
    assert [each.kind for each in found.values()] == [MatchKind.SAME] * 3


def test_ids_that_were_exchanged_are_not_taken_for_the_same() -> None:
    good, bad, sampler = match_nodes(_sought(_graph("6", "7")), _graph("7", "6")).values()
    assert (good.kind, good.node_id) == (MatchKind.POSITION, "7")
    assert (bad.kind, bad.node_id) == (MatchKind.POSITION, "6")
    # Both nodes are offered, the better one first.
    assert good.candidates[0] == "7"
    assert sampler.kind is MatchKind.SAME


def test_a_title_that_was_changed_makes_no_other_node_of_it() -> None:
    found = match_nodes(_sought(_graph("6", "7")), _graph("6", "7", title="Words"))
    assert {each.kind for each in found.values()} == {MatchKind.SAME}


def test_a_title_finds_a_node_whose_place_was_never_written_down() -> None:
    workflow = _workflow(Node("8", "Text", "Good", {}), Node("9", "Text", "Bad", {}))
    sought = [PresetNode("1", "Text", "Good"), PresetNode("2", "Text", "Bad")]
    good, bad = match_nodes(sought, workflow).values()
    assert (good.kind, good.node_id) == (MatchKind.TITLE, "8")
    assert (bad.kind, bad.node_id) == (MatchKind.TITLE, "9")


def test_the_only_one_of_its_class_is_found_under_another_title() -> None:
    (found,) = match_nodes(
        [PresetNode("1", "Text", "Good")], _workflow(Node("8", "Text", "Words", {}))
    ).values()
    assert (found.kind, found.node_id) == (MatchKind.POSITION, "8")


def test_as_many_as_before_are_found_in_their_order() -> None:
    workflow = _workflow(*(Node(f"{n}", "Text", "Prompt", {}) for n in (109, 110, 111)))
    sought = [PresetNode(f"{n}", "Text", "Prompt") for n in (9, 10, 11)]
    found = match_nodes(sought, workflow).values()
    assert [each.node_id for each in found] == ["109", "110", "111"]
    assert {each.kind for each in found} == {MatchKind.POSITION}


def test_ids_may_have_digits_that_make_no_number() -> None:
    workflow = _workflow(*(Node(each, "Text", "Prompt", {}) for each in ("2", "²")))
    found = match_nodes([PresetNode(each, "Text", "Prompt") for each in ("7", "³")], workflow)
    assert [each.node_id for each in found.values()] == ["2", "²"]


def test_where_several_can_be_meant_none_is_taken_and_all_are_offered() -> None:
    workflow = _workflow(*(Node(f"{n}", "Text", "Prompt", {}) for n in (109, 110, 111)))
    (found,) = match_nodes([PresetNode("9", "Text", "Prompt")], workflow).values()
    assert (found.kind, found.node_id) == (MatchKind.NONE, "")
    assert set(found.candidates) == {"109", "110", "111"}


def test_a_node_of_another_class_is_none() -> None:
    workflow = _workflow(Node("6", "Words", "Prompt", {}))
    (found,) = match_nodes([PresetNode("6", "Text", "Prompt")], workflow).values()
    assert (found.kind, found.candidates) == (MatchKind.NONE, ())


@pytest.mark.parametrize(("trusts", "match"), [(True, MatchKind.SAME), (False, MatchKind.ID)])
def test_an_id_alone_is_enough_only_where_it_comes_from_this_workflow(
    trusts: bool, match: MatchKind
) -> None:
    there, gone = match_nodes(
        [PresetNode("6", ""), PresetNode("99", "")], _graph("6", "7"), trusts_ids=trusts
    ).values()
    assert (there.kind, there.node_id) == (match, "6")
    assert gone.kind is MatchKind.NONE


def test_one_more_node_of_a_class_unsettles_none_of_the_others() -> None:
    before = _workflow(*(Node(f"{n}", "Text", "Prompt", {}) for n in range(2, 6)))
    after = _workflow(*(Node(f"{n}", "Text", "Prompt", {}) for n in range(1, 6)))
    found = match_nodes(_sought(before), after)
    assert {each.kind for each in found.values()} == {MatchKind.SAME}


@pytest.mark.parametrize("path", api_files(), ids=lambda path: path.stem[-40:])
@pytest.mark.parametrize("seed", range(3))
def test_a_real_workflow_is_found_again_under_other_ids(path: Path, seed: int) -> None:
    before = read_workflow(path.read_bytes())
    after, ids = renumber(before, seed)
    sought = _sought(before)
    found = match_nodes(sought, after)
    assert {each.node_id: found[each].node_id for each in sought} == ids
    for each in sought:
        # Only nodes that still have their id are matched without a notice.
        if ids[each.node_id] != each.node_id:
            assert found[each].kind.is_guess


def test_where_ids_were_given_to_other_nodes_no_id_is_believed_that_has_a_namesake() -> None:
    before = _workflow(
        Node("1", "Text", "Prompt", {}),
        Node("2", "Text", "Prompt", {}),
        Node("3", "Load", "", {}),
        Node("4", "Save", "", {}),
    )
    after = _workflow(
        Node("1", "Text", "Prompt", {}),
        Node("9", "Text", "Prompt", {}),
        Node("3", "Save", "", {}),
        Node("4", "Load", "", {}),
    )
    one, _two, load, _save = match_nodes(_sought(before), after).values()
    assert (one.kind, one.node_id) == (MatchKind.POSITION, "1")
    assert set(one.candidates) == {"1", "9"}
    assert load.node_id == "4"


@pytest.mark.parametrize("path", api_files(), ids=lambda path: path.stem[-40:])
def test_nothing_is_taken_in_silence_where_a_node_is_gone_besides(path: Path) -> None:
    before = read_workflow(path.read_bytes())
    sought = _sought(before)
    for gone in [*before.nodes][: 4 if len(before.nodes) > 2 else 0]:
        nodes = {each: node for each, node in before.nodes.items() if each != gone}
        after, ids = renumber(Workflow(nodes), 1)
        for each, found in match_nodes(sought, after).items():
            if found.kind is MatchKind.SAME:
                assert ids.get(each.node_id) == found.node_id
        stored = match_nodes(sought, Workflow(nodes))
        assert all(
            found.node_id == each.node_id
            for each, found in stored.items()
            if found.kind is MatchKind.SAME
        )


@given(st.data())
def test_no_node_is_found_twice_whatever_is_sought(data: st.DataObject) -> None:
    draw = random.Random(data.draw(st.integers(0, 2**32)))
    nodes = [
        Node(f"{n}", draw.choice("AB"), draw.choice(["", "t", "u"]), _inputs(draw))
        for n in range(draw.randint(0, 9))
    ]
    workflow = _workflow(*nodes)
    sought = {
        PresetNode(
            f"{draw.randint(0, 12)}", draw.choice("AB"), draw.choice(["", "t"]), _place(draw)
        )
        for _each in range(draw.randint(0, 9))
    }
    once = {(each.node_id, each.class_type): each for each in sought}
    found = match_nodes(list(once.values()), workflow)
    counts = Counter(each.node_id for each in found.values() if each.node_id)
    assert all(count == 1 for count in counts.values())
    for each, what in found.items():
        assert set(what.candidates) <= workflow.nodes.keys()
        if what.node_id:
            assert workflow.nodes[what.node_id].class_type == each.class_type
            assert what.kind is not MatchKind.NONE
        if what.kind is MatchKind.SAME:
            assert what.node_id == each.node_id


def _inputs(draw: random.Random) -> dict[str, Json]:
    return {name: [f"{draw.randint(0, 9)}", 0] for name in "xyz"[: draw.randint(0, 3)]}


def _place(draw: random.Random) -> tuple[str, ...]:
    marks = ["x<A", "y<B", ">A.x", ">B.y", "1/2"]
    return tuple(each for each in marks if draw.random() < 0.4)
