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

from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.ui.input_tree import texts
from runcomfy_desktop.ui.input_tree.accessible_tree_items import (
    AccessibleNode,
    AccessibleRowPart,
    AccessibleValue,
)
from runcomfy_desktop.ui.input_tree.row_layout import RowPart
from runcomfy_desktop.ui.widgets.accessible_item import AccessibleItem, delete_accessible
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtCore import QModelIndex, QObject

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.view import InputsView


_BATCH_SIZE = 500


class TreeAccessibility:
    """Owns the items of one tree and tells the screen reader what has changed about them."""

    def __init__(self, view: InputsView) -> None:
        self._view = view
        self._model = view.inputs
        self._nodes: dict[str, AccessibleNode] = {}
        self._values: dict[InputKey, AccessibleValue] = {}
        self._parts: dict[tuple[InputKey, RowPart], AccessibleRowPart] = {}
        self._announced: dict[InputKey, str] = {}
        self._pending_release: list[AccessibleItem] = []
        self.is_quiet = False
        """Whether another tree says what happens to the same inputs."""
        self._release_timer = QTimer(view)
        self._release_timer.timeout.connect(self._release_some)
        self.tree = AccessibleTree(view, self)
        _install_tree_factory()
        view.inputs.rebuilt.connect(self._on_model_rebuilt)
        view.inputs.node_rows_changed.connect(lambda _node_id: self._on_model_rebuilt())
        view.inputs.row_changed.connect(self._on_model_row_changed)
        view.inputs.many_rows_changed.connect(self._on_model_many_rows_changed)
        view.expanded.connect(lambda index: self._on_expanded_changed(index, is_expanded=True))
        view.collapsed.connect(lambda index: self._on_expanded_changed(index, is_expanded=False))
        view.selectionModel().currentChanged.connect(lambda now, _before: self.notify_focus(now))

    def node(self, node_id: str) -> AccessibleNode:
        if node_id not in self._nodes:
            self._nodes[node_id] = AccessibleNode(self._view, self, node_id)
        return self._nodes[node_id]

    def node_at(self, header_row: int) -> AccessibleNode | None:
        node = self._model.node_row_at(self._model.index(header_row, 0))
        return None if node is None else self.node(node.node_id)

    def value(self, key: InputKey) -> AccessibleValue:
        if key not in self._values:
            self._values[key] = AccessibleValue(self._view, self, key)
        return self._values[key]

    def controls(self, header_row: int) -> list[AccessibleItem]:
        """The controls of a node's inputs, in reading order."""
        found: list[AccessibleItem] = []
        for key in self._model.keys_at(header_row):
            found.append(self.value(key))
            row = self._model.input_row_of(key)
            parts = [RowPart.MODE, RowPart.DICE] if row.spec.is_seed else []
            parts += [RowPart.SWATCH] if row.spec.kind is InputKind.COLOR else []
            parts += [RowPart.RESET] if row.is_changed else []
            has_quick_fix = row.issue is not None and row.issue.quick_fix is not None
            parts += [RowPart.QUICK_FIX] if has_quick_fix else []
            found += [self._part(key, part) for part in parts]
        return found

    def item_at(self, index: QModelIndex) -> AccessibleItem | None:
        """The item that stands for a row: a node's header or an input's value."""
        key, node = self._model.key_at(index), self._model.node_row_at(index)
        if key is not None:
            return self.value(key)
        return None if node is None else self.node(node.node_id)

    def notify_focus(self, index: QModelIndex) -> None:
        """The keyboard is on another row."""
        item = self.item_at(index) if QAccessible.isActive() and self._view.hasFocus() else None
        if item is not None:
            QAccessible.updateAccessibility(QAccessibleEvent(item, QAccessible.Event.Focus))

    def _part(self, key: InputKey, part: RowPart) -> AccessibleRowPart:
        if (key, part) not in self._parts:
            self._parts[key, part] = AccessibleRowPart(self._view, self, key, part)
        return self._parts[key, part]

    def _on_model_rebuilt(self) -> None:
        """Other rows, perhaps with other kinds of values: everything is met anew."""
        items: list[AccessibleItem] = [*self._nodes.values(), *self._values.values()]
        items += self._parts.values()
        self._nodes, self._values, self._parts, self._announced = {}, {}, {}, {}
        for item in items:
            item.is_stale = True
        self._pending_release += items
        if items:
            self._release_timer.start(0)
        if QAccessible.isActive():
            event = QAccessibleEvent(self._view, QAccessible.Event.ObjectReorder)
            QAccessible.updateAccessibility(event)

    def _release_some(self) -> None:
        """A big workflow has thousands of items, and forgetting them all at once is felt."""
        for _step in range(min(_BATCH_SIZE, len(self._pending_release))):
            delete_accessible(self._pending_release.pop())
        if not self._pending_release:
            self._release_timer.stop()

    def _announce_change(self, key: InputKey) -> None:
        """Says what is seen at a glance: what is wrong with a value, and the picture taken."""
        row = self._model.input_row_of(key)
        text = texts.issue_text(row.issue) if row.issue is not None else ""
        if not text and row.spec.kind.is_media and row.is_changed:
            text = texts.media_name(row.value, row.spec.kind)
        if text and self._announced.get(key, "") != text:
            announce(self._view, f"{self._model.name_of(key)}: {text}")
        self._announced[key] = text

    def _on_model_row_changed(self, key: InputKey) -> None:
        if QAccessible.isActive() and not self.is_quiet:
            self._announce_change(key)
        item = self._values.get(key)
        if item is not None and QAccessible.isActive():
            self._notify_value(item)

    def _on_model_many_rows_changed(self, keys: Collection[InputKey]) -> None:
        """Nobody listens to a thousand sentences: what was met is told its value, no more."""
        if QAccessible.isActive():
            for key in self._values.keys() & keys:
                self._notify_value(self._values[key])

    def _notify_value(self, item: AccessibleValue) -> None:
        if item.kind is InputKind.BOOLEAN:
            changed = QAccessible.State()
            changed.checked = True
            QAccessible.updateAccessibility(QAccessibleStateChangeEvent(item, changed))
        else:
            event = QAccessibleValueChangeEvent(item, item.value_text())
            QAccessible.updateAccessibility(event)

    def _on_expanded_changed(self, index: QModelIndex, *, is_expanded: bool) -> None:
        item = self.item_at(index) if QAccessible.isActive() else None
        if item is not None:
            changed = QAccessible.State()
            changed.expanded, changed.collapsed = is_expanded, not is_expanded
            QAccessible.updateAccessibility(QAccessibleStateChangeEvent(item, changed))


class AccessibleTree(QAccessibleWidget):
    """The tree itself. Its children are the nodes and, at the end, the editor while one is open."""

    def __init__(self, view: InputsView, accessibility: TreeAccessibility) -> None:
        super().__init__(view, QAccessible.Role.Tree, view.accessibleName())
        self._view = view
        self._accessibility = accessibility

    def childCount(self) -> int:
        return self._view.inputs.rowCount() + (self._editor() is not None)

    def child(self, index: int) -> QAccessibleInterface:
        count = self._view.inputs.rowCount()
        found = self._editor() if index == count else self._accessibility.node_at(index)
        return found  # type: ignore[return-value] # None beyond the last one

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        if isinstance(child, AccessibleNode):
            return child.index().row()
        return self._view.inputs.rowCount() if child.object() is self._view.delegate.editor else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        index = self._view.indexAt(self._view.viewport().mapFromGlobal(QPoint(x, y)))
        header = index.parent() if index.parent().isValid() else index
        return self._accessibility.node_at(header.row()) if header.isValid() else None  # type: ignore[return-value]

    def focusChild(self) -> QAccessibleInterface:
        editor = self._editor()
        has_focus = self._view.hasFocus()
        item = self._accessibility.item_at(self._view.currentIndex()) if has_focus else None
        return item if editor is None else editor  # type: ignore[return-value]

    def _editor(self) -> QAccessibleInterface | None:
        editor = self._view.delegate.editor
        return None if editor is None else QAccessible.queryAccessibleInterface(editor)


@cache
def _install_tree_factory() -> None:
    """Tells Qt, once, who answers a screen reader's questions about a tree."""
    QAccessible.installFactory(_tree_interface)


def _tree_interface(_kind: str, widget: QObject) -> QAccessibleInterface | None:
    accessibility = getattr(widget, "accessibility", None)
    return accessibility.tree if isinstance(accessibility, TreeAccessibility) else None
