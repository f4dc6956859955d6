"""Large pictures are shrunk once, when the job is sent; running again sends the same file."""

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

from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.jobs.live_job import Preparation
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.media.media_store import MediaStore
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.async_wait import wait_until
from tests.support.queue_harness import QueueHarness, make_queue_harness, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.jobs.job import Job

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


class ShrinkerHarness:
    """A media store with a queue; `shrink` returns the bytes of the smaller picture."""

    def __init__(self, jobs: QueueHarness) -> None:
        self.jobs = jobs
        self.requested: list[str] = []
        self.shrink: Callable[[Path], bytes] = lambda _path: SMALL
        self.media_store = MediaStore(jobs.media, lambda _path: (40, 40), Notices(), self._shrink)
        jobs.shrink_picture = self.media_store.shrinker.shrunk

    def _shrink(self, path: Path, _is_unwanted: Callable[[], bool]) -> bytes:
        self.requested.append(path.name)
        return self.shrink(path)

    async def keep(self, data: bytes = LARGE, name: str = "forest.png") -> MediaFile:
        path = self.jobs.folder / name
        path.write_bytes(data)
        [kept] = await self.media_store.store_files([str(path)], InputKind.IMAGE)
        return kept

    def draft(self, file: MediaFile) -> Draft:
        """Returns a draft whose picture was found to be large."""
        values = self.jobs.draft().with_values({KEY: file})
        return replace(values, shrinkable_picture_inputs=frozenset({KEY}))

    async def run(self, file: MediaFile, *, shrinks: bool = True) -> str:
        run, known = RunRequest(self.draft(file), self.jobs.deployment), set(self.jobs.queue.jobs)
        assert await self.jobs.queue.submit_many([run], shrinks=shrinks)
        return next(each for each in self.jobs.queue.jobs if each not in known)

    async def run_again(self, job_id: str) -> str:
        known = set(self.jobs.queue.jobs)
        self.jobs.queue.run_again(job_id)
        await wait_until(lambda: len(self.jobs.queue.jobs) > len(known))
        return next(each for each in self.jobs.queue.jobs if each not in known)

    def job(self, job_id: str) -> Job:
        return self.jobs.queue.jobs[job_id]

    async def ended(self, job_id: str) -> Job:
        # The picture is set on a text input, so the run may fail; only the body matters.
        return await self.jobs.wait_until_state(job_id, S.DONE, S.FAILED)

    def sent(self) -> list[str]:
        """Returns the hashes of the received pictures, from the emulator's journal."""
        return [each["6"]["inputs"]["text"]["sha256"] for each in self.jobs.sent_overrides()]


@asynccontextmanager
async def open_shrinker_harness(folder: Path) -> AsyncIterator[ShrinkerHarness]:
    harness = ShrinkerHarness(make_queue_harness(folder))
    async with running(harness.jobs):
        yield harness
        await harness.media_store.close()


class SlowShrinkerHarness(ShrinkerHarness):
    """Shrinks only after `go_on`; `begun` is set when a picture is to be shrunk."""

    def __init__(self, jobs: QueueHarness) -> None:
        super().__init__(jobs)
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.shrink = self._slowly

    def _slowly(self, _path: Path) -> bytes:
        self.begun.set()
        self.go_on.wait()
        return SMALL

    async def run_elsewhere(self, file: MediaFile | None = None, number: int = 1) -> str:
        """Runs on another deployment, with or without a picture."""
        known = set(self.jobs.queue.jobs)
        draft = self.jobs.draft() if file is None else self.draft(file)
        here = self.jobs.deployment
        other = replace(here, deployment_id=f"{here.deployment_id[:-1]}{number}")
        twin = copy(self.jobs.backend.deployments[here.deployment_id])
        twin.deployment_id = other.deployment_id
        self.jobs.backend.deployments.setdefault(twin.deployment_id, twin)
        run = RunRequest(draft, other)
        assert await self.jobs.queue.submit_many([run], shrinks=file is not None)
        return next(each for each in self.jobs.queue.jobs if each not in known)

    def stored_name(self, job_id: str) -> str:
        file = self.job(job_id).changes[KEY]
        assert isinstance(file, MediaFile)
        return file.stored_name


@asynccontextmanager
async def open_slow_shrinker_harness(folder: Path) -> AsyncIterator[SlowShrinkerHarness]:
    harness = SlowShrinkerHarness(make_queue_harness(folder))
    async with running(harness.jobs):
        try:
            yield harness
        finally:
            harness.go_on.set()
            await harness.media_store.close()


@pytest.mark.real_clock
async def test_a_smaller_copy_is_sent_and_the_original_stays(tmp_path: Path) -> None:
    async with open_shrinker_harness(tmp_path) as harness:
        file = await harness.keep()
        job_id = await harness.run(file)
        # Nothing is shrunk before its turn: the job is in the queue at once.
        assert harness.job(job_id).smaller == {KEY: None}
        job = await harness.ended(job_id)
        assert harness.sent() == [SMALL_SENT]
        assert job.changes[KEY] == file
        made = job.smaller[KEY]
        assert made is not None
        assert (made.name, made.mime, made.size_bytes) == ("forest.jpg", "image/jpeg", len(SMALL))
        assert (harness.jobs.media / file.stored_name).read_bytes() == LARGE
        assert (tmp_path / "forest.png").read_bytes() == LARGE
        assert harness.jobs.row(job_id)["smaller"]["6"]["text"]["$media"]["sha256"] == made.sha256


@pytest.mark.real_clock
async def test_without_the_wish_the_picture_itself_is_sent(tmp_path: Path) -> None:
    async with open_shrinker_harness(tmp_path) as harness:
        job = await harness.ended(await harness.run(await harness.keep(), shrinks=False))
        assert (harness.sent(), harness.requested, job.smaller) == ([LARGE_SENT], [], {})


@pytest.mark.real_clock
async def test_a_job_that_runs_again_sends_the_very_same(tmp_path: Path) -> None:
    async with open_shrinker_harness(tmp_path) as harness:
        job_id = await harness.run(await harness.keep())
        await harness.ended(job_id)
        harness.shrink = lambda _path: picture(30, "JPEG")
        again = await harness.run_again(job_id)
        await harness.ended(again)
        assert harness.sent() == [SMALL_SENT, SMALL_SENT]
        assert harness.job(again).smaller == harness.job(job_id).smaller


@pytest.mark.real_clock
async def test_a_job_of_an_earlier_start_keeps_what_it_was_shrunk_to(tmp_path: Path) -> None:
    async with open_shrinker_harness(tmp_path) as harness:
        job_id = await harness.run(await harness.keep())
        before = (await harness.ended(job_id)).smaller
        waiting = harness.jobs.queue
        waiting.send_queue.set_online(False)
        held = await harness.run(await harness.keep(LARGE + b"x", "other.png"))
    async with harness.jobs.program() as queue:
        await wait_until(lambda: len(queue.jobs) == 2)
        assert queue.jobs[job_id].smaller == before
        assert queue.jobs[held].smaller == {KEY: None}


@pytest.mark.real_clock
async def test_one_picture_of_many_runs_is_shrunk_once(tmp_path: Path) -> None:
    async with open_shrinker_harness(tmp_path) as harness:
        file = await harness.keep()
        runs = [RunRequest(harness.draft(file), harness.jobs.deployment)] * 5
        assert await harness.jobs.queue.submit_many(runs, "five", shrinks=True)
        await wait_until(
            lambda: all(job.state.is_finished for job in harness.jobs.queue.jobs.values())
        )
        assert harness.requested == [file.stored_name]
        assert harness.sent() == [SMALL_SENT] * 5


@pytest.mark.real_clock
@pytest.mark.parametrize("made", [b"", b"no picture", LARGE + b"larger"], ids=len)
async def test_what_cannot_be_made_smaller_is_sent_as_it_is(tmp_path: Path, made: bytes) -> None:
    async with open_shrinker_harness(tmp_path) as harness:
        harness.shrink = lambda _path: made
        file = await harness.keep()
        job = await harness.ended(await harness.run(file))
        assert harness.sent() == [LARGE_SENT]
        assert job.smaller == {KEY: file}


@pytest.mark.real_clock
async def test_jobs_of_other_deployments_go_while_a_picture_is_shrunk(tmp_path: Path) -> None:
    async with open_slow_shrinker_harness(tmp_path) as harness:
        first = await harness.run(await harness.keep())
        await wait_until(harness.begun.is_set)
        behind = await harness.jobs.submit()
        other = await harness.run_elsewhere()
        await harness.jobs.wait_until_state(other, S.DONE)
        assert harness.job(first).state is S.WAITING
        assert harness.job(behind).state is S.WAITING, "nobody overtakes within a deployment"
        harness.go_on.set()
        await harness.ended(behind)
        sent = sorted((harness.job(each) for each in (first, behind)), key=lambda job: job.sent_s)
        assert [job.job_id for job in sent] == [first, behind]
        assert harness.jobs.accepted_count == 3


@pytest.mark.real_clock
async def test_two_pictures_being_shrunk_do_not_take_the_places_of_bodies(tmp_path: Path) -> None:
    async with open_slow_shrinker_harness(tmp_path) as harness:
        await harness.run(await harness.keep())
        await harness.run_elsewhere(await harness.keep(LARGE + b"x", "other.png"), number=1)
        await wait_until(harness.begun.is_set)
        done = [await harness.run_elsewhere(number=2) for _each in range(3)]
        for each in done:
            await harness.jobs.wait_until_state(each, S.DONE)
        assert harness.jobs.accepted_count == 3
        harness.go_on.set()
        await wait_until(
            lambda: all(job.state.is_finished for job in harness.jobs.queue.jobs.values())
        )
        assert harness.jobs.accepted_count == 5


@pytest.mark.real_clock
async def test_a_picture_is_shrunk_while_the_job_before_is_at_work(tmp_path: Path) -> None:
    async with open_slow_shrinker_harness(tmp_path) as harness:
        harness.jobs.preferences.set(in_flight=1)
        release = harness.jobs.transport.hold("inference")
        before = await harness.jobs.submit()
        await harness.jobs.wait_until_state(before, S.SENDING)
        behind = await harness.run(await harness.keep())
        await wait_until(harness.begun.is_set)
        harness.go_on.set()
        live = harness.jobs.queue._job_store.live[behind]
        await wait_until(lambda: live.preparation is Preparation.DONE)
        assert harness.job(behind).state is S.WAITING, "the deployment takes one at a time"
        release.set()
        await harness.ended(behind)
        assert harness.requested == [harness.stored_name(behind)]


@pytest.mark.real_clock
@pytest.mark.parametrize("action", ["cancel", "remove", "pause"])
async def test_a_job_that_is_taken_back_while_its_picture_is_shrunk_is_not_sent(
    tmp_path: Path, action: str
) -> None:
    async with open_slow_shrinker_harness(tmp_path) as harness:
        queue = harness.jobs.queue
        job_id = await harness.run(await harness.keep())
        await wait_until(harness.begun.is_set)
        if action == "cancel":
            queue.cancel(job_id)
            await harness.jobs.wait_until_state(job_id, S.CANCELLED)
        elif action == "remove":
            queue.remove_many([job_id])
            await wait_until(lambda: job_id not in queue.jobs)
        else:
            queue.send_queue.pause([job_id])
            await harness.jobs.wait_until_state(job_id, S.HELD)
        harness.go_on.set()
        # A later job is sent, so this one would have been sent, too.
        await harness.jobs.wait_until_state(await harness.jobs.submit(), S.DONE)
        assert harness.jobs.accepted_count == 1
        queue.restore_removed([job_id])
        queue.send_queue.resume([job_id])
        if action != "cancel":
            await wait_until(lambda: job_id in queue.jobs)
            await harness.ended(job_id)
        assert harness.jobs.received_count("submit") == (1 if action == "cancel" else 2)
        live_jobs = queue._job_store.live.values()
        assert {live.preparation for live in live_jobs} == {Preparation.NONE}


@pytest.mark.real_clock
async def test_the_program_ends_while_a_picture_is_shrunk(tmp_path: Path) -> None:
    async with open_slow_shrinker_harness(tmp_path) as harness:
        job_id = await harness.run(await harness.keep())
        await wait_until(harness.begun.is_set)
        jobs = harness.jobs
        await jobs.queue.__aexit__()
        harness.go_on.set()
    async with jobs.program() as queue:
        assert queue.jobs[job_id].state is S.HELD
        assert queue.jobs[job_id].smaller == {KEY: None}
    assert jobs.received_count("submit") == 0


@pytest.mark.real_clock
async def test_a_picture_that_is_gone_fails_before_anything_is_sent(tmp_path: Path) -> None:
    async with open_shrinker_harness(tmp_path) as harness:
        harness.shrink = lambda _path: b""
        file = await harness.keep()
        (harness.jobs.media / file.stored_name).unlink()
        job_id = await harness.run(file)
        job = await harness.jobs.wait_until_state(job_id, S.FAILED)
        assert "forest.png" in job.reason
        assert harness.jobs.received_count("submit") == 0


@pytest.mark.real_clock
async def test_a_copy_that_was_lost_is_made_anew(tmp_path: Path) -> None:
    async with open_shrinker_harness(tmp_path) as harness:
        first = await harness.run(await harness.keep())
        made = (await harness.ended(first)).smaller[KEY]
        assert made is not None
        (harness.jobs.media / made.stored_name).unlink()
        again = await harness.run_again(first)
        assert (await harness.ended(again)).smaller == {KEY: made}
        assert harness.sent() == [SMALL_SENT, SMALL_SENT]
        # A lost copy that another job with this picture needs is made again, too.
        (harness.jobs.media / made.stored_name).unlink()
        await harness.ended(await harness.run(await harness.keep()))
        assert harness.sent() == [SMALL_SENT] * 3


@pytest.mark.real_clock
async def test_a_copy_that_was_lost_with_its_original_is_told_by_the_original(
    tmp_path: Path,
) -> None:
    async with open_shrinker_harness(tmp_path) as harness:
        file = await harness.keep()
        first = await harness.run(file)
        made = (await harness.ended(first)).smaller[KEY]
        assert made is not None
        for each in (made, file):
            (harness.jobs.media / each.stored_name).unlink()
        harness.shrink = lambda _path: b""
        job = await harness.ended(await harness.run_again(first))
        assert job.state is S.FAILED
        assert "forest.png" in job.reason
        assert harness.jobs.received_count("submit") == 1


@pytest.mark.real_clock
async def test_a_copy_outlives_its_original(tmp_path: Path) -> None:
    async with open_shrinker_harness(tmp_path) as harness:
        file = await harness.keep()
        first = await harness.run(file)
        await harness.ended(first)
        (harness.jobs.media / file.stored_name).unlink()
        await harness.ended(await harness.run_again(first))
        assert harness.sent() == [SMALL_SENT, SMALL_SENT]
