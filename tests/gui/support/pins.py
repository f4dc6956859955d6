"""What a person does with the small form of pinned inputs, and what is read in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton

from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.inputs.pin_dialog import PinDialog
from runcomfy_desktop.ui.models.inputs import Column
from tests.gui.support import hands

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint, QRect
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.pinned_view import PinnedView
    from tests.gui.support.bench import Bench


class Form:
    """The form of a bench's panel."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.form = bench.panel.form
        self.model = self.form.model

    @property
    def view(self) -> PinnedView:
        return hands.find(self.form, type(self.form.view), "pinned_tree")

    def is_shown(self) -> bool:
        hands.settle()
        return self.form.isVisible()

    def names(self) -> list[str]:
        """What its rows are called, from the top."""
        return [self.model.name_of(key) for key in self.model.keys]

    def rect(self, key: InputKey, column: Column = Column.VALUE) -> QRect:
        index = self.model.index_of(key, column)
        assert index.isValid(), f"{key} is not in the form"
        self.view.scrollTo(index)
        hands.settle()
        return self.view.visualRect(index)

    def part(self, key: InputKey, part: Part) -> QPoint:
        found = self.view.delegate.part_rect(self.model.index_of(key), self.rect(key), part)
        assert not found.isEmpty(), f"{key} has no {part}"
        return found.center()

    def click(self, key: InputKey, part: Part = Part.FIELD) -> None:
        hands.press(self.view.viewport(), self.part(key, part))

    def stand_on(self, key: InputKey) -> None:
        self.view.go_to(self.model.index_of(key))
        hands.settle()

    def menu(self, key: InputKey) -> QMenu:
        at = self.rect(key).center()
        where = self.view.viewport().mapToGlobal(at)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, where)
        QApplication.sendEvent(self.view.viewport(), event)
        hands.settle()
        return hands.find(self.view, QMenu, "input_menu")

    def drag(self, key: InputKey, to: InputKey, *, below: bool) -> None:
        """Drags a row by its name to a place beside another row."""
        begin, goal = self.rect(key, Column.NAME), self.rect(to, Column.NAME)
        end = goal.bottomLeft() if below else goal.topLeft()
        end.setX(begin.center().x())
        hands.stroke(self.view.viewport(), begin.center(), (begin.center() + end) / 2, end)
        hands.settle()


def choose(menu: QMenu, name: str) -> None:
    """Presses an entry of a menu."""
    action = next(each for each in menu.actions() if each.objectName() == name)
    assert action.isEnabled(), f"{name} cannot be chosen"
    action.trigger()
    menu.close()
    hands.settle()


def entries(menu: QMenu) -> list[str]:
    return [action.objectName() for action in menu.actions() if action.objectName()]


def dialog_of(panel: QWidget) -> PinDialog:
    return hands.find(panel.window(), PinDialog, "pin_dialog")


def write(dialog: PinDialog, **fields: str) -> None:
    for name, text in fields.items():
        hands.retype(hands.find(dialog, QLineEdit, f"pin_{name}"), text)
    hands.settle()


def accept(dialog: PinDialog) -> None:
    hands.press(hands.find(dialog, QPushButton, "pin_save"))
    hands.settle()
