"""Files that are not workflows, unreachable addresses and disabled deployments, in a real window.

Each causes a message on the screen and in the log at debug level, and nothing that was open is
lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.emulator.deployments import sample_deployments
from runcomfy_desktop.ui.style.theme import LIGHT
from tests.e2e.data_folder import FAST_POLLING, ProgramFolder, free_port, open_by_keys
from tests.support.hostile_cases import cases_named
from tests.support.process_wait import wait_until
from tests.support.workflow_files import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses
    from tests.support.secret_service import DesktopSession

KEY = "1b7d9e40-6c2f-4a85-93be-f08a5d17c264"
DEBUG = ("--log-level", "debug")
QUICK = ("--cold-start", "0", "--run-time", "0.3")
DEAD = "http://127.0.0.1:1"
FIRST = sample_deployments()[0]
DISABLED = next(each for each in sample_deployments() if not each.is_enabled)


@dataclass(frozen=True)
class BadFile:
    """A file that is not a workflow, and the start of the message about it."""

    name: str
    make: Callable[[Path], object]
    title: str


def _of(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(70 * 1024 * 1024)


def _deep_workflow() -> bytes:
    """Returns a workflow with a value that is nested too deeply for any program."""
    value = "[" * 50_000 + "]" * 50_000
    return b'{"1": {"class_type": "X", "inputs": {"a": %s}}}' % value.encode()


BAD = (
    BadFile("words.json", _of(b"These are words, not JSON."), "This file is not JSON."),
    BadFile("cut.json", _of(b'{"1": {"class_type": "LoadIm'), "This file is not JSON."),
    BadFile("picture.json", _of(b"\x89PNG\r\n\x1a\n\x00\xff"), "This picture carries no workflow."),
    BadFile(
        "other.json",
        _of(b'{"name": "x", "version": 1}'),
        "This JSON file is not a ComfyUI workflow.",
    ),
    BadFile("list.json", _of(b"[1, 2, 3]"), "This JSON file is not a ComfyUI workflow."),
    BadFile(
        "editor.json",
        _of(b'{"nodes": [], "links": []}'),
        "This workflow has no node that could be run.",
    ),
    BadFile("folder.json", lambda path: path.mkdir(), "folder.json is a folder."),
    BadFile("missing.json", lambda path: None, "missing.json is not there any more."),
    BadFile("empty.json", _of(b""), "This file is empty."),
    BadFile("large.json", _large, "This file is larger than a workflow can be."),
    BadFile("deep.json", _of(_deep_workflow()), "This file is nested too deeply to be a workflow."),
)


# A first start and a second start show the same message; these files are rejected in three
# different places of the code.
AT_A_START = cases_named(BAD, "words.json", "missing.json", "large.json")


@pytest.fixture
def program_folder(programs: ProgramProcesses, display: Display, data_dir: Path) -> ProgramFolder:
    programs.timeouts = FAST_POLLING
    return ProgramFolder(programs, display, data_dir)


@pytest.fixture
def account(programs: ProgramProcesses, display: Display, data_dir: Path) -> ProgramFolder:
    return ProgramFolder(programs, display, data_dir, is_demo=False)


@pytest.mark.parametrize("bad", AT_A_START, ids=lambda bad: bad.name)
def test_a_start_with_a_bad_file_says_so_and_goes_on(
    program_folder: ProgramFolder, display: Display, tmp_path: Path, bad: BadFile
) -> None:
    file = tmp_path / bad.name
    bad.make(file)
    program_folder.start_service(*QUICK)
    program = program_folder.open_window(*DEBUG, "--open", file)
    program_folder.wait_for_log(f"Told error: {bad.title}")
    wait_until("the sentence is on the screen", lambda: display.count_pixels(LIGHT.error) > 50)
    wait_until("a deployment is open instead", lambda: display.windows(FIRST.name))
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr + program_folder.log()


def test_bad_files_take_nothing_away_from_what_is_open(
    program_folder: ProgramFolder,
    programs: ProgramProcesses,
    display: Display,
    data_dir: Path,
    tmp_path: Path,
) -> None:
    program_folder.start_service(*QUICK)
    program = program_folder.start(*DEBUG)
    display.press("ctrl+e")
    wait_until("the change is stored", lambda: list((data_dir / "demo" / "drafts").glob("*.json")))
    for bad in BAD:
        file = tmp_path / bad.name
        bad.make(file)
        told = program_folder.log().count(bad.title)
        handed = programs.start("--demo", "--open", file, data_dir=data_dir)
        assert handed.wait(20) == 0
        program_folder.wait_for_log(f"Told error: {bad.title}", told + 1)
        assert display.windows(FIRST.name)
    program_folder.press_run()
    program_folder.wait_for_state("done")
    (submit,) = (entry for entry in program_folder.requests() if entry["call"] == "submit")
    assert FIRST.deployment_id in submit["path"]
    assert submit["overrides"] == FIRST.overrides
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr + program_folder.log()


def test_a_disabled_deployment_does_not_run(
    program_folder: ProgramFolder, display: Display
) -> None:
    program_folder.start_service(*QUICK)
    program = program_folder.start(*DEBUG)
    choose_from_menu(display, "Up", DISABLED.name)
    lists = program_folder.calls()["list"]
    # Keys are handled in order: when the list has been read, Run has been refused twice.
    display.press("ctrl+Return", "ctrl+Return", "F5")
    wait_until("the list was read anew", lambda: program_folder.calls()["list"] > lists)
    assert program_folder.history_rows() == []

    choose_from_menu(display, "Home", FIRST.name)
    program_folder.press_run()
    program_folder.wait_for_state("done")
    counts = program_folder.control("counts")
    assert counts["received"]["submit"] == counts["accepted"] == 1
    assert counts["accepted_by_deployment"] == {FIRST.deployment_id: 1}
    assert program.terminate() == 0


def choose_from_menu(display: Display, key: str, name: str) -> None:
    """Opens Deployment > Choose, presses `key` in the list, and waits until `name` is open."""
    open_by_keys(display, name, "alt+d", "c", key, "Return")


def test_a_dead_address_keeps_the_key_and_the_window(
    account: ProgramFolder, display: Display, desktop: DesktopSession
) -> None:
    account.base_url = DEAD
    program = account.open_window(*DEBUG, "--open", SAMPLES / "api" / "many-kinds.json")
    account.wait_for_log("Account is signed_out")
    account.open_connect()
    display.write(KEY)
    display.press("Return")
    account.wait_for_log("Account is unreachable: 127.0.0.1")
    account.close_connect()
    assert display.windows("many-kinds")
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr + account.log()
    assert desktop.ask_credentials(DEAD, "get")[0]["token"] == KEY


def test_a_window_that_began_without_network_recovers_by_itself(
    account: ProgramFolder, display: Display, desktop: DesktopSession
) -> None:
    port = free_port()
    account.base_url = f"http://127.0.0.1:{port}"
    desktop.ask_credentials(account.base_url, f"set={KEY}")
    program = account.open_window(*DEBUG)
    account.wait_for_log("Account is unreachable: 127.0.0.1")
    account.start_service("--token", KEY, "--port", str(port))
    wait_until("a deployment is open", lambda: display.windows(FIRST.name))
    assert "Account is signed_in" in account.log()
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr + account.log()
