"""Nodes billed by Comfy.org, and the issue that they get without a key."""

from __future__ import annotations

from runcomfy_desktop.domain.account.partner_nodes import partner_key_issues, partner_node_ids
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.validation.input_issue import IssueKind
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

WORKFLOW = workflow_from_json(
    {
        "1": {"class_type": "Paid", "inputs": {}},
        "2": {"class_type": "Free", "inputs": {}},
        "a b": {"class_type": "Paid", "inputs": {}},
        "3": {"class_type": "Unknown", "inputs": {}},
    }
)
SCHEMA = NodeSchema(
    {"Paid": {"api_node": True}, "Free": {"api_node": False}, "Odd": {"api_node": 1}}
)


def test_they_are_known_by_their_class() -> None:
    assert partner_node_ids(WORKFLOW, None) == ()
    assert partner_node_ids(WORKFLOW, SCHEMA) == ("1", "a b")
    assert partner_node_ids(WORKFLOW, NodeSchema({"Paid": "rubbish"})) == ()


def test_without_a_key_each_of_them_says_so_and_blocks_nothing() -> None:
    faults = partner_key_issues(("1", "a b"))
    assert faults.keys() == {InputKey("1", ""), InputKey("a b", "")}
    fault = faults[InputKey("1", "")]
    assert (fault.blocks, fault.kind) == (False, IssueKind.PARTNER_KEY)
    assert "Settings > Partner nodes" in fault.text
    assert partner_key_issues(()) == {}
