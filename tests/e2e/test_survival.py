"""Jobs survive what happens to the program: kills, lost answers, closing in the middle.

What was accepted is counted on the service's side; what is known of it, in the history file.
"""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.program import TITLE, rows, wait_until

if TYPE_CHECKING:
    from tests.e2e.display import Display
    from tests.e2e.program import Emulator, Program, Programs

FOR_EVER = "delay-answer:600"
# Long enough for a program that wrongly sends again by itself to have done so.
LONG_ENOUGH_S = 4.0


class Place:
    """One data folder, the service beside it, and the program started on them again and again."""

    def __init__(self, programs: Programs, display: Display, data_dir: Path) -> None:
        self._programs = programs
        self._display = display
        self._data_dir = data_dir
        self.service: Emulator

    def serve(self, *arguments: str) -> None:
        self.service = self._programs.start_emulator(*arguments)
        self.service.lend_to(self._data_dir)

    def start(self) -> Program:
        """Starts the program and waits until a run is possible."""
        calls = self.calls()
        program = self._programs.start("--demo", data_dir=self._data_dir)
        self._display.focus(self._display.wait_for_window(TITLE))
        wait_until(
            "a workflow is open",
            lambda: self.calls().get("object-info", 0) > calls.get("object-info", 0),
        )
        return program

    def press_run(self) -> None:
        wait_until("the run was started", self._run_started)

    def _run_started(self) -> bool:
        self._display.press("ctrl+Return")
        time.sleep(1.5)
        return bool(self.jobs())

    def control(self, path: str, body: str | None = None) -> dict[str, Any]:
        data = None if body is None else body.encode()
        address = f"{self.service.base_url}/__emulator__/{path}"
        with urllib.request.urlopen(urllib.request.Request(address, data), timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def calls(self) -> dict[str, int]:
        calls: dict[str, int] = self.control("counts")["received"]
        return calls

    def accepted(self) -> int:
        return int(self.control("counts")["accepted"])

    def jobs(self) -> list[dict[str, Any]]:
        """The rows of the history, oldest first, as (state, request_id, document)."""
        history = self._data_dir / "demo" / "history.sqlite"
        if not history.exists():
            return []
        return rows(history, "SELECT state, request_id, document FROM jobs ORDER BY created_s")

    def wait_for_state(self, state: str) -> None:
        wait_until(f"the job is {state}", lambda: [job["state"] for job in self.jobs()] == [state])


@pytest.fixture
def place(programs: Programs, display: Display, data_dir: Path) -> Place:
    return Place(programs, display, data_dir)


def test_a_kill_between_acceptance_and_answer_sends_nothing_twice(place: Place) -> None:
    place.serve("--cold-start", "0", "--run-time", "0.5", "--faults", FOR_EVER)
    program = place.start()
    place.press_run()
    wait_until("the service accepted", lambda: place.accepted() == 1)
    program.kill()
    assert [job["state"] for job in place.jobs()] == ["sending"]

    place.control("faults", "")
    place.start()
    place.wait_for_state("uncertain")
    time.sleep(LONG_ENOUGH_S)
    assert place.accepted() == 1
    assert len(place.jobs()) == 1


def test_a_kill_after_the_answer_loses_nothing(place: Place) -> None:
    place.serve("--cold-start", "0", "--run-time", "5")
    program = place.start()
    place.press_run()
    wait_until("the request id is on disk", lambda: place.jobs()[0]["request_id"])
    program.kill()

    place.start()
    place.wait_for_state("done")
    outputs = json.loads(place.jobs()[0]["document"])["outputs"]
    files = [output["path"] for output in outputs if output.get("path")]
    assert files
    assert all(Path(file).read_bytes()[:4] == b"\x89PNG" for file in files)
    assert place.accepted() == 1


def test_a_lost_answer_is_not_sent_again(place: Place) -> None:
    place.serve("--cold-start", "0", "--run-time", "0.5", "--faults", "drop-answer:1")
    program = place.start()
    place.press_run()
    place.wait_for_state("uncertain")
    time.sleep(LONG_ENOUGH_S)
    assert place.accepted() == 1
    assert program.terminate() == 0
    assert [job["state"] for job in place.jobs()] == ["uncertain"]


def test_closing_waits_for_the_answer_of_a_body_going_out(place: Place) -> None:
    place.serve("--cold-start", "0", "--run-time", "30", "--faults", "delay-answer:3")
    program = place.start()
    place.press_run()
    wait_until("the service accepted", lambda: place.accepted() == 1)
    assert program.terminate() == 0
    (job,) = place.jobs()
    assert job["request_id"]
    assert job["state"] == "queued"


def test_closing_does_not_wait_for_ever(place: Place) -> None:
    place.serve("--cold-start", "0", "--faults", FOR_EVER)
    program = place.start()
    place.press_run()
    wait_until("the service accepted", lambda: place.accepted() == 1)
    assert program.terminate(limit_s=40) == 0
    assert [job["state"] for job in place.jobs()] == ["uncertain"]
