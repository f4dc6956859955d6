"""The key is taken back while twenty jobs run: asking pauses, one question is put, all go on."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.place import Place
from tests.e2e.test_key import DEBUG, REFUSED, SIGNED_IN, type_key
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import Programs
    from tests.support.secret_service import Desktop

KEY = "5b0d92c4-1e7f-4a63-8c38-f2a9e61d7b05"
JOBS = 20
A_FINGER_S = 0.1
# A program that went on asking would have asked about each job by then, and again.
LONG_ENOUGH_S = 3.0


@pytest.mark.timeout(240)
def test_a_key_that_is_taken_back_pauses_twenty_jobs_and_loses_none(
    programs: Programs, display: Display, data_dir: Path, desktop: Desktop
) -> None:
    programs.patience = "questions=1"
    place = Place(programs, display, data_dir, is_demo=False)
    place.serve("--token", KEY, "--cold-start", "0", "--run-time", "3600")
    desktop.ask(place.base_url, f"set={KEY}")
    data_dir.mkdir()
    (data_dir / "settings.json").write_text(json.dumps({"in_flight": JOBS}))
    program = place.start(*DEBUG)
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    for number in range(1, JOBS + 1):
        place.press_run(number)
        # As a finger does: what comes within the same moment is taken for a key that is held.
        time.sleep(A_FINGER_S)
    wait_until("all are accepted", lambda: all(job["request_id"] for job in place.jobs()))

    told = place.log().count("Told ")
    place.control("faults", "unauthorized")
    place.wait_for_log(REFUSED)
    asked = place.calls()["status"]
    time.sleep(LONG_ENOUGH_S)
    # Those that were on their way when the first was refused.
    assert place.calls()["status"] - asked < JOBS
    after = place.calls()["status"]
    time.sleep(LONG_ENOUGH_S)
    assert place.calls()["status"] == after
    assert place.log().count("Told ") - told == 1
    assert all(job["state"] in ("queued", "running") for job in place.jobs())

    place.control("faults", "")
    signed_in = place.log().count(SIGNED_IN)
    type_key(place, display, KEY)
    place.wait_for_log(SIGNED_IN, signed_in + 1)
    place.control("skip", "100000")
    wait_until("all are done", lambda: {job["state"] for job in place.jobs()} == {"done"}, 120)
    assert place.accepted() == JOBS
    assert program.terminate() == 0
    assert program.stderr == ""
