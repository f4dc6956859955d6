"""What is done with pins: set, let go, put in order, renamed; from the menus and by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.inputs.pin_dialog import PinDialog
from runcomfy_desktop.ui.inputs.pin_keys import EDIT_KEYS, PIN_KEYS
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from runcomfy_desktop.core.pins import Pins
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.view import InputsView
    from runcomfy_desktop.ui.models.inputs import InputRow


class PinDesk(QObject):
    """Belongs to a session. `told` says what a person should know."""

    told = Signal(str)

    def __init__(self, pins: Pins, parent: QObject) -> None:
        super().__init__(parent)
        self.pins = pins

    def fill(self, menu: QMenu, view: InputsView, row: InputRow) -> None:
        """Adds what can be done with the pin of a row, or that there can be one."""
        key = row.key
        menu.addSeparator()
        if self.pins.state.of(key) is None:
            self._add_pin(menu, view, row)
            return
        unpin = menu.addAction(_("Unpin"), lambda: self.toggle(view, key))
        unpin.setObjectName("unpin")
        unpin.setShortcut(QKeySequence(PIN_KEYS))
        edit = menu.addAction(_("Edit the pin…"), lambda: self.edit(view, key))
        edit.setObjectName("edit_pin")
        edit.setShortcut(QKeySequence(EDIT_KEYS))
        if row.of_node:
            self._add_moves(menu, key)
            go = menu.addAction(_("Go to its node"), lambda: view.ways.jump_to(key))
            go.setObjectName("go_to_node")

    def _add_pin(self, menu: QMenu, view: InputsView, row: InputRow) -> None:
        fresh = self._fresh(view, row.key)
        text = n_("Pin %d input", "Pin %d inputs", len(fresh)) % len(fresh)
        text = text if len(fresh) > 1 else _("Pin")
        pin = menu.addAction(text, lambda: self.toggle(view, row.key))
        pin.setObjectName("pin")
        pin.setShortcut(QKeySequence(PIN_KEYS))
        pin.setEnabled(row.spec.kind.editable)

    def _add_moves(self, menu: QMenu, key: InputKey) -> None:
        order = [pin.key for pin in self.pins.state.pins]
        at = order.index(key)
        for name, text, way, keys in (
            ("pin_up", _("Move up"), -1, "Alt+Up"),
            ("pin_down", _("Move down"), 1, "Alt+Down"),
        ):
            move = menu.addAction(text)
            move.triggered.connect(lambda _on=False, way=way: self.pins.move(key, at + way))
            move.setObjectName(name)
            move.setShortcut(QKeySequence(keys))
            move.setEnabled(0 <= at + way < len(order))

    # For a row, else for the one with the keyboard

    def toggle(self, view: InputsView, key: InputKey | None = None) -> None:
        """Pins a row, or what is selected with it; of a pinned one the pin goes."""
        key = key or view.inputs.key_at(view.currentIndex())
        if key is None:
            self.told.emit(_("Go to an input first: only inputs can be pinned, not whole nodes."))
            return
        if self.pins.state.of(key) is not None:
            view.settle()
            self.pins.unpin(*view.inputs.together(key))
            return
        fresh = self._fresh(view, key)
        if not fresh:
            self.told.emit(_("This input cannot be pinned: it has no value of its own."))
            return
        view.settle()
        self.pins.pin(*fresh)
        text = n_("%d input is pinned", "%d inputs are pinned", len(fresh)) % len(fresh)
        announce(view, text)

    def edit(self, view: InputsView, key: InputKey | None = None) -> None:
        """Opens what the pin of a row says."""
        key = key or view.inputs.key_at(view.currentIndex())
        pin = None if key is None else self.pins.state.of(key)
        if key is None or pin is None:
            self.told.emit(_("This input is not pinned. Pin it first: Ctrl+P."))
            return
        view.settle()
        dialog = PinDialog(view, pin)
        aim = view.inputs.aim()
        dialog.chosen.connect(lambda pin: self.pins.edit(pin, aim))
        dialog.open()

    def _fresh(self, view: InputsView, key: InputKey) -> list[InputKey]:
        """What can be pinned of what is meant by a row, in the order of the workflow."""
        keys = view.chosen.in_order() if key in view.chosen else [key]
        return [
            each
            for each in keys
            if self.pins.state.of(each) is None and view.inputs.spec_of(each).kind.editable
        ]
