"""Icons in a colour of the theme, which follow a change of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QWidget

from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.ui.style import theme
from runcomfy_desktop.ui.style.icons import icon
from runcomfy_desktop.ui.style.theme import DARK, LIGHT
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, icon_button
from runcomfy_desktop.ui.widgets.layouts import column
from runcomfy_desktop.ui.widgets.tinted_icon import IconLine, TintedIcon, reveal_button
from tests.gui.support.user_input import find, process_events, show

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


def test_the_icon_follows_the_theme(qapp: QApplication) -> None:
    dialog = QDialog()
    button = icon_button("Close", "close", dialog)
    TintedIcon(button, "close")
    show(dialog)
    assert button.icon().cacheKey() == icon("close", LIGHT.muted).cacheKey()
    theme.apply(qapp, ThemeMode.DARK)
    process_events()
    assert button.icon().cacheKey() == icon("close", DARK.muted).cacheKey()
    theme.apply(qapp, ThemeMode.LIGHT)
    process_events()
    assert button.icon().cacheKey() == icon("close", LIGHT.muted).cacheKey()
    dialog.deleteLater()


def test_icons_follow_the_theme_in_whatever_order_widgets_learn_of_it(qapp: QApplication) -> None:
    window = QWidget()
    dialogs = [QDialog(window) for _number in range(12)]
    pictures = []
    for dialog in dialogs:
        line = IconLine("status", dialog)
        column(line, owner=dialog)
        line.show_text("Done.", "check", "ok")
        pictures += [each for each in line.findChildren(QLabel) if each.objectName() != "status"]
        show(dialog)
    theme.apply(qapp, ThemeMode.DARK)
    process_events()
    expected = icon("check", DARK.ok).pixmap(ICON_SIZE, pictures[0].devicePixelRatioF()).toImage()
    assert [each.pixmap().toImage() == expected for each in pictures] == [True] * 12
    theme.apply(qapp, ThemeMode.LIGHT)
    window.deleteLater()


def test_a_line_without_icon_shows_only_its_text() -> None:
    holder = QWidget()
    line = IconLine("status", holder)
    show(holder)
    [picture] = [each for each in line.findChildren(QLabel) if each.objectName() != "status"]
    line.show_text("Done.", "check", "ok")
    assert picture.isVisible()
    line.show_text("Ready.")
    assert not picture.isVisible()
    assert find(holder, QLabel, "status").text() == "Ready."
    holder.deleteLater()


def test_the_eye_shows_and_hides_a_secret() -> None:
    holder = QWidget()
    field = QLineEdit(holder)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    eye = reveal_button(field, "eye", holder, show_text="Show", hide_text="Hide")
    eye.click()
    assert field.echoMode() is QLineEdit.EchoMode.Normal
    assert (eye.accessibleName(), eye.toolTip()) == ("Hide", "Hide")
    eye.click()
    assert field.echoMode() is QLineEdit.EchoMode.Password
    assert eye.accessibleName() == "Show"
    holder.deleteLater()
