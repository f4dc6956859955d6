"""Pictures from drop to end over the sessions of two months: exactly what nothing names goes."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image

from runcomfy_desktop.core import polling
from runcomfy_desktop.core.media_cleaning import CleaningTimes
from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.session import Service, Surroundings, open_session
from tests.support.emulated import AT_ONCE, LoopbackEmulator, make_world, paint_nothing
from tests.support.session_house import surroundings
from tests.support.until import until
from tests.support.workbenches import run_once

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.media import MediaFile
    from runcomfy_desktop.ui.parts import WindowParts

PICTURE = InputKey("189", "image")
DAY_S = 24 * 3600.0


def picture(colour: str, kind: str = "PNG", more_bytes: int = 300_000) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(data, kind)
    return data.getvalue() + bytes(more_bytes)


@dataclass
class Months:
    """The time of day, in which sessions begin and end; each of them looks at once."""

    around: Surroundings
    service: Service
    now_s: float = 1_780_000_000.0

    def __post_init__(self) -> None:
        # Smaller copies of two pictures have to be two files.
        def shrink(path: Path, _is_unwanted: object) -> bytes:
            with Image.open(path) as image:
                red = image.getpixel((0, 0)) == (255, 0, 0)
            return picture("red" if red else "blue", "JPEG", 0)

        times = CleaningTimes(0.0, lambda: self.now_s)
        often = polling.Pace(apart_s=0.0, quick_s=0.02, slow_s=0.05)
        self.around = replace(self.around, shrink=shrink, cleaning=times, pace=often)

    @property
    def names(self) -> set[str]:
        media = self.around.paths.session(demo=False).media
        return {each.name for each in media.iterdir()}

    def looked_s(self) -> float:
        """When the last look was."""
        record = self.around.paths.session(demo=False).media_cleaning
        found: float = json.loads(record.read_bytes())["looked_s"] if record.exists() else 0.0
        return found

    async def pass_by(self, left: set[str]) -> None:
        """More than a month, with a start every few days; the last one goes on until no more files
        than these are `left`."""
        for start in range(12):
            self.now_s += 3 * DAY_S
            async with open_session(self.service, self.around):
                await until(lambda: self.looked_s() == self.now_s)
                await until(lambda: start < 11 or self.names <= left)  # noqa: B023 - waited for


async def put(parts: WindowParts, data: bytes, name: str) -> MediaFile:
    """Drops a picture on an input."""
    await until(lambda: parts.workbench.state.schema is not None)
    arrived: list[MediaFile] = []
    parts.shelf.add_bytes(data, name, arrived.append)
    await until(lambda: arrived)
    parts.workbench.edit({PICTURE: arrived[0]}, "Put a picture")
    return arrived[0]


async def run(parts: WindowParts) -> Job:
    """Runs the draft in view with its pictures shrunk, to its end."""
    draft, deployment = run_once(parts.workbench), parts.workbench.state.deployment
    assert draft is not None
    assert deployment is not None
    assert await parts.queue.submit_many((Run(draft, deployment),), shrinks=True)
    return await ended(parts)


async def ended(parts: WindowParts) -> Job:
    jobs = parts.queue.jobs
    await until(lambda: all(job.state.is_finished for job in jobs.values()), saying=lambda: jobs)
    [*_older, job] = jobs.values()
    assert job.state is JobState.DONE, job.reason
    return job


def small_of(job: Job) -> str:
    small = job.smaller[PICTURE]
    assert small is not None
    return small.stored_name


async def test_a_picture_goes_a_month_after_its_last_job_and_draft(tmp_path: Path) -> None:
    world = make_world(pace=AT_ONCE)
    paint_nothing(world)
    with LoopbackEmulator(world) as cloud:
        around = surroundings(tmp_path, cloud.base_url)
        months = Months(around, Service(cloud.base_url))
        async with open_session(months.service, months.around) as parts:
            red = await put(parts, picture("red"), "red.png")
            of_red = await run(parts)
            blue = await put(parts, picture("blue"), "blue.png")
            of_blue = await run(parts)
            pictures = {red.stored_name, small_of(of_red), blue.stored_name, small_of(of_blue)}
            assert months.names == pictures
            assert len(pictures) == 4
            parts.queue.remove_many([of_red.job_id])
            await until(lambda: of_red.job_id not in parts.queue.jobs)

        left = {blue.stored_name, small_of(of_blue)}
        await months.pass_by(left)
        assert months.names == left

        async with open_session(months.service, months.around) as parts:
            await until(lambda: parts.workbench.state.schema is not None)
            parts.queue.run_again(of_blue.job_id)
            await until(lambda: len(parts.queue.jobs) == 2)
            again = await ended(parts)
            assert small_of(again) == small_of(of_blue)
            # Its bytes are there no more, so they are kept anew; blue's are used as they are.
            assert await put(parts, picture("red"), "red.png") == red
            assert await put(parts, picture("blue"), "blue.png") == blue
            draft = parts.workbench.state.draft
            assert draft is not None
            parts.drafts.delete([draft.key])
            await until(lambda: parts.workbench.state.draft is not draft)
            parts.queue.remove_many(list(parts.queue.jobs))
            await until(lambda: not parts.queue.jobs)

        # Deleted drafts are kept, a few of them, with their pictures.
        await months.pass_by({blue.stored_name})
        assert months.names == {blue.stored_name}
        await around.credentials.close()
