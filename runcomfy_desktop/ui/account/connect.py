"""Connect dialog: the user pastes a key, tests it, and sees where it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import money
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, icon_button, link_button, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label

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
        self._show_key = icon_button(_("Show the key"), "show_key", self)
        self._where_link = link_button(_("Where to find the key"), "get_key", self)
        self._address = muted_label("", "api_address", self)
        self._change = link_button(_("Change…"), "change_address", self)
        self._colour_role = "muted"
        self._icon = QLabel(self)
        self._status = plain_label("", "connect_status", self, wrap=True)
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
        self._show_key.setCheckable(True)
        self._where_link.setAccessibleDescription(
            _("Opens your RunComfy profile page in the browser")
        )
        self._test.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * STEP, 5 * STEP, 6 * STEP, 5 * STEP)
        layout.setSpacing(3 * STEP)
        layout.addWidget(heading_label(_("Connect your RunComfy key"), "connect_title", self))
        layout.addWidget(self._about)
        layout.addLayout(self._build_field_row())
        layout.addLayout(self._build_status_row())
        layout.addSpacing(2 * STEP)
        layout.addStretch(1)
        layout.addLayout(self._build_button_row())

    def _build_field_row(self) -> QVBoxLayout:
        field = QHBoxLayout()
        field.setSpacing(STEP)
        field.addWidget(self._field, 1)
        field.addWidget(self._show_key)
        below = QHBoxLayout()
        below.setSpacing(2 * STEP)
        below.addWidget(self._where_link)
        below.addStretch(1)
        below.addWidget(self._address)
        below.addWidget(self._change)
        rows = QVBoxLayout()
        rows.setSpacing(2 * STEP)
        rows.addLayout(field)
        rows.addLayout(below)
        return rows

    def _build_status_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._status, 1)
        # Two lines are reserved, so that the dialog does not jump when a sentence appears. A
        # minimum height of the label would limit longer sentences to that height.
        row.addStrut(2 * self.fontMetrics().lineSpacing())
        self._status.setAlignment(Qt.AlignmentFlag.AlignTop)
        return row

    def _build_button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addStretch(1)
        row.addWidget(self._close)
        row.addWidget(self._test)
        return row

    def _connect(self) -> None:
        self._show_key.toggled.connect(self._on_show_key_toggled)
        self._where_link.clicked.connect(self.profile_requested)
        self._change.clicked.connect(self.settings_requested)
        self._test.clicked.connect(self._on_test_clicked)
        self._close.clicked.connect(self.close)
        self._field.textEdited.connect(self._on_field_text_edited)
        self.finished.connect(self._subscriptions.close)
        self._subscriptions.add(self._account.changed, self._on_account_changed)

    def _on_show_key_toggled(self, checked: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if checked else QLineEdit.EchoMode.Password
        self._field.setEchoMode(mode)
        text = _("Hide the key") if checked else _("Show the key")
        self._show_key.setToolTip(text)
        self._show_key.setAccessibleName(text)
        self._apply_style()

    def _on_field_text_edited(self, text: str) -> None:
        if self._is_testing and self._account.state.phase is not AccountPhase.CHECKING:
            self._is_testing = False
            self._on_account_changed(self._account.state)

    def _on_test_clicked(self) -> None:
        key = self._field.text().strip()
        if self._is_testing and is_signed_in(self._account.state):
            self.accept()
        elif not key:
            self._show_status("warning", "warning", _("Paste the key into the field first."))
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
            self._show_status("muted", "clock", _("Checking the key…"))
        elif is_connected:
            self._show_status("ok", "check", connected_text(state))
        elif state.problem is not None:
            self._show_status("error", "error", state.problem.sentence())
        elif state.phase is AccountPhase.SIGNED_IN:
            self._show_status(
                "muted", "info", _("A key is in use already. Another one replaces it.")
            )
        else:
            self._show_status("muted", "", "")

    def _show_status(self, role: str, icon: str, text: str) -> None:
        self._colour_role = role
        self._icon.setProperty("icon", icon)
        self._icon.setVisible(bool(icon))
        if text and text != self._status.text():
            announce(self, text, urgent=role == "error")
        self._status.setText(text)
        self._apply_style()

    def _apply_style(self) -> None:
        roles = colours(self.palette())
        eye_icon = "eye-off" if self._show_key.isChecked() else "eye"
        self._show_key.setIcon(icons.icon(eye_icon, roles.muted))
        self._where_link.setIcon(icons.icon("external", roles.accent))
        name = str(self._icon.property("icon") or "")
        if name:
            image = icons.icon(name, getattr(roles, self._colour_role))
            self._icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()


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
