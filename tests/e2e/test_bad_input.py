"""What a window makes of files that are no workflows, dead addresses and disabled deployments.

A sentence each, on screen and in the log at debug level; and nothing that was there is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.emulator.showcase import sample_deployments
from runcomfy_desktop.ui.theme import LIGHT
from tests.e2e.place import OFTEN, Place, free_port, open_by_keys
from tests.support.hostile import called
from tests.support.waiting import wait_until
from tests.support.workflow_files import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import Programs
    from tests.support.secret_service import Desktop

KEY = "1b7d9e40-6c2f-4a85-93be-f08a5d17c264"
DEBUG = ("--log-level", "debug")
QUICK = ("--cold-start", "0", "--run-time", "0.3")
DEAD = "http://127.0.0.1:1"
FIRST = sample_deployments()[0]
DISABLED = next(each for each in sample_deployments() if not each.is_enabled)


@dataclass(frozen=True)
class Bad:
    """A file that is no workflow, and how the sentence about it begins."""

    name: str
    make: Callable[[Path], object]
    title: str


def _of(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(70 * 1024 * 1024)


def _deep_workflow() -> bytes:
    """A node that would be one, but for a value that no program can walk through."""
    value = "[" * 50_000 + "]" * 50_000
    return b'{"1": {"class_type": "X", "inputs": {"a": %s}}}' % value.encode()


BAD = (
    Bad("words.json", _of(b"These are words, not JSON."), "This file is not JSON."),
    Bad("cut.json", _of(b'{"1": {"class_type": "LoadIm'), "This file is not JSON."),
    Bad("picture.json", _of(b"\x89PNG\r\n\x1a\n\x00\xff"), "This picture carries no workflow."),
    Bad(
        "other.json",
        _of(b'{"name": "x", "version": 1}'),
        "This JSON file is not a ComfyUI workflow.",
    ),
    Bad("list.json", _of(b"[1, 2, 3]"), "This JSON file is not a ComfyUI workflow."),
    Bad(
        "editor.json",
        _of(b'{"nodes": [], "links": []}'),
        "This workflow has no node that could be run.",
    ),
    Bad("folder.json", lambda path: path.mkdir(), "folder.json is a folder."),
    Bad("missing.json", lambda path: None, "missing.json is not there any more."),
    Bad("empty.json", _of(b""), "This file is empty."),
    Bad("large.json", _large, "This file is larger than a workflow can be."),
    Bad("deep.json", _of(_deep_workflow()), "This file is nested too deeply to be a workflow."),
)


# What a start says is what a second start is told; these are read in three different places.
AT_A_START = called(BAD, "words.json", "missing.json", "large.json")


@pytest.fixture
def place(programs: Programs, display: Display, data_dir: Path) -> Place:
    programs.patience = OFTEN
    return Place(programs, display, data_dir)


@pytest.fixture
def account(programs: Programs, display: Display, data_dir: Path) -> Place:
    return Place(programs, display, data_dir, is_demo=False)


@pytest.mark.parametrize("bad", AT_A_START, ids=lambda bad: bad.name)
def test_a_start_with_a_bad_file_says_so_and_goes_on(
    place: Place, display: Display, tmp_path: Path, bad: Bad
) -> None:
    file = tmp_path / bad.name
    bad.make(file)
    place.serve(*QUICK)
    program = place.open_window(*DEBUG, "--open", file)
    place.wait_for_log(f"Told error: {bad.title}")
    wait_until("the sentence is on the screen", lambda: display.amount_of(LIGHT.error) > 50)
    wait_until("a deployment is open instead", lambda: display.windows(FIRST.name))
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr + place.log()


def test_bad_files_take_nothing_away_from_what_is_open(
    place: Place, programs: Programs, display: Display, data_dir: Path, tmp_path: Path
) -> None:
    place.serve(*QUICK)
    program = place.start(*DEBUG)
    display.press("ctrl+e")
    wait_until("the change is stored", lambda: list((data_dir / "demo" / "drafts").glob("*.json")))
    for bad in BAD:
        file = tmp_path / bad.name
        bad.make(file)
        told = place.log().count(bad.title)
        handed = programs.start("--demo", "--open", file, data_dir=data_dir)
        assert handed.wait(20) == 0
        place.wait_for_log(f"Told error: {bad.title}", told + 1)
        assert display.windows(FIRST.name)
    place.press_run()
    place.wait_for_state("done")
    (submit,) = (entry for entry in place.requests() if entry["call"] == "submit")
    assert FIRST.deployment_id in submit["path"]
    assert submit["overrides"] == FIRST.overrides
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr + place.log()


def test_a_disabled_deployment_does_not_run(place: Place, display: Display) -> None:
    place.serve(*QUICK)
    program = place.start(*DEBUG)
    choose_from_menu(display, "Up", DISABLED.name)
    lists = place.calls()["list"]
    # What is pressed last is done last: once the list was read, Run has been refused twice.
    display.press("ctrl+Return", "ctrl+Return", "F5")
    wait_until("the list was read anew", lambda: place.calls()["list"] > lists)
    assert place.jobs() == []

    choose_from_menu(display, "Home", FIRST.name)
    place.press_run()
    place.wait_for_state("done")
    counts = place.control("counts")
    assert counts["received"]["submit"] == counts["accepted"] == 1
    assert counts["accepted_by_deployment"] == {FIRST.deployment_id: 1}
    assert program.terminate() == 0


def choose_from_menu(display: Display, key: str, name: str) -> None:
    """Deployment > Choose, then `key` in the list that opens, until what is there is open."""
    open_by_keys(display, name, "alt+d", "c", key, "Return")


def test_a_dead_address_keeps_the_key_and_the_window(
    account: Place, display: Display, desktop: Desktop
) -> None:
    account.base_url = DEAD
    program = account.open_window(*DEBUG, "--open", SAMPLES / "api" / "many-kinds.json")
    account.wait_for_log("Account is signed_out")
    account.open_connect()
    display.write(KEY)
    display.press("Return")
    account.wait_for_log("Account is unreachable: 127.0.0.1")
    account.leave_connect()
    assert display.windows("many-kinds")
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr + account.log()
    assert desktop.ask(DEAD, "get")[0]["token"] == KEY


def test_a_window_that_began_without_network_recovers_by_itself(
    account: Place, display: Display, desktop: Desktop
) -> None:
    port = free_port()
    account.base_url = f"http://127.0.0.1:{port}"
    desktop.ask(account.base_url, f"set={KEY}")
    program = account.open_window(*DEBUG)
    account.wait_for_log("Account is unreachable: 127.0.0.1")
    account.serve("--token", KEY, "--port", str(port))
    wait_until("a deployment is open", lambda: display.windows(FIRST.name))
    assert "Account is signed_in" in account.log()
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr + account.log()
