"""URLs passed to the desktop: a failure of the program that opens them is detected."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from runcomfy_desktop.core.base.notices import NoticeLevel
from runcomfy_desktop.platform.url_handler import UrlHandler
from tests.gui.support.gui_program import open_program
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def handler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UrlHandler]:
    """A handler whose xdg-open is written by the test."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "bin").mkdir()
    handler = UrlHandler()
    handler.install()
    yield handler
    handler.remove()


def xdg_open(folder: Path, script: str) -> None:
    program = folder / "bin" / "xdg-open"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize("code", [1, 2, 3, 4])
async def test_a_failure_of_xdg_open_is_told(
    tmp_path: Path, handler: UrlHandler, code: int
) -> None:
    xdg_open(tmp_path, f"exit {code}")
    failed: list[QUrl] = []
    handler.failed.connect(failed.append)
    url = QUrl.fromLocalFile(str(tmp_path))
    assert QDesktopServices.openUrl(url)
    await wait_until(lambda: failed == [url])


async def test_without_xdg_open_it_is_left_to_qt(
    tmp_path: Path, handler: UrlHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    failed: list[QUrl] = []
    handler.failed.connect(failed.append)
    url = QUrl.fromLocalFile(str(tmp_path))
    QDesktopServices.openUrl(url)
    # An offscreen screen has no program for it, either.
    await wait_until(lambda: failed == [url])
    assert not QDesktopServices.openUrl(url)
    assert not handler.is_running


async def test_the_program_gets_the_address_as_it_is(tmp_path: Path, handler: UrlHandler) -> None:
    got = tmp_path / "got"
    xdg_open(tmp_path, f'printf %s "$1" > {got}.part && mv {got}.part {got}\nexit 0')
    failed: list[QUrl] = []
    handler.failed.connect(failed.append)
    url = QUrl.fromLocalFile(str(tmp_path / "a b; $(rm -rf x) 'ü%"))
    assert QDesktopServices.openUrl(url)
    await wait_until(got.exists)
    assert QUrl.fromEncoded(got.read_bytes()) == url
    await wait_until(lambda: not handler.is_running)
    assert failed == []


async def test_where_nothing_opens_it_the_path_can_be_copied(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        folder = str(tmp_path / "out\nputs")
        for url, shown, button, copied in (
            (QUrl.fromLocalFile(folder), "out puts", "Copy path", folder),
            (QUrl("https://www.runcomfy.com/profile"), "browser", "Copy address", None),
        ):
            program.window.notify_not_opened(url)
            notice = program.window.notice_line.notices[-1]
            assert notice.level is NoticeLevel.WARNING
            assert shown in f"{notice.title} {notice.detail}"
            assert notice.action_text == button
            await program.answer(notice.title)
            assert QGuiApplication.clipboard().text() == (copied or url.toString())
