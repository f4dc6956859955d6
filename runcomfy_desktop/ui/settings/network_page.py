"""Settings page for the network: proxy, company certificate, and a test of both."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.core.network.connection_test import ConnectionTestPhase, ConnectionTestState
from runcomfy_desktop.domain.settings import NetworkSettings, ProxyMode
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.settings.secret_field import SecretField
from runcomfy_desktop.ui.widgets.buttons import add_clear_button, text_button
from runcomfy_desktop.ui.widgets.dialog import growing_dialog
from runcomfy_desktop.ui.widgets.file_dialogs import open_file_dialog
from runcomfy_desktop.ui.widgets.form_layout import (
    FormLayout,
    error_label,
    field_with_button,
    hint_label,
    set_field_name,
    show_field_error,
)
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.tinted_icon import IconLine, reveal_button

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.network.connection_test import CertificateCheck, ConnectionTest
    from runcomfy_desktop.ui.base.session_services import SettingsServices

_TYPING_DELAY_MS = 300
# Rows of the form for a custom proxy.
_CUSTOM_PROXY_ROWS = range(1, 5)


class ConnectionTestLine(QWidget):
    """Button and status line of the connection test.

    Emits `run_requested`; during a test, the same button cancels it.
    """

    run_requested = Signal()

    def __init__(self, connection_test: ConnectionTest, parent: QWidget) -> None:
        super().__init__(parent)
        self._connection_test = connection_test
        self._subscriptions = Subscriptions()
        self._button = text_button("", "test_connection", self)
        self._status = IconLine("trial_status", self, reserved_lines=3)
        column(row(self._button, STRETCH), self._status, owner=self)
        self._button.clicked.connect(self._on_button_clicked)
        self._subscriptions.add(connection_test.changed, self._on_test_changed)
        self._on_test_changed(connection_test.state)

    def set_blocked(self, reason: str) -> None:
        """Disables the button for a `reason`; "" enables it."""
        self._button.setEnabled(not reason)
        self._button.setAccessibleDescription(reason)

    def reset(self) -> None:
        """Cancels the test and clears its result, because the tested choice has changed."""
        self._connection_test.cancel()

    def release(self) -> None:
        """Shows no further results, because the dialog closes."""
        self._subscriptions.close()

    def _on_button_clicked(self) -> None:
        if self._connection_test.state.phase is ConnectionTestPhase.RUNNING:
            self._connection_test.cancel()
        else:
            self.run_requested.emit()

    def _on_test_changed(self, state: ConnectionTestState) -> None:
        is_asking = state.phase is ConnectionTestPhase.RUNNING
        text = _("Stop the test") if is_asking else _("Test connection")
        self._button.setText(text)
        self._button.setAccessibleName(text)
        icon, role = {
            ConnectionTestPhase.IDLE: ("", "muted"),
            ConnectionTestPhase.RUNNING: ("clock", "muted"),
            ConnectionTestPhase.REACHED: ("check", "ok"),
            ConnectionTestPhase.FAILED: ("error", "error"),
        }[state.phase]
        self._status.announce_text(_connection_test_text(state), icon, role)


def _connection_test_text(state: ConnectionTestState) -> str:
    """Returns the result of the connection test as a sentence; "" if there is none."""
    if state.phase is ConnectionTestPhase.RUNNING:
        return _("Asking the service…")
    if state.phase is ConnectionTestPhase.REACHED:
        return _("The service answers. It was asked without your key.")
    if state.problem is not None:
        # The consequences for a job do not matter here: none was to be sent.
        return f"{state.problem.title} {state.problem.advice}"
    return ""


class NetworkPage(QWidget):
    """Edits a NetworkSettings and, separately, the proxy's password.

    Emits `validated` when the result of `error` may have changed. `base_url` returns the URL to
    test.
    """

    validated = Signal()

    def __init__(
        self, settings_services: SettingsServices, base_url: Callable[[], str], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services = settings_services
        self._connection_test = settings_services.make_connection_test()
        self._subscriptions = Subscriptions()
        self._file_error = ""
        self._mode_combo = QComboBox(self)
        self._mode_hint = hint_label("", self)
        self._address = QLineEdit(self)
        self._address_error_label = error_label("proxy_fault", self)
        self._user = QLineEdit(self)
        self._password = SecretField(self)
        self._show_password = reveal_button(
            self._password,
            "show_proxy_password",
            self,
            show_text=_("Show the password"),
            hide_text=_("Hide the password"),
        )
        self._exceptions = QLineEdit(self)
        self._exceptions_error_label = error_label("exceptions_fault", self)
        self._certificate_field = QLineEdit(self)
        self._file_error_label = error_label("ca_fault", self)
        self._browse = text_button(_("Browse…"), "browse_ca_file", self)
        self._test_line = ConnectionTestLine(self._connection_test, self)
        self._typing_timer = QTimer(self)
        self._base_url = base_url
        self._form = FormLayout()
        self._build()
        self._connect()

    def load(self, choice: NetworkSettings) -> None:
        self._mode_combo.setCurrentIndex(self._mode_combo.findData(choice.proxy_mode))
        self._address.setText(choice.proxy_address)
        self._user.setText(choice.proxy_user)
        self._password.reset()
        self._exceptions.setText(choice.proxy_exceptions)
        self._certificate_field.setText(choice.ca_file)
        self.validate()

    def network_settings(self) -> NetworkSettings:
        mode, file = self._mode_combo.currentData(), self._certificate_field.text().strip()
        address, user = self._address.text().strip(), self._user.text().strip()
        is_hidden = mode is not ProxyMode.OWN
        if is_hidden and address and self._services.check_proxy(address, user, ""):
            # The error of the address is not visible now, and the address may contain a password:
            # the saved proxy stays unchanged.
            saved = self._services.network.network_settings
            return replace(saved, proxy_mode=mode, ca_file=file)
        user = user if address else ""
        return NetworkSettings(mode, address, user, self._exceptions.text().strip(), file)

    def save(self) -> None:
        self._services.network.save(
            self.network_settings(),
            self._password.typed_secret(),
            is_new=self._password.consume_new(),
        )

    def error(self) -> str:
        """Returns the error that prevents saving the page, "" for none.

        An error in a certificate file that is already in the settings is shown, but does not
        prevent saving.
        """
        stored_file = self._services.network.network_settings.ca_file
        is_stored = self._certificate_field.text().strip() == stored_file
        proxy_error = self._proxy_error() or self._exceptions_error()
        return proxy_error or ("" if is_stored else self._file_error)

    def stop_test(self) -> None:
        """Stops all tests when the dialog closes."""
        self._subscriptions.close()
        self._test_line.release()
        self._typing_timer.stop()
        self._connection_test.cancel()

    def _build(self) -> None:
        self.setObjectName("network_page")
        for field, name, accessible_name in (
            (self._mode_combo, "proxy_mode", _("Proxy")),
            (self._address, "proxy_address", _("Address of the proxy")),
            (self._user, "proxy_user", _("User name for the proxy")),
            (self._password, "proxy_password", _("Password for the proxy")),
            (self._exceptions, "proxy_exceptions", _("Reached without the proxy")),
            (self._certificate_field, "ca_file", _("Company certificate")),
        ):
            set_field_name(field, name, accessible_name)
        for mode, text in (
            (ProxyMode.SYSTEM, _("As the system says")),
            (ProxyMode.NONE, _("None")),
            (ProxyMode.OWN, _("This one")),
        ):
            self._mode_combo.addItem(text, mode)
        self._address.setPlaceholderText(_("proxy.example.com:8080"))
        add_clear_button(self._certificate_field, _("Use the system's certificates alone"))
        self._typing_timer.setSingleShot(True)
        self._typing_timer.setInterval(_TYPING_DELAY_MS)
        self._build_form()
        column(self._form, STRETCH, owner=self)

    def _build_form(self) -> None:
        form = self._form
        form.add_row(_("&Proxy"), self._mode_combo, self._mode_combo, self._mode_hint)
        about = hint_label(_("Put socks5h:// in front of it for a SOCKS proxy."), self)
        address = (self._address, about, self._address_error_label)
        form.add_row(_("A&ddress"), self._address, *address)
        form.add_row(_("&User name"), self._user, self._user)
        password = field_with_button(self, self._password, self._show_password)
        about = hint_label(
            _("Kept in the system's keyring; without one, until the program ends."), self
        )
        form.add_row(_("Pass&word"), self._password, password, about)
        about = hint_label(_("Hosts with commas between them, such as .example.com."), self)
        exceptions = (self._exceptions, about, self._exceptions_error_label)
        form.add_row(_("&Exceptions"), self._exceptions, *exceptions)
        about = hint_label(_("A PEM file. It is believed besides the system's certificates."), self)
        file = field_with_button(self, self._certificate_field, self._browse)
        below = (file, about, self._file_error_label)
        form.add_row(_("Company &certificate"), self._certificate_field, *below)
        form.add_row("", None, self._test_line)

    def _connect(self) -> None:
        self._mode_combo.currentIndexChanged.connect(self.validate)
        for field in (self._address, self._user, self._password, self._exceptions):
            field.textChanged.connect(self.validate)
        self._password.emptied.connect(self.validate)
        self._certificate_field.textChanged.connect(self._on_file_text_changed)
        self._typing_timer.timeout.connect(self._check_file)
        self._browse.clicked.connect(self._on_browse_clicked)
        self._test_line.run_requested.connect(self._on_test_requested)
        self._subscriptions.add(self._connection_test.certificate_checked, self._on_file_checked)
        self._subscriptions.add(
            self._services.network.changed, lambda _choice: self._on_network_changed()
        )

    # Validation

    def validate(self) -> None:
        """Shows errors; also called when the address of the service has changed."""
        with growing_dialog(self):
            self._show_errors()
        self._test_line.reset()
        is_ready = self._services.network.is_ready
        self._test_line.set_blocked(
            self._proxy_error()
            or self._exceptions_error()
            or self._file_error
            or self._services.check_address(self._base_url())
            or ("" if is_ready else _("The program is still starting."))
        )
        self.validated.emit()

    def _show_errors(self) -> None:
        mode = self._mode_combo.currentData()
        for number in _CUSTOM_PROXY_ROWS:
            self._form.set_row_visible(number, visible=mode is ProxyMode.OWN)
        self._mode_hint.setText(mode_text(mode))
        self._mode_hint.setVisible(mode is not ProxyMode.OWN)
        self._password.set_stored(self._services.network.has_password(self.network_settings()))
        error = self._proxy_error()
        # An empty address field obviously has to be filled.
        error = error if self._address.text() else ""
        show_field_error(self._address, self._address_error_label, error)
        show_field_error(self._exceptions, self._exceptions_error_label, self._exceptions_error())

    def _proxy_error(self) -> str:
        if self._mode_combo.currentData() is not ProxyMode.OWN:
            return ""
        return self._services.check_proxy(
            self._address.text(), self._user.text().strip(), self._password.text()
        )

    def _exceptions_error(self) -> str:
        if self._mode_combo.currentData() is not ProxyMode.OWN:
            return ""
        return self._services.check_exceptions(self._exceptions.text())

    def _on_file_text_changed(self) -> None:
        # The error is unknown until the file has been checked.
        has_file = bool(self._certificate_field.text().strip())
        can_check = self._services.network.is_ready
        self._file_error = _("The file is being looked at.") if has_file and can_check else ""
        show_field_error(self._certificate_field, self._file_error_label, "")
        self.validate()
        if has_file:
            self._typing_timer.start()
        else:
            self._typing_timer.stop()

    def _check_file(self) -> None:
        path = self._certificate_field.text().strip()
        if path and self._services.network.is_ready:
            self._connection_test.check_certificate(path)

    def _on_file_checked(self, report: CertificateCheck) -> None:
        if report.path == self._certificate_field.text().strip():
            self._file_error = report.error
            with growing_dialog(self):
                show_field_error(self._certificate_field, self._file_error_label, report.error)
            self.validate()

    def _on_network_changed(self) -> None:
        self._check_file()
        self.validate()

    # Actions

    def _on_browse_clicked(self) -> None:
        open_file_dialog(
            self,
            "ca_file_dialog",
            _("Choose the company's certificate"),
            self._certificate_field.setText,
            _("Certificates (*.pem *.crt *.cer)"),
        )

    def _on_test_requested(self) -> None:
        self._connection_test.run(
            self._base_url(),
            self.network_settings(),
            self._password.typed_secret(),
            is_new=self._password.consume_new(),
        )


def mode_text(mode: ProxyMode, system: str = sys.platform) -> str:
    """Returns the explanation of a proxy mode without fields; "" for the mode with fields."""
    if mode is ProxyMode.SYSTEM and system in ("win32", "darwin"):
        return _("HTTPS_PROXY where it is set, else the proxy of the system.")
    if mode is ProxyMode.SYSTEM:
        return _("HTTPS_PROXY where it is set. What the desktop has set is not read.")
    if mode is ProxyMode.NONE:
        return _("Other computers are reached directly.")
    return ""
