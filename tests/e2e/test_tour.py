"""The tour: the main job in the real window, by real pointer events, with pictures of each step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.program import Programs

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
def test_the_main_job_happens_and_is_pictured(programs: Programs, tmp_path: Path) -> None:
    folder = tmp_path / "tour"
    program = programs.start("--tour", folder)
    assert program.wait(200) == 0, program.stdout

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
    assert report["steps"][-1]["failed"]
    assert (folder / "failed.png").exists()


def mean(picture: Image.Image) -> float:
    histogram = picture.histogram()
    return sum(level * count for level, count in enumerate(histogram)) / sum(histogram)
