"""The whole program, killed repeatedly on one folder: the window shows each job afterwards.

The steps of a job's life are tested without the window, in the other `test_kills` modules; these
tests check the display.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.data_folder import ProgramFolder
from tests.support.kill_steps import MANY_IN_FLIGHT
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses
    from tests.e2e.screen_reader_client import ScreenReader, Step
    from tests.support.program_restarts import KillTally

QUEUE: Step = ("panel", "Queue")
# The fault that stops a call at the service, the call, and the final state of the job.
STEPS = (
    ("hold-request@submit", "submit", "uncertain"),
    ("hold@submit", "submit", "uncertain"),
    ("hold-half@submit", "submit", "uncertain"),
    ("hold@status", "status", "done"),
    ("hold-half@result", "result", "done"),
    ("hold-half@download", "download", "done"),
)


@pytest.mark.timeout(400)
def test_what_the_window_shows_after_a_kill_at_each_step(
    programs: ProgramProcesses,
    display: Display,
    reader: ScreenReader,
    data_dir: Path,
    tally: KillTally,
) -> None:
    program_folder = ProgramFolder(programs, display, data_dir)
    data_dir.mkdir()
    (data_dir / "settings.json").write_text(json.dumps(MANY_IN_FLIGHT))
    program_folder.start_service("--cold-start", "0", "--run-time", "0.3")
    for number, (fault, call, _end) in enumerate(STEPS, 1):
        program = program_folder.start()
        program_folder.control("faults", fault)
        program_folder.press_run(number)
        wait_until(f"{fault} holds", partial(is_held, program_folder, call))
        program.kill()
        program_folder.control("faults", "")
        program_folder.control("release", "")
    ends = [end for *_rest, end in STEPS]
    last = program_folder.start("--log-level", "debug")
    reader.attach(last)
    wait_until(
        "all are at rest", lambda: [job["state"] for job in program_folder.history_rows()] == ends
    )
    # The newest result is selected, and only rows in view have buttons.
    wait_until("results are in view", lambda: reader.find(QUEUE, ("push button", "Open .*")))
    reader.press(("radio button", "Answer unknown, 3 jobs"))
    wait_until("three need an answer", partial(has_buttons, reader, "Resolve .*", 3))
    tally.kills += len(STEPS)
    tally.jobs += len(STEPS)
    tally.accepted += program_folder.accepted_count()
    assert program_folder.accepted_count() == len(STEPS)
    for job in program_folder.history_rows():
        outputs = json.loads(job["document"])["outputs"]
        assert all(Path(output["path"]).is_file() for output in outputs)
        assert bool(outputs) == (job["state"] == "done")
    assert last.terminate() == 0


def is_held(program_folder: ProgramFolder, call: str) -> bool:
    return any(each["call"] == call for each in program_folder.control("held"))


def has_buttons(reader: ScreenReader, name: str, count: int) -> bool:
    return len(reader.find(QUEUE, ("push button", name))) == count
