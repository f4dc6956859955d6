"""Files that change after being dropped: edited, deleted, or with a damaged stored copy."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from PIL import Image
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.core.media.media_checker import OriginalState
from runcomfy_desktop.domain.drafts.draft import media_files
from tests.gui.support import media_fields as on
from tests.gui.support.inputs_harness import IMAGE, LEFT, RIGHT, InputsHarness, open_inputs_harness
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path


def png(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(buffer, "PNG")
    return buffer.getvalue()


async def dropped(harness: InputsHarness, path: str) -> None:
    harness.open()
    on.drop_files(harness, IMAGE, path)
    await on.media_value(harness, IMAGE)
    await wait_until(lambda: original(harness) is OriginalState.SAME)


def original(harness: InputsHarness) -> OriginalState:
    [file] = media_files(harness.draft)
    return harness.media_store.checker.original_state(file)


async def come_back(harness: InputsHarness) -> None:
    """Activates another window, then this one again."""
    other = QWidget()
    other.show()
    other.activateWindow()
    await wait_until(lambda: not harness.panel.isActiveWindow())
    harness.panel.activateWindow()
    await wait_until(harness.panel.isActiveWindow)
    other.close()


async def test_an_original_that_was_edited_gets_a_calm_word(tmp_path: Path) -> None:
    path = on.write_file(tmp_path, "photo.png", png("red"))
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        await dropped(harness, path)
        on.write_file(tmp_path, "photo.png", png("blue") + b"edited")
        await come_back(harness)
        await wait_until(lambda: "take_again" in on.visible_buttons(harness, IMAGE))
        assert on.label_text(harness, "hint", IMAGE) == "The original has changed since."
        assert (
            "The original has changed since."
            in on.media_field(harness, IMAGE).accessibleDescription()
        )
        assert on.visible_buttons(harness, IMAGE)["take_again"] == "Take the new one"
        assert not harness.draft_editor.state.blocked_reason, "the copy is as good as it was"
        before = await on.media_value(harness, IMAGE)
        on.press_button(harness, "take_again", IMAGE)
        await wait_until(lambda: harness.draft.value(IMAGE) != before)
        assert harness.draft_editor.state.undo_text == "Take the new photo.png"
        await wait_until(lambda: "take_again" not in on.visible_buttons(harness, IMAGE))


async def test_an_original_that_was_only_touched_is_the_same(tmp_path: Path) -> None:
    paths = [on.write_file(tmp_path, f"{name}.png", png("red") + name.encode()) for name in "lr"]
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        for key, path in zip((LEFT, RIGHT), paths, strict=True):
            on.drop_files(harness, key, path)
            await on.media_value(harness, key)
        os.utime(paths[0], (1, 1))
        on.write_file(tmp_path, "r.png", png("blue"))
        await come_back(harness)
        await wait_until(lambda: "take_again" in on.visible_buttons(harness, RIGHT))
        assert "take_again" not in on.visible_buttons(harness, LEFT)


async def test_an_original_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    path = on.write_file(tmp_path, "photo.png", png("red"))
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        await dropped(harness, path)
        os.remove(path)  # noqa: PTH107 - the dropped name is a string
        await come_back(harness)
        await wait_until(lambda: "not there any more" in on.media_field(harness, IMAGE).toolTip())
        assert "The copy that was kept is sent." in on.media_field(harness, IMAGE).toolTip()
        assert not harness.draft_editor.state.blocked_reason
        assert "take_again" not in on.visible_buttons(harness, IMAGE)


async def test_a_kept_copy_that_is_gone_is_told_and_can_be_taken_again(tmp_path: Path) -> None:
    path = on.write_file(tmp_path, "photo.png", png("red"))
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        await dropped(harness, path)
        [file] = media_files(harness.draft)
        (tmp_path / "media_store" / file.stored_name).unlink()
        await come_back(harness)
        await wait_until(lambda: harness.draft_editor.state.blocked_reason)
        assert (
            "The stored copy of photo.png is not there any more"
            in harness.draft_editor.state.blocked_reason
        )
        assert on.visible_buttons(harness, IMAGE)["take_again"] == "Take it again"
        on.press_button(harness, "take_again", IMAGE)
        await wait_until(lambda: (tmp_path / "media_store" / file.stored_name).exists())
        await come_back(harness)
        await wait_until(lambda: not harness.draft_editor.state.blocked_reason)


async def test_a_spoilt_copy_is_found_before_a_run(tmp_path: Path) -> None:
    path = on.write_file(tmp_path, "photo.png", png("red"))
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        await dropped(harness, path)
        [file] = media_files(harness.draft)
        copy = tmp_path / "media_store" / file.stored_name
        spoilt = bytearray(copy.read_bytes())
        spoilt[-5] ^= 255
        copy.write_bytes(spoilt)
        assert await harness.media_store.checker.find_unsendable([file]) == file
        assert (
            "The stored copy of photo.png is damaged" in harness.draft_editor.state.blocked_reason
        )
        on.drop_files(harness, IMAGE, path)
        await wait_until(lambda: copy.read_bytes() != bytes(spoilt))
        await come_back(harness)
        await wait_until(lambda: not harness.draft_editor.state.blocked_reason)
