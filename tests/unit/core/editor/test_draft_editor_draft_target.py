"""The result of an operation goes to the draft that it was started on, whatever is open now."""

from __future__ import annotations

from runcomfy_desktop.core.editor.draft_editor import DraftEditor, DraftTarget
from runcomfy_desktop.core.editor.open_draft_commands import OpenDraftCommands
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

WORKFLOW = workflow_from_json({"31": {"class_type": "KSampler", "inputs": {"steps": 20}}})
STEPS = InputKey("31", "steps")


def draft(name: str, deployment_id: str = "") -> Draft:
    return Draft(WORKFLOW, DraftSource(name, f"/{name}"), deployment_id)


def test_an_edit_goes_to_the_draft_that_was_in_view_and_is_stored() -> None:
    draft_editor = DraftEditor()
    stored: list[Draft] = []
    draft_editor.open_draft(draft("a.json"))
    draft_target = DraftTarget(draft_editor)
    views = [draft_target.is_in_view]
    draft_editor.open_draft(draft("b.json"))
    views.append(draft_target.is_in_view)
    assert views == [True, False]
    draft_editor.edited.subscribe(stored.append)
    draft_target.edit({STEPS: 7, InputKey("gone", "steps"): 7}, "Steps")
    assert [(each.key, dict(each.changes)) for each in stored] == [("file:/a.json", {STEPS: 7})]
    assert draft_editor.state.draft == draft("b.json")
    assert draft_editor.state.undo_text == ""
    assert OpenDraftCommands(draft_editor).show("file:/a.json")
    assert draft_editor.state.undo_text == "Steps"
    draft_editor.undo()
    assert draft_editor.state.draft == draft("a.json")


def test_steps_of_one_action_are_one_step_also_out_of_view() -> None:
    draft_editor = DraftEditor()
    draft_editor.open_draft(draft("a.json"))
    draft_target, merge = DraftTarget(draft_editor), object()
    draft_target.edit({STEPS: 7}, "Steps", merge_key=merge)
    draft_editor.open_draft(draft("b.json"))
    draft_target.edit({STEPS: 8}, "Steps", merge_key=merge)
    assert draft_target.draft is not None
    assert draft_target.draft.value(STEPS) == 8
    OpenDraftCommands(draft_editor).show("file:/a.json")
    draft_editor.undo()
    assert draft_editor.state.draft == draft("a.json")


def test_it_knows_the_classes_of_its_own_deployment() -> None:
    draft_editor = DraftEditor()
    mine = NodeSchema({})
    draft_editor.set_schema("one", mine)
    draft_editor.open_draft(draft("a.json", "one"))
    draft_target = DraftTarget(draft_editor)
    draft_editor.open_draft(draft("b.json", "two"))
    assert draft_target.schema is mine


def test_a_draft_that_is_open_no_more_takes_nothing() -> None:
    draft_editor = DraftEditor()
    nothing = DraftTarget(draft_editor)
    assert (nothing.draft, nothing.schema, nothing.is_in_view) == (None, None, False)
    draft_editor.open_draft(draft("a.json"))
    draft_target = DraftTarget(draft_editor)
    draft_editor.open_draft(draft("b.json"))
    del draft_editor.open_drafts["file:/a.json"]
    draft_target.edit({STEPS: 7}, "Steps")
    nothing.edit({STEPS: 7}, "Steps")
    assert (draft_target.draft, draft_target.schema) == (None, None)
    assert draft_editor.state.draft == draft("b.json")
