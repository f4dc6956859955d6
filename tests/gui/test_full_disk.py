"""A disk that is full, or that nobody may write to, at every place where the window writes.

The disk is a real one of a few megabytes. What is accepted costs money: so its id is written even
then, and nothing is ever sent twice.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.emulator.lifecycle import Pace
from tests.gui.support.house import open_house
from tests.support import hostile_places
from tests.support.emulated import LoopbackEmulator, make_world
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcomfy_desktop.emulator.wire import Reply, Request
    from tests.gui.support.house import House
    from tests.support.tampered import Tamper

pytestmark = pytest.mark.root

FOR_LONG = Pace(cold_start_s=0.0, run_s=600.0, cancel_lag_s=0.0)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as made:
        yield made


def told(house: House) -> list[str]:
    """The notices on screen, title and detail of each."""
    notices = (each for each in house.window.notice_line.notices)
    return [f"{notice.title} {notice.detail}".strip() for notice in notices]


def row(disk: SmallDisk) -> tuple[str, str]:
    """State and request id of the one job, as another program reads them from the disk."""
    history = disk.path / "data" / "account" / "history.sqlite"
    with closing(sqlite3.connect(f"file:{history}?mode=ro", uri=True)) as reader:
        found: tuple[str, str] = reader.execute("SELECT state, request_id FROM jobs").fetchone()
    return found


def full_after_the_send(disk: SmallDisk) -> Tamper:
    """The disk fills up between the acceptance of a job and the answer that says so."""

    def tamper(request: Request, reply: Reply) -> Reply:
        if request.path.endswith("/inference"):
            disk.fill()
        return reply

    return tamper


async def test_nothing_is_sent_that_could_not_be_written_down(disk: SmallDisk) -> None:
    async with open_house(disk.path) as house:
        await house.until_open()
        disk.fill()
        await house.press("run")
        await until(lambda: told(house))
        history = disk.path / "data" / "account" / "history.sqlite"
        assert told(house) == [hostile_places.FULL_RUN.at(history=history)]
        assert (house.states(), house.asked("submit")) == ([], 0)
        disk.empty()
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
        assert house.asked("submit") == 1


async def test_the_id_of_an_accepted_run_is_written_on_a_full_disk(disk: SmallDisk) -> None:
    async with open_house(disk.path, pace=FOR_LONG, tamper=full_after_the_send(disk)) as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() in ([JobState.QUEUED], [JobState.RUNNING]))
        state, request_id = row(disk)
        assert state in ("queued", "running")
        assert request_id
        assert told(house) == []
        # The room is used up: another run may not begin before there is room again.
        disk.fill()
        await house.press("run")
        await until(lambda: told(house))
        assert told(house)[0].startswith("The disk is full, so the history of jobs cannot be")
        assert house.asked("submit") == 1


async def test_a_job_of_earlier_is_followed_from_a_full_disk(disk: SmallDisk) -> None:
    async with open_house(disk.path, demo=True, pace=FOR_LONG) as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() in ([JobState.QUEUED], [JobState.RUNNING]))
    disk.fill()
    async with open_house(disk.path, demo=True) as house:
        assert house.states() in ([JobState.QUEUED], [JobState.RUNNING])
        await until(lambda: house.asked("status"))
        assert house.asked("submit") == 0


@pytest.mark.parametrize("has_reserve", [True, False])
async def test_a_job_of_earlier_is_cancelled_from_a_full_disk(
    disk: SmallDisk, has_reserve: bool
) -> None:
    account = disk.path / "data" / "account"
    with LoopbackEmulator(make_world(pace=FOR_LONG)) as emulator:
        async with open_house(disk.path, emulator=emulator) as house:
            await house.until_open()
            await house.press("run")
            await until(lambda: house.states() == [JobState.RUNNING])
        if not has_reserve:
            # It was used up, by an earlier start for example.
            (account / "history.reserve").unlink()
        disk.fill()
        async with open_house(disk.path, emulator=emulator) as house:
            assert house.states() == [JobState.RUNNING]
            await until(lambda: told(house) == [hostile_places.FULL_HISTORY.at(folder=account)])
            disk.fill()
            await house.until_open()
            await house.press("run")
            await until(lambda: len(told(house)) == 2)
            assert told(house)[1].startswith("The disk is full, so the history of jobs cannot be")
            assert (house.asked("submit"), len(house.states())) == (1, 1)
            house.parts.queue.cancel_many(list(house.parts.queue.jobs))
            await until(lambda: house.states() == [JobState.CANCELLED])
            disk.empty()
        assert row(disk)[0] == "cancelled"


async def test_a_start_on_a_full_disk_goes_on_as_usual_when_there_is_room(disk: SmallDisk) -> None:
    async with open_house(disk.path) as house:
        await house.until_open()
    disk.fill()
    async with open_house(disk.path) as house:
        await house.until_open()
        disk.empty()
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
    assert row(disk)[0] == "done"


async def test_a_result_waits_at_the_service_until_there_is_room(disk: SmallDisk) -> None:
    async with open_house(disk.path, tamper=full_after_the_send(disk), painted=True) as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
        folder = disk.path / "outputs" / "flux-kontext"
        await until(lambda: len(told(house)) == 1)
        title = "flux-kontext · seed 20260203"
        assert told(house) == [hostile_places.FULL_OUTPUT.at(title=title, folder=folder)]
        assert not folder.exists() or list(folder.iterdir()) == []
        disk.empty()
        (job_id,) = house.parts.queue.jobs
        house.parts.queue.fetch_again(job_id)
        await until(lambda: house.parts.queue.jobs[job_id].outputs[0].path)
        assert house.asked("submit") == 1


async def test_what_was_typed_is_stored_as_soon_as_there_is_room(disk: SmallDisk) -> None:
    async with open_house(disk.path) as house:
        await house.until_open()
        drafts = disk.path / "data" / "account" / "drafts"
        disk.fill()
        await house.trigger("use_examples")
        await until(lambda: told(house))
        assert told(house) == [hostile_places.FULL_DRAFT.at(folder=drafts)]
        disk.empty()
        # The next try, which comes some seconds later by itself, and without another change:
        # whoever makes room has done what was asked of them.
        house.parts.drafts.writes.hurry(lambda: None)
        await until(lambda: list(drafts.glob("*.json")))


async def test_a_picture_that_finds_no_room_is_said_and_leaves_nothing(
    disk: SmallDisk, tmp_path: Path
) -> None:
    file = tmp_path / "hills.png"
    picture = QImage(64, 64, QImage.Format.Format_RGB32)
    picture.fill(0x336699)
    assert picture.save(str(file))
    async with open_house(disk.path) as house:
        await house.until_open()
        disk.fill()
        house.parts.shelf.add_file(str(file), lambda _media: None)
        await until(lambda: told(house))
        media = disk.path / "data" / "account" / "media"
        assert told(house) == [hostile_places.FULL_PICTURE.at(folder=media)]
        assert list(media.iterdir()) == []


async def test_a_first_start_on_a_full_disk_is_refused_in_words(disk: SmallDisk) -> None:
    disk.fill()
    with pytest.raises(Problem) as caught:
        async with open_house(disk.path):
            raise AssertionError("There is no room for a history")
    assert caught.value.title == "The disk is full, so the history of jobs cannot be written."
    disk.empty()
    async with open_house(disk.path) as house:
        await house.until_open()
        assert told(house) == [], "nothing is lost where nothing was"


async def test_a_disk_that_cannot_be_written_to_is_refused_in_words(disk: SmallDisk) -> None:
    async with open_house(disk.path):
        pass
    disk.protect()
    with pytest.raises(Problem) as caught:
        async with open_house(disk.path):
            raise AssertionError("Nothing can be written down")
    history = disk.path / "data" / "account" / "history.sqlite"
    assert caught.value.sentence() == hostile_places.PROTECTED_HISTORY.at(history=history)
