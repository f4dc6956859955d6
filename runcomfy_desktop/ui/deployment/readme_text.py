"""Markdown from strangers to a document that shows words and nothing else.

What is shown is made by Qt's reader of Markdown with HTML off. This module takes away what could
still reach out of the document (pictures, tooltips, links that lead elsewhere than to the web),
and what makes Qt stall (endless lines, tables as wide as the text is long).
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
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QColor

MAX_LETTERS = 20_000
# A paragraph or a row of a table beyond these takes Qt longer than a blink.
_MAX_PARAGRAPH = 1_500
_MAX_CELLS = 24
_MAX_ALL_CELLS = 480
_MAX_ADDRESS = 2_000

# Control characters but for tab and line feed, the marks that turn the direction of text around,
# and invisible ones. Joiners stay: emoji and several scripts are misspelt without them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffc\U000e0000-\U000e007f\ud800-\udfff]"
)
_LINE_PERCENT = 118.0
_PROPORTIONAL = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
_Feature = QTextDocument.MarkdownFeature


class ReadmeText(NamedTuple):
    """A readme fit to be shown, and whether some of it was left off."""

    text: str
    is_cut: bool


def tamed(text: str) -> ReadmeText:
    """The readme without what cannot be seen, and no longer than is shown without a stall."""
    # Cut first: all that follows looks at each letter.
    head = text[:MAX_LETTERS]
    clean = _UNSEEN.sub("", head.replace("\r\n", "\n").replace("\r", "\n"))
    return ReadmeText("\n".join(_short_lines(clean)), len(text) > MAX_LETTERS)


def _short_lines(text: str) -> Iterator[str]:
    """Lines of which no paragraph grows endless and no row has endless cells."""
    length = all_cells = 0
    for line in text.split("\n"):
        cells = line.count("|")
        all_cells += cells
        if cells > _MAX_CELLS or all_cells > _MAX_ALL_CELLS:
            line = line.replace("|", "/")
            cells = 0
        for start in range(0, max(1, len(line)), _MAX_PARAGRAPH):
            piece = line[start : start + _MAX_PARAGRAPH]
            length = length + len(piece) if piece.strip() else 0
            if length > _MAX_PARAGRAPH and not cells:
                yield ""
                length = len(piece)
            yield piece


class ReadmeDocument(QTextDocument):
    """Shows Markdown; whatever it names, nothing is loaded. `line` is the colour of tables."""

    def __init__(self, text: str, line: QColor, parent: QObject) -> None:
        super().__init__(parent)
        self.setUndoRedoEnabled(False)
        features = _Feature(_Feature.MarkdownDialectGitHub | _Feature.MarkdownNoHTML)
        self.setMarkdown(text, features)
        self._take_reach_away()
        self._set_apart(line)

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802 - Qt's
        return None

    def _take_reach_away(self) -> None:
        """Words for pictures, and links to the web alone; before anything is laid out."""
        edits = list(self._edits())
        cursor = QTextCursor(self)
        cursor.beginEditBlock()
        # From the end, so that what comes before keeps its place.
        for position, length, words, look in reversed(edits):
            cursor.setPosition(position)
            cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
            if words is None:
                cursor.setCharFormat(look)
            else:
                cursor.insertText(words, look)
        cursor.endEditBlock()

    def _set_apart(self, line: QColor) -> None:
        """Room between paragraphs, calm tables, and headings of a size that fits beside facts."""
        tables = [each for each in self.rootFrame().childFrames() if isinstance(each, QTextTable)]
        for table in tables:
            look = table.format()
            look.setBorderBrush(line)
            look.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            look.setBorder(1)
            look.setBorderCollapse(True)
            look.setCellPadding(STEP)
            look.setTopMargin(STEP)
            look.setBottomMargin(2 * STEP)
            table.setFormat(look)
            _drop_empty_line(table)
        spans = [(each.firstPosition(), each.lastPosition()) for each in tables]
        block = self.begin()
        while block.isValid():
            if any(first <= block.position() <= last for first, last in spans):
                _take_room(QTextCursor(block))
            else:
                _give_room(QTextCursor(block))
            block = block.next()

    def _edits(self) -> Iterator[tuple[int, int, str | None, QTextCharFormat]]:
        block = self.begin()
        while block.isValid():
            parts = block.begin()
            while not parts.atEnd():
                fragment = parts.fragment()
                look = fragment.charFormat()
                if look.isImageFormat():
                    words = _words_for(look) * fragment.length()
                    yield fragment.position(), fragment.length(), words, _plain(look)
                elif look.isAnchor() or look.hasProperty(QTextFormat.Property.TextToolTip):
                    yield fragment.position(), fragment.length(), None, _bounded(look)
                parts += 1
            block = block.next()


def _drop_empty_line(table: QTextTable) -> None:
    """Qt's reader begins a table that follows a quotation with an empty line in its first cell."""
    cell = table.cellAt(0, 0)
    first = cell.firstCursorPosition()
    if first.atBlockEnd() and first.position() < cell.lastPosition():
        first.deleteChar()


def _take_room(cursor: QTextCursor) -> None:
    """Qt gives a first cell the margins and the look of a quotation before its table."""
    block = cursor.blockFormat()
    block.setTopMargin(0)
    block.setBottomMargin(0)
    block.setLeftMargin(0)
    cursor.setBlockFormat(block)
    if cursor.currentTable().cellAt(cursor).row() == 0:
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        look = QTextCharFormat()
        look.setFontWeight(QFont.Weight.Bold)
        cursor.mergeCharFormat(look)


def _give_room(cursor: QTextCursor) -> None:
    block = cursor.blockFormat()
    level = block.headingLevel()
    is_item = cursor.currentList() is not None
    block.setTopMargin(3 * STEP if level else 0)
    block.setBottomMargin(STEP // 2 if is_item else STEP if level else 2 * STEP)
    if block.hasProperty(QTextFormat.Property.BlockCodeFence) or block.nonBreakableLines():
        block.setBottomMargin(0)
    else:
        block.setLineHeight(_LINE_PERCENT, _PROPORTIONAL)
    cursor.setBlockFormat(block)
    if level:
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        look = QTextCharFormat()
        look.setProperty(QTextFormat.Property.FontSizeAdjustment.value, int(level == 1))
        cursor.mergeCharFormat(look)


def web_address(href: str) -> QUrl | None:
    """The page that a link leads to; None for anything but http and https with a host."""
    if not href or len(href) > _MAX_ADDRESS:
        return None
    url = QUrl(href, QUrl.ParsingMode.StrictMode)
    if not url.isValid() or url.scheme() not in ("http", "https") or not url.host():
        return None
    return url


def _words_for(look: QTextCharFormat) -> str:
    alt = one_line(str(look.property(QTextFormat.Property.ImageAltText.value) or ""))
    return _("[picture: %s]") % alt if alt else _("[picture]")


def _bounded(look: QTextCharFormat) -> QTextCharFormat:
    """A link as it may be; the tooltip that the readme gives it could be markup."""
    kept = QTextCharFormat(look)
    kept.clearProperty(QTextFormat.Property.TextToolTip.value)
    return kept if web_address(look.anchorHref()) is not None else _plain(kept)


def _plain(look: QTextCharFormat) -> QTextCharFormat:
    """The same letters, leading nowhere."""
    plain = QTextCharFormat()
    plain.setFontWeight(look.fontWeight())
    plain.setFontItalic(look.fontItalic())
    plain.setFontFixedPitch(look.fontFixedPitch())
    return plain
