"""Line edit in a media field for an address, which is checked before the input gets it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from runcomfy_desktop.domain.media.media import address_error
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.layouts import row
from runcomfy_desktop.ui.widgets.underlined_button import UnderlinedButton


class AddressEdit(QWidget):
    """Line edit for an address.

    Emits `address_entered` with an address that can be sent, `cancelled`, and `error_changed` with
    the error in the address, or with "" while the user is typing.
    """

    address_entered = Signal(str)
    cancelled = Signal()
    error_changed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._edit = QLineEdit(self)
        self._edit.setObjectName("media_address_edit")
        self._edit.setAccessibleName(_("Address of the file"))
        self._edit.setPlaceholderText("https://")
        self._edit.setAcceptDrops(False)
        self._initial_text = ""
        self._use_button = UnderlinedButton(_("Use"), "media_address_use", self)
        self._cancel_button = UnderlinedButton(_("Cancel"), "media_address_cancel", self)
        row((self._edit, 1), self._use_button, self._cancel_button, owner=self, spacing=STEP)
        self._use_button.clicked.connect(self._on_entered)
        self._cancel_button.clicked.connect(self.cancelled)
        self._edit.returnPressed.connect(self._on_entered)
        self._edit.textEdited.connect(self._on_edited)
        self.hide()

    @property
    def controls(self) -> list[QWidget]:
        return [self._edit, self._use_button, self._cancel_button]

    @property
    def links(self) -> list[UnderlinedButton]:
        return [self._use_button, self._cancel_button]

    @property
    def address(self) -> str:
        """The typed address; "" if it is not valid."""
        address = self._edit.text().strip()
        return "" if address_error(address) else address

    def start(self, address: str) -> None:
        """Starts editing: shows `address` and selects it, so that typing replaces it."""
        self._initial_text = address
        self._edit.setText(address)
        self.show()
        self._on_edited()
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._edit.selectAll()

    def _on_edited(self) -> None:
        self._set_invalid(is_invalid=False)
        self.error_changed.emit("")

    def _on_entered(self) -> None:
        address = self._edit.text().strip()
        error = address_error(address)
        self._set_invalid(is_invalid=bool(error))
        if error:
            self.error_changed.emit(error)
        else:
            self.address_entered.emit(address)

    def finish(self) -> None:
        """Submits the typed address; cancels if the user has typed nothing new."""
        if self._edit.text().strip() in ("", self._initial_text, "https://"):
            self.cancelled.emit()
        else:
            self._on_entered()

    def _set_invalid(self, *, is_invalid: bool) -> None:
        self._edit.setProperty("fault", is_invalid)
        # Qt evaluates a style sheet's property rules again only on request.
        self._edit.style().unpolish(self._edit)
        self._edit.style().polish(self._edit)
