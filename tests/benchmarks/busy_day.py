"""The measured process of `gaps`: `DATA_DIR PICTURE`; with BENCHMARK_STACKS it tells where."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.domain import media
from tests.benchmarks import names, steps
from tests.benchmarks.saying import say
from tests.benchmarks.ticks import Ticks
from tests.benchmarks.watched import play

if TYPE_CHECKING:
    from runcomfy_desktop.domain.media import MediaFile
    from runcomfy_desktop.ui.main_window import MainWindow
    from runcomfy_desktop.ui.parts import WindowParts

_START = "start, behind the first frame"
_JOBS = 50
_POLLED_S = 15.0
_CAP_BYTES = 128 * 1024 * 1024


class _Day:
    """One step after the other, by the buttons that a person has."""

    def __init__(self, window: MainWindow, ticks: Ticks, picture: Path) -> None:
        self._window = window
        self._ticks = ticks
        self._picture = picture
        self.parts: WindowParts

    async def live(self) -> None:
        await self._start()
        await self._queue()
        await self._upload()
        await self._outputs()

    async def _start(self) -> None:
        self.parts = await steps.session(self._window)
        await steps.until("deployments", lambda: self.parts.catalogue.state.deployments)
        self._ticks.begin("a deployment opened")
        await steps.open_deployment(self.parts, names.SLOW)
        await asyncio.sleep(1)

    async def _queue(self) -> None:
        from PySide6.QtWidgets import QPushButton

        from runcomfy_desktop.domain.job import JobState

        self._ticks.begin(f"{_JOBS} runs begun")
        jobs = self.parts.queue.jobs
        for _job in range(_JOBS):
            steps.find(self._window, QPushButton, "run").click()
            await asyncio.sleep(0.02)
        waiting = {JobState.WAITING, JobState.SENDING}
        await steps.until("50 jobs", lambda: len(jobs) == _JOBS)
        await steps.until("all sent", lambda: not any(j.state in waiting for j in jobs.values()))
        self._ticks.begin(f"{_JOBS} jobs polled")
        await asyncio.sleep(_POLLED_S)

    async def _upload(self) -> None:
        from PySide6.QtWidgets import QPushButton

        from runcomfy_desktop.domain.job import JobState

        await steps.open_deployment(self.parts, names.QUICK)
        self._ticks.begin("50 MB picture put on an input")
        await self._put_picture()
        await asyncio.sleep(1)
        self._ticks.begin("50 MB picture sent")
        before = set(self.parts.queue.jobs)
        steps.find(self._window, QPushButton, "run").click()
        await steps.until("a job", lambda: len(self.parts.queue.jobs) > len(before))
        (job_id,) = set(self.parts.queue.jobs) - before
        early = {JobState.WAITING, JobState.SENDING}
        await steps.until("sent", lambda: self.parts.queue.jobs[job_id].state not in early)
        self._job_id = job_id

    async def _put_picture(self) -> None:
        from runcomfy_desktop.domain.workflow import InputKey

        arrived: list[MediaFile] = []
        self.parts.shelf.add_file(str(self._picture), arrived.append)
        await steps.until("the picture is kept", lambda: arrived)
        self.parts.workbench.edit({InputKey("1", "image"): arrived[0]}, "Put a picture")
        await steps.until("run is possible", lambda: not self.parts.workbench.state.blocked)

    async def _outputs(self) -> None:
        from runcomfy_desktop.domain.job import JobState

        self._ticks.begin("50 4K pictures fetched and shown small")
        queue, panel = self.parts.queue, self._window.docks.output_panel
        await steps.until("done", lambda: queue.jobs[self._job_id].state is JobState.DONE)
        assert panel is not None
        panel.show_job(self._job_id)
        paths = [output.path for output in queue.jobs[self._job_id].outputs]
        assert len(paths) == _JOBS
        assert all(paths)
        small = [panel.thumbnails.get(path) for path in paths]
        await steps.until("small pictures", lambda: not any(each.loading for each in small))
        assert all(each.pixmap for each in small)


async def _scenario(picture: Path, ticks: Ticks) -> None:
    media.INLINE_CAP_BYTES = _CAP_BYTES
    window = await steps.open_window()
    await _Day(window, ticks, picture).live()
    say({step: asdict(gap) for step, gap in ticks.gaps.items()})


def _play(folder: str, picture: Path) -> None:
    made: list[Ticks] = []

    def begin() -> None:
        made.append(Ticks(looks="BENCHMARK_STACKS" in os.environ))
        made[0].begin(_START)

    play(lambda: _scenario(picture, made[0]), ["--demo", "--data-dir", folder], begin)


if __name__ == "__main__":
    _play(sys.argv[1], Path(sys.argv[2]))
