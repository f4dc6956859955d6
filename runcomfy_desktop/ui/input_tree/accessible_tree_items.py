"""The painted rows of the tree as controls which a screen reader can find, read and work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface

from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree import row_layout, texts
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.number_values import step_value
from runcomfy_desktop.ui.input_tree.row_layout import RowPart
from runcomfy_desktop.ui.input_tree.value_parser import parse_value
from runcomfy_desktop.ui.widgets.accessible_item import PRESS, SET_FOCUS, TOGGLE, AccessibleItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow
    from runcomfy_desktop.ui.input_tree.tree_accessibility import TreeAccessibility
    from runcomfy_desktop.ui.input_tree.view import InputsView

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
    """What the items of the tree have in common: its view, its model and the other items."""

    def __init__(self, view: InputsView, accessibility: TreeAccessibility) -> None:
        super().__init__(view.viewport())
        self.view = view
        self.model = view.inputs
        self.accessibility = accessibility

    def index(self) -> QModelIndex:
        """Where its row is in the model; invalid when it is not shown."""
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
    """A node's header; its children are its inputs' controls while it is unfolded."""

    def __init__(self, view: InputsView, accessibility: TreeAccessibility, node_id: str) -> None:
        super().__init__(view, accessibility)
        self.node_id = node_id

    def index(self) -> QModelIndex:
        return self.model.index_of_node(self.node_id)

    def role(self) -> QAccessible.Role:
        return _Role.TreeItem

    def parent(self) -> QAccessibleInterface:
        return self.accessibility.tree

    def name(self) -> str:
        node = self.model.node_row_at(self.index())
        return "" if node is None else texts.accessible_node_text(node)

    def description(self) -> str:
        """What is wrong with the whole of it, or with what is folded away."""
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
    """Something in an input's row. A control of a node, beside the others of it."""

    def __init__(self, view: InputsView, accessibility: TreeAccessibility, key: InputKey) -> None:
        super().__init__(view, accessibility)
        self.key = key

    def index(self) -> QModelIndex:
        return self.model.index_of(self.key)

    def row(self) -> InputRow:
        return self.model.input_row_of(self.key)

    def parent(self) -> QAccessibleInterface:
        header = self.index().parent()
        # One that is gone was in its node.
        node_id = self.model.node_id_at(header.row()) if header.isValid() else self.key.node_id
        return self.accessibility.node(node_id)


class AccessibleValue(AccessibleInput):
    """An input's value: read, written, opened in its editor, ticked or followed."""

    def __init__(self, view: InputsView, accessibility: TreeAccessibility, key: InputKey) -> None:
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
        return self.model.name_of(self.key) if self.isValid() else one_line(self.key.name)

    def description(self) -> str:
        """What is remarkable about it; nothing for a value that is the deployment's own."""
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
            return texts.link_text(row.source_title)
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
            self.view.commands.activate(self.index(), self.key, key)

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
    """A button of an input's row: resets it, gives a seed a new number, or chooses its mode."""

    def __init__(
        self, view: InputsView, accessibility: TreeAccessibility, key: InputKey, part: RowPart
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
            self.view.commands.click(index, self.part, self.view.visualRect(index).topLeft())

    def item_rect(self) -> QRect:
        if self.part is RowPart.RESET:
            cell = self.view.visualRect(self.index().siblingAtColumn(InputColumn.RESET))
            return row_layout.reset_rect(self.view.delegate.metrics, cell)
        return self.view.delegate.part_rect(self.index(), super().item_rect(), self.part)
