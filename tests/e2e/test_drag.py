"""Dragging a file from another program's window into a media field, with the X server's pointer.

The tests create no Qt events: they move the pointer and hold its button, and the rest is between
the X server, the dragging program and this program. The result is read from the disk.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.e2e.program import TITLE
from tests.support import media_bytes as made
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses

# Away from the program's window, which is at the screen's upper left corner without a window
# manager.
_HANDLE = (1700, 940)
_STEPS = 24


class DragPointer:
    """Pointer that drags from the other program's window."""

    def __init__(self, programs: ProgramProcesses, display: Display, data_dir: Path) -> None:
        self._programs = programs
        self._display = display
        self._data_dir = data_dir

    def drag(self, file: Path, x: int, y: int) -> str:
        """Drags the file to a position on the screen; returns the dragging program's output."""
        source = self._programs.run(
            "runcomfy_desktop.tour.drag_source", [str(file), *map(str, _HANDLE)], self._data_dir
        )
        wait_until("the file can be seized", lambda: "ready" in source.stdout)
        begin = _HANDLE[0] + 80, _HANDLE[1] + 45
        move = self._display.xdotool
        move("mousemove", *begin)
        move("mousedown", 1)
        for step in range(1, _STEPS + 1):
            there = (round(a + (b - a) * step / _STEPS) for a, b in zip(begin, (x, y), strict=True))
            move("mousemove", *there, "sleep", "0.03")
        # A last small move, so that the target responds for the final position.
        move("mousemove", x + 1, y, "sleep", "0.3")
        move("mouseup", 1)
        # The process must stay alive: the target fetches the file after the drag.
        wait_until("the drag has ended", lambda: len(source.stdout.split()) > 1)
        return source.stdout.split()[-1]


def workflow_file(folder: Path, class_type: str, name: str) -> Path:
    """Writes a workflow with so many nodes of a class that one is in the middle of the window."""
    nodes = {
        str(number): {"class_type": class_type, "inputs": {name: f"in the container {number}.x"}}
        for number in range(1, 30)
    }
    path = folder / "workflow.json"
    path.write_text(json.dumps(nodes))
    return path


def stored_media(data_dir: Path) -> list[dict[str, Any]]:
    """Returns the media files in the stored drafts."""
    found = []
    for path in (data_dir / "demo" / "drafts").glob("*.json"):
        stored = json.loads(path.read_bytes())
        for inputs in stored["changes"].values():
            found += [value["$media"] for value in inputs.values() if isinstance(value, dict)]
    return found


@pytest.mark.parametrize("kind", ["picture", "video"])
def test_a_file_of_another_program_goes_into_the_media_field_under_the_pointer(
    programs: ProgramProcesses, display: Display, data_dir: Path, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / ("harbour.png" if kind == "picture" else "clip.mp4")
    if kind == "picture":
        Image.new("RGB", (320, 200), "#2f6fb0").save(file)
    else:
        file.write_bytes(made.mp4(640, 360, 4, padding=2000))
    node = ("LoadImage", "image") if kind == "picture" else ("LoadVideo", "file")
    opened = workflow_file(tmp_path, *node)
    program = programs.start("--demo", "--open", opened, data_dir=data_dir)
    display.wait_for_window(TITLE)
    settings = data_dir / "settings.json"
    wait_until(
        "the workflow is open", lambda: settings.exists() and str(opened) in settings.read_text()
    )
    hand = DragPointer(programs, display, data_dir)
    assert hand.drag(file, 700, 450) == "dropped"

    wait_until("the draft has the file", lambda: stored_media(data_dir))
    [media] = stored_media(data_dir)
    data = file.read_bytes()
    assert media["sha256"] == hashlib.sha256(data).hexdigest()
    assert media["path"] == str(file)
    assert media["mtime_ns"] == file.stat().st_mtime_ns
    assert (data_dir / "demo" / "media" / media["stored_name"]).read_bytes() == data
    assert file.read_bytes() == data, "a drop copies, it never moves"
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr
