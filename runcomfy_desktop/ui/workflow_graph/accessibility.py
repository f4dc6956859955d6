"""Accessible interface of the painted graph: its nodes, in workflow order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.accessible_item import (
    PRESS,
    SET_FOCUS,
    AccessibleItem,
    delete_accessible,
)

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from runcomfy_desktop.ui.workflow_graph.view import GraphView

# More names would not help the listener.
_MAX_NAMED = 5


class GraphAccessibility:
    """Owns the accessible items of one graph, created on demand."""

    def __init__(self, view: GraphView) -> None:
        self._view = view
        self._items: dict[str, AccessibleGraphNode] = {}
        self.graph = AccessibleGraph(view, self)
        _install_graph_factory()

    def item(self, node_id: str | None) -> AccessibleGraphNode | None:
        if node_id is None or node_id not in self._view.graph_nodes:
            return None
        if node_id not in self._items:
            self._items[node_id] = AccessibleGraphNode(self._view, self, node_id)
        return self._items[node_id]

    def reset(self) -> None:
        """Discards all items, because another graph is shown."""
        items, self._items = self._items, {}
        for item in items.values():
            item.is_stale = True
            delete_accessible(item)
        if QAccessible.isActive():
            event = QAccessibleEvent(self._view, QAccessible.Event.ObjectReorder)
            QAccessible.updateAccessibility(event)

    def notify_focus(self) -> None:
        """Notifies Qt that another node has the focus."""
        is_active = QAccessible.isActive() and self._view.hasFocus()
        item = self.item(self._view.view_state.cursor_id) if is_active else None
        if item is not None:
            QAccessible.updateAccessibility(QAccessibleEvent(item, QAccessible.Event.Focus))


class AccessibleGraph(QAccessibleWidget):
    """The graph as a list of its nodes."""

    def __init__(self, view: GraphView, accessibility: GraphAccessibility) -> None:
        super().__init__(view, QAccessible.Role.List, view.accessibleName())
        self._view = view
        self._accessibility = accessibility

    def childCount(self) -> int:
        return len(self._view.graph_nodes)

    def child(self, index: int) -> QAccessibleInterface:
        node_ids = list(self._view.graph_nodes)
        is_valid = 0 <= index < len(node_ids)
        return self._accessibility.item(node_ids[index]) if is_valid else None  # type: ignore[return-value]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        if not isinstance(child, AccessibleGraphNode):
            return -1
        node_ids = list(self._view.graph_nodes)
        return node_ids.index(child.node_id) if child.node_id in node_ids else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        at = QPointF(self._view.mapFromGlobal(QPoint(x, y)))
        return self._accessibility.item(self._view.node_at(at))  # type: ignore[return-value]

    def focusChild(self) -> QAccessibleInterface:
        cursor_id = self._view.view_state.cursor_id if self._view.hasFocus() else None
        return self._accessibility.item(cursor_id)  # type: ignore[return-value]


class AccessibleGraphNode(AccessibleItem):
    """One node, with its links as the description."""

    def __init__(self, view: GraphView, accessibility: GraphAccessibility, node_id: str) -> None:
        super().__init__(view)
        self.view = view
        self.accessibility = accessibility
        self.node_id = node_id

    def isValid(self) -> bool:
        return not self.is_stale and self.node_id in self.view.graph_nodes

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def parent(self) -> QAccessibleInterface:
        return self.accessibility.graph

    def name(self) -> str:
        graph_node = self.view.graph_nodes.get(self.node_id)
        return "" if graph_node is None else graph_node.accessible_text()

    def description(self) -> str:
        scene = self.view.scene
        parts = []
        sources, targets = scene.sources.get(self.node_id), scene.targets.get(self.node_id)
        if sources:
            parts.append(_("from %s") % self._titles_text(sources))
        if targets:
            parts.append(_("to %s") % self._titles_text(targets))
        return "; ".join(parts)

    def item_rect(self) -> QRect:
        return self.view.node_rect(self.node_id)

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        if not self.isValid():
            state.invalid = True
            return state
        view_state = self.view.view_state
        state.focusable = state.selectable = True
        state.focused = self.node_id == view_state.cursor_id and self.view.hasFocus()
        state.selected = self.node_id == view_state.current_id
        state.offscreen = not self.view.rect().intersects(self.item_rect())
        return state

    def actions(self) -> list[str]:
        return [PRESS, SET_FOCUS]

    def perform_action(self, action: str) -> None:
        self.view.choose(self.node_id, is_press=action == PRESS)

    def _titles_text(self, node_ids: list[str]) -> str:
        titles = [
            self.view.graph_nodes[each].title for each in node_ids if each in self.view.graph_nodes
        ]
        return ", ".join(titles[:_MAX_NAMED]) + (", …" if len(titles) > _MAX_NAMED else "")


@cache
def _install_graph_factory() -> None:
    """Installs the factory of the graph's accessible interface, once."""
    QAccessible.installFactory(_graph_interface)


def _graph_interface(_kind: str, widget: QObject) -> QAccessibleInterface | None:
    accessibility = getattr(widget, "accessibility", None)
    return accessibility.graph if isinstance(accessibility, GraphAccessibility) else None
