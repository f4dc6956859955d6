"""How the rows of the presets are painted: a folder's heading, or a name above its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from runcomfy_desktop.domain.preset.preset import PresetHead
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.inputs.marks import draw_line, elided
from runcomfy_desktop.ui.presets.model import PresetsModel
from runcomfy_desktop.ui.presets.rows import FolderRow, preset_name
from runcomfy_desktop.ui.theme import STEP, Colours, colours, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL
from runcomfy_desktop.ui.widgets.two_lines import NamingDelegate, fonts_of, paint_ground, row_size

if TYPE_CHECKING:
    from runcomfy_desktop.ui.presets.model import Index

MAX_NAME = 120
_ICON = 4 * STEP
_STAR = 6 * STEP
# Where names and headings begin, and deployments and drafts beside them.
_TEXT = 7 * STEP
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_LINE = int(_LEFT | Qt.TextFlag.TextSingleLine)


def star_place(row: QRect) -> QRect:
    """Where a row has its star, with room around it to be hit."""
    top = row.top() + (row.height() - _STAR) // 2
    return QRect(row.right() - 2 * STEP - _STAR + 1, top, _STAR, _STAR)


class PresetDelegate(NamingDelegate):
    """All rows are equally high, so that a list of thousands need not be measured."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return row_size(option.font)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, PresetsModel)
        row = model.row(index)
        if row is None:
            return
        painter.save()
        brush = _Brush(painter, option, model)
        if isinstance(row, PresetHead):
            brush.preset(row)
        else:
            brush.folder(row, is_first=index.row() == 0)
        painter.restore()


class _Brush:
    """Paints one row."""

    def __init__(
        self, painter: QPainter, option: QStyleOptionViewItem, model: PresetsModel
    ) -> None:
        self._painter = painter
        self._roles: Colours = colours(option.palette)
        self._option = option
        self._font: QFont = option.font
        self._rect: QRect = option.rect
        self._state: QStyle.StateFlag = option.state
        self._model = model

    def folder(self, row: FolderRow, *, is_first: bool) -> None:
        roles, rect = self._roles, self._rect
        paint_ground(self._painter, self._option, roles, is_current=False)
        font = scaled(self._font, SMALL, bold=True)
        line = QRect(rect)
        if not is_first:
            # Nearer to the rows that it heads than to those above.
            line.setTop(rect.bottom() - QFontMetrics(font).height() - 2 * STEP)
        box = QRect(rect.left() + 2 * STEP, line.center().y() - _ICON // 2 + 1, _ICON, _ICON)
        arrow = "chevron-down" if row.is_open else "chevron-right"
        icons.icon(arrow, roles.muted).paint(self._painter, box)
        line.setLeft(rect.left() + _TEXT)
        count = str(row.count)
        small = scaled(self._font, SMALL)
        room = QFontMetrics(small).horizontalAdvance(count)
        at_right = QRect(rect.right() - 4 * STEP - room, line.top(), room + 1, line.height())
        self._text(at_right, count, small, roles.muted)
        line.setRight(at_right.left() - 2 * STEP)
        self._text(line, row.name, font, roles.muted)

    def preset(self, head: PresetHead) -> None:
        roles, rect, model = self._roles, self._rect, self._model
        is_used = bool(head.path) and head.path == model.use.path
        is_selected = bool(self._state & QStyle.StateFlag.State_Selected)
        paint_ground(self._painter, self._option, roles, is_current=is_selected)
        star = star_place(rect)
        self._star(star, is_on=model.is_favourite(head))
        place = rect.adjusted(_TEXT, 0, 0, 0)
        place.setRight(star.left() - STEP)
        self._lines(head, place, is_used=is_used)

    def _lines(self, head: PresetHead, place: QRect, *, is_used: bool) -> None:
        name_font, facts_font = fonts_of(self._font, bold=is_used)
        high, low = QFontMetrics(name_font).height(), QFontMetrics(facts_font).height()
        top = place.top() + (place.height() - high - low) // 2
        roles, model = self._roles, self._model
        if is_used:
            # The mark fills the middle half of its icon.
            left = place.left() - _TEXT + 2 * STEP
            mark = QRect(left, top + (high - _ICON) // 2, _ICON, _ICON)
            icons.icon("dot", roles.ok).paint(self._painter, mark)
        name = preset_name(head) + (" •" if is_used and model.use.is_changed else "")
        tone = roles.muted if head.problem else roles.text
        self._text(QRect(place.left(), top, place.width(), high), name, name_font, tone, marks=True)
        line = QRect(place.left(), top + high, place.width(), low)
        if head.problem:
            box = QRect(line.left(), line.center().y() - _ICON // 2 + 1, _ICON, _ICON)
            icons.icon("warning", roles.warning).paint(self._painter, box)
            line.setLeft(box.right() + STEP)
        self._text(line, model.facts(head), facts_font, roles.muted)

    def _star(self, place: QRect, *, is_on: bool) -> None:
        box = QRect(0, 0, _ICON, _ICON)
        box.moveCenter(place.center())
        name, tone = ("star-filled", "accent") if is_on else ("star", "muted")
        icons.icon(name, getattr(self._roles, tone)).paint(self._painter, box)

    def _text(self, rect: QRect, text: str, font: QFont, tone: str, *, marks: bool = False) -> None:
        shown, own = elided(text, font, rect.width())
        found = self._model.marks.of(text) if marks else ()
        marked = tuple((a, min(b, own)) for a, b in found if a < own)
        if marked:
            draw_line(self._painter, rect, shown, font, marked, self._roles)
        self._painter.setFont(font)
        self._painter.setPen(QColor(tone))
        self._painter.drawText(rect, _LINE, shown)
