"""How a value looks at rest: by its kind, and with its fault under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs import layout, texts
from runcomfy_desktop.ui.inputs.fault_look import draw_fault_look
from runcomfy_desktop.ui.inputs.layout import ARROW, PAD, Part
from runcomfy_desktop.ui.inputs.painting import Brush, Frame, frame_of
from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

    from runcomfy_desktop.ui.models.inputs import InputRow


def draw_part(brush: Brush, part: Part, rect: QRect, row: InputRow, *, is_edited: bool) -> None:
    """One part of a value; where an editor stands, only the field around it."""
    muted = brush.colours.muted
    if part is Part.CURE:
        # It stands in the words of the fault, and is drawn with them.
        return
    if part in (Part.MODE, Part.LINK):
        brush = brush.unmarked()
    if part is Part.MODE:
        frame = Frame.PLAIN if row.seed_mode is SeedMode.KEEP else Frame.CHANGED
        brush.choice(rect, texts.seed_mode_text(row.seed_mode), frame)
    elif part is Part.DICE:
        brush.icon(rect, "dice", muted, 4 * STEP + 2)
    elif part is Part.LINK:
        brush.icon(rect.adjusted(0, 0, 4 * STEP - rect.width(), 0), "arrow-left", muted)
        text = texts.link_text(row.from_title)
        brush.text(rect.adjusted(ARROW, 0, 0, 0), text, muted, brush.metrics.font)
    elif part is Part.CHECK:
        if not is_edited:
            text = texts.value_text(row.value, row.spec)
            brush.check(rect, text, row.value is True, frame_of(row, is_edited=False))
    elif row.spec.kind is InputKind.OTHER:
        text = texts.value_text(row.value, row.spec)
        brush.text(rect, text, muted, brush.metrics.font)
    elif is_edited:
        brush.field(rect, Frame.EDITED)
    else:
        _draw_field(brush, rect, row)


def draw_fault(brush: Brush, cell: QRect, field: QRect, row: InputRow) -> None:
    """What is wrong, under the field, and the link that puts it right."""
    look = layout.fault_block(row, brush.metrics, cell.width())
    if look is not None and row.fault is not None:
        draw_fault_look(brush, (cell.left(), field.bottom() + STEP), row.fault, look)


def _draw_field(brush: Brush, rect: QRect, row: InputRow) -> None:
    colours, metrics = brush.colours, brush.metrics
    frame = frame_of(row, is_edited=False)
    text = texts.value_text(row.value, row.spec)
    colour = colours.text if text else colours.muted
    inside = rect.adjusted(PAD, 0, -PAD, 0)
    if row.spec.kind is InputKind.COMBO:
        brush.choice(rect, text, frame)
        return
    brush.field(rect, frame)
    if row.spec.kind is InputKind.TEXT:
        top = rect.top() + (metrics.field - metrics.line) // 2
        block = layout.value_block(row, metrics, inside.width())
        marks = brush.marks.of(block.text)
        block.draw_marks(brush.painter, (inside.left(), top), marks, colours)
        block.draw(brush.painter, inside.left(), top, colour)
    else:
        brush.text(inside, text or one_line(row.spec.placeholder), colour, metrics.font)
