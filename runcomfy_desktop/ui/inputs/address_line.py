"""The line in a well in which an address is typed, and checked before it is taken."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from runcomfy_desktop.domain.media import check_address
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.inputs.link_button import LinkButton
from runcomfy_desktop.ui.theme import STEP


class AddressLine(QWidget):
    """Emits `given` with an address that can be sent, `cancelled`, and `faulty` with what is
    wrong with the text, "" while it is being typed."""

    given = Signal(str)
    cancelled = Signal()
    faulty = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._edit = QLineEdit(self)
        self._edit.setObjectName("media_address_edit")
        self._edit.setAccessibleName(_("Address of the file"))
        self._edit.setPlaceholderText("https://")
        self._edit.setAcceptDrops(False)
        self._begun = ""
        self._use = LinkButton(_("Use"), "media_address_use", self)
        self._cancel = LinkButton(_("Cancel"), "media_address_cancel", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(STEP)
        row.addWidget(self._edit, 1)
        row.addWidget(self._use)
        row.addWidget(self._cancel)
        self._use.clicked.connect(self._on_entered)
        self._cancel.clicked.connect(self.cancelled)
        self._edit.returnPressed.connect(self._on_entered)
        self._edit.textEdited.connect(self._on_edited)
        self.hide()

    @property
    def controls(self) -> list[QWidget]:
        return [self._edit, self._use, self._cancel]

    @property
    def links(self) -> list[LinkButton]:
        return [self._use, self._cancel]

    @property
    def address(self) -> str:
        """What stands there, "" when that is no address."""
        address = self._edit.text().strip()
        return "" if check_address(address) else address

    def ask(self, address: str) -> None:
        """Begins with `address`, ready to be typed over."""
        self._begun = address
        self._edit.setText(address)
        self.show()
        self._on_edited()
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._edit.selectAll()

    def _on_edited(self) -> None:
        self._mark(is_faulty=False)
        self.faulty.emit("")

    def _on_entered(self) -> None:
        address = self._edit.text().strip()
        wrong = check_address(address)
        self._mark(is_faulty=bool(wrong))
        if wrong:
            self.faulty.emit(wrong)
        else:
            self.given.emit(address)

    def leave(self) -> None:
        """Hands in what was typed; nothing to hand in is the end of it."""
        if self._edit.text().strip() in ("", self._begun, "https://"):
            self.cancelled.emit()
        else:
            self._on_entered()

    def _mark(self, *, is_faulty: bool) -> None:
        self._edit.setProperty("fault", is_faulty)
        # Property rules of a style sheet are looked up again only when asked for.
        self._edit.style().unpolish(self._edit)
        self._edit.style().polish(self._edit)
