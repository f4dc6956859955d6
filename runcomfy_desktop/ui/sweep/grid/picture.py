"""A grid as one labelled picture: drawn and encoded on a worker thread, never larger than what
picture programs open. It is on a light ground whatever the window's look: it goes to others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.pictures import png_bytes, read_scaled
from runcomfy_desktop.ui.theme import LIGHT
from runcomfy_desktop.ui.widgets.labels import breakable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SIDE = 16_000
MAX_PIXELS = 40_000_000
_LARGEST, _LEAST = 512, 24
_MARGIN, _GAP = 24, 6
_HEAD_LINES = 3
_SLACK = 4
_WRAPPED = int(Qt.TextFlag.TextWordWrap)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_BELOW = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
_BESIDE = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class PictureCell:
    """The file of a cell, and the word for its state where there is none to show."""

    path: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class PicturePage:
    """One page: `head` says which, "" for the only one; `cells` row by row."""

    head: str
    cells: tuple[PictureCell, ...]


@dataclass(frozen=True, slots=True)
class GridPicture:
    """What is drawn. `about` stands below the title."""

    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    pages: tuple[PicturePage, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as the bytes of a file, with its size; or why there is none."""

    data: bytes = b""
    width: int = 0
    height: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Measures:
    """Where things stand, in pixels."""

    cell: QSize
    rows_width: int
    heads_height: int
    page_height: int
    title_height: int
    font: int

    def size(self, grid: GridPicture) -> QSize:
        wide = self.rows_width + len(grid.columns) * (self.cell.width() + _GAP)
        pages = len(grid.pages)
        high = self.title_height + pages * (self.page_height + self.heads_height + 2 * _GAP)
        high += pages * len(grid.rows) * (self.cell.height() + _GAP)
        return QSize(wide + 2 * _MARGIN, high + 2 * _MARGIN)


def draw_grid(grid: GridPicture) -> Drawn:
    """Draws and encodes it; for a worker thread."""
    measures = _fitting(grid, _aspect(grid))
    if measures is None:
        if len(grid.pages) > 1:
            fault = _("This grid has too many cells for one picture. Save single pages.")
        else:
            fault = _("This grid has too many cells for one picture. Save it as a table.")
        return Drawn(fault=fault)
    size = measures.size(grid)
    image = QImage(size, QImage.Format.Format_RGB32)
    if image.isNull():
        return Drawn(fault=_("There is not enough memory for a picture of this grid."))
    image.fill(QColor(LIGHT.window))
    painter = QPainter(image)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing
        | QPainter.RenderHint.TextAntialiasing
        | QPainter.RenderHint.SmoothPixmapTransform
    )
    _Sheet(painter, grid, measures).draw(size.width())
    painter.end()
    data = png_bytes(image)
    if not data:
        return Drawn(fault=_("There is not enough memory for a picture of this grid."))
    return Drawn(data, size.width(), size.height())


def _aspect(grid: GridPicture) -> float:
    """Height by width of the first picture there is; of a square without one."""
    for cell in _cells(grid):
        if cell.path:
            image = read_scaled(Path(cell.path), QSize(256, 256))
            if not image.isNull():
                return min(3.0, max(1 / 3, image.height() / image.width()))
    return 1.0


def _cells(grid: GridPicture) -> Iterator[PictureCell]:
    for page in grid.pages:
        yield from page.cells


def _fitting(grid: GridPicture, aspect: float) -> _Measures | None:
    """The largest cells with which the picture stays within its limits."""
    side = _LARGEST
    while side >= _LEAST:
        cell = (
            QSize(side, round(side * aspect)) if aspect <= 1 else QSize(round(side / aspect), side)
        )
        measures = _measured(grid, cell.expandedTo(QSize(8, 8)))
        size = measures.size(grid)
        area = size.width() * size.height()
        if max(size.width(), size.height()) <= MAX_SIDE and area <= MAX_PIXELS:
            return measures
        side = side * 7 // 8
    return None


def _measured(grid: GridPicture, cell: QSize) -> _Measures:
    font = max(12, min(26, max(cell.width(), cell.height()) // 14))
    metrics = QFontMetrics(_font(font))
    line = metrics.lineSpacing()
    widest = max((metrics.horizontalAdvance(text) for text in grid.rows), default=0)
    # Set in lines, a text needs a little more than its advance.
    rows_width = min(widest + _SLACK, max(160, cell.width())) + 2 * _GAP if widest else 0
    has_heads = any(grid.columns)
    pages = line + 3 * _GAP if any(page.head for page in grid.pages) else 0
    lines = max((_lines(metrics, text, cell.width()) for text in grid.columns), default=0)
    return _Measures(
        cell,
        rows_width,
        min(_HEAD_LINES, lines) * line + 2 * _GAP if has_heads else 0,
        pages,
        round(2.6 * font) + 2 * _GAP,
        font,
    )


def _lines(metrics: QFontMetrics, text: str, width: int) -> int:
    """About so many; words are not broken, so that there may be one more."""
    needed = metrics.horizontalAdvance(text)
    return 0 if not text else 1 if needed <= width else 1 + -(-needed // max(1, width))


def _font(pixels: int, *, bold: bool = False) -> QFont:
    font = QFont()
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font


class _Sheet:
    """Draws one grid."""

    def __init__(self, painter: QPainter, grid: GridPicture, at: _Measures) -> None:
        self._painter = painter
        self._grid = grid
        self._at = at

    def draw(self, width: int) -> None:
        font = self._at.font
        room = QRect(_MARGIN, _MARGIN, width - 2 * _MARGIN, round(1.4 * font))
        self._text(room, self._grid.title, _font(font, bold=True), LIGHT.text, _LEFT)
        room = QRect(_MARGIN, room.bottom() + 1, room.width(), round(1.2 * font))
        self._text(room, self._grid.about, _font(max(12, font * 3 // 4)), LIGHT.muted, _LEFT)
        top = _MARGIN + self._at.title_height
        for page in self._grid.pages:
            top = self._page(page, top, width)

    def _page(self, page: PicturePage, top: int, width: int) -> int:
        """Returns where the next one begins."""
        at = self._at
        if at.page_height:
            room = QRect(_MARGIN, top, width - 2 * _MARGIN, at.page_height)
            self._text(room, page.head, _font(at.font, bold=True), LIGHT.text, _LEFT)
        top += at.page_height
        left = _MARGIN + at.rows_width
        step = QSize(at.cell.width() + _GAP, at.cell.height() + _GAP)
        for column, text in enumerate(self._grid.columns):
            room = QRect(left + column * step.width(), top, at.cell.width(), at.heads_height - _GAP)
            self._lines(room, text, _BELOW)
        top += at.heads_height
        for row, text in enumerate(self._grid.rows):
            room = QRect(_MARGIN, top, at.rows_width - 2 * _GAP, at.cell.height())
            self._lines(room, text, _BESIDE)
            first = row * len(self._grid.columns)
            for column in range(len(self._grid.columns)):
                place = QRect(QRect(left + column * step.width(), top, 0, 0).topLeft(), at.cell)
                self._cell(place, page.cells[first + column])
            top += step.height()
        return top + 2 * _GAP

    def _cell(self, place: QRect, cell: PictureCell) -> None:
        image = read_scaled(Path(cell.path), place.size()) if cell.path else QImage()
        if not image.isNull():
            target = QRect(place.topLeft(), image.size())
            target.moveCenter(place.center())
            self._painter.drawImage(target, image)
            return
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(LIGHT.panel))
        self._painter.drawRoundedRect(place, 4, 4)
        word = cell.word or _("cannot be shown")
        room = place.adjusted(_GAP, _GAP, -_GAP, -_GAP)
        self._lines(room, word, _CENTRE, LIGHT.muted)

    def _lines(self, room: QRect, text: str, flags: int, colour: str = LIGHT.text) -> None:
        """As many lines as there is room for; the last one says that there were more."""
        if room.width() < 1 or room.height() < 1 or not text:
            return
        font = _font(self._at.font)
        metrics = QFontMetrics(font)
        shown = _shortened(breakable(text), metrics, room)
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        self._painter.save()
        self._painter.setClipRect(room)
        self._painter.drawText(room, flags | _WRAPPED, shown)
        self._painter.restore()

    def _text(self, room: QRect, text: str, font: QFont, colour: str, flags: int) -> None:
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(room, flags | int(Qt.TextFlag.TextSingleLine), shown)


def _shortened(text: str, metrics: QFontMetrics, room: QRect) -> str:
    """`text`, or so much of its beginning that it fits."""

    def fits(some: str) -> bool:
        needed = metrics.boundingRect(QRect(0, 0, room.width(), 1 << 20), _WRAPPED, some)
        return needed.height() <= room.height() and needed.width() <= room.width()

    if fits(text):
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(f"{text[:middle].rstrip()}…"):
            low = middle
        else:
            high = middle - 1
    return f"{text[:low].rstrip()}…" if low else ""
