"""The settings page for presets: the folder in which they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QPushButton, QWidget

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.ui.settings.session_settings import SessionSettings
from runcomfy_desktop.ui.settings.settings_dialog import PRESETS, SettingsDialog
from tests.gui.support.gui_program import (
    create_settings_services,
    open_program,
    process_events_async,
)
from tests.gui.support.user_input import find, press, process_events, show
from tests.support.async_wait import wait_until
from tests.support.preset_harness import open_preset_harness

if TYPE_CHECKING:
    from pathlib import Path


def opened(folder: str, owner: QWidget) -> tuple[SettingsDialog, Preferences]:
    """Returns the dialog on that page, without a session."""
    preferences = Preferences(Settings(presets_folder=folder), lambda _settings: None)
    dialog = SettingsDialog(preferences, create_settings_services(preferences), owner)
    dialog.show_page(PRESETS)
    show(dialog, 640, 420)
    return dialog, preferences


def test_the_usual_folder_is_left_alone(qapp: object) -> None:
    owner = QWidget()
    dialog, preferences = opened("", owner)
    field = find(dialog, QLineEdit, "presets_folder")
    assert (field.text(), field.placeholderText()) == ("", "the usual place")
    press(find(dialog, QPushButton, "save_settings"))
    assert preferences.settings.presets_folder == ""


def test_another_folder_is_chosen_and_given_up_again(qapp: object, tmp_path: Path) -> None:
    owner = QWidget()
    dialog, preferences = opened("/team/presets", owner)
    press(find(dialog, QPushButton, "browse_presets_folder"))
    chooser = find(dialog, QFileDialog, "presets_folder_dialog")
    chooser.fileSelected.emit(str(tmp_path))
    chooser.reject()
    process_events()
    assert find(dialog, QLineEdit, "presets_folder").text() == str(tmp_path)
    find(dialog, QLineEdit, "presets_folder").clear()
    press(find(dialog, QPushButton, "save_settings"))
    assert preferences.settings.presets_folder == ""


def test_half_a_path_is_no_folder(qapp: object) -> None:
    owner = QWidget()
    dialog, _preferences = opened("", owner)
    find(dialog, QLineEdit, "presets_folder").setText("team/presets")
    fault = "Give the whole path of the folder, from its root on."
    assert find(dialog, QLabel, "presets_folder_fault").text() == fault
    assert not find(dialog, QPushButton, "save_settings").isEnabled()


async def test_in_a_session_the_library_names_the_usual_folder_and_checks_another(
    tmp_path: Path,
) -> None:
    file, team, owner = tmp_path / "no folder", tmp_path / "team", QWidget()
    file.touch()
    async with open_preset_harness(tmp_path) as harness:
        preferences = harness.preferences
        session = SessionSettings(preset_library=harness.preset_library)

        def field_and_button() -> tuple[QLineEdit, QPushButton]:
            services = create_settings_services(preferences)
            dialog = SettingsDialog(preferences, services, owner, session)
            save = find(dialog, QPushButton, "save_settings")
            return find(dialog, QLineEdit, "presets_folder"), save

        field, save = field_and_button()
        assert field.placeholderText() == str(harness.root)
        field.setText(str(file))
        save.click()
        await wait_until(lambda: harness.titles == ["Presets cannot be kept in this folder."])
        assert preferences.settings.presets_folder == ""
        field, save = field_and_button()
        field.setText(str(team))
        save.click()
        await wait_until(lambda: harness.preset_library.state.root == str(team))
        field, _save = field_and_button()
        assert (field.text(), field.placeholderText()) == (str(team), "the usual place")


async def test_a_chosen_folder_is_the_librarys_from_then_on(tmp_path: Path) -> None:
    team = tmp_path / "team"
    team.mkdir()
    async with open_program(tmp_path / "program_data") as program:
        await program.wait_until_open()
        await program.trigger("settings")
        dialog = program.find(SettingsDialog, "settings_dialog")
        dialog.show_page(PRESETS)
        assert program.find(QLineEdit, "presets_folder").placeholderText()
        program.find(QLineEdit, "presets_folder").setText(str(team))
        await program.press("save_settings")
        await wait_until(lambda: program.services.preset_library.state.root == str(team))
        assert program.preferences.settings.presets_folder == str(team)
        await process_events_async()
