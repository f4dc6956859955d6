"""Paints the rows of the queue; the button in the last column is a real one, not painted here."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.models.jobs import Column, JobRole
from runcomfy_desktop.ui.models.outputs import is_picture, kind_icon
from runcomfy_desktop.ui.outputs.thumbnails import paint_cover
from runcomfy_desktop.ui.theme import RADIUS, ROW_HEIGHT, STEP, Colours, colours
from runcomfy_desktop.ui.widgets.focus_ring import draw_focus_ring

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.jobs.words import StateWords
    from runcomfy_desktop.ui.outputs.thumbnails import Thumbnails

    Index: TypeAlias = QModelIndex | QPersistentModelIndex

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


class JobDelegate(QStyledItemDelegate):
    """Draws picture, texts, state word with icon, the row's ground and its focus frame."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        area, roles = option.rect, colours(option.palette)
        painter.save()
        self._paint_ground(painter, option, index, roles)
        match Column(index.column()):
            case Column.JOB:
                self._paint_job(painter, area, index, roles)
            case Column.DEPLOYMENT:
                text = index.data()
                _paint_text(painter, area.adjusted(STEP, 0, -MARGIN, 0), text, roles.text)
            case Column.STATE:
                words: StateWords = index.data(JobRole.WORDS)
                _paint_state(painter, area.adjusted(STEP, 0, -MARGIN, 0), words, roles)
            case Column.TIME:
                text = index.data()
                _paint_text(painter, area.adjusted(STEP, 0, -MARGIN, 0), text, roles.muted)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, row_height(option.font))

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, roles: Colours
    ) -> None:
        area, state = option.rect, option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.fillRect(area, QColor(roles.accent_soft if selected else roles.window))
        painter.fillRect(area.x(), area.bottom(), area.width(), 1, QColor(roles.line))
        view = self.parent()
        assert isinstance(view, QTableView)
        if view.hasFocus() and view.currentIndex().row() == index.row():
            _paint_ring(painter, area, view.viewport().width(), roles)
            if view.currentIndex() == index:
                _paint_mark(painter, area, Column(index.column()), roles)

    def _paint_job(self, painter: QPainter, area: QRect, index: Index, roles: Colours) -> None:
        side = area.height() - 2 * STEP
        square = QRect(area.x() + MARGIN - STEP // 2, area.y() + STEP, side, side)
        path = index.data(JobRole.PICTURE)
        thumbnail = self._thumbnails.get(path) if path else None
        if thumbnail is not None and thumbnail.pixmap is not None:
            paint_cover(painter, square, thumbnail.pixmap, RADIUS - 1)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(roles.panel))
            painter.drawRoundedRect(square, RADIUS - 1, RADIUS - 1)
            _paint_kind(painter, square, index.data(JobRole.JOB), roles)
        left = square.right() + MARGIN
        text = QRect(left, area.y(), area.right() - left - MARGIN, area.height())
        bold = QFont(painter.font())
        bold.setBold(True)
        number = index.data(JobRole.BATCH)
        plain, metrics = painter.fontMetrics(), QFontMetrics(bold)
        beside = plain.horizontalAdvance(number) + 2 * STEP if number else 0
        if beside > text.width() // 3:
            number, beside = "", 0
        title = shortened(index.data(), metrics, text.width() - beside)
        _paint_text(painter, text.adjusted(0, 0, -beside, 0), title, roles.text, bold=True)
        if number:
            behind = text.adjusted(metrics.horizontalAdvance(title) + 2 * STEP, 0, 0, 0)
            _paint_text(painter, behind, number, roles.muted)


def _paint_kind(painter: QPainter, square: QRect, job: Job, roles: Colours) -> None:
    """The kind of what was made, when it is nothing that has a picture."""
    made = next((each for each in job.outputs if not is_picture(each)), None)
    if made is not None:
        place = QRect(0, 0, ICON, ICON)
        place.moveCenter(square.center())
        icons.icon(kind_icon(made.kind), roles.muted).paint(painter, place)


def _paint_state(painter: QPainter, area: QRect, words: StateWords, roles: Colours) -> None:
    colour = getattr(roles, words.role)
    square = QRect(area.x(), area.y() + (area.height() - ICON) // 2, ICON, ICON)
    icons.icon(f"state-{words.icon}", colour).paint(painter, square)
    _paint_text(painter, area.adjusted(ICON + 2 * STEP, 0, 0, 0), words.text, colour, bold=True)


def _paint_text(
    painter: QPainter,
    area: QRect,
    text: str,
    colour: str,
    *,
    bold: bool = False,
) -> None:
    font = QFont(painter.font())
    font.setBold(bold)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    line = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(area, int(flags | Qt.TextFlag.TextSingleLine), line)


def _paint_ring(painter: QPainter, area: QRect, width: int, roles: Colours) -> None:
    """It goes around the whole row, so each cell draws its part of it."""
    painter.save()
    painter.setClipRect(area)
    # Above the line between two rows.
    row = QRect(0, area.y(), width, area.height() - 1)
    draw_focus_ring(painter, row.adjusted(1, 1, -1, -1), roles.accent)
    painter.restore()


def _paint_mark(painter: QPainter, area: QRect, column: Column, roles: Colours) -> None:
    """Before the cell of the row that Left and Right have come to, as a cursor stands in a text."""
    left = MARGIN - STEP // 2 - STEP if column is Column.JOB else 0
    height = QFontMetrics(painter.font()).height()
    top = area.y() + (area.height() - height) // 2
    painter.fillRect(area.x() + left, top, 2, height, QColor(roles.accent))
