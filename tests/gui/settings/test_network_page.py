"""Settings > Network: proxies, the company's certificate and the test, with real servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QLineEdit, QPushButton

from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.core.network.network import proxy_keyring_name
from runcomfy_desktop.domain.settings import ProxyMode, Settings, ThemeMode
from runcomfy_desktop.ui.settings.network_page import mode_text
from runcomfy_desktop.ui.settings.settings_dialog import NETWORK
from runcomfy_desktop.ui.widgets.focus_order import reading_order
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.gui.support.settings_harness import SERVICE, SettingsHarness, open_settings_harness
from tests.support.async_wait import wait_until
from tests.support.certificate_authority import CertificateAuthority
from tests.support.proxy_servers import HttpProxy, MuteServer, SocksServer
from tests.support.raw_server import RawServer, json_reply

if TYPE_CHECKING:
    from pathlib import Path

HOST = "api.runcomfy.invalid"
MODES = [ProxyMode.SYSTEM, ProxyMode.NONE, ProxyMode.OWN]


def choose(harness: SettingsHarness | GuiProgram, mode: ProxyMode) -> None:
    harness.find(QComboBox, "proxy_mode").setCurrentIndex(MODES.index(mode))


def type_in(harness: SettingsHarness | GuiProgram, **fields: str) -> None:
    for name, text in fields.items():
        harness.find(QLineEdit, name).setText(text)


def label_text(harness: SettingsHarness, name: str) -> str:
    label = harness.find(QLabel, name)
    return label.text() if label.isVisible() else ""


async def test_a_proxy_of_ones_own_has_fields_and_the_others_a_sentence() -> None:
    async with open_settings_harness() as harness:
        await harness.open(NETWORK)
        assert not harness.is_visible(QLineEdit, "proxy_address")
        assert harness.is_visible(QLineEdit, "ca_file")
        choose(harness, ProxyMode.OWN)
        await process_events_async()
        for name in ("proxy_address", "proxy_user", "proxy_password", "proxy_exceptions"):
            assert harness.is_visible(QLineEdit, name)
        assert "HTTPS_PROXY" in mode_text(ProxyMode.SYSTEM)
        assert "else the proxy of the system" in mode_text(ProxyMode.SYSTEM, "win32")
        assert "desktop has set is not read" in mode_text(ProxyMode.SYSTEM, "linux")
        # Nothing is typed yet: no error is shown, and nothing can be saved.
        assert label_text(harness, "proxy_fault") == ""
        assert not harness.find(QPushButton, "save_settings").isEnabled()
        assert harness.find(QPushButton, "save_settings").accessibleDescription()
        type_in(harness, proxy_address="http://anna:hush@proxy.example:8080")
        assert "fields of their own" in label_text(harness, "proxy_fault")
        type_in(harness, proxy_address="proxy.example:8080")
        assert label_text(harness, "proxy_fault") == ""
        assert harness.find(QPushButton, "save_settings").isEnabled()
        await harness.press("cancel_settings")
        assert harness.preferences.settings.proxy_mode is ProxyMode.SYSTEM


async def test_the_password_goes_into_the_keyring_and_nowhere_else() -> None:
    async with open_settings_harness() as harness:
        await harness.open(NETWORK)
        choose(harness, ProxyMode.OWN)
        field = harness.find(QLineEdit, "proxy_password")
        type_in(
            harness, proxy_address="proxy.example:8080", proxy_user="anna", proxy_password="hush"
        )
        assert field.echoMode() is QLineEdit.EchoMode.Password
        await process_events_async()
        await harness.press("show_proxy_password")
        assert field.echoMode() is QLineEdit.EchoMode.Normal
        await harness.press("save_settings")
        network = harness.preferences.settings.network
        assert (network.proxy_mode, network.proxy_user) == (ProxyMode.OWN, "anna")
        secret = ("runcomfy-desktop", proxy_keyring_name(network))
        await wait_until(lambda: harness.keyring.secrets.get(secret) == "hush")
        assert "hush" not in json.dumps(str(harness.preferences.settings))
        # The next time, only its presence is shown.
        await harness.open(NETWORK)
        assert harness.find(QLineEdit, "proxy_password").text() == ""
        assert "Kept" in harness.find(QLineEdit, "proxy_password").placeholderText()
        type_in(harness, proxy_exceptions="intra.example")
        await process_events_async()
        await harness.press("save_settings")
        assert harness.keyring.secrets[secret] == "hush"
        assert harness.preferences.settings.proxy_exceptions == "intra.example"


async def test_restoring_the_defaults_forgets_the_proxy_and_its_password() -> None:
    async with open_settings_harness() as harness:
        await harness.open(NETWORK)
        choose(harness, ProxyMode.OWN)
        type_in(
            harness, proxy_address="proxy.example:8080", proxy_user="anna", proxy_password="hush"
        )
        await process_events_async()
        await harness.press("save_settings")
        await wait_until(lambda: "hush" in harness.keyring.secrets.values())
        await harness.open(NETWORK)
        await harness.press("restore_defaults")
        # Only the address of this test's service differs from the default.
        harness.find(QLineEdit, "address").setText(SERVICE)
        await harness.press("save_settings")
        assert harness.preferences.settings.network == Settings().network
        await wait_until(lambda: "hush" not in harness.keyring.secrets.values())


async def test_the_connection_is_tested_before_it_is_saved(tmp_path: Path) -> None:
    authority = CertificateAuthority()
    async with (
        open_settings_harness() as harness,
        RawServer(json_reply({}, 401), tls=authority.server(tmp_path, HOST)) as server,
        SocksServer(server.port, user="anna", password="hush") as proxy,
    ):
        await harness.open()
        harness.find(QLineEdit, "address").setText(f"https://{HOST}")
        await harness.press("settings_network")
        choose(harness, ProxyMode.OWN)
        type_in(harness, proxy_address=proxy.address, proxy_user="anna", proxy_password="wrong")
        await process_events_async()
        await harness.press("test_connection")
        await wait_until(lambda: "does not accept" in label_text(harness, "trial_status"))
        # However often the button is pressed, the same password is not sent again.
        for _time in range(3):
            await harness.press("test_connection")
            await wait_until(lambda: "does not accept" in label_text(harness, "trial_status"))
        assert proxy.connections == 1
        type_in(harness, proxy_password="")
        type_in(harness, proxy_password="wrong")
        await harness.press("test_connection")
        await wait_until(lambda: "does not accept" in label_text(harness, "trial_status"))
        assert proxy.connections == 2
        # A change clears the result of the test.
        type_in(harness, proxy_password="hush")
        assert label_text(harness, "trial_status") == ""
        await harness.press("test_connection")
        await wait_until(
            lambda: "Nobody whom this computer trusts" in label_text(harness, "trial_status")
        )
        type_in(harness, ca_file=str(authority.write_pem(tmp_path)))
        await wait_until(lambda: harness.find(QPushButton, "test_connection").isEnabled())
        await harness.press("test_connection")
        await wait_until(lambda: "The service answers" in label_text(harness, "trial_status"))
        assert harness.preferences.settings.network == Settings().network
        assert b"hush" not in b"".join(part.target.encode() for part in server.received)
        assert all("authorization" not in part.headers for part in server.received)
        await harness.press("cancel_settings")


async def test_a_test_that_hangs_is_given_up_and_the_window_goes_on() -> None:
    async with open_settings_harness() as harness, MuteServer() as proxy:
        await harness.open()
        harness.find(QLineEdit, "address").setText(f"https://{HOST}")
        await harness.press("settings_network")
        choose(harness, ProxyMode.OWN)
        type_in(harness, proxy_address=proxy.address)
        await process_events_async()
        await harness.press("test_connection")
        await wait_until(lambda: proxy.open_connections == 1)
        button = harness.find(QPushButton, "test_connection")
        assert (button.text(), label_text(harness, "trial_status")) == (
            "Stop the test",
            "Asking the service…",
        )
        await harness.press("test_connection")
        await wait_until(lambda: proxy.open_connections == 0)
        assert button.text() == "Test connection"
        # A closed dialog sends no further requests.
        await harness.press("test_connection")
        await wait_until(lambda: proxy.open_connections == 1)
        await harness.press("cancel_settings")
        await wait_until(lambda: proxy.open_connections == 0)


async def test_a_file_is_looked_at_when_it_is_chosen(tmp_path: Path) -> None:
    good, none = CertificateAuthority().write_pem(tmp_path), tmp_path / "notes.txt"
    none.write_text("no certificate")
    async with open_settings_harness() as harness:
        dialog = await harness.open(NETWORK)
        await harness.press("browse_ca_file")
        chooser = dialog.findChild(QFileDialog, "ca_file_dialog")
        assert isinstance(chooser, QFileDialog)
        chooser.fileSelected.emit(str(none))
        chooser.reject()
        field = harness.find(QLineEdit, "ca_file")
        await wait_until(lambda: "no certificate in this file" in label_text(harness, "ca_fault"))
        assert field.accessibleDescription() == label_text(harness, "ca_fault")
        save = harness.find(QPushButton, "save_settings")
        assert not save.isEnabled()
        # The tooltip of Save shows the error too, because other pages do not contain the field.
        assert "no certificate in this file" in save.toolTip()
        field.setText(str(good))
        await wait_until(save.isEnabled)
        assert label_text(harness, "ca_fault") == save.toolTip() == ""
        await harness.press("save_settings")
        assert harness.preferences.settings.ca_file == str(good)


async def test_what_is_saved_counts_at_once(tmp_path: Path) -> None:
    """A chosen proxy applies without a restart, and the account is polled at once."""
    async with open_program(tmp_path) as program, HttpProxy(0) as proxy:
        await wait_until(lambda: program.services.account.state.phase is AccountPhase.SIGNED_IN)
        before = program.call_count("balance")
        await program.trigger("settings")
        await program.press("settings_network")
        choose(program, ProxyMode.OWN)
        type_in(program, proxy_address=proxy.address)
        await process_events_async()
        await program.press("save_settings")
        # This computer is still reached directly.
        await wait_until(lambda: program.call_count("balance") > before)
        assert proxy.requested_hosts == []


async def test_tab_goes_through_the_page_as_one_reads() -> None:
    async with open_settings_harness() as harness:
        dialog = await harness.open(NETWORK)
        choose(harness, ProxyMode.OWN)
        type_in(harness, proxy_address="proxy.example:8080")
        await process_events_async()
        assert [each.objectName() for each in reading_order(dialog)] == [
            # Tab stops only at the selected page's chip; arrows reach the others.
            "settings_network",
            "proxy_mode",
            "proxy_address",
            "proxy_user",
            "proxy_password",
            "show_proxy_password",
            "proxy_exceptions",
            "ca_file",
            "browse_ca_file",
            "test_connection",
            "restore_defaults",
            "cancel_settings",
            "save_settings",
        ]
        await harness.press("cancel_settings")


async def test_faults_have_the_room_they_need(tmp_path: Path) -> None:
    async with open_settings_harness() as harness:
        dialog = await harness.open(NETWORK)
        choose(harness, ProxyMode.OWN)
        type_in(harness, proxy_address="proxy.example", ca_file=str(tmp_path))
        await wait_until(lambda: label_text(harness, "ca_fault"))
        await process_events_async()
        for label in dialog.findChildren(QLabel):
            if label.isVisible() and label.wordWrap():
                assert label.height() >= label.heightForWidth(label.width()), label.text()
        for field in dialog.findChildren(QLineEdit):
            if field.isVisible():
                assert field.height() >= field.sizeHint().height(), field.objectName()
        await harness.press("cancel_settings")


async def test_going_between_the_pages_leaves_the_dialog_as_high_as_the_higher_one() -> None:
    async with open_settings_harness() as harness:
        dialog = await harness.open(NETWORK)
        choose(harness, ProxyMode.OWN)
        await process_events_async()
        high = dialog.height()
        for name in ("settings_general", "settings_network", "settings_general"):
            await harness.press(name)
            await process_events_async()
            assert dialog.height() == high
        await harness.press("cancel_settings")


async def test_the_dialog_grows_as_far_as_it_has_to_and_stays_on_the_screen(
    tmp_path: Path,
) -> None:
    async with open_settings_harness() as harness:
        dialog = await harness.open()
        screen = dialog.screen().availableGeometry()
        dialog.move(0, screen.height() - dialog.height())
        layout = dialog.layout()
        assert layout is not None
        before = dialog.height()
        await harness.press("settings_network")
        await process_events_async()
        assert dialog.height() == before
        choose(harness, ProxyMode.OWN)
        await process_events_async()
        assert dialog.height() == layout.totalHeightForWidth(dialog.width())
        type_in(harness, proxy_address="http://anna:hush@proxy.example", proxy_exceptions="<local>")
        type_in(harness, ca_file=str(tmp_path))
        await wait_until(lambda: label_text(harness, "ca_fault"))
        await process_events_async()
        assert dialog.height() == layout.totalHeightForWidth(dialog.width())
        assert screen.contains(dialog.frameGeometry())
        # A dialog that the user moved partly off the screen stays there.
        dialog.move(0, screen.height() // 2)
        type_in(harness, ca_file=f"{tmp_path}/more")
        await wait_until(lambda: "directory" in label_text(harness, "ca_fault"))
        assert dialog.y() == screen.height() // 2
        await harness.press("cancel_settings")


async def test_a_stored_certificate_that_is_gone_keeps_nothing_else_from_being_saved(
    tmp_path: Path,
) -> None:
    file, other = CertificateAuthority().write_pem(tmp_path), tmp_path / "other.pem"
    async with open_settings_harness() as harness:
        harness.preferences.set(ca_file=str(file))
        file.unlink()
        await harness.open()
        save = harness.find(QPushButton, "save_settings")
        theme = harness.find(QComboBox, "theme")
        theme.setCurrentIndex(theme.findData(ThemeMode.DARK))
        await harness.press("settings_network")
        await wait_until(lambda: "cannot be read" in label_text(harness, "ca_fault"))
        assert (save.isEnabled(), save.toolTip()) == (True, "")
        # If it cannot be tested with the certificate, it is not tested without one.
        assert not harness.find(QPushButton, "test_connection").isEnabled()
        # A different unusable certificate is not accepted.
        type_in(harness, ca_file=str(other))
        await wait_until(lambda: "cannot be read" in label_text(harness, "ca_fault"))
        assert not save.isEnabled()
        type_in(harness, ca_file=str(file))
        await wait_until(lambda: "cannot be read" in label_text(harness, "ca_fault"))
        assert save.isEnabled()
        choose(harness, ProxyMode.OWN)
        type_in(harness, proxy_address="proxy.example:8080")
        await process_events_async()
        await harness.press("save_settings")
        settings = harness.preferences.settings
        assert (settings.theme, settings.proxy_mode) == (ThemeMode.DARK, ProxyMode.OWN)
        assert settings.ca_file == str(file)


async def test_an_exception_that_is_not_understood_is_said_at_its_field() -> None:
    async with open_settings_harness() as harness:
        await harness.open(NETWORK)
        choose(harness, ProxyMode.OWN)
        type_in(harness, proxy_address="proxy.example:8080", proxy_exceptions="a.example, <local>")
        await process_events_async()
        field, save = (
            harness.find(QLineEdit, "proxy_exceptions"),
            harness.find(QPushButton, "save_settings"),
        )
        assert "“<local>” is not understood" in label_text(harness, "exceptions_fault")
        assert field.accessibleDescription() == label_text(harness, "exceptions_fault")
        assert not save.isEnabled()
        assert not harness.find(QPushButton, "test_connection").isEnabled()
        # Exceptions do not matter without a custom proxy.
        choose(harness, ProxyMode.NONE)
        assert save.isEnabled()
        choose(harness, ProxyMode.OWN)
        type_in(harness, proxy_exceptions="https://a.example, 10.*, münchen.example., [fd00::]/8")
        assert label_text(harness, "exceptions_fault") == ""
        assert save.isEnabled()
        await harness.press("cancel_settings")
