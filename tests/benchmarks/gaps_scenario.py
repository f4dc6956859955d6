"""Process measured by `event_loop_gaps`; arguments: `DATA_DIR PICTURE`.

If BENCHMARK_STACKS is set, it also prints the stacks during long gaps.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media import media
from tests.benchmarks import constants, scenario_steps
from tests.benchmarks.instrumented_program import play
from tests.benchmarks.json_output import print_result
from tests.benchmarks.ticks import TickMonitor

if TYPE_CHECKING:
    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.main_window import MainWindow

_START = "start, behind the first frame"
_JOBS = 50
_POLLED_S = 15.0
_MEMORY_LIMIT_BYTES = 128 * 1024 * 1024


class _GapsScenario:
    """Performs the steps in sequence, mostly with the buttons that a user has."""

    def __init__(self, window: MainWindow, ticks: TickMonitor, picture: Path) -> None:
        self._window = window
        self._ticks = ticks
        self._picture = picture
        self.services: SessionServices

    async def run(self) -> None:
        await self._start()
        await self._queue()
        await self._upload()
        await self._outputs()

    async def _start(self) -> None:
        self.services = await scenario_steps.session_services(self._window)
        await scenario_steps.wait_until(
            "deployments", lambda: self.services.catalogue.state.deployments
        )
        self._ticks.begin("a deployment opened")
        await scenario_steps.open_deployment(self.services, constants.SLOW)
        await asyncio.sleep(1)

    async def _queue(self) -> None:
        from PySide6.QtWidgets import QPushButton

        from runcomfy_desktop.domain.jobs.job import JobState

        self._ticks.begin(f"{_JOBS} runs begun")
        jobs = self.services.queue.jobs
        for _job in range(_JOBS):
            scenario_steps.find(self._window, QPushButton, "run").click()
            await asyncio.sleep(0.02)
        waiting = {JobState.WAITING, JobState.SENDING}
        await scenario_steps.wait_until("50 jobs", lambda: len(jobs) == _JOBS)
        await scenario_steps.wait_until(
            "all sent", lambda: not any(j.state in waiting for j in jobs.values())
        )
        self._ticks.begin(f"{_JOBS} jobs polled")
        await asyncio.sleep(_POLLED_S)

    async def _upload(self) -> None:
        from PySide6.QtWidgets import QPushButton

        from runcomfy_desktop.domain.jobs.job import JobState

        await scenario_steps.open_deployment(self.services, constants.QUICK)
        self._ticks.begin("50 MB picture put on an input")
        await self._put_picture()
        await asyncio.sleep(1)
        self._ticks.begin("50 MB picture sent")
        before = set(self.services.queue.jobs)
        scenario_steps.find(self._window, QPushButton, "run").click()
        await scenario_steps.wait_until(
            "a job", lambda: len(self.services.queue.jobs) > len(before)
        )
        (job_id,) = set(self.services.queue.jobs) - before
        early = {JobState.WAITING, JobState.SENDING}
        await scenario_steps.wait_until(
            "sent", lambda: self.services.queue.jobs[job_id].state not in early
        )
        self._job_id = job_id

    async def _put_picture(self) -> None:
        from runcomfy_desktop.domain.workflow.workflow import InputKey

        arrived: list[MediaFile] = []
        self.services.media_store.add_file(str(self._picture), arrived.append)
        await scenario_steps.wait_until("the picture is kept", lambda: arrived)
        self.services.draft_editor.edit({InputKey("1", "image"): arrived[0]}, "Put a picture")
        await scenario_steps.wait_until(
            "run is possible", lambda: not self.services.draft_editor.state.blocked_reason
        )

    async def _outputs(self) -> None:
        from runcomfy_desktop.domain.jobs.job import JobState

        self._ticks.begin("50 4K pictures fetched and shown small")
        queue = self.services.queue
        panel = scenario_steps.session_view(self._window).panels.output_panel
        await scenario_steps.wait_until(
            "done", lambda: queue.jobs[self._job_id].state is JobState.DONE
        )
        panel.show_job(self._job_id)
        paths = [output.path for output in queue.jobs[self._job_id].outputs]
        assert len(paths) == _JOBS
        assert all(paths)
        small = [panel.thumbnails.get(path) for path in paths]
        await scenario_steps.wait_until(
            "small pictures", lambda: not any(each.is_loading for each in small)
        )
        assert all(each.pixmap for each in small)


async def _scenario(picture: Path, ticks: TickMonitor) -> None:
    media.INLINE_CAP_BYTES = _MEMORY_LIMIT_BYTES
    window = await scenario_steps.open_window()
    await _GapsScenario(window, ticks, picture).run()
    print_result({step: asdict(gap) for step, gap in ticks.gaps.items()})


def _run_program(folder: str, picture: Path) -> None:
    made: list[TickMonitor] = []

    def begin() -> None:
        made.append(TickMonitor(samples_stacks="BENCHMARK_STACKS" in os.environ))
        made[0].begin(_START)

    play(lambda: _scenario(picture, made[0]), ["--demo", "--data-dir", folder], begin)


if __name__ == "__main__":
    _run_program(sys.argv[1], Path(sys.argv[2]))
