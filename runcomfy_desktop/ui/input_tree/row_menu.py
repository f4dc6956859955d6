"""Context menu of a row, and the menu of seed modes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.sweeps.axis_kinds import can_vary
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.input_tree import clipboard, texts
from runcomfy_desktop.ui.input_tree.colour_dialog import ColourDialog
from runcomfy_desktop.ui.input_tree.full_text_dialog import has_full_text
from runcomfy_desktop.ui.input_tree.navigation_menu import add_navigation_actions
from runcomfy_desktop.ui.input_tree.value_parser import TEXT_KINDS
from runcomfy_desktop.ui.widgets.buttons import literal

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex

    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow
    from runcomfy_desktop.ui.input_tree.view import InputsView

# A title may have thousands of characters, and a menu is as wide as its longest entry.
_MAX_CHARS = 60
_MAX_EXAMPLE_CHARS = 400


def _add_wildcard_actions(menu: QMenu, view: InputsView, row: InputRow) -> None:
    """Adds the entries for choosing words for each run; does nothing for inputs without text."""
    if row.spec.kind not in TEXT_KINDS:
        return
    key = row.key
    menu.addSeparator()
    toggle = menu.addAction(
        _("Choose words of {a|b} and __file__ for each run"),
        lambda: view.inputs.set_expands(key, on=not row.expands),
    )
    toggle.setObjectName("expand_words")
    toggle.setCheckable(True)
    toggle.setChecked(row.expands)
    if row.expands:
        example = menu.addAction(_("Show an example"), lambda: _show_example(view, row))
        example.setObjectName("show_example")
        example.setEnabled(row.issue is None)


def _show_example(view: InputsView, row: InputRow) -> None:
    text = view.inputs.example_of(row.key)
    view.message_sent.emit(
        _("A run might send: %s") % shortened(one_line(text), _MAX_EXAMPLE_CHARS)
    )


def popup_row_menu(view: InputsView, index: QModelIndex, position: QPoint) -> QMenu:
    """Shows the context menu of a row."""
    node, key = view.inputs.node_row_at(index), view.inputs.key_at(index)
    if key is None or key not in view.row_selection:
        view.row_selection.clear()
    title = view.inputs.name_of(key) if key is not None else ""
    title = texts.accessible_node_text(node) if node is not None else title
    menu = _create_menu(view, "input_menu", title)
    row = view.inputs.input_row_at(index)
    if row is None:
        _fill_for_node(menu, view, index)
    else:
        _fill_for_input(menu, view, index, row)
    menu.popup(position)
    return menu


def popup_seed_modes(view: InputsView, key: InputKey, position: QPoint) -> QMenu:
    """Shows the menu of a seed's modes."""
    menu = _create_menu(view, "seed_mode_menu", _("At each run: %s") % view.inputs.name_of(key))
    _add_seed_mode_actions(menu, view, key)
    menu.popup(position)
    return menu


def _create_menu(view: InputsView, name: str, title: str) -> QMenu:
    menu = QMenu(view)
    menu.setAccessibleName(title)
    menu.setObjectName(name)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def _fill_for_node(menu: QMenu, view: InputsView, index: QModelIndex) -> None:
    is_expanded = view.is_expanded(index)
    menu.addAction(
        _("Fold") if is_expanded else _("Unfold"), lambda: view.set_expanded(index, not is_expanded)
    )
    menu.addAction(_("Fold all"), view.collapse_all)
    menu.addAction(_("Unfold all"), view.expand_all)
    menu.addSeparator()
    _add_clipboard_actions(menu, view, _("Copy all values"))
    menu.addSeparator()
    reset = menu.addAction(_("Reset this node"), view.commands.reset_current_node)
    reset.setObjectName("reset_node")
    reset.setShortcut(QKeySequence("Ctrl+Alt+Backspace"))
    reset.setEnabled(bool(view.commands.changed_keys_of_current_node()))
    node = view.inputs.node_at(index)
    if node is not None:
        add_navigation_actions(menu, view.navigation, node.node_id)


def _fill_for_input(menu: QMenu, view: InputsView, index: QModelIndex, row: InputRow) -> None:
    key = row.key
    _add_edit_actions(menu, view, row)
    menu.addSeparator()
    select = menu.addAction(
        _("Select"), lambda: view.row_selection.toggle(view.inputs.index_of(key))
    )
    select.setObjectName("select_row")
    select.setCheckable(True)
    select.setChecked(key in view.row_selection)
    # Some systems reserve this key; then the menu is the only way.
    select.setShortcut(QKeySequence("Ctrl+Space"))
    _add_clipboard_actions(menu, view, _("Copy value"))
    if row.spec.is_seed:
        menu.addSeparator()
        menu.addAction(_("New random seed"), lambda: view.commands.randomize_seed(key))
        _add_seed_mode_actions(menu, view, key)
    _add_wildcard_actions(menu, view, row)
    if can_vary(row.spec.kind):
        menu.addSeparator()
        sweep = menu.addAction(_("Sweep over this input…"), lambda: view.sweep_requested.emit(key))
        sweep.setObjectName("sweep_over")
    menu.addSeparator()
    count = len(view.inputs.keys_to_reset(key))
    text = n_("Reset %d input", "Reset %d inputs", count) % count
    is_alone = len(view.inputs.keys_edited_with(key)) == 1
    text = _("Reset this input") if is_alone or not count else text
    reset = menu.addAction(text, lambda: view.inputs.reset_input(key))
    reset.setObjectName("reset_input")
    reset.setShortcut(QKeySequence("Ctrl+Backspace"))
    reset.setEnabled(count > 0)
    view.row_entries_requested.emit(menu, row)


def _add_edit_actions(menu: QMenu, view: InputsView, row: InputRow) -> None:
    """Adds the entries that change a value or follow its link."""
    key, kind = row.key, row.spec.kind
    quick_fix = None if row.issue is None else row.issue.quick_fix
    if quick_fix is not None:
        fix_action = menu.addAction(
            literal(shortened(one_line(quick_fix.label), _MAX_CHARS)),
            lambda: view.commands.apply_quick_fix(key),
        )
        fix_action.setObjectName("cure")
        fix_action.setShortcut(QKeySequence("Alt+Return"))
    if kind.is_editable:
        menu.addAction(_("Edit"), lambda: view.commands.open_editor(view.inputs.index_of(key)))
    if has_full_text(view, key):
        label = _("Look at the whole value") if kind is InputKind.OTHER else _("Edit in a window")
        full = menu.addAction(label, lambda: view.commands.open_full_text(key))
        full.setShortcut(QKeySequence("F11"))
        full.setObjectName("open_full")
    if kind is InputKind.COLOR:
        colour = menu.addAction(_("Choose a colour…"), lambda: ColourDialog.open_for(view, key))
        colour.setObjectName("choose_colour")
    link = view.inputs.source_link_of(key)
    if link is not None:
        text = _("Go to %s") % literal(shortened(one_line(row.source_title), _MAX_CHARS))
        menu.addAction(text, lambda: view.navigation.jump_to(InputKey(link.node_id, "")))
    view.value_entries_requested.emit(menu, row)


def _add_clipboard_actions(menu: QMenu, view: InputsView, copy_text: str) -> None:
    """Adds Copy and Paste.

    They act on the selection, or else on the current row, for which the menu was opened.
    """
    count = len(view.row_selection)
    if count > 1:
        copy_text = n_("Copy %d value", "Copy %d values", count) % count
    copy = menu.addAction(copy_text, lambda: clipboard.copy(view))
    copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
    copy.setObjectName("copy_value")
    paste = menu.addAction(_("Paste"), lambda: clipboard.paste(view))
    paste.setShortcut(QKeySequence(QKeySequence.StandardKey.Paste))
    paste.setObjectName("paste_value")


def _add_seed_mode_actions(menu: QMenu, view: InputsView, key: InputKey) -> None:
    current = view.inputs.input_row_of(key).seed_mode
    for mode in SeedMode:
        action = menu.addAction(texts.seed_mode_text(mode))
        action.setObjectName(f"seed_mode_{mode.value}")
        action.setCheckable(True)
        action.setChecked(mode is current)
        action.triggered.connect(
            lambda _checked=False, mode=mode: view.inputs.set_seed_mode(key, mode)
        )
