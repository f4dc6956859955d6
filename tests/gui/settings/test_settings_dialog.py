"""The settings dialog: loads, validates during typing, saves at OK, restores defaults."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.domain.settings import DEFAULT_BASE_URL, QueueVersion, Settings, ThemeMode
from runcomfy_desktop.ui.settings.folder_field import folder_error
from runcomfy_desktop.ui.settings.session_settings import SessionSettings
from runcomfy_desktop.ui.settings.settings_dialog import SettingsDialog
from tests.gui.support.gui_program import create_settings_services
from tests.gui.support.user_input import find, press, process_events, show

if TYPE_CHECKING:
    from pathlib import Path

STORED = Settings(
    base_url="https://api.example.org",
    queue_version=QueueVersion.V2,
    output_folder="/somewhere/else",
    theme=ThemeMode.DARK,
)


@pytest.fixture
def preferences() -> Preferences:
    return Preferences(STORED, lambda _settings: None)


@pytest.fixture
def owner() -> QWidget:
    return QWidget()


@pytest.fixture
def dialog(preferences: Preferences, owner: QWidget) -> SettingsDialog:
    dialog = SettingsDialog(
        preferences,
        create_settings_services(preferences),
        owner,
        SessionSettings(default_output_folder="/usual/place"),
    )
    show(dialog, 640, 420)
    return dialog


def test_it_shows_what_is_set(dialog: SettingsDialog) -> None:
    assert find(dialog, QLineEdit, "address").text() == "https://api.example.org"
    assert find(dialog, QComboBox, "queue_version").currentData() is QueueVersion.V2
    assert find(dialog, QLineEdit, "output_folder").text() == "/somewhere/else"
    assert find(dialog, QComboBox, "theme").currentData() is ThemeMode.DARK
    assert find(dialog, QLineEdit, "output_folder").placeholderText() == "/usual/place"


def test_ok_saves_everything_at_once(dialog: SettingsDialog, preferences: Preferences) -> None:
    received: list[Settings] = []
    preferences.changed.subscribe(received.append)
    find(dialog, QLineEdit, "address").setText(" https://api.runcomfy.net/ ")
    find(dialog, QComboBox, "queue_version").setCurrentIndex(0)
    find(dialog, QLineEdit, "output_folder").setText("")
    find(dialog, QComboBox, "theme").setCurrentIndex(1)
    assert received == []
    ended: list[int] = []
    dialog.finished.connect(ended.append)
    press(find(dialog, QPushButton, "save_settings"))
    assert received == [Settings(DEFAULT_BASE_URL, QueueVersion.V1, "", ThemeMode.LIGHT)]
    assert ended == [QDialog.DialogCode.Accepted.value]


def test_cancel_changes_nothing(dialog: SettingsDialog, preferences: Preferences) -> None:
    find(dialog, QLineEdit, "output_folder").setText("/other")
    press(find(dialog, QPushButton, "cancel_settings"))
    assert preferences.settings == STORED


@pytest.mark.parametrize(
    "address",
    ["http://api.example.org", "ftp://x", "", "https://user:secret@api.runcomfy.net", "nonsense"],
)
def test_a_wrong_address_is_told_while_typing(dialog: SettingsDialog, address: str) -> None:
    field, fault = find(dialog, QLineEdit, "address"), find(dialog, QLabel, "address_fault")
    field.setText(address)
    process_events()
    assert fault.isVisible()
    assert fault.text()
    assert field.accessibleDescription() == fault.text()
    assert not find(dialog, QPushButton, "save_settings").isEnabled()
    field.setText("http://127.0.0.1:8080")
    process_events()
    assert not fault.isVisible()
    assert find(dialog, QPushButton, "save_settings").isEnabled()


def test_a_folder_has_to_be_whole(dialog: SettingsDialog) -> None:
    find(dialog, QLineEdit, "output_folder").setText("pictures/here")
    process_events()
    assert find(dialog, QLabel, "output_folder_fault").isVisible()
    assert not find(dialog, QPushButton, "save_settings").isEnabled()
    assert folder_error("") == ""
    assert folder_error("/a/b") == ""


def test_browse_fills_the_folder_in(dialog: SettingsDialog, tmp_path: Path) -> None:
    press(find(dialog, QPushButton, "browse_output_folder"))
    chooser = find(dialog, QFileDialog, "output_folder_dialog")
    chooser.fileSelected.emit(str(tmp_path))
    chooser.reject()
    assert find(dialog, QLineEdit, "output_folder").text() == str(tmp_path)


def test_defaults_are_shown_and_saved_only_by_ok(
    dialog: SettingsDialog, preferences: Preferences
) -> None:
    press(find(dialog, QPushButton, "restore_defaults"))
    assert find(dialog, QLineEdit, "address").text() == DEFAULT_BASE_URL
    assert preferences.settings == STORED
    press(find(dialog, QPushButton, "save_settings"))
    assert preferences.settings == Settings()


def test_every_field_has_a_name(dialog: SettingsDialog) -> None:
    for kind in (QLineEdit, QComboBox, QPushButton):
        for widget in dialog.findChildren(kind):
            if widget.isVisible():
                assert widget.accessibleName(), widget.objectName()


def test_updates_are_asked_for_only_by_who_wishes_it(
    dialog: SettingsDialog, preferences: Preferences
) -> None:
    box = find(dialog, QCheckBox, "checks_updates")
    assert box.isVisible()
    assert not box.isChecked()
    press(box)
    assert not preferences.settings.checks_updates
    press(find(dialog, QPushButton, "save_settings"))
    assert preferences.settings.checks_updates


def test_where_the_system_brings_updates_they_are_not_offered(
    preferences: Preferences, owner: QWidget
) -> None:
    aids = replace(create_settings_services(preferences), offers_updates=False)
    dialog = SettingsDialog(preferences, aids, owner)
    show(dialog, 640, 420)
    assert not find(dialog, QCheckBox, "checks_updates").isVisible()
