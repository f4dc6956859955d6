"""Checks of the icons, drawn by the program and by Qt, and of the style sheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import require

if TYPE_CHECKING:
    from pathlib import Path

_SMALL, _LARGE = 24, 96
_LINK = re.compile(r"url\(\s*[\"']?([^)\"']+)")


def icon_rendering(_folder: Path) -> str:
    """Checks that every icon paints some pixels, and that Qt's engine draws SVG at any size."""
    from PySide6.QtGui import QIcon

    from runcomfy_desktop.assets import asset
    from runcomfy_desktop.selftest.expected_files import ICONS
    from runcomfy_desktop.ui.style.icons import icon

    blank = [name for name in ICONS if not _painted_pixels(icon(name, "#000000"), _SMALL)]
    require(not blank, f"icons that do not paint: {', '.join(blank)}")
    by_qt = QIcon(str(asset("icons/app.svg")))
    require(_painted_pixels(by_qt, _LARGE), "Qt does not draw SVG files")
    # Without its SVG engine, Qt treats the file as an image with a fixed size.
    require(not by_qt.availableSizes(), "Qt's engine for SVG icons (svgicon) is missing")
    return f"{len(ICONS)} icons"


def _painted_pixels(icon: object, side: int) -> int:
    """Returns the number of pixels of an icon that are at least partly opaque."""
    from PySide6.QtGui import QIcon

    picture = icon.pixmap(side, side).toImage() if isinstance(icon, QIcon) else None
    if picture is None or picture.isNull():
        return 0
    pixels = range(side)
    return sum(picture.pixelColor(x, y).alpha() > 0 for x in pixels for y in pixels)


def style_sheet(_folder: Path) -> str:
    """Checks the light and the dark style sheet: both are valid, and their images exist."""
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication, QPushButton

    from runcomfy_desktop.ui.style.theme import DARK, LIGHT, palette_for, style_sheet

    app = QApplication.instance()
    require(isinstance(app, QApplication), "there is no application")
    theme = set()
    for roles in (LIGHT, DARK):
        text = style_sheet(roles)
        for link in _LINK.findall(text):
            require(not QImage(link).isNull(), f"{link} is missing")
        button = QPushButton("Run")
        button.setProperty("primary", True)
        button.setPalette(palette_for(roles))
        button.setStyleSheet(text)
        button.resize(80, 30)
        theme.add(button.grab().toImage().pixelColor(6, 15).name())
    require(theme == {LIGHT.accent, DARK.accent}, f"buttons are painted in {', '.join(theme)}")
    return f"light and dark, {len(text)} characters"
