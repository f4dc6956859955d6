"""The key in a real Secret Service: gnome-keyring on a private D-Bus session.

Every question is asked by a program of its own, so each "later" is a restart.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the Secret Service is Linux's keyring"
)

ROOT = Path(__file__).resolve().parents[2]
URL = "https://api.example.org"
KEY = "11111111-2222-3333-4444-555555555555"


class Desktop:
    """A session bus and a keyring daemon of a made-up person without a display."""

    def __init__(self, home: Path) -> None:
        run = home / "run"
        run.mkdir(mode=0o700, parents=True)
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(run),
            "XDG_DATA_HOME": str(home / "share"),
            "LANG": "C.UTF-8",
        }
        self.home = home
        self._bus = subprocess.Popen(
            [program("dbus-daemon"), "--session", "--nofork", "--print-address=1"],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._bus.stdout is not None
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._bus.stdout.readline().decode().strip()
        self._daemon: subprocess.Popen[bytes] | None = None

    def start_keyring(self, password: str | None) -> None:
        """Unlocked by `password`, or locked with None. An empty password would make no keyring."""
        command = [program("gnome-keyring-daemon"), "--foreground", "--components=secrets"]
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

    async def is_up(self) -> None:
        """Until the daemon has its name on the bus."""
        # Ships no types.
        from jeepney import message_bus  # type: ignore[import-untyped]
        from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

        def has_owner() -> bool:
            with open_dbus_connection(self.env["DBUS_SESSION_BUS_ADDRESS"]) as bus:
                answer = bus.send_and_get_reply(message_bus.NameHasOwner("org.freedesktop.secrets"))
                return bool(answer.body == (True,))

        await until(has_owner)

    def stop_keyring(self) -> None:
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait(20)
            self._daemon = None

    def stop_bus(self) -> None:
        self._bus.terminate()
        self._bus.wait(20)
        if self._bus.stdout is not None:
            self._bus.stdout.close()

    def ask(self, *words: str) -> list[dict[str, Any]]:
        """The answers of a program that does `words` in turn."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.ask_credentials", URL, *words],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert KEY not in done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def program(name: str) -> str:
    path = shutil.which(name)
    assert path, f"This test needs {name}: apt-get install gnome-keyring dbus-daemon"
    return path


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    # A socket's path must be short, and tmp_path can be long.
    home = Path("/tmp") / f"rcd-{os.getpid()}-{abs(hash(tmp_path)) % 10**8}"
    session = Desktop(home)
    try:
        yield session
    finally:
        session.stop_keyring()
        session.stop_bus()
        shutil.rmtree(home, ignore_errors=True)


async def test_the_key_survives_program_and_keyring(desktop: Desktop) -> None:
    desktop.start_keyring("\n")
    await desktop.is_up()
    assert desktop.ask("get") == [{"token": "", "kept": None, "note": ""}]
    assert desktop.ask(f"set={KEY}") == [{"token": "", "kept": "keyring", "note": ""}]
    assert desktop.ask("get") == [{"token": KEY, "kept": "keyring", "note": ""}]
    desktop.stop_keyring()
    desktop.start_keyring("\n")
    await desktop.is_up()
    assert desktop.ask("get", "delete", "delete", "get") == [
        {"token": KEY, "kept": "keyring", "note": ""},
        {"token": "", "kept": None, "note": ""},
        {"token": "", "kept": None, "note": ""},
        {"token": "", "kept": None, "note": ""},
    ]
    assert desktop.ask("get")[0]["token"] == ""


async def test_a_newer_key_replaces_the_older_one(desktop: Desktop) -> None:
    desktop.start_keyring("\n")
    await desktop.is_up()
    longest = "k" * 4096
    desktop.ask(f"set={KEY}", f"set={longest}")
    assert desktop.ask("get")[0]["token"] == longest


async def test_the_key_is_in_no_file_in_clear(desktop: Desktop) -> None:
    desktop.start_keyring("\n")
    await desktop.is_up()
    desktop.ask(f"set={KEY}")
    files = [path for path in desktop.home.rglob("*") if path.is_file()]
    assert files, "gnome-keyring stored nothing"
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


async def test_a_locked_keyring_leaves_the_key_in_memory(desktop: Desktop) -> None:
    desktop.start_keyring("\n")
    await desktop.is_up()
    desktop.ask(f"set={KEY}")
    desktop.stop_keyring()
    desktop.start_keyring(None)
    await desktop.is_up()
    before, after, again = desktop.ask("get", "set=another", "get")
    assert (before["token"], before["kept"]) == ("", None)
    assert "locked" in before["note"]
    assert after["kept"] == "memory"
    assert "until the program ends" in after["note"]
    assert again["token"] == "another"
    desktop.stop_keyring()
    desktop.start_keyring("\n")
    await desktop.is_up()
    assert desktop.ask("get")[0]["token"] == KEY


async def test_a_bus_that_is_gone_is_no_keyring(desktop: Desktop) -> None:
    desktop.stop_bus()
    answers = desktop.ask("get", f"set={KEY}", "get")
    assert [answer["kept"] for answer in answers] == [None, "memory", "memory"]
    assert answers[2]["token"] == KEY
    assert "No system keyring was found." in answers[0]["note"]


async def test_no_bus_at_all_is_no_keyring(desktop: Desktop) -> None:
    del desktop.env["DBUS_SESSION_BUS_ADDRESS"]
    desktop.env["XDG_RUNTIME_DIR"] = "/nowhere"
    (answer,) = desktop.ask(f"set={KEY}")
    assert answer["kept"] == "memory"
    assert answer["note"] == "No system keyring was found. The key is kept until the program ends."
