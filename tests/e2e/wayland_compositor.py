"""Private Wayland compositor without a screen."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = "wayland-of-tests"


@contextmanager
def wayland(folder: Path) -> Iterator[dict[str, str]]:
    """Runs the compositor; yields the environment for programs to be shown on it."""
    run, log = folder / "run", folder / "weston.log"
    run.mkdir(mode=0o700)
    socket_path = {"XDG_RUNTIME_DIR": str(run)}
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["weston", "--backend=headless", f"--socket={_NAME}", "--width=1280", "--height=800"],
            env={**os.environ, **socket_path},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(
            "Weston listens", lambda: (run / _NAME).exists() or server.poll() is not None, 30
        )
        assert server.poll() is None, log.read_text()
        yield {**socket_path, "WAYLAND_DISPLAY": _NAME}
    finally:
        server.terminate()
        server.wait(20)
