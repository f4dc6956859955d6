"""Where everything in a row of the tree stands: one geometry for painting, clicks and editors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFont, QFontMetrics

from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.schema import InputKind, InputSpec
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.fault_look import FaultLook, fault_look
from runcomfy_desktop.ui.inputs.layout_text import TextBlock, font_of, text_block
from runcomfy_desktop.ui.theme import ROW_HEIGHT, STEP, scaled

if TYPE_CHECKING:
    from runcomfy_desktop.ui.models.inputs import InputRow

SMALL = 0.9
MAX_LINES = 6
_MIN_LINES = 2
_LEAST_PROMPT = 21 * STEP
"""The height of a field for a text of many lines, at the least."""
_LEAST_SEED = 28 * STEP
WARNING_LINES = 2
_HINT_LINES = 3
ROOMY_WELL = 104 * STEP
"""A narrower well shows no picture."""
LARGER_WELL = 24 * STEP
"""A pinned picture is what somebody came for."""
_SLIDER_WIDTH = 56 * STEP
_LEAST_SLIDER = 12 * STEP
_CURVE_WIDTH = 44 * STEP
_OPEN_CURVE_WIDTH = 96 * STEP
_CURVE_HEIGHT = 16 * STEP
_FIELD_DIGITS, _LEAST_DIGITS = 7, 5
_FIELD_GAP = 3 * STEP
_WIDE_KINDS = (
    InputKind.TEXT,
    InputKind.STRING,
    InputKind.OTHER,
    InputKind.BOX,
    InputKind.RANGE,
)
PAD = 2 * STEP
"""Between a field's border and its text."""
ARROW = 5 * STEP
"""Room for the arrow of a list to choose from."""


class Part(Enum):
    """The places in a row that a pointer can mean."""

    FIELD = "field"
    CHECK = "check"
    LINK = "link"
    MODE = "mode"
    DICE = "dice"
    SLIDER = "slider"
    SWATCH = "swatch"
    RESET = "reset"
    CURE = "cure"


@dataclass(frozen=True, slots=True)
class Metrics:
    """Heights that follow the system's font, in logical pixels."""

    font: QFont
    small: QFont
    bold: QFont
    line: int
    small_line: int
    digit: int
    field: int
    row: int
    header: int

    @property
    def well(self) -> int:
        """A picture well and the room around it."""
        return max(18 * STEP, self.line + self.small_line + 8 * STEP) + 6 * STEP

    @property
    def noted_well(self) -> int:
        """The same with a line that says what becomes of a large file."""
        return max(self.well, self.line + 3 * self.small_line + 9 * STEP)

    @property
    def named_row(self) -> int:
        """A row that says below its name whose input it is."""
        return (self.row + self.line) // 2 + self.small_line + 2 * STEP

    @property
    def warning_well(self) -> int:
        """The same with a warning of two lines and two buttons."""
        return self.well + WARNING_LINES * self.small_line + 3 * STEP


@lru_cache(maxsize=8)
def metrics_for(font_key: str) -> Metrics:
    """Metrics for `QFont.toString()`, which is what fonts can be compared by."""
    font = font_of(font_key)
    small, bold = scaled(font, SMALL), scaled(font, 1.0, bold=True)
    line, small_line = QFontMetrics(font).height(), QFontMetrics(small).height()
    field = max(7 * STEP, line + 3 * STEP)
    return Metrics(
        font=font,
        small=small,
        bold=bold,
        line=line,
        small_line=small_line,
        digit=QFontMetrics(font).horizontalAdvance("0"),
        field=field,
        row=max(ROW_HEIGHT, field + 2 * STEP),
        header=max(8 * STEP, line + 4 * STEP),
    )


def value_block(row: InputRow, metrics: Metrics, width: int) -> TextBlock:
    """The wrapped text of a TEXT input at rest, inside a field."""
    text = texts.value_text(row.value, row.spec) or row.spec.placeholder
    return block_of(text, metrics, width)


def block_of(text: str, metrics: Metrics, width: int) -> TextBlock:
    """Text inside a field of several lines."""
    return text_block(text, metrics.font.toString(), width, MAX_LINES)


def fault_block(row: InputRow, metrics: Metrics, cell_width: int) -> FaultLook | None:
    """The fault under a field; a well shows its own."""
    if row.fault is None or row.spec.kind.is_media:
        return None
    return fault_look(row.fault, metrics.small.toString(), field_width(cell_width))


def field_width(cell_width: int) -> int:
    return max(cell_width - 2 * STEP, 20 * STEP)


def open_curve_width(cell_width: int) -> int:
    """A curve has more room while it is edited."""
    return min(field_width(cell_width), _OPEN_CURVE_WIDTH)


def row_height(row: InputRow, metrics: Metrics, cell_width: int) -> int:
    """The height of an input's row; not less than `metrics.row`."""
    hint = hint_room(row, metrics, cell_width)
    if row.spec.kind.is_media:
        is_large = isinstance(row.value, MediaFile) and row.value.above_limit
        well = metrics.noted_well if is_large else metrics.well
        well = well if row.fault is None else metrics.warning_well
        has_room = has_large_well(row, field_width(cell_width))
        return (well + LARGER_WELL if has_room else well) + hint
    height = _field_height(row, metrics, cell_width) + metrics.row - metrics.field
    fault = fault_block(row, metrics, cell_width)
    height += hint if fault is None else fault.height + STEP + hint
    return max(height, metrics.named_row) if row.of_node else height


def has_large_well(row: InputRow, width: int) -> bool:
    """Whether a picture has more room: it is one of a few, and the well is wide enough."""
    return bool(row.of_node) and width >= ROOMY_WELL + 8 * STEP


def hint_block(row: InputRow, metrics: Metrics, cell_width: int) -> TextBlock | None:
    """What a pin says of its input, at the foot of the row."""
    if not row.hint:
        return None
    return text_block(row.hint, metrics.small.toString(), field_width(cell_width), _HINT_LINES)


def hint_room(row: InputRow, metrics: Metrics, cell_width: int) -> int:
    """The height of the hint with the gap above it; nothing where there is none."""
    hint = hint_block(row, metrics, cell_width)
    return 0 if hint is None else hint.height + STEP


def _field_height(row: InputRow, metrics: Metrics, cell_width: int) -> int:
    if row.spec.kind is InputKind.CURVE:
        return max(_CURVE_HEIGHT, metrics.field)
    if row.spec.kind in (InputKind.BOX, InputKind.RANGE):
        count = len(texts.field_names(row.spec.kind))
        rows = -(-count // _field_columns(row.spec.kind, metrics, field_width(cell_width)))
        return rows * (metrics.field + STEP) - STEP
    if row.spec.kind is not InputKind.TEXT:
        return metrics.field
    block = value_block(row, metrics, field_width(cell_width) - 2 * PAD)
    return max(block.height, least_text(metrics)) + metrics.field - metrics.line


def least_text(metrics: Metrics) -> int:
    """Room for text in a field of many lines, at rest and while it is edited."""
    return max(_MIN_LINES * metrics.line, _LEAST_PROMPT - metrics.field + metrics.line)


def value_parts(row: InputRow, metrics: Metrics, cell: QRect) -> dict[Part, QRect]:
    """The parts of a value cell, in painting order."""
    top = cell.top() + (metrics.row - metrics.field) // 2
    widest = field_width(cell.width())
    kind = row.spec.kind
    width = min(_natural_width(row, metrics, widest), widest)
    field = QRect(cell.left(), top, width, _field_height(row, metrics, cell.width()))
    if kind is InputKind.BOOLEAN:
        return {Part.CHECK: field}
    if kind is InputKind.LINK:
        return {Part.LINK: field}
    if kind is InputKind.COLOR:
        return _colour_parts(field, metrics)
    if has_slider(row.spec):
        return _slider_parts(field, widest)
    if not row.spec.is_seed:
        return {Part.FIELD: field}
    return _seed_parts(field, metrics, widest)


def has_slider(spec: InputSpec) -> bool:
    """Whether a number is shown as a place between two ends."""
    low, high = spec.minimum, spec.maximum
    return spec.is_slider and low is not None and high is not None and low < high


def _colour_parts(field: QRect, metrics: Metrics) -> dict[Part, QRect]:
    """The swatch, and behind it the digits."""
    side = metrics.field
    swatch = QRect(field.left(), field.top(), side, side)
    return {Part.FIELD: field.adjusted(side + STEP, 0, 0, 0), Part.SWATCH: swatch}


def _slider_parts(field: QRect, widest: int) -> dict[Part, QRect]:
    """The number, and behind it the slider, where there is room for one."""
    gap = 3 * STEP
    room = min(widest - field.width() - gap, _SLIDER_WIDTH)
    if room < _LEAST_SLIDER:
        return {Part.FIELD: field}
    slider = QRect(field.right() + 1 + gap, field.top(), room, field.height())
    return {Part.FIELD: field, Part.SLIDER: slider}


def _seed_parts(field: QRect, metrics: Metrics, widest: int) -> dict[Part, QRect]:
    """A seed, what it does at each run, and dice; they share what room there is."""
    longest = max((texts.seed_mode_text(mode) for mode in SeedMode), key=len)
    wanted = QFontMetrics(metrics.font).horizontalAdvance(longest) + 2 * PAD + ARROW
    gap = 2 * STEP
    width = max(min(field.width(), widest - gap - wanted), _LEAST_SEED)
    seed = QRect(field.left(), field.top(), width, field.height())
    mode_width = min(wanted, widest - width - gap)
    mode = QRect(seed.right() + 1 + gap, seed.top(), mode_width, metrics.field)
    parts = {Part.FIELD: seed, Part.MODE: mode}
    dice = QRect(mode.right() + 1 + STEP, seed.top(), metrics.field, metrics.field)
    if dice.right() < field.left() + widest:
        parts[Part.DICE] = dice
    return parts


def field_cells(rect: QRect, kind: InputKind, metrics: Metrics) -> list[tuple[QRect, QRect]]:
    """For each number of a value with several: where it is named, and its field.

    They stand side by side, and below one another where there is no room for that.
    """
    names = texts.field_names(kind)
    columns = _field_columns(kind, metrics, rect.width())
    captions = _captions(kind, metrics, columns)
    room = (rect.width() - sum(captions) - _FIELD_GAP * (columns - 1)) // columns
    width = min(_FIELD_DIGITS * metrics.digit + 2 * PAD, room)
    cells = []
    for at in range(len(names)):
        row, column = divmod(at, columns)
        left = rect.left() + sum(captions[:column]) + column * (width + _FIELD_GAP)
        top = rect.top() + row * (metrics.field + STEP)
        named = QRect(left, top, captions[column], metrics.field)
        cells.append((named, QRect(left + captions[column], top, width, metrics.field)))
    return cells


def _field_columns(kind: InputKind, metrics: Metrics, width: int) -> int:
    count = len(texts.field_names(kind))
    least = _LEAST_DIGITS * metrics.digit + 2 * PAD
    for columns in (count, 2):
        needed = sum(_captions(kind, metrics, columns)) + columns * least
        if needed + _FIELD_GAP * (columns - 1) <= width:
            return columns
    return 1


def _captions(kind: InputKind, metrics: Metrics, columns: int) -> list[int]:
    """The room for names in each column."""
    small = QFontMetrics(metrics.small)
    widths = [small.horizontalAdvance(texts.field_label(each)) for each in texts.field_names(kind)]
    return [max(widths[column::columns]) + STEP for column in range(columns)]


def middle(rect: QRect) -> QPoint:
    """As `QRect.center()` below the upper edge. Above it, at negative coordinates, that rounds the
    other way, and what is half scrolled away would stand one pixel lower."""
    return rect.topLeft() + QPoint((rect.width() - 1) // 2, (rect.height() - 1) // 2)


def reset_rect(metrics: Metrics, cell: QRect) -> QRect:
    side = metrics.field
    left = cell.right() + 1 - side - STEP
    return QRect(left, cell.top() + (metrics.row - side) // 2, side, side)


def well_rect(row: InputRow, metrics: Metrics, cell: QRect) -> QRect:
    height = cell.height() - PAD - hint_room(row, metrics, cell.width())
    return QRect(cell.left(), cell.top() + STEP, field_width(cell.width()), height)


def _natural_width(row: InputRow, metrics: Metrics, widest: int) -> int:
    kind = row.spec.kind
    if kind in _WIDE_KINDS:
        return widest
    if kind is InputKind.CURVE:
        return _CURVE_WIDTH
    if kind is InputKind.LINK:
        text = texts.link_text(row.from_title)
        return QFontMetrics(metrics.font).horizontalAdvance(text) + ARROW + STEP
    text = texts.value_text(row.value, row.spec)
    needed = QFontMetrics(metrics.font).horizontalAdvance(text) + 2 * PAD
    if kind is InputKind.BOOLEAN:
        return needed + ARROW
    if kind in (InputKind.COMBO, InputKind.MULTI):
        return max(needed + ARROW, 44 * STEP)
    if kind is InputKind.COLOR:
        return metrics.field + STEP + max(needed, 11 * metrics.digit + 2 * PAD)
    if row.spec.is_seed:
        return max(needed + ARROW, 36 * STEP)
    return max(needed + ARROW, 9 * metrics.digit + 2 * PAD)
