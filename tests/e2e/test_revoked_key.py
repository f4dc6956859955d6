"""The key is revoked while twenty jobs run: polling pauses, one notice appears, all jobs go on."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.data_folder import ProgramFolder
from tests.e2e.test_api_key import DEBUG, REFUSED, SIGNED_IN, type_key
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses
    from tests.support.secret_service import DesktopSession

KEY = "5b0d92c4-1e7f-4a63-8c38-f2a9e61d7b05"
JOBS = 20
A_FINGER_S = 0.1
# A program that kept polling would have polled each job repeatedly in this time.
LONG_ENOUGH_S = 3.0


@pytest.mark.timeout(240)
def test_a_key_that_is_taken_back_pauses_twenty_jobs_and_loses_none(
    programs: ProgramProcesses, display: Display, data_dir: Path, desktop: DesktopSession
) -> None:
    programs.timeouts = "questions=1"
    program_folder = ProgramFolder(programs, display, data_dir, is_demo=False)
    program_folder.start_service("--token", KEY, "--cold-start", "0", "--run-time", "3600")
    desktop.ask_credentials(program_folder.base_url, f"set={KEY}")
    data_dir.mkdir()
    (data_dir / "settings.json").write_text(json.dumps({"in_flight": JOBS}))
    program = program_folder.start(*DEBUG)
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    for number in range(1, JOBS + 1):
        program_folder.press_run(number)
        # Faster presses would be treated as a key that is held down.
        time.sleep(A_FINGER_S)
    wait_until(
        "all are accepted", lambda: all(job["request_id"] for job in program_folder.history_rows())
    )

    told = program_folder.log().count("Told ")
    program_folder.control("faults", "unauthorized")
    program_folder.wait_for_log(REFUSED)
    asked = program_folder.calls()["status"]
    time.sleep(LONG_ENOUGH_S)
    # Only polls that were in progress when the first one was refused.
    assert program_folder.calls()["status"] - asked < JOBS
    after = program_folder.calls()["status"]
    time.sleep(LONG_ENOUGH_S)
    assert program_folder.calls()["status"] == after
    assert program_folder.log().count("Told ") - told == 1
    assert all(job["state"] in ("queued", "running") for job in program_folder.history_rows())

    program_folder.control("faults", "")
    signed_in = program_folder.log().count(SIGNED_IN)
    type_key(program_folder, display, KEY)
    program_folder.wait_for_log(SIGNED_IN, signed_in + 1)
    program_folder.control("skip", "100000")
    wait_until(
        "all are done",
        lambda: {job["state"] for job in program_folder.history_rows()} == {"done"},
        120,
    )
    assert program_folder.accepted_count() == JOBS
    assert program.terminate() == 0
    assert program.stderr == ""
