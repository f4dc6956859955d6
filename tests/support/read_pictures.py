"""Separate program that reads two pictures at the same time.

Usage: `python -m tests.support.read_pictures TIMES PNG GIF`. Two threads read until each has read
TIMES times. This is repeated with other ways of reading, and the number of reads of each thread is
printed. Threads that deadlock while holding the interpreter lock would stop any watchdog written in
Python, so this is a separate process.
"""

from __future__ import annotations

import faulthandler
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from runcomfy_desktop.ui.images import png_strip_reader
from runcomfy_desktop.ui.images.picture_decoder import read_picture
from runcomfy_desktop.ui.images.safe_image_reader import SafeImageReader
from runcomfy_desktop.ui.results.picture_view import PictureView

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_S = 60
"""Time in seconds after which the process prints its stack traces and ends."""


class _AnimationStarter:
    """Starts an animation repeatedly, on the window's thread."""

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
    with SafeImageReader(source) as raster:
        assert not raster.read().isNull()


def _read_strips(file: Path) -> None:
    with file.open("rb") as opened:
        header = png_strip_reader.read_header(opened)
        assert header is not None
        with SafeImageReader(file) as raster:
            png_strip_reader.read_shrunk(opened, header, raster.size)


def _run_concurrently(
    times: int, main_work: Callable[[], None], thread_work: Callable[[], None]
) -> list[int]:
    """Returns how often each function ran until both had run the given number of times."""
    counts = [0, 0]

    def again(which: int, work: Callable[[], None]) -> None:
        while min(counts) < times:
            work()
            counts[which] += 1

    other = threading.Thread(target=again, args=(1, thread_work))
    other.start()
    again(0, main_work)
    other.join()
    return counts


def main(times: int, png: Path, gif: Path) -> None:
    app = QApplication([])
    faulthandler.dump_traceback_later(LIMIT_S, exit=True)
    data = png.read_bytes()
    animation = _AnimationStarter(gif)
    works: dict[str, Callable[[], None]] = {
        "strips": lambda: _read_strips(png),
        "bytes": lambda: _read(data),
        "film": animation,
    }
    for kind, work in works.items():
        print(kind, end=" ", flush=True)
        print(*_run_concurrently(times, work, lambda: _read(png)))
    # In this order: a window must not outlive the application.
    del animation, works, work, app


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
