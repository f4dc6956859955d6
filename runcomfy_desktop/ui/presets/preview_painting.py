"""How the rows of the preview are painted: a tick, the input, what is there and what comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.presets.preview_model import Heading, Line, PreviewModel
from runcomfy_desktop.ui.presets.preview_words import Section, heading, section_of, told_apart
from runcomfy_desktop.ui.theme import STEP, Colours, colours, scaled
from runcomfy_desktop.ui.widgets.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.widgets.labels import SMALL

if TYPE_CHECKING:
    from runcomfy_desktop.ui.presets.preview_model import Index

_BOX = 4 * STEP
_ICON = 4 * STEP
_ARROW = 4 * STEP
_LEFT = 4 * STEP
_NAMES = 0.4
"""How much of a row's width the names have."""
_LINE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_LETTERS = 400


def tick_place(row: QRect) -> QRect:
    """Where a row is ticked, with room around the box to be hit."""
    return QRect(row.left(), row.top(), _LEFT + _BOX + 2 * STEP, row.height())


class PreviewDelegate(QStyledItemDelegate):
    """All rows are equally high, so that a thousand need not be measured."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        high = QFontMetrics(option.font).height()
        low = QFontMetrics(scaled(option.font, SMALL)).height()
        return QSize(60 * STEP, -(-(high + low + 3 * STEP) // STEP) * STEP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, PreviewModel)
        row = model.row(index)
        if row is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        brush = _Brush(painter, option, model.data(index, Qt.ItemDataRole.CheckStateRole))
        if isinstance(row, Heading):
            brush.heading(row)
        else:
            brush.line(row)
        painter.restore()


class _Brush:
    """Paints one row."""

    def __init__(
        self, painter: QPainter, option: QStyleOptionViewItem, tick: Qt.CheckState | None
    ) -> None:
        self._painter = painter
        self._roles: Colours = colours(option.palette)
        self._font: QFont = option.font
        self._small = scaled(option.font, SMALL)
        self._rect: QRect = option.rect
        self._state: QStyle.StateFlag = option.state
        self._tick = tick

    def heading(self, row: Heading) -> None:
        roles, rect = self._roles, self._rect
        font = scaled(self._font, 1.0, bold=True)
        room = QRect(rect)
        room.setTop(rect.bottom() - QFontMetrics(font).height() - 2 * STEP)
        self._box(room)
        room.setLeft(tick_place(rect).right() + 1)
        if row.section is Section.CONFLICTS:
            self._icon("warning", roles.warning, room)
        text = heading(row.section)
        self._text(room, text, font, roles.text)
        room.setLeft(room.left() + QFontMetrics(font).horizontalAdvance(text) + 2 * STEP)
        self._text(room, str(row.count), self._font, roles.muted)
        self._ring()

    def line(self, row: Line) -> None:
        roles, rect = self._roles, self._rect
        if self._state & QStyle.StateFlag.State_Selected:
            self._painter.fillRect(rect, QColor(roles.accent_soft))
        elif self._state & QStyle.StateFlag.State_MouseOver:
            self._painter.fillRect(rect, QColor(roles.panel))
        high, low = QFontMetrics(self._font).height(), QFontMetrics(self._small).height()
        top = rect.top() + (rect.height() - high - low) // 2
        left = tick_place(rect).right() + 1
        width = rect.right() - 3 * STEP - left
        names = round(width * _NAMES) - 3 * STEP
        self._box(QRect(rect.left(), top, rect.width(), high))
        self._names(row, QRect(left, top, names, high))
        self._text(QRect(left, top + high, names, low), row.about, self._small, roles.muted)
        begin = left + round(width * _NAMES)
        room = width - round(width * _NAMES)
        self._values(row, QRect(begin, top, room, high))
        if row.proposal.why:
            self._remark(row, QRect(begin, top + high, room, low))
        self._ring()

    def _names(self, row: Line, place: QRect) -> None:
        """`Title · input`: the input is what the eye looks for, so it is cut last."""
        bold = scaled(self._font, 1.0, bold=True)
        name = QFontMetrics(bold).elidedText(
            row.name, Qt.TextElideMode.ElideRight, place.width() * 2 // 3
        )
        wanted = QFontMetrics(bold).horizontalAdvance(name)
        # A letter's width is no whole number, and a text that is cut for that looks odd.
        room = QFontMetrics(self._font).horizontalAdvance(f"{row.node} ·") + 2 + STEP
        room = min(room, place.width() - wanted)
        left = QRect(place.left(), place.top(), room - STEP, place.height())
        self._text(left, f"{row.node} ·", self._font, self._roles.text)
        right = QRect(place.left() + room, place.top(), wanted + 1, place.height())
        self._text(right, name, bold, self._roles.text)

    def _values(self, row: Line, place: QRect) -> None:
        roles = self._roles
        is_out = self._tick is None or self._tick is Qt.CheckState.Unchecked
        is_file = isinstance(row.proposal.new, MediaFile)
        old, new = one_line(row.old[:_LETTERS]), one_line(row.new[:_LETTERS])
        # Where a file lies is told by both ends of its path.
        cut = Qt.TextElideMode.ElideMiddle if is_file else Qt.TextElideMode.ElideRight
        new = row.new if is_file else new
        if row.proposal.key is None or not row.proposal.changes:
            self._text(place, new, self._font, roles.muted, cut)
            return
        metrics = QFontMetrics(self._font)
        half = (place.width() - _ARROW - 2 * STEP) // 2
        is_long = metrics.horizontalAdvance(old) + metrics.horizontalAdvance(new) > 2 * half
        if is_long and not is_file:
            old, new = told_apart(row.old, row.new)
        new_width = metrics.horizontalAdvance(new)
        # Who is short leaves his room to the other.
        room = max(half, place.width() - _ARROW - 2 * STEP - new_width)
        old_width = min(metrics.horizontalAdvance(old), room)
        left = QRect(place.left(), place.top(), old_width + 1, place.height())
        self._text(left, old, self._font, roles.muted)
        arrow = QRect(left.right() + STEP, place.center().y() - _ARROW // 2, _ARROW, _ARROW)
        icons.icon("arrow-right", roles.muted).paint(self._painter, arrow)
        right = QRect(place)
        right.setLeft(arrow.right() + STEP)
        self._text(right, new, self._font, roles.muted if is_out else roles.text, cut)

    def _remark(self, row: Line, place: QRect) -> None:
        is_conflict = section_of(row.proposal) is Section.CONFLICTS
        name, tone = ("warning", "warning") if is_conflict else ("info", "muted")
        self._icon(name, getattr(self._roles, tone), place)
        tone = self._roles.text if is_conflict else self._roles.muted
        self._text(place, one_line(row.proposal.why), self._small, tone)

    def _icon(self, name: str, tone: str, place: QRect) -> None:
        """At the left of a place, which it shortens."""
        box = QRect(place.left(), place.center().y() - _ICON // 2 + 1, _ICON, _ICON)
        icons.icon(name, tone).paint(self._painter, box)
        place.setLeft(box.right() + STEP)

    def _box(self, place: QRect) -> None:
        """The tick; nothing where there is nothing to be ticked."""
        if self._tick is None:
            return
        roles, painter = self._roles, self._painter
        top = place.top() + (place.height() - _BOX) / 2
        box = QRectF(self._rect.left() + _LEFT, top, _BOX, _BOX).adjusted(0.5, 0.5, -0.5, -0.5)
        is_on = self._tick is not Qt.CheckState.Unchecked
        painter.setPen(QPen(QColor(roles.accent if is_on else roles.muted)))
        painter.setBrush(QColor(roles.accent if is_on else roles.field))
        painter.drawRoundedRect(box, 3, 3)
        name = {Qt.CheckState.Checked: "check", Qt.CheckState.PartiallyChecked: "minus"}.get(
            self._tick
        )
        if name is not None:
            mark = box.adjusted(1.5, 1.5, -1.5, -1.5).toAlignedRect()
            icons.icon(name, roles.accent_text).paint(painter, mark)

    def _text(
        self,
        place: QRect,
        text: str,
        font: QFont,
        tone: str,
        cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        shown = QFontMetrics(font).elidedText(text, cut, place.width())
        self._painter.setFont(font)
        self._painter.setPen(QColor(tone))
        self._painter.drawText(place, _LINE, shown)

    def _ring(self) -> None:
        if self._state & QStyle.StateFlag.State_HasFocus:
            draw_focus_ring(self._painter, self._rect.adjusted(1, 1, -1, -1), self._roles.accent)
