"""Malicious results: saved in their folder under safe names, or refused with a reason."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.hostile_cases import CANARY
from tests.support.hostile_results import (
    NAMES,
    REFUSED,
    RefusedResult,
    outcome,
    outcome_with_names,
    saved_file,
)
from tests.support.image_files import noisy_image
from tests.support.result_runs import open_slow_harness, run_ending_with

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.emulator.run_outcome import RunOutcome
    from tests.support.queue_harness import QueueHarness

_LONGEST_NAME_BYTES = 255


@asynccontextmanager
async def ran(
    folder: Path, caplog: pytest.LogCaptureFixture, makes: Callable[[], RunOutcome]
) -> AsyncIterator[tuple[QueueHarness, Job]]:
    """Yields a harness in which a run has ended with this outcome; checks for stray files."""
    caplog.set_level(logging.DEBUG)
    (folder / "bench").mkdir()
    async with open_slow_harness(folder / "bench") as harness:
        yield harness, await run_ending_with(harness, makes)
    assert CANARY not in caplog.text
    assert "Traceback" not in caplog.text
    assert names_in(folder) == {"bench"}
    places = {"history.sqlite", "outputs"}
    assert {each for each in names_in(folder / "bench") if "history" not in each} <= places


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


async def test_every_name_stays_in_its_folder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with ran(tmp_path, caplog, outcome_with_names) as (harness, job):
        place = harness.outputs / job.deployment_name
        files = [Path(output.path) for output in job.outputs]
        assert harness.shown_notices == []
        for file, (name, end) in zip(files, NAMES, strict=True):
            assert file.parent == place, name
            assert file.name.endswith(f"-{job.job_id[:8]}{end}"), name
            assert len(file.name.encode()) <= _LONGEST_NAME_BYTES
        assert names_in(place) == {file.name for file in files}
        assert names_in(harness.outputs) == {job.deployment_name}


async def test_equal_names_do_not_meet(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pictures = [noisy_image("PNG", (size, 9)) for size in (5, 6, 7)]

    def makes() -> RunOutcome:
        files = [saved_file(f"{at}.png", data, "a.png") for at, data in enumerate(pictures)]
        return outcome(images=tuple(files))

    async with ran(tmp_path, caplog, makes) as (_harness, job):
        paths = [Path(output.path) for output in job.outputs]
        assert [path.read_bytes() for path in paths] == pictures
        # Several are downloaded at once; the first to arrive gets the plain name.
        endings = sorted(path.name.rpartition("-a")[2] for path in paths)
        assert endings == ["-1.png", "-2.png", ".png"]


@pytest.mark.parametrize("result", REFUSED, ids=lambda result: result.name)
async def test_what_is_not_fetched_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, result: RefusedResult
) -> None:
    async with ran(tmp_path, caplog, result.make_outcome) as (harness, job):
        (output,) = job.outputs
        assert output.fault.startswith(result.expected_text)
        assert output.path == ""
        assert [each.endswith("could not be downloaded") for each in harness.titles()] == [True]
        assert not list(harness.outputs.rglob("*.p*"))
