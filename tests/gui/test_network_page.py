"""Settings > Network: proxies, the company's certificate and the test, with real servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QLineEdit, QPushButton

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.core.network import place_of
from runcomfy_desktop.domain.settings import ProxyMode, Settings, Theme
from runcomfy_desktop.ui.dialogs.network_page import mode_text
from runcomfy_desktop.ui.dialogs.settings import NETWORK
from runcomfy_desktop.ui.focus_order import reading_order
from tests.gui.support.house import House, open_house, turn
from tests.gui.support.settings_bench import SERVICE, SettingsBench, open_settings
from tests.support.authority import Authority
from tests.support.proxy_servers import HttpProxy, Mute, SocksServer
from tests.support.raw_server import RawServer, json_reply
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

HOST = "api.runcomfy.invalid"
MODES = [ProxyMode.SYSTEM, ProxyMode.NONE, ProxyMode.OWN]


def choose(bench: SettingsBench | House, mode: ProxyMode) -> None:
    bench.find(QComboBox, "proxy_mode").setCurrentIndex(MODES.index(mode))


def type_in(bench: SettingsBench | House, **fields: str) -> None:
    for name, text in fields.items():
        bench.find(QLineEdit, name).setText(text)


def said(bench: SettingsBench, name: str) -> str:
    label = bench.find(QLabel, name)
    return label.text() if label.isVisible() else ""


async def test_a_proxy_of_ones_own_has_fields_and_the_others_a_sentence() -> None:
    async with open_settings() as bench:
        await bench.open(NETWORK)
        assert not bench.there(QLineEdit, "proxy_address")
        assert bench.there(QLineEdit, "ca_file")
        choose(bench, ProxyMode.OWN)
        await turn()
        for name in ("proxy_address", "proxy_user", "proxy_password", "proxy_exceptions"):
            assert bench.there(QLineEdit, name)
        assert "HTTPS_PROXY" in mode_text(ProxyMode.SYSTEM)
        assert "else the proxy of the system" in mode_text(ProxyMode.SYSTEM, "win32")
        assert "desktop has set is not read" in mode_text(ProxyMode.SYSTEM, "linux")
        # Nothing is typed yet: that is not called a fault, and nothing can be saved.
        assert said(bench, "proxy_fault") == ""
        assert not bench.find(QPushButton, "save_settings").isEnabled()
        assert bench.find(QPushButton, "save_settings").accessibleDescription()
        type_in(bench, proxy_address="http://anna:hush@proxy.example:8080")
        assert "fields of their own" in said(bench, "proxy_fault")
        type_in(bench, proxy_address="proxy.example:8080")
        assert said(bench, "proxy_fault") == ""
        assert bench.find(QPushButton, "save_settings").isEnabled()
        await bench.press("cancel_settings")
        assert bench.preferences.settings.proxy_mode is ProxyMode.SYSTEM


async def test_the_password_goes_into_the_keyring_and_nowhere_else() -> None:
    async with open_settings() as bench:
        await bench.open(NETWORK)
        choose(bench, ProxyMode.OWN)
        field = bench.find(QLineEdit, "proxy_password")
        type_in(bench, proxy_address="proxy.example:8080", proxy_user="anna", proxy_password="hush")
        assert field.echoMode() is QLineEdit.EchoMode.Password
        await turn()
        await bench.press("show_proxy_password")
        assert field.echoMode() is QLineEdit.EchoMode.Normal
        await bench.press("save_settings")
        network = bench.preferences.settings.network
        assert (network.proxy_mode, network.proxy_user) == (ProxyMode.OWN, "anna")
        secret = ("runcomfy-desktop", place_of(network))
        await until(lambda: bench.keyring.secrets.get(secret) == "hush")
        assert "hush" not in json.dumps(str(bench.preferences.settings))
        # The next time it is not shown, only that there is one.
        await bench.open(NETWORK)
        assert bench.find(QLineEdit, "proxy_password").text() == ""
        assert "Kept" in bench.find(QLineEdit, "proxy_password").placeholderText()
        type_in(bench, proxy_exceptions="intra.example")
        await turn()
        await bench.press("save_settings")
        assert bench.keyring.secrets[secret] == "hush"
        assert bench.preferences.settings.proxy_exceptions == "intra.example"


async def test_restoring_the_defaults_forgets_the_proxy_and_its_password() -> None:
    async with open_settings() as bench:
        await bench.open(NETWORK)
        choose(bench, ProxyMode.OWN)
        type_in(bench, proxy_address="proxy.example:8080", proxy_user="anna", proxy_password="hush")
        await turn()
        await bench.press("save_settings")
        await until(lambda: "hush" in bench.keyring.secrets.values())
        await bench.open(NETWORK)
        await bench.press("restore_defaults")
        # Only the address of this test's service is not the usual one.
        bench.find(QLineEdit, "address").setText(SERVICE)
        await bench.press("save_settings")
        assert bench.preferences.settings.network == Settings().network
        await until(lambda: "hush" not in bench.keyring.secrets.values())


async def test_the_connection_is_tested_before_it_is_saved(tmp_path: Path) -> None:
    authority = Authority()
    async with (
        open_settings() as bench,
        RawServer(json_reply({}, 401), tls=authority.server(tmp_path, HOST)) as server,
        SocksServer(server.port, user="anna", password="hush") as proxy,
    ):
        await bench.open()
        bench.find(QLineEdit, "address").setText(f"https://{HOST}")
        await bench.press("settings_network")
        choose(bench, ProxyMode.OWN)
        type_in(bench, proxy_address=proxy.address, proxy_user="anna", proxy_password="wrong")
        await turn()
        await bench.press("test_connection")
        await until(lambda: "does not accept" in said(bench, "trial_status"))
        # As often as one presses: the same password is not sent again.
        for _time in range(3):
            await bench.press("test_connection")
            await until(lambda: "does not accept" in said(bench, "trial_status"))
        assert proxy.talks == 1
        type_in(bench, proxy_password="")
        type_in(bench, proxy_password="wrong")
        await bench.press("test_connection")
        await until(lambda: "does not accept" in said(bench, "trial_status"))
        assert proxy.talks == 2
        # What is changed makes the sentence old.
        type_in(bench, proxy_password="hush")
        assert said(bench, "trial_status") == ""
        await bench.press("test_connection")
        await until(lambda: "Nobody whom this computer trusts" in said(bench, "trial_status"))
        type_in(bench, ca_file=str(authority.file(tmp_path)))
        await until(lambda: bench.find(QPushButton, "test_connection").isEnabled())
        await bench.press("test_connection")
        await until(lambda: "The service answers" in said(bench, "trial_status"))
        assert bench.preferences.settings.network == Settings().network
        assert b"hush" not in b"".join(part.target.encode() for part in server.received)
        assert all("authorization" not in part.headers for part in server.received)
        await bench.press("cancel_settings")


async def test_a_test_that_hangs_is_given_up_and_the_window_goes_on() -> None:
    async with open_settings() as bench, Mute() as proxy:
        await bench.open()
        bench.find(QLineEdit, "address").setText(f"https://{HOST}")
        await bench.press("settings_network")
        choose(bench, ProxyMode.OWN)
        type_in(bench, proxy_address=proxy.address)
        await turn()
        await bench.press("test_connection")
        await until(lambda: proxy.open_lines == 1)
        button = bench.find(QPushButton, "test_connection")
        assert (button.text(), said(bench, "trial_status")) == (
            "Stop the test",
            "Asking the service…",
        )
        await bench.press("test_connection")
        await until(lambda: proxy.open_lines == 0)
        assert button.text() == "Test connection"
        # A dialog that is closed asks nothing any more.
        await bench.press("test_connection")
        await until(lambda: proxy.open_lines == 1)
        await bench.press("cancel_settings")
        await until(lambda: proxy.open_lines == 0)


async def test_a_file_is_looked_at_when_it_is_chosen(tmp_path: Path) -> None:
    good, none = Authority().file(tmp_path), tmp_path / "notes.txt"
    none.write_text("no certificate")
    async with open_settings() as bench:
        dialog = await bench.open(NETWORK)
        await bench.press("browse_ca_file")
        chooser = dialog.findChild(QFileDialog, "ca_file_dialog")
        assert isinstance(chooser, QFileDialog)
        chooser.fileSelected.emit(str(none))
        chooser.reject()
        field = bench.find(QLineEdit, "ca_file")
        await until(lambda: "no certificate in this file" in said(bench, "ca_fault"))
        assert field.accessibleDescription() == said(bench, "ca_fault")
        save = bench.find(QPushButton, "save_settings")
        assert not save.isEnabled()
        # Seen from the other page, too, where the fault is not.
        assert "no certificate in this file" in save.toolTip()
        field.setText(str(good))
        await until(save.isEnabled)
        assert said(bench, "ca_fault") == save.toolTip() == ""
        await bench.press("save_settings")
        assert bench.preferences.settings.ca_file == str(good)


async def test_what_is_saved_counts_at_once(tmp_path: Path) -> None:
    """Without a new start: a proxy is chosen, and the account is asked by it."""
    async with open_house(tmp_path) as house, HttpProxy(0) as proxy:
        await until(lambda: house.parts.account.state.phase is AccountPhase.SIGNED_IN)
        before = house.asked("balance")
        await house.trigger("settings")
        await house.press("settings_network")
        choose(house, ProxyMode.OWN)
        type_in(house, proxy_address=proxy.address)
        await turn()
        await house.press("save_settings")
        # This computer is reached directly all the same.
        await until(lambda: house.asked("balance") > before)
        assert proxy.wished == []


async def test_tab_goes_through_the_page_as_one_reads() -> None:
    async with open_settings() as bench:
        dialog = await bench.open(NETWORK)
        choose(bench, ProxyMode.OWN)
        type_in(bench, proxy_address="proxy.example:8080")
        await turn()
        assert [each.objectName() for each in reading_order(dialog)] == [
            # The chosen one of the pages; arrows lead to the other.
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
        await bench.press("cancel_settings")


async def test_faults_have_the_room_they_need(tmp_path: Path) -> None:
    async with open_settings() as bench:
        dialog = await bench.open(NETWORK)
        choose(bench, ProxyMode.OWN)
        type_in(bench, proxy_address="proxy.example", ca_file=str(tmp_path))
        await until(lambda: said(bench, "ca_fault"))
        await turn()
        for label in dialog.findChildren(QLabel):
            if label.isVisible() and label.wordWrap():
                assert label.height() >= label.heightForWidth(label.width()), label.text()
        for field in dialog.findChildren(QLineEdit):
            if field.isVisible():
                assert field.height() >= field.sizeHint().height(), field.objectName()
        await bench.press("cancel_settings")


async def test_going_between_the_pages_leaves_the_dialog_as_high_as_the_higher_one() -> None:
    async with open_settings() as bench:
        dialog = await bench.open(NETWORK)
        choose(bench, ProxyMode.OWN)
        await turn()
        high = dialog.height()
        for name in ("settings_general", "settings_network", "settings_general"):
            await bench.press(name)
            await turn()
            assert dialog.height() == high
        await bench.press("cancel_settings")


async def test_the_dialog_grows_as_far_as_it_has_to_and_stays_on_the_screen(
    tmp_path: Path,
) -> None:
    async with open_settings() as bench:
        dialog = await bench.open()
        screen = dialog.screen().availableGeometry()
        dialog.move(0, screen.height() - dialog.height())
        layout = dialog.layout()
        assert layout is not None
        before = dialog.height()
        await bench.press("settings_network")
        await turn()
        assert dialog.height() == before
        choose(bench, ProxyMode.OWN)
        await turn()
        assert dialog.height() == layout.totalHeightForWidth(dialog.width())
        type_in(bench, proxy_address="http://anna:hush@proxy.example", proxy_exceptions="<local>")
        type_in(bench, ca_file=str(tmp_path))
        await until(lambda: said(bench, "ca_fault"))
        await turn()
        assert dialog.height() == layout.totalHeightForWidth(dialog.width())
        assert screen.contains(dialog.frameGeometry())
        # Who puts it partly out of sight finds it there.
        dialog.move(0, screen.height() // 2)
        type_in(bench, ca_file=f"{tmp_path}/more")
        await until(lambda: "directory" in said(bench, "ca_fault"))
        assert dialog.y() == screen.height() // 2
        await bench.press("cancel_settings")


async def test_a_stored_certificate_that_is_gone_keeps_nothing_else_from_being_saved(
    tmp_path: Path,
) -> None:
    file, other = Authority().file(tmp_path), tmp_path / "other.pem"
    async with open_settings() as bench:
        bench.preferences.set(ca_file=str(file))
        file.unlink()
        await bench.open()
        save = bench.find(QPushButton, "save_settings")
        theme = bench.find(QComboBox, "theme")
        theme.setCurrentIndex(theme.findData(Theme.DARK))
        await bench.press("settings_network")
        await until(lambda: "cannot be read" in said(bench, "ca_fault"))
        assert (save.isEnabled(), save.toolTip()) == (True, "")
        # What cannot be tested with it is not tested without it.
        assert not bench.find(QPushButton, "test_connection").isEnabled()
        # Another one that cannot be used is not taken.
        type_in(bench, ca_file=str(other))
        await until(lambda: "cannot be read" in said(bench, "ca_fault"))
        assert not save.isEnabled()
        type_in(bench, ca_file=str(file))
        await until(lambda: "cannot be read" in said(bench, "ca_fault"))
        assert save.isEnabled()
        choose(bench, ProxyMode.OWN)
        type_in(bench, proxy_address="proxy.example:8080")
        await turn()
        await bench.press("save_settings")
        settings = bench.preferences.settings
        assert (settings.theme, settings.proxy_mode) == (Theme.DARK, ProxyMode.OWN)
        assert settings.ca_file == str(file)


async def test_an_exception_that_is_not_understood_is_said_at_its_field() -> None:
    async with open_settings() as bench:
        await bench.open(NETWORK)
        choose(bench, ProxyMode.OWN)
        type_in(bench, proxy_address="proxy.example:8080", proxy_exceptions="a.example, <local>")
        await turn()
        field, save = (
            bench.find(QLineEdit, "proxy_exceptions"),
            bench.find(QPushButton, "save_settings"),
        )
        assert "“<local>” is not understood" in said(bench, "exceptions_fault")
        assert field.accessibleDescription() == said(bench, "exceptions_fault")
        assert not save.isEnabled()
        assert not bench.find(QPushButton, "test_connection").isEnabled()
        # Nobody asks for them where no proxy of one's own is.
        choose(bench, ProxyMode.NONE)
        assert save.isEnabled()
        choose(bench, ProxyMode.OWN)
        type_in(bench, proxy_exceptions="https://a.example, 10.*, münchen.example., [fd00::]/8")
        assert said(bench, "exceptions_fault") == ""
        assert save.isEnabled()
        await bench.press("cancel_settings")
