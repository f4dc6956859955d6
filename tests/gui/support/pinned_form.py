"""Driver for the form of the essentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton

from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from runcomfy_desktop.ui.pins.essentials_dialog import EssentialsDialog
from runcomfy_desktop.ui.pins.pin_dialog import PinDialog
from tests.gui.support import user_input

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint, QRect
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.pins.pinned_view import PinnedView
    from tests.gui.support.inputs_harness import InputsHarness


class PinnedFormDriver:
    """Shows the essentials of a harness's panel and operates their form."""

    def __init__(self, harness: InputsHarness) -> None:
        self.harness = harness
        harness.panel.show_tab("essentials")
        user_input.process_events()
        self.form = harness.panel.form
        self.model = self.form.model

    @property
    def view(self) -> PinnedView:
        return user_input.find(self.form, type(self.form.view), "pinned_tree")

    def is_visible(self) -> bool:
        user_input.process_events()
        return self.form.isVisible()

    def names(self) -> list[str]:
        """Returns the names of the rows from top to bottom."""
        return [self.model.name_of(key) for key in self.model.keys]

    def rect(self, key: InputKey, column: InputColumn = InputColumn.VALUE) -> QRect:
        index = self.model.index_of(key, column)
        assert index.isValid(), f"{key} is not in the form"
        self.view.scrollTo(index)
        user_input.process_events()
        return self.view.visualRect(index)

    def row_part_point(self, key: InputKey, part: RowPart) -> QPoint:
        part_rect = self.view.delegate.part_rect(self.model.index_of(key), self.rect(key), part)
        assert not part_rect.isEmpty(), f"{key} has no {part}"
        return part_rect.center()

    def click(self, key: InputKey, part: RowPart = RowPart.FIELD) -> None:
        user_input.press(self.view.viewport(), self.row_part_point(key, part))

    def focus_row(self, key: InputKey) -> None:
        self.view.go_to(self.model.index_of(key))
        user_input.process_events()

    def menu(self, key: InputKey) -> QMenu:
        at = self.rect(key).center()
        global_position = self.view.viewport().mapToGlobal(at)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, global_position)
        QApplication.sendEvent(self.view.viewport(), event)
        user_input.process_events()
        return user_input.find(self.view, QMenu, "input_menu")

    def drag(self, key: InputKey, to: InputKey, *, below: bool) -> None:
        """Drags a row by its name to the place directly above or below another row."""
        begin, target_rect = self.rect(key, InputColumn.NAME), self.rect(to, InputColumn.NAME)
        end = target_rect.bottomLeft() if below else target_rect.topLeft()
        end.setX(begin.center().x())
        user_input.press_and_drag(
            self.view.viewport(), begin.center(), (begin.center() + end) / 2, end
        )
        user_input.process_events()


def choose_entry(menu: QMenu, name: str) -> None:
    """Triggers an entry of a menu and closes the menu."""
    action = next(each for each in menu.actions() if each.objectName() == name)
    assert action.isEnabled(), f"{name} cannot be chosen"
    action.trigger()
    menu.close()
    user_input.process_events()


def entry_names(menu: QMenu) -> list[str]:
    return [action.objectName() for action in menu.actions() if action.objectName()]


def pin_dialog(panel: QWidget) -> PinDialog:
    return user_input.find(panel.window(), PinDialog, "pin_dialog")


def essentials_dialog(panel: QWidget) -> EssentialsDialog:
    return user_input.find(panel.window(), EssentialsDialog, "essentials_dialog")


def fill_pin_dialog(dialog: PinDialog, **fields: str) -> None:
    for name, text in fields.items():
        user_input.retype(user_input.find(dialog, QLineEdit, f"pin_{name}"), text)
    user_input.process_events()


def accept_pin_dialog(dialog: PinDialog) -> None:
    user_input.press(user_input.find(dialog, QPushButton, "pin_save"))
    user_input.process_events()
