"""A program of its own that reads two pictures at the same time: `python -m
tests.support.read_pictures strips|bytes|film SECONDS PNG GIF`.

It prints how often each was read. Threads that wait for each other and keep the interpreter to
themselves would stop every watch written in Python, so a process of its own is watched.
"""

from __future__ import annotations

import faulthandler
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from runcomfy_desktop.ui import png_strips
from runcomfy_desktop.ui.outputs.decoding import read_picture
from runcomfy_desktop.ui.outputs.viewer import PictureView
from runcomfy_desktop.ui.raster import Raster

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_S = 20
"""So long after its time the process may still run before it prints where it stands and ends."""


class _Film:
    """Begins an animation again and again, on the window's thread."""

    def __init__(self, file: Path) -> None:
        picture = read_picture(str(file))
        assert picture is not None
        assert not picture.movie.isEmpty()
        self._picture = picture
        self._view = PictureView()
        self._view.show()

    def __call__(self) -> None:
        self._view.show_picture(self._picture, "")
        for _turn in range(20):
            QApplication.processEvents()


def _read(source: Path | bytes) -> None:
    with Raster(source) as raster:
        assert not raster.read().isNull()


def _read_strips(file: Path) -> None:
    with file.open("rb") as opened:
        header = png_strips.read_header(opened)
        assert header is not None
        with Raster(file) as raster:
            png_strips.read_shrunk(opened, header, raster.size)


def main(kind: str, seconds: float, png: Path, gif: Path) -> None:
    app = QApplication([])
    faulthandler.dump_traceback_later(seconds + LIMIT_S, exit=True)
    data = png.read_bytes()
    film = _Film(gif)
    works = {"strips": lambda: _read_strips(png), "bytes": lambda: _read(data), "film": film}
    counts = {"this": 0, "other": 0}
    end = time.monotonic() + seconds

    def again(name: str, work: Callable[[], None]) -> None:
        while time.monotonic() < end:
            work()
            counts[name] += 1

    other = threading.Thread(target=again, args=("other", lambda: _read(png)))
    other.start()
    if kind == "film":
        # Its timers are the window's.
        again("this", film)
    else:
        this = threading.Thread(target=again, args=("this", works[kind]))
        this.start()
        this.join()
    other.join()
    print(*counts.values())
    # In this order: a window must not outlive the application.
    del film, works, app


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
