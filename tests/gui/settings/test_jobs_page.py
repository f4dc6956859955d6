"""The settings page for jobs: shows, validates and saves the settings; restores defaults."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QLabel, QPushButton, QWidget

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.domain.settings import LargePictures, Settings
from runcomfy_desktop.ui.settings.settings_dialog import (
    GENERAL,
    JOBS,
    NETWORK,
    SPENDING,
    SettingsDialog,
)
from runcomfy_desktop.ui.widgets.number_fields import CountField
from tests.gui.support import user_input
from tests.gui.support.gui_program import create_settings_services
from tests.gui.support.user_input import find, key, press, process_events, show

STORED = Settings(
    in_flight=3,
    ask_from_jobs=7,
    download_cap_mb=100,
    keeps_inputs=True,
    sends_when_online=True,
    keeps_awake=True,
    large_pictures=LargePictures.SHRINK,
)
BOXES = ("keeps_inputs", "sends_when_online", "notifies", "keeps_awake")


@pytest.fixture
def preferences() -> Preferences:
    return Preferences(STORED, lambda _settings: None)


@pytest.fixture
def owner() -> QWidget:
    return QWidget()


@pytest.fixture
def dialog(preferences: Preferences, owner: QWidget) -> SettingsDialog:
    dialog = SettingsDialog(preferences, create_settings_services(preferences), owner)
    show(dialog, 640, 560)
    press(find(dialog, QAbstractButton, "settings_jobs"))
    return dialog


def retype(dialog: SettingsDialog, name: str, text: str) -> CountField:
    field = find(dialog, CountField, name)
    user_input.retype(field, text)
    return field


def test_it_shows_what_is_set(dialog: SettingsDialog) -> None:
    shown = {
        name: find(dialog, CountField, name).text()
        for name in ("in_flight", "ask_from_jobs", "download_cap_mb")
    }
    assert shown == {"in_flight": "3", "ask_from_jobs": "7", "download_cap_mb": "100"}
    assert [find(dialog, QCheckBox, name).isChecked() for name in BOXES] == [True] * 4
    large = find(dialog, QComboBox, "large_pictures")
    assert large.currentText() == "Shrink them to about 250 KB when sent"
    assert large.accessibleName() == "Large pictures"
    assert (
        "Animated pictures, and pictures of which a mask is made" in large.accessibleDescription()
    )


def test_ok_saves_it(dialog: SettingsDialog, preferences: Preferences) -> None:
    retype(dialog, "in_flight", "0")
    retype(dialog, "ask_from_jobs", "50")
    retype(dialog, "download_cap_mb", "4096")
    for name in BOXES:
        box = find(dialog, QCheckBox, name)
        press(box, QPoint(8, box.height() // 2))
    large = find(dialog, QComboBox, "large_pictures")
    large.setCurrentIndex(large.findText("Ask at each run"))
    assert preferences.settings == STORED
    press(find(dialog, QPushButton, "save_settings"))
    assert preferences.settings == Settings(
        ask_from_jobs=50,
        download_cap_mb=4096,
        notifies=False,
        ask_from_usd=1.0,
        large_pictures=LargePictures.ASK,
    )


@pytest.mark.parametrize("text", ["", "-1", "many", "1001", "1.5"])
def test_what_is_no_number_is_told_while_typing(dialog: SettingsDialog, text: str) -> None:
    field = retype(dialog, "in_flight", text)
    fault = find(dialog, QLabel, "in_flight_fault")
    assert fault.isVisible()
    assert field.accessibleDescription() == fault.text() == "A whole number from 0 to 1000."
    save = find(dialog, QPushButton, "save_settings")
    assert not save.isEnabled()
    assert save.accessibleDescription() == fault.text()
    retype(dialog, "in_flight", "12")
    assert not fault.isVisible()
    assert save.isEnabled()


def test_the_arrow_keys_count(dialog: SettingsDialog) -> None:
    field = find(dialog, CountField, "in_flight")
    field.setFocus()
    key(field, Qt.Key.Key_Up)
    assert field.text() == "4"


def test_defaults_are_restored(dialog: SettingsDialog, preferences: Preferences) -> None:
    press(find(dialog, QPushButton, "restore_defaults"))
    press(find(dialog, QPushButton, "save_settings"))
    assert preferences.settings == Settings()


def test_every_field_has_a_name_of_its_own(dialog: SettingsDialog) -> None:
    fields = [*dialog.findChildren(CountField), *dialog.findChildren(QCheckBox)]
    names = [each.accessibleName() for each in fields if each.isVisible()]
    assert len(names) == 7
    assert all(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["keeps_inputs", "sends_when_online"])
def test_who_hears_a_box_hears_what_is_said_below_it(dialog: SettingsDialog, name: str) -> None:
    message = find(dialog, QCheckBox, name).accessibleDescription()
    hints = [each.text() for each in dialog.findChildren(QLabel, "settings_hint")]
    assert message in hints


@pytest.mark.parametrize("page", [GENERAL, NETWORK, JOBS, SPENDING])
def test_each_letter_after_alt_leads_to_one_field(dialog: SettingsDialog, page: str) -> None:
    dialog.show_page(page)
    process_events()
    shown = [each for each in dialog.findChildren(QLabel) if each.isVisible()]
    letters = [QKeySequence.mnemonic(each.text()).toString() for each in shown]
    letters = [each for each in letters if each]
    assert letters
    assert sorted(letters) == sorted(set(letters))
