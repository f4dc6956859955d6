"""Large pictures that are shrunk: once, when the job is sent; a job run again sends the same."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runcomfy_desktop.core.media_shelf import MediaShelf
from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.domain.workflow import InputKey
from tests.support.job_bench import Bench, open_bench
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.job import Job

S = JobState
KEY = InputKey("6", "text")


def picture(side: int, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(buffer, kind)
    return buffer.getvalue()


def hash_of(data: bytes, mime: str) -> str:
    address = f"data:{mime};base64,{base64.b64encode(data).decode()}"
    return hashlib.sha256(address.encode()).hexdigest()


LARGE, SMALL = picture(400) + bytes(9000), picture(40, "JPEG")
LARGE_SENT, SMALL_SENT = hash_of(LARGE, "image/png"), hash_of(SMALL, "image/jpeg")


class Room:
    """A shelf beside the queue; `shrink` says what is made of a picture."""

    def __init__(self, jobs: Bench) -> None:
        self.jobs = jobs
        self.asked: list[str] = []
        self.shrink: Callable[[Path], bytes] = lambda _path: SMALL
        self.shelf = MediaShelf(jobs.media, lambda _path: (40, 40), Notices(), self._shrink)
        jobs.queue.shrink_by(self.shelf.smaller.of)

    def _shrink(self, path: Path, _is_unwanted: Callable[[], bool]) -> bytes:
        self.asked.append(path.name)
        return self.shrink(path)

    async def keep(self, data: bytes = LARGE, name: str = "forest.png") -> MediaFile:
        path = self.jobs.folder / name
        path.write_bytes(data)
        [kept] = await self.shelf.keep_files([str(path)], InputKind.IMAGE)
        return kept

    def draft(self, file: MediaFile) -> Draft:
        """A draft whose picture was found to be large."""
        values = self.jobs.draft().with_values({KEY: file})
        return replace(values, shrinkable=frozenset({KEY}))

    async def run(self, file: MediaFile, *, shrinks: bool = True) -> str:
        run, known = Run(self.draft(file), self.jobs.deployment), set(self.jobs.queue.jobs)
        assert await self.jobs.queue.submit_many([run], shrinks=shrinks)
        return next(each for each in self.jobs.queue.jobs if each not in known)

    async def run_again(self, job_id: str) -> str:
        known = set(self.jobs.queue.jobs)
        self.jobs.queue.run_again(job_id)
        await until(lambda: len(self.jobs.queue.jobs) > len(known))
        return next(each for each in self.jobs.queue.jobs if each not in known)

    def job(self, job_id: str) -> Job:
        return self.jobs.queue.jobs[job_id]

    async def ended(self, job_id: str) -> Job:
        # A text is wanted there, but it is the body that counts.
        return await self.jobs.reaches(job_id, S.DONE, S.FAILED)

    def sent(self) -> list[str]:
        """The hashes of the pictures that the service got, as its journal has them."""
        return [each["6"]["inputs"]["text"]["sha256"] for each in self.jobs.sent()]


@asynccontextmanager
async def open_room(folder: Path) -> AsyncIterator[Room]:
    async with open_bench(folder) as jobs:
        room = Room(jobs)
        yield room
        await room.shelf.close()


class SlowRoom(Room):
    """Shrinks only after `go_on`; `begun` says that it was asked to."""

    def __init__(self, jobs: Bench) -> None:
        super().__init__(jobs)
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.shrink = self._slowly

    def _slowly(self, _path: Path) -> bytes:
        self.begun.set()
        self.go_on.wait()
        return SMALL

    async def run_elsewhere(self, file: MediaFile | None = None, number: int = 1) -> str:
        """Runs on another deployment, with a picture or without."""
        known = set(self.jobs.queue.jobs)
        draft = self.jobs.draft() if file is None else self.draft(file)
        here = self.jobs.deployment
        other = replace(here, deployment_id=f"{here.deployment_id[:-1]}{number}")
        twin = copy(self.jobs.world.deployments[here.deployment_id])
        twin.deployment_id = other.deployment_id
        self.jobs.world.deployments.setdefault(twin.deployment_id, twin)
        run = Run(draft, other)
        assert await self.jobs.queue.submit_many([run], shrinks=file is not None)
        return next(each for each in self.jobs.queue.jobs if each not in known)

    def stored_name(self, job_id: str) -> str:
        file = self.job(job_id).changes[KEY]
        assert isinstance(file, MediaFile)
        return file.stored_name


@asynccontextmanager
async def open_slow_room(folder: Path) -> AsyncIterator[SlowRoom]:
    async with open_bench(folder) as jobs:
        room = SlowRoom(jobs)
        try:
            yield room
        finally:
            room.go_on.set()
            await room.shelf.close()


@pytest.mark.real_clock
async def test_a_smaller_copy_is_sent_and_the_original_stays(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        file = await room.keep()
        job_id = await room.run(file)
        # Nothing is made before its turn: the job is there at once.
        assert room.job(job_id).smaller == {KEY: None}
        job = await room.ended(job_id)
        assert room.sent() == [SMALL_SENT]
        assert job.changes[KEY] == file
        made = job.smaller[KEY]
        assert made is not None
        assert (made.name, made.mime, made.size_bytes) == ("forest.jpg", "image/jpeg", len(SMALL))
        assert (room.jobs.media / file.stored_name).read_bytes() == LARGE
        assert (tmp_path / "forest.png").read_bytes() == LARGE
        assert room.jobs.row(job_id)["smaller"]["6"]["text"]["$media"]["sha256"] == made.sha256


@pytest.mark.real_clock
async def test_without_the_wish_the_picture_itself_is_sent(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        job = await room.ended(await room.run(await room.keep(), shrinks=False))
        assert (room.sent(), room.asked, job.smaller) == ([LARGE_SENT], [], {})


@pytest.mark.real_clock
async def test_a_job_that_runs_again_sends_the_very_same(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        job_id = await room.run(await room.keep())
        await room.ended(job_id)
        room.shrink = lambda _path: picture(30, "JPEG")
        again = await room.run_again(job_id)
        await room.ended(again)
        assert room.sent() == [SMALL_SENT, SMALL_SENT]
        assert room.job(again).smaller == room.job(job_id).smaller


@pytest.mark.real_clock
async def test_a_job_of_an_earlier_start_keeps_what_it_was_shrunk_to(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        job_id = await room.run(await room.keep())
        before = (await room.ended(job_id)).smaller
        waiting = room.jobs.queue
        waiting.line.note_online(False)
        held = await room.run(await room.keep(LARGE + b"x", "other.png"))
    async with room.jobs.program() as queue:
        await until(lambda: len(queue.jobs) == 2)
        assert queue.jobs[job_id].smaller == before
        assert queue.jobs[held].smaller == {KEY: None}


@pytest.mark.real_clock
async def test_one_picture_of_many_runs_is_shrunk_once(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        file = await room.keep()
        runs = [Run(room.draft(file), room.jobs.deployment)] * 5
        assert await room.jobs.queue.submit_many(runs, "five", shrinks=True)
        await until(lambda: all(job.state.is_finished for job in room.jobs.queue.jobs.values()))
        assert room.asked == [file.stored_name]
        assert room.sent() == [SMALL_SENT] * 5


@pytest.mark.real_clock
@pytest.mark.parametrize("made", [b"", b"no picture", LARGE + b"larger"], ids=len)
async def test_what_cannot_be_made_smaller_is_sent_as_it_is(tmp_path: Path, made: bytes) -> None:
    async with open_room(tmp_path) as room:
        room.shrink = lambda _path: made
        file = await room.keep()
        job = await room.ended(await room.run(file))
        assert room.sent() == [LARGE_SENT]
        assert job.smaller == {KEY: file}


@pytest.mark.real_clock
async def test_jobs_of_other_deployments_go_while_a_picture_is_shrunk(tmp_path: Path) -> None:
    async with open_slow_room(tmp_path) as room:
        first = await room.run(await room.keep())
        await until(room.begun.is_set)
        behind = await room.jobs.submit()
        other = await room.run_elsewhere()
        await room.jobs.reaches(other, S.DONE)
        assert room.job(first).state is S.WAITING
        assert room.job(behind).state is S.WAITING, "nobody overtakes within a deployment"
        room.go_on.set()
        await room.ended(behind)
        sent = sorted((room.job(each) for each in (first, behind)), key=lambda job: job.sent_s)
        assert [job.job_id for job in sent] == [first, behind]
        assert room.jobs.accepted == 3


@pytest.mark.real_clock
async def test_two_pictures_being_shrunk_do_not_take_the_places_of_bodies(tmp_path: Path) -> None:
    async with open_slow_room(tmp_path) as room:
        await room.run(await room.keep())
        await room.run_elsewhere(await room.keep(LARGE + b"x", "other.png"), number=1)
        await until(room.begun.is_set)
        done = [await room.run_elsewhere(number=2) for _each in range(3)]
        for each in done:
            await room.jobs.reaches(each, S.DONE)
        assert room.jobs.accepted == 3
        room.go_on.set()
        await until(lambda: all(job.state.is_finished for job in room.jobs.queue.jobs.values()))
        assert room.jobs.accepted == 5


@pytest.mark.real_clock
async def test_a_picture_is_shrunk_while_the_job_before_is_at_work(tmp_path: Path) -> None:
    async with open_slow_room(tmp_path) as room:
        room.jobs.preferences.set(in_flight=1)
        release = room.jobs.network.hold("inference")
        before = await room.jobs.submit()
        await room.jobs.reaches(before, S.SENDING)
        behind = await room.run(await room.keep())
        await until(room.begun.is_set)
        room.go_on.set()
        await until(lambda: room.jobs.queue.line._prepared.get(behind))
        assert room.job(behind).state is S.WAITING, "the deployment takes one at a time"
        release.set()
        await room.ended(behind)
        assert room.asked == [room.stored_name(behind)]


@pytest.mark.real_clock
@pytest.mark.parametrize("deed", ["cancel", "remove", "pause"])
async def test_a_job_that_is_taken_back_while_its_picture_is_shrunk_is_not_sent(
    tmp_path: Path, deed: str
) -> None:
    async with open_slow_room(tmp_path) as room:
        queue = room.jobs.queue
        job_id = await room.run(await room.keep())
        await until(room.begun.is_set)
        if deed == "cancel":
            queue.cancel(job_id)
            await room.jobs.reaches(job_id, S.CANCELLED)
        elif deed == "remove":
            queue.remove_many([job_id])
            await until(lambda: job_id not in queue.jobs)
        else:
            queue.line.pause([job_id])
            await room.jobs.reaches(job_id, S.HELD)
        room.go_on.set()
        # What comes behind it is sent, so that it would have been as well.
        await room.jobs.reaches(await room.jobs.submit(), S.DONE)
        assert room.jobs.accepted == 1
        queue.put_back([job_id])
        queue.line.resume([job_id])
        if deed != "cancel":
            await until(lambda: job_id in queue.jobs)
            await room.ended(job_id)
        assert room.jobs.received("submit") == (1 if deed == "cancel" else 2)
        assert not queue.line._prepared


@pytest.mark.real_clock
async def test_the_program_ends_while_a_picture_is_shrunk(tmp_path: Path) -> None:
    async with open_slow_room(tmp_path) as room:
        job_id = await room.run(await room.keep())
        await until(room.begun.is_set)
        jobs = room.jobs
        await jobs.queue.__aexit__()
        room.go_on.set()
    async with jobs.program() as queue:
        assert queue.jobs[job_id].state is S.HELD
        assert queue.jobs[job_id].smaller == {KEY: None}
    assert jobs.received("submit") == 0


@pytest.mark.real_clock
async def test_a_picture_that_is_gone_fails_before_anything_is_sent(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.shrink = lambda _path: b""
        file = await room.keep()
        (room.jobs.media / file.stored_name).unlink()
        job_id = await room.run(file)
        job = await room.jobs.reaches(job_id, S.FAILED)
        assert "forest.png" in job.reason
        assert room.jobs.received("submit") == 0


@pytest.mark.real_clock
async def test_a_copy_that_was_lost_is_made_anew(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        first = await room.run(await room.keep())
        made = (await room.ended(first)).smaller[KEY]
        assert made is not None
        (room.jobs.media / made.stored_name).unlink()
        again = await room.run_again(first)
        assert (await room.ended(again)).smaller == {KEY: made}
        assert room.sent() == [SMALL_SENT, SMALL_SENT]
        # The same for one that another job of this picture needs.
        (room.jobs.media / made.stored_name).unlink()
        await room.ended(await room.run(await room.keep()))
        assert room.sent() == [SMALL_SENT] * 3


@pytest.mark.real_clock
async def test_a_copy_that_was_lost_with_its_original_is_told_by_the_original(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        file = await room.keep()
        first = await room.run(file)
        made = (await room.ended(first)).smaller[KEY]
        assert made is not None
        for each in (made, file):
            (room.jobs.media / each.stored_name).unlink()
        room.shrink = lambda _path: b""
        job = await room.ended(await room.run_again(first))
        assert job.state is S.FAILED
        assert "forest.png" in job.reason
        assert room.jobs.received("submit") == 1


@pytest.mark.real_clock
async def test_a_copy_outlives_its_original(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        file = await room.keep()
        first = await room.run(file)
        await room.ended(first)
        (room.jobs.media / file.stored_name).unlink()
        await room.ended(await room.run_again(first))
        assert room.sent() == [SMALL_SENT, SMALL_SENT]
