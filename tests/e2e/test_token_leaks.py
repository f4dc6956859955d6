"""A whole day with a key, with faults and a crash: no remaining file contains the key."""

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

from runcomfy_desktop.core.account.partner_key import partner_keyring_name
from tests.e2e.data_folder import FAST_POLLING, ProgramFolder
from tests.e2e.program import PROJECT
from tests.e2e.test_api_key import QUICK, REFUSED, SIGNED_IN, SIGNED_OUT, family, type_key
from tests.support import token_search
from tests.support.kill_steps import MANY_IN_FLIGHT
from tests.support.process_wait import wait_until
from tests.support.session_bus import NotificationServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcess, ProgramProcesses
    from tests.support.secret_service import DesktopSession

KEY = "d41b7e60-93c8-4f2a-b5d7-0e6a8c19f253"
# The key for partner nodes; it is in the keyring from the start.
SECOND = "comfyui-83f1c6d29b7e4a05f8c1d3e7a9b2640e"
DEBUG = ("--log-level", "debug")


@pytest.fixture
def program_folder(programs: ProgramProcesses, display: Display, data_dir: Path) -> ProgramFolder:
    programs.timeouts = FAST_POLLING
    return ProgramFolder(programs, display, data_dir, is_demo=False)


def test_the_search_finds_the_key_in_whatever_form(tmp_path: Path) -> None:
    for name, spelling in token_search.spellings(KEY).items():
        assert token_search.form_in(KEY, b"before " + spelling + b" after"), name
    for before in range(4):
        text = base64.b64encode(b"x" * before + f"Bearer {KEY}\r\n".encode())
        assert token_search.form_in(KEY, b'{"a": "' + text + b'"}')
    (tmp_path / "packed").write_bytes(b"head" + zlib.compress(KEY.encode()) + b"tail")
    told = PngImagePlugin.PngInfo()
    told.add_text("workflow", f"key: {KEY}", zip=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "picture.png", pnginfo=told)
    (tmp_path / "clean").write_bytes(KEY[:9].encode() + b" " + KEY[9:18].encode())
    found = token_search.files_with(KEY, [tmp_path])
    assert {path.name for path in found} == {"packed", "picture.png"}
    words = [sys.executable, "-c", "input()", KEY]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as child:
        wait_until("it is found", lambda: token_search.process_with(KEY, child.pid))
        child.communicate(b"\n")


@pytest.mark.timeout(300)
def test_the_key_is_in_nothing_that_a_day_leaves_behind(
    program_folder: ProgramFolder, display: Display, desktop: DesktopSession, tmp_path: Path
) -> None:
    where = [tmp_path, desktop.home]

    def hunt(program: ProgramProcess | None = None) -> None:
        found = token_search.files_with(KEY, where)
        # The service prints its token when it is ready; it is not part of the program.
        found.pop(program_folder.service.program.stdout_path)
        assert found == {}
        assert token_search.files_with(SECOND, where) == {}
        for pid in family(program.pid) if program is not None else ():
            assert token_search.process_with(KEY, pid) == ""
            assert token_search.process_with(SECOND, pid) == ""

    program_folder.start_service("--token", KEY, *QUICK)
    desktop.ask_credentials(partner_keyring_name(program_folder.service.base_url), f"set={SECOND}")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.json").write_text(json.dumps(MANY_IN_FLIGHT))
    program = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(SIGNED_OUT)
    type_key(program_folder, display, KEY[:-1])
    program_folder.wait_for_log(REFUSED)
    display.write(KEY[-1])
    display.press("Return")
    program_folder.wait_for_log(SIGNED_IN)
    program_folder.close_connect()
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    for faults, state in BAD_HOURS:
        run(program_folder, display, faults, state)
    hunt(program)

    refusals = program_folder.log().count(REFUSED)
    program_folder.control("faults", "unauthorized")
    display.press("F5")
    program_folder.wait_for_log(REFUSED, refusals + 1)
    copied = diagnostics(display)
    assert "RunComfy Desktop" in copied
    assert token_search.form_in(KEY, copied.encode()) == ""
    assert token_search.form_in(SECOND, copied.encode()) == ""
    hunt(program)

    program.send(signal.SIGSEGV)
    assert program.wait() == -signal.SIGSEGV
    crash = tmp_path / "data" / "logs" / "crash.log"
    assert "Segmentation fault" in crash.read_text()
    hunt()

    program_folder.control("faults", "")
    sessions = program_folder.log().count(SIGNED_IN)
    again = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(SIGNED_IN, sessions + 1)
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    program_folder.wait_for_log("Told info: The program crashed the last time.")
    run(program_folder, display, "hold@result", "fetching")
    again.kill()
    # The raw files, including SQLite's write-ahead log.
    assert program_folder.history.with_name("history.sqlite-wal").stat().st_size
    hunt()

    with NotificationServer() as server:
        last = program_folder.open_window(*DEBUG)
        # The window does not have the focus when the job ends.
        display.focus_nothing()
        program_folder.control("faults", "")
        program_folder.control("release", "")
        wait_until("all has ended", lambda: "fetching" not in states(program_folder))
        wait_until("it is told to the desktop", lambda: server.shown)
        assert token_search.form_in(KEY, repr(server.shown).encode()) == ""
    hunt(last)
    assert last.terminate() == 0
    hunt()
    assert program_folder.accepted_count() > 0
    assert "DEBUG" in program_folder.log()


BAD_HOURS = (
    ("", "done"),
    ("status-500@status,html@status:1,truncated@status:1,empty@result:1", "done"),
    ("cut-download:1", "done"),
    ("status-400@submit:1", "failed"),
    ("html@submit:1", "uncertain"),
    ("drop-answer:1", "uncertain"),
)


def states(program_folder: ProgramFolder) -> list[str]:
    return [job["state"] for job in program_folder.history_rows()]


def run(program_folder: ProgramFolder, display: Display, faults: str, state: str) -> None:
    """Runs one job with these faults, until it has reached `state`."""
    program_folder.control("faults", faults)
    before = len(program_folder.history_rows())
    display.press("ctrl+Return")
    wait_until("a job was begun", lambda: len(program_folder.history_rows()) == before + 1)
    wait_until(f"it is {state}", lambda: states(program_folder)[-1] == state)


def diagnostics(display: Display) -> str:
    """Returns the text that "Copy diagnostics" copies, using the menu and the dialog's button."""
    display.press("alt+h")
    display.press("d")
    display.focus(display.wait_for_window("Copy diagnostics"))
    display.press("Return")
    read = [sys.executable, "-m", "tests.support.read_clipboard"]
    received: list[str] = []

    def copied() -> bool:
        display.press("Return")
        done = subprocess.run(
            read,
            cwd=PROJECT,
            env={**os.environ, **display.environment},
            capture_output=True,
            timeout=30,
        )
        received.append(done.stdout.decode())
        return "RunComfy" in received[-1]

    wait_until("the diagnostics are copied", copied)
    display.press("Escape")
    return received[-1]
