"""Icons: one set of SVG files, recoloured, sharp at every scale."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from runcomfy_desktop.assets import asset
from runcomfy_desktop.domain.jobs.output import OutputKind

_CURRENT_COLOUR = b"currentColor"
_DISABLED_OPACITY = 0.4
_OUTPUT_ICONS = {
    OutputKind.IMAGE: "image",
    OutputKind.ANIMATION: "image",
    OutputKind.VIDEO: "film",
    OutputKind.AUDIO: "music",
    OutputKind.MODEL_3D: "cube",
    OutputKind.ARCHIVE: "archive",
    OutputKind.TEXT: "text",
    OutputKind.OTHER: "file",
}


class _SvgIconEngine(QIconEngine):
    """Draws an SVG file in one colour at any requested size."""

    # WORKAROUND: a modified QIcon takes ownership of the result of clone(), but PySide assumes that
    # Python owns it and frees it while the icon uses it (crash). Clones are rare, so they are kept.
    _clones: list[QIconEngine] = []  # noqa: RUF012 - shared intentionally

    def __init__(self, svg: bytes) -> None:
        super().__init__()
        self._svg = svg
        self._renderer: QSvgRenderer | None = None

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        if self._renderer is None:
            self._renderer = QSvgRenderer(QByteArray(self._svg))
        painter.save()
        if mode is QIcon.Mode.Disabled:
            painter.setOpacity(painter.opacity() * _DISABLED_OPACITY)
        side = min(rect.width(), rect.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(QRectF(rect).center())
        self._renderer.render(painter, square)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        if size.isEmpty():
            # A button that was shrunk to nothing requests a pixmap, too.
            return QPixmap()
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self.paint(painter, image.rect(), mode, state)
        painter.end()
        return QPixmap.fromImage(image)

    def clone(self) -> QIconEngine:
        copy = _SvgIconEngine(self._svg)
        self._clones.append(copy)
        return copy


@lru_cache(maxsize=256)
def icon(name: str, colour: str) -> QIcon:
    """Returns `resources/icons/<name>.svg` with `currentColor` replaced by `colour` (`#rrggbb`)."""
    return QIcon(_SvgIconEngine(_svg(name).replace(_CURRENT_COLOUR, colour.encode())))


def output_icon_name(kind: OutputKind) -> str:
    """Returns the name of the icon that stands for an output without a picture."""
    return _OUTPUT_ICONS[kind]


@lru_cache(maxsize=128)
def _svg(name: str) -> bytes:
    return asset(f"icons/{name}.svg").read_bytes()
