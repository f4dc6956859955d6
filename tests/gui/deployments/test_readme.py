"""A deployment's readme: untrusted Markdown is rendered without loading anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QPixmap, QTextCursor, QTextFormat, QTextTable
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QTextBrowser, QWidget

from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.ui.deployments.readme_document import (
    MAX_README_CHARS,
    sanitize_readme,
    web_address,
)
from runcomfy_desktop.ui.deployments.readme_view import ReadmeLinkDialog, ReadmeView
from runcomfy_desktop.ui.style import theme
from tests.gui.support import user_input
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
def owner() -> QWidget:
    return QWidget()


def shown(text: str, holder: QWidget) -> ReadmeView:
    view = ReadmeView(holder)
    view.show_text(text, "nothing here")
    holder.resize(480, 360)
    view.resize(480, 360)
    holder.show()
    return view


def browser(view: ReadmeView) -> QTextBrowser:
    return user_input.find(view, QTextBrowser, "readme_text")


def plain_text(view: ReadmeView) -> str:
    return browser(view).toPlainText()


def check_appearance(view: ReadmeView) -> Iterator[QTextCharFormat]:
    block = browser(view).document().begin()
    while block.isValid():
        parts = block.begin()
        while not parts.atEnd():
            yield parts.fragment().charFormat()
            parts += 1
        block = block.next()


def links(view: ReadmeView) -> set[str]:
    return {each.anchorHref() for each in check_appearance(view) if each.isAnchor()}


def test_markdown_is_shown_as_what_it_means(owner: QWidget) -> None:
    view = shown("# Bike\n\nChange node **6**.\n\n| a | b |\n|---|---|\n| c | d |\n", owner)
    assert "Bike" in plain_text(view)
    assert "*" not in plain_text(view)
    assert "|" not in plain_text(view)
    assert any(each.fontWeight() >= 600 for each in check_appearance(view))


def test_html_is_shown_letter_by_letter(owner: QWidget) -> None:
    view = shown("<b>bold</b> <script>alert(1)</script>\n\n<img src='file:///etc/passwd'>", owner)
    assert "<b>bold</b>" in plain_text(view)
    assert "<script>" in plain_text(view)
    assert "<img src" in plain_text(view)
    assert not any(each.isImageFormat() for each in check_appearance(view))


def test_pictures_are_replaced_by_their_words(owner: QWidget) -> None:
    view = shown("![A red bike](bike.png) and ![](x.png)![a\u202eb](y.png)", owner)
    assert plain_text(view) == "[picture: A red bike] and [picture: ab]"


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
        user_input.process_events()
        browser(view).grab()
        await asyncio.sleep(0.05)
        assert not any(each.isImageFormat() for each in check_appearance(view))
        assert not any(each.hasProperty(_Property.TextToolTip) for each in check_appearance(view))
        assert server.received == []


def test_links_lead_to_the_web_or_nowhere(owner: QWidget) -> None:
    view = shown(
        "[web](https://www.runcomfy.com/x) [plain](http://example.com/) [js](javascript:alert(1)) "
        "[file](file:///etc/passwd) [data](data:text/html,x) [mail](mailto:a@b.c) [rel](page) "
        "[part](#part) [odd](https://) [smb](//host/share) [ms](ms-settings:home)",
        owner,
    )
    assert links(view) == {"https://www.runcomfy.com/x", "http://example.com/"}
    assert "javascript" not in plain_text(view)


def test_a_link_is_handed_on_and_not_followed(owner: QWidget) -> None:
    view = shown("[web](https://www.runcomfy.com/x)", owner)
    chosen: list[str] = []
    view.link_chosen.connect(lambda url: chosen.append(url.toString()))
    browser(view).anchorClicked.emit(QUrl("https://www.runcomfy.com/x"))
    browser(view).anchorClicked.emit(QUrl("file:///etc/passwd"))
    assert chosen == ["https://www.runcomfy.com/x"]
    assert plain_text(view) == "web"


def test_marks_that_turn_text_around_are_left_out(owner: QWidget) -> None:
    hebrew_and_a_family = "\u05d0\u05d1 \U0001f468\u200d\U0001f467"
    view = shown(f"a\u202eb\u2066c\u200fd\u0000e\ufefff\u00adg {hebrew_and_a_family}", owner)
    assert plain_text(view) == f"abcdefg {hebrew_and_a_family}"


def test_no_readme_says_so(owner: QWidget) -> None:
    view = shown(" \n ", owner)
    assert not browser(view).isVisible()
    assert user_input.find(view, QLabel, "readme_note").text() == "nothing here"


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
def test_a_readme_of_five_megabytes_is_cut(piece: str, owner: QWidget) -> None:
    """Everything slow in Qt is bounded: characters, paragraph length, and table cells."""
    view = shown("x\n\n" + piece * (5_000_000 // len(piece)), owner)
    document = browser(view).document()
    blocks, block, longest = 0, document.begin(), 0
    while block.isValid():
        blocks, longest, block = blocks + 1, max(longest, block.length()), block.next()
    assert document.characterCount() <= MAX_README_CHARS + _BREAKS
    assert longest <= _LONG_BLOCK
    assert not piece.startswith("|") or blocks <= _MANY_CELLS
    assert f"{MAX_README_CHARS:,}" in user_input.find(view, QLabel, "readme_note").text()


def test_taming_keeps_what_is_harmless() -> None:
    text = "# A\r\n\r\nSome *words*.\n\n```\ncode | more\n```\n\n| a | b |\n|---|---|\n"
    assert sanitize_readme(text) == (text.replace("\r\n", "\n"), False)
    assert sanitize_readme("x" * MAX_README_CHARS).is_cut is False
    assert sanitize_readme("x" * (MAX_README_CHARS + 1)).is_cut is True


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
    href: str, host: str, address: str, owner: QWidget
) -> None:
    url = web_address(href)
    assert url is not None
    dialog = ReadmeLinkDialog(url, owner)
    opened: list[bool] = []
    dialog.accepted.connect(lambda: opened.append(True))
    dialog.open()
    user_input.process_events()
    assert dialog.windowTitle() == f"Open a page of {host}?"
    assert user_input.find(dialog, QPlainTextEdit, "link_address").toPlainText() == address
    assert user_input.find(dialog, QPushButton, "link_leave").hasFocus()
    user_input.press(user_input.find(dialog, QPushButton, "link_open"))
    assert opened == [True]


def test_a_change_of_the_theme_recolours_links(owner: QWidget, qapp: QApplication) -> None:
    view = shown("[web](https://www.runcomfy.com/x)", owner)

    def colour() -> str:
        cursor = QTextCursor(browser(view).document())
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        return cursor.charFormat().foreground().color().name()

    assert colour() == theme.LIGHT.accent
    theme.apply(qapp, ThemeMode.DARK)
    user_input.process_events()
    assert colour() == theme.DARK.accent


def test_a_table_after_a_quotation_is_like_any_other(owner: QWidget) -> None:
    """Qt begins such a table with an empty line and forgets that its first cell is a heading."""
    table = "| a | b |\n|---|---|\n| c | d |\n"
    for before in ("words", "> words", "* words\n\n> more"):
        document = browser(shown(f"{before}\n\n{table}", owner)).document()
        found = list(document.rootFrame().childFrames())
        assert isinstance(found[0], QTextTable)
        for row, column, weight in ((0, 0, 700), (0, 1, 700), (1, 0, 400), (1, 1, 400)):
            cell = found[0].cellAt(row, column)
            first = cell.firstCursorPosition()
            assert first.block().text() == "abcd"[2 * row + column]
            assert first.blockFormat().topMargin() == 0
            first.movePosition(QTextCursor.MoveOperation.NextCharacter)
            assert first.charFormat().fontWeight() == weight
