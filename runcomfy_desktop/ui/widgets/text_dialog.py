"""Non-modal dialog with a long text to read and copy; opened with show()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.long_text import LongTextView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QWidget


class TextDialog(Dialog):
    """Dialog whose Copy button copies `text`.

    `view` shows the text, or the part of it that the labels of `build_layout` do not show.
    """

    def __init__(self, name: str, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._full_text = text
        self.view = LongTextView(f"{name}_text", title, self)
        self._copied = muted_label("", f"{name}_copied", self)
        self._copy = text_button(_("Copy"), f"{name}_copy", self)
        self._close = text_button(_("Close"), f"{name}_close", self, primary=True)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._close.setDefault(True)
        self._copy.clicked.connect(self._on_copy_clicked)
        self._close.clicked.connect(self.reject)

    def build_layout(
        self, labels: Iterable[QWidget], extra_buttons: Iterable[QWidget] = ()
    ) -> None:
        """Lays out the labels, the text and the buttons; `extra_buttons` come after Copy."""
        column(
            *labels,
            (self.view, 1),
            row(self._copy, *extra_buttons, self._copied, STRETCH, self._close),
            owner=self,
            spacing=3 * STEP,
            margins=(5 * STEP, 5 * STEP, 5 * STEP, 4 * STEP),
        )

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._full_text)
        self._copied.setText(_("Copied."))
        announce(self, self._copied.text())
