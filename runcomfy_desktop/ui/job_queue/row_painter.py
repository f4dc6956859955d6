"""Painter of the queue's rows, with a cache of laid-out texts.

Only the action button is a widget.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap, QStaticText

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_types import MediaFamily
from runcomfy_desktop.ui.images.thumbnail_cache import paint_cover
from runcomfy_desktop.ui.job_queue.cell_texts import title_without_seed
from runcomfy_desktop.ui.job_queue.column_layout import (
    BAR_GAP,
    BAR_WIDTH,
    ICON_SIDE,
    MARGIN,
    ColumnLayout,
)
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn, JobsModel, thumbnail_path
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.style.theme import RADIUS, ROW_HEIGHT, STEP, Colours, colours, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtGui import QPalette
    from PySide6.QtWidgets import QTableView

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
    from runcomfy_desktop.ui.job_queue.progress_texts import ProgressText
    from runcomfy_desktop.ui.job_queue.state_texts import StateText

_BAR_HEIGHT = 5
_INPUT_OPACITY = 0.4
"""Opacity of an input's picture, which stands for a job without a picture of its own."""
# Maximum number of entries per kind; enough for several screens.
_MAX_TEXTS = 3000
_MAX_PIXMAPS = 400


class TextStyle(IntEnum):
    """Fonts of the texts in a row."""

    PLAIN = 0
    BOLD = 1
    SMALL = 2


class RenderCache:
    """Cache of the texts, icons and thumbnails of rows, laid out once and drawn many times.

    A scrolling table is painted completely 60 times a second: laying out text takes ten times as
    long as drawing it, an icon or a rounded picture a hundred times. The cache is valid for one
    font, palette and device pixel ratio; `prepare` sets them.
    """

    def __init__(self) -> None:
        self._style_key: tuple[object, ...] = ()
        # Each text with its width.
        self._texts: dict[tuple[str, TextStyle, int], tuple[QStaticText, int]] = {}
        self._titles: dict[tuple[str, int], tuple[QStaticText, int]] = {}
        self._pixmaps: dict[object, QPixmap] = {}
        self._ratio = 1.0
        self.fonts = (QFont(), QFont(), QFont())
        """Font of each TextStyle."""
        self.metrics = tuple(map(QFontMetrics, self.fonts))
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
        self.fonts = (QFont(font), bold, scaled(font, SMALL_FONT_SCALE))
        self.metrics = tuple(map(QFontMetrics, self.fonts))
        self.roles = colours(palette)
        self.qcolors = {
            name: QColor(getattr(self.roles, name)) for name in Colours.__slots__ if name != "name"
        }

    def draw_text(
        self,
        painter: QPainter,
        area: QRect,
        text: str,
        role: str,
        style: TextStyle = TextStyle.PLAIN,
    ) -> int:
        """Draws one line of text, vertically centred and shortened at its end if it is too long.

        Returns its width.
        """
        if not text:
            return 0
        key = (text, style, area.width())
        entry = self._texts.get(key)
        if entry is None:
            metrics = self.metrics[style]
            short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            entry = _static_text(short), metrics.horizontalAdvance(short)
            _store(self._texts, key, entry, _MAX_TEXTS)
        self._draw(painter, area, entry[0], role, style)
        return entry[1]

    def draw_title(
        self,
        painter: QPainter,
        area: QRect,
        text: str,
        shorten: Callable[[str, QFontMetrics, int], str],
    ) -> int:
        """Draws a title that is shortened by `shorten`; returns its width."""
        key = (text, area.width())
        entry = self._titles.get(key)
        if entry is None:
            metrics = self.metrics[TextStyle.PLAIN]
            short = shorten(text, metrics, area.width())
            entry = _static_text(short), metrics.horizontalAdvance(short)
            _store(self._titles, key, entry, _MAX_TEXTS)
        self._draw(painter, area, entry[0], "text", TextStyle.PLAIN)
        return entry[1]

    def draw_icon(self, painter: QPainter, area: QRect, name: str, role: str) -> None:
        key = (name, role, area.width())
        pixmap = self._pixmaps.get(key)
        if pixmap is None:
            icon = icons.icon(name, getattr(self.roles, role))
            pixmap = icon.pixmap(QSize(area.size()), self._ratio)
            _store(self._pixmaps, key, pixmap, _MAX_PIXMAPS)
        painter.drawPixmap(area, pixmap)

    def draw_thumbnail(
        self, painter: QPainter, area: QRect, picture: QPixmap | None, opacity: float = 1.0
    ) -> None:
        """Draws a picture cropped to a rounded square; without a picture, an empty square."""
        key = (0 if picture is None else picture.cacheKey(), area.width(), opacity)
        pixmap = self._pixmaps.get(key)
        if pixmap is None:
            pixmap = self._rounded_pixmap(area.width(), picture, opacity)
            _store(self._pixmaps, key, pixmap, _MAX_PIXMAPS)
        painter.drawPixmap(area, pixmap)

    def draw_bar(self, painter: QPainter, area: QRect, share: float) -> None:
        """Draws a bar that is filled to `share`."""
        filled = round(max(0.0, min(share, 1.0)) * area.width())
        key = ("bar", filled, area.size().toTuple())
        pixmap = self._pixmaps.get(key)
        if pixmap is None:
            pixmap = self._bar_pixmap(area.size(), filled)
            _store(self._pixmaps, key, pixmap, _MAX_PIXMAPS)
        painter.drawPixmap(area, pixmap)

    def _rounded_pixmap(self, side: int, picture: QPixmap | None, opacity: float) -> QPixmap:
        pixmap, painter = self._canvas(QSize(side, side))
        area = QRect(0, 0, side, side)
        if picture is None or opacity < 1:
            painter.setBrush(self.qcolors["panel"])
            painter.drawRoundedRect(area, RADIUS - 1, RADIUS - 1)
        if picture is not None:
            painter.setOpacity(opacity)
            paint_cover(painter, area, picture, RADIUS - 1)
        painter.end()
        return pixmap

    def _bar_pixmap(self, size: QSize, filled: int) -> QPixmap:
        pixmap, painter = self._canvas(size)
        radius = size.height() / 2
        for width, role in ((size.width(), "line"), (filled, "accent")):
            painter.setBrush(self.qcolors[role])
            painter.drawRoundedRect(QRect(0, 0, width, size.height()), radius, radius)
        painter.end()
        return pixmap

    def _canvas(self, size: QSize) -> tuple[QPixmap, QPainter]:
        """Returns a transparent pixmap, and a painter on it without a pen."""
        pixmap = QPixmap(size * self._ratio)
        pixmap.setDevicePixelRatio(self._ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        return pixmap, painter

    def _draw(
        self, painter: QPainter, area: QRect, static: QStaticText, role: str, style: TextStyle
    ) -> None:
        painter.setFont(self.fonts[style])
        painter.setPen(self.qcolors[role])
        plain = self.metrics[TextStyle.PLAIN]
        # All texts of a row have one base line.
        base = area.y() + (area.height() - plain.height()) // 2 + plain.ascent()
        top = base - self.metrics[style].ascent()
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
    left_width = {JobColumn.JOB: area.height() + MARGIN, JobColumn.STATE: ICON_SIDE + 3 * STEP}
    cell_font = QFont(font)
    cell_font.setBold(column is JobColumn.STATE)
    available_width = area.width() - left_width.get(column, STEP) - MARGIN
    return QFontMetrics(cell_font).horizontalAdvance(text) > available_width


def state_extension(view: QTableView, job: Job) -> int:
    """Returns the width that a state's text has beyond its column, where there is no progress."""
    return 0 if job.state.is_active else view.columnWidth(JobColumn.PROGRESS)


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


def input_picture_path(job: Job, media_folder: Path) -> str:
    """Returns the path of the first picture among the job's inputs; "" if there is none."""
    for value in job.changes.values():
        if isinstance(value, MediaFile) and value.family is MediaFamily.IMAGE:
            return str(media_folder / value.stored_name)
    return ""


class JobRowPainter:
    """Draws thumbnail, texts, state with icon, background and focus frame of the rows.

    It paints whole rows and queries the model directly: with one delegate per cell and one index
    per query, a frame of twenty rows takes twice as long.
    """

    def __init__(
        self,
        thumbnails: ThumbnailCache,
        model: JobsModel,
        view: QTableView,
        media_folder: Path | None,
    ) -> None:
        self._thumbnails = thumbnails
        self._model = model
        self._view = view
        self._media_folder = media_folder
        self._cache = RenderCache()
        # Inputs of a job never change, and a workflow can have thousands.
        self._input_paths: dict[str, str] = {}
        self.layout = ColumnLayout({})
        """Layout of the columns; the view sets it when it has fitted them."""

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
            for column in JobColumn
            if column is not JobColumn.ACTION and not view.isColumnHidden(column)
        ]

    def _selected_rows(self, first: int, last: int) -> Iterator[int]:
        selection = self._view.selectionModel().selection()
        for each in (selection.at(at) for at in range(selection.count())):
            yield from range(max(first, each.top()), min(last, each.bottom()) + 1)

    def _paint_background(self, painter: QPainter, row_rect: QRect, is_selected: bool) -> None:
        colours = self._cache.qcolors
        if is_selected:
            painter.fillRect(row_rect, colours["accent_soft"])
            painter.fillRect(row_rect.x(), row_rect.y(), 3, row_rect.height(), colours["accent"])
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
        height = self._cache.metrics[TextStyle.PLAIN].height()
        top = cell.y() + (cell.height() - height) // 2
        painter.fillRect(cell.x() + inset, top, 2, height, accent)

    def _paint_cell(self, painter: QPainter, area: QRect, column: JobColumn, job: Job) -> None:
        if column is JobColumn.JOB:
            self._paint_job(painter, area, job)
            return
        cell = area.adjusted(STEP, 0, -MARGIN, 0)
        match column:
            case JobColumn.STATE:
                cell.setRight(cell.right() + state_extension(self._view, job))
                self._paint_state(painter, cell, self._model.state_text(job))
            case JobColumn.PROGRESS:
                self._paint_progress(painter, cell, self._model.cell_texts.progress(job))
            case JobColumn.TIME:
                self._paint_times(painter, cell, job)
            case JobColumn.SEED:
                self._paint_seed(painter, cell, self._model.text(job, column))
            case JobColumn.COST:
                role = "text" if job.state.is_finished else "muted"
                self._cache.draw_text(painter, cell, self._model.text(job, column), role)
            case _:
                self._cache.draw_text(painter, cell, self._model.text(job, column), "text")

    def _paint_job(self, painter: QPainter, area: QRect, job: Job) -> None:
        side = area.height() - 2 * STEP
        square = QRect(area.x() + MARGIN - STEP // 2, area.y() + STEP, side, side)
        self._paint_thumbnail(painter, square, job)
        left = square.right() + MARGIN
        text_rect = QRect(left, area.y(), area.right() - left - MARGIN, area.height())
        number = self._model.batch_number_text(job)
        plain_metrics = self._cache.metrics[TextStyle.PLAIN]
        number_width = plain_metrics.horizontalAdvance(number) + 2 * STEP if number else 0
        if number_width > text_rect.width() // 3:
            number, number_width = "", 0
        title_rect = text_rect.adjusted(0, 0, -number_width, 0)
        if self._view.isColumnHidden(JobColumn.SEED):
            title = self._model.text(job, JobColumn.JOB)
            shorten = elided_title if job.cell < 0 else elided_at_end
        else:
            title, shorten = title_without_seed(job.title, job.seed), elided_at_end
        width = self._cache.draw_title(painter, title_rect, title, shorten)
        if number:
            # Slightly wider than needed: text widths are rounded.
            number_rect = text_rect.adjusted(width + 2 * STEP, 0, STEP, 0)
            self._cache.draw_text(painter, number_rect, number, "muted")

    def _paint_thumbnail(self, painter: QPainter, square: QRect, job: Job) -> None:
        """Draws the picture of the job or, without any output, its first input picture, faded."""
        path, opacity = thumbnail_path(job), 1.0
        if not job.outputs:
            path, opacity = self._input_path(job), _INPUT_OPACITY
        thumbnail = self._thumbnails.get(path) if path else None
        picture = thumbnail.pixmap if thumbnail is not None else None
        self._cache.draw_thumbnail(painter, square, picture, opacity)
        if picture is None and job.outputs:
            self._paint_kind_icon(painter, square, job)

    def _input_path(self, job: Job) -> str:
        path = self._input_paths.get(job.job_id)
        if path is None:
            path = "" if self._media_folder is None else input_picture_path(job, self._media_folder)
            _store(self._input_paths, job.job_id, path, _MAX_TEXTS)
        return path

    def _paint_seed(self, painter: QPainter, area: QRect, text: str) -> None:
        width = self._cache.metrics[TextStyle.SMALL].horizontalAdvance(text)
        # The column fits the longest seed, but widths are rounded.
        seed_rect = area.adjusted(area.width() - width, 0, STEP, 0)
        self._cache.draw_text(painter, seed_rect, text, "muted", TextStyle.SMALL)

    def _paint_progress(self, painter: QPainter, area: QRect, progress: ProgressText) -> None:
        if progress.share is not None and self.layout.has_bar:
            top = area.y() + (area.height() - _BAR_HEIGHT) // 2
            bar = QRect(area.x(), top, BAR_WIDTH, _BAR_HEIGHT)
            self._cache.draw_bar(painter, bar, progress.share)
            area = area.adjusted(BAR_WIDTH + BAR_GAP, 0, 0, 0)
        self._cache.draw_text(painter, area, progress.text, "muted", TextStyle.SMALL)

    def _paint_times(self, painter: QPainter, area: QRect, job: Job) -> None:
        duration_text, when = self._model.cell_texts.times(job)
        width = 0
        if duration_text:
            width = self._cache.draw_text(painter, area, duration_text, "text")
            when = f" · {when}" if when and self.layout.has_time_of_day else ""
        when_rect = area.adjusted(width, 0, STEP, 0)
        self._cache.draw_text(painter, when_rect, when, "muted", TextStyle.SMALL)

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
        self._cache.draw_text(painter, text_rect, state_text.text, state_text.role, TextStyle.BOLD)
