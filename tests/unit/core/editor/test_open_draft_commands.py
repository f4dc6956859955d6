"""Several drafts in one editor: each has its own values and its own undo."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.open_draft_commands import OpenDraftCommands, without_changes
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

GRAPH: Json = {"31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}}
NEWER: Json = {"31": {"class_type": "KSampler", "inputs": {"seed": 2, "steps": 20}}}
SEED, STEPS = InputKey("31", "seed"), InputKey("31", "steps")


def deployed(graph: Json = GRAPH) -> Deployment:
    assert isinstance(graph, dict)
    return Deployment("one", "One", payload=DeploymentPayload(graph, {}, ""))


def make_draft_editor() -> DraftEditor:
    made = DraftEditor()
    made.open_deployment(deployed())
    return made


def draft(made: DraftEditor) -> Draft:
    assert made.state.draft is not None
    return made.state.draft


def further(made: DraftEditor, title: str = "Two") -> Draft:
    return replace(draft(made), draft_id="b", title=title, changes={})


def test_a_further_draft_of_a_deployment_has_values_and_undo_of_its_own() -> None:
    made = make_draft_editor()
    made.edit({SEED: 5}, "Seed")
    OpenDraftCommands(made).add(further(made))
    assert draft(made).changes == {}
    assert made.state.undo_text == ""
    made.edit({STEPS: 7}, "Steps")
    assert OpenDraftCommands(made).show("one")
    assert draft(made).changes == {SEED: 5}
    made.undo()
    assert draft(made).changes == {}
    assert OpenDraftCommands(made).show("draft:b")
    assert draft(made).changes == {STEPS: 7}
    assert made.state.undo_text == "Steps"
    assert not OpenDraftCommands(made).show("draft:unknown")


def test_a_further_draft_is_stored_at_once_and_knows_its_deployment() -> None:
    made = make_draft_editor()
    stored: list[Draft] = []
    made.edited.subscribe(stored.append)
    OpenDraftCommands(made).add(further(made))
    assert [each.key for each in stored] == ["draft:b"]
    assert made.state.deployment is not None
    assert made.state.blocked_reason == ""


def test_a_draft_that_was_out_of_view_follows_its_deployment() -> None:
    made = make_draft_editor()
    made.edit({SEED: 5}, "Seed")
    OpenDraftCommands(made).add(further(made))
    made.open_deployment(deployed(NEWER), key="draft:b")
    assert draft(made).key == "draft:b"
    assert draft(made).workflow == workflow_from_json(NEWER)
    assert OpenDraftCommands(made).show("one")
    assert draft(made).workflow == workflow_from_json(NEWER)
    assert draft(made).changes == {SEED: 5}


def test_a_title_is_no_edit_and_stays_through_undo() -> None:
    made = make_draft_editor()
    made.edit({SEED: 5}, "Seed")
    assert OpenDraftCommands(made).set_fields("one", title="Blue")
    made.undo()
    assert (draft(made).title, draft(made).changes) == ("Blue", {})
    made.redo()
    assert (draft(made).title, draft(made).changes) == ("Blue", {SEED: 5})
    assert not OpenDraftCommands(made).set_fields("unknown", title="Blue")


def test_a_prepared_draft_is_taken_as_one_step() -> None:
    made = make_draft_editor()
    before = draft(made)
    made.replace_draft(
        replace(before.with_values({SEED: 5, STEPS: 3}), preset="a/b.json"), "Apply Blue"
    )
    assert draft(made).preset == "a/b.json"
    assert made.state.undo_text == "Apply Blue"
    made.undo()
    assert draft(made) == before
    made.replace_draft(replace(before, draft_id="other"), "Another draft")
    assert draft(made) == before


def test_drafts_of_a_deleted_deployment_become_those_of_its_file() -> None:
    made = make_draft_editor()
    made.edit({SEED: 5}, "Seed")
    OpenDraftCommands(made).add(further(made))
    made.remove_deployment("one", DraftSource("one.json", "/kept/one.json"))
    assert {each.key for each in made.open_drafts.drafts()} == {"file:/kept/one.json", "draft:b"}
    assert all(each.source.is_file for each in made.open_drafts.drafts())
    assert draft(made).deployment_id == ""
    assert made.opened_record("one") is None


def test_a_draft_restored_after_its_deployment_was_deleted_has_no_record() -> None:
    made = make_draft_editor()
    deleted = draft(made)
    OpenDraftCommands(made).add(further(made))
    made.remove_deployment("one", DraftSource("one.json", "/kept/one.json"))
    OpenDraftCommands(made).add(deleted)
    assert made.opened_record("one") is None


def test_what_was_only_opened_is_unused_and_can_be_read_anew() -> None:
    made = make_draft_editor()
    drafts = OpenDraftCommands(made)
    key = draft(made).key
    assert drafts.is_unused(key)
    assert not drafts.is_unused("another")
    made.edit({SEED: 5}, "Seed")
    assert not drafts.is_unused(key)
    drafts.drop_unused(key)
    assert key in made.open_drafts
    assert without_changes(draft(made)).changes == {}
    made.undo()
    drafts.drop_unused(key)
    assert key not in made.open_drafts
