"""Layout of an issue under a value or a node's title: its text and its quick-fix link."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics

from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.rows.text_block import TextBlock, font_of
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtGui import QFont

    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.rows.input_row_painter import InputRowPainter

_MAX_LINES = 3
_ICON_WIDTH = 5 * STEP
"""Width of the icon before the text."""
_GAP = 2 * STEP
_MAX_CHARS = 1200
_MAX_FIX_CHARS = 60


@dataclass(frozen=True, slots=True)
class IssueLayout:
    """Layout of an issue at a given width.

    `fix_rect` is the rectangle of the quick-fix link, relative to the layout's upper left corner;
    the rectangle is empty if there is no link.
    """

    block: TextBlock
    fix_label: str
    fix_rect: QRect
    height: int


def lay_out_issue(issue: InputIssue, font_key: str, width: int) -> IssueLayout:
    """Lays out an issue; `width` is the space for icon, text and link."""
    label = "" if issue.quick_fix is None else one_line(issue.quick_fix.label)[:_MAX_FIX_CHARS]
    return _layout(issue.text[:_MAX_CHARS], label, font_key, max(width, 20 * STEP))


def issue_height(issue: InputIssue, font_key: str, width: int) -> int:
    """Returns the height of an issue.

    Heights have their own, larger cache: every layout of the tree needs them, even for a thousand
    issues.
    """
    label = "" if issue.quick_fix is None else one_line(issue.quick_fix.label)[:_MAX_FIX_CHARS]
    return _height(issue.text[:_MAX_CHARS], label, font_key, max(width, 20 * STEP))


@lru_cache(maxsize=8192)
def _height(text: str, label: str, font_key: str, width: int) -> int:
    return _layout(text, label, font_key, width).height


@lru_cache(maxsize=256)
def _layout(text: str, label: str, font_key: str, width: int) -> IssueLayout:
    font = font_of(font_key)
    block = TextBlock(text, font, width - _ICON_WIDTH, _MAX_LINES)
    if not label:
        return IssueLayout(block, "", QRect(), block.height)
    metrics = QFontMetrics(font)
    wanted = min(metrics.horizontalAdvance(label) + 1, width - _ICON_WIDTH)
    end, top = block.end_position
    if end + _GAP + wanted > width - _ICON_WIDTH:
        end, top = -_GAP, block.height
    fix_rect = QRect(_ICON_WIDTH + end + _GAP, top, wanted, metrics.height())
    return IssueLayout(block, label, fix_rect, max(block.height, top + metrics.height()))


def draw_issue_layout(
    row_painter: InputRowPainter, at: tuple[int, int], issue: InputIssue, layout: IssueLayout
) -> None:
    """Draws the icon and text in the colour of the severity, and the link in the link colour."""
    left, top = at
    font = row_painter.metrics.small_font
    name, colour = severity(issue), issue_colour(row_painter, issue)
    icon_rect = QRect(left, top, 4 * STEP, row_painter.metrics.small_line_height)
    row_painter.draw_icon(icon_rect, name, colour, 3 * STEP + 2)
    layout.block.draw(row_painter.painter, left + _ICON_WIDTH, top, colour)
    if layout.fix_label:
        underlined = _underlined(font)
        fix_rect = layout.fix_rect.translated(left, top)
        shown = QFontMetrics(font).elidedText(
            layout.fix_label, Qt.TextElideMode.ElideRight, fix_rect.width()
        )
        row_painter.painter.setFont(underlined)
        row_painter.painter.setPen(QColor(row_painter.colours.accent))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        row_painter.painter.drawText(fix_rect, int(flags | Qt.TextFlag.TextSingleLine), shown)


def worst_severity(issues: Mapping[InputKey, InputIssue], keys: Iterable[InputKey]) -> str:
    """Returns the worst severity among the issues of `keys`: `error`, `warning`, or "" for none."""
    if not issues:
        return ""
    found = [severity(issues[key]) for key in keys if key in issues]
    return min(found, default="")


def severity(issue: InputIssue) -> str:
    """Returns the severity, which is also the name of its icon and of its colour."""
    return "error" if issue.blocks else "warning"


def issue_colour(row_painter: InputRowPainter, issue: InputIssue) -> str:
    return row_painter.colours.error if issue.blocks else row_painter.colours.warning


def _underlined(font: QFont) -> QFont:
    changed = type(font)(font)
    changed.setUnderline(True)
    return changed
