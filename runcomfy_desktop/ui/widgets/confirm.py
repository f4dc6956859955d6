"""Confirmation dialog for one action, shown with open(), which does not block the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.form_layout import set_field_name
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

_WIDTH = 110 * STEP


def ask_confirmation(  # noqa: PLR0913 - keyword arguments
    parent: QWidget,
    name: str,
    *,
    title: str,
    text: str,
    button_text: str,
    on_yes: Callable[[], object],
    decline_text: str = "",
    alternative: tuple[str, Callable[[], object]] | None = None,
    check_box: QCheckBox | None = None,
) -> Dialog:
    """Asks the user to confirm; Enter and Escape both change nothing.

    `button_text` names the action. `decline_text` replaces "Leave it" where that could be mistaken
    for the action. `alternative` is another choice: its text and its callback. `check_box` is an
    option of the action, shown below the text.
    """
    dialog = _create_dialog(parent, name, title, text)
    yes = text_button(button_text, f"{name}_yes", dialog)
    no = text_button(decline_text or _("Leave it"), f"{name}_no", dialog, primary=True)
    no.setDefault(True)
    yes.clicked.connect(dialog.accept)
    no.clicked.connect(dialog.reject)
    dialog.accepted.connect(on_yes)
    others = [_create_alternative_button(dialog, name, *alternative)] if alternative else []
    sentence = plain_label(text, f"{name}_text", dialog, wrap=True)
    sentence.setMinimumWidth(_WIDTH)
    parts: list[QWidget] = [heading_label(title, f"{name}_title", dialog, 1.1, wrap=True), sentence]
    if check_box is not None:
        set_field_name(check_box, f"{name}_option", check_box.text())
        parts.append(check_box)
    buttons = row(*others, STRETCH, yes, no)
    column(*parts, 3 * STEP, buttons, owner=dialog, spacing=3 * STEP, margins=DIALOG_MARGINS)
    dialog.open()
    no.setFocus()
    return dialog


def raise_open_dialog(parent: QWidget, *names: str) -> bool:
    """Raises the dialog with one of these names that is open; returns False if there is none."""
    dialogs = (dialog for name in names for dialog in parent.findChildren(Dialog, name))
    # A closed dialog is deleted a moment later.
    dialog = next((each for each in dialogs if each.isVisible()), None)
    if dialog is None:
        return False
    dialog.raise_()
    dialog.activateWindow()
    return True


def _create_dialog(parent: QWidget, name: str, title: str, text: str) -> Dialog:
    dialog = Dialog(parent)
    dialog.setObjectName(name)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setAccessibleDescription(text)
    return dialog


def _create_alternative_button(
    dialog: Dialog, name: str, label: str, on_click: Callable[[], object]
) -> QPushButton:
    button = text_button(label, f"{name}_other", dialog)
    button.clicked.connect(dialog.reject)
    button.clicked.connect(lambda: on_click())
    return button
