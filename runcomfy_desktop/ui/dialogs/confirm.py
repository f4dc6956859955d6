"""A question with one deed, asked by open(): the program goes on while it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.buttons import literal

if TYPE_CHECKING:
    from collections.abc import Callable


def ask(
    parent: QWidget,
    name: str,
    *,
    title: str,
    text: str,
    deed: str,
    on_yes: Callable[[], object],
) -> QMessageBox:
    """Asks once; `deed` names what the button does. Enter and Escape both leave things alone."""
    box = QMessageBox(parent)
    box.setObjectName(name)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(title)
    box.setText(title)
    box.setInformativeText(text)
    yes = box.addButton(literal(deed), QMessageBox.ButtonRole.AcceptRole)
    yes.setObjectName(f"{name}_yes")
    yes.setAccessibleName(deed)
    no = box.addButton(_("Leave it"), QMessageBox.ButtonRole.RejectRole)
    no.setObjectName(f"{name}_no")
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    yes.clicked.connect(on_yes)
    box.open()
    return box
