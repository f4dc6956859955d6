"""Process measured by `hostile`; arguments: `DATA_DIR FILES`.

If BENCHMARK_STACKS is set, it also prints the stacks during long gaps.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from tests.benchmarks import constants, scenario_steps
from tests.benchmarks.instrumented_program import play
from tests.benchmarks.json_output import print_result
from tests.benchmarks.ticks import TickMonitor

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.main_window import MainWindow
    from tests.gui.support.gui_program import GuiProgram
    from tests.support.hostile_cases import HostileCase
    from tests.support.hostile_results import HostileResult

# Work after the message or the picture has appeared is measured as well.
_AFTERWARDS_S = 0.3
_PREPARING = "made for the next"


class _HostileScenario:
    """Processes the malicious inputs one at a time, opening each as a user does."""

    def __init__(
        self, window: MainWindow, services: SessionServices, ticks: TickMonitor, files: Path
    ) -> None:
        self._window = window
        self._services = services
        self._ticks = ticks
        self._files = files
        # The tests' helpers, which need only the window and the services.
        self._program = cast("GuiProgram", SimpleNamespace(window=window, services=services))

    async def run(self) -> None:
        from tests.support import hostile_pictures, hostile_results, hostile_workflows

        for number, shown in enumerate(hostile_results.RESULTS):
            await self._run(number, shown.name, shown)
        for number, refused in enumerate(hostile_results.REFUSED, len(hostile_results.RESULTS)):
            await self._run(number, refused.name)
        for case in (*hostile_workflows.REFUSED, *hostile_workflows.OPENED):
            await self._open(case.name, await self._make(case))
        key = await self._picture_input()
        for case in (*hostile_pictures.REFUSED, *hostile_pictures.ACCEPTED):
            await self._drop(key, case.name, [await self._make(case)])
        await self._drop(key, "500 pictures", await asyncio.to_thread(self._many_pictures))

    async def _make(self, case: HostileCase) -> Path:
        self._ticks.begin(_PREPARING)
        folder = Path(tempfile.mkdtemp(dir=self._files))
        path = await asyncio.to_thread(case.create, folder)
        await asyncio.sleep(_AFTERWARDS_S)
        return path

    async def _open(self, name: str, path: Path) -> None:
        self._ticks.begin(f"workflow: {name}")
        self._window.handle_open_request(str(path))
        await scenario_steps.wait_until(name, lambda: self._has_notice() or self._shows(path))
        await asyncio.sleep(_AFTERWARDS_S)
        self._window.notice_line.clear()

    def _has_notice(self) -> bool:
        return bool(self._window.notice_line.notices)

    def _shows(self, path: Path) -> bool:
        draft = self._services.draft_editor.state.draft
        return draft is not None and draft.source.path == str(path)

    async def _run(self, number: int, name: str, result: HostileResult | None = None) -> None:
        from PySide6.QtWidgets import QPushButton

        from runcomfy_desktop.domain.jobs.job import JobState
        from runcomfy_desktop.domain.workflow.workflow import InputKey
        from tests.gui.support.hostile_inputs import is_result_shown

        queue = self._services.queue
        panel = scenario_steps.session_view(self._window).panels.output_panel
        before = set(queue.jobs)
        self._services.draft_editor.edit(
            {InputKey(*constants.HOSTILE_INPUT): number}, "Choose a result"
        )
        self._ticks.begin(f"result: {name}")
        scenario_steps.find(self._window, QPushButton, "run").click()
        await scenario_steps.wait_until("a job", lambda: len(queue.jobs) > len(before))
        (job_id,) = set(queue.jobs) - before
        ended = {JobState.DONE, JobState.FAILED}
        await scenario_steps.wait_until(name, lambda: queue.jobs[job_id].state in ended)
        panel.show_job(job_id)
        if result is not None:
            await scenario_steps.wait_until(
                f"{name} is shown", lambda: is_result_shown(panel, result)
            )
        await asyncio.sleep(_AFTERWARDS_S)
        self._window.notice_line.clear()

    async def _picture_input(self) -> InputKey:
        from tests.gui.support.hostile_inputs import picture_input

        path = self._files / "picture.json"
        nodes = {"1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}}}
        path.write_text(json.dumps(nodes), encoding="utf-8")
        self._ticks.begin(_PREPARING)
        self._window.handle_open_request(str(path))
        await scenario_steps.wait_until("a picture input", lambda: self._shows(path))
        await asyncio.sleep(_AFTERWARDS_S)
        return picture_input(self._program)

    async def _drop(self, key: InputKey, name: str, paths: list[Path]) -> None:
        from runcomfy_desktop.ui.media_fields.media_thumb import MediaThumbKind
        from tests.gui.support.hostile_inputs import drop_on, file_urls, inputs_panel

        before = self._value(key)
        self._ticks.begin(f"drop: {name}")
        assert await drop_on(self._program, key, file_urls(*paths)), name
        await scenario_steps.wait_until(
            name, lambda: self._has_notice() or self._value(key) != before
        )
        media_field = inputs_panel(self._program).media_fields.media_field(key)
        assert media_field is not None
        await scenario_steps.wait_until(
            f"{name} is shown", lambda: media_field.thumb_kind is not MediaThumbKind.LOADING
        )
        await asyncio.sleep(_AFTERWARDS_S)
        self._window.notice_line.clear()

    def _value(self, key: InputKey) -> object:
        draft = self._services.draft_editor.state.draft
        assert draft is not None
        return draft.value(key)

    def _many_pictures(self) -> list[Path]:
        from tests.support.hostile_pictures import MANY
        from tests.support.image_files import noisy_image

        folder, picture = self._files / "heap", noisy_image("PNG", (20, 20))
        folder.mkdir()
        paths = [folder / f"photo-{number:03}.png" for number in range(MANY)]
        for path in paths:
            path.write_bytes(picture)
        return paths


async def _scenario(files: Path) -> None:
    window = await scenario_steps.open_window()
    services = await scenario_steps.session_services(window)
    await scenario_steps.open_deployment(services, constants.QUICK)
    await asyncio.sleep(1)
    ticks = TickMonitor(samples_stacks="BENCHMARK_STACKS" in os.environ)
    await _HostileScenario(window, services, ticks, files).run()
    print_result({step: asdict(gap) for step, gap in ticks.gaps.items()})


if __name__ == "__main__":
    files_folder = Path(sys.argv[2])
    play(lambda: _scenario(files_folder), ["--demo", "--data-dir", sys.argv[1]])
