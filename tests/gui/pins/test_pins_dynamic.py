"""Pins of inputs that a choice adds or removes, and pins when the workflow changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.editors import ChoiceEditor
from tests.gui.support import all_input_kinds, user_input
from tests.gui.support.all_input_kinds import CODEC, CRF, FORMAT
from tests.gui.support.inputs_harness import (
    DEPLOYMENT,
    STEPS,
    WORKFLOW,
    object_info,
    open_inputs_harness,
)
from tests.gui.support.pinned_form import PinnedFormDriver

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from tests.gui.support.inputs_harness import InputsHarness

K = Qt.Key
COLOURS = InputKey("6", "format.colours")


def choose(harness: InputsHarness, form: PinnedFormDriver, key: InputKey, text: str) -> None:
    form.click(key)
    editor = form.view.delegate.editor
    assert isinstance(editor, ChoiceEditor)
    editor.list_view().hide()
    user_input.process_events()
    harness.retype(text)
    if isinstance(form.view.delegate.editor, ChoiceEditor):
        form.view.delegate.editor.list_view().hide()
    harness.key(K.Key_Return)
    user_input.process_events()


async def test_a_pin_comes_and_goes_with_its_input(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open(all_input_kinds.WORKFLOW, classes=all_input_kinds.object_info())
        harness.pins.pin(FORMAT, CODEC, CRF)
        form = PinnedFormDriver(harness)
        assert list(form.model.keys) == [FORMAT, CODEC, CRF]
        choose(harness, form, FORMAT, "gif")
        assert list(form.model.keys) == [FORMAT]
        harness.pins.pin(COLOURS)
        user_input.process_events()
        assert list(form.model.keys) == [FORMAT, COLOURS]
        form.click(COLOURS)
        harness.retype("32")
        harness.key(K.Key_Return)
        assert harness.changes[COLOURS] == 32
        harness.draft_editor.undo()
        harness.draft_editor.undo()
        user_input.process_events()
        assert harness.changes == {}
        assert list(form.model.keys) == [FORMAT, CODEC, CRF]


async def test_the_focus_stays_in_the_form_when_a_pin_comes_and_goes(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open(all_input_kinds.WORKFLOW, classes=all_input_kinds.object_info())
        harness.pins.pin(FORMAT, CRF)
        form = PinnedFormDriver(harness)
        choose(harness, form, FORMAT, "gif")
        assert list(form.model.keys) == [FORMAT]
        assert form.view.hasFocus()
        harness.draft_editor.undo()
        user_input.process_events()
        assert list(form.model.keys) == [FORMAT, CRF]


async def test_what_is_being_typed_stays_when_the_kinds_of_inputs_come(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open(schema=False)
        harness.pins.pin(STEPS)
        form = PinnedFormDriver(harness)
        form.click(STEPS)
        harness.retype("4")
        harness.draft_editor.set_schema(DEPLOYMENT, NodeSchema(object_info()))
        user_input.process_events()
        assert form.view.delegate.editing_key == STEPS
        harness.type("2")
        harness.key(K.Key_Return)
        assert harness.changes == {STEPS: 42}
        assert form.model.spec_of(STEPS).maximum == 10000


async def test_pins_follow_their_nodes_to_other_ids(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        harness.pins.pin(STEPS)
        form = PinnedFormDriver(harness)
        moved: JsonObject = json.loads(json.dumps(WORKFLOW).replace('"31"', '"9031"'))
        harness.open(moved)
        there = InputKey("9031", "steps")
        assert form.model.keys == (there,)
        form.click(there)
        harness.retype("7")
        harness.key(K.Key_Return)
        assert harness.changes == {there: 7}
        assert harness.pins.state.own_pins[0].key == there
