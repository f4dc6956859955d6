"""Geometry of a tree row, shared by painting, clicks and editors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFont, QFontMetrics

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.issue_layout import IssueLayout, lay_out_issue
from runcomfy_desktop.ui.input_tree.rows.text_block import TextBlock, font_of, text_block
from runcomfy_desktop.ui.style.theme import ROW_HEIGHT, STEP, scaled

if TYPE_CHECKING:
    from runcomfy_desktop.ui.input_tree.rows.input_row import InputRow

SMALL_FONT_SCALE = 0.9
MAX_TEXT_LINES = 6
_MIN_LINES = 2
_MIN_PROMPT_HEIGHT = 21 * STEP
"""Minimum height of a field for multiline text."""
_MIN_SEED_WIDTH = 28 * STEP
ISSUE_LINES = 2
_HINT_LINES = 3
MIN_THUMB_FIELD_WIDTH = 104 * STEP
"""Width below which a media field shows no picture."""
_SLIDER_WIDTH = 56 * STEP
_MIN_SLIDER_WIDTH = 12 * STEP
_CURVE_WIDTH = 44 * STEP
_OPEN_CURVE_WIDTH = 96 * STEP
_CURVE_HEIGHT = 16 * STEP
_FIELD_DIGITS, _MIN_DIGITS = 7, 5
_FIELD_GAP = 3 * STEP
_WIDE_KINDS = (
    InputKind.TEXT,
    InputKind.STRING,
    InputKind.OTHER,
    InputKind.BOX,
    InputKind.RANGE,
)
PADDING = 2 * STEP
"""Space between a field's border and its text."""
ARROW_WIDTH = 5 * STEP
"""Width of a drop-down arrow."""


class RowPart(Enum):
    """Parts of a row that respond to the mouse."""

    FIELD = "field"
    CHECK = "check"
    LINK = "link"
    MODE = "mode"
    DICE = "dice"
    SLIDER = "slider"
    SWATCH = "swatch"
    RESET = "reset"
    QUICK_FIX = "cure"


@dataclass(frozen=True, slots=True)
class RowMetrics:
    """Sizes derived from the system's font, in logical pixels."""

    font: QFont
    small_font: QFont
    bold_font: QFont
    line_height: int
    small_line_height: int
    digit_width: int
    field_height: int
    row_height: int
    header_height: int

    @property
    def media_field_height(self) -> int:
        """Height of a media field with its margins."""
        return max(18 * STEP, self.line_height + self.small_line_height + 8 * STEP) + 6 * STEP

    @property
    def noted_media_field_height(self) -> int:
        """Height of a media field with an extra line on how a large file is sent."""
        return max(
            self.media_field_height, self.line_height + 3 * self.small_line_height + 9 * STEP
        )

    @property
    def titled_row_height(self) -> int:
        """Height of a row with its node's title below its name."""
        return (self.row_height + self.line_height) // 2 + self.small_line_height + 2 * STEP

    @property
    def issue_media_field_height(self) -> int:
        """Height of a media field with a warning of two lines and two buttons."""
        return self.media_field_height + ISSUE_LINES * self.small_line_height + 3 * STEP


@lru_cache(maxsize=8)
def metrics_for(font_key: str) -> RowMetrics:
    """Returns the metrics for `QFont.toString()`, which serves as the font's cache key."""
    font = font_of(font_key)
    small, bold = scaled(font, SMALL_FONT_SCALE), scaled(font, 1.0, bold=True)
    line, small_line = QFontMetrics(font).height(), QFontMetrics(small).height()
    field = max(7 * STEP, line + 3 * STEP)
    return RowMetrics(
        font=font,
        small_font=small,
        bold_font=bold,
        line_height=line,
        small_line_height=small_line,
        digit_width=QFontMetrics(font).horizontalAdvance("0"),
        field_height=field,
        row_height=max(ROW_HEIGHT, field + 2 * STEP),
        header_height=max(8 * STEP, line + 4 * STEP),
    )


def value_block(row: InputRow, metrics: RowMetrics, width: int) -> TextBlock:
    """Returns the wrapped text of a TEXT input at rest, inside a field."""
    text = texts.value_text(row.value, row.spec) or row.spec.placeholder
    return field_text_block(text, metrics, width)


def field_text_block(text: str, metrics: RowMetrics, width: int) -> TextBlock:
    """Returns the text block inside a multiline field."""
    return text_block(text, metrics.font.toString(), width, MAX_TEXT_LINES)


def row_issue_layout(row: InputRow, metrics: RowMetrics, cell_width: int) -> IssueLayout | None:
    """Returns the layout of the issue under a field; None without an issue.

    A media field shows its own issue.
    """
    if row.issue is None or row.spec.kind.is_media:
        return None
    return lay_out_issue(row.issue, metrics.small_font.toString(), field_width(cell_width))


def field_width(cell_width: int) -> int:
    return max(cell_width - 2 * STEP, 20 * STEP)


def open_curve_width(cell_width: int) -> int:
    """Returns the width of a curve while it is edited, larger than at rest."""
    return min(field_width(cell_width), _OPEN_CURVE_WIDTH)


def row_height(row: InputRow, metrics: RowMetrics, cell_width: int) -> int:
    """Returns the height of an input's row, at least `metrics.row_height`."""
    hint = hint_height(row, metrics, cell_width)
    if row.spec.kind.is_media:
        is_large = isinstance(row.value, MediaFile) and row.value.is_above_inline_limit
        media_field_height = (
            metrics.noted_media_field_height if is_large else metrics.media_field_height
        )
        media_field_height = (
            media_field_height if row.issue is None else metrics.issue_media_field_height
        )
        return media_field_height + hint
    height = _field_height(row, metrics, cell_width) + metrics.row_height - metrics.field_height
    issue = row_issue_layout(row, metrics, cell_width)
    height += hint if issue is None else issue.height + STEP + hint
    return max(height, metrics.titled_row_height) if row.node_title else height


def hint_block(row: InputRow, metrics: RowMetrics, cell_width: int) -> TextBlock | None:
    """Returns the hint of a pin, shown at the foot of the row; None if there is none."""
    if not row.hint:
        return None
    return text_block(row.hint, metrics.small_font.toString(), field_width(cell_width), _HINT_LINES)


def hint_height(row: InputRow, metrics: RowMetrics, cell_width: int) -> int:
    """Returns the height of the hint with the gap above it; 0 if there is none."""
    hint = hint_block(row, metrics, cell_width)
    return 0 if hint is None else hint.height + STEP


def _field_height(row: InputRow, metrics: RowMetrics, cell_width: int) -> int:
    if row.spec.kind is InputKind.CURVE:
        return max(_CURVE_HEIGHT, metrics.field_height)
    if row.spec.kind in (InputKind.BOX, InputKind.RANGE):
        count = len(texts.field_names(row.spec.kind))
        rows = -(-count // _field_columns(row.spec.kind, metrics, field_width(cell_width)))
        return rows * (metrics.field_height + STEP) - STEP
    if row.spec.kind is not InputKind.TEXT:
        return metrics.field_height
    block = value_block(row, metrics, field_width(cell_width) - 2 * PADDING)
    return max(block.height, min_text_height(metrics)) + metrics.field_height - metrics.line_height


def min_text_height(metrics: RowMetrics) -> int:
    """Returns the minimum text height in a multiline field, at rest and while it is edited."""
    return max(
        _MIN_LINES * metrics.line_height,
        _MIN_PROMPT_HEIGHT - metrics.field_height + metrics.line_height,
    )


def value_parts(row: InputRow, metrics: RowMetrics, cell: QRect) -> dict[RowPart, QRect]:
    """Returns the parts of a value cell in painting order."""
    top = cell.top() + (metrics.row_height - metrics.field_height) // 2
    max_width = field_width(cell.width())
    kind = row.spec.kind
    width = min(_natural_width(row, metrics, max_width), max_width)
    field = QRect(cell.left(), top, width, _field_height(row, metrics, cell.width()))
    if kind is InputKind.BOOLEAN:
        return {RowPart.CHECK: field}
    if kind is InputKind.LINK:
        return {RowPart.LINK: field}
    if kind is InputKind.COLOR:
        return _colour_parts(field, metrics)
    if has_slider(row.spec):
        return _slider_parts(field, max_width)
    if not row.spec.is_seed:
        return {RowPart.FIELD: field}
    return _seed_parts(field, metrics, max_width)


def has_slider(spec: InputSpec) -> bool:
    """Returns True if a number is shown with a slider."""
    low, high = spec.minimum, spec.maximum
    return spec.is_slider and low is not None and high is not None and low < high


def _colour_parts(field: QRect, metrics: RowMetrics) -> dict[RowPart, QRect]:
    """Returns the swatch and the field with the digits to its right."""
    side = metrics.field_height
    swatch = QRect(field.left(), field.top(), side, side)
    return {RowPart.FIELD: field.adjusted(side + STEP, 0, 0, 0), RowPart.SWATCH: swatch}


def _slider_parts(field: QRect, max_width: int) -> dict[RowPart, QRect]:
    """Returns the field of the number and, if there is space, the slider to its right."""
    gap = 3 * STEP
    space = min(max_width - field.width() - gap, _SLIDER_WIDTH)
    if space < _MIN_SLIDER_WIDTH:
        return {RowPart.FIELD: field}
    slider = QRect(field.right() + 1 + gap, field.top(), space, field.height())
    return {RowPart.FIELD: field, RowPart.SLIDER: slider}


def _seed_parts(field: QRect, metrics: RowMetrics, max_width: int) -> dict[RowPart, QRect]:
    """Returns a seed's field, mode and dice, which share the available width."""
    longest_text = max((texts.seed_mode_text(mode) for mode in SeedMode), key=len)
    wanted = QFontMetrics(metrics.font).horizontalAdvance(longest_text) + 2 * PADDING + ARROW_WIDTH
    gap = 2 * STEP
    width = max(min(field.width(), max_width - gap - wanted), _MIN_SEED_WIDTH)
    seed = QRect(field.left(), field.top(), width, field.height())
    mode_width = min(wanted, max_width - width - gap)
    mode = QRect(seed.right() + 1 + gap, seed.top(), mode_width, metrics.field_height)
    parts = {RowPart.FIELD: seed, RowPart.MODE: mode}
    dice = QRect(mode.right() + 1 + STEP, seed.top(), metrics.field_height, metrics.field_height)
    if dice.right() < field.left() + max_width:
        parts[RowPart.DICE] = dice
    return parts


def field_cells(rect: QRect, kind: InputKind, metrics: RowMetrics) -> list[tuple[QRect, QRect]]:
    """Returns the rectangles of the caption and the field of each number of a value.

    The fields are side by side, or one below the other if there is not enough space.
    """
    names = texts.field_names(kind)
    columns = _field_columns(kind, metrics, rect.width())
    captions = _caption_widths(kind, metrics, columns)
    space = (rect.width() - sum(captions) - _FIELD_GAP * (columns - 1)) // columns
    width = min(_FIELD_DIGITS * metrics.digit_width + 2 * PADDING, space)
    cells = []
    for index in range(len(names)):
        row, column = divmod(index, columns)
        left = rect.left() + sum(captions[:column]) + column * (width + _FIELD_GAP)
        top = rect.top() + row * (metrics.field_height + STEP)
        named = QRect(left, top, captions[column], metrics.field_height)
        cells.append((named, QRect(left + captions[column], top, width, metrics.field_height)))
    return cells


def _field_columns(kind: InputKind, metrics: RowMetrics, width: int) -> int:
    count = len(texts.field_names(kind))
    min_width = _MIN_DIGITS * metrics.digit_width + 2 * PADDING
    for columns in (count, 2):
        needed = sum(_caption_widths(kind, metrics, columns)) + columns * min_width
        if needed + _FIELD_GAP * (columns - 1) <= width:
            return columns
    return 1


def _caption_widths(kind: InputKind, metrics: RowMetrics, columns: int) -> list[int]:
    """Returns the width of the captions in each column."""
    small = QFontMetrics(metrics.small_font)
    widths = [small.horizontalAdvance(texts.field_label(each)) for each in texts.field_names(kind)]
    return [max(widths[column::columns]) + STEP for column in range(columns)]


def rect_centre(rect: QRect) -> QPoint:
    """Returns the centre of a rectangle, rounded the same way at negative coordinates.

    `QRect.center()` rounds the other way there, and rows that are partly scrolled out would be
    drawn one pixel lower.
    """
    return rect.topLeft() + QPoint((rect.width() - 1) // 2, (rect.height() - 1) // 2)


def reset_rect(metrics: RowMetrics, cell: QRect) -> QRect:
    side = metrics.field_height
    left = cell.right() + 1 - side - STEP
    return QRect(left, cell.top() + (metrics.row_height - side) // 2, side, side)


def media_field_rect(row: InputRow, metrics: RowMetrics, cell: QRect) -> QRect:
    height = cell.height() - PADDING - hint_height(row, metrics, cell.width())
    return QRect(cell.left(), cell.top() + STEP, field_width(cell.width()), height)


def _natural_width(row: InputRow, metrics: RowMetrics, max_width: int) -> int:
    kind = row.spec.kind
    if kind in _WIDE_KINDS:
        return max_width
    if kind is InputKind.CURVE:
        return _CURVE_WIDTH
    if kind is InputKind.LINK:
        text = texts.link_text(row)
        return QFontMetrics(metrics.font).horizontalAdvance(text) + ARROW_WIDTH + STEP
    text = texts.value_text(row.value, row.spec)
    needed = QFontMetrics(metrics.font).horizontalAdvance(text) + 2 * PADDING
    if kind is InputKind.BOOLEAN:
        return needed + ARROW_WIDTH
    if kind in (InputKind.COMBO, InputKind.MULTI):
        return max(needed + ARROW_WIDTH, 44 * STEP)
    if kind is InputKind.COLOR:
        return metrics.field_height + STEP + max(needed, 11 * metrics.digit_width + 2 * PADDING)
    if row.spec.is_seed:
        return max(needed + ARROW_WIDTH, 36 * STEP)
    return max(needed + ARROW_WIDTH, 9 * metrics.digit_width + 2 * PADDING)
