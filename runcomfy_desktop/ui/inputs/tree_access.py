"""What a screen reader sees in place of the painted tree: nodes, and below them their controls.

Items are made when they are first asked for, so the tree costs nothing while nobody listens.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QAccessibleInterface,
    QAccessibleStateChangeEvent,
    QAccessibleValueChangeEvent,
)
from PySide6.QtWidgets import QAccessibleWidget

from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.inputs.tree_items import NodeItem, PartItem, ValueItem
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.painted_item import PaintedItem, forget

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtCore import QModelIndex, QObject

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.view import InputsView


_AT_ONCE = 500


class TreeItems:
    """Owns the items of one tree and tells the screen reader what has changed about them."""

    def __init__(self, view: InputsView) -> None:
        self._view = view
        self._model = view.inputs
        self._nodes: dict[str, NodeItem] = {}
        self._values: dict[InputKey, ValueItem] = {}
        self._parts: dict[tuple[InputKey, Part], PartItem] = {}
        self._said: dict[InputKey, str] = {}
        self._gone: list[PaintedItem] = []
        self.is_quiet = False
        """Whether another tree says what happens to the same inputs."""
        self._later = QTimer(view)
        self._later.timeout.connect(self._forget_some)
        self.tree = TreeAccess(view, self)
        _answer_for_trees()
        view.inputs.rebuilt.connect(self._on_model_rebuilt)
        view.inputs.rows_changed.connect(lambda _node_id: self._on_model_rebuilt())
        view.inputs.row_changed.connect(self._on_model_row_changed)
        view.inputs.many_changed.connect(self._on_model_many_changed)
        view.expanded.connect(lambda index: self._on_fold_changed(index, is_open=True))
        view.collapsed.connect(lambda index: self._on_fold_changed(index, is_open=False))
        view.selectionModel().currentChanged.connect(lambda now, _before: self.tell_focus(now))

    def node(self, node_id: str) -> NodeItem:
        if node_id not in self._nodes:
            self._nodes[node_id] = NodeItem(self._view, self, node_id)
        return self._nodes[node_id]

    def node_at(self, place: int) -> NodeItem | None:
        node = self._model.node_row(self._model.index(place, 0))
        return None if node is None else self.node(node.node_id)

    def value(self, key: InputKey) -> ValueItem:
        if key not in self._values:
            self._values[key] = ValueItem(self._view, self, key)
        return self._values[key]

    def controls(self, place: int) -> list[PaintedItem]:
        """The controls of a node's inputs, in reading order."""
        found: list[PaintedItem] = []
        for key in self._model.keys_of(place):
            found.append(self.value(key))
            row = self._model.row_of(key)
            parts = [Part.MODE, Part.DICE] if row.spec.is_seed else []
            parts += [Part.SWATCH] if row.spec.kind is InputKind.COLOR else []
            parts += [Part.RESET] if row.is_changed else []
            has_cure = row.fault is not None and row.fault.cure is not None
            parts += [Part.CURE] if has_cure else []
            found += [self._part(key, part) for part in parts]
        return found

    def at(self, index: QModelIndex) -> PaintedItem | None:
        """The item that stands for a row: a node's header or an input's value."""
        key, node = self._model.key_at(index), self._model.node_row(index)
        if key is not None:
            return self.value(key)
        return None if node is None else self.node(node.node_id)

    def tell_focus(self, index: QModelIndex) -> None:
        """The keyboard is on another row."""
        item = self.at(index) if QAccessible.isActive() and self._view.hasFocus() else None
        if item is not None:
            QAccessible.updateAccessibility(QAccessibleEvent(item, QAccessible.Event.Focus))

    def _part(self, key: InputKey, part: Part) -> PartItem:
        if (key, part) not in self._parts:
            self._parts[key, part] = PartItem(self._view, self, key, part)
        return self._parts[key, part]

    def _on_model_rebuilt(self) -> None:
        """Other rows, perhaps with other kinds of values: everything is met anew."""
        items: list[PaintedItem] = [*self._nodes.values(), *self._values.values()]
        items += self._parts.values()
        self._nodes, self._values, self._parts, self._said = {}, {}, {}, {}
        for item in items:
            item.is_gone = True
        self._gone += items
        if items:
            self._later.start(0)
        if QAccessible.isActive():
            event = QAccessibleEvent(self._view, QAccessible.Event.ObjectReorder)
            QAccessible.updateAccessibility(event)

    def _forget_some(self) -> None:
        """A big workflow has thousands of items, and forgetting them all at once is felt."""
        for _step in range(min(_AT_ONCE, len(self._gone))):
            forget(self._gone.pop())
        if not self._gone:
            self._later.stop()

    def _tell_change(self, key: InputKey) -> None:
        """Says what is seen at a glance: what is wrong with a value, and the picture taken."""
        row = self._model.row_of(key)
        what = texts.fault_text(row.fault) if row.fault is not None else ""
        if not what and row.spec.kind.is_media and row.is_changed:
            what = texts.media_name(row.value, row.spec.kind)
        if what and self._said.get(key, "") != what:
            announce(self._view, f"{self._model.name_of(key)}: {what}")
        self._said[key] = what

    def _on_model_row_changed(self, key: InputKey) -> None:
        if QAccessible.isActive() and not self.is_quiet:
            self._tell_change(key)
        item = self._values.get(key)
        if item is not None and QAccessible.isActive():
            self._tell_value(item)

    def _on_model_many_changed(self, keys: Collection[InputKey]) -> None:
        """Nobody listens to a thousand sentences: what was met is told its value, no more."""
        if QAccessible.isActive():
            for key in self._values.keys() & keys:
                self._tell_value(self._values[key])

    def _tell_value(self, item: ValueItem) -> None:
        if item.kind is InputKind.BOOLEAN:
            changed = QAccessible.State()
            changed.checked = True
            QAccessible.updateAccessibility(QAccessibleStateChangeEvent(item, changed))
        else:
            event = QAccessibleValueChangeEvent(item, item.value_text())
            QAccessible.updateAccessibility(event)

    def _on_fold_changed(self, index: QModelIndex, *, is_open: bool) -> None:
        item = self.at(index) if QAccessible.isActive() else None
        if item is not None:
            changed = QAccessible.State()
            changed.expanded, changed.collapsed = is_open, not is_open
            QAccessible.updateAccessibility(QAccessibleStateChangeEvent(item, changed))


class TreeAccess(QAccessibleWidget):
    """The tree itself. Its children are the nodes and, at the end, the editor while one is open."""

    def __init__(self, view: InputsView, items: TreeItems) -> None:
        super().__init__(view, QAccessible.Role.Tree, view.accessibleName())
        self._view = view
        self._items = items

    def childCount(self) -> int:
        return self._view.inputs.rowCount() + (self._editor() is not None)

    def child(self, index: int) -> QAccessibleInterface:
        count = self._view.inputs.rowCount()
        found = self._editor() if index == count else self._items.node_at(index)
        return found  # type: ignore[return-value] # None beyond the last one

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        if isinstance(child, NodeItem):
            return child.index().row()
        return self._view.inputs.rowCount() if child.object() is self._view.delegate.editor else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        index = self._view.indexAt(self._view.viewport().mapFromGlobal(QPoint(x, y)))
        header = index.parent() if index.parent().isValid() else index
        return self._items.node_at(header.row()) if header.isValid() else None  # type: ignore[return-value]

    def focusChild(self) -> QAccessibleInterface:
        editor = self._editor()
        has_focus = self._view.hasFocus()
        item = self._items.at(self._view.currentIndex()) if has_focus else None
        return item if editor is None else editor  # type: ignore[return-value]

    def _editor(self) -> QAccessibleInterface | None:
        editor = self._view.delegate.editor
        return None if editor is None else QAccessible.queryAccessibleInterface(editor)


@cache
def _answer_for_trees() -> None:
    """Tells Qt, once, who answers a screen reader's questions about a tree."""
    QAccessible.installFactory(_access)


def _access(_kind: str, thing: QObject) -> QAccessibleInterface | None:
    items = getattr(thing, "access", None)
    return items.tree if isinstance(items, TreeItems) else None
