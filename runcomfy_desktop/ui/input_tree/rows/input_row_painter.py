"""Paints fields at rest, headers and names in the theme's colours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from runcomfy_desktop.ui.input_tree.rows.issue_layout import (
    draw_issue_layout,
    issue_height,
    lay_out_issue,
)
from runcomfy_desktop.ui.input_tree.rows.row_layout import (
    ARROW_WIDTH,
    PADDING,
    RowMetrics,
    rect_centre,
)
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.style.highlights import (
    NO_HIGHLIGHTS,
    Highlights,
    draw_highlighted_line,
    elided,
)
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, Colours

if TYPE_CHECKING:
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.ui.input_tree.rows.input_row import InputRow, NodeRow

_ALIGN_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_DOT_SIZE = 6
KNOB_SIZE = 4 * STEP
NAME_INDENT = 7 * STEP
"""Indent of names; the dot that marks a changed input is drawn in it."""
_HEADER_INDENT = 7 * STEP
_HEADER_MARGIN = 3 * STEP
_MAX_DEPTH = 4
_PATH_BAR_WIDTH = 3
_BADGE_WIDTH = 6 * STEP
_ICON_SLOT = 4 * STEP


class FieldFrame(Enum):
    """State shown by a field's border."""

    PLAIN = "plain"
    CHANGED = "changed"
    ERROR = "faulty"
    WARNING = "doubtful"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class InputRowPainter:
    """Painter with the colours and metrics that the drawing functions need."""

    painter: QPainter
    colours: Colours
    metrics: RowMetrics
    highlights: Highlights = NO_HIGHLIGHTS

    def fill(self, rect: QRect, colour: str) -> None:
        self.painter.fillRect(rect, QColor(colour))

    def draw_text(self, rect: QRect, text: str, colour: str, font: QFont) -> None:
        """Draws one line, elided if it does not fit, with search terms highlighted."""
        self.painter.setFont(font)
        shown, own_chars = elided(text, font, rect.width())
        highlights = tuple(
            (a, min(b, own_chars)) for a, b in self.highlights.spans_in(text) if a < own_chars
        )
        if highlights:
            draw_highlighted_line(self.painter, rect, shown, font, highlights, self.colours)
            colour = self.colours.text
        self.painter.setPen(QColor(colour))
        self.painter.drawText(rect, int(_ALIGN_LEFT | Qt.TextFlag.TextSingleLine), shown)

    def without_highlights(self) -> InputRowPainter:
        """Returns a painter for text that is not searched, and so never highlighted."""
        return replace(self, highlights=NO_HIGHLIGHTS)

    def draw_icon(self, rect: QRect, name: str, colour: str, size: int = 4 * STEP) -> None:
        """Draws an icon centred in a rectangle."""
        box = QRect(0, 0, size, size)
        box.translate(rect_centre(rect) - rect_centre(box))
        icons.icon(name, colour).paint(self.painter, box)

    def draw_field(self, rect: QRect, frame: FieldFrame) -> None:
        colour, width = {
            FieldFrame.PLAIN: (self.colours.line, 1.0),
            FieldFrame.CHANGED: (self.colours.accent, 1.0),
            FieldFrame.ERROR: (self.colours.error, 1.0),
            FieldFrame.WARNING: (self.colours.warning, 1.0),
            FieldFrame.EDITED: (self.colours.accent, 2.0),
        }[frame]
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.painter.setPen(QPen(QColor(colour), width))
        self.painter.setBrush(QColor(self.colours.field))
        inset = width / 2
        self.painter.drawRoundedRect(
            QRectF(rect).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS
        )

    def draw_choice(self, rect: QRect, text: str, frame: FieldFrame) -> None:
        """Draws a field with a drop-down arrow."""
        self.draw_field(rect, frame)
        self.draw_text(
            rect.adjusted(PADDING, 0, -ARROW_WIDTH, 0), text, self.colours.text, self.metrics.font
        )
        arrow = QRect(rect.right() - ARROW_WIDTH, rect.top(), ARROW_WIDTH, rect.height())
        self.draw_icon(arrow, "chevron-down", self.colours.muted, 3 * STEP)

    def draw_check(self, rect: QRect, text: str, is_on: bool, frame: FieldFrame) -> None:
        """Draws a check box with its label."""
        box = check_box_rect(rect)
        self.draw_field(box, frame)
        if frame is FieldFrame.PLAIN and not is_on:
            # An empty box consists only of its border.
            self.painter.setPen(QPen(QColor(self.colours.muted), 1))
            self.painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if is_on:
            self.painter.setBrush(QColor(self.colours.accent))
            self.painter.setPen(Qt.PenStyle.NoPen)
            self.painter.drawRoundedRect(QRectF(box).adjusted(1, 1, -1, -1), 3, 3)
            self.draw_icon(box, "check", self.colours.accent_text, 3 * STEP)
        label = rect.adjusted(box.width() + PADDING, 0, 0, 0)
        self.draw_text(label, text, self.colours.text, self.metrics.font)

    def draw_slider(self, rect: QRect, fraction: float, frame: FieldFrame) -> None:
        """Draws a slider's groove, filled up to the value, with a knob there."""
        knob = slider_knob_centre(rect, fraction)
        groove = slider_groove_rect(rect)
        colour = self.colours.error if frame is FieldFrame.ERROR else self.colours.accent
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(self.colours.muted))
        self.painter.drawRoundedRect(groove.adjusted(0, 1, 0, -1), 1, 1)
        self.painter.setBrush(QColor(colour))
        filled = QRectF(groove)
        filled.setRight(knob.x())
        self.painter.drawRoundedRect(filled, STEP / 2, STEP / 2)
        self.painter.setPen(QPen(QColor(self.colours.window), 2))
        self.painter.drawEllipse(knob, KNOB_SIZE / 2, KNOB_SIZE / 2)

    def draw_swatch(self, rect: QRect, colour: str, frame: FieldFrame) -> None:
        """Draws a colour swatch, framed so that it is visible on any background.

        An invalid colour is crossed out.
        """
        self.draw_field(rect, frame)
        inner = QRectF(rect).adjusted(4, 4, -4, -4)
        shown = QColor(colour)
        self.painter.setPen(QPen(QColor(self.colours.muted), 1))
        if shown.isValid():
            self.painter.setBrush(shown)
            self.painter.drawRoundedRect(inner, RADIUS - 2, RADIUS - 2)
        else:
            self.painter.drawLine(inner.bottomLeft(), inner.topRight())

    def draw_dot(self, centre: QPointF, colour: str) -> None:
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(colour))
        self.painter.drawEllipse(centre, _DOT_SIZE / 2, _DOT_SIZE / 2)

    def draw_ring(self, rect: QRect, colour: str) -> None:
        """Draws the focus ring."""
        draw_focus_ring(self.painter, rect, colour)


def slider_groove_rect(rect: QRect) -> QRectF:
    """Returns the groove of a slider: the range over which the knob's centre moves."""
    centre_y = QRectF(rect).center().y()
    inset = KNOB_SIZE / 2
    return QRectF(rect.left() + inset, centre_y - STEP / 2, rect.width() - KNOB_SIZE, STEP)


def slider_knob_centre(rect: QRect, fraction: float) -> QPointF:
    groove = slider_groove_rect(rect)
    return QPointF(groove.left() + fraction * groove.width(), groove.center().y())


def check_box_rect(rect: QRect) -> QRect:
    """Returns the box of a check box within its cell."""
    side = 4 * STEP + 2
    return QRect(rect.left(), rect_centre(rect).y() - side // 2 + 1, side, side)


def frame_of(row: InputRow, is_edited: bool) -> FieldFrame:
    if is_edited:
        return FieldFrame.EDITED
    if row.issue is not None:
        return FieldFrame.ERROR if row.issue.blocks else FieldFrame.WARNING
    return FieldFrame.CHANGED if row.is_changed else FieldFrame.PLAIN


@dataclass(frozen=True, slots=True)
class HeaderState:
    """State of a node's header, such as unfolded, drop target or focused.

    While a path to a node is shown, `is_on_path` marks the nodes on it; all others are `is_dimmed`.
    """

    is_expanded: bool
    has_inputs: bool
    is_drop_target: bool
    has_focus: bool
    hidden_severity: str = ""
    """Worst severity among the issues of a folded node's inputs; "" if there are none."""
    is_dimmed: bool = False
    is_on_path: bool = False


def draw_header(
    row_painter: InputRowPainter, rect: QRect, node: NodeRow, state: HeaderState
) -> None:
    """Draws a node's header: chevron, title, class, and the id at the right."""
    colours, metrics = row_painter.colours, row_painter.metrics
    row_painter.fill(rect, colours.accent_soft if state.is_drop_target else colours.panel)
    _draw_header_issue(row_painter, rect, node)
    row_painter.fill(QRect(rect.left(), rect.top(), rect.width(), 1), colours.line)
    if state.is_on_path:
        row_painter.fill(
            QRect(rect.left(), rect.top() + 1, _PATH_BAR_WIDTH, rect.height() - 1), colours.accent
        )
    if state.has_focus:
        row_painter.draw_ring(rect.adjusted(1, 2, -1, -1), colours.accent)
    rect = QRect(rect.left(), rect.top(), rect.width(), metrics.header_height)
    if state.has_inputs:
        chevron = QRect(rect.left() + STEP, rect.top(), _HEADER_INDENT - STEP, rect.height())
        name = "chevron-down" if state.is_expanded else "chevron-right"
        row_painter.draw_icon(chevron, name, colours.muted, 3 * STEP + 2)
    inside = rect.adjusted(_HEADER_INDENT, 0, -_HEADER_MARGIN, 0)
    if node.node_id:
        inside.setRight(_draw_node_id(row_painter, inside, f"#{node.node_id}"))
    if state.hidden_severity:
        badge = QRect(inside.right() - _BADGE_WIDTH, rect.top(), _BADGE_WIDTH - STEP, rect.height())
        colour = colours.error if state.hidden_severity == "error" else colours.warning
        row_painter.draw_icon(badge, state.hidden_severity, colour, 3 * STEP + 2)
        inside.setRight(inside.right() - _BADGE_WIDTH)
    for label in node.class_labels:
        inside.setRight(_draw_class_label(row_painter, inside, label))
    class_width = min(_text_width(metrics.small_font, node.class_type), inside.width() // 3)
    title_width = min(
        _text_width(metrics.bold_font, node.title) + 1, inside.width() - class_width - PADDING
    )
    title = QRect(inside.left(), rect.top(), title_width, rect.height())
    row_painter.draw_text(
        title, node.title, colours.muted if state.is_dimmed else colours.text, metrics.bold_font
    )
    kind = QRect(inside)
    kind.setLeft(title.right() + PADDING)
    row_painter.draw_text(kind, node.class_type, colours.muted, metrics.small_font)


def _draw_node_id(row_painter: InputRowPainter, inside: QRect, node_id_text: str) -> int:
    """Draws a node's id at the right; returns the right edge of the remaining space."""
    width = min(_text_width(row_painter.metrics.small_font, node_id_text), inside.width() // 4)
    number_rect = QRect(inside.right() - width, inside.top(), width + 1, inside.height())
    row_painter.draw_text(
        number_rect, node_id_text, row_painter.colours.muted, row_painter.metrics.small_font
    )
    return number_rect.left() - 2 * _HEADER_MARGIN


def _draw_class_label(row_painter: InputRowPainter, inside: QRect, label: str) -> int:
    """Draws a framed class label; returns the right edge of the remaining space."""
    metrics, colours = row_painter.metrics, row_painter.colours
    width = _text_width(metrics.small_font, label) + 2 * PADDING
    if width > inside.width() // 2:
        return inside.right()
    height = metrics.small_line_height + STEP
    label_rect = QRect(
        inside.right() - width, rect_centre(inside).y() - height // 2 + 1, width, height
    )
    row_painter.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    row_painter.painter.setPen(QPen(QColor(colours.line), 1))
    row_painter.painter.setBrush(QColor(colours.window))
    row_painter.painter.drawRoundedRect(
        QRectF(label_rect).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS
    )
    row_painter.draw_text(
        label_rect.adjusted(PADDING, 0, 0, 0), label, colours.muted, metrics.small_font
    )
    return label_rect.left() - PADDING


def header_issue_height(issue: InputIssue, metrics: RowMetrics, width: int) -> int:
    """Returns the height of a node's own issue below its title."""
    return issue_height(
        replace(issue, quick_fix=None), metrics.small_font.toString(), _issue_width(width)
    )


def _issue_width(width: int) -> int:
    return width - _HEADER_INDENT - _HEADER_MARGIN


def _draw_header_issue(row_painter: InputRowPainter, rect: QRect, node: NodeRow) -> None:
    if node.issue is not None:
        plain, width = replace(node.issue, quick_fix=None), _issue_width(rect.width())
        layout = lay_out_issue(plain, row_painter.metrics.small_font.toString(), width)
        at = (rect.left() + _HEADER_INDENT, rect.top() + row_painter.metrics.header_height - STEP)
        draw_issue_layout(row_painter, at, node.issue, layout)


def draw_name(row_painter: InputRowPainter, cell: QRect, row: InputRow) -> None:
    """Draws an input's name, and the dot that marks a change from the workflow."""
    line = QRect(cell.left(), cell.top(), cell.width(), row_painter.metrics.row_height)
    if row.is_changed:
        row_painter.draw_dot(
            QPointF(cell.left() + NAME_INDENT - 2 * STEP, rect_centre(line).y() + 1),
            row_painter.colours.accent,
        )
    indent = NAME_INDENT + min(row.depth, _MAX_DEPTH) * 4 * STEP
    text = line.adjusted(min(indent, line.width() // 2), 0, -STEP, 0)
    if row.expands:
        text.setRight(text.right() - _ICON_SLOT)
        icon_rect = QRect(text.right() + 1, line.top(), _ICON_SLOT, line.height())
        row_painter.draw_icon(icon_rect, "braces", row_painter.colours.accent, 3 * STEP + 2)
    colour = row_painter.colours.muted if row.spec.is_advanced else row_painter.colours.text
    row_painter.draw_text(text, row.name, colour, row_painter.metrics.font)
    if row.node_title:
        small = row_painter.metrics.small_line_height
        below = text.translated(0, (row_painter.metrics.line_height + small + STEP) // 2)
        row_painter.draw_text(
            below, row.node_title, row_painter.colours.muted, row_painter.metrics.small_font
        )


def _text_width(font: QFont, text: str) -> int:
    return QFontMetrics(font).horizontalAdvance(text)
