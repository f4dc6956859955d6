"""Accessible items for the painted tree: nodes with their controls as children.

Items are created on first use, so the tree costs nothing without a screen reader.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QAccessibleInterface,
    QAccessibleStateChangeEvent,
    QAccessibleValueChangeEvent,
)
from PySide6.QtWidgets import QAccessibleWidget

from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows import row_layout, texts
from runcomfy_desktop.ui.input_tree.rows.number_values import step_value
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from runcomfy_desktop.ui.input_tree.rows.value_parser import parse_value
from runcomfy_desktop.ui.widgets.accessible_item import (
    PRESS,
    SET_FOCUS,
    TOGGLE,
    AccessibleItem,
    delete_accessible,
)
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from PySide6.QtCore import QObject

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.input_commands import InputCommands
    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow
    from runcomfy_desktop.ui.input_tree.row_view import RowView

_BATCH_SIZE = 500
_Role = QAccessible.Role
_ROLES = {
    InputKind.INT: _Role.SpinBox,
    InputKind.FLOAT: _Role.SpinBox,
    InputKind.STRING: _Role.EditableText,
    InputKind.TEXT: _Role.EditableText,
    InputKind.BOOLEAN: _Role.CheckBox,
    InputKind.COMBO: _Role.ComboBox,
    InputKind.MULTI: _Role.ComboBox,
    InputKind.COLOR: _Role.EditableText,
    InputKind.BOX: _Role.Grouping,
    InputKind.RANGE: _Role.Grouping,
    InputKind.CURVE: _Role.Graphic,
    InputKind.LINK: _Role.Link,
    InputKind.OTHER: _Role.StaticText,
}
_NUMBER_KINDS = (InputKind.INT, InputKind.FLOAT)
_WRITABLE_KINDS = (
    *_NUMBER_KINDS,
    InputKind.STRING,
    InputKind.TEXT,
    InputKind.COMBO,
    InputKind.COLOR,
)


class AccessibleTreeItem(AccessibleItem):
    """Base class of the tree's items; gives access to the view, the model and the other items."""

    def __init__(self, view: RowView, accessibility: TreeAccessibility) -> None:
        super().__init__(view.viewport())
        self.view = view
        self.model = view.inputs
        self.accessibility = accessibility

    def index(self) -> QModelIndex:
        """Returns the model index of the item's row; an invalid one if the row is not shown."""
        return QModelIndex()

    def isValid(self) -> bool:
        return not self.is_stale and self.index().isValid()

    def item_rect(self) -> QRect:
        return self.view.visualRect(self.index())

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        if not self.isValid():
            state.invalid = True
            return state
        state.focusable = True
        is_current = self.view.is_current_row(self.index())
        state.focused = is_current and self.view.hasFocus()
        if not self.view.viewport().rect().intersects(self.item_rect()):
            state.offscreen = True
        return state

    def take_focus(self) -> None:
        self.view.go_to(self.index())


class AccessibleNode(AccessibleTreeItem):
    """Header of a node; its children are the controls of its inputs while it is unfolded."""

    def __init__(self, view: RowView, accessibility: TreeAccessibility, node_id: str) -> None:
        super().__init__(view, accessibility)
        self.node_id = node_id

    def index(self) -> QModelIndex:
        return self.model.index_of_node(self.node_id)

    def item_rect(self) -> QRect:
        # The header of the essentials is not painted; it stands for all rows.
        rect = super().item_rect()
        return self.view.viewport().rect() if rect.isEmpty() else rect

    def role(self) -> QAccessible.Role:
        return _Role.TreeItem

    def parent(self) -> QAccessibleInterface:
        return self.accessibility.tree

    def name(self) -> str:
        node = self.model.node_row_at(self.index())
        return "" if node is None else texts.accessible_node_text(node)

    def description(self) -> str:
        """Returns the node's issue and, if the node is folded, a note that an input has one."""
        node = self.model.node_row_at(self.index())
        if node is None:
            return ""
        parts = [texts.issue_text(node.issue)] if node.issue is not None else []
        if not self.view.is_expanded(self.index()) and self.view.delegate.worst_severity_inside(
            self.index()
        ):
            parts.append(_("Something inside is wrong."))
        return " ".join(parts)

    def state(self) -> QAccessible.State:
        state = super().state()
        if state.invalid:
            return state
        is_expanded = self.view.is_expanded(self.index())
        state.expandable = self.model.rowCount(self.index()) > 0
        state.expanded, state.collapsed = is_expanded, not is_expanded
        return state

    def actions(self) -> list[str]:
        return [TOGGLE, SET_FOCUS]

    def perform_action(self, action: str) -> None:
        if action == TOGGLE:
            self.view.set_expanded(self.index(), not self.view.is_expanded(self.index()))
        else:
            self.take_focus()

    def children(self) -> Sequence[QAccessibleInterface]:
        index = self.index()
        return self.accessibility.controls(index.row()) if self.view.is_expanded(index) else ()


class AccessibleInput(AccessibleTreeItem):
    """Control in an input's row; a child of its node."""

    def __init__(self, view: RowView, accessibility: TreeAccessibility, key: InputKey) -> None:
        super().__init__(view, accessibility)
        self.key = key

    def index(self) -> QModelIndex:
        return self.model.index_of(self.key)

    def row(self) -> InputRow:
        return self.model.input_row_of(self.key)

    def parent(self) -> QAccessibleInterface:
        header = self.index().parent()
        # If the control's row no longer exists, its key still names the node.
        node_id = self.model.node_id_at(header.row()) if header.isValid() else self.key.node_id
        return self.accessibility.node(node_id)


class AccessibleValue(AccessibleInput):
    """Value of an input: can be read, written, opened in its editor, ticked or followed."""

    def __init__(self, view: RowView, accessibility: TreeAccessibility, key: InputKey) -> None:
        super().__init__(view, accessibility, key)
        self.kind = self.model.spec_of(key).kind
        self.has_text = self.kind is not InputKind.BOOLEAN
        self.is_editable = self.kind in _WRITABLE_KINDS
        self.has_number = self.kind in _NUMBER_KINDS

    def role(self) -> QAccessible.Role:
        if self.kind.is_media:
            return _Role.Button
        is_slider = row_layout.has_slider(self.model.spec_of(self.key))
        return _Role.Slider if is_slider else _ROLES[self.kind]

    def name(self) -> str:
        return self.row().name if self.isValid() else one_line(self.key.name)

    def description(self) -> str:
        """Returns the input's issue, "changed", "read-only" and its pin, as far as they apply."""
        if not self.isValid():
            return ""
        row = self.row()
        parts = [texts.issue_text(row.issue)] if row.issue is not None else []
        parts += [_("changed")] if row.is_changed else []
        parts += [texts.read_only_text(row)] if self.kind is InputKind.OTHER else []
        return ", ".join((*parts, *texts.pin_texts(row)))

    def value_text(self) -> str:
        if not self.isValid():
            return ""
        row = self.row()
        if self.kind is InputKind.LINK:
            return texts.link_text(row)
        if self.kind.is_media:
            return f"{texts.media_name(row.value, self.kind)}, {texts.media_info(row.value)}"
        if isinstance(row.value, str):
            return row.value
        return texts.value_text(row.value, row.spec)

    def state(self) -> QAccessible.State:
        state = super().state()
        if state.invalid:
            return state
        if self.kind is InputKind.BOOLEAN:
            state.checkable = True
            state.checked = self.row().value is True
        state.multiSelectable = state.selectable = True
        state.selected = self.key in self.view.row_selection
        state.editable = self.is_editable
        state.multiLine = self.kind is InputKind.TEXT
        state.readOnly = not self.kind.is_editable
        state.hasPopup = self.kind in (InputKind.COMBO, InputKind.MULTI)
        return state

    def actions(self) -> list[str]:
        if self.kind is InputKind.BOOLEAN:
            return [TOGGLE, PRESS, SET_FOCUS]
        return [SET_FOCUS] if self.kind is InputKind.OTHER else [PRESS, SET_FOCUS]

    def perform_action(self, action: str) -> None:
        self.take_focus()
        if action != SET_FOCUS:
            key = Qt.Key.Key_Space if self.kind is InputKind.BOOLEAN else Qt.Key.Key_Return
            self.accessibility.commands.activate(self.index(), self.key, key)

    def set_value_text(self, text: str) -> None:
        value = parse_value(text, self.model.spec_of(self.key))
        if value is not None:
            self.model.edit(self.key, value, _("Change %s") % self.name())

    def item_rect(self) -> QRect:
        cell = super().item_rect()
        if self.kind.is_media or cell.isEmpty():
            return cell
        return next(
            iter(row_layout.value_parts(self.row(), self.view.delegate.metrics, cell).values())
        )

    # A number

    def currentValue(self) -> object:
        return self.row().value if self.isValid() else 0

    def minimumValue(self) -> object:
        return self.model.spec_of(self.key).minimum

    def maximumValue(self) -> object:
        return self.model.spec_of(self.key).maximum

    def minimumStepSize(self) -> object:
        spec = self.model.spec_of(self.key)
        return step_value(0.0, 1, spec) if spec.step is None else spec.step

    def setCurrentValue(self, value: object) -> None:
        if isinstance(value, int | float):
            is_whole = self.kind is InputKind.INT
            self.set_value_text(str(int(value)) if is_whole else repr(float(value)))


class AccessibleRowPart(AccessibleInput):
    """Button of an input's row, such as reset, random seed or seed mode."""

    def __init__(
        self, view: RowView, accessibility: TreeAccessibility, key: InputKey, part: RowPart
    ) -> None:
        super().__init__(view, accessibility, key)
        self.part = part
        self.has_text = part is RowPart.MODE

    def isValid(self) -> bool:
        if not super().isValid():
            return False
        row = self.row()
        if self.part is RowPart.QUICK_FIX:
            return row.issue is not None and row.issue.quick_fix is not None
        return self.part is not RowPart.RESET or row.is_changed

    def role(self) -> QAccessible.Role:
        return _Role.ButtonMenu if self.part is RowPart.MODE else _Role.Button

    def name(self) -> str:
        if self.part is RowPart.QUICK_FIX:
            issue = self.row().issue if self.isValid() else None
            quick_fix = None if issue is None else issue.quick_fix
            return "" if quick_fix is None else one_line(quick_fix.label)
        labels = {
            RowPart.RESET: _("Reset %s"),
            RowPart.DICE: _("New random %s"),
            RowPart.MODE: _("At each run: %s"),
            RowPart.SWATCH: _("Choose a colour for %s"),
        }
        return labels[self.part] % self.model.name_of(self.key)

    def value_text(self) -> str:
        if self.part is not RowPart.MODE or not self.isValid():
            return ""
        return texts.seed_mode_text(self.row().seed_mode)

    def perform_action(self, action: str) -> None:
        self.take_focus()
        if action == PRESS:
            index = self.index()
            at = self.view.visualRect(index).topLeft()
            self.accessibility.commands.click(index, self.part, at)

    def item_rect(self) -> QRect:
        if self.part is RowPart.RESET:
            cell = self.view.visualRect(self.index().siblingAtColumn(InputColumn.RESET))
            return row_layout.reset_rect(self.view.delegate.metrics, cell)
        return self.view.delegate.part_rect(self.index(), super().item_rect(), self.part)


class TreeAccessibility:
    """Owns the items of one tree and notifies the screen reader of changes."""

    def __init__(self, view: RowView, commands: InputCommands) -> None:
        self._view = view
        self.commands = commands
        self._model = view.inputs
        self._nodes: dict[str, AccessibleNode] = {}
        self._values: dict[InputKey, AccessibleValue] = {}
        self._parts: dict[tuple[InputKey, RowPart], AccessibleRowPart] = {}
        self._announced: dict[InputKey, str] = {}
        self._pending_release: list[AccessibleItem] = []
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
        """Returns the controls of a node's inputs in reading order."""
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
        """Returns the item of a row: a node's header or an input's value."""
        key, node = self._model.key_at(index), self._model.node_row_at(index)
        if key is not None:
            return self.value(key)
        return None if node is None else self.node(node.node_id)

    def notify_focus(self, index: QModelIndex) -> None:
        """Notifies the screen reader that the current row has changed."""
        item = self.item_at(index) if QAccessible.isActive() and self._view.hasFocus() else None
        if item is not None:
            QAccessible.updateAccessibility(QAccessibleEvent(item, QAccessible.Event.Focus))

    def _part(self, key: InputKey, part: RowPart) -> AccessibleRowPart:
        if (key, part) not in self._parts:
            self._parts[key, part] = AccessibleRowPart(self._view, self, key, part)
        return self._parts[key, part]

    def _on_model_rebuilt(self) -> None:
        """Discards all items: rows and kinds of values may have changed."""
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
        """Deletes some items; deleting thousands at once would cause a noticeable delay."""
        for _step in range(min(_BATCH_SIZE, len(self._pending_release))):
            delete_accessible(self._pending_release.pop())
        if not self._pending_release:
            self._release_timer.stop()

    def _announce_change(self, key: InputKey) -> None:
        """Announces a change visible at a glance: a value's issue, or a newly chosen file."""
        row = self._model.input_row_of(key)
        text = texts.issue_text(row.issue) if row.issue is not None else ""
        if not text and row.spec.kind.is_media and row.is_changed:
            text = texts.media_name(row.value, row.spec.kind)
        if text and self._announced.get(key, "") != text:
            announce(self._view, f"{self._model.name_of(key)}: {text}")
        self._announced[key] = text

    def _on_model_row_changed(self, key: InputKey) -> None:
        # While the tree is hidden, the form of the essentials announces the changes.
        if QAccessible.isActive() and self._view.isVisible():
            self._announce_change(key)
        item = self._values.get(key)
        if item is not None and QAccessible.isActive():
            self._notify_value(item)

    def _on_model_many_rows_changed(self, keys: Collection[InputKey]) -> None:
        """Updates the values of known items without announcing them.

        A thousand spoken sentences would be useless.
        """
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
    """Accessible tree; its children are the nodes and, at the end, the open editor."""

    def __init__(self, view: RowView, accessibility: TreeAccessibility) -> None:
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
    """Registers, once, the factory of the tree's accessible interface with Qt."""
    QAccessible.installFactory(_tree_interface)


def _tree_interface(_kind: str, widget: QObject) -> QAccessibleInterface | None:
    accessibility = getattr(widget, "accessibility", None)
    return accessibility.tree if isinstance(accessibility, TreeAccessibility) else None
