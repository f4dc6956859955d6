"""How the tree looks: fields at rest, headers, names; drawn in the theme's colours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.inputs.fault_look import draw_fault_look, fault_height, fault_look
from runcomfy_desktop.ui.inputs.layout import ARROW, PAD, Metrics, middle
from runcomfy_desktop.ui.inputs.marks import NO_MARKS, Marks, draw_line, elided
from runcomfy_desktop.ui.theme import RADIUS, STEP, Colours
from runcomfy_desktop.ui.widgets.focus_ring import draw_focus_ring

if TYPE_CHECKING:
    from runcomfy_desktop.domain.checks import Fault
    from runcomfy_desktop.ui.models.inputs import InputRow, NodeRow

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_DOT = 6
KNOB = 4 * STEP
NAME_INDENT = 7 * STEP
"""Where names begin; the dot of a changed input stands before them."""
_HEADER_TEXT = 7 * STEP
_EDGE = 3 * STEP
_DEEPEST = 4
_BAR = 3
_BADGE = 6 * STEP
_PIN = 4 * STEP


class Frame(Enum):
    """What a field's border says."""

    PLAIN = "plain"
    CHANGED = "changed"
    FAULTY = "faulty"
    DOUBTFUL = "doubtful"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class Brush:
    """A painter with what every drawing function here needs."""

    painter: QPainter
    colours: Colours
    metrics: Metrics
    marks: Marks = NO_MARKS

    def fill(self, rect: QRect, colour: str) -> None:
        self.painter.fillRect(rect, QColor(colour))

    def text(self, rect: QRect, text: str, colour: str, font: QFont) -> None:
        """One line, cut with an ellipsis where it does not fit; what was looked for is marked."""
        self.painter.setFont(font)
        shown, own = elided(text, font, rect.width())
        marks = tuple((a, min(b, own)) for a, b in self.marks.of(text) if a < own)
        if marks:
            draw_line(self.painter, rect, shown, font, marks, self.colours)
            colour = self.colours.text
        self.painter.setPen(QColor(colour))
        self.painter.drawText(rect, int(_LEFT | Qt.TextFlag.TextSingleLine), shown)

    def unmarked(self) -> Brush:
        """The same for texts in which nothing is looked for."""
        return replace(self, marks=NO_MARKS)

    def icon(self, rect: QRect, name: str, colour: str, size: int = 4 * STEP) -> None:
        """An icon in the middle of a rectangle."""
        box = QRect(0, 0, size, size)
        box.translate(middle(rect) - middle(box))
        icons.icon(name, colour).paint(self.painter, box)

    def field(self, rect: QRect, frame: Frame) -> None:
        colour, width = {
            Frame.PLAIN: (self.colours.line, 1.0),
            Frame.CHANGED: (self.colours.accent, 1.0),
            Frame.FAULTY: (self.colours.error, 1.0),
            Frame.DOUBTFUL: (self.colours.warning, 1.0),
            Frame.EDITED: (self.colours.accent, 2.0),
        }[frame]
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.painter.setPen(QPen(QColor(colour), width))
        self.painter.setBrush(QColor(self.colours.field))
        inset = width / 2
        self.painter.drawRoundedRect(
            QRectF(rect).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS
        )

    def choice(self, rect: QRect, text: str, frame: Frame) -> None:
        """A field with the arrow of a list to choose from."""
        self.field(rect, frame)
        self.text(rect.adjusted(PAD, 0, -ARROW, 0), text, self.colours.text, self.metrics.font)
        arrow = QRect(rect.right() - ARROW, rect.top(), ARROW, rect.height())
        self.icon(arrow, "chevron-down", self.colours.muted, 3 * STEP)

    def check(self, rect: QRect, text: str, is_on: bool, frame: Frame) -> None:
        """A check box with its label."""
        box = check_box(rect)
        self.field(box, frame)
        if frame is Frame.PLAIN and not is_on:
            # An empty box is nothing but its border.
            self.painter.setPen(QPen(QColor(self.colours.muted), 1))
            self.painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if is_on:
            self.painter.setBrush(QColor(self.colours.accent))
            self.painter.setPen(Qt.PenStyle.NoPen)
            self.painter.drawRoundedRect(QRectF(box).adjusted(1, 1, -1, -1), 3, 3)
            self.icon(box, "check", self.colours.accent_text, 3 * STEP)
        label = rect.adjusted(box.width() + PAD, 0, 0, 0)
        self.text(label, text, self.colours.text, self.metrics.font)

    def slider(self, rect: QRect, share: float, frame: Frame) -> None:
        """A groove, filled up to where the value is, with a knob there."""
        knob = slider_knob(rect, share)
        groove = slider_groove(rect)
        colour = self.colours.error if frame is Frame.FAULTY else self.colours.accent
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(self.colours.muted))
        self.painter.drawRoundedRect(groove.adjusted(0, 1, 0, -1), 1, 1)
        self.painter.setBrush(QColor(colour))
        filled = QRectF(groove)
        filled.setRight(knob.x())
        self.painter.drawRoundedRect(filled, STEP / 2, STEP / 2)
        self.painter.setPen(QPen(QColor(self.colours.window), 2))
        self.painter.drawEllipse(knob, KNOB / 2, KNOB / 2)

    def swatch(self, rect: QRect, colour: str, frame: Frame) -> None:
        """A colour, framed so that it is seen on any ground; crossed out where it is none."""
        self.field(rect, frame)
        inner = QRectF(rect).adjusted(4, 4, -4, -4)
        shown = QColor(colour)
        self.painter.setPen(QPen(QColor(self.colours.muted), 1))
        if shown.isValid():
            self.painter.setBrush(shown)
            self.painter.drawRoundedRect(inner, RADIUS - 2, RADIUS - 2)
        else:
            self.painter.drawLine(inner.bottomLeft(), inner.topRight())

    def dot(self, centre: QPointF, colour: str) -> None:
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(colour))
        self.painter.drawEllipse(centre, _DOT / 2, _DOT / 2)

    def focus(self, rect: QRect, colour: str) -> None:
        """The frame that says where the keyboard is."""
        draw_focus_ring(self.painter, rect, colour)


def slider_groove(rect: QRect) -> QRectF:
    """Where the knob of a slider can be: its middle, from end to end."""
    middle = QRectF(rect).center().y()
    inset = KNOB / 2
    return QRectF(rect.left() + inset, middle - STEP / 2, rect.width() - KNOB, STEP)


def slider_knob(rect: QRect, share: float) -> QPointF:
    groove = slider_groove(rect)
    return QPointF(groove.left() + share * groove.width(), groove.center().y())


def check_box(rect: QRect) -> QRect:
    """The box of a check box within its cell."""
    side = 4 * STEP + 2
    return QRect(rect.left(), middle(rect).y() - side // 2 + 1, side, side)


def frame_of(row: InputRow, is_edited: bool) -> Frame:
    if is_edited:
        return Frame.EDITED
    if row.fault is not None:
        return Frame.FAULTY if row.fault.blocks else Frame.DOUBTFUL
    return Frame.CHANGED if row.is_changed else Frame.PLAIN


@dataclass(frozen=True, slots=True)
class HeaderLook:
    """How a node's header stands: unfolded, under something dragged, with the keyboard on it.

    While it is shown what leads to a node, `leads_on` marks the nodes that do, and others are
    `is_aside`.
    """

    is_open: bool
    has_inputs: bool
    is_lit: bool
    has_focus: bool
    inside: str = ""
    """How bad the worst fault is of what is folded away, "" for none."""
    is_aside: bool = False
    leads_on: bool = False


def draw_header(brush: Brush, rect: QRect, node: NodeRow, look: HeaderLook) -> None:
    """A node: chevron, title, class, and its id at the right."""
    colours, metrics = brush.colours, brush.metrics
    brush.fill(rect, colours.accent_soft if look.is_lit else colours.panel)
    _draw_header_fault(brush, rect, node)
    brush.fill(QRect(rect.left(), rect.top(), rect.width(), 1), colours.line)
    if look.leads_on:
        brush.fill(QRect(rect.left(), rect.top() + 1, _BAR, rect.height() - 1), colours.accent)
    if look.has_focus:
        brush.focus(rect.adjusted(1, 2, -1, -1), colours.accent)
    rect = QRect(rect.left(), rect.top(), rect.width(), metrics.header)
    if look.has_inputs:
        chevron = QRect(rect.left() + STEP, rect.top(), _HEADER_TEXT - STEP, rect.height())
        name = "chevron-down" if look.is_open else "chevron-right"
        brush.icon(chevron, name, colours.muted, 3 * STEP + 2)
    inside = rect.adjusted(_HEADER_TEXT, 0, -_EDGE, 0)
    if node.node_id:
        inside.setRight(_draw_number(brush, inside, f"#{node.node_id}"))
    if look.inside:
        badge = QRect(inside.right() - _BADGE, rect.top(), _BADGE - STEP, rect.height())
        colour = colours.error if look.inside == "error" else colours.warning
        brush.icon(badge, look.inside, colour, 3 * STEP + 2)
        inside.setRight(inside.right() - _BADGE)
    for mark in node.marks:
        inside.setRight(_draw_mark(brush, inside, mark))
    class_width = min(_advance(metrics.small, node.class_type), inside.width() // 3)
    title_width = min(_advance(metrics.bold, node.title) + 1, inside.width() - class_width - PAD)
    title = QRect(inside.left(), rect.top(), title_width, rect.height())
    brush.text(title, node.title, colours.muted if look.is_aside else colours.text, metrics.bold)
    kind = QRect(inside)
    kind.setLeft(title.right() + PAD)
    brush.text(kind, node.class_type, colours.muted, metrics.small)


def _draw_number(brush: Brush, inside: QRect, number: str) -> int:
    """A node's number at the right; returns where the rest ends."""
    width = min(_advance(brush.metrics.small, number), inside.width() // 4)
    place = QRect(inside.right() - width, inside.top(), width + 1, inside.height())
    brush.text(place, number, brush.colours.muted, brush.metrics.small)
    return place.left() - 2 * _EDGE


def _draw_mark(brush: Brush, inside: QRect, mark: str) -> int:
    """A word about a node's class in a quiet frame; returns where the rest ends."""
    metrics, colours = brush.metrics, brush.colours
    width = _advance(metrics.small, mark) + 2 * PAD
    if width > inside.width() // 2:
        return inside.right()
    height = metrics.small_line + STEP
    place = QRect(inside.right() - width, middle(inside).y() - height // 2 + 1, width, height)
    brush.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    brush.painter.setPen(QPen(QColor(colours.line), 1))
    brush.painter.setBrush(QColor(colours.window))
    brush.painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    brush.text(place.adjusted(PAD, 0, 0, 0), mark, colours.muted, metrics.small)
    return place.left() - PAD


def header_fault_height(fault: Fault, metrics: Metrics, width: int) -> int:
    """What a fault of a whole node takes under its title."""
    return fault_height(replace(fault, cure=None), metrics.small.toString(), _fault_room(width))


def _fault_room(width: int) -> int:
    return width - _HEADER_TEXT - _EDGE


def _draw_header_fault(brush: Brush, rect: QRect, node: NodeRow) -> None:
    if node.fault is not None:
        plain, room = replace(node.fault, cure=None), _fault_room(rect.width())
        look = fault_look(plain, brush.metrics.small.toString(), room)
        at = (rect.left() + _HEADER_TEXT, rect.top() + brush.metrics.header - STEP)
        draw_fault_look(brush, at, node.fault, look)


def draw_name(brush: Brush, cell: QRect, row: InputRow) -> None:
    """The input's name and the dot that says that it differs from the deployment."""
    line = QRect(cell.left(), cell.top(), cell.width(), brush.metrics.row)
    if row.is_changed:
        brush.dot(
            QPointF(cell.left() + NAME_INDENT - 2 * STEP, middle(line).y() + 1),
            brush.colours.accent,
        )
    indent = NAME_INDENT + min(row.depth, _DEEPEST) * 4 * STEP
    text = line.adjusted(min(indent, line.width() // 2), 0, -STEP, 0)
    marks = ((row.is_pinned, "pin", "muted"), (row.expands, "braces", "accent"))
    for _is_on, icon, colour in (mark for mark in marks if mark[0]):
        text.setRight(text.right() - _PIN)
        place = QRect(text.right() + 1, line.top(), _PIN, line.height())
        brush.icon(place, icon, getattr(brush.colours, colour), 3 * STEP + 2)
    colour = brush.colours.muted if row.spec.is_advanced else brush.colours.text
    brush.text(text, row.name, colour, brush.metrics.font)
    if row.of_node:
        small = brush.metrics.small_line
        below = text.translated(0, (brush.metrics.line + small + STEP) // 2)
        brush.text(below, row.of_node, brush.colours.muted, brush.metrics.small)


def _advance(font: QFont, text: str) -> int:
    return QFontMetrics(font).horizontalAdvance(text)
