"""The entries of a text's context menu about words that are chosen for each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line, shortened

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow
    from runcomfy_desktop.ui.input_tree.view import InputsView

_TEXT_KINDS = (InputKind.STRING, InputKind.TEXT)
_MAX_EXAMPLE_CHARS = 400


def add_wildcard_actions(menu: QMenu, view: InputsView, row: InputRow) -> None:
    """Nothing for what is no text."""
    if row.spec.kind not in _TEXT_KINDS:
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
