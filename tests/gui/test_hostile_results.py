"""Hostile results: under names of our own in their folder, shown within bounds or refused."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.ui.models.outputs import name_of
from runcomfy_desktop.ui.outputs.panel import OutputPanel
from tests.gui.support.hostile_house import names_in, stands
from tests.gui.support.house import open_house, turn
from tests.support.clock import Clock
from tests.support.hostile import CANARY
from tests.support.hostile_results import (
    NAMES,
    REFUSED,
    RESULTS,
    Refused,
    Shown,
    named,
    outcome,
    saved,
)
from tests.support.pictures import encoded
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.emulator.outcome import Outcome
    from tests.gui.support.house import House

_LATER = Pace(cold_start_s=0.0, run_s=5.0, cancel_lag_s=0.0)
# Some results are decoded for long where many programs share a processor.
pytestmark = pytest.mark.lasts(100)
_LONGEST_NAME_BYTES = 255


@asynccontextmanager
async def ran(
    folder: Path, caplog: pytest.LogCaptureFixture, makes: Callable[[], Outcome]
) -> AsyncIterator[House]:
    """A house in which a run has ended with this; nothing may lie outside its places."""
    async with open_house(folder / "house", pace=_LATER) as house:
        await house.until_open()
        await house.press("run")
        world = house.emulator.world
        await until(lambda: world.runs)
        (run,) = world.runs.values()
        run.outcome = makes()
        clock = world.clock
        assert isinstance(clock, Clock)
        clock.advance(60)
        await until(lambda: job_of(house).state is JobState.DONE)
        await turn()
        yield house
        assert house.opened == []
    assert CANARY not in caplog.text
    assert "Traceback" not in caplog.text
    assert names_in(folder) == {"house"}
    assert names_in(folder / "house") <= {"data", "outputs"}


def job_of(house: House) -> Job:
    (job,) = house.parts.queue.jobs.values()
    return job


def panel_of(house: House) -> OutputPanel:
    return house.find(OutputPanel, "output_panel")


async def test_every_name_stays_in_its_folder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with ran(tmp_path, caplog, named) as house:
        job = job_of(house)
        place = tmp_path / "house" / "outputs" / job.deployment_name
        files = [Path(output.path) for output in job.outputs]
        assert house.toasts() == []
        for file, (name, end) in zip(files, NAMES, strict=True):
            assert file.parent == place, name
            assert file.name.endswith(f"-{job.job_id[:8]}{end}"), name
            assert len(file.name.encode()) <= _LONGEST_NAME_BYTES
        assert names_in(place) == {file.name for file in files}
        assert names_in(tmp_path / "house" / "outputs") == {job.deployment_name}
        shown = "".join(map(name_of, job.outputs))
        assert not set(shown) & set("\u202e\n\x00\x1b")


async def test_equal_names_do_not_meet(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pictures = [encoded("PNG", (size, 9)) for size in (5, 6, 7)]

    def makes() -> Outcome:
        files = [saved(f"{at}.png", data, "a.png") for at, data in enumerate(pictures)]
        return outcome(images=tuple(files))

    async with ran(tmp_path, caplog, makes) as house:
        paths = [Path(output.path) for output in job_of(house).outputs]
        assert [path.read_bytes() for path in paths] == pictures
        # Several come at once; which of them comes first has the plain name.
        endings = sorted(path.name.rpartition("-a")[2] for path in paths)
        assert endings == ["-1.png", "-2.png", ".png"]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.name)
async def test_a_strange_result_is_shown_or_explained(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, result: Shown
) -> None:
    async with ran(tmp_path, caplog, result.makes) as house:
        assert house.toasts() == []
        panel = panel_of(house)
        stage = panel.stage
        await until(
            lambda: stands(panel, result),
            saying=lambda: (stage.currentWidget(), stage.card.text()),
        )
        house.window.grab()


@pytest.mark.parametrize("result", REFUSED, ids=lambda result: result.name)
async def test_what_is_not_fetched_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, result: Refused
) -> None:
    async with ran(tmp_path, caplog, result.makes) as house:
        (output,) = job_of(house).outputs
        assert output.fault.startswith(result.gets)
        assert output.path == ""
        assert [each.endswith("could not be downloaded") for each in house.toasts()] == [True]
        stage = panel_of(house).stage
        assert stage.currentWidget() is stage.card
        assert result.gets in stage.card.text()
        assert not list((tmp_path / "house" / "outputs").rglob("*.p*"))
