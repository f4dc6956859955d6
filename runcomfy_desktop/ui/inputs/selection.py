"""Which inputs of the tree are selected: what is set in one of them is set in all alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence

from runcomfy_desktop.i18n import n_
from runcomfy_desktop.ui.models.inputs import Column
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.row_tree import RowTree

_Modifier = Qt.KeyboardModifier
_WAYS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class RowSelection(QObject):
    """The selected inputs of one tree, in no order. Emits `changed`.

    It is our own: Qt's keeps indexes, and whoever filters or folds wants to keep what he selected.
    """

    changed = Signal()

    def __init__(self, view: RowTree) -> None:
        super().__init__(view)
        self._view = view
        self._model = view.inputs
        self._keys: frozenset[InputKey] = frozenset()
        self._before: frozenset[InputKey] = frozenset()
        """What was selected before the range was, that grows and shrinks now."""
        self._anchor: InputKey | None = None

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __bool__(self) -> bool:
        return bool(self._keys)

    def in_order(self) -> list[InputKey]:
        """What is selected, in the order of the workflow."""
        draft = self._model.draft
        if draft is None or not self._keys:
            return []
        order = {node_id: place for place, node_id in enumerate(draft.workflow.nodes)}
        return sorted(self._keys, key=lambda key: (order.get(key.node_id, -1), self._row(key)))

    def together(self, key: InputKey) -> list[InputKey]:
        """The inputs that get what `key` gets: all selected ones of its kind, else it alone."""
        if key not in self._keys:
            return [key]
        kind = self._model.spec_of(key).kind
        return [each for each in self.in_order() if self._model.spec_of(each).kind is kind]

    def clear(self) -> None:
        self._anchor, self._before = None, frozenset()
        self._set(frozenset())

    def toggle(self, index: QModelIndex) -> None:
        """Takes a row in or out; a header means all that is shown below it."""
        keys = self._meant(index)
        if keys:
            self._anchor = keys[-1]
            more = frozenset(keys)
            self._before = self._keys - more if more <= self._keys else self._keys | more
            self._set(self._before)

    def take_click(self, index: QModelIndex, modifiers: Qt.KeyboardModifier) -> bool:
        """Whether a click was about what is selected, and about nothing else."""
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

    def take_key(self, event: QKeyEvent, current: QModelIndex) -> bool:
        """Whether a key was about what is selected."""
        code, modifiers = event.key(), event.modifiers() & ~_Modifier.KeypadModifier
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif code == Qt.Key.Key_Escape and self._keys:
            self.clear()
        elif code == Qt.Key.Key_Space and modifiers == _Modifier.ControlModifier:
            self.toggle(current)
        elif code in _WAYS and modifiers == _Modifier.ShiftModifier:
            self._extend_by(_WAYS[Qt.Key(code)], current)
        else:
            return False
        return True

    def _extend_by(self, way: int, current: QModelIndex) -> None:
        beside = self._view.index_below if way > 0 else self._view.index_above
        wanted = beside(current)
        if wanted.isValid():
            if not self._keys:
                self._anchor = self._model.key_at(current) or self._model.key_at(wanted)
            self._view.setCurrentIndex(wanted)
            self.extend_to(wanted)

    def extend_to(self, index: QModelIndex) -> None:
        """Selects everything between the row where the range began and this one."""
        if self._anchor is None or not self._model.index_of(self._anchor).isValid():
            self._anchor, self._before = self._model.key_at(index), self._keys
        if self._anchor is None:
            return
        begin = self._model.index_of(self._anchor, Column.NAME)
        ends = sorted((begin, index.siblingAtColumn(Column.NAME)), key=self._view.line_of)
        found, here = [], ends[0]
        while here.isValid():
            key = self._model.key_at(here)
            found += [] if key is None else [key]
            if here == ends[1]:
                break
            here = self._view.index_below(here)
        self._set(self._before | frozenset(found))

    def select_all(self) -> None:
        """Every input that is shown now, in folded nodes, too."""
        places = range(self._model.rowCount())
        self._set(frozenset(key for place in places for key in self._model.keys_of(place)))

    def keep_only(self, draft: Draft) -> None:
        """Lets go of what another draft does not have."""
        there = (key for key in self._keys if key in draft.workflow or key in draft.changes)
        self._set(frozenset(there))

    def _meant(self, index: QModelIndex) -> list[InputKey]:
        key = self._model.key_at(index)
        if key is not None:
            return [key]
        return self._model.keys_of(index.row()) if index.isValid() else []

    def _row(self, key: InputKey) -> int:
        index = self._model.index_of(key)
        return index.row() if index.isValid() else -1

    def _set(self, keys: frozenset[InputKey]) -> None:
        if keys == self._keys:
            return
        self._keys = keys
        count = len(keys)
        text = n_("%d input is selected", "%d inputs are selected", count) % count
        announce(self._view, text)
        self.changed.emit()
