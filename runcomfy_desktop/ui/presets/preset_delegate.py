"""Painting of the rows in the list of presets: folder headings, and names above their details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QStyle

from runcomfy_desktop.domain.presets.preset import PresetSummary
from runcomfy_desktop.ui.presets.preset_rows import PresetFolderRow, preset_name
from runcomfy_desktop.ui.presets.presets_model import PresetsModel
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.highlights import draw_highlighted_line, elided
from runcomfy_desktop.ui.style.theme import STEP, colours, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE
from runcomfy_desktop.ui.widgets.two_line_rows import (
    ICON_SIZE,
    TEXT_INDENT,
    RenameDelegate,
    paint_row_background,
    paint_text,
    row_lines,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionViewItem

    from runcomfy_desktop.ui.presets.presets_model import AnyIndex
    from runcomfy_desktop.ui.style.theme import Colours
    from runcomfy_desktop.ui.widgets.two_line_rows import RowLines

MAX_NAME_CHARS = 120
_STAR_SIZE = 6 * STEP
# The texts end before the star.
_RIGHT_MARGIN = 9 * STEP - 1


def star_rect(row: QRect) -> QRect:
    """Returns the clickable rectangle around a row's star."""
    top = row.top() + (row.height() - _STAR_SIZE) // 2
    return QRect(row.right() - 2 * STEP - _STAR_SIZE + 1, top, _STAR_SIZE, _STAR_SIZE)


class PresetDelegate(RenameDelegate):
    """Paints folders and presets."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        model = index.model()
        assert isinstance(model, PresetsModel)
        row = model.row(index)
        if row is None:
            return
        painter.save()
        if isinstance(row, PresetSummary):
            _paint_preset(painter, option, model, row)
        else:
            _paint_folder(painter, option, row, is_first=index.row() == 0)
        painter.restore()


def _paint_folder(
    painter: QPainter, option: QStyleOptionViewItem, row: PresetFolderRow, *, is_first: bool
) -> None:
    roles = colours(option.palette)
    paint_row_background(painter, option, roles, is_current=False)
    font = scaled(option.font, SMALL_FONT_SCALE, bold=True)
    line = QRect(option.rect)
    if not is_first:
        # Closer to the rows below than to those above.
        line.setTop(line.bottom() - QFontMetrics(font).height() - 2 * STEP)
    arrow = "chevron-down" if row.is_expanded else "chevron-right"
    icon_rect = _icon_rect(line.left() + 2 * STEP, line)
    icons.icon(arrow, roles.muted).paint(painter, icon_rect)
    count, count_font = str(row.count), scaled(option.font, SMALL_FONT_SCALE)
    count_left = line.right() - 4 * STEP - QFontMetrics(count_font).horizontalAdvance(count)
    count_rect, name_rect = QRect(line), QRect(line)
    count_rect.setLeft(count_left)
    name_rect.setLeft(line.left() + TEXT_INDENT)
    name_rect.setRight(count_left - 2 * STEP)
    paint_text(painter, count_rect, count, count_font, roles.muted)
    paint_text(painter, name_rect, row.name, font, roles.muted)


def _paint_preset(
    painter: QPainter, option: QStyleOptionViewItem, model: PresetsModel, summary: PresetSummary
) -> None:
    roles = colours(option.palette)
    is_in_use = bool(summary.path) and summary.path == model.in_use.path
    is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
    paint_row_background(painter, option, roles, is_current=is_selected)
    star, colour = (
        ("star-filled", roles.accent) if model.is_favourite(summary) else ("star", roles.muted)
    )
    icon_rect = QRect(0, 0, ICON_SIZE, ICON_SIZE)
    icon_rect.moveCenter(star_rect(option.rect).center())
    icons.icon(star, colour).paint(painter, icon_rect)
    lines = row_lines(option, bold=is_in_use, right_margin=_RIGHT_MARGIN)
    if is_in_use:
        icons.icon("dot", roles.ok).paint(painter, lines.icon)
    name = preset_name(summary) + (" •" if is_in_use and model.in_use.is_changed else "")
    colour = roles.muted if summary.problem else roles.text
    _paint_highlights(painter, lines, name, model, roles)
    paint_text(painter, lines.name, name, lines.name_font, colour)
    details = lines.details
    if summary.problem:
        icon_rect = _icon_rect(details.left(), details)
        icons.icon("warning", roles.warning).paint(painter, icon_rect)
        details.setLeft(icon_rect.right() + STEP)
    paint_text(painter, details, model.detail_text(summary), lines.details_font, roles.muted)


def _paint_highlights(
    painter: QPainter, lines: RowLines, name: str, model: PresetsModel, roles: Colours
) -> None:
    shown, visible_chars = elided(name, lines.name_font, lines.name.width())
    spans = model.highlights.spans_in(name)
    visible_spans = tuple((a, min(b, visible_chars)) for a, b in spans if a < visible_chars)
    if visible_spans:
        draw_highlighted_line(painter, lines.name, shown, lines.name_font, visible_spans, roles)


def _icon_rect(left: int, line: QRect) -> QRect:
    """Returns the rectangle of an icon in the middle of a line."""
    return QRect(left, line.center().y() - ICON_SIZE // 2 + 1, ICON_SIZE, ICON_SIZE)
