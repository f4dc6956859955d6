"""Grid as one labelled picture: drawn and encoded on a worker thread.

Its size is limited to what picture programs can open. The background is light in every theme,
because the picture is meant for others.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.images.picture_loader import png_bytes, read_scaled
from runcomfy_desktop.ui.style.theme import LIGHT
from runcomfy_desktop.ui.widgets.labels import with_break_points

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SIDE = 16_000
MAX_PIXELS = 40_000_000
_MAX_CELL_SIDE, _MIN_CELL_SIDE = 512, 24
_MARGIN, _GAP = 24, 6
_MAX_HEADER_LINES = 3
_TEXT_MARGIN = 4
_WRAP_FLAG = int(Qt.TextFlag.TextWordWrap)
_CENTRE_FLAGS = int(Qt.AlignmentFlag.AlignCenter)
_BOTTOM_FLAGS = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
_RIGHT_FLAGS = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT_FLAGS = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class ImageCell:
    """Picture file of a cell, and its state text if there is no picture."""

    path: str = ""
    state_text: str = ""


@dataclass(frozen=True, slots=True)
class ImagePage:
    """One page: `title` is "" for the only page; `cells` are ordered row by row."""

    title: str
    cells: tuple[ImageCell, ...]


@dataclass(frozen=True, slots=True)
class GridImageContent:
    """Content of the picture; `subtitle` is placed below the title."""

    title: str
    subtitle: str
    column_labels: tuple[str, ...]
    row_labels: tuple[str, ...]
    pages: tuple[ImagePage, ...]


@dataclass(frozen=True, slots=True)
class GridImage:
    """Picture file as bytes, with its size, or the reason why there is none."""

    data: bytes = b""
    width: int = 0
    height: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class _GridLayout:
    """Sizes of the parts in pixels."""

    cell_size: QSize
    row_header_width: int
    column_header_height: int
    page_title_height: int
    title_height: int
    font_px: int

    def size(self, content: GridImageContent) -> QSize:
        cell, rows, columns = self.cell_size, len(content.row_labels), len(content.column_labels)
        width = self.row_header_width + columns * (cell.width() + _GAP)
        page_height = self.page_title_height + self.column_header_height + 2 * _GAP
        page_height += rows * (cell.height() + _GAP)
        height = self.title_height + len(content.pages) * page_height
        return QSize(width + 2 * _MARGIN, height + 2 * _MARGIN)


def draw_grid(content: GridImageContent) -> GridImage:
    """Draws and encodes the picture; for a worker thread."""
    layout = _largest_layout(content, _height_to_width(content))
    if layout is None:
        if len(content.pages) > 1:
            error = _("This grid has too many cells for one picture. Save single pages.")
        else:
            error = _("This grid has too many cells for one picture. Save it as a table.")
        return GridImage(error=error)
    size = layout.size(content)
    image = QImage(size, QImage.Format.Format_RGB32)
    if image.isNull():
        return GridImage(error=_("There is not enough memory for a picture of this grid."))
    image.fill(QColor(LIGHT.window))
    painter = QPainter(image)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing
        | QPainter.RenderHint.TextAntialiasing
        | QPainter.RenderHint.SmoothPixmapTransform
    )
    _GridImagePainter(painter, content, layout).draw(size.width())
    painter.end()
    data = png_bytes(image)
    if not data:
        return GridImage(error=_("There is not enough memory for a picture of this grid."))
    return GridImage(data, size.width(), size.height())


def _height_to_width(content: GridImageContent) -> float:
    """Returns the height-to-width ratio of the first picture; 1.0 if there is none.

    The ratio is limited to the range from 1/3 to 3.
    """
    for cell in _cells(content):
        if cell.path:
            image = read_scaled(Path(cell.path), QSize(256, 256))
            if not image.isNull():
                return min(3.0, max(1 / 3, image.height() / image.width()))
    return 1.0


def _cells(content: GridImageContent) -> Iterator[ImageCell]:
    for page in content.pages:
        yield from page.cells


def _largest_layout(content: GridImageContent, height_to_width: float) -> _GridLayout | None:
    """Returns the layout with the largest cells that keep the picture within its limits.

    Returns None if the cells would be too small.
    """
    side = _MAX_CELL_SIDE
    while side >= _MIN_CELL_SIDE:
        cell = (
            QSize(side, round(side * height_to_width))
            if height_to_width <= 1
            else QSize(round(side / height_to_width), side)
        )
        layout = _layout_for(content, cell.expandedTo(QSize(8, 8)))
        size = layout.size(content)
        area = size.width() * size.height()
        if max(size.width(), size.height()) <= MAX_SIDE and area <= MAX_PIXELS:
            return layout
        side = side * 7 // 8
    return None


def _layout_for(content: GridImageContent, cell: QSize) -> _GridLayout:
    font_px = max(12, min(26, max(cell.width(), cell.height()) // 14))
    metrics = QFontMetrics(_font(font_px))
    line = metrics.lineSpacing()
    widest = max((metrics.horizontalAdvance(text) for text in content.row_labels), default=0)
    # Wrapped text needs slightly more than its advance.
    row_header_width = (
        min(widest + _TEXT_MARGIN, max(160, cell.width())) + 2 * _GAP if widest else 0
    )
    has_column_labels = any(content.column_labels)
    page_title_height = line + 3 * _GAP if any(page.title for page in content.pages) else 0
    lines = max(
        (_line_count(metrics, text, cell.width()) for text in content.column_labels), default=0
    )
    return _GridLayout(
        cell,
        row_header_width,
        min(_MAX_HEADER_LINES, lines) * line + 2 * _GAP if has_column_labels else 0,
        page_title_height,
        round(2.6 * font_px) + 2 * _GAP,
        font_px,
    )


def _line_count(metrics: QFontMetrics, text: str, width: int) -> int:
    """Returns the approximate line count; one line is added, because words are not broken."""
    text_width = metrics.horizontalAdvance(text)
    return 0 if not text else 1 if text_width <= width else 1 + -(-text_width // max(1, width))


def _font(pixels: int, *, bold: bool = False) -> QFont:
    font = QFont()
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font


class _GridImagePainter:
    """Draws one grid."""

    def __init__(self, painter: QPainter, content: GridImageContent, layout: _GridLayout) -> None:
        self._painter = painter
        self._content = content
        self._layout = layout

    def draw(self, width: int) -> None:
        font = self._layout.font_px
        rect = QRect(_MARGIN, _MARGIN, width - 2 * _MARGIN, round(1.4 * font))
        self._draw_text(rect, self._content.title, _font(font, bold=True), LIGHT.text, _LEFT_FLAGS)
        rect = QRect(_MARGIN, rect.bottom() + 1, rect.width(), round(1.2 * font))
        self._draw_text(
            rect, self._content.subtitle, _font(max(12, font * 3 // 4)), LIGHT.muted, _LEFT_FLAGS
        )
        top = _MARGIN + self._layout.title_height
        for page in self._content.pages:
            top = self._draw_page(page, top, width)

    def _draw_page(self, page: ImagePage, top: int, width: int) -> int:
        """Draws a page and returns the top of the next one."""
        layout, size = self._layout, self._layout.cell_size
        columns, rows = self._content.column_labels, self._content.row_labels
        if layout.page_title_height:
            rect = QRect(_MARGIN, top, width - 2 * _MARGIN, layout.page_title_height)
            font = _font(layout.font_px, bold=True)
            self._draw_text(rect, page.title, font, LIGHT.text, _LEFT_FLAGS)
        top += layout.page_title_height
        left, step = _MARGIN + layout.row_header_width, size.width() + _GAP
        for column, text in enumerate(columns):
            height = layout.column_header_height - _GAP
            rect = QRect(left + column * step, top, size.width(), height)
            self._draw_lines(rect, text, _BOTTOM_FLAGS)
        top += layout.column_header_height
        cells = iter(page.cells)
        for text in rows:
            rect = QRect(_MARGIN, top, layout.row_header_width - 2 * _GAP, size.height())
            self._draw_lines(rect, text, _RIGHT_FLAGS)
            for column in range(len(columns)):
                self._draw_cell(QRect(QPoint(left + column * step, top), size), next(cells))
            top += size.height() + _GAP
        return top + 2 * _GAP

    def _draw_cell(self, cell_rect: QRect, cell: ImageCell) -> None:
        image = read_scaled(Path(cell.path), cell_rect.size()) if cell.path else QImage()
        if not image.isNull():
            target = QRect(cell_rect.topLeft(), image.size())
            target.moveCenter(cell_rect.center())
            self._painter.drawImage(target, image)
            return
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(LIGHT.panel))
        self._painter.drawRoundedRect(cell_rect, 4, 4)
        state_text = cell.state_text or _("cannot be shown")
        rect = cell_rect.adjusted(_GAP, _GAP, -_GAP, -_GAP)
        self._draw_lines(rect, state_text, _CENTRE_FLAGS, LIGHT.muted)

    def _draw_lines(self, rect: QRect, text: str, flags: int, colour: str = LIGHT.text) -> None:
        """Draws as many lines as fit, with an ellipsis if the text is longer."""
        if rect.width() < 1 or rect.height() < 1 or not text:
            return
        font = _font(self._layout.font_px)
        metrics = QFontMetrics(font)
        shortened = _shorten_to(with_break_points(text), metrics, rect)
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        self._painter.save()
        self._painter.setClipRect(rect)
        self._painter.drawText(rect, flags | _WRAP_FLAG, shortened)
        self._painter.restore()

    def _draw_text(self, rect: QRect, text: str, font: QFont, colour: str, flags: int) -> None:
        elided_text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(rect, flags | int(Qt.TextFlag.TextSingleLine), elided_text)


def _shorten_to(text: str, metrics: QFontMetrics, rect: QRect) -> str:
    """Returns `text`, or as much of its start as fits, with an ellipsis."""

    def fits(candidate: str) -> bool:
        needed = metrics.boundingRect(QRect(0, 0, rect.width(), 1 << 20), _WRAP_FLAG, candidate)
        return needed.height() <= rect.height() and needed.width() <= rect.width()

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
