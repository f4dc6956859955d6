"""Field for a password or a key; it shows that a secret is stored, but never the secret itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

_CLEAR_KEYS = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)


class SecretField(QLineEdit):
    """Line edit for a secret: typed text replaces the stored secret, emptying the field removes it.

    Emits `emptied` in the latter case. The owner applies both when the settings are saved.
    """

    emptied = Signal()

    def __init__(self, parent: QWidget, stored_text: str = "") -> None:
        super().__init__(parent)
        self._stored_text = stored_text or _("Kept; type to replace it, Backspace removes it")
        self._is_stored = False
        self._is_emptied = False
        self._is_new = True
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.textEdited.connect(self._on_text_edited)
        self.textChanged.connect(self._on_text_changed)

    def reset(self) -> None:
        """Discards everything typed or removed."""
        self.clear()
        self._is_emptied = False

    def set_stored(self, is_stored: bool) -> None:
        """Sets whether there is a stored secret to replace or remove."""
        self._is_stored = is_stored
        self._update_placeholder()

    def typed_secret(self) -> str | None:
        """Returns the typed secret, "" to remove the stored one, None to keep it."""
        return self.text() or ("" if self._is_stored and self._is_emptied else None)

    def consume_new(self) -> bool:
        """Returns True on the first use of the typed secret, False afterwards."""
        was_new, self._is_new = self._is_new, False
        return was_new

    def remove_stored(self) -> None:
        """Marks the stored secret for removal, like emptying the field from the keyboard."""
        self.clear()
        self._on_text_edited("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _CLEAR_KEYS and not self.text():
            self._on_text_edited("")
        super().keyPressEvent(event)

    def _on_text_edited(self, text: str) -> None:
        was_emptied, self._is_emptied = self._is_emptied, self._is_stored and not text
        self._update_placeholder()
        if self._is_emptied and not was_emptied:
            announce(self, self.placeholderText())
            self.emptied.emit()

    def _on_text_changed(self) -> None:
        self._is_new = True

    def _update_placeholder(self) -> None:
        text = ""
        if self._is_stored:
            text = self._stored_text
        if self._is_stored and self._is_emptied:
            text = _("Removed when you choose OK")
        self.setPlaceholderText(text)
