"""The settings' page on the network: proxy, company certificate, and a test of both."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.settings import NetworkChoice, ProxyMode
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.dialogs.secret_field import SecretField
from runcomfy_desktop.ui.dialogs.settings_form import (
    SettingsForm,
    beside,
    fault_label,
    hint,
    name_field,
    tell_fault,
)
from runcomfy_desktop.ui.dialogs.trial_line import TrialLine
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import add_clear_button, icon_button, text_button
from runcomfy_desktop.ui.widgets.dialog import growing

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.trial import FileReport
    from runcomfy_desktop.ui.parts import SettingsAids

_TYPING_MS = 300
# The rows of the form that a proxy of one's own has.
_OWN_ROWS = range(1, 5)


class NetworkPage(QWidget):
    """Edits a NetworkChoice and, apart from it, the proxy's password.

    Emits `checked` when `fault` may be another one. `base_url` tells what the test asks.
    """

    checked = Signal()

    def __init__(self, aids: SettingsAids, base_url: Callable[[], str], parent: QWidget) -> None:
        super().__init__(parent)
        self._aids = aids
        self._trial = aids.trial()
        self._links = Subscriptions()
        self._file_fault = ""
        self._mode = QComboBox(self)
        self._mode_hint = hint("", self)
        self._address = QLineEdit(self)
        self._address_fault = fault_label("proxy_fault", self)
        self._user = QLineEdit(self)
        self._password = SecretField(self)
        self._show_password = icon_button(_("Show the password"), "show_proxy_password", self)
        self._exceptions = QLineEdit(self)
        self._exceptions_label = fault_label("exceptions_fault", self)
        self._file = QLineEdit(self)
        self._file_label = fault_label("ca_fault", self)
        self._browse = text_button(_("Browse…"), "browse_ca_file", self)
        self._line = TrialLine(self._trial, self)
        self._typing = QTimer(self)
        self._base_url = base_url
        self._form = SettingsForm()
        self._build()
        self._connect()

    def load(self, choice: NetworkChoice) -> None:
        self._mode.setCurrentIndex(self._mode.findData(choice.proxy_mode))
        self._address.setText(choice.proxy_address)
        self._user.setText(choice.proxy_user)
        self._password.begin()
        self._exceptions.setText(choice.proxy_exceptions)
        self._file.setText(choice.ca_file)
        self._check()

    def choice(self) -> NetworkChoice:
        mode, file = self._mode.currentData(), self._file.text().strip()
        address, user = self._address.text().strip(), self._user.text().strip()
        if mode is not ProxyMode.OWN and address and self._aids.check_proxy(address, user, ""):
            # Nobody sees what is wrong with it now, and there may be a password in it.
            return replace(self._aids.network.choice, proxy_mode=mode, ca_file=file)
        user = user if address else ""
        return NetworkChoice(mode, address, user, self._exceptions.text().strip(), file)

    def password(self) -> str | None:
        """What was typed; "" when the kept one is to go, None when it stays."""
        return self._password.typed()

    def take_new(self) -> bool:
        """Whether the password was not used since it was typed; now it is."""
        return self._password.take_new()

    def fault(self) -> str:
        """What keeps the page from being saved, "" when nothing does.

        A file that is in the settings already may be gone: that is said, and all else is saved.
        """
        is_stored = self._file.text().strip() == self._aids.network.choice.ca_file
        of_proxy = self._proxy_fault() or self._exceptions_fault()
        return of_proxy or ("" if is_stored else self._file_fault)

    def close_trial(self) -> None:
        """The dialog goes: nothing is asked any more."""
        self._links.close()
        self._line.close_trial()
        self._typing.stop()
        self._trial.cancel()

    def _build(self) -> None:
        self.setObjectName("network_page")
        for field, name, spoken in (
            (self._mode, "proxy_mode", _("Proxy")),
            (self._address, "proxy_address", _("Address of the proxy")),
            (self._user, "proxy_user", _("User name for the proxy")),
            (self._password, "proxy_password", _("Password for the proxy")),
            (self._exceptions, "proxy_exceptions", _("Reached without the proxy")),
            (self._file, "ca_file", _("Company certificate")),
        ):
            name_field(field, name, spoken)
        for mode, text in (
            (ProxyMode.SYSTEM, _("As the system says")),
            (ProxyMode.NONE, _("None")),
            (ProxyMode.OWN, _("This one")),
        ):
            self._mode.addItem(text, mode)
        self._address.setPlaceholderText(_("proxy.example.com:8080"))
        self._show_password.setCheckable(True)
        add_clear_button(self._file, _("Use the system's certificates alone"))
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._fill()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4 * STEP)
        layout.addLayout(self._form)
        layout.addStretch(1)
        self._dress()

    def _fill(self) -> None:
        form = self._form
        address_hint = hint(_("Put socks5h:// in front of it for a SOCKS proxy."), self)
        password_hint = hint(
            _("Kept in the system's keyring; without one, until the program ends."), self
        )
        exceptions_hint = hint(_("Hosts with commas between them, such as .example.com."), self)
        file_hint = hint(_("A PEM file. It is believed besides the system's certificates."), self)
        form.add(_("&Proxy"), self._mode, self._mode, self._mode_hint)
        form.add(_("A&ddress"), self._address, self._address, address_hint, self._address_fault)
        form.add(_("&User name"), self._user, self._user)
        password = beside(self, self._password, self._show_password)
        form.add(_("Pass&word"), self._password, password, password_hint)
        exceptions = (self._exceptions, exceptions_hint, self._exceptions_label)
        form.add(_("&Exceptions"), self._exceptions, *exceptions)
        file = beside(self, self._file, self._browse)
        form.add(_("Company &certificate"), self._file, file, file_hint, self._file_label)
        form.add("", None, self._line)

    def _connect(self) -> None:
        self._mode.currentIndexChanged.connect(self._check)
        for field in (self._address, self._user, self._password, self._exceptions):
            field.textChanged.connect(self._check)
        self._password.emptied.connect(self._check)
        self._file.textChanged.connect(self._on_file_text_changed)
        self._typing.timeout.connect(self._look_at_file)
        self._show_password.toggled.connect(self._on_show_password_toggled)
        self._browse.clicked.connect(self._on_browse_clicked)
        self._line.run_requested.connect(self._on_line_run_requested)
        self._links.add(self._trial.file_checked, self._on_file_checked)
        self._links.add(self._aids.network.changed, lambda _choice: self._on_network_changed())

    # What is wrong

    def recheck(self) -> None:
        """The address of the service is another one."""
        self._check()

    def _check(self) -> None:
        with growing(self):
            self._show_faults()
        self._line.forget()
        is_ready = self._aids.network.is_ready
        self._line.allow(
            self._proxy_fault()
            or self._exceptions_fault()
            or self._file_fault
            or self._aids.check_address(self._base_url())
            or ("" if is_ready else _("The program is still starting."))
        )
        self.checked.emit()

    def _show_faults(self) -> None:
        mode = self._mode.currentData()
        for row in _OWN_ROWS:
            self._form.show_row(row, shown=mode is ProxyMode.OWN)
        self._mode_hint.setText(mode_text(mode))
        self._mode_hint.setVisible(mode is not ProxyMode.OWN)
        is_kept = self._aids.network.has_password(self.choice())
        self._password.set_kept(is_kept)
        fault = self._proxy_fault()
        # An empty field says by itself that it has to be filled.
        tell_fault(self._address, self._address_fault, fault if self._address.text() else "")
        tell_fault(self._exceptions, self._exceptions_label, self._exceptions_fault())

    def _proxy_fault(self) -> str:
        if self._mode.currentData() is not ProxyMode.OWN:
            return ""
        return self._aids.check_proxy(
            self._address.text(), self._user.text().strip(), self._password.text()
        )

    def _exceptions_fault(self) -> str:
        if self._mode.currentData() is not ProxyMode.OWN:
            return ""
        return self._aids.check_exceptions(self._exceptions.text())

    def _on_file_text_changed(self) -> None:
        # Until it has been looked at, nobody knows.
        has_file = bool(self._file.text().strip())
        can_look = self._aids.network.is_ready
        self._file_fault = _("The file is being looked at.") if has_file and can_look else ""
        tell_fault(self._file, self._file_label, "")
        self._check()
        if has_file:
            self._typing.start()
        else:
            self._typing.stop()

    def _look_at_file(self) -> None:
        path = self._file.text().strip()
        if path and self._aids.network.is_ready:
            self._trial.check_file(path)

    def _on_file_checked(self, report: FileReport) -> None:
        if report.path == self._file.text().strip():
            self._file_fault = report.fault
            with growing(self):
                tell_fault(self._file, self._file_label, report.fault)
            self._check()

    def _on_network_changed(self) -> None:
        self._look_at_file()
        self._check()

    # What is done

    def _on_show_password_toggled(self, checked: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if checked else QLineEdit.EchoMode.Password
        self._password.setEchoMode(mode)
        text = _("Hide the password") if checked else _("Show the password")
        self._show_password.setToolTip(text)
        self._show_password.setAccessibleName(text)
        self._dress()

    def _on_browse_clicked(self) -> None:
        chooser = QFileDialog(self, _("Choose the company's certificate"))
        chooser.setObjectName("ca_file_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.setNameFilters(
            [_("Certificates (*.pem *.crt *.cer)"), _("All files (*)")],
        )
        chooser.fileSelected.connect(self._file.setText)
        chooser.open()

    def _on_line_run_requested(self) -> None:
        is_new = self.take_new()
        self._trial.run(self._base_url(), self.choice(), self.password(), is_new=is_new)

    def _dress(self) -> None:
        roles = colours(self.palette())
        eye = "eye-off" if self._show_password.isChecked() else "eye"
        self._show_password.setIcon(icons.icon(eye, roles.muted))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()


def mode_text(mode: ProxyMode, system: str = sys.platform) -> str:
    """What a choice means, where it has no fields of its own to say it."""
    if mode is ProxyMode.SYSTEM and system in ("win32", "darwin"):
        return _("HTTPS_PROXY where it is set, else the proxy of the system.")
    if mode is ProxyMode.SYSTEM:
        return _("HTTPS_PROXY where it is set. What the desktop has set is not read.")
    if mode is ProxyMode.NONE:
        return _("Other computers are reached directly.")
    return ""
