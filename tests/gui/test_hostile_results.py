"""Hostile results in the window: names in its strip, what stands in its viewer, and its notices.

Where the files lie and what is not fetched is for `tests/unit/core/test_hostile_results.py`, what
each result gets in the viewer for `test_outputs_hostile.py`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.ui.models.outputs import name_of
from runcomfy_desktop.ui.outputs.panel import OutputPanel
from tests.gui.support.hostile_house import names_in, stands
from tests.gui.support.house import open_house, turn
from tests.support.clock import Clock
from tests.support.hostile import CANARY, called
from tests.support.hostile_results import REFUSED, RESULTS, named
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.emulator.outcome import Outcome
    from tests.gui.support.house import House

_LATER = Pace(cold_start_s=0.0, run_s=5.0, cancel_lag_s=0.0)
_SHOWN = ("a picture that breaks off", "a text of markup", "a text of half letters and NUL")


async def ran(house: House, makes: Callable[[], Outcome]) -> Job:
    """Presses Run, and the run ends with what `makes` gives."""
    jobs, world = house.parts.queue.jobs, house.emulator.world
    before, runs = set(jobs), set(world.runs)
    await house.press("run")
    await until(lambda: len(world.runs) > len(runs))
    (run,) = (run for name, run in world.runs.items() if name not in runs)
    run.outcome = makes()
    assert isinstance(world.clock, Clock)
    world.clock.advance(60)
    (job_id,) = set(jobs) - before
    house.parts.queue.wake()
    await until(lambda: jobs[job_id].state is JobState.DONE)
    await turn()
    return jobs[job_id]


def panel_of(house: House) -> OutputPanel:
    return house.find(OutputPanel, "output_panel")


async def test_strange_names_and_results_stay_in_their_places(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house(tmp_path / "house", pace=_LATER) as house:
        await house.until_open()
        job = await ran(house, named)
        place = tmp_path / "house" / "outputs" / job.deployment_name
        assert names_in(place) == {Path(output.path).name for output in job.outputs}
        shown = "".join(map(name_of, job.outputs))
        assert not set(shown) & set("\u202e\n\x00\x1b")
        for result in called(RESULTS, *_SHOWN):
            await ran(house, result.makes)
            panel = panel_of(house)
            await until(partial(stands, panel, result), saying=panel.stage.card.text)
            house.window.grab()
        assert [each.rpartition(": ")[2] for each in house.notices()] == [
            "1 of 1 files came damaged"
        ]
        assert house.opened == []
    assert CANARY not in caplog.text
    assert "Traceback" not in caplog.text
    assert names_in(tmp_path) == {"house"}
    assert names_in(tmp_path / "house") <= {"data", "outputs"}


async def test_what_is_not_fetched_says_why(tmp_path: Path) -> None:
    result = REFUSED[0]
    async with open_house(tmp_path, pace=_LATER) as house:
        await house.until_open()
        await ran(house, result.makes)
        assert [each.endswith("could not be downloaded") for each in house.notices()] == [True]
        stage = panel_of(house).stage
        await until(lambda: stage.currentWidget() is stage.card)
        assert result.gets in stage.card.text()
        assert house.opened == []
