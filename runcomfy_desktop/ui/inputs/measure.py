"""How high the rows of the tree are. What was measured is kept: a filter shows the same rows again.

Wrapping thousands of prompts takes longer than everything else between a key and its frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.ui.inputs import layout, painting
from runcomfy_desktop.ui.inputs.editors import TallEditor, TextEditor
from runcomfy_desktop.ui.models.inputs import TALL_KINDS
from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtCore import QModelIndex

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.delegate import InputsDelegate
    from runcomfy_desktop.ui.models.inputs import InputRow, InputsModel


class RowMeasure:
    """Measures for a tree, by what is in the rows and by the editor that is open in one. `room`
    tells how high a row can be and still be seen as a whole."""

    def __init__(
        self, model: InputsModel, delegate: InputsDelegate, room: Callable[[], int]
    ) -> None:
        self._model = model
        self._delegate = delegate
        self._room = room
        self._about: tuple[object, ...] = (None, None, None)
        self._where = ("", 0)
        self._known: dict[str, dict[str, int]] = {}
        self.width = 0
        """That of a whole row."""
        model.row_changed.connect(self._forget)
        model.many_changed.connect(self._forget_many)
        model.rows_changed.connect(lambda node_id: self._known.pop(node_id, None))

    def header_height(self, place: int) -> int:
        """The height of a node's header, with the fault that stands in it."""
        metrics = self._delegate.metrics
        fault = self._model.fault_at(place) if self._model.state.faults else None
        if fault is None:
            return metrics.header
        return metrics.header + painting.header_fault_height(fault, metrics, self.width) + STEP

    def heights(self, place: int) -> list[int]:
        """The heights of a node's inputs, as far as they are shown."""
        names = self._model.names_at(place)
        known = self._known.setdefault(self._model.node_id_at(place), {})
        try:
            heights = [known[name] for name in names]
        except KeyError:
            heights = [self._delegate.metrics.row] * len(names)
            for at, key in self._model.tall_inputs(place):
                heights[at] = self._height(self._model.row_of(key))
            for key, height in zip(self._model.keys_of(place), heights, strict=True):
                self._keep(key, height)
        return heights

    def height(self, index: QModelIndex) -> int:
        """The height of one row, measured anew."""
        row = self._model.input_row(index)
        if row is None:
            return self.header_height(index.row())
        self.begin()
        height = self._height(row)
        self._keep(row.key, height)
        return height

    def _height(self, row: InputRow) -> int:
        metrics, width = self._delegate.metrics, self._delegate.cell_width
        height = layout.row_height(row, metrics, width)
        editor = self._delegate.editor
        if row.key != self._delegate.editing_key or not isinstance(editor, TallEditor):
            return height
        fault = layout.fault_block(row, metrics, width)
        around = metrics.row - metrics.line + (0 if fault is None else fault.height + STEP)
        around += layout.hint_room(row, metrics, width)
        if not isinstance(editor, TextEditor):
            return max(height, editor.needed_height() + around)
        # Beyond what is in view it scrolls inside, so that the caret can always be seen.
        least = 2 * metrics.line
        most = max(self._room() - around, least)
        return min(max(editor.needed_height(), layout.least_text(metrics)), most) + around

    def begin(self) -> None:
        """Forgets everything when it is about another workflow, or rows are of another width."""
        draft, delegate = self._model.draft, self._delegate
        workflow, key = (None, "") if draft is None else (draft.workflow, draft.key)
        about = (workflow, self._model.figures, delegate.metrics)
        where = (key, delegate.cell_width)
        is_same = all(now is before for now, before in zip(about, self._about, strict=True))
        if not is_same or where != self._where:
            self._about, self._where, self._known = about, where, {}

    def _keep(self, key: InputKey, height: int) -> None:
        known = self._known.setdefault(key.node_id, {})
        if key == self._delegate.editing_key:
            # It grows with what is typed.
            known.pop(key.name, None)
        else:
            known[key.name] = height

    def _forget(self, key: InputKey) -> None:
        self._known.get(key.node_id, {}).pop(key.name, None)

    def _forget_many(self, keys: Iterable[InputKey]) -> None:
        """A number that is right is as high as any other, so that most are not looked at again."""
        faulty, plain = self._model.state.faults, self._delegate.metrics.row
        for key in keys:
            known = self._known.get(key.node_id, {})
            height = known.get(key.name)
            if height is None:
                continue
            if height != plain or key in faulty or self._model.spec_of(key).kind in TALL_KINDS:
                del known[key.name]


class FormMeasure(RowMeasure):
    """The same for a few rows of many nodes: they are measured whenever it is asked."""

    def heights(self, place: int) -> list[int]:
        return [self._height(self._model.row_of(key)) for key in self._model.keys_of(place)]
