"""What a screen reader meets in the painted graph: its nodes, in the order of the workflow."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.painted_item import PRESS, SET_FOCUS, PaintedItem, forget

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from runcomfy_desktop.ui.graph.view import GraphView

# More names than this tell a listener nothing.
_NAMED = 5


class GraphItems:
    """Owns the items of one graph; they are made when they are first asked for."""

    def __init__(self, view: GraphView) -> None:
        self._view = view
        self._items: dict[str, GraphItem] = {}
        self.graph = GraphAccess(view, self)
        _answer_for_graphs()

    def item(self, node_id: str | None) -> GraphItem | None:
        if node_id is None or node_id not in self._view.faces:
            return None
        if node_id not in self._items:
            self._items[node_id] = GraphItem(self._view, self, node_id)
        return self._items[node_id]

    def begin_anew(self) -> None:
        """Another graph is shown."""
        items, self._items = self._items, {}
        for item in items.values():
            item.is_gone = True
            forget(item)
        if QAccessible.isActive():
            event = QAccessibleEvent(self._view, QAccessible.Event.ObjectReorder)
            QAccessible.updateAccessibility(event)

    def tell_focus(self) -> None:
        """The keyboard is on another node."""
        listens = QAccessible.isActive() and self._view.hasFocus()
        item = self.item(self._view.look.cursor_id) if listens else None
        if item is not None:
            QAccessible.updateAccessibility(QAccessibleEvent(item, QAccessible.Event.Focus))


class GraphAccess(QAccessibleWidget):
    """The graph itself, as a list of its nodes."""

    def __init__(self, view: GraphView, items: GraphItems) -> None:
        super().__init__(view, QAccessible.Role.List, view.accessibleName())
        self._view = view
        self._items = items

    def childCount(self) -> int:
        return len(self._view.faces)

    def child(self, index: int) -> QAccessibleInterface:
        names = list(self._view.faces)
        there = 0 <= index < len(names)
        return self._items.item(names[index]) if there else None  # type: ignore[return-value]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        if not isinstance(child, GraphItem):
            return -1
        names = list(self._view.faces)
        return names.index(child.node_id) if child.node_id in names else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        at = QPointF(self._view.mapFromGlobal(QPoint(x, y)))
        return self._items.item(self._view.node_at(at))  # type: ignore[return-value]

    def focusChild(self) -> QAccessibleInterface:
        there = self._view.look.cursor_id if self._view.hasFocus() else None
        return self._items.item(there)  # type: ignore[return-value]


class GraphItem(PaintedItem):
    """One node: what it is, and where its links lead."""

    def __init__(self, view: GraphView, items: GraphItems, node_id: str) -> None:
        super().__init__(view)
        self.view = view
        self.items = items
        self.node_id = node_id

    def isValid(self) -> bool:
        return not self.is_gone and self.node_id in self.view.faces

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def parent(self) -> QAccessibleInterface:
        return self.items.graph

    def name(self) -> str:
        face = self.view.faces.get(self.node_id)
        return "" if face is None else face.spoken()

    def description(self) -> str:
        scene = self.view.scene
        parts = []
        sources, targets = scene.before.get(self.node_id), scene.after.get(self.node_id)
        if sources:
            parts.append(_("from %s") % self._names(sources))
        if targets:
            parts.append(_("to %s") % self._names(targets))
        return "; ".join(parts)

    def place(self) -> QRect:
        return self.view.node_rect(self.node_id)

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        if not self.isValid():
            state.invalid = True
            return state
        look = self.view.look
        state.focusable = state.selectable = True
        state.focused = self.node_id == look.cursor_id and self.view.hasFocus()
        state.selected = self.node_id == look.current_id
        state.offscreen = not self.view.rect().intersects(self.place())
        return state

    def actions(self) -> list[str]:
        return [PRESS, SET_FOCUS]

    def act(self, action: str) -> None:
        self.view.choose(self.node_id, is_press=action == PRESS)

    def _names(self, node_ids: list[str]) -> str:
        titles = [self.view.faces[each].title for each in node_ids if each in self.view.faces]
        return ", ".join(titles[:_NAMED]) + (", …" if len(titles) > _NAMED else "")


@cache
def _answer_for_graphs() -> None:
    """Tells Qt, once, who answers a screen reader's questions about a graph."""
    QAccessible.installFactory(_access)


def _access(_kind: str, thing: QObject) -> QAccessibleInterface | None:
    items = getattr(thing, "access", None)
    return items.graph if isinstance(items, GraphItems) else None
