"""How a fault stands under a value or a node's title: its words, and the link that cures it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics

from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs.layout_text import TextBlock, font_of
from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtGui import QFont

    from runcomfy_desktop.domain.checks import Fault
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.painting import Brush

_LINES = 3
_ICON = 5 * STEP
"""Room for the sign before the words."""
_GAP = 2 * STEP
_LONGEST = 1200
_LONGEST_CURE = 60


@dataclass(frozen=True, slots=True)
class FaultLook:
    """What is drawn at some width. `cure` is where the link is, from the upper left corner; empty
    when there is none."""

    block: TextBlock
    label: str
    cure: QRect
    height: int


def fault_look(fault: Fault, font_key: str, width: int) -> FaultLook:
    """`width` is the room for sign, words and link."""
    label = "" if fault.cure is None else one_line(fault.cure.label)[:_LONGEST_CURE]
    return _look(fault.text[:_LONGEST], label, font_key, max(width, 20 * STEP))


def fault_height(fault: Fault, font_key: str, width: int) -> int:
    """The height alone, which is asked for at every layout: also of a thousand faults."""
    label = "" if fault.cure is None else one_line(fault.cure.label)[:_LONGEST_CURE]
    return _height(fault.text[:_LONGEST], label, font_key, max(width, 20 * STEP))


@lru_cache(maxsize=8192)
def _height(text: str, label: str, font_key: str, width: int) -> int:
    return _look(text, label, font_key, width).height


@lru_cache(maxsize=256)
def _look(text: str, label: str, font_key: str, width: int) -> FaultLook:
    font = font_of(font_key)
    block = TextBlock(text, font, width - _ICON, _LINES)
    if not label:
        return FaultLook(block, "", QRect(), block.height)
    metrics = QFontMetrics(font)
    wanted = min(metrics.horizontalAdvance(label) + 1, width - _ICON)
    end, top = block.end
    if end + _GAP + wanted > width - _ICON:
        end, top = -_GAP, block.height
    cure = QRect(_ICON + end + _GAP, top, wanted, metrics.height())
    return FaultLook(block, label, cure, max(block.height, top + metrics.height()))


def draw_fault_look(brush: Brush, at: tuple[int, int], fault: Fault, look: FaultLook) -> None:
    """Sign and words in the colour of how bad it is, and the link in that of links."""
    left, top = at
    font = brush.metrics.small
    name, colour = severity(fault), colour_of(brush, fault)
    mark = QRect(left, top, 4 * STEP, brush.metrics.small_line)
    brush.icon(mark, name, colour, 3 * STEP + 2)
    look.block.draw(brush.painter, left + _ICON, top, colour)
    if look.label:
        underlined = _underlined(font)
        place = look.cure.translated(left, top)
        shown = QFontMetrics(font).elidedText(
            look.label, Qt.TextElideMode.ElideRight, place.width()
        )
        brush.painter.setFont(underlined)
        brush.painter.setPen(QColor(brush.colours.accent))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        brush.painter.drawText(place, int(flags | Qt.TextFlag.TextSingleLine), shown)


def worst_of(faults: Mapping[InputKey, Fault], keys: Iterable[InputKey]) -> str:
    """How bad the worst fault of some inputs is: `error`, `warning` or ""."""
    if not faults:
        return ""
    found = [severity(faults[key]) for key in keys if key in faults]
    return min(found, default="")


def severity(fault: Fault) -> str:
    """The name of the icon, which is that of the colour as well."""
    return "error" if fault.blocks else "warning"


def colour_of(brush: Brush, fault: Fault) -> str:
    return brush.colours.error if fault.blocks else brush.colours.warning


def _underlined(font: QFont) -> QFont:
    changed = type(font)(font)
    changed.setUnderline(True)
    return changed
