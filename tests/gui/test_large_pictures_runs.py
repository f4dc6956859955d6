"""Runs with pictures above the recommended size: sent as they are, shrunk, or after a question."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel

from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.job_inputs import inputs_of
from runcomfy_desktop.domain.media import INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.domain.sweep.several import Several
from runcomfy_desktop.domain.sweep.spec import FilesSpec, SweepSpec
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.dialogs.job_details import JobDetailsDialog
from runcomfy_desktop.ui.jobs.size_words import large_files
from runcomfy_desktop.ui.jobs.words import Deed, StateWords
from runcomfy_desktop.ui.run_desk import RunDesk
from tests.gui.support import hands, photos
from tests.gui.support import wells as on
from tests.gui.support.house import House, open_house, turn
from tests.gui.test_shrunk_runs import sent_value
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def forest(folder: Path, name: str = "forest.png") -> str:
    return on.file_at(folder, name, photos.saved(photos.photo((400, 300)), "PNG"))


PICTURE, SEED = InputKey("189", "image"), InputKey("31", "seed")


async def with_picture(house: House, folder: Path, chosen: LargePictures) -> None:
    """The draft has a large picture, a counting seed, and the setting is made."""
    await house.until_open()
    house.preferences.set(large_pictures=chosen)
    bench, arrived = house.parts.workbench, list[MediaFile]()
    house.parts.shelf.add_file(forest(folder), arrived.append)
    await until(lambda: arrived)
    bench.edit({PICTURE: arrived[0]}, "Put a picture")
    bench.edit({SEED: 40}, "A seed")
    bench.set_seed_mode(SEED, SeedMode.COUNT_UP)
    await turn()


def pictures_sent(house: House) -> list[bytes]:
    runs = house.emulator.world.runs.values()
    values = (sent_value(each.order.overrides, PICTURE) for each in runs)
    return [base64.b64decode(value.partition(",")[2]) for value in values]


def details(house: House) -> Iterator[str]:
    for job in house.parts.queue.jobs.values():
        yield from large_files(job)


async def all_done(house: House, count: int) -> None:
    jobs = house.parts.queue.jobs
    await until(lambda: len(jobs) == count and all(j.state.is_finished for j in jobs.values()))


async def test_shrunk_pictures_are_sent_small_and_the_draft_keeps_its_own(tmp_path: Path) -> None:
    async with open_house(tmp_path / "house") as house:
        await with_picture(house, tmp_path, LargePictures.SHRINK)
        bench = house.parts.workbench
        assert bench.state.draft is not None
        before = bench.state.draft.value(PICTURE)
        assert not bench.state.blocked
        await house.press("run")
        await all_done(house, 1)
        [sent] = pictures_sent(house)
        assert len(sent) <= INLINE_LIMIT_BYTES
        assert photos.opened(sent).format == "JPEG"
        assert bench.state.draft.value(PICTURE) == before
        [job] = house.parts.queue.jobs.values()
        assert inputs_of(job, bench.state.draft)[PICTURE] == before, "it can be used again"
        [line] = large_files(job)
        assert line.startswith("forest.png: ")
        assert line.endswith(f" sent as {len(sent) / 1024:.0f} KB JPEG")
        words = StateWords("Done", "ok", "done", Deed.OPEN)
        dialog = JobDetailsDialog(job, words, job.finished_s, house.window)
        assert f"Large file: {line}" in dialog.text()
        house.parts.queue.run_again(job.job_id)
        house.preferences.set(large_pictures=LargePictures.AS_IS)
        await all_done(house, 2)
        assert pictures_sent(house) == [sent, sent]


async def test_each_way_to_run_shrinks_by_the_same_setting(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        forest(folder, name)
    async with open_house(tmp_path / "house") as house:
        await with_picture(house, tmp_path, LargePictures.SHRINK)
        desk = house.window.findChild(RunDesk)
        assert isinstance(desk, RunDesk)
        desk.run_several(Several(2))
        await all_done(house, 2)
        kept = await house.parts.shelf.keep_files([str(folder / "a.png")], InputKind.IMAGE)
        desk.run_each([{PICTURE: each} for each in kept], "1 file", ["a"])
        await all_done(house, 3)
        failed: list[object] = []
        spec = SweepSpec((FilesSpec(PICTURE, str(folder)),))
        house.parts.sweeps.prepare(spec, desk.run_grid, failed.append)
        await all_done(house, 5)
        assert not failed
        assert all(len(sent) <= INLINE_LIMIT_BYTES for sent in pictures_sent(house))
        assert len(list(details(house))) == 5
        assert all(" sent as " in line and line.endswith("JPEG") for line in details(house))


async def test_a_question_that_is_declined_changes_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path / "house") as house:
        await with_picture(house, tmp_path, LargePictures.ASK)
        bench = house.parts.workbench
        before = bench.state.draft
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
            await house.press("run")
            await until(lambda: house.there(QLabel, "confirm_size_text"))
            said = house.find(QLabel, "confirm_size_text").text()
            assert said.startswith("forest.png (")
            hands.key(house.find(QDialog, "confirm_size"), key)
            await turn()
            assert not house.there(QLabel, "confirm_size_text")
        assert not house.parts.queue.jobs
        assert bench.state.draft == before
        assert house.asked("submit") == 0


@pytest.mark.parametrize("button", ["confirm_size_yes", "confirm_size_other"])
async def test_a_question_is_answered_for_this_run_only(tmp_path: Path, button: str) -> None:
    async with open_house(tmp_path / "house") as house:
        await with_picture(house, tmp_path, LargePictures.ASK)
        await house.press("run")
        await until(lambda: house.there(QAbstractButton, button))
        await house.press(button)
        await all_done(house, 1)
        is_small = button == "confirm_size_other"
        [sent] = pictures_sent(house)
        assert (len(sent) <= INLINE_LIMIT_BYTES) is is_small
        [line] = details(house)
        assert ("sent as it is, " in line) is not is_small
        assert house.preferences.settings.large_pictures is LargePictures.ASK
        assert [job.seed for job in house.parts.queue.jobs.values()] == [40]


def large_gif(folder: Path) -> str:
    buffer = io.BytesIO()
    Image.effect_noise((600, 600), 90).convert("P").save(buffer, "GIF")
    return on.file_at(folder, "loop.gif", buffer.getvalue())


@pytest.mark.parametrize("make", [forest, large_gif])
async def test_a_further_file_that_wants_an_address_is_refused_with_the_rest(
    tmp_path: Path, make: Callable[[Path], str]
) -> None:
    async with open_house(tmp_path / "house") as house:
        await house.until_open()
        house.preferences.set(large_pictures=LargePictures.ADDRESS)
        folder = tmp_path / "pictures"
        folder.mkdir()
        small = on.file_at(folder, "a.png", photos.saved(photos.photo((40, 30)), "PNG"))
        large = make(folder)
        kept = await house.parts.shelf.keep_files([small, large], InputKind.IMAGE)
        assert kept[1].above_limit
        desk = house.window.findChild(RunDesk)
        assert isinstance(desk, RunDesk)
        told: list[str] = []
        desk.told.connect(lambda notice: told.append(notice.detail))
        desk.run_each([{PICTURE: each} for each in kept], "2 files", ["a", "b"])
        await until(lambda: told)
        spec, failed = SweepSpec((FilesSpec(PICTURE, str(folder)),)), list[object]()
        house.parts.sweeps.prepare(spec, desk.run_grid, failed.append)
        await until(lambda: len(told) == 2 or failed)
        assert not failed
        for each in told:
            assert each.startswith(f"{kept[1].name}: ")
            assert each.endswith("Nothing was sent and nothing was billed.")
        assert not house.parts.queue.jobs


async def test_the_choice_in_a_well_is_the_setting(tmp_path: Path) -> None:
    async with open_house(tmp_path / "house") as house:
        await with_picture(house, tmp_path, LargePictures.AS_IS)
        house.parts.workbench.large_pictures_wished.publish(LargePictures.SHRINK)
        assert house.preferences.settings.large_pictures is LargePictures.SHRINK
        assert house.parts.workbench.state.large_pictures is LargePictures.SHRINK
