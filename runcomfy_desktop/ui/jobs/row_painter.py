"""Paints the rows of the queue; the button at their end is a real one, not painted here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter

from runcomfy_desktop.ui.jobs.stamps import Stamps
from runcomfy_desktop.ui.models.jobs import Column, JobsModel, picture_of
from runcomfy_desktop.ui.models.outputs import is_picture, kind_icon
from runcomfy_desktop.ui.theme import ROW_HEIGHT, STEP
from runcomfy_desktop.ui.widgets.focus_ring import draw_focus_ring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QTableView

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.jobs.words import StateWords
    from runcomfy_desktop.ui.outputs.thumbnails import Thumbnails

ICON = 4 * STEP
MARGIN = 3 * STEP


def row_height(font: QFont) -> int:
    """One row: room for the text and for a thumbnail that can be recognised."""
    return max(ROW_HEIGHT + STEP // 2, QFontMetrics(font).height() + 4 * STEP)


def is_cut(area: QRect, column: Column, text: str, font: QFont) -> bool:
    """Whether a cell of `area` has no room for the whole of its text."""
    before = {Column.JOB: area.height() + 2 * MARGIN, Column.STATE: ICON + 3 * STEP}
    bold = QFont(font)
    bold.setBold(column in before)
    room = area.width() - before.get(column, STEP) - MARGIN
    return QFontMetrics(bold).horizontalAdvance(text) > room


def shortened(title: str, metrics: QFontMetrics, width: int) -> str:
    """A title that fits: its seed stands at the end and tells runs of one prompt apart."""
    if metrics.horizontalAdvance(title) <= width:
        return title
    words, dot, seed = title.rpartition(" · ")
    room = width - metrics.horizontalAdvance(dot + seed)
    if not words or room < width // 3:
        return metrics.elidedText(title, Qt.TextElideMode.ElideRight, width)
    words = metrics.elidedText(words + "…", Qt.TextElideMode.ElideRight, room)
    return words.rstrip("… ") + "…" + dot + seed


def cut_at_end(title: str, metrics: QFontMetrics, width: int) -> str:
    """A title that fits: that of a grid's cell begins with what tells the cell from others."""
    return metrics.elidedText(title, Qt.TextElideMode.ElideRight, width)


class RowPainter:
    """Draws picture, texts, state word with icon, the row's ground and its focus frame.

    Whole rows, and by asking the model itself: with a delegate for each cell and an index for each
    question a frame of twenty rows takes twice as long.
    """

    def __init__(self, thumbnails: Thumbnails, model: JobsModel, view: QTableView) -> None:
        self._thumbnails = thumbnails
        self._model = model
        self._view = view
        self._stamps = Stamps()

    def paint(self, painter: QPainter, area: QRect) -> None:
        """The rows that are in view within `area` of the viewport."""
        view = self._view
        self._stamps.suit(view.font(), view.palette(), view.devicePixelRatioF())
        first, last = view.rowAt(area.top()), view.rowAt(area.bottom())
        if first < 0:
            return
        last = self._model.rowCount() - 1 if last < 0 else last
        columns = self._columns()
        selected = set(self._selected_rows(first, last))
        height = view.rowHeight(first)
        top = view.rowViewportPosition(first)
        for row in range(first, last + 1):
            line = QRect(0, top, view.viewport().width(), height)
            self._paint_ground(painter, line, row in selected)
            job = self._model.job_in(row)
            for column, left, width in columns:
                self._paint_cell(painter, QRect(left, top, width, height), column, job)
            top += height
        self._paint_focus(painter, first, last)

    def _columns(self) -> list[tuple[Column, int, int]]:
        view = self._view
        return [
            (column, view.columnViewportPosition(column), view.columnWidth(column))
            for column in (Column.JOB, Column.DEPLOYMENT, Column.STATE, Column.TIME)
            if not view.isColumnHidden(column)
        ]

    def _selected_rows(self, first: int, last: int) -> Iterator[int]:
        selection = self._view.selectionModel().selection()
        for each in (selection.at(at) for at in range(selection.count())):
            yield from range(max(first, each.top()), min(last, each.bottom()) + 1)

    def _paint_ground(self, painter: QPainter, line: QRect, is_selected: bool) -> None:
        ink = self._stamps.ink
        if is_selected:
            painter.fillRect(line, ink["accent_soft"])
        painter.fillRect(line.x(), line.bottom(), line.width(), 1, ink["line"])

    def _paint_focus(self, painter: QPainter, first: int, last: int) -> None:
        """A ring around the row that has the keyboard, and a mark at its cell."""
        view = self._view
        current = view.currentIndex()
        if not view.hasFocus() or not first <= current.row() <= last:
            return
        cell, accent = view.visualRect(current), self._stamps.ink["accent"]
        # Above the line between two rows.
        row = QRect(0, cell.y(), view.viewport().width(), cell.height() - 1)
        draw_focus_ring(painter, row.adjusted(1, 1, -1, -1), self._stamps.roles.accent)
        # As a cursor stands in a text: where Left and Right have come to.
        inset = MARGIN - STEP // 2 - STEP if current.column() == Column.JOB else 0
        height = self._stamps.metrics[False].height()
        top = cell.y() + (cell.height() - height) // 2
        painter.fillRect(cell.x() + inset, top, 2, height, accent)

    def _paint_cell(self, painter: QPainter, area: QRect, column: Column, job: Job) -> None:
        if column is Column.JOB:
            self._paint_job(painter, area, job)
            return
        cell = area.adjusted(STEP, 0, -MARGIN, 0)
        if column is Column.STATE:
            self._paint_state(painter, cell, self._model.words(job))
        else:
            role = "text" if column is Column.DEPLOYMENT else "muted"
            self._stamps.text(painter, cell, self._model.text(job, column), role)

    def _paint_job(self, painter: QPainter, area: QRect, job: Job) -> None:
        side = area.height() - 2 * STEP
        square = QRect(area.x() + MARGIN - STEP // 2, area.y() + STEP, side, side)
        path = picture_of(job)
        thumbnail = self._thumbnails.get(path) if path else None
        picture = thumbnail.pixmap if thumbnail is not None else None
        self._stamps.square(painter, square, picture)
        if picture is None and job.outputs:
            self._paint_kind(painter, square, job)
        left = square.right() + MARGIN
        text = QRect(left, area.y(), area.right() - left - MARGIN, area.height())
        number = self._model.number_text(job)
        plain = self._stamps.metrics[False]
        beside = plain.horizontalAdvance(number) + 2 * STEP if number else 0
        if beside > text.width() // 3:
            number, beside = "", 0
        title = self._model.text(job, Column.JOB)
        room = text.adjusted(0, 0, -beside, 0)
        shorten = shortened if job.cell < 0 else cut_at_end
        width = self._stamps.title(painter, room, title, shorten)
        if number:
            # A little more than it needs: widths of texts are rounded.
            behind = text.adjusted(width + 2 * STEP, 0, STEP, 0)
            self._stamps.text(painter, behind, number, "muted")

    def _paint_kind(self, painter: QPainter, square: QRect, job: Job) -> None:
        """The kind of what was made, when it is nothing that has a picture."""
        made = next((each for each in job.outputs if not is_picture(each)), None)
        if made is not None:
            place = QRect(0, 0, ICON, ICON)
            place.moveCenter(square.center())
            self._stamps.icon(painter, place, kind_icon(made.kind), "muted")

    def _paint_state(self, painter: QPainter, area: QRect, words: StateWords) -> None:
        square = QRect(area.x(), area.y() + (area.height() - ICON) // 2, ICON, ICON)
        self._stamps.icon(painter, square, f"state-{words.icon}", words.role)
        behind = area.adjusted(ICON + 2 * STEP, 0, 0, 0)
        self._stamps.text(painter, behind, words.text, words.role, bold=True)
