"""Random walks through the tree.

After any action, rows are where the view reports them, the screen is up to date, and undo has the
same history as a simple model made of dictionaries.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit

from runcomfy_desktop.domain.drafts.draft import same_value
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import BIG_SEED, WORKFLOW, InputsHarness, open_inputs_harness
from tests.support.soak import share

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey

K = Qt.Key
_KEYS = (K.Key_Up, K.Key_Down, K.Key_PageUp, K.Key_PageDown, K.Key_Home, K.Key_End, K.Key_Left)
_VALUES: dict[InputKind, list[Json]] = {
    InputKind.INT: [0, 5, -3, BIG_SEED],
    InputKind.FLOAT: [1e-7, -0.0, 3, 500.5],
    InputKind.STRING: ["", "x\0y", "\u202eabc"],
    InputKind.TEXT: ["", "one", "lines\n" * 5, "lines\n" * 20],
    InputKind.BOOLEAN: [True, False],
    InputKind.COMBO: ["heun", 2, "not there"],
    InputKind.IMAGE: ["", "b.png", "https://example.com/y.png", "http://example.com"],
}


def nodes(times: int) -> JsonObject:
    """Returns the usual workflow repeated the given number of times."""
    graph: JsonObject = {}
    for number in range(times):
        for node_id, raw in json.loads(json.dumps(WORKFLOW)).items():
            for value in raw["inputs"].values():
                if isinstance(value, list):
                    value[0] = f"{number}:{value[0]}"
            graph[f"{number}:{node_id}"] = raw
    return graph


class UndoModel:
    """Expected undo history, kept as a list of plain dictionaries."""

    def __init__(self, harness: InputsHarness) -> None:
        self._harness = harness
        self._now: dict[InputKey, Value] = {}
        self._before: list[dict[InputKey, Value]] = []
        self._after: list[dict[InputKey, Value]] = []

    def change(self, values: dict[InputKey, Value]) -> None:
        saved = self._harness.draft.workflow
        wanted = {**self._now, **values}
        wanted = {
            key: each for key, each in wanted.items() if not same_value(each, saved.value(key))
        }
        if wanted != self._now:
            self._before.append(self._now)
            self._after.clear()
            self._now = wanted

    def undo(self) -> None:
        if self._before:
            self._after.append(self._now)
            self._now = self._before.pop()

    def redo(self) -> None:
        if self._after:
            self._before.append(self._now)
            self._now = self._after.pop()

    def reset(self, keys: list[InputKey]) -> None:
        self.change({key: self._harness.draft.workflow.value(key) for key in keys})

    def check(self) -> None:
        assert self._harness.changes == self._now
        assert bool(self._harness.draft_editor.state.undo_text) == bool(self._before)
        assert bool(self._harness.draft_editor.state.redo_text) == bool(self._after)


class RandomWalk:
    """One random walk, reproducible by its seed."""

    def __init__(self, harness: InputsHarness, seed: int) -> None:
        self._harness = harness
        self._dice = random.Random(seed)
        self._keys = list(harness.draft.workflow.input_keys())
        self._past = UndoModel(harness)
        self._steps = (
            self._edit, self._edit, self._undo, self._redo, self._reset, self._reset_all,
            self._fold, self._fold, self._scroll, self._filter, self._press_key, self._resize,
        )  # fmt: skip

    def step(self) -> str:
        step = self._dice.choice(self._steps)
        step()
        user_input.process_events()
        return step.__name__

    def check(self) -> None:
        self._past.check()
        if self._harness.view.isVisible():
            check_rows(self._harness)
            assert self._harness.is_painted(), "the screen is out of date"

    def _edit(self) -> None:
        key = self._dice.choice(self._keys)
        values = _VALUES.get(self._harness.model.spec_of(key).kind)
        if values is not None:
            change: dict[InputKey, Value] = {key: self._dice.choice(values)}
            self._harness.draft_editor.edit(change, "Edit")
            self._past.change(change)

    def _undo(self) -> None:
        self._harness.draft_editor.undo()
        self._past.undo()

    def _redo(self) -> None:
        self._harness.draft_editor.redo()
        self._past.redo()

    def _reset(self) -> None:
        key = self._dice.choice(self._keys)
        self._harness.model.reset_input(key)
        self._past.reset([key])

    def _reset_all(self) -> None:
        if self._dice.random() < 0.2:
            changed = list(self._harness.changes)
            self._harness.draft_editor.reset_all()
            self._past.reset(changed)

    def _fold(self) -> None:
        view, count = self._harness.view, self._harness.model.rowCount()
        if self._dice.random() < 0.1:
            self._dice.choice((view.expand_all, view.collapse_all))()
        elif count:
            header = self._harness.model.index(self._dice.randrange(count), 0)
            view.set_expanded(header, not view.is_expanded(header))

    def _scroll(self) -> None:
        bar = self._harness.view.verticalScrollBar()
        bar.setValue(self._dice.randint(0, bar.maximum()))

    def _filter(self) -> None:
        if self._dice.random() < 0.5:
            self._harness.panel.show_tab(self._dice.choice(["all", "changed", "problems"]))
        else:
            box = user_input.find(self._harness.panel, QLineEdit, "inputs_filter")
            box.setText(self._dice.choice(("", "seed", "text", "0:", "nothing has it")))

    def _press_key(self) -> None:
        self._harness.key(self._dice.choice(_KEYS))

    def _resize(self) -> None:
        size = self._dice.choice((460, 780, 1600)), self._dice.choice((120, 300, 700, 1500))
        self._harness.panel.resize(*size)


def check_rows(harness: InputsHarness) -> None:
    """Checks that rows follow one another, fit their content, and are found at their positions."""
    view, model = harness.view, harness.model
    height_source = view.row_geometry.height_source
    assert height_source is not None
    top = -view.verticalOffset()
    for place in range(model.rowCount()):
        header = model.index(place, 0)
        assert (view.visualRect(header).top(), True) == (top, header.isValid())
        top += height_source.header_height(place)
        for row in range(model.rowCount(header)):
            index = model.index(row, InputColumn.VALUE, header)
            rect = view.visualRect(index)
            if not view.is_expanded(header):
                assert rect.isNull()
                continue
            assert (rect.top(), rect.height()) == (top, height_source.height(index))
            if view.viewport().rect().contains(rect.center()):
                assert view.indexAt(QPoint(rect.left() + 1, rect.center().y())) == index
            top += rect.height()
    room = view.viewport().height()
    assert view.verticalScrollBar().maximum() == max(0, top + view.verticalOffset() - room)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(share(3, 60)))
async def test_a_random_walk_leaves_everything_where_it_belongs(tmp_path: Path, seed: int) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(nodes(1 + 3 * (seed % 3)))
        walk = RandomWalk(harness, seed)
        done: list[str] = []
        for _step in range(50):
            done.append(walk.step())
            try:
                walk.check()
            except AssertionError as error:
                raise AssertionError(f"after {done[-5:]}: {error}") from error
