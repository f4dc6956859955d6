"""The settings page for money: limits, and custom prices next to the default ones."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.domain.deployments.hardware import HARDWARE
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.ui.settings.session_settings import SessionSettings
from runcomfy_desktop.ui.settings.settings_dialog import SPENDING, SettingsDialog
from runcomfy_desktop.ui.widgets.number_fields import UsdField
from tests.gui.support import user_input
from tests.gui.support.gui_program import create_settings_services
from tests.gui.support.user_input import find, press, process_events, show

STORED = Settings(
    ask_from_usd=2.5,
    day_limit_usd=5.0,
    prices=(("AMPERE_48", 1.99), ("LONG_GONE_8", 0.1234)),
)
SESSION = SessionSettings(machine_skus=frozenset({"BLACKWELL_96", "AMPERE_48"}))


@pytest.fixture
def preferences() -> Preferences:
    return Preferences(STORED, lambda _settings: None)


@pytest.fixture
def owner() -> QWidget:
    return QWidget()


@pytest.fixture
def dialog(preferences: Preferences, owner: QWidget) -> SettingsDialog:
    dialog = SettingsDialog(preferences, create_settings_services(preferences), owner, SESSION)
    dialog.show_page(SPENDING)
    show(dialog, 640, 560)
    return dialog


def retype(dialog: SettingsDialog, name: str, text: str) -> UsdField:
    field = find(dialog, UsdField, name)
    user_input.retype(field, text)
    return field


def shown(dialog: SettingsDialog, *names: str) -> list[str]:
    return [find(dialog, UsdField, name).text() for name in names]


def test_it_shows_what_is_set(dialog: SettingsDialog) -> None:
    names = ("ask_from_usd", "batch_limit_usd", "day_limit_usd", "price_AMPERE_48")
    assert shown(dialog, *names, "price_LONG_GONE_8") == ["2.50", "", "5.00", "1.99", "0.1234"]
    assert shown(dialog, "price_TURING_16", "price_BLACKWELL_96") == ["", ""]


def test_every_machine_stands_beside_its_usual_price(dialog: SettingsDialog) -> None:
    machines = [each.text() for each in dialog.findChildren(QLabel, "price_machine")]
    assert machines == [*HARDWARE, "BLACKWELL_96", "LONG_GONE_8"]
    usual = [each.text() for each in dialog.findChildren(QLabel, "price_usual")]
    assert usual[:3] == ["$0.99", "$1.75", "$2.50"]
    assert usual[-2:] == ["not known", "not known"]
    hints = [each.text() for each in dialog.findChildren(QLabel, "settings_hint")]
    assert any("as of 2026-08" in each for each in hints)


def test_ok_saves_limits_and_own_prices(dialog: SettingsDialog, preferences: Preferences) -> None:
    retype(dialog, "ask_from_usd", "")
    retype(dialog, "batch_limit_usd", "$3")
    retype(dialog, "day_limit_usd", "12,50")
    retype(dialog, "price_AMPERE_48", "")
    retype(dialog, "price_BLACKWELL_96", ".5")
    press(find(dialog, QPushButton, "save_settings"))
    assert preferences.settings == Settings(
        ask_from_usd=0.0,
        batch_limit_usd=3.0,
        day_limit_usd=12.5,
        prices=(("BLACKWELL_96", 0.5), ("LONG_GONE_8", 0.1234)),
    )


@pytest.mark.parametrize("name", ["day_limit_usd", "price_TURING_16"])
@pytest.mark.parametrize("text", ["-1", "five", "1.2.3", "1000001", "nan", "1e3"])
def test_what_is_no_sum_is_told_while_typing(dialog: SettingsDialog, name: str, text: str) -> None:
    field = retype(dialog, name, text)
    assert field.accessibleDescription().startswith("A sum in US dollars")
    faults = [each for each in dialog.findChildren(QLabel) if each.objectName().endswith("_fault")]
    assert [each.text() for each in faults if each.isVisible()] == [field.accessibleDescription()]
    save = find(dialog, QPushButton, "save_settings")
    assert not save.isEnabled()
    retype(dialog, name, "1")
    assert save.isEnabled()


def test_own_prices_can_be_let_go_at_once(dialog: SettingsDialog, preferences: Preferences) -> None:
    area = find(dialog, QScrollArea, "money_page_scroll")
    button = find(dialog, QPushButton, "usual_prices")
    area.ensureWidgetVisible(button)
    process_events()
    press(button)
    press(find(dialog, QPushButton, "save_settings"))
    assert preferences.settings.prices == ()
    assert preferences.settings.day_limit_usd == 5.0


def test_defaults_cover_this_page(dialog: SettingsDialog, preferences: Preferences) -> None:
    press(find(dialog, QPushButton, "restore_defaults"))
    press(find(dialog, QPushButton, "save_settings"))
    assert preferences.settings == Settings()


def test_tab_brings_what_it_comes_to_into_sight(dialog: SettingsDialog) -> None:
    area = find(dialog, QScrollArea, "money_page_scroll")
    find(dialog, UsdField, "ask_from_usd").setFocus()
    met: list[str] = []
    for _step in range(30):
        QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Tab)
        process_events()
        now = QApplication.focusWidget()
        assert now is not None
        if not area.isAncestorOf(now):
            break
        met.append(now.objectName())
        top = now.mapTo(area.viewport(), QPoint(0, 0))
        assert area.viewport().rect().contains(top), now.objectName()
        assert area.viewport().rect().contains(top + now.rect().bottomRight()), now.objectName()
    assert met[:2] == ["batch_limit_usd", "day_limit_usd"]
    assert met[-1] == "usual_prices"
    assert len(met) == 2 + len(HARDWARE) + 2 + 1


def test_it_fits_on_a_small_screen(dialog: SettingsDialog) -> None:
    assert dialog.sizeHint().height() <= 600
    dialog.resize(560, 400)
    process_events()
    assert find(dialog, QPushButton, "save_settings").isVisible()
    assert dialog.height() <= 600


def test_every_field_has_a_name_of_its_own(dialog: SettingsDialog) -> None:
    names = [each.accessibleName() for each in dialog.findChildren(UsdField)]
    assert all(names)
    assert len(set(names)) == len(names)


def test_a_long_name_of_a_machine_pushes_no_field_out_of_sight(owner: QWidget) -> None:
    long = "A_MACHINE_OF_ANOTHER_AGE_WITH_A_NAME_WITHOUT_END"
    preferences = Preferences(Settings(prices=((long, 0.12),)), lambda _settings: None)
    dialog = SettingsDialog(preferences, create_settings_services(preferences), owner, SESSION)
    dialog.show_page(SPENDING)
    show(dialog, 400, 500)
    field = find(dialog, UsdField, f"price_{long}")
    page = find(dialog, QScrollArea, "money_page_scroll").viewport()
    right = field.mapTo(page, field.rect().topRight()).x()
    assert right <= page.width()
