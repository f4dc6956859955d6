"""Pictures above the recommended size: a note in their media field, and a stored choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu

from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.ui.media_fields.media_field import IssueLabel
from tests.gui.support import media_fields as on
from tests.gui.support import photo_files, user_input
from tests.gui.support.inputs_harness import IMAGE, InputsHarness, open_inputs_harness

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

ADDRESS = "https://files.example.org/forest.png"
MASKED: JsonObject = {
    "189": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}},
    "50": {"class_type": "Tiles", "inputs": {"tiled": ["189", 1], "batch": 2}},
}


def write_large_png(folder: Path, name: str = "forest.png") -> str:
    return on.write_file(
        folder, name, photo_files.encode_image(photo_files.photo((400, 300)), "PNG")
    )


async def set_large_picture(
    harness: InputsHarness, folder: Path, workflow: JsonObject | None = None
) -> MediaFile:
    """Drops a large picture on the input and returns its stored file."""
    wished = harness.draft_editor.large_pictures_requested
    wished.subscribe(harness.draft_editor.set_large_pictures)
    harness.open(workflow) if workflow else harness.open()
    on.drop_files(harness, IMAGE, write_large_png(folder))
    media = await on.media_value(harness, IMAGE)
    assert INLINE_LIMIT_BYTES < media.size_bytes < 1024 * 1024
    harness.row_rect(IMAGE)
    return media


def menu_of(harness: InputsHarness) -> QMenu:
    on.press_button(harness, "change_size", IMAGE)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def blocked(harness: InputsHarness) -> str:
    return harness.draft_editor.state.blocked_reason


def choose(menu: QMenu, name: str) -> None:
    next(each for each in menu.actions() if each.objectName() == name).trigger()
    menu.close()
    user_input.process_events()


async def test_a_large_picture_is_no_problem_and_says_what_happens(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        file = await set_large_picture(harness, tmp_path)
        assert not harness.draft_editor.state.blocked_reason
        assert IMAGE not in harness.draft_editor.state.issues
        size = f"{file.size_bytes / 1024:.0f} KB"
        note = f"{size} · sent as it is (256 KB recommended)"
        assert on.label_text(harness, "size_note", IMAGE) == note
        assert on.label_text(harness, "facts", IMAGE) == "400 × 300"
        well = on.media_field(harness, IMAGE)
        assert note in well.accessibleDescription()
        assert not user_input.find(well, IssueLabel, "media_warning").isVisible()
        button = user_input.find(well, QAbstractButton, "media_change_size")
        assert button.accessibleName() == "Change how large pictures are sent"


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (LargePictures.SHRINK, "shrunk to 250 KB when sent"),
        (LargePictures.ASK, "Run asks how to send it"),
        (LargePictures.AS_IS, "sent as it is (256 KB recommended)"),
    ],
)
async def test_the_choice_is_made_in_the_media_field(
    tmp_path: Path, chosen: LargePictures, words: str
) -> None:
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        await set_large_picture(harness, tmp_path)
        requests: list[LargePictures] = []
        harness.draft_editor.large_pictures_requested.subscribe(requests.append)
        choose(menu_of(harness), f"large_pictures_{chosen.value}")
        assert requests == [chosen]
        assert on.label_text(harness, "size_note", IMAGE).endswith(f" · {words}")
        assert not harness.draft_editor.state.blocked_reason
        ticked = [each.objectName() for each in menu_of(harness).actions() if each.isChecked()]
        assert ticked == [f"large_pictures_{chosen.value}"]
        assert harness.draft_editor.state.undo_text == "Drop forest.png", "a choice is no edit"


async def test_who_wants_addresses_is_asked_for_one(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        await set_large_picture(harness, tmp_path)
        choose(menu_of(harness), "large_pictures_address")
        assert "your settings want an address" in blocked(harness)
        assert {"shrink", "use_address", "change_setting"} <= set(
            on.visible_buttons(harness, IMAGE)
        )
        assert "change_size" not in on.visible_buttons(harness, IMAGE)
        on.press_button(harness, "use_address", IMAGE)
        harness.type(ADDRESS)
        harness.key(Qt.Key.Key_Return)
        assert harness.changes == {IMAGE: ADDRESS}
        assert not blocked(harness)
        harness.draft_editor.undo()
        user_input.process_events()
        assert blocked(harness)
        on.press_button(harness, "change_setting", IMAGE)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        choose(menu, "large_pictures_as_is")
        assert not blocked(harness)


async def test_a_picture_of_which_a_mask_is_made_says_that_it_stays(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        await set_large_picture(harness, tmp_path, MASKED)
        for chosen in (LargePictures.SHRINK, LargePictures.ASK):
            harness.draft_editor.set_large_pictures(chosen)
            user_input.process_events()
            note = on.label_text(harness, "size_note", IMAGE)
            assert note.endswith(" · sent as it is: a mask is made of it")


async def test_a_webp_may_be_a_film_which_stays(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        harness.draft_editor.set_large_pictures(LargePictures.SHRINK)
        on.drop_files(
            harness,
            IMAGE,
            on.write_file(tmp_path, "film.webp", photo_files.animation("WEBP", (1400, 1100))),
        )
        assert (await on.media_value(harness, IMAGE)).is_above_inline_limit
        note = on.label_text(harness, "size_note", IMAGE)
        assert note.endswith(" · shrunk to 250 KB when sent, if not animated")


async def test_a_film_says_that_it_stays(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        harness.draft_editor.set_large_pictures(LargePictures.SHRINK)
        on.drop_files(
            harness, IMAGE, on.write_file(tmp_path, "film.gif", photo_files.animation("GIF"))
        )
        assert (await on.media_value(harness, IMAGE)).is_above_inline_limit
        note = on.label_text(harness, "size_note", IMAGE)
        assert note.endswith(" · sent as it is: a GIF may have several frames")
