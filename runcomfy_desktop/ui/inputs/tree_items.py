"""The painted rows of the tree as controls which a screen reader can find, read and work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface

from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs import layout, texts
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.inputs.numbers import stepped
from runcomfy_desktop.ui.inputs.written import written_value
from runcomfy_desktop.ui.models.inputs import Column
from runcomfy_desktop.ui.widgets.painted_item import PRESS, SET_FOCUS, TOGGLE, PaintedItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.tree_access import TreeItems
    from runcomfy_desktop.ui.inputs.view import InputsView
    from runcomfy_desktop.ui.models.inputs import InputRow

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
_NUMBERS = (InputKind.INT, InputKind.FLOAT)
_WRITTEN = (*_NUMBERS, InputKind.STRING, InputKind.TEXT, InputKind.COMBO, InputKind.COLOR)


class TreeItem(PaintedItem):
    """What the items of the tree have in common: its view, its model and the other items."""

    def __init__(self, view: InputsView, items: TreeItems) -> None:
        super().__init__(view.viewport())
        self.view = view
        self.model = view.inputs
        self.items = items

    def index(self) -> QModelIndex:
        """Where its row is in the model; invalid when it is not shown."""
        return QModelIndex()

    def isValid(self) -> bool:
        return not self.is_gone and self.index().isValid()

    def place(self) -> QRect:
        return self.view.visualRect(self.index())

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        if not self.isValid():
            state.invalid = True
            return state
        state.focusable = True
        is_current = self.view.is_current_row(self.index())
        state.focused = is_current and self.view.hasFocus()
        if not self.view.viewport().rect().intersects(self.place()):
            state.offscreen = True
        return state

    def take_keyboard(self) -> None:
        self.view.go_to(self.index())


class NodeItem(TreeItem):
    """A node's header; its children are its inputs' controls while it is unfolded."""

    def __init__(self, view: InputsView, items: TreeItems, node_id: str) -> None:
        super().__init__(view, items)
        self.node_id = node_id

    def index(self) -> QModelIndex:
        return self.model.index_of_node(self.node_id)

    def role(self) -> QAccessible.Role:
        return _Role.TreeItem

    def parent(self) -> QAccessibleInterface:
        return self.items.tree

    def name(self) -> str:
        node = self.model.node_row(self.index())
        return "" if node is None else texts.accessible_node_text(node)

    def description(self) -> str:
        """What is wrong with the whole of it, or with what is folded away."""
        node = self.model.node_row(self.index())
        if node is None:
            return ""
        parts = [texts.fault_text(node.fault)] if node.fault is not None else []
        if not self.view.is_expanded(self.index()) and self.view.delegate.worst_inside(
            self.index()
        ):
            parts.append(_("Something inside is wrong."))
        return " ".join(parts)

    def state(self) -> QAccessible.State:
        state = super().state()
        if state.invalid:
            return state
        is_open = self.view.is_expanded(self.index())
        state.expandable = self.model.rowCount(self.index()) > 0
        state.expanded, state.collapsed = is_open, not is_open
        return state

    def actions(self) -> list[str]:
        return [TOGGLE, SET_FOCUS]

    def act(self, action: str) -> None:
        if action == TOGGLE:
            self.view.set_expanded(self.index(), not self.view.is_expanded(self.index()))
        else:
            self.take_keyboard()

    def children(self) -> Sequence[QAccessibleInterface]:
        index = self.index()
        return self.items.controls(index.row()) if self.view.is_expanded(index) else ()


class InputItem(TreeItem):
    """Something in an input's row. A control of a node, beside the others of it."""

    def __init__(self, view: InputsView, items: TreeItems, key: InputKey) -> None:
        super().__init__(view, items)
        self.key = key

    def index(self) -> QModelIndex:
        return self.model.index_of(self.key)

    def row(self) -> InputRow:
        return self.model.row_of(self.key)

    def parent(self) -> QAccessibleInterface:
        header = self.index().parent()
        # One that is gone was in its node.
        above = self.model.node_id_at(header.row()) if header.isValid() else self.key.node_id
        return self.items.node(above)


class ValueItem(InputItem):
    """An input's value: read, written, opened in its editor, ticked or followed."""

    def __init__(self, view: InputsView, items: TreeItems, key: InputKey) -> None:
        super().__init__(view, items, key)
        self.kind = self.model.spec_of(key).kind
        self.has_text = self.kind is not InputKind.BOOLEAN
        self.can_be_written = self.kind in _WRITTEN
        self.has_number = self.kind in _NUMBERS

    def role(self) -> QAccessible.Role:
        if self.kind.is_media:
            return _Role.Button
        is_slider = layout.has_slider(self.model.spec_of(self.key))
        return _Role.Slider if is_slider else _ROLES[self.kind]

    def name(self) -> str:
        return self.model.name_of(self.key) if self.isValid() else one_line(self.key.name)

    def description(self) -> str:
        """What is remarkable about it; nothing for a value that is the deployment's own."""
        if not self.isValid():
            return ""
        row = self.row()
        parts = [texts.fault_text(row.fault)] if row.fault is not None else []
        parts += [_("changed")] if row.is_changed else []
        parts += [texts.kept_word(row)] if self.kind is InputKind.OTHER else []
        return ", ".join((*parts, *texts.pin_words(row)))

    def value_text(self) -> str:
        if not self.isValid():
            return ""
        row = self.row()
        if self.kind is InputKind.LINK:
            return texts.link_text(row.from_title)
        if self.kind.is_media:
            return f"{texts.media_name(row.value, self.kind)}, {texts.media_facts(row.value)}"
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
        state.selected = self.key in self.view.chosen
        state.editable = self.can_be_written
        state.multiLine = self.kind is InputKind.TEXT
        state.readOnly = not self.kind.editable
        state.hasPopup = self.kind in (InputKind.COMBO, InputKind.MULTI)
        return state

    def actions(self) -> list[str]:
        if self.kind is InputKind.BOOLEAN:
            return [TOGGLE, PRESS, SET_FOCUS]
        return [SET_FOCUS] if self.kind is InputKind.OTHER else [PRESS, SET_FOCUS]

    def act(self, action: str) -> None:
        self.take_keyboard()
        if action != SET_FOCUS:
            key = Qt.Key.Key_Space if self.kind is InputKind.BOOLEAN else Qt.Key.Key_Return
            self.view.deeds.activate(self.index(), self.key, key)

    def write(self, text: str) -> None:
        value = written_value(text, self.model.spec_of(self.key))
        if value is not None:
            self.model.edit(self.key, value, _("Change %s") % self.name())

    def place(self) -> QRect:
        cell = super().place()
        if self.kind.is_media or cell.isEmpty():
            return cell
        return next(iter(layout.value_parts(self.row(), self.view.delegate.metrics, cell).values()))

    # A number

    def currentValue(self) -> object:
        return self.row().value if self.isValid() else 0

    def minimumValue(self) -> object:
        return self.model.spec_of(self.key).minimum

    def maximumValue(self) -> object:
        return self.model.spec_of(self.key).maximum

    def minimumStepSize(self) -> object:
        spec = self.model.spec_of(self.key)
        return stepped(0.0, 1, spec) if spec.step is None else spec.step

    def setCurrentValue(self, value: object) -> None:
        if isinstance(value, int | float):
            whole = self.kind is InputKind.INT
            self.write(str(int(value)) if whole else repr(float(value)))


class PartItem(InputItem):
    """A button of an input's row: resets it, gives a seed a new number, or chooses its mode."""

    def __init__(self, view: InputsView, items: TreeItems, key: InputKey, part: Part) -> None:
        super().__init__(view, items, key)
        self.part = part
        self.has_text = part is Part.MODE

    def isValid(self) -> bool:
        if not super().isValid():
            return False
        row = self.row()
        if self.part is Part.CURE:
            return row.fault is not None and row.fault.cure is not None
        return self.part is not Part.RESET or row.is_changed

    def role(self) -> QAccessible.Role:
        return _Role.ButtonMenu if self.part is Part.MODE else _Role.Button

    def name(self) -> str:
        if self.part is Part.CURE:
            fault = self.row().fault if self.isValid() else None
            cure = None if fault is None else fault.cure
            return "" if cure is None else one_line(cure.label)
        words = {
            Part.RESET: _("Reset %s"),
            Part.DICE: _("New random %s"),
            Part.MODE: _("At each run: %s"),
            Part.SWATCH: _("Choose a colour for %s"),
        }
        return words[self.part] % self.model.name_of(self.key)

    def value_text(self) -> str:
        if self.part is not Part.MODE or not self.isValid():
            return ""
        return texts.seed_mode_text(self.row().seed_mode)

    def act(self, action: str) -> None:
        self.take_keyboard()
        if action == PRESS:
            index = self.index()
            self.view.deeds.click(index, self.part, self.view.visualRect(index).topLeft())

    def place(self) -> QRect:
        if self.part is Part.RESET:
            cell = self.view.visualRect(self.index().siblingAtColumn(Column.RESET))
            return layout.reset_rect(self.view.delegate.metrics, cell)
        return self.view.delegate.part_rect(self.index(), super().place(), self.part)
