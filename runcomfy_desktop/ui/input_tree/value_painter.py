"""How a value looks at rest: by its kind, and with its fault under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.ui.input_tree import row_layout, texts
from runcomfy_desktop.ui.input_tree.curve_painter import draw_curve
from runcomfy_desktop.ui.input_tree.input_row_painter import FieldFrame, InputRowPainter, frame_of
from runcomfy_desktop.ui.input_tree.issue_layout import draw_issue_layout
from runcomfy_desktop.ui.input_tree.number_values import fraction_of
from runcomfy_desktop.ui.input_tree.row_layout import ARROW_WIDTH, PADDING, RowPart
from runcomfy_desktop.ui.style.highlights import excerpt
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow

# A colour's name is never longer.
_MAX_COLOUR_CHARS = 40
_MULTI_FIELD_KINDS = (InputKind.BOX, InputKind.RANGE)


def draw_row_part(
    row_painter: InputRowPainter, part: RowPart, rect: QRect, row: InputRow, *, is_edited: bool
) -> None:
    """One part of a value; where an editor stands, only the field around it."""
    if part is RowPart.QUICK_FIX:
        # It stands in the words of the fault, and is drawn with them.
        return
    if part in (RowPart.MODE, RowPart.LINK):
        row_painter = row_painter.without_highlights()
    if part in _PART_PAINTERS:
        _PART_PAINTERS[part](row_painter, rect, row)
    elif part is RowPart.CHECK:
        if not is_edited:
            text = texts.value_text(row.value, row.spec)
            row_painter.draw_check(rect, text, row.value is True, frame_of(row, is_edited=False))
    elif row.spec.kind in _MULTI_FIELD_KINDS:
        if not is_edited:
            _draw_fields(row_painter, rect, row)
    elif row.spec.kind is InputKind.OTHER:
        text = texts.value_text(row.value, row.spec)
        row_painter.draw_text(rect, text, row_painter.colours.muted, row_painter.metrics.font)
    elif is_edited:
        row_painter.draw_field(rect, FieldFrame.EDITED)
    else:
        _draw_field(row_painter, rect, row)


def _draw_seed_mode(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    frame = FieldFrame.PLAIN if row.seed_mode is SeedMode.KEEP else FieldFrame.CHANGED
    row_painter.draw_choice(rect, texts.seed_mode_text(row.seed_mode), frame)


def _draw_dice(row_painter: InputRowPainter, rect: QRect, _row: InputRow) -> None:
    row_painter.draw_icon(rect, "dice", row_painter.colours.muted, 4 * STEP + 2)


def _draw_slider(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    row_painter.draw_slider(rect, fraction_of(row.value, row.spec), frame_of(row, is_edited=False))


def _draw_swatch(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    colour = row.value[:_MAX_COLOUR_CHARS] if isinstance(row.value, str) else ""
    row_painter.draw_swatch(rect, colour, frame_of(row, is_edited=False))


def _draw_link(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    muted = row_painter.colours.muted
    row_painter.draw_icon(rect.adjusted(0, 0, 4 * STEP - rect.width(), 0), "arrow-left", muted)
    text = texts.link_text(row.source_title)
    row_painter.draw_text(
        rect.adjusted(ARROW_WIDTH, 0, 0, 0), text, muted, row_painter.metrics.font
    )


_PART_PAINTERS = {
    RowPart.MODE: _draw_seed_mode,
    RowPart.DICE: _draw_dice,
    RowPart.SLIDER: _draw_slider,
    RowPart.SWATCH: _draw_swatch,
    RowPart.LINK: _draw_link,
}


def draw_issue(row_painter: InputRowPainter, cell: QRect, field: QRect, row: InputRow) -> None:
    """What is wrong, under the field, and the link that puts it right."""
    issue_layout = row_layout.row_issue_layout(row, row_painter.metrics, cell.width())
    if issue_layout is not None and row.issue is not None:
        draw_issue_layout(
            row_painter, (cell.left(), field.bottom() + STEP), row.issue, issue_layout
        )


def draw_hint(row_painter: InputRowPainter, cell: QRect, row: InputRow) -> None:
    """What the person's pin says of the input, at the foot of its row."""
    hint = row_layout.hint_block(row, row_painter.metrics, cell.width())
    if hint is not None:
        top = cell.bottom() - hint.height - STEP // 2
        hint.draw(row_painter.painter, cell.left(), top, row_painter.colours.muted)


def _draw_field(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    colours, metrics = row_painter.colours, row_painter.metrics
    frame = frame_of(row, is_edited=False)
    text, muted = texts.value_text(row.value, row.spec), colours.muted
    colour = colours.text if text else muted
    inside = rect.adjusted(PADDING, 0, -PADDING, 0)
    if row.spec.kind in (InputKind.COMBO, InputKind.MULTI):
        row_painter.draw_choice(rect, text, frame)
        return
    row_painter.draw_field(rect, frame)
    if row.spec.kind is InputKind.CURVE and not isinstance(row.value, MediaFile):
        draw_curve(
            row_painter.painter,
            QRectF(rect).adjusted(PADDING, PADDING, -PADDING, -PADDING),
            row.value,
            muted,
        )
        return
    if row.spec.kind is InputKind.TEXT:
        top = rect.top() + (metrics.field_height - metrics.line_height) // 2
        block = row_layout.value_block(row, metrics, inside.width())
        if row_painter.highlights.terms and block.is_truncated and isinstance(row.value, str):
            part = excerpt(row.value, row_painter.highlights, block.shown_chars)
            block = row_layout.field_text_block(part, metrics, inside.width()) if part else block
        highlights = row_painter.highlights.spans_in(block.text)
        block.draw_highlights(row_painter.painter, (inside.left(), top), highlights, colours)
        block.draw(row_painter.painter, inside.left(), top, colour)
    else:
        row_painter.draw_text(
            inside, text or texts.placeholder_text(row.spec), colour, metrics.font
        )


def _draw_fields(row_painter: InputRowPainter, rect: QRect, row: InputRow) -> None:
    """Several numbers, each in a field of its own."""
    frame, kind = frame_of(row, is_edited=False), row.spec.kind
    cells = row_layout.field_cells(rect, kind, row_painter.metrics)
    for name, (caption, cell) in zip(texts.field_names(kind), cells, strict=True):
        row_painter.draw_text(
            caption,
            texts.field_label(name),
            row_painter.colours.muted,
            row_painter.metrics.small_font,
        )
        row_painter.draw_field(cell, frame)
        text, inside = texts.field_text(row.value, name), cell.adjusted(PADDING, 0, -PADDING, 0)
        row_painter.draw_text(inside, text, row_painter.colours.text, row_painter.metrics.font)
