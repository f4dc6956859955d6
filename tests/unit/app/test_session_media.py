"""Images over two months of sessions: only those that nothing refers to are deleted."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image

from runcomfy_desktop.app.session import Service, SessionContext, open_session
from runcomfy_desktop.core.jobs import queue_policy
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.media.media_cleaner import CleaningSchedule
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.async_wait import wait_until
from tests.support.draft_runs import run_once
from tests.support.emulators import INSTANT, LoopbackEmulator, make_backend, use_tiny_outputs
from tests.support.session_setup import make_session_context

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.ui.base.session_services import SessionServices

PICTURE = InputKey("189", "image")
DAY_S = 24 * 3600.0


def picture(colour: str, kind: str = "PNG", more_bytes: int = 300_000) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(data, kind)
    return data.getvalue() + bytes(more_bytes)


@dataclass
class SessionClock:
    """Clock for sessions; each session checks for unused images immediately."""

    context: SessionContext
    service: Service
    now_s: float = 1_780_000_000.0

    def __post_init__(self) -> None:
        # Returns different data for the two images, so that their smaller copies are two different
        # files.
        def shrink(path: Path, _is_unwanted: object) -> bytes:
            with Image.open(path) as image:
                red = image.getpixel((0, 0)) == (255, 0, 0)
            return picture("red" if red else "blue", "JPEG", 0)

        times = CleaningSchedule(0.0, lambda: self.now_s)
        often = queue_policy.QueuePolicy(request_interval_s=0.0, fast_poll_s=0.02, slow_poll_s=0.05)
        self.context = replace(
            self.context, shrink_picture=shrink, cleaning_schedule=times, queue_policy=often
        )

    @property
    def names(self) -> set[str]:
        media = self.context.paths.session(demo=False).media
        return {each.name for each in media.iterdir()}

    def looked_s(self) -> float:
        """Returns the time of the last check."""
        record = self.context.paths.session(demo=False).media_cleaning_state
        found: float = json.loads(record.read_bytes())["looked_s"] if record.exists() else 0.0
        return found

    async def pass_by(self, left: set[str]) -> None:
        """Simulates more than a month, with a start every three days.

        The last session continues until no files other than `left` remain.
        """
        for start in range(12):
            self.now_s += 3 * DAY_S
            async with open_session(self.service, self.context):
                await wait_until(lambda: self.looked_s() == self.now_s)
                await wait_until(lambda: start < 11 or self.names <= left)  # noqa: B023 - awaited


async def put(services: SessionServices, data: bytes, name: str) -> MediaFile:
    """Drops an image on an input."""
    await wait_until(lambda: services.draft_editor.state.schema is not None)
    arrived: list[MediaFile] = []
    services.media_store.add_bytes(data, name, arrived.append)
    await wait_until(lambda: arrived)
    services.draft_editor.edit({PICTURE: arrived[0]}, "Put a picture")
    return arrived[0]


async def run(services: SessionServices) -> Job:
    """Runs the draft in view with its images shrunk, and waits for the end."""
    draft, deployment = run_once(services.draft_editor), services.draft_editor.state.deployment
    assert draft is not None
    assert deployment is not None
    assert await services.queue.submit_many((RunRequest(draft, deployment),), shrinks=True)
    return await ended(services)


async def ended(services: SessionServices) -> Job:
    jobs = services.queue.jobs
    await wait_until(
        lambda: all(job.state.is_finished for job in jobs.values()), describe=lambda: jobs
    )
    [*_older, job] = jobs.values()
    assert job.state is JobState.DONE, job.reason
    return job


def small_of(job: Job) -> str:
    small = job.smaller[PICTURE]
    assert small is not None
    return small.stored_name


async def test_a_picture_goes_a_month_after_its_last_job_and_draft(tmp_path: Path) -> None:
    backend = make_backend(timing=INSTANT)
    use_tiny_outputs(backend)
    with LoopbackEmulator(backend) as emulator:
        session_context = make_session_context(tmp_path, emulator.base_url)
        months = SessionClock(session_context, Service(emulator.base_url))
        async with open_session(months.service, months.context) as services:
            red = await put(services, picture("red"), "red.png")
            of_red = await run(services)
            blue = await put(services, picture("blue"), "blue.png")
            of_blue = await run(services)
            pictures = {red.stored_name, small_of(of_red), blue.stored_name, small_of(of_blue)}
            assert months.names == pictures
            assert len(pictures) == 4
            services.queue.remove_many([of_red.job_id])
            await wait_until(lambda: of_red.job_id not in services.queue.jobs)

        left = {blue.stored_name, small_of(of_blue)}
        await months.pass_by(left)
        assert months.names == left

        async with open_session(months.service, months.context) as services:
            await wait_until(lambda: services.draft_editor.state.schema is not None)
            services.queue.run_again(of_blue.job_id)
            await wait_until(lambda: len(services.queue.jobs) == 2)
            again = await ended(services)
            assert small_of(again) == small_of(of_blue)
            # The red image was deleted, so it is stored again; the blue one is reused.
            assert await put(services, picture("red"), "red.png") == red
            assert await put(services, picture("blue"), "blue.png") == blue
            draft = services.draft_editor.state.draft
            assert draft is not None
            services.drafts.delete([draft.key])
            await wait_until(lambda: services.draft_editor.state.draft is not draft)
            services.queue.remove_many(list(services.queue.jobs))
            await wait_until(lambda: not services.queue.jobs)

        # Some deleted drafts are kept, with their images.
        await months.pass_by({blue.stored_name})
        assert months.names == {blue.stored_name}
        await session_context.credentials.close()
