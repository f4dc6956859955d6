"""Pins of inputs that come and go with a choice, and of workflows that change below them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.inputs.editors import ChoiceEditor
from tests.gui.support import gallery, hands
from tests.gui.support.bench import DEPLOYMENT, STEPS, WORKFLOW, object_info, shown_bench
from tests.gui.support.gallery import CODEC, CRF, FORMAT
from tests.gui.support.pins import Form

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject
    from tests.gui.support.bench import Bench

K = Qt.Key
COLOURS = InputKey("6", "format.colours")


def choose(bench: Bench, form: Form, key: InputKey, text: str) -> None:
    form.click(key)
    editor = form.view.delegate.editor
    assert isinstance(editor, ChoiceEditor)
    editor.list_view().hide()
    hands.settle()
    bench.retype(text)
    if isinstance(form.view.delegate.editor, ChoiceEditor):
        form.view.delegate.editor.list_view().hide()
    bench.key(K.Key_Return)
    hands.settle()


async def test_a_pin_comes_and_goes_with_its_input(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open(gallery.WORKFLOW, classes=gallery.object_info())
        bench.pins.pin(FORMAT, CODEC, CRF)
        form = Form(bench)
        assert list(form.model.keys) == [FORMAT, CODEC, CRF]
        choose(bench, form, FORMAT, "gif")
        assert list(form.model.keys) == [FORMAT]
        bench.pins.pin(COLOURS)
        hands.settle()
        assert list(form.model.keys) == [FORMAT, COLOURS]
        form.click(COLOURS)
        bench.retype("32")
        bench.key(K.Key_Return)
        assert bench.changes[COLOURS] == 32
        bench.workbench.undo()
        bench.workbench.undo()
        hands.settle()
        assert bench.changes == {}
        assert list(form.model.keys) == [FORMAT, CODEC, CRF]


async def test_a_pin_comes_and_goes_in_the_form_that_stands_alone(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open(gallery.WORKFLOW, classes=gallery.object_info())
        bench.pins.pin(FORMAT, CRF)
        form = Form(bench)
        bench.panel.show_tab("pinned")
        choose(bench, form, FORMAT, "gif")
        assert list(form.model.keys) == [FORMAT]
        assert form.view.hasFocus()
        bench.workbench.undo()
        hands.settle()
        assert list(form.model.keys) == [FORMAT, CRF]


async def test_what_is_being_typed_stays_when_the_kinds_of_inputs_come(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open(schema=False)
        bench.pins.pin(STEPS)
        form = Form(bench)
        form.click(STEPS)
        bench.retype("4")
        bench.workbench.set_schema(DEPLOYMENT, Schema(object_info()))
        hands.settle()
        assert form.view.delegate.editing_key == STEPS
        bench.type("2")
        bench.key(K.Key_Return)
        assert bench.changes == {STEPS: 42}
        assert form.model.spec_of(STEPS).maximum == 10000


async def test_pins_follow_their_nodes_to_other_ids(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        bench.pins.pin(STEPS)
        form = Form(bench)
        moved: JsonObject = json.loads(json.dumps(WORKFLOW).replace('"31"', '"9031"'))
        bench.open(moved)
        there = InputKey("9031", "steps")
        assert form.model.keys == (there,)
        form.click(there)
        bench.retype("7")
        bench.key(K.Key_Return)
        assert bench.changes == {there: 7}
        assert bench.model.row_of(there).is_pinned
