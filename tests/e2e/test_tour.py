"""The tour on a real screen: the whole main job, with a real drag, seen and written down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.program import Programs

# Cold start, three jobs and two pictures of each step.
LIMIT_S = 110


def test_the_tour_does_the_main_job_and_shows_it(programs: Programs, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    program = programs.start("--tour", folder)
    assert program.wait(LIMIT_S) == 0, program.stdout
    report = json.loads((folder / "tour.json").read_text())
    assert report["platform"] == "xcb"
    assert report["drag"] == "xdnd"
    for step in report["steps"]:
        assert not step["failed"]
        assert step["seen"], step["name"]
        themes = [name.removesuffix(".png").rpartition("-")[2] for name in step["pictures"]]
        assert themes == ["light", "dark"]
        light, dark = (_brightness(folder / name) for name in step["pictures"])
        assert light > 160 > 90 > dark, step["name"]


def _brightness(picture: Path) -> float:
    """The mean of all pixels, 0 to 255."""
    with Image.open(picture) as image:
        histogram = image.convert("L").histogram()
    return sum(value * count for value, count in enumerate(histogram)) / sum(histogram)
