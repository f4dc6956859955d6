"""Connect dialog: the user pastes a key, tests it, and sees where it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import money
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import link_button, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import DIALOG_MARGINS, STRETCH, column, row
from runcomfy_desktop.ui.widgets.tinted_icon import IconLine, TintedIcon, reveal_button

if TYPE_CHECKING:
    from runcomfy_desktop.core.account.account import Account, AccountState

_WIDTH = 116 * STEP


class ConnectDialog(Dialog):
    """Asks for a key, tests it and shows the result; the field keeps the pasted text.

    Emits `profile_requested` to open the web page where keys are created, and `settings_requested`
    to change the API address.
    """

    profile_requested = Signal()
    settings_requested = Signal()

    def __init__(self, account: Account, parent: QWidget) -> None:
        super().__init__(parent)
        self._account = account
        self._is_testing = False
        self._subscriptions = Subscriptions()
        self._about = plain_label("", "connect_text", self, wrap=True)
        self._field = QLineEdit(self)
        self._show_key = reveal_button(
            self._field,
            "show_key",
            self,
            show_text=_("Show the key"),
            hide_text=_("Hide the key"),
        )
        self._where_link = link_button(_("Where to find the key"), "get_key", self)
        self._address = muted_label("", "api_address", self)
        self._change = link_button(_("Change…"), "change_address", self)
        self._status = IconLine("connect_status", self, reserved_lines=2)
        self._test = text_button(_("Test and connect"), "test_key", self, primary=True)
        self._close = text_button(_("Close"), "close_connect", self)
        self._build()
        self._connect()
        self._on_account_changed(account.state)

    def _build(self) -> None:
        self.setObjectName("connect_dialog")
        self.setWindowTitle(_("Connect your key"))
        self.setMinimumWidth(_WIDTH)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._field.setObjectName("key_field")
        self._field.setAccessibleName(_("API key"))
        self._field.setEchoMode(QLineEdit.EchoMode.Password)
        self._field.setPlaceholderText(_("Paste the key here"))
        TintedIcon(self._where_link, "external", "accent")
        self._where_link.setAccessibleDescription(
            _("Opens your RunComfy profile page in the browser")
        )
        self._test.setDefault(True)
        address_row = row(self._where_link, STRETCH, self._address, self._change)
        column(
            heading_label(_("Connect your RunComfy key"), "connect_title", self),
            self._about,
            column(row((self._field, 1), self._show_key, spacing=STEP), address_row),
            self._status,
            2 * STEP,
            STRETCH,
            row(STRETCH, self._close, self._test),
            owner=self,
            spacing=3 * STEP,
            margins=DIALOG_MARGINS,
        )

    def _connect(self) -> None:
        self._where_link.clicked.connect(self.profile_requested)
        self._change.clicked.connect(self.settings_requested)
        self._test.clicked.connect(self._on_test_clicked)
        self._close.clicked.connect(self.close)
        self._field.textEdited.connect(self._on_field_text_edited)
        self.finished.connect(self._subscriptions.close)
        self._subscriptions.add(self._account.changed, self._on_account_changed)

    def _on_field_text_edited(self, text: str) -> None:
        if self._is_testing and self._account.state.phase is not AccountPhase.CHECKING:
            self._is_testing = False
            self._on_account_changed(self._account.state)

    def _on_test_clicked(self) -> None:
        key = self._field.text().strip()
        if self._is_testing and is_signed_in(self._account.state):
            self.accept()
        elif not key:
            text = _("Paste the key into the field first.")
            self._status.announce_text(text, "warning", "warning")
            self._field.setFocus()
        else:
            self._is_testing = True
            self._account.connect(key)

    def _on_account_changed(self, state: AccountState) -> None:
        self._address.setText(_("API address: %s") % state.service)
        self._about.setText(about_text(has_keyring=state.has_keyring))
        is_checking = self._is_testing and state.phase is AccountPhase.CHECKING
        is_connected = self._is_testing and is_signed_in(state)
        self._field.setReadOnly(is_checking)
        self._test.setEnabled(not is_checking)
        self._test.setText(_("Done") if is_connected else _("Test and connect"))
        self._test.setAccessibleName(self._test.text())
        self._close.setVisible(not is_connected)
        if is_checking:
            self._status.announce_text(_("Checking the key…"), "clock")
        elif is_connected:
            self._status.announce_text(connected_text(state), "check", "ok")
        elif state.problem is not None:
            self._status.announce_text(state.problem.sentence(), "error", "error")
        elif state.phase is AccountPhase.SIGNED_IN:
            text = _("A key is in use already. Another one replaces it.")
            self._status.announce_text(text, "info")
        else:
            self._status.show_text("")


def about_text(*, has_keyring: bool) -> str:
    """Returns the explanation of how a key is tested and stored, shown before one is typed."""
    if has_keyring:
        return _(
            "The key is tested by reading your balance, which costs nothing. It is sent to this "
            "API address alone and kept in the system keyring."
        )
    return _(
        "The key is tested by reading your balance, which costs nothing. It is sent to this "
        "API address alone. This computer has no system keyring, so it is kept until the "
        "program ends."
    )


def is_signed_in(state: AccountState) -> bool:
    """Returns True if the last tested key works; after an error, an older key may stay in use."""
    return state.phase is AccountPhase.SIGNED_IN and state.problem is None


def connected_text(state: AccountState) -> str:
    """Returns the message for a working key: its storage, and the account's balance."""
    if state.key_place == "keyring":
        text = _("Connected. The key is kept in the system keyring.")
    else:
        note = state.key_note or _("The key is kept until the program ends.")
        text = _("Connected. %s") % note
    if state.balance is not None:
        text = f"{text} " + _("Balance %s.") % money(state.balance.usd)
    return text
