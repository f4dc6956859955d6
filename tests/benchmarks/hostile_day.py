"""The measured process of `hostile`: `DATA_DIR FILES`; with BENCHMARK_STACKS it tells where."""

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

from tests.benchmarks import names, steps
from tests.benchmarks.saying import say
from tests.benchmarks.ticks import Ticks
from tests.benchmarks.watched import play

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.main_window import MainWindow
    from runcomfy_desktop.ui.parts import WindowParts
    from tests.gui.support.house import House
    from tests.support.hostile import Case
    from tests.support.hostile_results import Shown

# What is shown after the sentence or the picture belongs to it as well.
_BEHIND_S = 0.3
_MAKING = "made for the next"


class _Day:
    """One hostile thing after the other, by the doors through which a person lets them in."""

    def __init__(self, window: MainWindow, parts: WindowParts, ticks: Ticks, files: Path) -> None:
        self._window = window
        self._parts = parts
        self._ticks = ticks
        self._files = files
        # Hands of the tests, which look at a window and its parts.
        self._house = cast("House", SimpleNamespace(window=window, parts=parts))

    async def live(self) -> None:
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
        await self._drop(key, "500 pictures", await asyncio.to_thread(self._heap))

    async def _make(self, case: Case) -> Path:
        self._ticks.begin(_MAKING)
        folder = Path(tempfile.mkdtemp(dir=self._files))
        path = await asyncio.to_thread(case.make, folder)
        await asyncio.sleep(_BEHIND_S)
        return path

    async def _open(self, name: str, path: Path) -> None:
        self._ticks.begin(f"workflow: {name}")
        self._window.open_arrival(str(path))
        await steps.until(name, lambda: self._told() or self._shows(path))
        await asyncio.sleep(_BEHIND_S)
        self._window.notice_line.clear()

    def _told(self) -> bool:
        return bool(self._window.notice_line.notices)

    def _shows(self, path: Path) -> bool:
        draft = self._parts.workbench.state.draft
        return draft is not None and draft.source.path == str(path)

    async def _run(self, number: int, name: str, result: Shown | None = None) -> None:
        from PySide6.QtWidgets import QPushButton

        from runcomfy_desktop.domain.job import JobState
        from runcomfy_desktop.domain.workflow import InputKey
        from tests.gui.support.hostile_house import stands

        queue, panel = self._parts.queue, self._window.docks.output_panel
        assert panel is not None
        before = set(queue.jobs)
        self._parts.workbench.edit({InputKey(*names.HOSTILE_INPUT): number}, "Choose a result")
        self._ticks.begin(f"result: {name}")
        steps.find(self._window, QPushButton, "run").click()
        await steps.until("a job", lambda: len(queue.jobs) > len(before))
        (job_id,) = set(queue.jobs) - before
        ended = {JobState.DONE, JobState.FAILED}
        await steps.until(name, lambda: queue.jobs[job_id].state in ended)
        panel.show_job(job_id)
        if result is not None:
            await steps.until(f"{name} is shown", lambda: stands(panel, result))
        await asyncio.sleep(_BEHIND_S)
        self._window.notice_line.clear()

    async def _picture_input(self) -> InputKey:
        from tests.gui.support.hostile_house import picture_input

        path = self._files / "picture.json"
        nodes = {"1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}}}
        path.write_text(json.dumps(nodes), encoding="utf-8")
        self._ticks.begin(_MAKING)
        self._window.open_arrival(str(path))
        await steps.until("a picture input", lambda: self._shows(path))
        await asyncio.sleep(_BEHIND_S)
        return picture_input(self._house)

    async def _drop(self, key: InputKey, name: str, paths: list[Path]) -> None:
        from runcomfy_desktop.ui.inputs.thumb import Thumb
        from tests.gui.support.hostile_house import drop_on, files, inputs_of

        before = self._value(key)
        self._ticks.begin(f"drop: {name}")
        assert await drop_on(self._house, key, files(*paths)), name
        await steps.until(name, lambda: self._told() or self._value(key) != before)
        well = inputs_of(self._house).wells.well(key)
        assert well is not None
        await steps.until(f"{name} is shown", lambda: well.thumb is not Thumb.LOADING)
        await asyncio.sleep(_BEHIND_S)
        self._window.notice_line.clear()

    def _value(self, key: InputKey) -> object:
        draft = self._parts.workbench.state.draft
        assert draft is not None
        return draft.value(key)

    def _heap(self) -> list[Path]:
        from tests.support.hostile_pictures import MANY
        from tests.support.pictures import encoded

        folder, picture = self._files / "heap", encoded("PNG", (20, 20))
        folder.mkdir()
        paths = [folder / f"photo-{number:03}.png" for number in range(MANY)]
        for path in paths:
            path.write_bytes(picture)
        return paths


async def _scenario(files: Path) -> None:
    window = await steps.open_window()
    parts = await steps.session(window)
    await steps.open_deployment(parts, names.QUICK)
    await asyncio.sleep(1)
    ticks = Ticks(looks="BENCHMARK_STACKS" in os.environ)
    await _Day(window, parts, ticks, files).live()
    say({step: asdict(gap) for step, gap in ticks.gaps.items()})


if __name__ == "__main__":
    place = Path(sys.argv[2])
    play(lambda: _scenario(place), ["--demo", "--data-dir", sys.argv[1]])
