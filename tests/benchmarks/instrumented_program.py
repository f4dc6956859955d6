"""The real program with instrumentation: times of paint events, and a scenario to run in it.

A subclass replaces QApplication before the program creates its own; nothing else is changed.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from PySide6 import QtWidgets
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from tests.benchmarks.process_clock import since_start_ms

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

    Scenario = Callable[[], Coroutine[Any, Any, None]]

_running: list[asyncio.Task[None]] = []


class FrameWatcher(QApplication):
    """Calls `done` once the window and the widget `name` have been painted.

    A frame counts as done when the event that caused the painting has been processed.
    """

    def __init__(self, words: list[str], name: str, done: Callable[[float, float], None]) -> None:
        super().__init__(words)
        self._name = name
        self._done = done
        self._depth = 0
        self._window_ms = 0.0
        self._is_window_painted = self._is_named_painted = False

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and isinstance(receiver, QWidget):
            self._is_window_painted |= isinstance(receiver, QMainWindow)
            self._is_named_painted |= receiver.objectName() == self._name
        self._depth += 1
        answer = super().notify(receiver, event)
        self._depth -= 1
        if not self._depth:
            self._check_painted()
        return answer

    def _check_painted(self) -> None:
        if self._is_window_painted and not self._window_ms:
            self._window_ms = since_start_ms()
        if self._window_ms and (self._is_named_painted or not self._name):
            self._done(self._window_ms, since_start_ms())


def watch_start(arguments: list[str], name: str, done: Callable[[float, float], None]) -> None:
    """Runs the program until `done` is called, when the window and the named widget are painted."""

    class Application(FrameWatcher):
        """The program's own application, only watched."""

        def __init__(self, words: list[str]) -> None:
            super().__init__(words, name, done)

    _run(Application, arguments)


def play(
    scenario: Scenario, arguments: list[str], painted: Callable[[], object] | None = None
) -> None:
    """Runs the program with these arguments, plays the scenario in it, and ends the process.

    The scenario starts once the event loop runs. `painted` is called before that, as soon as the
    window is painted.
    """

    class Application(QApplication):
        """The program's own application, with a timer that checks its progress."""

        def __init__(self, words: list[str]) -> None:
            super().__init__(words)
            self._look = QTimer(self)
            self._look.timeout.connect(self._on_look_timeout)
            self._look.start(2)
            self._tell = painted

        def _on_look_timeout(self) -> None:
            if self._tell is not None and _is_painted():
                tell, self._tell = self._tell, None
                tell()
            if _has_loop():
                self._look.stop()
                _begin(scenario())

    _run(Application, arguments)


def _is_painted() -> bool:
    windows = (each for each in QApplication.topLevelWidgets() if isinstance(each, QMainWindow))
    return any(getattr(each, "_is_painted", False) for each in windows)


def _has_loop() -> bool:
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


def _run(application: type[QApplication], arguments: list[str]) -> None:
    QtWidgets.QApplication = application  # type: ignore[misc]
    sys.argv = ["runcomfy-desktop", *arguments]
    from runcomfy_desktop.__main__ import main

    sys.exit(main())


def _begin(scenario: Coroutine[Any, Any, None]) -> None:
    import asyncio
    import traceback

    async def run() -> None:
        try:
            await scenario
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(3)
        sys.stdout.flush()
        # The duration of the program's exit is not measured here.
        os._exit(0)

    _running.append(asyncio.get_running_loop().create_task(run()))
