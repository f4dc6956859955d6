"""Lets a test use the program through a screen reader, by the names and roles of elements.

The session has its own bus with an accessibility bus; the screen reader itself is
screen_reader_process.py, a process run by the system's Python.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support import process_wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.program import ProgramProcess

# pyatspi is part of the system, so it is installed for the system's Python.
_PYTHON = "/usr/bin/python3"
_SCRIPT = Path(__file__).with_name("screen_reader_process.py")
_ASSERTIVE = 2
# A search through the bus takes time in both processes.
_PAUSE_S = 0.1
# Only a failing test waits this long; on a busy computer one search can take seconds.
_LIMIT_S = 180.0
# Time until a press without effect is repeated.
_RETRY_INTERVAL_S = 5.0


@dataclass(frozen=True)
class ListeningSession:
    """Buses of a simulated user session; `env` makes a program accessible there."""

    folder: Path
    env: dict[str, str]


@contextmanager
def listening_session() -> Iterator[ListeningSession]:
    """Runs a session bus and an accessibility bus; both end on exit."""
    # A socket's path must be short, and a test's own folder can have a long one.
    folder = Path(tempfile.mkdtemp(prefix="rcd-a11y-", dir="/tmp"))
    folder.chmod(0o700)
    # No display: the bus would publish its address on that screen for every later program.
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "GSETTINGS_BACKEND": "memory",
        "LANG": "C.UTF-8",
    }
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert bus.stdout is not None
    try:
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        env["AT_SPI_BUS_ADDRESS"] = _accessibility_bus(env)
        yield ListeningSession(folder, env)
    finally:
        # The processes that the bus started end with it.
        bus.terminate()
        bus.wait(20)
        bus.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


def _accessibility_bus(env: dict[str, str]) -> str:
    """Returns the address of the accessibility bus; requesting it starts the bus."""
    done = subprocess.run(
        [
            *("dbus-send", "--session", "--print-reply=literal", "--reply-timeout=60000"),
            *("--dest=org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus.GetAddress"),
        ],
        env=env,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, f"No accessibility bus: {done.stderr}"
    return done.stdout.strip()


@dataclass(frozen=True)
class ReaderItem:
    """An element that a screen reader knows."""

    role: str
    name: str
    description: str
    actions: list[str]
    states: list[str]
    parent: int = -1

    def __str__(self) -> str:
        return f"{self.role} “{self.name}”"


@dataclass(frozen=True)
class Announcement:
    """One announcement, with its exact text."""

    text: str
    urgent: bool


Step = tuple[str, str]
"""A role, and a pattern for the whole name."""


def wait_until(what: str, condition: Callable[[], object]) -> None:
    process_wait.wait_until(what, condition, _LIMIT_S, pause_s=_PAUSE_S)


class ScreenReader:
    """Screen reader that is controlled by a test and reads one program.

    A path of (role, name) steps leads to an element: each step is at any depth within the previous
    step. Elements are waited for, because a window needs time to show them.
    """

    def __init__(self, session: ListeningSession, log: Path) -> None:
        self._program: ProgramProcess | None = None
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            [_PYTHON, "-u", str(_SCRIPT)],
            env={**session.env, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._answer()

    def attach(self, program: ProgramProcess) -> None:
        self._program = program
        wait_until("the program is on the accessibility bus", lambda: self._find(("frame", ".*")))

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()
        self._log.close()

    # Reading

    def find(self, *path: Step) -> list[ReaderItem]:
        """Returns all elements that match now; an empty list if there are none."""
        return self._find(*path)

    def wait_for(self, *path: Step) -> ReaderItem:
        """Waits until exactly one element matches, and returns it."""
        wait_until(f"there is one {path}", lambda: len(self._find(*path)) == 1)
        return self._find(*path)[0]

    def wait_until_gone(self, *path: Step) -> None:
        wait_until(f"there is no {path} any more", lambda: not self._find(*path))

    def list_items(self, *path: Step) -> list[ReaderItem]:
        """Returns all visible elements in an element, or in the window, in reading order."""
        location = {"path": _steps(path)} if path else {}
        reply: dict[str, Any] = {}

        def done() -> bool:
            # Repeated if the window has changed while it was read.
            reply.update(self._send_request("nodes", **location))
            return "answer" in reply

        wait_until(f"all of {path or 'the window'} was read", done)
        return [ReaderItem(**each) for each in reply["answer"]]

    def tree(self) -> str:
        return str(self._send_request("tree").get("answer", "(the program is not on the bus)"))

    def focused(self) -> ReaderItem | None:
        reply = self._send_request("focused")
        return ReaderItem(**reply["answer"]) if "answer" in reply else None

    def centre_of(self, *path: Step) -> tuple[int, int]:
        """Returns the screen position of an element's centre, for the mouse."""
        x, y = self._retry_request("place", path)["answer"]
        return x, y

    # Actions

    def press(self, *path: Step, action: str = "") -> None:
        self._retry_request("press", path, action=action)

    def press_until(self, is_done: Callable[[], object], *path: Step, action: str = "") -> None:
        """Presses an element until `is_done` returns True.

        A button that has just changed ignores presses, and on a busy machine a menu may be closed
        before it is seen.
        """

        def is_over() -> bool:
            if self._find(*path):
                self.press(*path, action=action)
            return process_wait.becomes_true(is_done, _RETRY_INTERVAL_S)

        wait_until(f"a press on {path} has counted", is_over)

    def write(self, *path: Step, text: str) -> None:
        self._retry_request("write", path, text=text)

    def type(self, name: str, text: str) -> None:
        """Types into the focused element, once it has this name and is editable."""
        self._retry_request("type", (), name=name, text=text)

    def set(self, *path: Step, value: float) -> None:
        self._retry_request("set", path, value=value)

    def focus(self, *path: Step) -> None:
        self._retry_request("focus", path)

    # Announcements

    def announcements(self) -> list[Announcement]:
        """Returns all announcements up to now, oldest first."""
        announcements = self._send_request("heard")["answer"]
        return [
            Announcement(each["text"], each["politeness"] == _ASSERTIVE) for each in announcements
        ]

    def wait_for_announcement(self, pattern: str, after: int = 0) -> Announcement:
        """Waits for the first matching announcement, not counting the first `after` ones."""

        def fitting() -> list[Announcement]:
            announcements = self.announcements()[after:]
            return [each for each in announcements if re.fullmatch(pattern, each.text, re.DOTALL)]

        try:
            wait_until(f"“{pattern}” was said", fitting)
        except AssertionError as deadline_s:
            raise AssertionError(f"{deadline_s}; heard: {self.announcements()}") from None
        return fitting()[0]

    # Communication

    def _find(self, *path: Step) -> list[ReaderItem]:
        reply = self._send_request("find", path=_steps(path))
        return [ReaderItem(**each) for each in reply.get("answer", [])]

    def _retry_request(self, request: str, path: tuple[Step, ...], **more: Any) -> dict[str, Any]:
        reply: dict[str, Any] = {}

        location = {"path": _steps(path)} if path else {}

        def done() -> bool:
            reply.clear()
            reply.update(self._send_request(request, **location, **more))
            return "answer" in reply

        try:
            wait_until(f"{request} {path}", done)
        except AssertionError as deadline_s:
            raise AssertionError(f"{deadline_s}: {reply.get('missing')}") from None
        return reply

    def _send_request(self, request: str, **more: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        of_all = self._program is None or request in ("heard", "focused", "type")
        pid = {} if self._program is None or of_all else {"pid": self._program.pid}
        self._process.stdin.write(json.dumps({"do": request, **pid, **more}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"The screen reader ended; see {self._log.name}"
        answer: dict[str, Any] = json.loads(line)
        return answer


def _steps(path: tuple[Step, ...]) -> list[dict[str, str]]:
    return [{"role": role, "name": name} for role, name in path]
