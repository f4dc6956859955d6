"""Painting of the rows in the list of presets: folder headings, and names above their details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from runcomfy_desktop.domain.presets.preset import PresetSummary
from runcomfy_desktop.ui.presets.preset_rows import PresetFolderRow, preset_name
from runcomfy_desktop.ui.presets.presets_model import PresetsModel
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.highlights import draw_highlighted_line, elided
from runcomfy_desktop.ui.style.theme import STEP, Colours, colours, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE
from runcomfy_desktop.ui.widgets.two_line_rows import (
    RenameDelegate,
    paint_row_background,
    row_fonts,
    row_size,
)

if TYPE_CHECKING:
    from runcomfy_desktop.ui.presets.presets_model import AnyIndex

MAX_NAME_CHARS = 120
_ICON_SIZE = 4 * STEP
_STAR_SIZE = 6 * STEP
# Left edge of names and headings, aligned with the lists of deployments and drafts.
_TEXT_INDENT = 7 * STEP
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_LINE_FLAGS = int(_LEFT | Qt.TextFlag.TextSingleLine)


def star_rect(row: QRect) -> QRect:
    """Returns the clickable rectangle around a row's star."""
    top = row.top() + (row.height() - _STAR_SIZE) // 2
    return QRect(row.right() - 2 * STEP - _STAR_SIZE + 1, top, _STAR_SIZE, _STAR_SIZE)


class PresetDelegate(RenameDelegate):
    """Delegate with equally high rows, so that a list of thousands need not be measured."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return row_size(option.font)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        model = index.model()
        assert isinstance(model, PresetsModel)
        row = model.row(index)
        if row is None:
            return
        painter.save()
        row_painter = _PresetRowPainter(painter, option, model)
        if isinstance(row, PresetSummary):
            row_painter.paint_preset(row)
        else:
            row_painter.paint_folder(row, is_first=index.row() == 0)
        painter.restore()


class _PresetRowPainter:
    """Paints one row."""

    def __init__(
        self, painter: QPainter, option: QStyleOptionViewItem, model: PresetsModel
    ) -> None:
        self._painter = painter
        self._colours: Colours = colours(option.palette)
        self._option = option
        self._font: QFont = option.font
        self._rect: QRect = option.rect
        self._state: QStyle.StateFlag = option.state
        self._model = model

    def paint_folder(self, row: PresetFolderRow, *, is_first: bool) -> None:
        roles, rect = self._colours, self._rect
        paint_row_background(self._painter, self._option, roles, is_current=False)
        font = scaled(self._font, SMALL_FONT_SCALE, bold=True)
        line_rect = QRect(rect)
        if not is_first:
            # Closer to the rows below than to those above.
            line_rect.setTop(rect.bottom() - QFontMetrics(font).height() - 2 * STEP)
        icon_rect = QRect(
            rect.left() + 2 * STEP,
            line_rect.center().y() - _ICON_SIZE // 2 + 1,
            _ICON_SIZE,
            _ICON_SIZE,
        )
        arrow = "chevron-down" if row.is_expanded else "chevron-right"
        icons.icon(arrow, roles.muted).paint(self._painter, icon_rect)
        line_rect.setLeft(rect.left() + _TEXT_INDENT)
        count = str(row.count)
        small = scaled(self._font, SMALL_FONT_SCALE)
        count_width = QFontMetrics(small).horizontalAdvance(count)
        count_rect = QRect(
            rect.right() - 4 * STEP - count_width,
            line_rect.top(),
            count_width + 1,
            line_rect.height(),
        )
        self._paint_text(count_rect, count, small, roles.muted)
        line_rect.setRight(count_rect.left() - 2 * STEP)
        self._paint_text(line_rect, row.name, font, roles.muted)

    def paint_preset(self, summary: PresetSummary) -> None:
        roles, rect, model = self._colours, self._rect, self._model
        is_in_use = bool(summary.path) and summary.path == model.in_use.path
        is_selected = bool(self._state & QStyle.StateFlag.State_Selected)
        paint_row_background(self._painter, self._option, roles, is_current=is_selected)
        star = star_rect(rect)
        self._paint_star(star, is_on=model.is_favourite(summary))
        text_rect = rect.adjusted(_TEXT_INDENT, 0, 0, 0)
        text_rect.setRight(star.left() - STEP)
        self._paint_lines(summary, text_rect, is_in_use=is_in_use)

    def _paint_lines(self, summary: PresetSummary, text_rect: QRect, *, is_in_use: bool) -> None:
        name_font, detail_font = row_fonts(self._font, bold=is_in_use)
        name_height, detail_height = (
            QFontMetrics(name_font).height(),
            QFontMetrics(detail_font).height(),
        )
        top = text_rect.top() + (text_rect.height() - name_height - detail_height) // 2
        roles, model = self._colours, self._model
        if is_in_use:
            # The symbol fills only the middle half of its icon.
            left = text_rect.left() - _TEXT_INDENT + 2 * STEP
            marker_rect = QRect(left, top + (name_height - _ICON_SIZE) // 2, _ICON_SIZE, _ICON_SIZE)
            icons.icon("dot", roles.ok).paint(self._painter, marker_rect)
        name = preset_name(summary) + (" •" if is_in_use and model.in_use.is_changed else "")
        colour = roles.muted if summary.problem else roles.text
        self._paint_text(
            QRect(text_rect.left(), top, text_rect.width(), name_height),
            name,
            name_font,
            colour,
            highlights=True,
        )
        detail_rect = QRect(text_rect.left(), top + name_height, text_rect.width(), detail_height)
        if summary.problem:
            icon_rect = QRect(
                detail_rect.left(),
                detail_rect.center().y() - _ICON_SIZE // 2 + 1,
                _ICON_SIZE,
                _ICON_SIZE,
            )
            icons.icon("warning", roles.warning).paint(self._painter, icon_rect)
            detail_rect.setLeft(icon_rect.right() + STEP)
        self._paint_text(detail_rect, model.detail_text(summary), detail_font, roles.muted)

    def _paint_star(self, star_rect: QRect, *, is_on: bool) -> None:
        icon_rect = QRect(0, 0, _ICON_SIZE, _ICON_SIZE)
        icon_rect.moveCenter(star_rect.center())
        name, colour = ("star-filled", "accent") if is_on else ("star", "muted")
        icons.icon(name, getattr(self._colours, colour)).paint(self._painter, icon_rect)

    def _paint_text(
        self, rect: QRect, text: str, font: QFont, colour: str, *, highlights: bool = False
    ) -> None:
        elided_text, visible_chars = elided(text, font, rect.width())
        matches = self._model.highlights.spans_in(text) if highlights else ()
        visible_matches = tuple((a, min(b, visible_chars)) for a, b in matches if a < visible_chars)
        if visible_matches:
            draw_highlighted_line(
                self._painter, rect, elided_text, font, visible_matches, self._colours
            )
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(rect, _LINE_FLAGS, elided_text)
