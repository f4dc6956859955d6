"""Nodes found again: by themselves first, by title next, and never two for one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from runcomfy_desktop.domain.twins import Twins
from runcomfy_desktop.domain.workflow import Node, Workflow


@dataclass(frozen=True)
class Mark:
    """A node as it was somewhere else."""

    node_id: str
    class_type: str
    title: str = ""


def workflow_of(*nodes: tuple[str, str, str]) -> Workflow:
    return Workflow({each[0]: Node(*each, {}) for each in nodes})


@pytest.mark.parametrize(
    ("mark", "goal"),
    [
        (Mark("1", "Text", "another title"), "1"),
        (Mark("1", "Sampler"), "3"),
        (Mark("9", "Text", "Negative"), "2"),
        (Mark("9", "Text", "Twice"), None),
        (Mark("9", "Nobody"), None),
    ],
)
def test_a_node_is_found_by_id_and_class_else_where_only_one_can_be_meant(
    mark: Mark, goal: str | None
) -> None:
    workflow = workflow_of(
        ("1", "Text", "Positive"),
        ("2", "Text", "Negative"),
        ("3", "Sampler", ""),
        ("4", "Text", "Twice"),
        ("5", "Text", "Twice"),
    )
    assert Twins(workflow).goals([mark]) == {mark.node_id: goal}


def test_a_twin_stands_for_one_node_and_not_for_one_that_is_there_himself() -> None:
    workflow = workflow_of(("3", "Sampler", ""))
    marks = [Mark("8", "Sampler"), Mark("3", "Sampler")]
    assert Twins(workflow).goals(marks) == {"8": None, "3": "3"}
    assert Twins(workflow).goals([Mark("8", "Sampler"), Mark("9", "Sampler")]) == {
        "8": "3",
        "9": None,
    }
