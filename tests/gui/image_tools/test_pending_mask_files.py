"""A painted or shrunk picture stays in its dialog until it is on disk."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QPushButton
from shiboken6 import isValid

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.gui.image_tools.test_mask_painter import painting
from tests.gui.image_tools.test_shrink_dialog import large_picture, shrinking
from tests.gui.support import photo_files, user_input
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.inputs_harness import InputsHarness

IMAGE = InputKey("1", "image")


class UnwritableFolder:
    """Makes the media store's folder temporarily reject writes."""

    def __init__(self, harness: InputsHarness) -> None:
        self._folder = harness.media_store.folder
        self._moved_folder = self._folder.with_name("kept")
        self._folder.rename(self._moved_folder)
        self._folder.write_text("in the way")

    def end(self) -> None:
        self._folder.unlink()
        shutil.move(self._moved_folder, self._folder)


async def test_a_mask_that_the_disk_refuses_is_still_there(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        draft_editor, before = work.harness, work.harness.draft.value(IMAGE)
        work.stroke((100, 300), (400, 300))
        refusal = UnwritableFolder(draft_editor)
        words = user_input.find(work.dialog, QLabel, "mask_words")
        user_input.press(work.button("mask_use"))
        await wait_until(lambda: words.text().startswith("A file could not be written."))
        assert work.dialog.isVisible()
        assert work.button("mask_use").hasFocus()
        assert draft_editor.draft.value(IMAGE) == before
        refusal.end()
        made = await work.use()
        assert made.getchannel("A").getpixel((200, 300)) == 0
        await wait_until(lambda: not isValid(work.dialog) or not work.dialog.isVisible())


async def test_a_mask_of_a_draft_that_is_deleted_is_still_there(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        work.stroke((100, 300), (400, 300))
        work.harness.open(deployment_id="red:1")
        del work.harness.draft_editor.open_drafts["blue:1"]
        user_input.press(work.button("mask_use"))
        words = user_input.find(work.dialog, QLabel, "mask_words")
        await wait_until(lambda: words.text().startswith("cat.png was not used"))
        assert words.text() == (
            "cat.png was not used: the draft that it is for has no such input any more."
        )
        assert work.dialog.isVisible()
        assert work.harness.changes == {}


async def test_a_mask_that_is_discarded_while_it_is_kept_is_not_used(tmp_path: Path) -> None:
    async with painting(tmp_path) as work:
        draft_editor, before = work.harness, work.harness.draft.value(IMAGE)
        work.stroke((100, 300), (400, 300))

        def discard() -> None:
            # The media store has accepted the file, and nothing else has happened.
            work.dialog.reject()
            user_input.press(user_input.find(work.dialog, QPushButton, "mask_discard_yes"))

        work.dialog.chosen.connect(discard)
        user_input.press(work.button("mask_use"))
        await wait_until(lambda: not isValid(work.dialog) or not work.dialog.isVisible())
        await draft_editor.media_store.close()
        assert draft_editor.draft.value(IMAGE) == before


async def test_a_small_picture_that_the_disk_refuses_can_be_tried_again(tmp_path: Path) -> None:
    data = photo_files.encode_image(photo_files.photo(), "PNG")
    async with large_picture(tmp_path, "beach.png", data) as harness:
        work, before = await shrinking(harness), harness.draft.value(IMAGE)
        await work.is_made()
        refusal = UnwritableFolder(harness)
        user_input.press(work.button("shrink_use"))
        await wait_until(
            lambda: work.text("shrink_verdict").startswith("A file could not be written.")
        )
        assert work.dialog.isVisible()
        assert work.button("shrink_use").hasFocus()
        assert harness.draft.value(IMAGE) == before
        refusal.end()
        media = await work.use()
        assert isinstance(media, MediaFile)
        await wait_until(lambda: not isValid(work.dialog) or not work.dialog.isVisible())
