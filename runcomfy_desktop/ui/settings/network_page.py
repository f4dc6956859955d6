"""Settings page for the network: proxy, company certificate, and a test of both."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.core.network.connection_test import ConnectionTestPhase, ConnectionTestState
from runcomfy_desktop.domain.settings import NetworkSettings, ProxyMode
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.settings.secret_field import SecretField
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import (
    ICON_SIZE,
    add_clear_button,
    icon_button,
    text_button,
)
from runcomfy_desktop.ui.widgets.dialog import growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import (
    FormLayout,
    error_label,
    field_with_button,
    hint_label,
    set_field_name,
    show_field_error,
)
from runcomfy_desktop.ui.widgets.labels import plain_label

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
        self._icon = QLabel(self)
        self._status = plain_label("", "trial_status", self, wrap=True)
        self._icon_and_role = ("", "muted")
        self._build()
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

    def _build(self) -> None:
        status_row = QHBoxLayout()
        status_row.setSpacing(2 * STEP)
        status_row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        status_row.addWidget(self._status, 1)
        # Space for a sentence, so that the dialog does not jump when one appears. A minimum height
        # of the label would limit longer sentences to that height.
        status_row.addStrut(3 * self.fontMetrics().lineSpacing())
        self._status.setAlignment(Qt.AlignmentFlag.AlignTop)
        button = QHBoxLayout()
        button.addWidget(self._button)
        button.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * STEP)
        layout.addLayout(button)
        layout.addLayout(status_row)

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
        status_text = _connection_test_text(state)
        if status_text and status_text != self._status.text():
            announce(self, status_text, urgent=state.phase is ConnectionTestPhase.FAILED)
        self._status.setText(status_text)
        self._icon_and_role = {
            ConnectionTestPhase.IDLE: ("", "muted"),
            ConnectionTestPhase.RUNNING: ("clock", "muted"),
            ConnectionTestPhase.REACHED: ("check", "ok"),
            ConnectionTestPhase.FAILED: ("error", "error"),
        }[state.phase]
        self._apply_style()

    def _apply_style(self) -> None:
        name, role = self._icon_and_role
        self._icon.setVisible(bool(name))
        if name:
            image = icons.icon(name, getattr(colours(self.palette()), role))
            self._icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()


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
        self._settings_services = settings_services
        self._connection_test = settings_services.make_connection_test()
        self._subscriptions = Subscriptions()
        self._file_error = ""
        self._mode_combo = QComboBox(self)
        self._mode_hint = hint_label("", self)
        self._address = QLineEdit(self)
        self._address_error_label = error_label("proxy_fault", self)
        self._user = QLineEdit(self)
        self._password = SecretField(self)
        self._show_password = icon_button(_("Show the password"), "show_proxy_password", self)
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
        self._validate()

    def network_settings(self) -> NetworkSettings:
        mode, file = self._mode_combo.currentData(), self._certificate_field.text().strip()
        address, user = self._address.text().strip(), self._user.text().strip()
        if (
            mode is not ProxyMode.OWN
            and address
            and self._settings_services.check_proxy(address, user, "")
        ):
            # The error of the address is not visible now, and the address may contain a password:
            # the saved proxy stays unchanged.
            return replace(
                self._settings_services.network.network_settings, proxy_mode=mode, ca_file=file
            )
        user = user if address else ""
        return NetworkSettings(mode, address, user, self._exceptions.text().strip(), file)

    def password(self) -> str | None:
        """Returns the typed password; "" to remove the stored one, None to keep it."""
        return self._password.typed_secret()

    def consume_new(self) -> bool:
        """Returns True on the first use of a typed password, False afterwards."""
        return self._password.consume_new()

    def error(self) -> str:
        """Returns the error that prevents saving the page, "" for none.

        An error in a certificate file that is already in the settings is shown, but does not
        prevent saving.
        """
        is_stored = (
            self._certificate_field.text().strip()
            == self._settings_services.network.network_settings.ca_file
        )
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
        self._show_password.setCheckable(True)
        add_clear_button(self._certificate_field, _("Use the system's certificates alone"))
        self._typing_timer.setSingleShot(True)
        self._typing_timer.setInterval(_TYPING_DELAY_MS)
        self._build_form()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4 * STEP)
        layout.addLayout(self._form)
        layout.addStretch(1)
        self._apply_style()

    def _build_form(self) -> None:
        form = self._form
        address_hint = hint_label(_("Put socks5h:// in front of it for a SOCKS proxy."), self)
        password_hint = hint_label(
            _("Kept in the system's keyring; without one, until the program ends."), self
        )
        exceptions_hint = hint_label(
            _("Hosts with commas between them, such as .example.com."), self
        )
        file_hint = hint_label(
            _("A PEM file. It is believed besides the system's certificates."), self
        )
        form.add_row(_("&Proxy"), self._mode_combo, self._mode_combo, self._mode_hint)
        form.add_row(
            _("A&ddress"), self._address, self._address, address_hint, self._address_error_label
        )
        form.add_row(_("&User name"), self._user, self._user)
        password = field_with_button(self, self._password, self._show_password)
        form.add_row(_("Pass&word"), self._password, password, password_hint)
        exceptions = (self._exceptions, exceptions_hint, self._exceptions_error_label)
        form.add_row(_("&Exceptions"), self._exceptions, *exceptions)
        file = field_with_button(self, self._certificate_field, self._browse)
        form.add_row(
            _("Company &certificate"),
            self._certificate_field,
            file,
            file_hint,
            self._file_error_label,
        )
        form.add_row("", None, self._test_line)

    def _connect(self) -> None:
        self._mode_combo.currentIndexChanged.connect(self._validate)
        for field in (self._address, self._user, self._password, self._exceptions):
            field.textChanged.connect(self._validate)
        self._password.emptied.connect(self._validate)
        self._certificate_field.textChanged.connect(self._on_file_text_changed)
        self._typing_timer.timeout.connect(self._check_file)
        self._show_password.toggled.connect(self._on_show_password_toggled)
        self._browse.clicked.connect(self._on_browse_clicked)
        self._test_line.run_requested.connect(self._on_test_requested)
        self._subscriptions.add(self._connection_test.certificate_checked, self._on_file_checked)
        self._subscriptions.add(
            self._settings_services.network.changed, lambda _choice: self._on_network_changed()
        )

    # Validation

    def revalidate(self) -> None:
        """Validates the page again after the address of the service has changed."""
        self._validate()

    def _validate(self) -> None:
        with growing_dialog(self):
            self._show_errors()
        self._test_line.reset()
        is_ready = self._settings_services.network.is_ready
        self._test_line.set_blocked(
            self._proxy_error()
            or self._exceptions_error()
            or self._file_error
            or self._settings_services.check_address(self._base_url())
            or ("" if is_ready else _("The program is still starting."))
        )
        self.validated.emit()

    def _show_errors(self) -> None:
        mode = self._mode_combo.currentData()
        for row in _CUSTOM_PROXY_ROWS:
            self._form.set_row_visible(row, visible=mode is ProxyMode.OWN)
        self._mode_hint.setText(mode_text(mode))
        self._mode_hint.setVisible(mode is not ProxyMode.OWN)
        is_stored = self._settings_services.network.has_password(self.network_settings())
        self._password.set_stored(is_stored)
        error = self._proxy_error()
        # An empty address field obviously has to be filled.
        show_field_error(
            self._address, self._address_error_label, error if self._address.text() else ""
        )
        show_field_error(self._exceptions, self._exceptions_error_label, self._exceptions_error())

    def _proxy_error(self) -> str:
        if self._mode_combo.currentData() is not ProxyMode.OWN:
            return ""
        return self._settings_services.check_proxy(
            self._address.text(), self._user.text().strip(), self._password.text()
        )

    def _exceptions_error(self) -> str:
        if self._mode_combo.currentData() is not ProxyMode.OWN:
            return ""
        return self._settings_services.check_exceptions(self._exceptions.text())

    def _on_file_text_changed(self) -> None:
        # The error is unknown until the file has been checked.
        has_file = bool(self._certificate_field.text().strip())
        can_check = self._settings_services.network.is_ready
        self._file_error = _("The file is being looked at.") if has_file and can_check else ""
        show_field_error(self._certificate_field, self._file_error_label, "")
        self._validate()
        if has_file:
            self._typing_timer.start()
        else:
            self._typing_timer.stop()

    def _check_file(self) -> None:
        path = self._certificate_field.text().strip()
        if path and self._settings_services.network.is_ready:
            self._connection_test.check_certificate(path)

    def _on_file_checked(self, report: CertificateCheck) -> None:
        if report.path == self._certificate_field.text().strip():
            self._file_error = report.error
            with growing_dialog(self):
                show_field_error(self._certificate_field, self._file_error_label, report.error)
            self._validate()

    def _on_network_changed(self) -> None:
        self._check_file()
        self._validate()

    # Actions

    def _on_show_password_toggled(self, checked: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if checked else QLineEdit.EchoMode.Password
        self._password.setEchoMode(mode)
        text = _("Hide the password") if checked else _("Show the password")
        self._show_password.setToolTip(text)
        self._show_password.setAccessibleName(text)
        self._apply_style()

    def _on_browse_clicked(self) -> None:
        chooser = QFileDialog(self, _("Choose the company's certificate"))
        chooser.setObjectName("ca_file_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.setNameFilters(
            [_("Certificates (*.pem *.crt *.cer)"), _("All files (*)")],
        )
        chooser.fileSelected.connect(self._certificate_field.setText)
        chooser.open()

    def _on_test_requested(self) -> None:
        is_new = self.consume_new()
        self._connection_test.run(
            self._base_url(), self.network_settings(), self.password(), is_new=is_new
        )

    def _apply_style(self) -> None:
        roles = colours(self.palette())
        eye_icon = "eye-off" if self._show_password.isChecked() else "eye"
        self._show_password.setIcon(icons.icon(eye_icon, roles.muted))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()


def mode_text(mode: ProxyMode, system: str = sys.platform) -> str:
    """Returns the explanation of a proxy mode without fields; "" for the mode with fields."""
    if mode is ProxyMode.SYSTEM and system in ("win32", "darwin"):
        return _("HTTPS_PROXY where it is set, else the proxy of the system.")
    if mode is ProxyMode.SYSTEM:
        return _("HTTPS_PROXY where it is set. What the desktop has set is not read.")
    if mode is ProxyMode.NONE:
        return _("Other computers are reached directly.")
    return ""
