"""Pictures are read on several threads at once without a deadlock."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from PIL import Image

from tests.run_suites import TESTS
from tests.support.read_pictures import LIMIT_S

if TYPE_CHECKING:
    from pathlib import Path

# If two calls are in the wrong order, two threads deadlock about once in 250 reads.
_TIMES = 1000
_FORMAT_PAIRS = ("strips", "bytes", "film")


def test_reading_two_pictures_at_once_comes_to_an_end(tmp_path: Path) -> None:
    png, gif = tmp_path / "a.png", tmp_path / "a.gif"
    first, *others = [Image.new("RGB", (40, 30), (shade, 4, 5)) for shade in range(0, 200, 25)]
    first.save(png)
    first.save(gif, save_all=True, append_images=others, duration=10, loop=0)
    words = [sys.executable, "-m", "tests.support.read_pictures"]
    ended = subprocess.run(
        [*words, str(_TIMES), str(png), str(gif)],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        timeout=LIMIT_S + 20,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    message = [line.split() for line in ended.stdout.splitlines()]
    assert [way for way, *_counts in message] == list(_FORMAT_PAIRS)
    assert min(int(count) for _way, *counts in message for count in counts) >= _TIMES
