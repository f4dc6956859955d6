"""From nothing, without a network, to a finished grid, by keyboard and mouse in the window.

A workflow file becomes a draft, and its changes a preset. Without a network, the preset is applied
to a deployment that was seen once. A grid on this deployment is interrupted and continues after the
next start, with nothing sent twice.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.data_folder import (
    CONNECT_TITLE,
    FAST_POLLING,
    KEY_TIMEOUT_S,
    ProgramFolder,
    free_port,
    open_by_keys,
)
from tests.e2e.program import PROJECT, TITLE
from tests.support.process_wait import becomes_true, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcess, ProgramProcesses
    from tests.e2e.screen_reader_client import ScreenReader, Step
    from tests.support.secret_service import DesktopSession

# A limit for hanging tests, not for a busy computer.
pytestmark = pytest.mark.timeout(400)

KEY = "8c1e4f07-52d9-4ab3-9e60-d47b21f5a39c"
FILE = PROJECT / "resources" / "workflows" / "flux-kontext.json"
DEPLOYMENT = "flux-kontext"
CELLS = 9
SIGNED_IN = "Account is signed_in"
QUEUE: Step = ("panel", "Queue")
PALETTE: Step = ("text", "Jump to anything")
PALETTE_LIST: Step = ("list", "What fits")
# Time after which an action is tried again.
_OPEN_TIMEOUT_S = 5.0


class UserSession:
    """A user with one window at a time, always on the same folder and the same address."""

    def __init__(
        self, programs: ProgramProcesses, display: Display, data_dir: Path, reader: ScreenReader
    ) -> None:
        self._programs = programs
        self._display = display
        self._data_dir = data_dir
        self._reader = reader
        programs.timeouts = FAST_POLLING
        self._port = free_port()
        self.place = ProgramFolder(programs, display, data_dir, is_demo=False)
        self.place.base_url = f"http://127.0.0.1:{self._port}"
        self.program: ProgramProcess

    # Network

    def go_online(self) -> None:
        # The runs end when the test skips time.
        arguments = ("--token", KEY, "--cold-start", "0", "--run-time", "3600")
        self.place.start_service("--port", str(self._port), *arguments)

    def go_offline(self) -> None:
        self.place.service.program.kill()

    def come_back_online(self) -> None:
        """Starts the service and waits until the program is signed in.

        Runs started before are held until the user sends them.
        """
        signed_in = self.place.log().count(SIGNED_IN)
        self.go_online()
        self.press("F5")
        self.place.wait_for_log(SIGNED_IN, signed_in + 1)

    # Program

    def start(self) -> None:
        self.program = self.place.open_window("--log-level", "debug")
        self._reader.attach(self.program)

    def quit(self) -> None:
        self._display.press("ctrl+q")
        assert self.program.wait() == 0
        assert "Traceback" not in self.program.stderr

    # User input

    def press(self, *keys: str) -> None:
        self._display.press(*keys)

    def open_by(self, keys: str, *path: Step) -> None:
        """Presses keys until an element exists: a busy window may have ignored them."""

        def is_there() -> bool:
            self.press(keys)
            return becomes_true(lambda: self._reader.find(*path), KEY_TIMEOUT_S)

        wait_until(f"{path} is there", is_there)

    def write(self, text: str) -> None:
        self._display.write(text)

    def open_dialog(self, keys: str, title: str) -> None:
        """Presses keys until a dialog is open; then it has the focus."""
        open_by_keys(self._display, title, keys)
        # Without a window manager, a dialog does not get the focus by itself.
        self._display.focus(self._display.wait_for_window(title))

    def back_in(self, title: str) -> None:
        """Waits until a dialog is closed, and focuses the window."""
        wait_until(f"{title} is gone", lambda: not self._display.windows(title))
        self._display.focus(self._display.wait_for_window(TITLE))

    def click(self, *path: Step) -> None:
        self._display.click(*self._reader.centre_of(*path))

    # Actions

    def open_file(self, file: Path) -> None:
        self.open_dialog("ctrl+o", "Open a workflow")
        self.write(str(file))
        self.press("Return")
        self.back_in("Open a workflow")
        wait_until("the file is open", lambda: self._display.windows(file.name))

    def change(self, name: str, value: str) -> None:
        """Finds an input by its name and replaces its value."""
        self.open_by("ctrl+k", PALETTE)
        self.write(f"{name} KSampler")
        self.press("Return")
        self._reader.wait_until_gone(PALETTE)
        self.write(value)
        self.press("Return")

    def save_preset(self, name: str) -> None:
        self.open_dialog("ctrl+s", "Save as a preset")
        self.write(name)
        self.press("Return")
        self.back_in("Save as a preset")
        folder = self._data_dir / "presets"
        wait_until("the preset is on disk", lambda: list(folder.glob(f"{name}*.json")))

    def apply_preset(self, name: str) -> None:
        """Applies a preset from the list of all presets; a dialog shows its effect first."""
        self.open_by("ctrl+shift+l", ("list", "Presets"), ("list item", f"{name}.*"))
        self.write(name)
        self.press("Return", "Return")
        title = f"Apply “{name}”.*"
        self._display.focus(self._display.wait_for_window(title))
        self._reader.wait_for(("dialog", title), ("push button", "Apply 1 .*"))
        self.press("Return")
        self.back_in(title)
        self._reader.wait_for(("tool bar", "Run bar"), ("label", "1 input changed"))

    def connect(self) -> None:
        self.place.open_connect()
        self.write(KEY)
        self.press("Return")
        self.place.wait_for_log(SIGNED_IN)
        if self._display.windows(CONNECT_TITLE):
            self.place.close_connect()

    def open_deployment(self, name: str) -> None:
        """Opens a deployment with the palette, unless the program has opened it already."""
        title, entry = f"^{name} ", (PALETTE_LIST, ("list item", f"{name}, deployment.*"))

        def is_open() -> bool:
            if becomes_true(lambda: self._display.windows(title), _OPEN_TIMEOUT_S):
                return True
            self.open_by("ctrl+k", PALETTE)
            self.write(name)
            # The list of deployments may still be loading. The first choice binds an opened file to
            # the deployment, the second one replaces the file.
            fits = becomes_true(lambda: self._reader.find(*entry), _OPEN_TIMEOUT_S)
            self.press("Return" if fits else "Escape")
            self._reader.wait_until_gone(PALETTE)
            return False

        wait_until("the deployment is open", is_open)
        # Without a window manager, the window does not get the focus back by itself.
        self._display.focus(self._display.wait_for_window(title))

    def sweep(self) -> None:
        """Starts a grid of three by three values around the current ones."""
        self.open_dialog("ctrl+alt+Return", "^Sweep$")
        self._pick("steps")
        # Skips the kind and the four fields of the range, and adds an axis.
        self.press(*["Tab"] * 6, "space")
        self._pick("cfg")
        self._reader.wait_for(("push button", f"Run {CELLS} jobs.*"))
        self.press("ctrl+Return")
        self.back_in("^Sweep$")

    def _pick(self, name: str) -> None:
        """Chooses an input with the focused button."""
        self.open_by("space", ("text", "Choose an input"))
        self.write(name)
        self.press("Return")
        self._reader.wait_until_gone(("text", "Choose an input"))

    def kill_in_the_middle(self) -> None:
        """Kills the program while some cells are done, some in progress, some not sent yet."""
        under_way = ("queued", "running")

        def is_middle(done: bool) -> bool:
            states = self.states()
            runs = any(states[each] for each in under_way)
            fits = runs and bool(states["waiting"]) and not states["sending"]
            return fits and bool(states["done"]) is done

        wait_until("the first were sent", lambda: is_middle(done=False))
        self.place.control("skip", "10000")
        wait_until("the grid is half done", lambda: is_middle(done=True))
        self.program.kill()

    def send_held_jobs(self) -> None:
        """Sends the held jobs, and waits until the grid is complete.

        Jobs that were not sent before the kill are held until the user sends them.
        """
        send = QUEUE, ("push button", "Send [0-9]+ jobs.*")
        self._reader.wait_for(*send)

        def is_sent() -> bool:
            # A button that has just appeared ignores presses.
            if self._reader.find(*send):
                self.click(*send)
            return becomes_true(lambda: not self._reader.find(*send), KEY_TIMEOUT_S)

        wait_until("what was held is sent", is_sent)

        def is_complete() -> bool:
            self.place.control("skip", "10000")
            return self.states() == {"done": CELLS}

        wait_until("the grid is complete", is_complete, 180, pause_s=0.2)

    def open_grid(self, words: str) -> None:
        """Opens the grid's window from the queue, and waits for its status text."""
        self.click(QUEUE, ("push button", "Show grid"))
        self._display.wait_for_window("^Grid: ")
        self._reader.wait_for(("label", f"{words}.*"))

    def cells(self) -> list[int]:
        """Returns the cell numbers of all jobs."""
        return [job["cell"] for job in self._jobs()]

    def steps(self) -> list[int]:
        """Returns the value of `steps` with which each cell was run."""
        changes = [job["changes"] for job in self._jobs()]
        return [next(each["steps"] for each in of_job.values()) for of_job in changes]

    def _jobs(self) -> list[dict[str, Any]]:
        jobs = [json.loads(job["document"]) for job in self.place.history_rows()]
        return sorted(jobs, key=lambda job: int(job["cell"]))

    def states(self) -> Counter[str]:
        return Counter(job["state"] for job in self.place.history_rows())


@pytest.fixture
def user_session(
    programs: ProgramProcesses,
    display: Display,
    data_dir: Path,
    reader: ScreenReader,
    desktop: DesktopSession,
) -> UserSession:
    return UserSession(programs, display, data_dir, reader)


def test_from_nothing_to_a_grid_that_survives(user_session: UserSession) -> None:
    user_session.start()
    user_session.open_file(FILE)
    user_session.change("steps", "12")
    user_session.save_preset("Twelve steps")
    user_session.quit()

    # Once with a network, so that a deployment is known later without one.
    user_session.go_online()
    user_session.start()
    user_session.connect()
    user_session.open_deployment(DEPLOYMENT)
    user_session.quit()
    user_session.go_offline()

    user_session.start()
    user_session.open_deployment(DEPLOYMENT)
    user_session.apply_preset("Twelve steps")
    user_session.come_back_online()
    user_session.sweep()
    user_session.kill_in_the_middle()

    user_session.start()
    user_session.send_held_jobs()
    assert user_session.place.accepted_count() == CELLS
    assert user_session.cells() == list(range(CELLS))
    assert user_session.steps() == [11, 12, 13] * 3
    user_session.open_grid(f"{CELLS} of {CELLS} done")
    assert user_session.program.terminate() == 0
