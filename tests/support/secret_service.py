"""A real Secret Service for tests: gnome-keyring on a private D-Bus session."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "open-sesame"


class DesktopSession:
    """Session bus and keyring daemon of a fictitious user.

    Without `display` (of X), a locked keyring cannot ask for its password.
    """

    def __init__(self, home: Path, display: str = "") -> None:
        run = home / "run"
        run.mkdir(mode=0o700, parents=True)
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(run),
            "XDG_DATA_HOME": str(home / "share"),
            "LANG": "C.UTF-8",
        }
        if display:
            self.env["DISPLAY"] = display
        self.home = home
        self._bus = subprocess.Popen(
            [find_executable("dbus-daemon"), "--session", "--nofork", "--print-address=1"],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._bus.stdout is not None
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._bus.stdout.readline().decode().strip()
        self._daemon: subprocess.Popen[bytes] | None = None

    def start_keyring(self, password: str | None) -> None:
        """Starts a keyring unlocked by `password`, or a locked one with None.

        An empty password would create no keyring.
        """
        command = [find_executable("gnome-keyring-daemon"), "--foreground", "--components=secrets"]
        self._daemon = subprocess.Popen(
            command if password is None else [*command, "--unlock"],
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert self._daemon.stdin is not None
        self._daemon.stdin.write(b"" if password is None else password.encode())
        self._daemon.stdin.close()

    async def wait_until_up(self) -> None:
        """Waits until the daemon has its name on the bus."""
        await wait_until(self.has_secrets)

    def has_secrets(self) -> bool:
        """Returns True if the daemon has its name on the bus."""
        # The library has no type information.
        from jeepney import message_bus  # type: ignore[import-untyped]
        from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

        with open_dbus_connection(self.env["DBUS_SESSION_BUS_ADDRESS"]) as bus:
            answer = bus.send_and_get_reply(message_bus.NameHasOwner("org.freedesktop.secrets"))
            return bool(answer.body == (True,))

    def stop_keyring(self) -> None:
        if self._daemon is not None:
            self._daemon.send_signal(signal.SIGCONT)
            self._daemon.terminate()
            self._daemon.wait(20)
            self._daemon = None

    def freeze_keyring(self) -> None:
        """Suspends the daemon: it exists, but never responds."""
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGSTOP)

    def thaw_keyring(self) -> None:
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGCONT)

    def stop_bus(self) -> None:
        self._bus.terminate()
        self._bus.wait(20)
        if self._bus.stdout is not None:
            self._bus.stdout.close()

    def ask_credentials(self, url: str, *words: str) -> list[dict[str, Any]]:
        """Returns the output of a separate program that executes `words` with the key for `url`."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.ask_credentials", url, *words],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        given = [word.removeprefix("set=") for word in words if word.startswith("set=")]
        for key in (*given, *(answer["token"] for answer in answers)):
            assert not key or key not in done.stderr
        return answers


@contextmanager
def private_desktop(display: str = "") -> Iterator[DesktopSession]:
    """Opens a session without a keyring daemon; everything is ended and removed at exit."""
    # The path of a socket must be short, and a test's own folder can be deeply nested.
    home = Path(tempfile.mkdtemp(prefix="rcd-", dir="/tmp"))
    session = DesktopSession(home, display)
    try:
        yield session
    finally:
        session.stop_keyring()
        session.stop_bus()
        shutil.rmtree(home, ignore_errors=True)


def find_executable(name: str) -> str:
    path = shutil.which(name)
    assert path, f"This test needs {name}: apt-get install gnome-keyring dbus-daemon"
    return path
