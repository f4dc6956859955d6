"""A question with one deed, asked by open(): the program goes on while it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = 110 * STEP


def ask(  # noqa: PLR0913 - by name, read as one sentence
    parent: QWidget,
    name: str,
    *,
    title: str,
    text: str,
    deed: str,
    on_yes: Callable[[], object],
    leave: str = "",
    also: tuple[str, Callable[[], object]] | None = None,
) -> Dialog:
    """Asks once; `deed` names what the button does. Enter and Escape both leave things alone.

    `leave` says what that means, where "Leave it" could be taken for the deed. `also` is another
    way out, with a name of its own.
    """
    dialog = _titled(parent, name, title, text)
    yes = text_button(deed, f"{name}_yes", dialog)
    no = text_button(leave or _("Leave it"), f"{name}_no", dialog, primary=True)
    no.setDefault(True)
    yes.clicked.connect(dialog.accept)
    no.clicked.connect(dialog.reject)
    dialog.accepted.connect(on_yes)
    other = _way_out(dialog, name, *also) if also is not None else None
    sentence = plain_label(text, f"{name}_text", dialog, wrap=True)
    sentence.setMinimumWidth(_WIDTH)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(6 * STEP, 5 * STEP, 6 * STEP, 5 * STEP)
    layout.setSpacing(3 * STEP)
    layout.addWidget(heading_label(title, f"{name}_title", dialog, 1.1, wrap=True))
    layout.addWidget(sentence)
    layout.addSpacing(3 * STEP)
    layout.addLayout(_in_line(other, yes, no))
    dialog.open()
    no.setFocus()
    return dialog


def _titled(parent: QWidget, name: str, title: str, text: str) -> Dialog:
    dialog = Dialog(parent)
    dialog.setObjectName(name)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setAccessibleDescription(text)
    return dialog


def _in_line(other: QPushButton | None, yes: QPushButton, no: QPushButton) -> QHBoxLayout:
    buttons = QHBoxLayout()
    buttons.setSpacing(2 * STEP)
    if other is not None:
        buttons.addWidget(other)
    buttons.addStretch(1)
    buttons.addWidget(yes)
    buttons.addWidget(no)
    return buttons


def _way_out(dialog: Dialog, name: str, label: str, deed: Callable[[], object]) -> QPushButton:
    button = text_button(label, f"{name}_other", dialog)
    button.clicked.connect(dialog.reject)
    button.clicked.connect(lambda: deed())
    return button
