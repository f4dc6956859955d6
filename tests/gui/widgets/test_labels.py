"""Labels and dialogs fit their texts: no blank space, nothing cut off, no endless window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.ui.base.formatters import shortened
from runcomfy_desktop.ui.main_window.status_bar import StatusBar
from runcomfy_desktop.ui.settings.settings_dialog import SettingsDialog
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import plain_label
from tests.gui.support.gui_program import create_settings_services, open_program
from tests.gui.support.user_input import find, process_events, show

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")

SENTENCE = "What happened, what it means for the job and the money, and what to do about it."


def spare(dialog: QWidget) -> int:
    """Returns the surplus of a dialog's height over what its texts need."""
    layout = dialog.layout()
    assert layout is not None
    return dialog.height() - layout.totalHeightForWidth(dialog.width())


def settings(parent: QWidget) -> SettingsDialog:
    preferences = Preferences(Settings(), lambda _settings: None)
    dialog = SettingsDialog(preferences, create_settings_services(preferences), parent)
    dialog.open()
    process_events()
    return dialog


def test_a_wrapped_label_asks_for_the_lines_it_has_at_its_width() -> None:
    window = QWidget()
    label = plain_label(SENTENCE * 3, "label", window, wrap=True)
    layout = QVBoxLayout(window)
    layout.addWidget(label)
    layout.addStretch(1)
    for width in (300, 700, 200):
        show(window, width, 600)
        assert label.height() == label.heightForWidth(label.width())
        assert label.minimumSizeHint().height() == label.height()


def test_a_dialog_is_as_high_as_its_words_and_grows_with_them() -> None:
    parent = QWidget()
    dialog = settings(parent)
    assert spare(dialog) == 0
    find(dialog, QLineEdit, "address").setText("http://api.runcomfy.net@evil.example/")
    find(dialog, QLineEdit, "output_folder").setText("relative")
    process_events()
    assert spare(dialog) == 0
    fault = find(dialog, QLabel, "address_fault")
    assert fault.height() >= fault.heightForWidth(fault.width())


def test_what_a_dialog_was_resized_to_stays() -> None:
    dialog = Dialog()
    QVBoxLayout(dialog).addWidget(plain_label(SENTENCE, "label", dialog, wrap=True))
    dialog.resize(500, 400)
    dialog.show()
    process_events()
    assert (dialog.width(), dialog.height()) == (500, 400)


@pytest.mark.parametrize("name", ["n" * 400, "many words " * 40])
def test_a_question_about_a_long_name_fits(name: str) -> None:
    parent = QWidget()
    show(parent, 1000, 700)
    short = shortened(name)
    assert len(short) == 40
    dialog = ask_confirmation(
        parent,
        "question",
        title=f"Disable {name}?",
        text=SENTENCE,
        button_text=f"Disable {short}",
        on_yes=lambda: None,
    )
    process_events()
    assert dialog.width() < parent.width()


async def test_a_name_without_spaces_does_not_widen_the_window(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        for each in program.emulator.backend.deployments.values():
            each.name = "n" * 400
        width = program.window.width()
        await program.wait_until_open()
        assert program.window.width() == width


async def test_the_window_fits_a_small_screen(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.window.findChild(StatusBar).show_pause(1e9)  # type: ignore[union-attr]
        await program.wait_until_kinds_known()
        least = program.window.minimumSizeHint()
        assert least.width() <= 900
        assert least.height() <= 600
    async with open_program(tmp_path / "other", key="") as program:
        program.window.resize(900, 600)
        least = program.window.minimumSizeHint()
        assert least.width() <= 900
        assert least.height() <= 600
