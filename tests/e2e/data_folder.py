"""A data folder with a service, on which the program can be started repeatedly."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tests.e2e.program import TITLE, rows
from tests.support.process_wait import becomes_true, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import EmulatorProcess, ProgramProcess, ProgramProcesses

CONNECT_TITLE = "Connect your key"
# A value of `ProgramProcesses.timeouts`, for tests that wait for the end of runs.
FAST_POLLING = "questions=0.2"
# Enough time for any key press to show its effect, even on a busy machine.
KEY_TIMEOUT_S = 15.0
# Below the range of ephemeral ports. Each worker has its own range: with a common seed, two workers
# would choose the same number.
_PORTS = 500
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_RESERVED_PORTS = range(20_000 + _WORKER * _PORTS, 20_000 + (_WORKER + 1) * _PORTS)


def free_port() -> int:
    """Returns an unused port from a range that the system does not assign by itself."""
    while True:
        port = random.choice(_RESERVED_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def open_by_keys(display: Display, title: str, *keys: str) -> None:
    """Presses keys until a window with that title is open.

    The keys are pressed at the speed of fingers. A menu that is not open yet ignores them, so they
    are repeated: first after 5 s, then after a time that is enough on a busy machine.
    """
    limits = itertools.chain((5.0,), itertools.repeat(KEY_TIMEOUT_S))

    def is_open() -> bool:
        display.xdotool("key", "--clearmodifiers", "--delay", 150, *keys)
        if becomes_true(lambda: display.windows(title), next(limits)):
            return True
        display.press("Escape")
        return False

    wait_until(f"{title} is open", is_open)


class ProgramFolder:
    """Starts the program on `data_dir` and inspects the service, the history and the log.

    The service is the demo's service; with `is_demo=False` it acts as RunComfy and needs a key.
    """

    def __init__(
        self, programs: ProgramProcesses, display: Display, data_dir: Path, *, is_demo: bool = True
    ) -> None:
        self._programs = programs
        self._display = display
        self._data_dir = data_dir
        self._is_demo = is_demo
        self.service: EmulatorProcess
        self.base_url = ""

    # The service

    def start_service(self, *arguments: str) -> None:
        self.service = self._programs.start_emulator(*arguments)
        self.base_url = self.service.base_url
        if self._is_demo:
            self.service.lend_to(self._data_dir)

    def control(self, path: str, body: str | None = None) -> Any:
        return self.service.control(path, None if body is None else body.encode())

    def calls(self) -> dict[str, int]:
        """Returns the number of calls the service received, by kind, including refused ones."""
        calls: dict[str, int] = self.control("counts")["received"]
        return calls

    def requests(self) -> list[dict[str, Any]]:
        """Returns the service's log: each call with its status and its headers (token masked)."""
        entries: list[dict[str, Any]] = self.control("requests")
        return entries

    def accepted_count(self) -> int:
        return int(self.control("counts")["accepted"])

    # The program

    def open_window(self, *more: str | Path) -> ProgramProcess:
        """Starts the program and focuses its window."""
        service = ["--demo"] if self._is_demo else ["--base-url", self.base_url]
        program = self._programs.start(*service, *more, data_dir=self._data_dir)
        self._display.focus(self._display.wait_for_window(TITLE))
        return program

    def start(self, *more: str | Path) -> ProgramProcess:
        """Starts the program and waits until a run is possible."""
        # The stored input schemas are removed, so that the program requests them: this request is
        # the only sign outside of the program that a workflow is open.
        for known_jobs in self._data_dir.glob("**/schemas"):
            shutil.rmtree(known_jobs)
        calls = self.calls()
        program = self.open_window(*more)
        wait_until(
            "a workflow is open",
            lambda: self.calls().get("object-info", 0) > calls.get("object-info", 0),
        )
        return program

    def press_run(self, count: int = 1) -> None:
        """Presses Run until the history has `count` jobs.

        A press is repeated only after `KEY_TIMEOUT_S`: if its row were merely slow to appear, a
        repeated press would be another run.
        """

        def is_started() -> bool:
            self._display.press("ctrl+Return")
            return becomes_true(lambda: len(self.history_rows()) >= count, KEY_TIMEOUT_S)

        wait_until(f"run {count} was started", is_started)

    def open_connect(self) -> None:
        """Opens the connect dialog by keyboard; its field gets the focus."""

        def opened() -> bool:
            self._display.press("ctrl+shift+k")
            return bool(self._display.windows(CONNECT_TITLE))

        wait_until("the connect dialog is open", opened)
        self._display.focus(self._display.wait_for_window(CONNECT_TITLE))

    def close_connect(self) -> None:
        """Closes the connect dialog and focuses the window."""
        self._display.press("Escape")
        wait_until("the dialog is gone", lambda: not self._display.windows(CONNECT_TITLE))
        self._display.focus(self._display.wait_for_window(TITLE))

    # Files on disk

    @property
    def history(self) -> Path:
        return self._data_dir / ("demo" if self._is_demo else "account") / "history.sqlite"

    def has_history(self) -> bool:
        """Returns True if a session has started."""
        return self.history.exists()

    def history_rows(self) -> list[dict[str, Any]]:
        """Returns the rows of the history, oldest first, with state, request_id and document."""
        if not self.history.exists():
            return []
        return rows(self.history, "SELECT state, request_id, document FROM jobs ORDER BY created_s")

    def wait_for_state(self, state: str) -> None:
        wait_until(
            f"the job is {state}", lambda: [job["state"] for job in self.history_rows()] == [state]
        )

    def log(self) -> str:
        """Returns the program's log; the level `debug` adds notices and the state of the key."""
        log = self._data_dir / "logs" / "runcomfy-desktop.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    def wait_for_log(self, text: str, times: int = 1) -> None:
        wait_until(f"the log says {text!r}", lambda: self.log().count(text) >= times)
