"""Selection of inputs in the tree: a value set in one is set in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractItemView

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import n_
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.row_geometry import position_of
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel
    from runcomfy_desktop.ui.input_tree.row_geometry import RowGeometry

_Modifier = Qt.KeyboardModifier
_CursorAction = QAbstractItemView.CursorAction
_MOVES = {
    Qt.Key.Key_Up: _CursorAction.MoveUp,
    Qt.Key.Key_Down: _CursorAction.MoveDown,
    Qt.Key.Key_PageUp: _CursorAction.MovePageUp,
    Qt.Key.Key_PageDown: _CursorAction.MovePageDown,
    Qt.Key.Key_Home: _CursorAction.MoveHome,
    Qt.Key.Key_End: _CursorAction.MoveEnd,
}


class RowSelection(QObject):
    """Unordered set of selected inputs of one tree, which is stored in the tree's model.

    Emits `changed`, and `message_sent` with a sentence when inputs out of sight were changed
    together with a visible one.

    Qt's own selection model is not used because it stores indexes: the selection should survive
    filtering and folding.
    """

    changed = Signal()
    message_sent = Signal(str)

    def __init__(
        self, view: QAbstractItemView, model: InputsModel, row_geometry: RowGeometry
    ) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._row_geometry = row_geometry
        self._base_keys: frozenset[InputKey] = frozenset()
        """Selection before the user began the current range."""
        self._anchor: InputKey | None = None
        self._draft_key = ""
        self._reported_merge: object = None
        self._model.edited_together.connect(self._on_model_edited_together)
        # Inputs removed by a choice must not be changed unseen.
        self._model.node_rows_changed.connect(self._on_model_node_rows_changed)

    @property
    def _keys(self) -> frozenset[InputKey]:
        return self._model.selected_keys

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __bool__(self) -> bool:
        return bool(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def keys_in_order(self) -> list[InputKey]:
        """Returns the selected inputs in the order of the workflow."""
        draft = self._model.draft
        if draft is None or not self._keys:
            return []
        names: dict[str, set[str]] = {}
        for key in self._keys:
            names.setdefault(key.node_id, set()).add(key.name)
        return [
            InputKey(node.node_id, name)
            for node in draft.workflow.nodes.values()
            if node.node_id in names
            for name in self._model.names_of(node)
            if name in names[node.node_id]
        ]

    def clear(self) -> None:
        self._anchor, self._base_keys = None, frozenset()
        self._set_keys(frozenset())

    def toggle(self, index: QModelIndex) -> None:
        """Toggles the selection of a row; a header stands for all inputs shown below it."""
        keys = self._keys_of_row(index)
        if keys:
            self._anchor = keys[-1]
            toggled = frozenset(keys)
            self._base_keys = (
                self._keys - toggled if toggled <= self._keys else self._keys | toggled
            )
            self._set_keys(self._base_keys)

    def handle_click(self, index: QModelIndex, modifiers: Qt.KeyboardModifier) -> bool:
        """Handles a click; returns True if it only concerned the selection."""
        if modifiers & _Modifier.ControlModifier:
            self.toggle(index)
        elif modifiers & _Modifier.ShiftModifier:
            self.extend_to(index)
        else:
            key = self._model.key_at(index)
            if key is None or key not in self._keys:
                self.clear()
            self._anchor = key
            return False
        return True

    def handle_key(self, event: QKeyEvent, current: QModelIndex) -> bool:
        """Handles a key; returns True if it concerned the selection."""
        code, modifiers = event.key(), event.modifiers() & ~_Modifier.KeypadModifier
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif code == Qt.Key.Key_Escape and self._keys:
            self.clear()
        elif code == Qt.Key.Key_Space and modifiers == _Modifier.ControlModifier:
            self.toggle(current)
        elif code in _MOVES and modifiers == _Modifier.ShiftModifier:
            self._extend_by(_MOVES[Qt.Key(code)], current)
        else:
            return False
        return True

    def _extend_by(self, move: QAbstractItemView.CursorAction, current: QModelIndex) -> None:
        wanted = self._view.moveCursor(move, _Modifier.NoModifier)
        if wanted.isValid() and wanted != current:
            if not self._keys:
                self._anchor = self._model.key_at(current) or self._model.key_at(wanted)
            self._view.setCurrentIndex(wanted)
            self.extend_to(wanted)

    def extend_to(self, index: QModelIndex) -> None:
        """Selects everything between the start of the range and this row."""
        if self._anchor is None or not self._model.index_of(self._anchor).isValid():
            self._anchor, self._base_keys = self._model.key_at(index), self._keys
        if self._anchor is None:
            return
        begin = self._model.index_of(self._anchor, InputColumn.NAME)
        first, last = sorted((position_of(begin), position_of(index)))
        found: list[InputKey] = []
        for header_row in range(first[0], last[0] + 1):
            if self._row_geometry.is_expanded(self._model.index(header_row, 0)):
                keys = self._model.keys_at(header_row)
                end = last[1] + 1 if header_row == last[0] else len(keys)
                found += keys[max(first[1], 0) if header_row == first[0] else 0 : end]
        self._set_keys(self._base_keys | frozenset(found))

    def select_all(self) -> None:
        """Selects every input that is shown, including those in folded nodes."""
        header_rows = range(self._model.rowCount())
        self._set_keys(
            frozenset(key for header_row in header_rows for key in self._model.keys_at(header_row))
        )

    def prune(self, draft: Draft) -> None:
        """Removes inputs that no longer exist from the selection.

        Another draft starts without a selection, because inputs out of sight would be changed
        unseen.
        """
        if draft.key != self._draft_key:
            self._draft_key = draft.key
            self.clear()
            return
        remaining = frozenset(self.keys_in_order())
        self._base_keys &= remaining
        self._set_keys(remaining)

    def _on_model_node_rows_changed(self, _node_id: str) -> None:
        if self._keys and self._model.draft is not None:
            self.prune(self._model.draft)

    def _on_model_edited_together(self, keys: Sequence[InputKey], merge: object) -> None:
        """Reports how many changed inputs are out of sight, once for each merge key."""
        is_reported = merge is not None and merge is self._reported_merge
        if is_reported or not self._keys:
            # Without a selection, equal seeds were changed, as their row says.
            return
        self._reported_merge = merge
        in_view = self._view.viewport().rect().translated(0, self._view.verticalScrollBar().value())
        hidden = len(set(keys) - self._row_geometry.keys_in(in_view))
        if hidden:
            text = n_(
                "%d inputs were changed together, %d of them out of sight.",
                "%d inputs were changed together, %d of them out of sight.",
                hidden,
            )
            self.message_sent.emit(text % (len(keys), hidden))

    def _keys_of_row(self, index: QModelIndex) -> list[InputKey]:
        key = self._model.key_at(index)
        if key is not None:
            return [key]
        return self._model.keys_at(index.row()) if index.isValid() else []

    def _set_keys(self, keys: frozenset[InputKey]) -> None:
        if keys == self._keys:
            return
        self._model.selected_keys = keys
        count = len(keys)
        text = n_("%d input is selected", "%d inputs are selected", count) % count
        announce(self._view, text)
        self.changed.emit()
