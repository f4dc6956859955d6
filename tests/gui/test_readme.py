"""A deployment's readme: rendered from strangers' Markdown without reaching for anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QPixmap, QTextCursor, QTextFormat, QTextTable
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QTextBrowser, QWidget

from runcomfy_desktop.domain.settings import Theme
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.deployment.readme import LinkDialog, ReadmeView
from runcomfy_desktop.ui.deployment.readme_text import MAX_LETTERS, tamed, web_address
from tests.gui.support import hands
from tests.support.raw_server import RawServer, reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtGui import QTextCharFormat
    from PySide6.QtWidgets import QApplication

_Property = QTextFormat.Property
_LONG_BLOCK = 2_000
_BREAKS = 100
_MANY_CELLS = 1_000


@pytest.fixture
def holder() -> QWidget:
    return QWidget()


def shown(text: str, holder: QWidget) -> ReadmeView:
    view = ReadmeView(holder)
    view.show_text(text, "nothing here")
    holder.resize(480, 360)
    view.resize(480, 360)
    holder.show()
    return view


def browser(view: ReadmeView) -> QTextBrowser:
    return hands.find(view, QTextBrowser, "readme_text")


def words(view: ReadmeView) -> str:
    return browser(view).toPlainText()


def looks(view: ReadmeView) -> Iterator[QTextCharFormat]:
    block = browser(view).document().begin()
    while block.isValid():
        parts = block.begin()
        while not parts.atEnd():
            yield parts.fragment().charFormat()
            parts += 1
        block = block.next()


def links(view: ReadmeView) -> set[str]:
    return {each.anchorHref() for each in looks(view) if each.isAnchor()}


def test_markdown_is_shown_as_what_it_means(holder: QWidget) -> None:
    view = shown("# Bike\n\nChange node **6**.\n\n| a | b |\n|---|---|\n| c | d |\n", holder)
    assert "Bike" in words(view)
    assert "*" not in words(view)
    assert "|" not in words(view)
    assert any(each.fontWeight() >= 600 for each in looks(view))


def test_html_is_shown_letter_by_letter(holder: QWidget) -> None:
    view = shown("<b>bold</b> <script>alert(1)</script>\n\n<img src='file:///etc/passwd'>", holder)
    assert "<b>bold</b>" in words(view)
    assert "<script>" in words(view)
    assert "<img src" in words(view)
    assert not any(each.isImageFormat() for each in looks(view))


def test_pictures_are_replaced_by_their_words(holder: QWidget) -> None:
    view = shown("![A red bike](bike.png) and ![](x.png)![a\u202eb](y.png)", holder)
    assert words(view) == "[picture: A red bike] and [picture: ab]"


async def test_nothing_is_loaded_from_anywhere(tmp_path: Path) -> None:
    picture = tmp_path / "local.png"
    pixmap = QPixmap(20, 20)
    pixmap.fill()
    assert pixmap.save(str(picture))
    async with RawServer(reply(200)) as server:
        holder = QWidget()
        text = (
            f"![there]({server.url}/a.png) ![here]({picture.as_uri()}) ![here]({picture})\n\n"
            f"[![both]({server.url}/b.png)]({server.url}/page "
            f"'<img src=\"{server.url}/c.png\">')\n\n"
            f"<img src='{server.url}/d.png'>\n\n[ref]: {server.url}/e.png\n\n![ref]\n"
        )
        view = shown(text, holder)
        hands.settle()
        browser(view).grab()
        await asyncio.sleep(0.05)
        assert not any(each.isImageFormat() for each in looks(view))
        assert not any(each.hasProperty(_Property.TextToolTip) for each in looks(view))
        assert server.received == []


def test_links_lead_to_the_web_or_nowhere(holder: QWidget) -> None:
    view = shown(
        "[web](https://www.runcomfy.com/x) [plain](http://example.com/) [js](javascript:alert(1)) "
        "[file](file:///etc/passwd) [data](data:text/html,x) [mail](mailto:a@b.c) [rel](page) "
        "[part](#part) [odd](https://) [smb](//host/share) [ms](ms-settings:home)",
        holder,
    )
    assert links(view) == {"https://www.runcomfy.com/x", "http://example.com/"}
    assert "javascript" not in words(view)


def test_a_link_is_handed_on_and_not_followed(holder: QWidget) -> None:
    view = shown("[web](https://www.runcomfy.com/x)", holder)
    chosen: list[str] = []
    view.link_chosen.connect(lambda url: chosen.append(url.toString()))
    browser(view).anchorClicked.emit(QUrl("https://www.runcomfy.com/x"))
    browser(view).anchorClicked.emit(QUrl("file:///etc/passwd"))
    assert chosen == ["https://www.runcomfy.com/x"]
    assert words(view) == "web"


def test_marks_that_turn_text_around_are_left_out(holder: QWidget) -> None:
    hebrew_and_a_family = "\u05d0\u05d1 \U0001f468\u200d\U0001f467"
    view = shown(f"a\u202eb\u2066c\u200fd\u0000e\ufefff\u00adg {hebrew_and_a_family}", holder)
    assert words(view) == f"abcdefg {hebrew_and_a_family}"


def test_no_readme_says_so(holder: QWidget) -> None:
    view = shown(" \n ", holder)
    assert not browser(view).isVisible()
    assert hands.find(view, QLabel, "readme_note").text() == "nothing here"


@pytest.mark.parametrize(
    "piece",
    [
        "word ",
        "# heading\n",
        ">",
        "- ",
        "[",
        "`a` ",
        "*_",
        "[a](http://b/) ",
        "![a](http://b/c.png) ",
        "|a|b|c|d|\n|-|-|-|-|\n",
        "|" + "a|" * 5000 + "\n",
        "\u202e",
    ],
)
def test_a_readme_of_five_megabytes_is_cut(piece: str, holder: QWidget) -> None:
    """What Qt takes long for is bounded: letters, the length of a paragraph, cells of tables."""
    view = shown("x\n\n" + piece * (5_000_000 // len(piece)), holder)
    document = browser(view).document()
    blocks, block, longest = 0, document.begin(), 0
    while block.isValid():
        blocks, longest, block = blocks + 1, max(longest, block.length()), block.next()
    assert document.characterCount() <= MAX_LETTERS + _BREAKS
    assert longest <= _LONG_BLOCK
    assert not piece.startswith("|") or blocks <= _MANY_CELLS
    assert f"{MAX_LETTERS:,}" in hands.find(view, QLabel, "readme_note").text()


def test_taming_keeps_what_is_harmless() -> None:
    text = "# A\r\n\r\nSome *words*.\n\n```\ncode | more\n```\n\n| a | b |\n|---|---|\n"
    assert tamed(text) == (text.replace("\r\n", "\n"), False)
    assert tamed("x" * MAX_LETTERS).is_cut is False
    assert tamed("x" * (MAX_LETTERS + 1)).is_cut is True


@pytest.mark.parametrize(
    ("href", "is_web"),
    [
        ("https://www.runcomfy.com/a?b=c#d", True),
        ("http://127.0.0.1:80/", True),
        ("HTTPS://EXAMPLE.COM/", True),
        ("", False),
        ("www.example.com", False),
        ("https:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("https://a b/", False),
        ("https://a/" + "x" * 3000, False),
    ],
)
def test_what_is_an_address_of_the_web(href: str, is_web: bool) -> None:
    assert (web_address(href) is not None) is is_web


@pytest.mark.parametrize(
    ("href", "host", "address"),
    [
        (
            "https://api.runcomfy.net@evil.example/x",
            "evil.example",
            "https://api.runcomfy.net@evil.example/x",
        ),
        ("https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com", "https://xn--80ak6aa92e.com/"),
        ("https://\u0430\u0440\u0440le.com/", "xn--le-6kc8da.com", "https://xn--le-6kc8da.com/"),
        ("https://a.example/%E2%80%AEx", "a.example", "https://a.example/%E2%80%AEx"),
    ],
)
def test_a_link_asks_with_its_whole_address(
    href: str, host: str, address: str, holder: QWidget
) -> None:
    url = web_address(href)
    assert url is not None
    dialog = LinkDialog(url, holder)
    opened: list[bool] = []
    dialog.accepted.connect(lambda: opened.append(True))
    dialog.open()
    hands.settle()
    assert dialog.windowTitle() == f"Open a page of {host}?"
    assert hands.find(dialog, QPlainTextEdit, "link_address").toPlainText() == address
    assert hands.find(dialog, QPushButton, "link_leave").hasFocus()
    hands.press(hands.find(dialog, QPushButton, "link_open"))
    assert opened == [True]


def test_a_change_of_the_theme_recolours_links(holder: QWidget, qapp: QApplication) -> None:
    view = shown("[web](https://www.runcomfy.com/x)", holder)

    def colour() -> str:
        cursor = QTextCursor(browser(view).document())
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        return cursor.charFormat().foreground().color().name()

    assert colour() == theme.LIGHT.accent
    theme.apply(qapp, Theme.DARK)
    hands.settle()
    assert colour() == theme.DARK.accent


def test_a_table_after_a_quotation_is_like_any_other(holder: QWidget) -> None:
    """Qt begins it with an empty line, and forgets that its first cell is a heading."""
    table = "| a | b |\n|---|---|\n| c | d |\n"
    for before in ("words", "> words", "* words\n\n> more"):
        document = browser(shown(f"{before}\n\n{table}", holder)).document()
        found = list(document.rootFrame().childFrames())
        assert isinstance(found[0], QTextTable)
        for row, column, weight in ((0, 0, 700), (0, 1, 700), (1, 0, 400), (1, 1, 400)):
            cell = found[0].cellAt(row, column)
            first = cell.firstCursorPosition()
            assert first.block().text() == "abcd"[2 * row + column]
            assert first.blockFormat().topMargin() == 0
            first.movePosition(QTextCursor.MoveOperation.NextCharacter)
            assert first.charFormat().fontWeight() == weight
