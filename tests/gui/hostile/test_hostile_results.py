"""Malicious results in the window: names in its filmstrip, contents of its viewer, and notices.

`tests/unit/core/jobs/test_fetcher_hostile.py` tests where the files are stored and which are not
fetched, `test_outputs_hostile.py` how the viewer shows each result.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.ui.results.outputs_model import output_name
from runcomfy_desktop.ui.results.panel import OutputPanel
from tests.gui.support.gui_program import open_program, process_events_async
from tests.gui.support.hostile_inputs import is_result_shown, names_in
from tests.support.async_wait import wait_until
from tests.support.clocks import FakeClock
from tests.support.hostile_cases import CANARY, cases_named
from tests.support.hostile_results import REFUSED, RESULTS, outcome_with_names

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.emulator.run_outcome import RunOutcome
    from tests.gui.support.gui_program import GuiProgram

_LATER = EmulatorTiming(cold_start_s=0.0, run_s=5.0, cancel_delay_s=0.0)
_SHOWN = ("a picture that breaks off", "a text of markup", "a text of half letters and NUL")


async def ran(program: GuiProgram, makes: Callable[[], RunOutcome]) -> Job:
    """Presses Run, and ends the run with the outcome that `makes` returns."""
    jobs, backend = program.services.queue.jobs, program.emulator.backend
    before, runs = set(jobs), set(backend.runs)
    await program.press("run")
    await wait_until(lambda: len(backend.runs) > len(runs))
    (run,) = (run for name, run in backend.runs.items() if name not in runs)
    run.outcome = makes()
    assert isinstance(backend.clock, FakeClock)
    backend.clock.advance(60)
    (job_id,) = set(jobs) - before
    program.services.queue.wake()
    await wait_until(lambda: jobs[job_id].state is JobState.DONE)
    await process_events_async()
    return jobs[job_id]


def panel_of(program: GuiProgram) -> OutputPanel:
    return program.find(OutputPanel, "output_panel")


async def test_strange_names_and_results_stay_in_their_places(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_program(tmp_path / "program_data", timing=_LATER) as program:
        await program.wait_until_open()
        job = await ran(program, outcome_with_names)
        place = tmp_path / "program_data" / "outputs" / job.deployment_name
        assert names_in(place) == {Path(output.path).name for output in job.outputs}
        shown = "".join(map(output_name, job.outputs))
        assert not set(shown) & set("\u202e\n\x00\x1b")
        for result in cases_named(RESULTS, *_SHOWN):
            await ran(program, result.make_outcome)
            panel = panel_of(program)
            await wait_until(
                partial(is_result_shown, panel, result), describe=panel.result_view.file_card.text
            )
            program.window.grab()
        assert [each.rpartition(": ")[2] for each in program.notices()] == [
            "1 of 1 files came damaged"
        ]
        assert program.opened_urls == []
    assert CANARY not in caplog.text
    assert "Traceback" not in caplog.text
    assert names_in(tmp_path) == {"program_data"}
    assert names_in(tmp_path / "program_data") <= {"data", "outputs"}


async def test_what_is_not_fetched_says_why(tmp_path: Path) -> None:
    result = REFUSED[0]
    async with open_program(tmp_path, timing=_LATER) as program:
        await program.wait_until_open()
        await ran(program, result.make_outcome)
        assert [each.endswith("could not be downloaded") for each in program.notices()] == [True]
        result_view = panel_of(program).result_view
        await wait_until(lambda: result_view.currentWidget() is result_view.file_card)
        assert result.expected_text in result_view.file_card.text()
        assert program.opened_urls == []
