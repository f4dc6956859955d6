"""Check of fonts: characters are painted, and not all as the same empty box.

Qt does not report missing fonts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import require

if TYPE_CHECKING:
    from pathlib import Path

# The program's texts contain the last two, which are not in ASCII.
_SAMPLE_CHARS = " AWi8ä…×"
_SIDE = 48


def fonts(_folder: Path) -> str:
    """Checks that the sample characters are painted and all differ, and that bold differs."""
    from PySide6.QtGui import QFontDatabase, QFontInfo
    from PySide6.QtWidgets import QApplication

    shapes = {each: _painted_char(each, bold=False) for each in _SAMPLE_CHARS}
    count = len(set(shapes.values()))
    families = len(QFontDatabase.families())
    require(
        count == len(_SAMPLE_CHARS),
        f"no font that can be read: {families} families, {count} shapes of {len(_SAMPLE_CHARS)}",
    )
    require(_painted_char("A", bold=True) != shapes["A"], "bold letters are not bold")
    return f"{QFontInfo(QApplication.font()).family()}, {families} families"


def _painted_char(char: str, *, bold: bool) -> bytes:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtWidgets import QApplication

    picture = QImage(_SIDE, _SIDE, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    font = QApplication.font()
    font.setPixelSize(_SIDE * 2 // 3)
    font.setBold(bold)
    painter = QPainter(picture)
    painter.setFont(font)
    painter.drawText(picture.rect(), Qt.AlignmentFlag.AlignCenter, char)
    painter.end()
    return bytes(picture.constBits())
