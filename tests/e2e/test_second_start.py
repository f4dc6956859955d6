"""One window for each data folder: a second start hands its file to the first and ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.e2e.program import TITLE, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import Programs

WORKFLOW = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}


def test_a_file_reaches_the_window_that_is_open(
    programs: Programs, display: Display, data_dir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "my hills.json"
    file.write_text(json.dumps(WORKFLOW))
    programs.start("--demo", data_dir=data_dir)
    display.wait_for_window(TITLE)

    second = programs.start("--demo", "--open", file, data_dir=data_dir)
    assert second.wait(20) == 0
    wait_until("the first window shows the file", lambda: display.windows("my hills"), 20)
    assert len(display.windows(TITLE)) == 1
