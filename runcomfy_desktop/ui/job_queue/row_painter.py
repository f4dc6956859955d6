"""Painter of the queue's rows, with a cache of laid-out texts.

Only the action button is a widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap, QStaticText

from runcomfy_desktop.ui.images.thumbnail_cache import paint_cover
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn, JobsModel, thumbnail_path
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.style.theme import RADIUS, ROW_HEIGHT, STEP, Colours, colours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtGui import QPalette
    from PySide6.QtWidgets import QTableView

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
    from runcomfy_desktop.ui.job_queue.state_texts import StateText

ICON_SIDE = 4 * STEP
MARGIN = 3 * STEP
# Maximum number of entries per kind; enough for several screens.
_MAX_TEXTS = 3000
_MAX_PIXMAPS = 400


class RenderCache:
    """Cache of the texts, icons and thumbnails of rows, laid out once and drawn many times.

    A scrolling table is painted completely 60 times a second: laying out text takes ten times as
    long as drawing it, an icon or a rounded picture a hundred times. The cache is valid for one
    font, palette and device pixel ratio; `prepare` sets them.
    """

    def __init__(self) -> None:
        self._style_key: tuple[object, ...] = ()
        self._texts: dict[tuple[str, bool, int], QStaticText] = {}
        self._titles: dict[tuple[str, int], tuple[QStaticText, int]] = {}
        self._pixmaps: dict[object, QPixmap] = {}
        self._ratio = 1.0
        self.fonts = (QFont(), QFont())
        """Plain and bold font."""
        self.metrics = (QFontMetrics(QFont()), QFontMetrics(QFont()))
        self.roles: Colours
        self.qcolors: dict[str, QColor] = {}

    def prepare(self, font: QFont, palette: QPalette, ratio: float) -> None:
        """Clears the cache if font, palette or device pixel ratio have changed."""
        style_key = (font.key(), palette.cacheKey(), ratio)
        if style_key == self._style_key:
            return
        self._style_key = style_key
        self._texts.clear()
        self._titles.clear()
        self._pixmaps.clear()
        self._ratio = ratio
        bold = QFont(font)
        bold.setBold(True)
        self.fonts = (QFont(font), bold)
        self.metrics = (QFontMetrics(self.fonts[0]), QFontMetrics(bold))
        self.roles = colours(palette)
        self.qcolors = {
            name: QColor(getattr(self.roles, name)) for name in Colours.__slots__ if name != "name"
        }

    def draw_text(
        self, painter: QPainter, area: QRect, text: str, role: str, *, bold: bool = False
    ) -> None:
        """Draws one line of text, vertically centred and shortened at its end if it is too long."""
        key = (text, bold, area.width())
        static = self._texts.get(key)
        if static is None:
            metrics = self.metrics[bold]
            static = _static_text(
                metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            )
            _store(self._texts, key, static, _MAX_TEXTS)
        self._draw(painter, area, static, role, bold=bold)

    def draw_title(
        self,
        painter: QPainter,
        area: QRect,
        text: str,
        shorten: Callable[[str, QFontMetrics, int], str],
    ) -> int:
        """Draws a bold title that is shortened by `shorten`; returns its width."""
        key = (text, area.width())
        entry = self._titles.get(key)
        if entry is None:
            metrics = self.metrics[True]
            short = shorten(text, metrics, area.width())
            entry = _static_text(short), metrics.horizontalAdvance(short)
            _store(self._titles, key, entry, _MAX_TEXTS)
        self._draw(painter, area, entry[0], "text", bold=True)
        return entry[1]

    def draw_icon(self, painter: QPainter, area: QRect, name: str, role: str) -> None:
        key = (name, role, area.width())
        pixmap = self._pixmaps.get(key)
        if pixmap is None:
            icon = icons.icon(name, getattr(self.roles, role))
            pixmap = icon.pixmap(QSize(area.size()), self._ratio)
            _store(self._pixmaps, key, pixmap, _MAX_PIXMAPS)
        painter.drawPixmap(area, pixmap)

    def draw_thumbnail(self, painter: QPainter, area: QRect, picture: QPixmap | None) -> None:
        """Draws a picture cropped to a rounded square; without a picture, an empty square."""
        key = (0 if picture is None else picture.cacheKey(), area.width())
        pixmap = self._pixmaps.get(key)
        if pixmap is None:
            pixmap = self._rounded_pixmap(area.width(), picture)
            _store(self._pixmaps, key, pixmap, _MAX_PIXMAPS)
        painter.drawPixmap(area, pixmap)

    def _rounded_pixmap(self, side: int, picture: QPixmap | None) -> QPixmap:
        pixmap = QPixmap(QSize(side, side) * self._ratio)
        pixmap.setDevicePixelRatio(self._ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        area = QRect(0, 0, side, side)
        if picture is not None:
            paint_cover(painter, area, picture, RADIUS - 1)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.qcolors["panel"])
            painter.drawRoundedRect(area, RADIUS - 1, RADIUS - 1)
        painter.end()
        return pixmap

    def _draw(
        self, painter: QPainter, area: QRect, static: QStaticText, role: str, *, bold: bool
    ) -> None:
        painter.setFont(self.fonts[bold])
        painter.setPen(self.qcolors[role])
        top = area.y() + (area.height() - self.metrics[bold].height()) // 2
        painter.drawStaticText(QPointF(area.x(), top), static)


def _static_text(text: str) -> QStaticText:
    static = QStaticText(text)
    static.setTextFormat(Qt.TextFormat.PlainText)
    static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    return static


def _store(cache: dict, key: object, value: object, max_entries: int) -> None:  # type: ignore[type-arg]
    if len(cache) >= max_entries:
        # Only the oldest half: dropping everything would make one frame slow.
        for old_key in list(cache)[: max_entries // 2]:
            del cache[old_key]
    cache[key] = value


def row_height(font: QFont) -> int:
    """Returns the height of a row: enough for the text and a recognisable thumbnail."""
    return max(ROW_HEIGHT + STEP // 2, QFontMetrics(font).height() + 4 * STEP)


def is_elided(area: QRect, column: JobColumn, text: str, font: QFont) -> bool:
    """Returns True if the text does not fit into a cell with the rectangle `area`."""
    left_width = {JobColumn.JOB: area.height() + 2 * MARGIN, JobColumn.STATE: ICON_SIDE + 3 * STEP}
    bold = QFont(font)
    bold.setBold(column in left_width)
    available_width = area.width() - left_width.get(column, STEP) - MARGIN
    return QFontMetrics(bold).horizontalAdvance(text) > available_width


def elided_title(title: str, metrics: QFontMetrics, width: int) -> str:
    """Shortens a title before its seed, which distinguishes runs with the same prompt."""
    if metrics.horizontalAdvance(title) <= width:
        return title
    prompt, separator, seed = title.rpartition(" · ")
    available_width = width - metrics.horizontalAdvance(separator + seed)
    if not prompt or available_width < width // 3:
        return metrics.elidedText(title, Qt.TextElideMode.ElideRight, width)
    prompt = metrics.elidedText(prompt + "…", Qt.TextElideMode.ElideRight, available_width)
    return prompt.rstrip("… ") + "…" + separator + seed


def elided_at_end(title: str, metrics: QFontMetrics, width: int) -> str:
    """Shortens a title at its end: titles of grid cells begin with the distinguishing part."""
    return metrics.elidedText(title, Qt.TextElideMode.ElideRight, width)


class JobRowPainter:
    """Draws thumbnail, texts, state with icon, background and focus frame of the rows.

    It paints whole rows and queries the model directly: with one delegate per cell and one index
    per query, a frame of twenty rows takes twice as long.
    """

    def __init__(self, thumbnails: ThumbnailCache, model: JobsModel, view: QTableView) -> None:
        self._thumbnails = thumbnails
        self._model = model
        self._view = view
        self._cache = RenderCache()

    def paint(self, painter: QPainter, area: QRect) -> None:
        """Paints the rows that are visible within `area` of the viewport."""
        view = self._view
        self._cache.prepare(view.font(), view.palette(), view.devicePixelRatioF())
        first, last = view.rowAt(area.top()), view.rowAt(area.bottom())
        if first < 0:
            return
        last = self._model.rowCount() - 1 if last < 0 else last
        columns = self._columns()
        selected = set(self._selected_rows(first, last))
        height = view.rowHeight(first)
        top = view.rowViewportPosition(first)
        for row in range(first, last + 1):
            row_rect = QRect(0, top, view.viewport().width(), height)
            self._paint_background(painter, row_rect, row in selected)
            job = self._model.job_in_row(row)
            for column, left, width in columns:
                self._paint_cell(painter, QRect(left, top, width, height), column, job)
            top += height
        self._paint_focus(painter, first, last)

    def _columns(self) -> list[tuple[JobColumn, int, int]]:
        view = self._view
        return [
            (column, view.columnViewportPosition(column), view.columnWidth(column))
            for column in (JobColumn.JOB, JobColumn.DEPLOYMENT, JobColumn.STATE, JobColumn.TIME)
            if not view.isColumnHidden(column)
        ]

    def _selected_rows(self, first: int, last: int) -> Iterator[int]:
        selection = self._view.selectionModel().selection()
        for each in (selection.at(at) for at in range(selection.count())):
            yield from range(max(first, each.top()), min(last, each.bottom()) + 1)

    def _paint_background(self, painter: QPainter, row_rect: QRect, is_selected: bool) -> None:
        colours = self._cache.qcolors
        if is_selected:
            painter.fillRect(row_rect, colours["accent_soft"])
        painter.fillRect(row_rect.x(), row_rect.bottom(), row_rect.width(), 1, colours["line"])

    def _paint_focus(self, painter: QPainter, first: int, last: int) -> None:
        """Draws a ring around the current row, and a mark at its current cell."""
        view = self._view
        current = view.currentIndex()
        if not view.hasFocus() or not first <= current.row() <= last:
            return
        cell, accent = view.visualRect(current), self._cache.qcolors["accent"]
        # The last pixel row is the line between two rows.
        row = QRect(0, cell.y(), view.viewport().width(), cell.height() - 1)
        draw_focus_ring(painter, row.adjusted(1, 1, -1, -1), self._cache.roles.accent)
        # Marks the cell that Left and Right have reached, like a text cursor.
        inset = MARGIN - STEP // 2 - STEP if current.column() == JobColumn.JOB else 0
        height = self._cache.metrics[False].height()
        top = cell.y() + (cell.height() - height) // 2
        painter.fillRect(cell.x() + inset, top, 2, height, accent)

    def _paint_cell(self, painter: QPainter, area: QRect, column: JobColumn, job: Job) -> None:
        if column is JobColumn.JOB:
            self._paint_job(painter, area, job)
            return
        cell = area.adjusted(STEP, 0, -MARGIN, 0)
        if column is JobColumn.STATE:
            self._paint_state(painter, cell, self._model.state_text(job))
        else:
            role = "text" if column is JobColumn.DEPLOYMENT else "muted"
            self._cache.draw_text(painter, cell, self._model.text(job, column), role)

    def _paint_job(self, painter: QPainter, area: QRect, job: Job) -> None:
        side = area.height() - 2 * STEP
        square = QRect(area.x() + MARGIN - STEP // 2, area.y() + STEP, side, side)
        path = thumbnail_path(job)
        thumbnail = self._thumbnails.get(path) if path else None
        picture = thumbnail.pixmap if thumbnail is not None else None
        self._cache.draw_thumbnail(painter, square, picture)
        if picture is None and job.outputs:
            self._paint_kind_icon(painter, square, job)
        left = square.right() + MARGIN
        text_rect = QRect(left, area.y(), area.right() - left - MARGIN, area.height())
        number = self._model.batch_number_text(job)
        plain_metrics = self._cache.metrics[False]
        number_width = plain_metrics.horizontalAdvance(number) + 2 * STEP if number else 0
        if number_width > text_rect.width() // 3:
            number, number_width = "", 0
        title = self._model.text(job, JobColumn.JOB)
        title_rect = text_rect.adjusted(0, 0, -number_width, 0)
        shorten = elided_title if job.cell < 0 else elided_at_end
        width = self._cache.draw_title(painter, title_rect, title, shorten)
        if number:
            # Slightly wider than needed: text widths are rounded.
            number_rect = text_rect.adjusted(width + 2 * STEP, 0, STEP, 0)
            self._cache.draw_text(painter, number_rect, number, "muted")

    def _paint_kind_icon(self, painter: QPainter, square: QRect, job: Job) -> None:
        """Draws the icon of an output's kind if the job has no picture."""
        output = next((each for each in job.outputs if not each.is_picture), None)
        if output is not None:
            icon_rect = QRect(0, 0, ICON_SIDE, ICON_SIDE)
            icon_rect.moveCenter(square.center())
            name = icons.output_icon_name(output.kind)
            self._cache.draw_icon(painter, icon_rect, name, "muted")

    def _paint_state(self, painter: QPainter, area: QRect, state_text: StateText) -> None:
        square = QRect(area.x(), area.y() + (area.height() - ICON_SIDE) // 2, ICON_SIDE, ICON_SIDE)
        self._cache.draw_icon(painter, square, f"state-{state_text.icon}", state_text.role)
        text_rect = area.adjusted(ICON_SIDE + 2 * STEP, 0, 0, 0)
        self._cache.draw_text(painter, text_rect, state_text.text, state_text.role, bold=True)
