"""The tour: the main job in the real window, by real pointer events, with pictures of each step."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.e2e.program import rows
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.program import Program, Programs

# The folder that a tour makes for itself.
OWN = "runcomfy-desktop-tour-*"
STEPS = [
    "welcome",
    "workflow",
    "picture",
    "send-anyway",
    "prompt-and-seed",
    "changed",
    "starting",
    "cancelled",
    "done",
    "animation",
]


@pytest.mark.timeout(240)
def test_the_main_job_happens_and_is_pictured(
    programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, scratch = tmp_path / "tour", tmp_path / "t"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    programs.patience = "questions=0.2"
    program = programs.start("--tour", folder)
    pass_the_waits(program, scratch)
    assert program.wait(200) == 0, program.stdout
    assert list(scratch.glob(OWN)) == [], "its own folder is gone"

    report = json.loads((folder / "tour.json").read_bytes())
    assert [step["name"] for step in report["steps"]] == STEPS
    assert not [step["failed"] for step in report["steps"] if step["failed"]]
    # A drag between two processes by the X server's own pointer; an event made up here is none.
    assert report["platform"] == "xcb"
    assert report["drag"] == "xdnd"
    for step in report["steps"]:
        light, dark = (Image.open(folder / name).convert("L") for name in step["pictures"])
        assert light.size == dark.size == (1440, 900)
        assert mean(light) > 180 > 90 > mean(dark)
    # No traceback, no warning of Qt's: a person who started it in a terminal reads that first.
    assert program.stderr == ""


def pass_the_waits(program: Program, scratch: Path) -> None:
    """Lets the time of the tour's own demo service jump, behind each state that is to be seen."""

    def after(what: str, condition: Callable[[], object]) -> None:
        wait_until(what, lambda: condition() or not program.is_running)
        assert program.is_running, program.stdout

    after("two were sent, one is cancelled", lambda: "\ncancelled: " in program.stdout)
    (own,) = scratch.glob(OWN)
    control(own, "skip", b"4")
    after("the other runs", lambda: "running" in states(own))
    control(own, "skip", b"1000")
    after("the other is done", lambda: "\ndone: " in program.stdout)
    after("a third is sent", lambda: control(own, "counts")["accepted"] == 3)
    control(own, "skip", b"1000")


def states(own: Path) -> list[str]:
    return [job["state"] for job in rows(own / "demo" / "history.sqlite", "SELECT state FROM jobs")]


def control(own: Path, path: str, body: bytes | None = None) -> Any:
    address = json.loads((own / "demo" / "service.json").read_bytes())["base_url"]
    with urllib.request.urlopen(f"{address}/__emulator__/{path}", body, timeout=20) as answer:
        return json.load(answer)


def test_a_step_that_does_not_happen_fails_the_tour(programs: Programs, tmp_path: Path) -> None:
    """A service that refuses every run: the window tells it, and the tour does not look away."""
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
