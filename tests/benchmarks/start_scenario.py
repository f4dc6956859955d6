"""Process measured by `start`: reports when the window and its first page are painted.

Arguments: `bare`, or `program DATA_DIR`.
"""

from __future__ import annotations

import os
import sys

USABLE_WIDGET = "welcome_connect"


def _print_times(window_ms: float, usable_ms: float) -> None:
    print(f'{{"window_ms": {window_ms}, "usable_ms": {usable_ms}}}', flush=True)
    os._exit(0)


def _bare() -> None:
    from PySide6.QtWidgets import QMainWindow

    from tests.benchmarks.instrumented_program import FrameWatcher

    app = FrameWatcher(sys.argv[:1], "", _print_times)
    window = QMainWindow()
    window.resize(1440, 900)
    window.show()
    app.exec()


def _program(folder: str) -> None:
    from tests.benchmarks.instrumented_program import watch_start

    watch_start(["--data-dir", folder], USABLE_WIDGET, _print_times)


if __name__ == "__main__":
    _bare() if sys.argv[1] == "bare" else _program(sys.argv[2])
