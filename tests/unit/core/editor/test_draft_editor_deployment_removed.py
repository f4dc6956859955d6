"""The draft editor when a deployment is deleted: typed values are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.drafts.draft import DraftSource
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json
from tests.support.draft_runs import open_file, run_once
from tests.unit.core.editor.test_draft_editor import (
    BIKE,
    GRAPH,
    SEED,
    TEXT,
    draft_of,
    editor_with,
    run,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Draft

STORED = DraftSource("bike.json", "/kept/bike.json")


def test_a_deployment_that_is_gone_takes_no_run_and_says_so() -> None:
    draft_editor = editor_with()
    draft_editor.edit({SEED: 5}, "Edit")
    draft_editor.set_unavailable("0b7e", "bike is gone")
    assert draft_editor.state.blocked_reason == "bike is gone"
    assert run_once(draft_editor) is None
    assert draft_of(draft_editor).changes == {SEED: 5}
    draft_editor.set_unavailable("0b7e", "")
    assert draft_editor.state.blocked_reason == ""


def test_one_that_is_there_again_after_all_is_believed() -> None:
    draft_editor = editor_with()
    draft_editor.set_unavailable("0b7e", "bike is gone")
    draft_editor.open_deployment(BIKE)
    assert draft_editor.state.blocked_reason == ""


def test_only_the_deployment_that_went_is_told_of() -> None:
    draft_editor = editor_with()
    received: list[object] = []
    draft_editor.changed.subscribe(received.append)
    draft_editor.set_unavailable("another", "gone")
    draft_editor.set_unavailable("0b7e", "")
    assert received == []
    assert draft_editor.state.blocked_reason == ""


def test_a_deleted_deployments_draft_lives_on_as_a_file() -> None:
    draft_editor = editor_with()
    draft_editor.edit({SEED: 5}, "Edit seed")
    draft_editor.edit({TEXT: "typed"}, "Edit text")
    stored: list[Draft] = []
    draft_editor.edited.subscribe(stored.append)
    assert draft_editor.opened_record("0b7e") == BIKE
    draft_editor.remove_deployment("0b7e", STORED)
    assert draft_editor.opened_record("0b7e") is None
    draft = draft_of(draft_editor)
    assert (draft.source, draft.deployment_id) == (STORED, "")
    assert draft.changes == {SEED: 5, TEXT: "typed"}
    assert draft.workflow == workflow_from_json(GRAPH)
    assert stored == [draft]
    assert draft_editor.state.deployment is None
    assert "Choose a deployment" in draft_editor.state.blocked_reason


def test_its_undo_goes_on_and_never_leads_back_to_it() -> None:
    draft_editor = editor_with()
    draft_editor.edit({SEED: 5}, "Edit seed")
    draft_editor.edit({TEXT: "typed"}, "Edit text")
    draft_editor.undo()
    draft_editor.remove_deployment("0b7e", STORED)
    assert (draft_editor.state.undo_text, draft_editor.state.redo_text) == (
        "Edit seed",
        "Edit text",
    )
    draft_editor.redo()
    draft_editor.undo()
    draft_editor.undo()
    assert (draft_of(draft_editor).source, draft_of(draft_editor).deployment_id) == (STORED, "")
    assert draft_of(draft_editor).changes == {}


def test_the_kept_draft_runs_on_the_next_deployment_that_is_chosen() -> None:
    draft_editor = editor_with()
    draft_editor.edit({SEED: 5}, "Edit seed")
    draft_editor.remove_deployment("0b7e", STORED)
    draft_editor.bind(BIKE, draft_of(draft_editor).key)
    assert run(draft_editor).changes == {SEED: 5}


def test_a_file_that_ran_on_it_keeps_its_values_and_has_no_deployment() -> None:
    draft_editor = editor_with()
    open_file(draft_editor, workflow_from_json(GRAPH), "a.json", "/a.json")
    draft_editor.edit({SEED: 7}, "Edit seed")
    draft_editor.remove_deployment("0b7e", STORED)
    draft = draft_of(draft_editor)
    assert (draft.source.path, draft.deployment_id) == ("/a.json", "")
    assert draft.changes == {SEED: 7}


def test_an_empty_draft_editor_lets_go_of_anything() -> None:
    draft_editor = DraftEditor()
    draft_editor.remove_deployment("0b7e", STORED)
    assert draft_editor.state.draft is None


def test_a_further_draft_that_nobody_has_takes_no_other_ones_place() -> None:
    draft_editor = editor_with()
    draft_editor.edit({SEED: 5}, "Edit")
    first = draft_of(draft_editor)
    draft_editor.open_deployment(BIKE, None, "draft:ab12")
    assert draft_of(draft_editor).key == "draft:ab12"
    draft_editor.edit({SEED: 6}, "Edit")
    draft_editor.open_deployment(BIKE, replace(first, changes={SEED: 7}), "draft:cd34")
    assert draft_of(draft_editor).changes == {}, "what is stored of another one is none of it"
    draft_editor.open_deployment(BIKE)
    assert draft_of(draft_editor) == first
    draft_editor.undo()
    assert draft_of(draft_editor).changes == {}
