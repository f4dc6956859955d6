"""Both palettes: readable by WCAG AA, applied to every widget, and icons in their colours."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.ui.style import icons, theme
from runcomfy_desktop.ui.style.theme import DARK, LIGHT, Colours
from runcomfy_desktop.ui.widgets.labels import muted_label, tooltip
from tests.gui.support.user_input import process_events, show

AA_TEXT = 4.5
AA_GRAPHIC = 3.0
BACKGROUNDS = ("window", "panel", "field", "accent_soft")
INKS = ("text", "muted", "accent", "ok", "warning", "error")


def luminance(colour: str) -> float:
    """Returns the relative luminance as defined by WCAG 2."""
    parts = []
    for at in (1, 3, 5):
        value = int(colour[at : at + 2], 16) / 255
        parts.append(value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("roles", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", BACKGROUNDS)
@pytest.mark.parametrize("ink", INKS)
def test_text_and_state_words_meet_aa(roles: Colours, ground: str, ink: str) -> None:
    assert contrast(getattr(roles, ink), getattr(roles, ground)) >= AA_TEXT


@pytest.mark.parametrize("roles", [LIGHT, DARK], ids=["light", "dark"])
def test_text_meets_aa_where_it_is_marked(roles: Colours) -> None:
    assert contrast(roles.text, roles.mark) >= AA_TEXT
    assert contrast(roles.accent, roles.panel) >= AA_GRAPHIC, "the line under a mark"


@pytest.mark.parametrize("roles", [LIGHT, DARK], ids=["light", "dark"])
def test_the_primary_button_and_the_focus_frame_meet_aa(roles: Colours) -> None:
    assert contrast(roles.accent_text, roles.accent) >= AA_TEXT
    for ground in BACKGROUNDS:
        assert contrast(roles.accent, getattr(roles, ground)) >= AA_GRAPHIC


@pytest.mark.parametrize("roles", [LIGHT, DARK], ids=["light", "dark"])
def test_the_style_sheet_knows_all_its_names(roles: Colours) -> None:
    sheet = theme.style_sheet(roles)
    assert "$" not in sheet
    assert roles.accent in sheet


@pytest.mark.parametrize("roles", [LIGHT, DARK], ids=["light", "dark"])
def test_the_roles_are_found_by_the_palette(roles: Colours) -> None:
    assert theme.colours(theme.palette_for(roles)) is roles


def picture_of(widget: QWidget) -> QImage:
    process_events()
    return widget.grab().toImage()


def a_form() -> QWidget:
    form = QWidget()
    layout = QVBoxLayout(form)
    layout.addWidget(QLabel("text"))
    layout.addWidget(muted_label("muted", "muted", form))
    layout.addWidget(QLineEdit("field"))
    layout.addWidget(QPushButton("button"))
    primary = QPushButton("primary")
    primary.setProperty("primary", True)
    layout.addWidget(primary)
    return form


def test_a_change_looks_like_a_fresh_start(qapp: QApplication) -> None:
    """Style sheets remember palettes; going light, dark, light must leave nothing behind."""
    changed = a_form()
    show(changed, 200, 220)
    light = picture_of(changed)
    theme.apply(qapp, ThemeMode.DARK)
    dark = picture_of(changed)
    fresh = a_form()
    show(fresh, 200, 220)
    # The focus frame is in the same place as in the fresh form.
    assert picture_of(fresh) == dark
    theme.apply(qapp, ThemeMode.LIGHT)
    fresh.hide()
    changed.activateWindow()
    assert picture_of(changed) == light


def test_the_setting_decides(qapp: QApplication) -> None:
    assert theme.colours_for_setting(qapp, ThemeMode.DARK) is DARK
    assert theme.colours_for_setting(qapp, ThemeMode.LIGHT) is LIGHT
    # Offscreen, the desktop has no colour scheme, which counts as light.
    assert theme.colours_for_setting(qapp, ThemeMode.SYSTEM) is LIGHT
    theme.apply(qapp, ThemeMode.DARK)
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.window


def ink_of(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal, dpr: float = 1.0) -> QImage:
    return icon.pixmap(QSize(24, 24), dpr, mode).toImage()


@pytest.mark.parametrize("dpr", [1.0, 1.5, 2.0])
def test_icons_are_sharp_at_every_scale(qapp: QApplication, dpr: float) -> None:
    image = ink_of(icons.icon("dot", "#ff0000"), dpr=dpr)
    assert image.size() == QSize(round(24 * dpr), round(24 * dpr))
    assert image.pixelColor(image.rect().center()) == QColor("#ff0000")


def test_a_disabled_icon_is_faint(qapp: QApplication) -> None:
    image = ink_of(icons.icon("dot", "#ff0000"), QIcon.Mode.Disabled)
    assert 0 < image.pixelColor(12, 12).alpha() < 128


def test_icons_paint_into_any_rectangle(qapp: QApplication) -> None:
    image = QImage(60, 20, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    icons.icon("dot", "#00ff00").paint(painter, image.rect())
    painter.end()
    assert image.pixelColor(30, 10) == QColor("#00ff00")
    assert image.pixelColor(5, 10).alpha() == 0


def test_an_icon_without_room_is_no_picture(qapp: QApplication) -> None:
    assert icons.icon("dot", "#00ff00").pixmap(QSize(0, 8)).isNull()


def test_icons_survive_being_changed_and_collected(qapp: QApplication) -> None:
    """Qt clones the engine of a changed icon; its Python object must live as long."""
    for number in range(200):
        changed = QIcon(icons.icon("dot", f"#0000{number:02x}"))
        changed.addPixmap(QPixmap(8, 8))
        if number % 50 == 0:
            gc.collect()
        assert not ink_of(changed).isNull()


def test_tooltips_are_never_markup() -> None:
    assert tooltip("<b>x</b>\n& y") == "<qt>&lt;b&gt;x&lt;/b&gt;<br>&amp; y</qt>"
    assert tooltip("") == ""
