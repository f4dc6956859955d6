"""Jobs survive what happens to the program: kills, lost answers, closing in the middle.

What was accepted is counted on the service's side; what is known of it, in the history file.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.place import OFTEN, Place
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.e2e.display import Display
    from tests.e2e.program import Programs

FOR_EVER = "delay-answer:600"
# What the client waits for before it would ask again is shorter than a run.
RUN_S = "2"


@pytest.fixture
def place(programs: Programs, display: Display, data_dir: Path) -> Place:
    programs.patience = OFTEN
    return Place(programs, display, data_dir)


def nothing_is_sent_again(place: Place) -> None:
    """A further job runs through, and nothing but it was sent meanwhile: whatever would have been
    sent by itself stood before it."""
    place.press_run(2)
    wait_until("another is done", lambda: states(place) == ["uncertain", "done"])
    assert place.accepted() == 2


def states(place: Place) -> list[str]:
    return [job["state"] for job in place.jobs()]


def test_a_kill_between_acceptance_and_answer_sends_nothing_twice(place: Place) -> None:
    place.serve("--cold-start", "0", "--run-time", RUN_S, "--faults", FOR_EVER)
    program = place.start()
    place.press_run()
    wait_until("the service accepted", lambda: place.accepted() == 1)
    program.kill()
    assert [job["state"] for job in place.jobs()] == ["sending"]

    place.control("faults", "")
    place.start()
    place.wait_for_state("uncertain")
    assert place.accepted() == 1
    nothing_is_sent_again(place)


def test_a_kill_after_the_answer_loses_nothing(place: Place) -> None:
    place.serve("--cold-start", "0", "--run-time", "3600")
    program = place.start()
    place.press_run()
    wait_until("the request id is on disk", lambda: place.jobs()[0]["request_id"])
    program.kill()

    place.control("skip", "10000")
    place.start()
    place.wait_for_state("done")
    outputs = json.loads(place.jobs()[0]["document"])["outputs"]
    files = [output["path"] for output in outputs if output.get("path")]
    assert files
    assert all(Path(file).read_bytes()[:4] == b"\x89PNG" for file in files)
    assert place.accepted() == 1


def test_a_lost_answer_is_not_sent_again(place: Place) -> None:
    place.serve("--cold-start", "0", "--run-time", RUN_S, "--faults", "drop-answer:1")
    program = place.start()
    place.press_run()
    place.wait_for_state("uncertain")
    assert place.accepted() == 1
    nothing_is_sent_again(place)
    assert program.terminate() == 0
    assert place.accepted() == 2
    assert states(place) == ["uncertain", "done"]


def test_closing_waits_for_the_answer_of_a_body_going_out(place: Place) -> None:
    place.serve("--cold-start", "0", "--run-time", "30", "--faults", "delay-answer:3")
    program = place.start()
    place.press_run()
    wait_until("the service accepted", lambda: place.accepted() == 1)
    assert program.terminate() == 0
    (job,) = place.jobs()
    assert job["request_id"]
    assert job["state"] == "queued"


def test_closing_does_not_wait_for_ever(place: Place, programs: Programs) -> None:
    programs.patience += ",closing=2"
    place.serve("--cold-start", "0", "--faults", FOR_EVER)
    program = place.start()
    place.press_run()
    wait_until("the service accepted", lambda: place.accepted() == 1)
    assert program.terminate(limit_s=40) == 0
    assert [job["state"] for job in place.jobs()] == ["uncertain"]


def test_what_a_killed_write_left_is_cleared_away(place: Place, data_dir: Path) -> None:
    left = data_dir / "demo" / "drafts" / ".a.json.abcd1234.tmp"
    left.parent.mkdir(parents=True)
    left.write_text("{")
    os.utime(left, (time.time() - 2 * 24 * 3600,) * 2)
    place.serve()
    program = place.start()
    wait_until("it is cleared away", lambda: not left.exists())
    assert program.terminate() == 0
    assert program.stderr == ""


@pytest.mark.parametrize("what", ["all data", "the file"])
def test_a_history_that_somebody_removed_forgets_no_run(
    place: Place, display: Display, data_dir: Path, what: str
) -> None:
    place.serve("--cold-start", "0", "--run-time", RUN_S)
    program = place.start()
    place.press_run()
    wait_until("the first is sent", lambda: place.accepted() == 1)
    if what == "the file":
        place.history.unlink()
    else:
        # At once, whatever is being written there.
        shutil.rmtree(data_dir.rename(data_dir.with_name("removed")))
    # As quickly as fingers are.
    display.xdotool("key", "--delay", 80, *["ctrl+Return"] * 5)
    wait_until("it is written again", lambda: len(place.jobs()) >= place.accepted())
    place.press_run(place.accepted() + 1)
    wait_until("all are known", lambda: _known(place) == place.accepted())
    assert program.terminate() == 0
    assert _known(place) == place.accepted()


def _known(place: Place) -> int:
    """The number of requests that the history has."""
    return len({job["request_id"] for job in place.jobs() if job["request_id"]})
