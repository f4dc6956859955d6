"""The tour driver: an unmet condition or an impossible press fails the step with a message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from PySide6.QtWidgets import QLabel, QMainWindow, QPushButton

from runcomfy_desktop.tour.driver import StepFailed, TourDriver

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = cast("Any", None)


async def test_what_does_not_happen_in_time_fails_the_step(tmp_path: Path) -> None:
    guide = TourDriver(NOBODY, NOBODY, tmp_path)
    guide.begin_step("done")
    with pytest.raises(StepFailed, match="did not happen within 0 s: a picture"):
        await guide.wait_until("a picture", lambda: False, timeout_s=0.05)
    await guide.wait_until("a job", lambda: True)
    assert guide.record.seen == ["a job"]


def test_only_what_a_person_could_press_is_pressed(tmp_path: Path) -> None:
    window, pressed = QMainWindow(), list[str]()
    button = QPushButton("Run", window)
    button.setObjectName("run")
    button.clicked.connect(lambda: pressed.append("run"))
    window.setCentralWidget(button)
    guide = TourDriver(cast("Any", window), NOBODY, tmp_path)
    with pytest.raises(StepFailed, match="run is not on screen"):
        guide.find("run", QPushButton)
    window.show()
    with pytest.raises(StepFailed, match="run is not on screen"):
        guide.find("run", QLabel)
    button.setEnabled(False)
    with pytest.raises(StepFailed, match="run cannot be pressed"):
        guide.click(guide.find("run", QPushButton))
    assert not pressed
    button.setEnabled(True)
    guide.click(guide.find("run", QPushButton))
    assert pressed == ["run"]
    assert guide.is_visible("run")
    assert not guide.is_visible("cancel")


def test_the_record_has_each_step_and_why_it_failed(tmp_path: Path) -> None:
    guide = TourDriver(NOBODY, NOBODY, tmp_path)
    guide.begin_step("open")
    guide.record_observation("the workflow")
    guide.begin_step("run")
    guide.record.failed = "run cannot be pressed"
    guide.write({"version": "1"})
    received = json.loads((tmp_path / "tour.json").read_text(encoding="utf-8"))
    assert received["version"] == "1"
    assert [(step["name"], step["seen"], step["failed"]) for step in received["steps"]] == [
        ("open", ["the workflow"], ""),
        ("run", [], "run cannot be pressed"),
    ]
