"""Filmstrip: a thumbnail for each output of the shown job."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache, paint_cover
from runcomfy_desktop.ui.results.outputs_model import (
    OutputRole,
    OutputsModel,
)
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, Colours, colours, scaled
from runcomfy_desktop.ui.widgets.accessible_row_presses import AccessibleRowPresses

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from runcomfy_desktop.domain.jobs.output import Output

    Index: TypeAlias = QModelIndex | QPersistentModelIndex

CELL_SIDE = 14 * STEP
GAP = STEP
_ICON = 6 * STEP
_OUTLINE_WIDTH = 2


class Filmstrip(QListView):
    """Horizontal list of thumbnails.

    Emits `row_chosen` with the current row, -1 for none.
    """

    row_chosen = Signal(int)

    def __init__(self, model: OutputsModel, thumbnails: ThumbnailCache, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(model)
        self._thumbnails = thumbnails
        self._build()
        self._connect()

    def step(self, by: int) -> bool:
        """Moves to a neighbouring row; returns False if there is none."""
        row = self.currentIndex().row() + by
        if not 0 <= row < self.model().rowCount():
            return False
        self.setCurrentIndex(self.model().index(row, 0))
        return True

    def sizeHint(self) -> QSize:
        return QSize(4 * CELL_SIDE, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(CELL_SIDE, self.height())

    def _build(self) -> None:
        self.setObjectName("filmstrip")
        self.setAccessibleName(_("Outputs of this job"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setGridSize(QSize(CELL_SIDE + 2 * GAP, CELL_SIDE + 2 * GAP))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setTabKeyNavigation(False)
        self._fit_height()
        self.setItemDelegate(_FilmstripDelegate(self._thumbnails, self))
        self.viewport().setAutoFillBackground(False)

    def _fit_height(self) -> None:
        """Sets the height, with space for a scroll bar only if there is one."""
        cell = CELL_SIDE + 2 * GAP
        scrolls = self.model().rowCount() * cell > self.width()
        bar = self.horizontalScrollBar().sizeHint().height() if scrolls else 0
        self.setFixedHeight(cell + bar)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_height()

    def _connect(self) -> None:
        self.model().modelReset.connect(self._fit_height)
        AccessibleRowPresses(self)
        self.selectionModel().currentRowChanged.connect(self._on_current_row_changed)
        self._thumbnails.changed.connect(self._on_thumbnails_changed)

    def _on_current_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.row_chosen.emit(current.row())

    def _on_thumbnails_changed(self, _path: str) -> None:
        self.viewport().update()


class _FilmstripDelegate(QStyledItemDelegate):
    """Draws one thumbnail with its state: picture, kind, loading, broken, not fetched, preview."""

    def __init__(self, thumbnails: ThumbnailCache, parent: Filmstrip) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._strip = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(CELL_SIDE + 2 * GAP, CELL_SIDE + 2 * GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        output: Output = index.data(OutputRole.OUTPUT)
        roles = colours(option.palette)
        # Leaves space for the outline; the first picture is aligned with the viewer's left edge.
        square = QRect(
            option.rect.x() + _OUTLINE_WIDTH, option.rect.y() + GAP, CELL_SIDE, CELL_SIDE
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_inside(painter, square, output, roles)
        if output.is_preview:
            _paint_badge(painter, square, roles)
        if option.state & QStyle.StateFlag.State_Selected:
            _paint_outline(painter, square, roles, is_strong=self._strip.hasFocus())
        painter.restore()

    def _paint_inside(
        self, painter: QPainter, square: QRect, output: Output, roles: Colours
    ) -> None:
        if output.fault:
            _paint_text(painter, square, _("Not fetched"), roles, roles.error)
            return
        if output.is_damaged:
            _paint_text(painter, square, _("Damaged"), roles, roles.error)
            return
        if not output.is_picture:
            _paint_kind_icon(painter, square, output, roles)
            return
        if not output.path:
            _paint_text(painter, square, _("Fetching…"), roles, roles.muted)
            return
        thumbnail = self._thumbnails.get(output.path)
        if thumbnail.pixmap is not None:
            paint_cover(painter, square, thumbnail.pixmap, RADIUS)
        elif thumbnail.is_loading:
            _paint_text(painter, square, _("Loading…"), roles, roles.muted)
        else:
            _paint_text(painter, square, _("No picture"), roles, roles.error)


def _paint_background(painter: QPainter, square: QRect, roles: Colours) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(roles.panel))
    painter.drawRoundedRect(QRectF(square), RADIUS, RADIUS)


def _paint_text(painter: QPainter, square: QRect, text: str, roles: Colours, colour: str) -> None:
    _paint_background(painter, square, roles)
    painter.setFont(scaled(painter.font(), 0.8))
    painter.setPen(QColor(colour))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(square, int(flags), text)


def _paint_kind_icon(painter: QPainter, square: QRect, output: Output, roles: Colours) -> None:
    _paint_background(painter, square, roles)
    icon_rect = QRect(0, 0, _ICON, _ICON)
    icon_rect.moveCenter(square.center())
    icons.icon(icons.output_icon_name(output.kind), roles.muted).paint(painter, icon_rect)


def _paint_badge(painter: QPainter, square: QRect, roles: Colours) -> None:
    font = scaled(painter.font(), 0.75)
    painter.setFont(font)
    height = painter.fontMetrics().height() + STEP // 2
    band = QRect(square.x(), square.bottom() - height + 1, square.width(), height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(roles.panel))
    painter.drawRoundedRect(QRectF(band), RADIUS - 1, RADIUS - 1)
    painter.setPen(QColor(roles.text))
    painter.drawText(band, Qt.AlignmentFlag.AlignCenter, _("Preview"))


def _paint_outline(painter: QPainter, square: QRect, roles: Colours, *, is_strong: bool) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(roles.accent), _OUTLINE_WIDTH))
    painter.drawRoundedRect(QRectF(square).adjusted(-1, -1, 1, 1), RADIUS + 1, RADIUS + 1)
    if is_strong:
        # A second line inside shows that the strip has the focus. A line in the window's colour
        # separates the two, so that they are visible on every picture.
        inside = QRectF(square)
        for inset, width, colour in ((1, 2, roles.window), (2.5, 1, roles.accent)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawRoundedRect(inside.adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
