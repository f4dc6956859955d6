"""Real-life workflows: every editable input is pinned and edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.pins import Pins
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.pin import MAX_PINS, matched_pins, pin_of
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from runcomfy_desktop.store.pins import PinStore
from runcomfy_desktop.ui.pins.pins_model import PinsModel
from tests.gui.input_tree.test_inputs_corpus import FILES, another_value, as_json, opened, schema
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import open_inputs_harness
from tests.gui.support.pinned_form import PinnedFormDriver

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.base.session_scope import SessionScope

_IN_VIEW = FILES[:: max(1, len(FILES) // 8)][:8]


def editable(workflow: Workflow, model: PinsModel) -> list[InputKey]:
    found = [key for key in workflow.input_keys() if model.spec_of(key).kind.is_editable]
    return found[:MAX_PINS]


def renumbered(workflow: Workflow) -> Workflow:
    """Returns the workflow with other node ids."""
    return Workflow(
        {
            f"9{node_id}": Node(f"9{node_id}", node.class_type, node.title, node.inputs)
            for node_id, node in workflow.nodes.items()
        }
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem[-40:])
async def test_each_input_is_changed_and_reset_by_its_pin(
    scope: SessionScope, tmp_path: Path, file: Path
) -> None:
    workflow, notices = opened(file), Notices()
    draft_editor = DraftEditor()
    draft_editor.pin_sets["corpus:1"] = ()
    pins = Pins(draft_editor, PinStore(tmp_path / "pins.json", notices.post_failure), notices)
    model = PinsModel(scope, draft_editor)
    pins.changed.subscribe(model.show_pins)
    payload = DeploymentPayload(as_json(workflow))
    draft_editor.open_deployment(Deployment("corpus:1", file.stem, payload=payload))
    draft_editor.set_schema("corpus:1", schema())
    keys = editable(workflow, model)
    pins.pin(*keys)
    assert list(model.keys) == keys
    for key in keys:
        row = model.input_row_of(key)
        assert model.key_at(model.index_of(key)) == key
        model.edit(key, another_value(row), "change")
        assert draft_editor.state.draft is not None
        assert draft_editor.state.draft.changes[key] == another_value(row)
        assert model.input_row_of(key).is_changed
        model.reset_input(key)
        assert draft_editor.state.draft.changes == {}
        assert key in model.keys
    await pins.close()


@pytest.mark.parametrize("file", _IN_VIEW, ids=lambda file: file.stem[-40:])
async def test_tab_leads_through_the_whole_form(tmp_path: Path, file: Path) -> None:
    workflow = opened(file)
    async with open_inputs_harness(tmp_path, height=1000) as harness:
        harness.open(as_json(workflow), classes=dict(schema().classes))
        form = PinnedFormDriver(harness)
        media = [key for key in workflow.input_keys() if harness.model.spec_of(key).kind.is_media]
        keys = [key for key in editable(workflow, form.model) if key not in media][:30]
        harness.pins.pin(*keys)
        user_input.process_events()
        if not keys:
            return
        form.view.go_to(form.model.index_of(keys[0]))
        form.view.commands.open_editor(form.model.index_of(keys[0]))
        visited = []
        for _step in keys:
            visited.append(form.view.delegate.editing_key)
            user_input.key(harness.panel, Qt.Key.Key_Tab)
        assert visited == keys
        assert harness.changes == {}


@pytest.mark.parametrize("file", FILES[::10], ids=lambda file: file.stem[-40:])
def test_no_pin_is_found_at_a_node_of_another_class_or_twice(file: Path) -> None:
    workflow = opened(file)
    pins = [pin_of(key, workflow) for key in workflow.input_keys()]
    other = renumbered(workflow)
    placed = matched_pins(pins, other)
    assert len({pin.key for pin in placed.values()}) == len(placed)
    for at, pin in placed.items():
        assert pin.class_type == pins[at].class_type
        assert pin.key.name == pins[at].key.name
        assert pin.key in other
    assert matched_pins(pins, workflow) == dict(enumerate(pins))
