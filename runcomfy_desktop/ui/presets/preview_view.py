"""List of the preview: paints its rows and handles keys and clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.presets.preview_model import PreviewHeading, PreviewModel, PreviewRow
from runcomfy_desktop.ui.presets.preview_texts import (
    PreviewSection,
    differing_parts,
    section_of,
    section_title,
)
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.style.theme import STEP, Colours, colours, scaled
from runcomfy_desktop.ui.widgets.accessible_row_presses import AccessibleRowPresses
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from runcomfy_desktop.ui.presets.preview_model import PreviewIndex

_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_BOX_SIZE = 4 * STEP
_ICON_SIZE = 4 * STEP
_ARROW_SIZE = 4 * STEP
_LEFT_MARGIN = 4 * STEP
_NAME_WIDTH_SHARE = 0.4
"""Share of a row's width for the names."""
_LINE_FLAGS = int(
    Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
)
_MAX_CHARS = 400


def tick_rect(row: QRect) -> QRect:
    """Returns the clickable rectangle around a row's check box."""
    return QRect(row.left(), row.top(), _LEFT_MARGIN + _BOX_SIZE + 2 * STEP, row.height())


class PreviewDelegate(QStyledItemDelegate):
    """Paints a row of the preview: check box, input, current value and the preset's value.

    All rows are equally high, so that a thousand need not be measured.
    """

    def sizeHint(self, option: QStyleOptionViewItem, index: PreviewIndex) -> QSize:
        name_height = QFontMetrics(option.font).height()
        detail_height = QFontMetrics(scaled(option.font, SMALL_FONT_SCALE)).height()
        return QSize(60 * STEP, -(-(name_height + detail_height + 3 * STEP) // STEP) * STEP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: PreviewIndex) -> None:
        model = index.model()
        assert isinstance(model, PreviewModel)
        row = model.row(index)
        if row is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row_painter = _PreviewRowPainter(
            painter, option, model.data(index, Qt.ItemDataRole.CheckStateRole)
        )
        if isinstance(row, PreviewHeading):
            row_painter.paint_heading(row)
        else:
            row_painter.paint_proposal(row)
        painter.restore()


class _PreviewRowPainter:
    """Paints one row."""

    def __init__(
        self, painter: QPainter, option: QStyleOptionViewItem, tick: Qt.CheckState | None
    ) -> None:
        self._painter = painter
        self._colours: Colours = colours(option.palette)
        self._font: QFont = option.font
        self._small = scaled(option.font, SMALL_FONT_SCALE)
        self._rect: QRect = option.rect
        self._state: QStyle.StateFlag = option.state
        self._tick = tick

    def paint_heading(self, row: PreviewHeading) -> None:
        roles, rect = self._colours, self._rect
        font = scaled(self._font, 1.0, bold=True)
        heading_rect = QRect(rect)
        heading_rect.setTop(rect.bottom() - QFontMetrics(font).height() - 2 * STEP)
        self._paint_box(heading_rect)
        heading_rect.setLeft(tick_rect(rect).right() + 1)
        if row.section is PreviewSection.CONFLICTS:
            self._paint_icon("warning", roles.warning, heading_rect)
        text = section_title(row.section)
        self._paint_text(heading_rect, text, font, roles.text)
        heading_rect.setLeft(
            heading_rect.left() + QFontMetrics(font).horizontalAdvance(text) + 2 * STEP
        )
        self._paint_text(heading_rect, str(row.count), self._font, roles.muted)
        self._paint_focus_ring()

    def paint_proposal(self, row: PreviewRow) -> None:
        roles, rect = self._colours, self._rect
        if self._state & QStyle.StateFlag.State_Selected:
            self._painter.fillRect(rect, QColor(roles.accent_soft))
        elif self._state & QStyle.StateFlag.State_MouseOver:
            self._painter.fillRect(rect, QColor(roles.panel))
        name_height, detail_height = (
            QFontMetrics(self._font).height(),
            QFontMetrics(self._small).height(),
        )
        top = rect.top() + (rect.height() - name_height - detail_height) // 2
        left = tick_rect(rect).right() + 1
        width = rect.right() - 3 * STEP - left
        names_width = round(width * _NAME_WIDTH_SHARE) - 3 * STEP
        self._paint_box(QRect(rect.left(), top, rect.width(), name_height))
        self._paint_names(row, QRect(left, top, names_width, name_height))
        self._paint_text(
            QRect(left, top + name_height, names_width, detail_height),
            row.node_text,
            self._small,
            roles.muted,
        )
        values_left = left + round(width * _NAME_WIDTH_SHARE)
        values_width = width - round(width * _NAME_WIDTH_SHARE)
        self._paint_values(row, QRect(values_left, top, values_width, name_height))
        if row.proposal.reason:
            self._paint_reason(
                row, QRect(values_left, top + name_height, values_width, detail_height)
            )
        self._paint_focus_ring()

    def _paint_names(self, row: PreviewRow, rect: QRect) -> None:
        """Paints `Title · input`; the input matters most, so it is elided last."""
        bold_font = scaled(self._font, 1.0, bold=True)
        name = QFontMetrics(bold_font).elidedText(
            row.name, Qt.TextElideMode.ElideRight, rect.width() * 2 // 3
        )
        name_width = QFontMetrics(bold_font).horizontalAdvance(name)
        # A character's width is fractional, and a text elided for a fraction of a pixel looks odd.
        node_width = QFontMetrics(self._font).horizontalAdvance(f"{row.node_name} ·") + 2 + STEP
        node_width = min(node_width, rect.width() - name_width)
        left = QRect(rect.left(), rect.top(), node_width - STEP, rect.height())
        self._paint_text(left, f"{row.node_name} ·", self._font, self._colours.text)
        right = QRect(rect.left() + node_width, rect.top(), name_width + 1, rect.height())
        self._paint_text(right, name, bold_font, self._colours.text)

    def _paint_values(self, row: PreviewRow, rect: QRect) -> None:
        roles = self._colours
        is_unticked = self._tick is None or self._tick is Qt.CheckState.Unchecked
        is_file = isinstance(row.proposal.new, MediaFile)
        old, new = one_line(row.old[:_MAX_CHARS]), one_line(row.new[:_MAX_CHARS])
        # Both ends of a path show where the file is.
        elide_mode = Qt.TextElideMode.ElideMiddle if is_file else Qt.TextElideMode.ElideRight
        new = row.new if is_file else new
        if row.proposal.key is None or not row.proposal.has_effect:
            self._paint_text(rect, new, self._font, roles.muted, elide_mode)
            return
        metrics = QFontMetrics(self._font)
        half_width = (rect.width() - _ARROW_SIZE - 2 * STEP) // 2
        is_long = metrics.horizontalAdvance(old) + metrics.horizontalAdvance(new) > 2 * half_width
        if is_long and not is_file:
            old, new = differing_parts(row.old, row.new)
        new_width = metrics.horizontalAdvance(new)
        # A short value leaves its unused space to the other value.
        max_old_width = max(half_width, rect.width() - _ARROW_SIZE - 2 * STEP - new_width)
        old_width = min(metrics.horizontalAdvance(old), max_old_width)
        left = QRect(rect.left(), rect.top(), old_width + 1, rect.height())
        self._paint_text(left, old, self._font, roles.muted)
        arrow = QRect(
            left.right() + STEP, rect.center().y() - _ARROW_SIZE // 2, _ARROW_SIZE, _ARROW_SIZE
        )
        icons.icon("arrow-right", roles.muted).paint(self._painter, arrow)
        right = QRect(rect)
        right.setLeft(arrow.right() + STEP)
        self._paint_text(
            right, new, self._font, roles.muted if is_unticked else roles.text, elide_mode
        )

    def _paint_reason(self, row: PreviewRow, rect: QRect) -> None:
        is_conflict = section_of(row.proposal) is PreviewSection.CONFLICTS
        name, colour = ("warning", "warning") if is_conflict else ("info", "muted")
        self._paint_icon(name, getattr(self._colours, colour), rect)
        colour = self._colours.text if is_conflict else self._colours.muted
        self._paint_text(rect, one_line(row.proposal.reason), self._small, colour)

    def _paint_icon(self, name: str, colour: str, rect: QRect) -> None:
        """Paints an icon at the left of `rect` and shortens `rect` by it."""
        icon_rect = QRect(
            rect.left(), rect.center().y() - _ICON_SIZE // 2 + 1, _ICON_SIZE, _ICON_SIZE
        )
        icons.icon(name, colour).paint(self._painter, icon_rect)
        rect.setLeft(icon_rect.right() + STEP)

    def _paint_box(self, rect: QRect) -> None:
        """Paints the check box, unless the row cannot be ticked."""
        if self._tick is None:
            return
        roles, painter = self._colours, self._painter
        top = rect.top() + (rect.height() - _BOX_SIZE) / 2
        box = QRectF(self._rect.left() + _LEFT_MARGIN, top, _BOX_SIZE, _BOX_SIZE).adjusted(
            0.5, 0.5, -0.5, -0.5
        )
        is_on = self._tick is not Qt.CheckState.Unchecked
        painter.setPen(QPen(QColor(roles.accent if is_on else roles.muted)))
        painter.setBrush(QColor(roles.accent if is_on else roles.field))
        painter.drawRoundedRect(box, 3, 3)
        name = {Qt.CheckState.Checked: "check", Qt.CheckState.PartiallyChecked: "minus"}.get(
            self._tick
        )
        if name is not None:
            check_rect = box.adjusted(1.5, 1.5, -1.5, -1.5).toAlignedRect()
            icons.icon(name, roles.accent_text).paint(painter, check_rect)

    def _paint_text(
        self,
        rect: QRect,
        text: str,
        font: QFont,
        colour: str,
        elide_mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        elided_text = QFontMetrics(font).elidedText(text, elide_mode, rect.width())
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(rect, _LINE_FLAGS, elided_text)

    def _paint_focus_ring(self) -> None:
        if self._state & QStyle.StateFlag.State_HasFocus:
            draw_focus_ring(self._painter, self._rect.adjusted(1, 1, -1, -1), self._colours.accent)


class PreviewView(QListView):
    """List in which Space, or a click on the box, ticks a row; Enter is left to the dialog."""

    def __init__(self, model: PreviewModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.setObjectName("preset_preview")
        self.setAccessibleName(_("What the preset changes"))
        self.setModel(model)
        self.setItemDelegate(PreviewDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        AccessibleRowPresses(self).pressed.connect(model.toggle)

    def select_row(self, index: QModelIndex) -> None:
        """Makes `index` the current row."""
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._model.toggle(self.currentIndex())
        elif event.key() in _ENTER_KEYS:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        pos = event.position().toPoint()
        index = self.indexAt(pos)
        super().mousePressEvent(event)
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_left and index.isValid() and tick_rect(self.visualRect(index)).contains(pos):
            self._model.toggle(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # The second press of a double click on a box counts like the first.
        self.mousePressEvent(event)
