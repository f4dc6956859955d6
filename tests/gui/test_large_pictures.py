"""Pictures above the recommended size: a calm line in their well, and a choice that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu

from runcomfy_desktop.domain.media import INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.ui.inputs.fault_label import FaultLabel
from tests.gui.support import hands, photos
from tests.gui.support import wells as on
from tests.gui.support.bench import IMAGE, Bench, shown_bench

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject

ADDRESS = "https://files.example.org/forest.png"
MASKED: JsonObject = {
    "189": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}},
    "50": {"class_type": "Tiles", "inputs": {"tiled": ["189", 1], "batch": 2}},
}


def forest(folder: Path, name: str = "forest.png") -> str:
    return on.file_at(folder, name, photos.saved(photos.photo((400, 300)), "PNG"))


async def with_forest(bench: Bench, folder: Path, workflow: JsonObject | None = None) -> MediaFile:
    """Puts a large picture on the input."""
    wished = bench.workbench.large_pictures_wished
    wished.subscribe(bench.workbench.set_large_pictures)
    bench.open(workflow) if workflow else bench.open()
    on.drop(bench, IMAGE, forest(folder))
    media = await on.media(bench, IMAGE)
    assert INLINE_LIMIT_BYTES < media.size_bytes < 1024 * 1024
    bench.row_rect(IMAGE)
    return media


def menu_of(bench: Bench) -> QMenu:
    on.press(bench, "change_size", IMAGE)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def blocked(bench: Bench) -> str:
    return bench.workbench.state.blocked


def choose(menu: QMenu, name: str) -> None:
    next(each for each in menu.actions() if each.objectName() == name).trigger()
    menu.close()
    hands.settle()


async def test_a_large_picture_is_no_problem_and_says_what_happens(tmp_path: Path) -> None:
    async with shown_bench(tmp_path / "shelf") as bench:
        file = await with_forest(bench, tmp_path)
        assert not bench.workbench.state.blocked
        assert IMAGE not in bench.workbench.state.faults
        size = f"{file.size_bytes / 1024:.0f} KB"
        note = f"{size} · sent as it is (256 KB recommended)"
        assert on.text(bench, "size_note", IMAGE) == note
        assert on.text(bench, "facts", IMAGE) == "400 × 300"
        well = on.well(bench, IMAGE)
        assert note in well.accessibleDescription()
        assert not hands.find(well, FaultLabel, "media_warning").isVisible()
        button = hands.find(well, QAbstractButton, "media_change_size")
        assert button.accessibleName() == "Change how large pictures are sent"


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (LargePictures.SHRINK, "shrunk to 250 KB when sent"),
        (LargePictures.ASK, "Run asks how to send it"),
        (LargePictures.AS_IS, "sent as it is (256 KB recommended)"),
    ],
)
async def test_the_choice_is_made_in_the_well(
    tmp_path: Path, chosen: LargePictures, words: str
) -> None:
    async with shown_bench(tmp_path / "shelf") as bench:
        await with_forest(bench, tmp_path)
        wished: list[LargePictures] = []
        bench.workbench.large_pictures_wished.subscribe(wished.append)
        choose(menu_of(bench), f"large_pictures_{chosen.value}")
        assert wished == [chosen]
        assert on.text(bench, "size_note", IMAGE).endswith(f" · {words}")
        assert not bench.workbench.state.blocked
        ticked = [each.objectName() for each in menu_of(bench).actions() if each.isChecked()]
        assert ticked == [f"large_pictures_{chosen.value}"]
        assert bench.workbench.state.undo_text == "Drop forest.png", "a choice is no edit"


async def test_who_wants_addresses_is_asked_for_one(tmp_path: Path) -> None:
    async with shown_bench(tmp_path / "shelf") as bench:
        await with_forest(bench, tmp_path)
        choose(menu_of(bench), "large_pictures_address")
        assert "your settings want an address" in blocked(bench)
        assert {"shrink", "use_address", "change_setting"} <= set(on.buttons(bench, IMAGE))
        assert "change_size" not in on.buttons(bench, IMAGE)
        on.press(bench, "use_address", IMAGE)
        bench.type(ADDRESS)
        bench.key(Qt.Key.Key_Return)
        assert bench.changes == {IMAGE: ADDRESS}
        assert not blocked(bench)
        bench.workbench.undo()
        hands.settle()
        assert blocked(bench)
        on.press(bench, "change_setting", IMAGE)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        choose(menu, "large_pictures_as_is")
        assert not blocked(bench)


async def test_a_picture_of_which_a_mask_is_made_says_that_it_stays(tmp_path: Path) -> None:
    async with shown_bench(tmp_path / "shelf") as bench:
        await with_forest(bench, tmp_path, MASKED)
        for chosen in (LargePictures.SHRINK, LargePictures.ASK):
            bench.workbench.set_large_pictures(chosen)
            hands.settle()
            note = on.text(bench, "size_note", IMAGE)
            assert note.endswith(" · sent as it is: a mask is made of it")


async def test_a_webp_may_be_a_film_which_stays(tmp_path: Path) -> None:
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        bench.workbench.set_large_pictures(LargePictures.SHRINK)
        on.drop(bench, IMAGE, on.file_at(tmp_path, "film.webp", photos.film("WEBP", (1400, 1100))))
        assert (await on.media(bench, IMAGE)).above_limit
        note = on.text(bench, "size_note", IMAGE)
        assert note.endswith(" · shrunk to 250 KB when sent, if not animated")


async def test_a_film_says_that_it_stays(tmp_path: Path) -> None:
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        bench.workbench.set_large_pictures(LargePictures.SHRINK)
        on.drop(bench, IMAGE, on.file_at(tmp_path, "film.gif", photos.film("GIF")))
        assert (await on.media(bench, IMAGE)).above_limit
        note = on.text(bench, "size_note", IMAGE)
        assert note.endswith(" · sent as it is: a GIF may have several frames")
