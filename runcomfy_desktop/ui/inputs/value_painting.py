"""How a value looks at rest: by its kind, and with its fault under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF

from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.ui.inputs import layout, texts
from runcomfy_desktop.ui.inputs.curve_painting import draw_curve
from runcomfy_desktop.ui.inputs.fault_look import draw_fault_look
from runcomfy_desktop.ui.inputs.layout import ARROW, PAD, Part
from runcomfy_desktop.ui.inputs.marks import excerpt
from runcomfy_desktop.ui.inputs.numbers import share_of
from runcomfy_desktop.ui.inputs.painting import Brush, Frame, frame_of
from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

    from runcomfy_desktop.ui.models.inputs import InputRow

# A colour's name is never longer.
_COLOUR = 40
_WITH_FIELDS = (InputKind.BOX, InputKind.RANGE)


def draw_part(brush: Brush, part: Part, rect: QRect, row: InputRow, *, is_edited: bool) -> None:
    """One part of a value; where an editor stands, only the field around it."""
    if part is Part.CURE:
        # It stands in the words of the fault, and is drawn with them.
        return
    if part in (Part.MODE, Part.LINK):
        brush = brush.unmarked()
    if part in _BESIDE:
        _BESIDE[part](brush, rect, row)
    elif part is Part.CHECK:
        if not is_edited:
            text = texts.value_text(row.value, row.spec)
            brush.check(rect, text, row.value is True, frame_of(row, is_edited=False))
    elif row.spec.kind in _WITH_FIELDS:
        if not is_edited:
            _draw_fields(brush, rect, row)
    elif row.spec.kind is InputKind.OTHER:
        text = texts.value_text(row.value, row.spec)
        brush.text(rect, text, brush.colours.muted, brush.metrics.font)
    elif is_edited:
        brush.field(rect, Frame.EDITED)
    else:
        _draw_field(brush, rect, row)


def _draw_mode(brush: Brush, rect: QRect, row: InputRow) -> None:
    frame = Frame.PLAIN if row.seed_mode is SeedMode.KEEP else Frame.CHANGED
    brush.choice(rect, texts.seed_mode_text(row.seed_mode), frame)


def _draw_dice(brush: Brush, rect: QRect, _row: InputRow) -> None:
    brush.icon(rect, "dice", brush.colours.muted, 4 * STEP + 2)


def _draw_slider(brush: Brush, rect: QRect, row: InputRow) -> None:
    brush.slider(rect, share_of(row.value, row.spec), frame_of(row, is_edited=False))


def _draw_swatch(brush: Brush, rect: QRect, row: InputRow) -> None:
    colour = row.value[:_COLOUR] if isinstance(row.value, str) else ""
    brush.swatch(rect, colour, frame_of(row, is_edited=False))


def _draw_link(brush: Brush, rect: QRect, row: InputRow) -> None:
    muted = brush.colours.muted
    brush.icon(rect.adjusted(0, 0, 4 * STEP - rect.width(), 0), "arrow-left", muted)
    text = texts.link_text(row.from_title)
    brush.text(rect.adjusted(ARROW, 0, 0, 0), text, muted, brush.metrics.font)


_BESIDE = {
    Part.MODE: _draw_mode,
    Part.DICE: _draw_dice,
    Part.SLIDER: _draw_slider,
    Part.SWATCH: _draw_swatch,
    Part.LINK: _draw_link,
}


def draw_fault(brush: Brush, cell: QRect, field: QRect, row: InputRow) -> None:
    """What is wrong, under the field, and the link that puts it right."""
    look = layout.fault_block(row, brush.metrics, cell.width())
    if look is not None and row.fault is not None:
        draw_fault_look(brush, (cell.left(), field.bottom() + STEP), row.fault, look)


def draw_hint(brush: Brush, cell: QRect, row: InputRow) -> None:
    """What the person's pin says of the input, at the foot of its row."""
    hint = layout.hint_block(row, brush.metrics, cell.width())
    if hint is not None:
        top = cell.bottom() - hint.height - STEP // 2
        hint.draw(brush.painter, cell.left(), top, brush.colours.muted)


def _draw_field(brush: Brush, rect: QRect, row: InputRow) -> None:
    colours, metrics = brush.colours, brush.metrics
    frame = frame_of(row, is_edited=False)
    text, muted = texts.value_text(row.value, row.spec), colours.muted
    colour = colours.text if text else muted
    inside = rect.adjusted(PAD, 0, -PAD, 0)
    if row.spec.kind in (InputKind.COMBO, InputKind.MULTI):
        brush.choice(rect, text, frame)
        return
    brush.field(rect, frame)
    if row.spec.kind is InputKind.CURVE and not isinstance(row.value, MediaFile):
        draw_curve(brush.painter, QRectF(rect).adjusted(PAD, PAD, -PAD, -PAD), row.value, muted)
        return
    if row.spec.kind is InputKind.TEXT:
        top = rect.top() + (metrics.field - metrics.line) // 2
        block = layout.value_block(row, metrics, inside.width())
        if brush.marks.terms and block.is_cut and isinstance(row.value, str):
            part = excerpt(row.value, brush.marks, block.shown)
            block = layout.block_of(part, metrics, inside.width()) if part else block
        marks = brush.marks.of(block.text)
        block.draw_marks(brush.painter, (inside.left(), top), marks, colours)
        block.draw(brush.painter, inside.left(), top, colour)
    else:
        brush.text(inside, text or texts.placeholder(row.spec), colour, metrics.font)


def _draw_fields(brush: Brush, rect: QRect, row: InputRow) -> None:
    """Several numbers, each in a field of its own."""
    frame, kind = frame_of(row, is_edited=False), row.spec.kind
    cells = layout.field_cells(rect, kind, brush.metrics)
    for name, (caption, cell) in zip(texts.field_names(kind), cells, strict=True):
        brush.text(caption, texts.field_label(name), brush.colours.muted, brush.metrics.small)
        brush.field(cell, frame)
        text, inside = texts.field_text(row.value, name), cell.adjusted(PAD, 0, -PAD, 0)
        brush.text(inside, text, brush.colours.text, brush.metrics.font)
