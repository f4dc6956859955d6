"""Commands for the essentials, from the menus and by keys: choose, reorder, edit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.pins.essentials_dialog import EssentialsDialog
from runcomfy_desktop.ui.pins.pin_actions import EDIT_PIN_SHORTCUT, PIN_SHORTCUT
from runcomfy_desktop.ui.pins.pin_dialog import PinDialog
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtWidgets import QMenu

    from runcomfy_desktop.core.editor.pins import Pins
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow
    from runcomfy_desktop.ui.input_tree.view import InputsView


class PinController(QObject):
    """Carries out pin commands in all `views`; emits `message_sent` with a message for the user."""

    message_sent = Signal(str)

    def __init__(self, scope: SessionScope, pins: Pins, views: Iterable[InputsView]) -> None:
        super().__init__(scope)
        self._pins = pins
        for view in views:
            view.row_entries_requested.connect(partial(self._add_to_menu, view))

    def _add_to_menu(self, view: InputsView, menu: QMenu, row: InputRow) -> None:
        """Adds the entries for a row that is an essential, or one to make it one."""
        key = row.key
        menu.addSeparator()
        if self._pins.state.pin_for(key) is None:
            self._add_pin_action(menu, view, row)
            return
        unpin = menu.addAction(_("Remove from Essentials"), lambda: self.toggle(view, key))
        unpin.setObjectName("unpin")
        unpin.setShortcut(QKeySequence(PIN_SHORTCUT))
        edit = menu.addAction(_("Edit the label and limits…"), lambda: self.edit(view, key))
        edit.setObjectName("edit_pin")
        edit.setShortcut(QKeySequence(EDIT_PIN_SHORTCUT))
        if row.node_title:
            self._add_move_actions(menu, key)
            go = menu.addAction(_("Go to its node"), lambda: view.navigation.jump_to(key))
            go.setObjectName("go_to_node")

    def _add_pin_action(self, menu: QMenu, view: InputsView, row: InputRow) -> None:
        unpinned = self._unpinned_keys(view, row.key)
        count = len(unpinned)
        text = n_("Show %d input under Essentials", "Show %d inputs under Essentials", count)
        text = text % count if count > 1 else _("Show under Essentials")
        pin = menu.addAction(text, lambda: self.toggle(view, row.key))
        pin.setObjectName("pin")
        pin.setShortcut(QKeySequence(PIN_SHORTCUT))
        pin.setEnabled(row.spec.kind.is_editable)

    def _add_move_actions(self, menu: QMenu, key: InputKey) -> None:
        order = [pin.key for pin in self._pins.state.pins]
        position = order.index(key)
        for name, text, offset, keys in (
            ("pin_up", _("Move up"), -1, "Alt+Up"),
            ("pin_down", _("Move down"), 1, "Alt+Down"),
        ):
            move = menu.addAction(text)
            move.triggered.connect(
                lambda _on=False, offset=offset: self._pins.move(key, position + offset)
            )
            move.setObjectName(name)
            move.setShortcut(QKeySequence(keys))
            move.setEnabled(0 <= position + offset < len(order))

    def choose(self, view: InputsView) -> None:
        """Opens the dialog in which the user ticks the essentials of the draft in view."""
        if view.inputs.draft is None:
            return
        view.commit_pending_edits()
        owner = self._pins.state.owner
        dialog = EssentialsDialog(view, self._pins.state, self._pins.suggested_keys())
        dialog.chosen.connect(lambda keys: self._choose(owner, keys))
        dialog.suggestion_chosen.connect(lambda: self._choose(owner, None))
        dialog.open()

    def _choose(self, owner: str, keys: Sequence[InputKey] | None) -> None:
        """Carries out the choice of the dialog; None restores the suggestion."""
        if self._pins.state.owner != owner:
            self.message_sent.emit(
                _("Another workflow is open now, so its essentials were not changed.")
            )
        elif keys is None:
            self._pins.restore_suggestion()
        else:
            self._pins.choose(keys)

    def unpin_unmatched(self) -> None:
        """Removes the pins that have no input in the draft in view."""
        self._pins.unpin_unmatched()

    # Commands for the given row, or else for the current one

    def toggle(self, view: InputsView, key: InputKey | None = None) -> None:
        """Pins a row and the rows selected with it, or unpins them if the row is pinned."""
        key = key or view.inputs.key_at(view.currentIndex())
        if key is None:
            self.message_sent.emit(
                _("Go to an input first: Essentials shows inputs, not whole nodes.")
            )
            return
        if self._pins.state.pin_for(key) is not None:
            view.commit_pending_edits()
            self._pins.unpin(*view.inputs.keys_edited_with(key))
            return
        unpinned = self._unpinned_keys(view, key)
        if not unpinned:
            self.message_sent.emit(
                _("This input has no value of its own, so Essentials cannot show it.")
            )
            return
        view.commit_pending_edits()
        self._pins.pin(*unpinned)
        count = len(unpinned)
        text = n_("%d input was added to Essentials", "%d inputs were added to Essentials", count)
        announce(view, text % count)

    def edit(self, view: InputsView, key: InputKey | None = None) -> None:
        """Opens the dialog for a row's pin."""
        key = key or view.inputs.key_at(view.currentIndex())
        pin = None if key is None else self._pins.state.pin_for(key)
        if key is None or pin is None:
            self.message_sent.emit(
                _("Only essentials have a label and limits. Add the input first: Ctrl+P.")
            )
            return
        view.commit_pending_edits()
        dialog = PinDialog(view, pin)
        draft_target = view.inputs.draft_target()
        dialog.pin_edited.connect(lambda pin: self._pins.edit(pin, draft_target))
        dialog.open()

    def _unpinned_keys(self, view: InputsView, key: InputKey) -> list[InputKey]:
        """Returns the inputs of a row or its selection that can be pinned, in workflow order."""
        keys = view.row_selection.keys_in_order() if key in view.row_selection else [key]
        return [
            each
            for each in keys
            if self._pins.state.pin_for(each) is None and view.inputs.spec_of(each).kind.is_editable
        ]
