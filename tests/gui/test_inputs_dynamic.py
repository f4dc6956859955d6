"""Inputs that come and go with a choice: which rows there are, and what stays where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.domain.live import needs_inline
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.inputs.editors import ChoiceEditor
from tests.gui.support import gallery
from tests.gui.support.bench import Bench, shown_bench
from tests.gui.support.gallery import CODEC, CRF, FORMAT, FRAME

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json, JsonObject

K = Qt.Key
COLOURS, NOTE = InputKey("6", "format.colours"), InputKey("6", "format.note")


def opened(bench: Bench) -> None:
    bench.open(gallery.WORKFLOW, classes=gallery.object_info())


def names(bench: Bench, node_id: str = "6") -> list[str]:
    index = bench.model.index_of_node(node_id)
    return [key.name for key in bench.model.keys_of(index.row())]


def choose(bench: Bench, key: InputKey, text: str) -> None:
    """As a person does it: a click, another choice, Enter."""
    bench.click(key)
    bench.close_list()
    bench.retype(text)
    if isinstance(bench.view.delegate.editor, ChoiceEditor):
        bench.close_list()
    bench.key(K.Key_Return)


async def test_children_stand_below_their_parent_with_short_names(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        opened(bench)
        rows = [bench.model.row_of(key) for key in (FORMAT, CODEC, CRF, FRAME)]
        assert [(row.name, row.depth) for row in rows] == [
            ("format", 0),
            ("codec", 1),
            ("crf", 2),
            ("frames.image0", 0),
        ]
        assert names(bench) == ["format", "format.codec", "format.codec.crf", "frames.image0"]


async def test_a_choice_brings_its_inputs_and_takes_those_of_the_other(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        opened(bench)
        top = bench.row_rect(FORMAT).top()
        choose(bench, FORMAT, "gif")
        assert names(bench) == ["format", "format.colours", "format.note", "frames.image0"]
        assert bench.changes == {FORMAT: "gif", COLOURS: 64, NOTE: "small"}
        assert bench.workbench.state.undo_text == "Change format"
        assert bench.row_rect(FORMAT).top() == top
        assert bench.view.is_current_row(bench.model.index_of(FORMAT))
        assert bench.view.hasFocus()
        assert needs_inline(bench.draft, bench.workbench.state.schema)
        bench.workbench.undo()
        assert bench.changes == {}
        assert names(bench) == ["format", "format.codec", "format.codec.crf", "frames.image0"]
        assert bench.view.is_current_row(bench.model.index_of(FORMAT))


async def test_an_input_that_came_with_a_choice_is_edited_like_any_other(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        opened(bench)
        choose(bench, FORMAT, "gif")
        bench.click(COLOURS)
        bench.type("32")
        bench.key(K.Key_Tab)
        bench.retype("tiny")
        bench.key(K.Key_Return)
        assert bench.changes == {FORMAT: "gif", COLOURS: 32, NOTE: "tiny"}
        choose(bench, FORMAT, "auto")
        assert bench.changes == {FORMAT: "auto"}
        assert names(bench) == ["format", "frames.image0"]


async def test_tab_goes_on_into_inputs_that_have_just_come(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        opened(bench)
        bench.click(FORMAT)
        bench.close_list()
        bench.retype("gif")
        bench.close_list()
        bench.key(K.Key_Tab)
        assert bench.view.delegate.editing_key == COLOURS


async def test_a_reset_of_the_choice_is_as_if_nothing_had_been_chosen(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        opened(bench)
        choose(bench, CODEC, "auto")
        assert names(bench) == ["format", "format.codec", "frames.image0"]
        bench.click_reset(CODEC)
        assert bench.changes == {}
        choose(bench, FORMAT, "gif")
        bench.click_reset(FORMAT)
        assert bench.changes == {}
        assert names(bench) == ["format", "format.codec", "format.codec.crf", "frames.image0"]


async def test_a_choice_far_down_does_not_move_the_view(tmp_path: Path) -> None:
    inputs: JsonObject = {"seed": 1, "width": 64, "cfg": 1.5, "strength": 0.5, "tiles": 2}
    workflow: dict[str, Json] = {
        f"n{place}": {"class_type": "Numbers", "inputs": dict(inputs)} for place in range(40)
    }
    workflow |= {"6": gallery.WORKFLOW["6"]}
    workflow |= {
        f"z{place}": {"class_type": "Numbers", "inputs": dict(inputs)} for place in range(40)
    }
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow, classes=gallery.object_info())
        top, bar = bench.row_rect(FORMAT).top(), bench.view.verticalScrollBar()
        where = bar.value()
        choose(bench, FORMAT, "gif")
        assert bar.value() == where
        assert bench.row_rect(FORMAT).top() == top
        assert bench.view.is_current_row(bench.model.index_of(FORMAT))


async def test_a_required_input_that_is_missing_is_an_empty_field_of_its_kind(
    tmp_path: Path,
) -> None:
    workflow: dict[str, Json] = {"1": {"class_type": "Numbers", "inputs": {"cfg": 2.5}}}
    width = InputKey("1", "width")
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow, classes=gallery.object_info())
        assert names(bench, "1") == ["seed", "width", "cfg", "strength", "tiles"]
        assert bench.model.data(bench.model.index_of(width)) == ""
        bench.click(width)
        bench.key(K.Key_Return)
        assert bench.changes == {}
        bench.click(width)
        bench.type("128")
        bench.key(K.Key_Return)
        assert bench.changes == {width: 128}
        bench.click_reset(width)
        assert bench.changes == {}
        assert not bench.picture().isNull()


async def test_what_is_looked_for_is_found_among_inputs_that_came(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        opened(bench)
        choose(bench, FORMAT, "gif")
        bench.panel.focus_filter()
        bench.type("format.colours")
        assert "format.colours" in bench.shown()
        bench.retype("crf")
        assert "format.codec.crf" not in bench.shown()
