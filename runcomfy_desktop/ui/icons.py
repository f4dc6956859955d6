"""Icons: one set of SVG files, recoloured, sharp at every scale."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from runcomfy_desktop.assets import asset

_INK = b"currentColor"


class _SvgEngine(QIconEngine):
    """Draws an SVG file in one colour at whatever size is asked for."""

    def __init__(self, svg: bytes) -> None:
        super().__init__()
        self._svg = svg

    def paint(self, painter: QPainter, rect, mode, state) -> None:  # type: ignore[no-untyped-def]
        if mode is QIcon.Mode.Disabled:
            painter.setOpacity(0.4)
        QSvgRenderer(QByteArray(self._svg)).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode, state) -> QPixmap:  # type: ignore[no-untyped-def]
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self.paint(painter, image.rect(), mode, state)
        painter.end()
        return QPixmap.fromImage(image)

    def clone(self) -> QIconEngine:
        return _SvgEngine(self._svg)


@lru_cache(maxsize=256)
def icon(name: str, colour: str) -> QIcon:
    """`resources/icons/<name>.svg` with its `currentColor` painted in `colour` (`#rrggbb`)."""
    svg = asset(f"icons/{name}.svg").read_bytes()
    return QIcon(_SvgEngine(svg.replace(_INK, colour.encode())))
