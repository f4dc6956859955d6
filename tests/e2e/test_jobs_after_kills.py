"""Jobs survive kills of the program, lost responses, and closing in the middle.

Accepted jobs are counted at the service; known jobs are read from the history file.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.data_folder import FAST_POLLING, ProgramFolder
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses

FOR_EVER = "delay-answer:600"
# Longer than the pause after which the client polls again.
RUN_S = "2"


@pytest.fixture
def program_folder(programs: ProgramProcesses, display: Display, data_dir: Path) -> ProgramFolder:
    programs.timeouts = FAST_POLLING
    return ProgramFolder(programs, display, data_dir)


def nothing_is_sent_again(program_folder: ProgramFolder) -> None:
    """Checks that a further job runs, and that nothing else was sent.

    Anything sent automatically would have been sent before this job.
    """
    program_folder.press_run(2)
    wait_until("another is done", lambda: states(program_folder) == ["uncertain", "done"])
    assert program_folder.accepted_count() == 2


def states(program_folder: ProgramFolder) -> list[str]:
    return [job["state"] for job in program_folder.history_rows()]


def test_a_kill_between_acceptance_and_answer_sends_nothing_twice(
    program_folder: ProgramFolder,
) -> None:
    program_folder.start_service("--cold-start", "0", "--run-time", RUN_S, "--faults", FOR_EVER)
    program = program_folder.start()
    program_folder.press_run()
    wait_until("the service accepted", lambda: program_folder.accepted_count() == 1)
    program.kill()
    assert [job["state"] for job in program_folder.history_rows()] == ["sending"]

    program_folder.control("faults", "")
    program_folder.start()
    program_folder.wait_for_state("uncertain")
    assert program_folder.accepted_count() == 1
    nothing_is_sent_again(program_folder)


def test_a_kill_after_the_answer_loses_nothing(program_folder: ProgramFolder) -> None:
    program_folder.start_service("--cold-start", "0", "--run-time", "3600")
    program = program_folder.start()
    program_folder.press_run()
    wait_until("the request id is on disk", lambda: program_folder.history_rows()[0]["request_id"])
    program.kill()

    program_folder.control("skip", "10000")
    program_folder.start()
    program_folder.wait_for_state("done")
    outputs = json.loads(program_folder.history_rows()[0]["document"])["outputs"]
    files = [output["path"] for output in outputs if output.get("path")]
    assert files
    assert all(Path(file).read_bytes()[:4] == b"\x89PNG" for file in files)
    assert program_folder.accepted_count() == 1


def test_a_lost_answer_is_not_sent_again(program_folder: ProgramFolder) -> None:
    program_folder.start_service(
        "--cold-start", "0", "--run-time", RUN_S, "--faults", "drop-answer:1"
    )
    program = program_folder.start()
    program_folder.press_run()
    program_folder.wait_for_state("uncertain")
    assert program_folder.accepted_count() == 1
    nothing_is_sent_again(program_folder)
    assert program.terminate() == 0
    assert program_folder.accepted_count() == 2
    assert states(program_folder) == ["uncertain", "done"]


def test_closing_waits_for_the_answer_of_a_body_going_out(program_folder: ProgramFolder) -> None:
    program_folder.start_service(
        "--cold-start", "0", "--run-time", "30", "--faults", "delay-answer:3"
    )
    program = program_folder.start()
    program_folder.press_run()
    wait_until("the service accepted", lambda: program_folder.accepted_count() == 1)
    assert program.terminate() == 0
    (job,) = program_folder.history_rows()
    assert job["request_id"]
    assert job["state"] == "queued"


def test_closing_does_not_wait_for_ever(
    program_folder: ProgramFolder, programs: ProgramProcesses
) -> None:
    programs.timeouts += ",closing=2"
    program_folder.start_service("--cold-start", "0", "--faults", FOR_EVER)
    program = program_folder.start()
    program_folder.press_run()
    wait_until("the service accepted", lambda: program_folder.accepted_count() == 1)
    assert program.terminate(limit_s=40) == 0
    assert [job["state"] for job in program_folder.history_rows()] == ["uncertain"]


def test_what_a_killed_write_left_is_cleared_away(
    program_folder: ProgramFolder, data_dir: Path
) -> None:
    left = data_dir / "demo" / "drafts" / ".a.json.abcd1234.tmp"
    left.parent.mkdir(parents=True)
    left.write_text("{")
    os.utime(left, (time.time() - 2 * 24 * 3600,) * 2)
    program_folder.start_service()
    program = program_folder.start()
    wait_until("it is cleared away", lambda: not left.exists())
    assert program.terminate() == 0
    assert program.stderr == ""


@pytest.mark.parametrize("what", ["all data", "the file"])
def test_a_history_that_somebody_removed_forgets_no_run(
    program_folder: ProgramFolder, display: Display, data_dir: Path, what: str
) -> None:
    program_folder.start_service("--cold-start", "0", "--run-time", RUN_S)
    program = program_folder.start()
    program_folder.press_run()
    wait_until("the first is sent", lambda: program_folder.accepted_count() == 1)
    if what == "the file":
        program_folder.history.unlink()
    else:
        # Removed in one step, even while the program writes there.
        shutil.rmtree(data_dir.rename(data_dir.with_name("removed")))
    # At the speed of fingers.
    display.xdotool("key", "--delay", 80, *["ctrl+Return"] * 5)
    wait_until(
        "it is written again",
        lambda: len(program_folder.history_rows()) >= program_folder.accepted_count(),
    )
    program_folder.press_run(program_folder.accepted_count() + 1)
    wait_until("all are known", lambda: _known(program_folder) == program_folder.accepted_count())
    assert program.terminate() == 0
    assert _known(program_folder) == program_folder.accepted_count()


def _known(program_folder: ProgramFolder) -> int:
    """Returns the number of requests in the history."""
    return len({job["request_id"] for job in program_folder.history_rows() if job["request_id"]})
