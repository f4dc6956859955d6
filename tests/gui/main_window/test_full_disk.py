"""A disk that is full or write-protected, at every place where the window writes.

The disk is a real one of a few megabytes. An accepted job costs money, so its id is written even
then, and nothing is ever sent twice.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.gui.support.gui_program import open_program
from tests.support import hostile_environments
from tests.support.async_wait import wait_until
from tests.support.emulators import LoopbackEmulator, make_backend
from tests.support.small_disk import SmallDisk, small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcomfy_desktop.emulator.http_messages import Reply, Request
    from tests.gui.support.gui_program import GuiProgram
    from tests.support.tampered_emulator import Tamper

pytestmark = pytest.mark.root

FOR_LONG = EmulatorTiming(cold_start_s=0.0, run_s=600.0, cancel_delay_s=0.0)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as made:
        yield made


def notice_text(program: GuiProgram) -> list[str]:
    """Returns title and detail of each notice on screen."""
    notices = (each for each in program.window.notice_line.notices)
    return [f"{notice.title} {notice.detail}".strip() for notice in notices]


def row(disk: SmallDisk) -> tuple[str, str]:
    """Returns state and request id of the only job, as another program reads them from the disk."""
    history = disk.path / "data" / "account" / "history.sqlite"
    with closing(sqlite3.connect(f"file:{history}?mode=ro", uri=True)) as reader:
        found: tuple[str, str] = reader.execute("SELECT state, request_id FROM jobs").fetchone()
    return found


def full_after_the_send(disk: SmallDisk) -> Tamper:
    """Fills the disk between the acceptance of a job and the response about it."""

    def tamper(request: Request, reply: Reply) -> Reply:
        if request.path.endswith("/inference"):
            disk.fill()
        return reply

    return tamper


async def test_nothing_is_sent_that_could_not_be_written_down(disk: SmallDisk) -> None:
    async with open_program(disk.path) as program:
        await program.wait_until_open()
        disk.fill()
        await program.press("run")
        await wait_until(lambda: notice_text(program))
        history = disk.path / "data" / "account" / "history.sqlite"
        assert notice_text(program) == [hostile_environments.FULL_RUN.text_with(history=history)]
        assert (program.states(), program.call_count("submit")) == ([], 0)
        disk.empty()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert program.call_count("submit") == 1


async def test_the_id_of_an_accepted_run_is_written_on_a_full_disk(disk: SmallDisk) -> None:
    async with open_program(
        disk.path, timing=FOR_LONG, tamper=full_after_the_send(disk)
    ) as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() in ([JobState.QUEUED], [JobState.RUNNING]))
        state, request_id = row(disk)
        assert state in ("queued", "running")
        assert request_id
        assert notice_text(program) == []
        # The space is used up: no other run may start until there is space again.
        disk.fill()
        await program.press("run")
        await wait_until(lambda: notice_text(program))
        assert notice_text(program)[0].startswith(
            "The disk is full, so the history of jobs cannot be"
        )
        assert program.call_count("submit") == 1


async def test_a_job_of_earlier_is_followed_from_a_full_disk(disk: SmallDisk) -> None:
    async with open_program(disk.path, demo=True, timing=FOR_LONG) as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() in ([JobState.QUEUED], [JobState.RUNNING]))
    disk.fill()
    async with open_program(disk.path, demo=True) as program:
        assert program.states() in ([JobState.QUEUED], [JobState.RUNNING])
        await wait_until(lambda: program.call_count("status"))
        assert program.call_count("submit") == 0


@pytest.mark.parametrize("has_reserve", [True, False])
async def test_a_job_of_earlier_is_cancelled_from_a_full_disk(
    disk: SmallDisk, has_reserve: bool
) -> None:
    account = disk.path / "data" / "account"
    with LoopbackEmulator(make_backend(timing=FOR_LONG)) as emulator:
        async with open_program(disk.path, emulator=emulator) as program:
            await program.wait_until_open()
            await program.press("run")
            await wait_until(lambda: program.states() == [JobState.RUNNING])
        if not has_reserve:
            # The reserve was used up, for example by an earlier start.
            (account / "history.reserve").unlink()
        disk.fill()
        async with open_program(disk.path, emulator=emulator) as program:
            assert program.states() == [JobState.RUNNING]
            await wait_until(
                lambda: (
                    notice_text(program)
                    == [hostile_environments.FULL_HISTORY.text_with(folder=account)]
                )
            )
            disk.fill()
            await program.wait_until_open()
            await program.press("run")
            await wait_until(lambda: len(notice_text(program)) == 2)
            assert notice_text(program)[1].startswith(
                "The disk is full, so the history of jobs cannot be"
            )
            assert (program.call_count("submit"), len(program.states())) == (1, 1)
            program.services.queue.cancel_many(list(program.services.queue.jobs))
            await wait_until(lambda: program.states() == [JobState.CANCELLED])
            disk.empty()
        assert row(disk)[0] == "cancelled"


async def test_a_start_on_a_full_disk_goes_on_as_usual_when_there_is_room(disk: SmallDisk) -> None:
    async with open_program(disk.path) as program:
        await program.wait_until_open()
    disk.fill()
    async with open_program(disk.path) as program:
        await program.wait_until_open()
        disk.empty()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])
    assert row(disk)[0] == "done"


async def test_a_result_waits_at_the_service_until_there_is_room(disk: SmallDisk) -> None:
    async with open_program(disk.path, tamper=full_after_the_send(disk), painted=True) as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])
        folder = disk.path / "outputs" / "flux-kontext"
        await wait_until(lambda: len(notice_text(program)) == 1)
        title = "flux-kontext · seed 20260203"
        assert notice_text(program) == [
            hostile_environments.FULL_OUTPUT.text_with(title=title, folder=folder)
        ]
        assert not folder.exists() or list(folder.iterdir()) == []
        disk.empty()
        (job_id,) = program.services.queue.jobs
        program.services.queue.fetch_again(job_id)
        await wait_until(lambda: program.services.queue.jobs[job_id].outputs[0].path)
        assert program.call_count("submit") == 1


async def test_what_was_typed_is_stored_as_soon_as_there_is_room(disk: SmallDisk) -> None:
    async with open_program(disk.path) as program:
        await program.wait_until_open()
        drafts = disk.path / "data" / "account" / "drafts"
        disk.fill()
        await program.trigger("use_examples")
        await wait_until(lambda: notice_text(program))
        assert notice_text(program) == [hostile_environments.FULL_DRAFT.text_with(folder=drafts)]
        disk.empty()
        # The next try comes automatically some seconds later, without another change: users who
        # free space have done all that the notice asked for.
        program.services.drafts.writes.call_when_flushed(lambda: None)
        await wait_until(lambda: list(drafts.glob("*.json")))


async def test_a_picture_that_finds_no_room_is_said_and_leaves_nothing(
    disk: SmallDisk, tmp_path: Path
) -> None:
    file = tmp_path / "hills.png"
    picture = QImage(64, 64, QImage.Format.Format_RGB32)
    picture.fill(0x336699)
    assert picture.save(str(file))
    async with open_program(disk.path) as program:
        await program.wait_until_open()
        disk.fill()
        program.services.media_store.add_file(str(file), lambda _media: None)
        await wait_until(lambda: notice_text(program))
        media = disk.path / "data" / "account" / "media"
        assert notice_text(program) == [hostile_environments.FULL_PICTURE.text_with(folder=media)]
        assert list(media.iterdir()) == []


async def test_a_first_start_on_a_full_disk_is_refused_in_words(disk: SmallDisk) -> None:
    disk.fill()
    with pytest.raises(Problem) as caught:
        async with open_program(disk.path):
            raise AssertionError("There is no room for a history")
    assert caught.value.title == "The disk is full, so the history of jobs cannot be written."
    disk.empty()
    async with open_program(disk.path) as program:
        await program.wait_until_open()
        assert notice_text(program) == [], "nothing is lost where nothing was"


async def test_a_disk_that_cannot_be_written_to_is_refused_in_words(disk: SmallDisk) -> None:
    async with open_program(disk.path):
        pass
    disk.protect()
    with pytest.raises(Problem) as caught:
        async with open_program(disk.path):
            raise AssertionError("Nothing can be written down")
    history = disk.path / "data" / "account" / "history.sqlite"
    assert caught.value.sentence() == hostile_environments.PROTECTED_HISTORY.text_with(
        history=history
    )
