"""A whole day with a key, bad hours and a crash in it: the key is in nothing that is left of it."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image, PngImagePlugin

from runcomfy_desktop.core.partner_key import place_of
from tests.e2e.place import OFTEN, Place
from tests.e2e.program import PROJECT
from tests.e2e.test_key import QUICK, REFUSED, SIGNED_IN, SIGNED_OUT, family, type_key
from tests.support import token_hunt
from tests.support.kill_steps import FREELY
from tests.support.session_bus import NotificationServer
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import Program, Programs
    from tests.support.secret_service import Desktop

KEY = "d41b7e60-93c8-4f2a-b5d7-0e6a8c19f253"
# The one for partner nodes; it is in the keyring from the begin on.
SECOND = "comfyui-83f1c6d29b7e4a05f8c1d3e7a9b2640e"
DEBUG = ("--log-level", "debug")


@pytest.fixture
def place(programs: Programs, display: Display, data_dir: Path) -> Place:
    programs.patience = OFTEN
    return Place(programs, display, data_dir, is_demo=False)


def test_the_search_finds_the_key_in_whatever_form(tmp_path: Path) -> None:
    for name, spelling in token_hunt.spellings(KEY).items():
        assert token_hunt.form_in(KEY, b"before " + spelling + b" after"), name
    for before in range(4):
        text = base64.b64encode(b"x" * before + f"Bearer {KEY}\r\n".encode())
        assert token_hunt.form_in(KEY, b'{"a": "' + text + b'"}')
    (tmp_path / "packed").write_bytes(b"head" + zlib.compress(KEY.encode()) + b"tail")
    told = PngImagePlugin.PngInfo()
    told.add_text("workflow", f"key: {KEY}", zip=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "picture.png", pnginfo=told)
    (tmp_path / "clean").write_bytes(KEY[:9].encode() + b" " + KEY[9:18].encode())
    found = token_hunt.files_with(KEY, [tmp_path])
    assert {path.name for path in found} == {"packed", "picture.png"}
    words = [sys.executable, "-c", "input()", KEY]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as child:
        wait_until("it is found", lambda: token_hunt.process_with(KEY, child.pid))
        child.communicate(b"\n")


@pytest.mark.timeout(300)
def test_the_key_is_in_nothing_that_a_day_leaves_behind(
    place: Place, display: Display, desktop: Desktop, tmp_path: Path
) -> None:
    where = [tmp_path, desktop.home]

    def hunt(program: Program | None = None) -> None:
        found = token_hunt.files_with(KEY, where)
        # The service prints its token when it is ready; it is no part of the program.
        found.pop(place.service.program.stdout_path)
        assert found == {}
        assert token_hunt.files_with(SECOND, where) == {}
        for pid in family(program.pid) if program is not None else ():
            assert token_hunt.process_with(KEY, pid) == ""
            assert token_hunt.process_with(SECOND, pid) == ""

    place.serve("--token", KEY, *QUICK)
    desktop.ask(place_of(place.service.base_url), f"set={SECOND}")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.json").write_text(json.dumps(FREELY))
    program = place.open_window(*DEBUG)
    place.wait_for_log(SIGNED_OUT)
    type_key(place, display, KEY[:-1])
    place.wait_for_log(REFUSED)
    display.write(KEY[-1])
    display.press("Return")
    place.wait_for_log(SIGNED_IN)
    place.leave_connect()
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    for faults, state in BAD_HOURS:
        run(place, display, faults, state)
    hunt(program)

    refusals = place.log().count(REFUSED)
    place.control("faults", "unauthorized")
    display.press("F5")
    place.wait_for_log(REFUSED, refusals + 1)
    copied = diagnostics(display)
    assert "RunComfy Desktop" in copied
    assert token_hunt.form_in(KEY, copied.encode()) == ""
    assert token_hunt.form_in(SECOND, copied.encode()) == ""
    hunt(program)

    program.send(signal.SIGSEGV)
    assert program.wait() == -signal.SIGSEGV
    crash = tmp_path / "data" / "logs" / "crash.log"
    assert "Segmentation fault" in crash.read_text()
    hunt()

    place.control("faults", "")
    sessions = place.log().count(SIGNED_IN)
    again = place.open_window(*DEBUG)
    place.wait_for_log(SIGNED_IN, sessions + 1)
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    place.wait_for_log("Told info: The program crashed the last time.")
    run(place, display, "hold@result", "fetching")
    again.kill()
    # As it lies there, with what SQLite has not yet moved out of its log.
    assert place.history.with_name("history.sqlite-wal").stat().st_size
    hunt()

    with NotificationServer() as server:
        last = place.open_window(*DEBUG)
        # The person looks elsewhere when it ends.
        display.focus_nothing()
        place.control("faults", "")
        place.control("release", "")
        wait_until("all has ended", lambda: "fetching" not in states(place))
        wait_until("it is told to the desktop", lambda: server.shown)
        assert token_hunt.form_in(KEY, repr(server.shown).encode()) == ""
    hunt(last)
    assert last.terminate() == 0
    hunt()
    assert place.accepted() > 0
    assert "DEBUG" in place.log()


BAD_HOURS = (
    ("", "done"),
    ("status-500@status,html@status:1,truncated@status:1,empty@result:1", "done"),
    ("cut-download:1", "done"),
    ("status-400@submit:1", "failed"),
    ("html@submit:1", "uncertain"),
    ("drop-answer:1", "uncertain"),
)


def states(place: Place) -> list[str]:
    return [job["state"] for job in place.jobs()]


def run(place: Place, display: Display, faults: str, state: str) -> None:
    """Runs one job in such an hour, until it is there."""
    place.control("faults", faults)
    before = len(place.jobs())
    display.press("ctrl+Return")
    wait_until("a job was begun", lambda: len(place.jobs()) == before + 1)
    wait_until(f"it is {state}", lambda: states(place)[-1] == state)


def diagnostics(display: Display) -> str:
    """What "Copy diagnostics" puts on the clipboard, by the menu and its own button."""
    display.press("alt+h")
    display.press("d")
    display.focus(display.wait_for_window("Copy diagnostics"))
    display.press("Return")
    read = [sys.executable, "-m", "tests.support.read_clipboard"]
    said: list[str] = []

    def copied() -> bool:
        display.press("Return")
        done = subprocess.run(
            read,
            cwd=PROJECT,
            env={**os.environ, **display.environment},
            capture_output=True,
            timeout=30,
        )
        said.append(done.stdout.decode())
        return "RunComfy" in said[-1]

    wait_until("the diagnostics are copied", copied)
    display.press("Escape")
    return said[-1]
