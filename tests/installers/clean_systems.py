"""Clean Debian systems with the .deb, an ordinary user inside, and a screen outside."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from linux import roots
from linux.places import HOME
from runcomfy_desktop import APP_NAME, __version__
from tests.e2e.display import Display

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from linux.places import Place

RESULTS = Path(__file__).resolve().parents[2] / "test-results" / "installers"
SUITES = roots.TESTED_ON
# Runs a test on every system, or only on the first one if time is short (`-m one_system`).
ON_EACH_SUITE = pytest.mark.parametrize(
    "suite", [pytest.param(SUITES[0], marks=pytest.mark.one_system), *SUITES[1:]]
)
# Runs a test on every system, or not at all if time is short (`-m one_system`).
ON_EACH_SUITE_FULL = pytest.mark.parametrize("suite", SUITES)
PROGRAM = "runcomfy-desktop"
BUNDLE = "/usr/lib/runcomfy-desktop"
DATA = f"{HOME}/.local/share/runcomfy-desktop"
# The first line of each run in the log; from then on the program handles signals.
_STARTED_LINE = f"{APP_NAME} {__version__} starts"
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
_X_SOCKETS = Path("/tmp/.X11-unix")
_SCREENS_INSIDE = "/mnt/wayland"


class WaylandScreen:
    """Weston as a Wayland screen: headless, or a window on `display`, with its keyboard."""

    def __init__(self, folder: Path, display: Display | None = None) -> None:
        self._folder = folder
        self._socket = "alone" if display is None else "in-a-window"
        self.environment = {
            "QT_QPA_PLATFORM": "wayland",
            "WAYLAND_DISPLAY": f"{_SCREENS_INSIDE}/{self._socket}",
        }
        where = "headless" if display is None else "x11"
        log = folder / f"{self._socket}.log"
        with log.open("wb") as output:
            self._weston = subprocess.Popen(
                [
                    *("weston", f"--backend={where}", "--renderer=pixman", "--shell=kiosk"),
                    *("--width=1440", "--height=900", f"--socket={self._socket}"),
                    *("--idle-time=0", "--no-config", "--debug"),
                ],
                env={**self._outer_environment(), **(display.environment if display else {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            self._wait(folder / self._socket, log, display)
        except BaseException:
            self.close()
            raise

    def _wait(self, socket: Path, log: Path, display: Display | None) -> None:
        wait_until("Weston is there", socket.exists, 20, lambda: log.read_text(errors="replace"))
        socket.chmod(0o777)
        if display is not None:
            # By its class: xdotool cannot read the title that Weston sets.
            search = ("search", "--class", "weston")
            wait_until("Weston has a window", lambda: display.xdotool(*search), 20, str)
            display.focus(int(display.xdotool(*search)))

    def save_screenshot(self, target: Path) -> None:
        """Saves a picture of the screen."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            environment = {**self._outer_environment(), "WAYLAND_DISPLAY": self._socket}
            arguments = ["weston-screenshooter"]
            subprocess.run(arguments, cwd=folder, env=environment, check=True, timeout=60)
            (made,) = Path(folder).glob("*.png")
            target.write_bytes(made.read_bytes())

    def close(self) -> None:
        self._weston.terminate()
        self._weston.wait(20)

    def _outer_environment(self) -> dict[str, str]:
        return {**os.environ, "XDG_RUNTIME_DIR": str(self._folder)}


class CleanSystems:
    """Systems for one test run; all are removed at its end."""

    def __init__(self, deb: Path) -> None:
        self.deb = deb
        self._stack = ExitStack()
        self._installed: dict[str, Place] = {}
        folder = Path(
            self._stack.enter_context(tempfile.TemporaryDirectory(prefix="rcd-", dir="/tmp"))
        )
        folder.chmod(0o755)
        _X_SOCKETS.mkdir(mode=0o1777, exist_ok=True)
        self.display = Display(folder / "xvfb.log")
        self._stack.callback(self.display.close)
        self._wayland_folder = folder / "wayland"
        self._wayland_folder.mkdir(mode=0o755)

    @contextmanager
    def wayland(self, *, with_keyboard: bool = False) -> Iterator[WaylandScreen]:
        """Opens a Wayland screen; a headless Weston has no keyboard."""
        screen = WaylandScreen(self._wayland_folder, self.display if with_keyboard else None)
        try:
            yield screen
        finally:
            screen.close()

    @contextmanager
    def clean(self, layers: roots.Layers) -> Iterator[Place]:
        """Enters a fresh system with an ordinary user and without the program.

        Tests may change it freely.
        """
        binds = (
            (_X_SOCKETS, str(_X_SOCKETS), "rw"),
            (self._wayland_folder, _SCREENS_INSIDE, "rw"),
        )
        with layers.enter(binds) as place:
            place.add_person()
            yield place

    def installed(self, suite: str) -> Place:
        """Returns a system with the program, shared by tests: each test must undo its changes."""
        if suite not in self._installed:
            place = self._stack.enter_context(self.clean(roots.current(suite)))
            install(place, self.deb)
            self._installed[suite] = place
        return self._installed[suite]

    def close(self) -> None:
        self._stack.close()


def install(place: Place, deb: Path) -> str:
    """Installs the .deb in the usual way, without recommended packages.

    This verifies that its dependencies are complete.
    """
    place.bring(deb, f"/tmp/{deb.name}")
    return place.apt("install", f"/tmp/{deb.name}")


def start(
    place: Place, arguments: Sequence[str], environment: dict[str, str], data: str = DATA
) -> subprocess.Popen[bytes]:
    """Starts the program as the ordinary user, and waits until it is running."""
    before = log(place, data).count(_STARTED_LINE)
    arguments = arguments if data == DATA else [*arguments, "--data-dir", data]
    program = place.start([PROGRAM, *arguments], user=True, env=environment)

    def is_up() -> bool:
        return program.poll() is not None or log(place, data).count(_STARTED_LINE) > before

    wait_until("the program is up", is_up, 60, lambda: log(place, data))
    assert program.poll() is None, program.communicate()[0].decode(errors="replace")
    return program


def log(place: Place, data: str) -> str:
    """Returns the complete log of the program."""
    return place.run(["sh", "-c", 'cat "$1"/logs/*.log 2>/dev/null', "sh", data], user=True).stdout


def end(program: subprocess.Popen[bytes], place: Place) -> str:
    """Ends the program as a logout does; returns its output."""
    # The program's process id is known only inside the system.
    place.run(["sh", "-c", _END_ALL], user=True)
    output, _nothing = program.communicate(timeout=60)
    assert program.returncode == 0, output.decode(errors="replace")
    return output.decode(errors="replace")


# Reads /proc, because procps is not part of the smallest Debian. Spares the demo service, which
# outlives its window by design.
_END_ALL = r"""
for each in /proc/[0-9]*; do
    [ "$(readlink "$each/exe")" = /usr/lib/runcomfy-desktop/runcomfy-desktop ] || continue
    case $(tr '\0' ' ' <"$each/cmdline") in
        *--run-*) ;;
        *) kill -TERM "${each#/proc/}" ;;
    esac
done
"""


def wait_until(
    what: str, condition: Callable[[], object], limit_s: float, output: Callable[[], str]
) -> None:
    end_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end_s, f"Waited {limit_s:.0f} s in vain until {what}: {output()}"
        time.sleep(0.05)
