"""Context menu of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.sweeps.axis_kinds import can_vary
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.input_tree import clipboard
from runcomfy_desktop.ui.input_tree.full_text_dialog import FULL_TEXT_KINDS
from runcomfy_desktop.ui.input_tree.navigation_menu import add_navigation_actions
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.value_parser import TEXT_KINDS
from runcomfy_desktop.ui.input_tree.seed_mode_menu import TemporaryMenu, add_seed_mode_actions
from runcomfy_desktop.ui.widgets.buttons import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QAction

    from runcomfy_desktop.ui.input_tree.graph_navigation import GraphNavigation
    from runcomfy_desktop.ui.input_tree.input_commands import InputCommands
    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow
    from runcomfy_desktop.ui.input_tree.row_view import RowView

# A title may have thousands of characters, and a menu is as wide as its longest entry.
_MAX_CHARS = 60
_MAX_EXAMPLE_CHARS = 400


class RowMenu(TemporaryMenu):
    """Context menu of a row; if the row is not selected, the selection is cleared."""

    def __init__(
        self,
        view: RowView,
        index: QModelIndex,
        commands: InputCommands,
        navigation: GraphNavigation,
    ) -> None:
        node, row = view.inputs.node_row_at(index), view.inputs.input_row_at(index)
        if row is None or row.key not in view.row_selection:
            view.row_selection.clear()
        title = "" if row is None else row.name
        title = title if node is None else texts.accessible_node_text(node)
        super().__init__("input_menu", title, view)
        self._view, self._model, self._commands = view, view.inputs, commands
        if row is None:
            self._fill_for_node(index, navigation)
        else:
            self._fill_for_input(row)

    def _add(
        self,
        text: str,
        slot: Callable[[], object],
        name: str,
        shortcut: str | QKeySequence.StandardKey = "",
    ) -> QAction:
        action = self.addAction(text, slot)
        action.setObjectName(name)
        action.setShortcut(QKeySequence(shortcut))
        return action

    def _add_check(self, text: str, slot: Callable[[], object], name: str, *, on: bool) -> QAction:
        action = self._add(text, slot, name)
        action.setCheckable(True)
        action.setChecked(on)
        return action

    def _fill_for_node(self, index: QModelIndex, navigation: GraphNavigation) -> None:
        view = self._view
        is_expanded = view.is_expanded(index)
        text = _("Fold") if is_expanded else _("Unfold")
        self.addAction(text, lambda: view.set_expanded(index, not is_expanded))
        self.addAction(_("Fold all"), view.collapse_all)
        self.addAction(_("Unfold all"), view.expand_all)
        self.addSeparator()
        self._add_clipboard_actions(_("Copy all values"))
        self.addSeparator()
        reset_node = self._commands.reset_current_node
        reset = self._add(_("Reset this node"), reset_node, "reset_node", "Ctrl+Alt+Backspace")
        reset.setEnabled(bool(self._commands.changed_keys_of_current_node()))
        node = self._model.node_at(index)
        if node is not None:
            add_navigation_actions(self, navigation, node.node_id)

    def _fill_for_input(self, row: InputRow) -> None:
        view, model, key = self._view, self._model, row.key
        self._add_edit_actions(row)
        self.addSeparator()
        select = self._add_check(
            _("Select"),
            lambda: view.row_selection.toggle(model.index_of(key)),
            "select_row",
            on=key in view.row_selection,
        )
        # Some systems reserve this key; then the menu is the only way.
        select.setShortcut(QKeySequence("Ctrl+Space"))
        self._add_clipboard_actions(_("Copy value"))
        if row.spec.is_seed:
            self.addSeparator()
            self.addAction(_("New random seed"), lambda: self._commands.randomize_seed(key))
            add_seed_mode_actions(self, model, key)
        if row.spec.kind in TEXT_KINDS:
            self._add_wildcard_actions(row)
        if can_vary(row.spec.kind):
            self.addSeparator()
            text = _("Sweep over this input…")
            self._add(text, lambda: view.sweep_requested.emit(key), "sweep_over")
        self.addSeparator()
        count = len(model.keys_to_reset(key))
        text = n_("Reset %d input", "Reset %d inputs", count) % count
        is_alone = len(model.keys_edited_with(key)) == 1
        text = _("Reset this input") if is_alone or not count else text
        reset = self._add(text, lambda: model.reset_input(key), "reset_input", "Ctrl+Backspace")
        reset.setEnabled(count > 0)
        view.row_entries_requested.emit(self, row)

    def _add_edit_actions(self, row: InputRow) -> None:
        """Adds the entries that change a value or follow its link."""
        commands, key, kind = self._commands, row.key, row.spec.kind
        quick_fix = None if row.issue is None else row.issue.quick_fix
        if quick_fix is not None:
            text = literal(shortened(one_line(quick_fix.label), _MAX_CHARS))
            self._add(text, lambda: commands.apply_quick_fix(key), "cure", "Alt+Return")
        if kind.is_editable:
            self.addAction(_("Edit"), lambda: commands.open_editor(self._model.index_of(key)))
        if kind in FULL_TEXT_KINDS:
            is_other = kind is InputKind.OTHER
            text = _("Look at the whole value") if is_other else _("Edit in a window")
            self._add(text, lambda: commands.open_full_text(key), "open_full", "F11")
        if kind is InputKind.COLOR:
            text = _("Choose a colour…")
            self._add(text, lambda: commands.choose_colour(key), "choose_colour")
        if self._model.source_link_of(key) is not None:
            self._add_fold_action(row)
        if self._model.source_link_of(key) is not None and not row.folded_links:
            text = _("Go to %s") % literal(shortened(one_line(row.source_title), _MAX_CHARS))
            self.addAction(text, lambda: commands.follow_link(key))
        self._view.value_entries_requested.emit(self, row)

    def _add_fold_action(self, row: InputRow) -> None:
        """Adds the entry that shows each link of the node in a row of its own, or all in one."""
        node_id = row.key.node_id
        if row.folded_links:
            text = _("Show each link")
        elif self._model.folded_links.can_fold(node_id):
            text = _("Show the links in one row")
        else:
            return
        are_folded = not row.folded_links
        self._add(
            text,
            lambda: self._model.folded_links.set_folded(node_id, are_folded=are_folded),
            "fold_links",
        )

    def _add_clipboard_actions(self, copy_text: str) -> None:
        """Adds Copy and Paste.

        They act on the selection, or else on the current row, for which the menu was opened.
        """
        view, keys = self._view, QKeySequence.StandardKey
        count = len(view.row_selection)
        if count > 1:
            copy_text = n_("Copy %d value", "Copy %d values", count) % count
        self._add(copy_text, lambda: clipboard.copy(view), "copy_value", keys.Copy)
        self._add(_("Paste"), lambda: clipboard.paste(view), "paste_value", keys.Paste)

    def _add_wildcard_actions(self, row: InputRow) -> None:
        """Adds the entries for choosing words for each run."""
        self.addSeparator()
        self._add_check(
            _("Choose words of {a|b} and __file__ for each run"),
            lambda: self._model.set_expands(row.key, on=not row.expands),
            "expand_words",
            on=row.expands,
        )
        if row.expands:
            text = _("Show an example")
            example = self._add(text, lambda: self._show_example(row), "show_example")
            example.setEnabled(row.issue is None)

    def _show_example(self, row: InputRow) -> None:
        text = shortened(one_line(self._model.example_of(row.key)), _MAX_EXAMPLE_CHARS)
        self._view.message_sent.emit(_("A run might send: %s") % text)
