"""The part of a draft that is sent, the text about it, and the reasons that block a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.editor.run_source import (
    as_sent,
    blocked_reason,
    draft_preparer,
    reshaping_text,
)
from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.prompt_inputs import PromptInputs
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject

HOW, BY, WIDTH = (InputKey("1", name) for name in ("how", "how.by", "how.width"))
SCHEMA = NodeSchema(
    {
        "Resize": {
            "display_name": "Resize it",
            "input": {
                "required": {
                    "how": [
                        "COMFY_DYNAMICCOMBO_V3",
                        {
                            "options": [
                                {"key": "factor", "inputs": {"required": {"by": ["FLOAT", {}]}}},
                                {"key": "size", "inputs": {"required": {"width": ["INT", {}]}}},
                            ]
                        },
                    ]
                }
            },
        }
    }
)
SAVED: JsonObject = {"1": {"class_type": "Resize", "inputs": {"how": "factor", "how.by": 2.0}}}
DRAFT = Draft(workflow_from_json(SAVED), DraftSource("mine"), "d")


def test_a_changed_value_is_an_override() -> None:
    sent = as_sent(DRAFT.with_values({BY: 3.0}), SCHEMA, has_difference=False)
    assert (dict(sent.changes), sent.is_reshaped, sent.runs_file) == ({BY: 3.0}, False, False)
    assert sent.workflow is DRAFT.workflow


def test_another_choice_is_the_whole_workflow_without_what_went() -> None:
    draft = DRAFT.with_values({BY: 3.0, HOW: "size", WIDTH: 64})
    sent = as_sent(draft, SCHEMA, has_difference=False)
    assert sent.is_reshaped
    assert not sent.runs_file
    assert [*sent.workflow.nodes["1"].inputs] == ["how", "how.width"]
    assert dict(sent.changes) == {HOW: "size", WIDTH: 64}
    assert reshaping_text(draft, SCHEMA) == "Sent whole, because Resize it adds or removes inputs"
    assert reshaping_text(DRAFT, SCHEMA) == ""


def test_a_file_is_sent_itself_only_where_it_differs() -> None:
    draft = replace(DRAFT, source=DraftSource("mine", "/a.json"), runs_file=True)
    assert as_sent(draft, SCHEMA, has_difference=True).runs_file
    assert not as_sent(draft, SCHEMA, has_difference=False).runs_file


def test_what_the_server_fills_is_never_sent() -> None:
    said: JsonObject = {
        "input": {"required": {"a": ["INT", {}]}, "hidden": {"unique_id": ["UNIQUE_ID"]}}
    }
    saved: JsonObject = {"2": {"class_type": "Counted", "inputs": {"a": 1, "unique_id": "7"}}}
    draft = Draft(workflow_from_json(saved), DraftSource("mine", "/a.json"), "d", runs_file=True)
    draft = draft.with_values({InputKey("2", "a"): 2, InputKey("2", "unique_id"): "8"})
    sent = as_sent(draft, NodeSchema({"Counted": said}), has_difference=True)
    assert dict(sent.workflow.nodes["2"].inputs) == {"a": 1}
    assert dict(sent.changes) == {InputKey("2", "a"): 2}


def test_the_prompts_are_determined_for_a_run() -> None:
    saved: JsonObject = {"2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red bicycle"}}}
    draft = replace(DRAFT, workflow=workflow_from_json(saved))
    prepared = draft_preparer(SCHEMA, has_difference=False)(draft)
    assert prepared.prompt_inputs == PromptInputs((InputKey("2", "text"),))


def test_why_nothing_can_run() -> None:
    off = Deployment("d", "blue", is_enabled=False)
    assert "Choose a deployment" in blocked_reason(DRAFT, None, None, {}, SCHEMA)
    assert "disabled" in blocked_reason(DRAFT, off, None, {}, SCHEMA)
    assert blocked_reason(DRAFT, replace(off, is_enabled=True), None, {}, SCHEMA) == ""
