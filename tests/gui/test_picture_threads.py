"""Pictures are read on several threads at once, and none of them waits for another for ever."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.run_suites import TESTS
from tests.support.read_pictures import LIMIT_S

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 2


@pytest.mark.parametrize("kind", ["strips", "bytes", "film"])
def test_reading_two_pictures_at_once_comes_to_an_end(tmp_path: Path, kind: str) -> None:
    png, gif = tmp_path / "a.png", tmp_path / "a.gif"
    first, *others = [Image.new("RGB", (40, 30), (shade, 4, 5)) for shade in range(0, 200, 25)]
    first.save(png)
    first.save(gif, save_all=True, append_images=others, duration=10, loop=0)
    words = [sys.executable, "-m", "tests.support.read_pictures", kind, str(_SECONDS)]
    ended = subprocess.run(
        [*words, str(png), str(gif)],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        timeout=_SECONDS + 2 * LIMIT_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert min(map(int, ended.stdout.split())) > 0
