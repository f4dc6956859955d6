"""What became of a file after it was dropped: edited, gone, or its kept copy spoilt."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from PIL import Image
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.core.media_watch import Original
from runcomfy_desktop.domain.draft import media_files
from tests.gui.support import wells as on
from tests.gui.support.bench import IMAGE, LEFT, RIGHT, Bench, shown_bench
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path


def png(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(buffer, "PNG")
    return buffer.getvalue()


async def dropped(bench: Bench, path: str) -> None:
    bench.open()
    on.drop(bench, IMAGE, path)
    await on.media(bench, IMAGE)
    await until(lambda: original(bench) is Original.SAME)


def original(bench: Bench) -> Original:
    [file] = media_files(bench.draft)
    return bench.shelf.watch.original(file)


async def come_back(bench: Bench) -> None:
    """Somebody was in another window, and comes back to this one."""
    other = QWidget()
    other.show()
    other.activateWindow()
    await until(lambda: not bench.panel.isActiveWindow())
    bench.panel.activateWindow()
    await until(bench.panel.isActiveWindow)
    other.close()


async def test_an_original_that_was_edited_gets_a_calm_word(tmp_path: Path) -> None:
    path = on.file_at(tmp_path, "photo.png", png("red"))
    async with shown_bench(tmp_path / "shelf") as bench:
        await dropped(bench, path)
        on.file_at(tmp_path, "photo.png", png("blue") + b"edited")
        await come_back(bench)
        await until(lambda: "take_again" in on.buttons(bench, IMAGE))
        assert on.text(bench, "hint", IMAGE) == "The original has changed since."
        assert "The original has changed since." in on.well(bench, IMAGE).accessibleDescription()
        assert on.buttons(bench, IMAGE)["take_again"] == "Take the new one"
        assert not bench.workbench.state.blocked, "the copy is as good as it was"
        before = await on.media(bench, IMAGE)
        on.press(bench, "take_again", IMAGE)
        await until(lambda: bench.draft.value(IMAGE) != before)
        assert bench.workbench.state.undo_text == "Take the new photo.png"
        await until(lambda: "take_again" not in on.buttons(bench, IMAGE))


async def test_an_original_that_was_only_touched_is_the_same(tmp_path: Path) -> None:
    paths = [on.file_at(tmp_path, f"{name}.png", png("red") + name.encode()) for name in "lr"]
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        for key, path in zip((LEFT, RIGHT), paths, strict=True):
            on.drop(bench, key, path)
            await on.media(bench, key)
        os.utime(paths[0], (1, 1))
        on.file_at(tmp_path, "r.png", png("blue"))
        await come_back(bench)
        await until(lambda: "take_again" in on.buttons(bench, RIGHT))
        assert "take_again" not in on.buttons(bench, LEFT)


async def test_an_original_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    path = on.file_at(tmp_path, "photo.png", png("red"))
    async with shown_bench(tmp_path / "shelf") as bench:
        await dropped(bench, path)
        os.remove(path)  # noqa: PTH107 - by the name that was dropped
        await come_back(bench)
        await until(lambda: "not there any more" in on.well(bench, IMAGE).toolTip())
        assert "The copy that was kept is sent." in on.well(bench, IMAGE).toolTip()
        assert not bench.workbench.state.blocked
        assert "take_again" not in on.buttons(bench, IMAGE)


async def test_a_kept_copy_that_is_gone_is_told_and_can_be_taken_again(tmp_path: Path) -> None:
    path = on.file_at(tmp_path, "photo.png", png("red"))
    async with shown_bench(tmp_path / "shelf") as bench:
        await dropped(bench, path)
        [file] = media_files(bench.draft)
        (tmp_path / "shelf" / file.stored_name).unlink()
        await come_back(bench)
        await until(lambda: bench.workbench.state.blocked)
        assert "The stored copy of photo.png is not there any more" in bench.workbench.state.blocked
        assert on.buttons(bench, IMAGE)["take_again"] == "Take it again"
        on.press(bench, "take_again", IMAGE)
        await until(lambda: (tmp_path / "shelf" / file.stored_name).exists())
        await come_back(bench)
        await until(lambda: not bench.workbench.state.blocked)


async def test_a_spoilt_copy_is_found_before_a_run(tmp_path: Path) -> None:
    path = on.file_at(tmp_path, "photo.png", png("red"))
    async with shown_bench(tmp_path / "shelf") as bench:
        await dropped(bench, path)
        [file] = media_files(bench.draft)
        copy = tmp_path / "shelf" / file.stored_name
        spoilt = bytearray(copy.read_bytes())
        spoilt[-5] ^= 255
        copy.write_bytes(spoilt)
        went: list[str] = []
        bench.shelf.watch.before_run(
            [file], lambda: went.append("sent"), lambda: went.append("refused")
        )
        await until(lambda: went)
        assert went == ["refused"]
        assert "The stored copy of photo.png is damaged" in bench.workbench.state.blocked
        on.drop(bench, IMAGE, path)
        await until(lambda: copy.read_bytes() != bytes(spoilt))
        await come_back(bench)
        await until(lambda: not bench.workbench.state.blocked)
