"""Drafts follow their presets when these are saved, renamed or moved; undo does not revert that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.open_draft_commands import set_preset, update_preset_path
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import Draft

GRAPH: JsonObject = {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a bike"}}}
TEXT = InputKey("6", "text")
BIKE = Deployment("0b7e", "bike", payload=DeploymentPayload(GRAPH))
OTHER = Deployment("77", "other", payload=DeploymentPayload(GRAPH))


def make_draft_editor() -> tuple[DraftEditor, list[Draft]]:
    """Returns an editor with an open deployment, and the list of drafts that it saves."""
    draft_editor = DraftEditor()
    stored: list[Draft] = []
    draft_editor.open_deployment(BIKE)
    draft_editor.edited.subscribe(stored.append)
    return draft_editor, stored


def preset(draft_editor: DraftEditor) -> str:
    assert draft_editor.state.draft is not None
    return draft_editor.state.draft.preset


def test_what_is_saved_goes_back_to_its_preset_before_and_after_undo() -> None:
    draft_editor, stored = make_draft_editor()
    draft_editor.edit({TEXT: "a car"}, "Change text")
    set_preset(draft_editor, "0b7e", "Car.json")
    assert preset(draft_editor) == "Car.json"
    assert stored[-1].preset == "Car.json"
    draft_editor.undo()
    assert preset(draft_editor) == "Car.json"
    draft_editor.redo()
    assert preset(draft_editor) == "Car.json"


def test_an_undo_beyond_the_applying_leads_to_the_preset_before_that() -> None:
    draft_editor, _stored = make_draft_editor()
    draft = draft_editor.state.draft
    assert draft is not None
    draft_editor.replace_draft(
        replace(draft.with_values({TEXT: "a car"}), preset="Car.json"), "Apply"
    )
    set_preset(draft_editor, "0b7e", "Red car.json")
    draft_editor.undo()
    assert preset(draft_editor) == ""
    draft_editor.redo()
    assert preset(draft_editor) == "Red car.json"


def test_a_renamed_preset_is_followed_by_every_open_draft() -> None:
    draft_editor, stored = make_draft_editor()
    set_preset(draft_editor, "0b7e", "Car.json")
    draft_editor.open_deployment(OTHER)
    assert preset(draft_editor) == ""
    stored.clear()
    update_preset_path(draft_editor, "Car.json", "Cars/Car.json")
    assert [each.preset for each in stored] == ["Cars/Car.json"]
    assert preset(draft_editor) == ""
    draft_editor.open_deployment(BIKE)
    assert preset(draft_editor) == "Cars/Car.json"


def test_a_draft_that_is_gone_follows_nothing() -> None:
    draft_editor, stored = make_draft_editor()
    set_preset(draft_editor, "nobody", "Car.json")
    set_preset(draft_editor, "0b7e", "")
    assert stored == []
