"""A disk that does not respond during a read: the program ends nevertheless.

It leaves its data folder usable for the next start.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.e2e.data_folder import open_by_keys
from tests.e2e.program import PROJECT, TITLE
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display

ABOUT = "About RunComfy Desktop"


def test_what_help_still_looks_for_does_not_hold_up_the_end(
    display: Display, tmp_path: Path, data_dir: Path
) -> None:
    copy = tmp_path / "program"
    for name in ("runcomfy_desktop", "resources"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "resources" / "notices").mkdir(exist_ok=True)
    # Reading a pipe without a writer takes forever, too.
    os.mkfifo(copy / "resources" / "notices" / "NOTICES.txt")
    words = ["-m", "runcomfy_desktop", "--base-url", "http://127.0.0.1:9"]
    with subprocess.Popen(
        [sys.executable, *words, "--data-dir", str(data_dir)],
        cwd=copy,
        env={**os.environ, **display.environment},
    ) as program:
        try:
            window = display.wait_for_window(TITLE)
            history = data_dir / "account" / "history.sqlite"
            wait_until("its session has begun", history.exists)
            display.focus(window)
            open_by_keys(display, ABOUT, "alt+h", "a")
            display.focus(display.wait_for_window(ABOUT))
            display.press("Escape")
            wait_until("it is closed", lambda: not display.windows(ABOUT))
            program.terminate()
            assert program.wait(60) == 0
        finally:
            program.kill()
