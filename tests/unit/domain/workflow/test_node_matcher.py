"""Matching of nodes: by their own id first, by title next, and never two to one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from runcomfy_desktop.domain.workflow.node_matcher import find_matches
from runcomfy_desktop.domain.workflow.workflow import Node, Workflow


@dataclass(frozen=True)
class NodeMark:
    """Stored identity of a node."""

    node_id: str
    class_type: str
    title: str = ""


def workflow_of(*nodes: tuple[str, str, str]) -> Workflow:
    return Workflow({each[0]: Node(*each, {}) for each in nodes})


@pytest.mark.parametrize(
    ("mark", "goal"),
    [
        (NodeMark("1", "Text", "another title"), "1"),
        (NodeMark("1", "Sampler"), "3"),
        (NodeMark("9", "Text", "Negative"), "2"),
        (NodeMark("9", "Text", "Twice"), None),
        (NodeMark("9", "Nobody"), None),
    ],
)
def test_a_node_is_found_by_id_and_class_else_where_only_one_can_be_meant(
    mark: NodeMark, goal: str | None
) -> None:
    workflow = workflow_of(
        ("1", "Text", "Positive"),
        ("2", "Text", "Negative"),
        ("3", "Sampler", ""),
        ("4", "Text", "Twice"),
        ("5", "Text", "Twice"),
    )
    assert find_matches([mark], workflow) == {mark.node_id: goal}


def test_a_match_stands_for_one_node_and_not_for_one_that_is_there_himself() -> None:
    workflow = workflow_of(("3", "Sampler", ""))
    marks = [NodeMark("8", "Sampler"), NodeMark("3", "Sampler")]
    assert find_matches(marks, workflow) == {"8": None, "3": "3"}
    gone = [NodeMark("8", "Sampler"), NodeMark("9", "Sampler")]
    assert find_matches(gone, workflow) == {"8": "3", "9": None}
