"""The tour: the main use case in the real window, with real pointer events and screenshots."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING
from urllib.error import HTTPError

import httpx
import pytest
from PIL import Image

from tests.e2e.program import rows
from tests.support.emulator_control import ask_control
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.program import EmulatorProcess, ProgramProcess, ProgramProcesses

# The folder that a tour creates for itself.
OWN = "runcomfy-desktop-tour-*"
# The runs end only when the test skips time.
ENDLESS = ("--cold-start", "100000", "--run-time", "100000")
STEPS = [
    "welcome",
    "workflow",
    "picture",
    "prompt-and-seed",
    "changed",
    "starting",
    "cancelled",
    "done",
    "animation",
]


@pytest.mark.timeout(240)
def test_the_main_job_happens_and_is_pictured(programs: ProgramProcesses, tmp_path: Path) -> None:
    folder, data_dir = tmp_path / "tour", tmp_path / "data"
    service = programs.start_emulator(*ENDLESS)
    service.lend_to(data_dir)
    programs.timeouts = "questions=0.2"
    program = programs.start("--tour", folder, data_dir=data_dir)
    pass_the_waits(program, service, data_dir)
    assert program.wait(200) == 0, program.stdout

    report = json.loads((folder / "tour.json").read_bytes())
    assert [step["name"] for step in report["steps"]] == STEPS
    assert not [step["failed"] for step in report["steps"] if step["failed"]]
    # A drag between two processes, with the X server's own pointer; no event is synthesised.
    assert report["platform"] == "xcb"
    assert report["drag"] == "xdnd"
    for step in report["steps"]:
        light, dark = (Image.open(folder / name).convert("L") for name in step["pictures"])
        assert light.size == dark.size == (1440, 900)
        assert mean(light) > 180 > 90 > mean(dark)
    # No traceback and no Qt warning: a user who started it in a terminal would see them.
    assert program.stderr == ""


def pass_the_waits(program: ProgramProcess, service: EmulatorProcess, data_dir: Path) -> None:
    """Advances the service's clock after each state that has to be visible."""

    def after(what: str, condition: Callable[[], object]) -> None:
        wait_until(what, lambda: condition() or not program.is_running)
        assert program.is_running, program.stdout

    after("two were sent, one is cancelled", lambda: "\ncancelled: " in program.stdout)
    service.control("skip", b"100000")
    after("the other runs", lambda: "running" in states(data_dir))
    service.control("skip", b"100000")
    after("the other is done", lambda: "\ndone: " in program.stdout)
    after("a third is sent", lambda: service.control("counts")["accepted"] == 3)
    service.control("skip", b"200000")


def states(data_dir: Path) -> list[str]:
    history = data_dir / "demo" / "history.sqlite"
    return [job["state"] for job in rows(history, "SELECT state FROM jobs")]


def test_a_tour_of_its_own_has_no_control_paths_and_leaves_no_folder(
    programs: ProgramProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user's tour gets the unmodified demo, which can be changed only through its API."""
    scratch = tmp_path / "t"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    program = programs.start("--tour", tmp_path / "tour")
    notes = f"{OWN}/demo/service.json"
    wait_until("its service is there", lambda: list(scratch.glob(notes)) or not program.is_running)
    # A deployment that the tour needs is deleted before it goes on.
    program.send(signal.SIGSTOP)
    try:
        (note,) = scratch.glob(notes)
        known = json.loads(note.read_bytes())
        with pytest.raises(HTTPError, match="404"):
            ask_control(known["base_url"], known["token"], "counts")
        delete_first(known["base_url"], known["token"])
    finally:
        program.send(signal.SIGCONT)
    assert program.wait(100) == 1
    assert list(scratch.glob(OWN)) == []


def delete_first(base_url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{base_url}/prod/v2/", headers=headers, trust_env=False) as client:
        first = client.get("deployments").json()[0]["id"]
        assert client.delete(f"deployments/{first}").status_code == 200


def test_a_step_that_does_not_happen_fails_the_tour(
    programs: ProgramProcesses, tmp_path: Path
) -> None:
    """The service refuses every run: the window reports it, and the tour fails."""
    service = programs.start_emulator("--faults", "status-500@submit:9")
    data_dir = tmp_path / "data"
    service.lend_to(data_dir)
    folder = tmp_path / "tour"
    program = programs.start("--tour", folder, data_dir=data_dir)
    assert program.wait(100) == 1
    report = json.loads((folder / "tour.json").read_bytes())
    assert report["steps"][-1]["name"] == "starting"
    assert report["steps"][-1]["failed"] == "the job is uncertain"
    assert (folder / "failed.png").exists()


def mean(picture: Image.Image) -> float:
    histogram = picture.histogram()
    return sum(level * count for level, count in enumerate(histogram)) / sum(histogram)
