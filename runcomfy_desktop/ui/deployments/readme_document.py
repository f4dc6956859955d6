"""Conversion of untrusted Markdown to a document of text only.

Qt's Markdown reader, with HTML off, creates the document. This module removes what could still
reach outside (pictures, tooltips, links to anything but the web) and what makes Qt stall (endless
lines, tables as wide as the text is long).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextTable,
)

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QColor

MAX_README_CHARS = 20_000
# With a longer paragraph or table row, Qt takes noticeably long.
_MAX_PARAGRAPH_CHARS = 1_500
_MAX_CELLS_PER_LINE = 24
_MAX_TOTAL_CELLS = 480
_MAX_ADDRESS_CHARS = 2_000

# Control characters except tab and line feed, marks that change the text direction, and invisible
# characters. Joiners stay: emoji and several scripts need them.
_INVISIBLE_CHARS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffc\U000e0000-\U000e007f\ud800-\udfff]"
)
_LINE_HEIGHT_PERCENT = 118.0
_PROPORTIONAL_HEIGHT = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
_Feature = QTextDocument.MarkdownFeature


class SanitizedReadme(NamedTuple):
    """Readme that is safe to show, and whether it was cut."""

    text: str
    is_cut: bool


def sanitize_readme(text: str) -> SanitizedReadme:
    """Returns the readme without invisible characters, cut to a length that Qt shows at once."""
    # Cut first: everything below processes each character.
    beginning = text[:MAX_README_CHARS]
    clean = _INVISIBLE_CHARS.sub("", beginning.replace("\r\n", "\n").replace("\r", "\n"))
    return SanitizedReadme("\n".join(_limit_lines(clean)), len(text) > MAX_README_CHARS)


def _limit_lines(text: str) -> Iterator[str]:
    """Yields the lines with limits on paragraph length and on the number of table cells."""
    length = total_cells = 0
    for line in text.split("\n"):
        cells = line.count("|")
        total_cells += cells
        if cells > _MAX_CELLS_PER_LINE or total_cells > _MAX_TOTAL_CELLS:
            line = line.replace("|", "/")
            cells = 0
        for start in range(0, max(1, len(line)), _MAX_PARAGRAPH_CHARS):
            chunk = line[start : start + _MAX_PARAGRAPH_CHARS]
            length = length + len(chunk) if chunk.strip() else 0
            if length > _MAX_PARAGRAPH_CHARS and not cells:
                yield ""
                length = len(chunk)
            yield chunk


class ReadmeDocument(QTextDocument):
    """Markdown document that never loads a resource; `line_colour` colours the table borders."""

    def __init__(self, text: str, line_colour: QColor, parent: QObject) -> None:
        super().__init__(parent)
        self.setUndoRedoEnabled(False)
        features = _Feature(_Feature.MarkdownDialectGitHub | _Feature.MarkdownNoHTML)
        self.setMarkdown(text, features)
        self._remove_external_content()
        self._format_blocks(line_colour)

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802 - Qt's name
        return None

    def _remove_external_content(self) -> None:
        """Replaces pictures with text and removes links that are not to the web, before layout."""
        edits = list(self._external_content_edits())
        cursor = QTextCursor(self)
        cursor.beginEditBlock()
        # From the end, so that the positions before an edit stay valid.
        for position, length, replacement, text_format in reversed(edits):
            cursor.setPosition(position)
            cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
            if replacement is None:
                cursor.setCharFormat(text_format)
            else:
                cursor.insertText(replacement, text_format)
        cursor.endEditBlock()

    def _format_blocks(self, line_colour: QColor) -> None:
        """Sets the spacing of paragraphs, plain table borders, and modest heading sizes."""
        tables = [each for each in self.rootFrame().childFrames() if isinstance(each, QTextTable)]
        for table in tables:
            text_format = table.format()
            text_format.setBorderBrush(line_colour)
            text_format.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            text_format.setBorder(1)
            text_format.setBorderCollapse(True)
            text_format.setCellPadding(STEP)
            text_format.setTopMargin(STEP)
            text_format.setBottomMargin(2 * STEP)
            table.setFormat(text_format)
            _remove_empty_first_line(table)
        spans = [(each.firstPosition(), each.lastPosition()) for each in tables]
        block = self.begin()
        while block.isValid():
            if any(first <= block.position() <= last for first, last in spans):
                _format_table_block(QTextCursor(block))
            else:
                _format_text_block(QTextCursor(block))
            block = block.next()

    def _external_content_edits(self) -> Iterator[tuple[int, int, str | None, QTextCharFormat]]:
        block = self.begin()
        while block.isValid():
            fragments = block.begin()
            while not fragments.atEnd():
                fragment = fragments.fragment()
                text_format = fragment.charFormat()
                if text_format.isImageFormat():
                    replacement = _image_text(text_format) * fragment.length()
                    yield (
                        fragment.position(),
                        fragment.length(),
                        replacement,
                        _plain_format(text_format),
                    )
                elif text_format.isAnchor() or text_format.hasProperty(
                    QTextFormat.Property.TextToolTip
                ):
                    yield (
                        fragment.position(),
                        fragment.length(),
                        None,
                        _safe_link_format(text_format),
                    )
                fragments += 1
            block = block.next()


def _remove_empty_first_line(table: QTextTable) -> None:
    """Removes the empty first line that Qt adds to a table after a quotation."""
    cell = table.cellAt(0, 0)
    first = cell.firstCursorPosition()
    if first.atBlockEnd() and first.position() < cell.lastPosition():
        first.deleteChar()


def _format_table_block(cursor: QTextCursor) -> None:
    """Resets the margins of a cell and makes the first row bold.

    Qt gives the first cell the margins and the look of a quotation before the table.
    """
    block = cursor.blockFormat()
    block.setTopMargin(0)
    block.setBottomMargin(0)
    block.setLeftMargin(0)
    cursor.setBlockFormat(block)
    if cursor.currentTable().cellAt(cursor).row() == 0:
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        text_format = QTextCharFormat()
        text_format.setFontWeight(QFont.Weight.Bold)
        cursor.mergeCharFormat(text_format)


def _format_text_block(cursor: QTextCursor) -> None:
    block = cursor.blockFormat()
    level = block.headingLevel()
    is_item = cursor.currentList() is not None
    block.setTopMargin(3 * STEP if level else 0)
    block.setBottomMargin(STEP // 2 if is_item else STEP if level else 2 * STEP)
    if block.hasProperty(QTextFormat.Property.BlockCodeFence) or block.nonBreakableLines():
        block.setBottomMargin(0)
    else:
        block.setLineHeight(_LINE_HEIGHT_PERCENT, _PROPORTIONAL_HEIGHT)
    cursor.setBlockFormat(block)
    if level:
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        text_format = QTextCharFormat()
        text_format.setProperty(QTextFormat.Property.FontSizeAdjustment.value, int(level == 1))
        cursor.mergeCharFormat(text_format)


def web_address(href: str) -> QUrl | None:
    """Returns the address of a link; None for anything but http and https with a host."""
    if not href or len(href) > _MAX_ADDRESS_CHARS:
        return None
    url = QUrl(href, QUrl.ParsingMode.StrictMode)
    if not url.isValid() or url.scheme() not in ("http", "https") or not url.host():
        return None
    return url


def _image_text(text_format: QTextCharFormat) -> str:
    alt = one_line(str(text_format.property(QTextFormat.Property.ImageAltText.value) or ""))
    return _("[picture: %s]") % alt if alt else _("[picture]")


def _safe_link_format(text_format: QTextCharFormat) -> QTextCharFormat:
    """Removes a link's tooltip, which could be markup, and the link if it is not to the web."""
    without_tooltip = QTextCharFormat(text_format)
    without_tooltip.clearProperty(QTextFormat.Property.TextToolTip.value)
    return (
        without_tooltip
        if web_address(text_format.anchorHref()) is not None
        else _plain_format(without_tooltip)
    )


def _plain_format(text_format: QTextCharFormat) -> QTextCharFormat:
    """Returns the font style without the link."""
    plain = QTextCharFormat()
    plain.setFontWeight(text_format.fontWeight())
    plain.setFontItalic(text_format.fontItalic())
    plain.setFontFixedPitch(text_format.fontFixedPitch())
    return plain
