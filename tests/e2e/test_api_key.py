"""The key: typed once, stored in the system's keyring, and nowhere else.

The keyring is a real gnome-keyring in a private session, or there is none at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.ui.style.theme import LIGHT
from tests.e2e.data_folder import CONNECT_TITLE, FAST_POLLING, ProgramFolder
from tests.support.process_wait import wait_until
from tests.support.secret_service import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses
    from tests.support.secret_service import DesktopSession

KEY = "8c1e4f07-52d9-4ab3-9e60-d47b21f5a39c"
DEBUG = ("--log-level", "debug")
QUICK = ("--cold-start", "0", "--run-time", "0.3")
SIGNED_OUT = "Account is signed_out"
SIGNED_IN = "Account is signed_in"
NOT_STORED = "Told warning: The key is not stored."
REFUSED = "Account is rejected"


@pytest.fixture
def program_folder(programs: ProgramProcesses, display: Display, data_dir: Path) -> ProgramFolder:
    programs.timeouts = FAST_POLLING
    return ProgramFolder(programs, display, data_dir, is_demo=False)


def test_a_key_that_was_typed_once_is_there_at_the_next_start(
    program_folder: ProgramFolder, display: Display, desktop: DesktopSession
) -> None:
    program_folder.start_service("--token", KEY)
    first = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(SIGNED_OUT)
    program_folder.open_connect()
    assert program_folder.calls() == {}
    display.write(KEY)
    display.press("Return")
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    assert_all_authorised(program_folder)
    assert first.terminate() == 0
    (stored,) = desktop.ask_credentials(program_folder.base_url, "get")
    assert stored == {"token": KEY, "kept": "keyring", "note": ""}

    second = program_folder.start(*DEBUG)
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    assert_all_authorised(program_folder)
    assert second.terminate() == 0
    assert program_folder.log().count(SIGNED_OUT) == 1


def test_the_key_is_nowhere_but_in_the_keyring(
    program_folder: ProgramFolder, display: Display, desktop: DesktopSession, tmp_path: Path
) -> None:
    program_folder.start_service("--token", KEY, *QUICK)
    program = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(SIGNED_OUT)
    type_key(program_folder, display, KEY)
    program_folder.wait_for_log(SIGNED_IN)
    program_folder.close_connect()
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    program_folder.press_run()
    program_folder.wait_for_state("done")
    where = [tmp_path, desktop.home]
    # The service prints its token when it is ready; it is not part of the program.
    allowed = [program_folder.service.program.stdout_path]
    assert files_with(KEY, where) == allowed
    assert KEY not in "".join(map(arguments_and_environment, family(program.pid)))

    assert_no_key_for_the_storage(program_folder)
    assert program.terminate() == 0
    assert files_with(KEY, where) == allowed
    assert "DEBUG" in program_folder.log()


def test_a_wrong_key_is_not_kept_but_what_was_typed_is(
    program_folder: ProgramFolder, display: Display, desktop: DesktopSession, tmp_path: Path
) -> None:
    program_folder.start_service("--token", KEY)
    first = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(SIGNED_OUT)
    type_key(program_folder, display, KEY[:-1])
    program_folder.wait_for_log(REFUSED)
    assert {entry["status"] for entry in program_folder.requests()} == {401}
    assert desktop.ask_credentials(program_folder.base_url, "get") == [
        {"token": "", "kept": None, "note": ""}
    ]
    # The service's first line contains the right key, which starts with the wrong one.
    assert files_with(KEY[:-1], [tmp_path, desktop.home]) == [
        program_folder.service.program.stdout_path
    ]

    # Types only the missing character: the others must still be in the field.
    display.write(KEY[-1])
    display.press("Return")
    program_folder.wait_for_log(SIGNED_IN)
    assert first.terminate() == 0
    assert desktop.ask_credentials(program_folder.base_url, "get")[0]["token"] == KEY


def test_after_a_wrong_key_the_next_start_asks_again(
    program_folder: ProgramFolder, display: Display, desktop: DesktopSession
) -> None:
    program_folder.start_service("--token", KEY)
    first = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(SIGNED_OUT)
    type_key(program_folder, display, "a-key-of-somebody-else")
    program_folder.wait_for_log(REFUSED)
    assert first.terminate() == 0
    calls = program_folder.calls()

    second = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(SIGNED_OUT, times=2)
    connect_from_welcome_page(display)
    assert second.terminate() == 0
    assert program_folder.calls() == calls
    assert {entry["status"] for entry in program_folder.requests()} == {401}


def test_without_a_keyring_the_key_lives_until_the_end(
    program_folder: ProgramFolder, display: Display, tmp_path: Path
) -> None:
    program_folder.start_service("--token", KEY)
    first = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(SIGNED_OUT)
    connect_from_welcome_page(display)
    display.write(KEY)
    display.press("Return")
    program_folder.wait_for_log(NOT_STORED)
    assert (
        "No system keyring was found. The key is kept until the program ends."
        in program_folder.log()
    )
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    assert first.terminate() == 0
    calls = program_folder.calls()
    assert files_with(KEY, [tmp_path, Path.home()]) == [program_folder.service.program.stdout_path]

    second = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(SIGNED_OUT, times=2)
    # The stored deployments are shown, but the key is no longer known.
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    program_folder.open_connect()
    assert second.terminate() == 0
    assert program_folder.calls() == calls


def test_a_locked_keyring_is_told_and_does_not_keep_anybody_from_working(
    program_folder: ProgramFolder, display: Display, desktop: DesktopSession
) -> None:
    program_folder.start_service("--token", KEY)
    desktop.ask_credentials(program_folder.base_url, "set=the-key-before")
    lock(desktop)
    program = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(f"{SIGNED_OUT}: The system's keyring is locked.")
    type_key(program_folder, display, KEY)
    program_folder.wait_for_log(NOT_STORED)
    assert (
        "The system's keyring is locked. The key is kept until the program ends."
        in program_folder.log()
    )
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    assert program.terminate() == 0
    desktop.stop_keyring()
    desktop.start_keyring(PASSWORD)
    wait_until("the keyring is there", desktop.has_secrets)
    assert desktop.ask_credentials(program_folder.base_url, "get")[0]["token"] == "the-key-before"


def test_a_keyring_that_waits_for_its_password_holds_nothing_up(
    program_folder: ProgramFolder,
    programs: ProgramProcesses,
    display: Display,
    desktop_with_screen: DesktopSession,
) -> None:
    programs.timeouts = "keyring=1"
    program_folder.start_service("--token", KEY)
    desktop_with_screen.ask_credentials(program_folder.base_url, f"set={KEY}")
    lock(desktop_with_screen)
    program = program_folder.open_window(*DEBUG)
    prompt = display.wait_for_window("Unlock Login Keyring")
    program_folder.wait_for_log(f"{SIGNED_OUT}: The system's keyring did not answer.")
    assert program_folder.calls() == {}
    display.focus(prompt)
    display.write(PASSWORD)
    display.press("Return")
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    assert_all_authorised(program_folder)
    assert program.terminate() == 0


def test_a_keyring_that_never_answers_holds_up_neither_the_window_nor_its_end(
    program_folder: ProgramFolder,
    programs: ProgramProcesses,
    display: Display,
    desktop: DesktopSession,
) -> None:
    program_folder.start_service("--token", KEY)
    desktop.ask_credentials(program_folder.base_url, f"set={KEY}")
    desktop.freeze_keyring()
    first = program_folder.open_window(*DEBUG)
    wait_until("the session is open", program_folder.has_history)
    # Before the timeout of the keyring.
    assert SIGNED_OUT not in program_folder.log()
    assert first.terminate() == 0
    assert SIGNED_OUT not in program_folder.log()

    # The query of the first program must be over: gnome-keyring itself fails if a second query
    # waits at the same time.
    desktop.thaw_keyring()
    assert desktop.ask_credentials(program_folder.base_url, "get")[0]["token"] == KEY
    desktop.freeze_keyring()
    programs.timeouts = "keyring=1"
    second = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(f"{SIGNED_OUT}: The system's keyring did not answer.")
    assert program_folder.calls() == {}
    desktop.thaw_keyring()
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    assert second.terminate() == 0
    assert first.stderr + second.stderr == ""
    # Two keys were queried, and neither query disturbed the other.
    assert "Keyring: " not in program_folder.log()


def test_a_key_that_is_changed_outside_is_taken_at_f5_and_a_removed_one_let_go(
    program_folder: ProgramFolder, display: Display, desktop: DesktopSession
) -> None:
    program_folder.start_service("--token", KEY)
    desktop.ask_credentials(program_folder.base_url, "set=the-key-of-last-year")
    program = program_folder.open_window(*DEBUG)
    program_folder.wait_for_log(REFUSED)
    desktop.ask_credentials(program_folder.base_url, f"set={KEY}")
    display.press("F5")
    wait_until("the workflow is open", lambda: display.windows("flux-kontext"))
    desktop.ask_credentials(program_folder.base_url, "delete")
    display.press("F5")
    program_folder.wait_for_log(f"{SIGNED_OUT}: The key was removed from the system's keyring.")
    calls = program_folder.calls()
    display.press("F5")
    assert program.terminate() == 0
    assert program_folder.calls() == calls
    assert program.stderr == ""


# User input


def lock(desktop: DesktopSession) -> None:
    desktop.stop_keyring()
    desktop.start_keyring(None)
    wait_until("the keyring is there", desktop.has_secrets)


def type_key(program_folder: ProgramFolder, display: Display, key: str) -> None:
    program_folder.open_connect()
    display.write(key)
    display.press("Return")


def connect_from_welcome_page(display: Display) -> None:
    """Presses the only coloured button of the first page; the dialog then has the focus."""
    wait_until("the welcome page is shown", lambda: display.colour_centre(LIGHT.accent))
    button = display.colour_centre(LIGHT.accent)
    assert button is not None
    display.click(*button)
    display.focus(display.wait_for_window(CONNECT_TITLE))


# Checks


def assert_all_authorised(program_folder: ProgramFolder) -> None:
    calls = [entry for entry in program_folder.requests() if entry["port"] == "api"]
    assert calls
    assert all(entry["status"] == 200 for entry in calls)


def assert_no_key_for_the_storage(program_folder: ProgramFolder) -> None:
    """Checks in the service's log that no call to the storage had an Authorization header."""
    api, storage = (
        [entry for entry in program_folder.requests() if entry["port"] == port]
        for port in ("api", "storage")
    )
    assert {entry["headers"].get("authorization") for entry in api} == {"Bearer ***"}
    assert {entry["call"] for entry in storage} == {"object-info", "download"}
    for entry in storage:
        assert "authorization" not in entry["headers"]
        assert KEY not in repr(entry)


def files_with(text: str, folders: Iterable[Path]) -> list[Path]:
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and text.encode() in _bytes_of(path)
    ]


def _bytes_of(path: Path) -> bytes:
    """Returns the content of a file; b"" if the file or its process has disappeared."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def family(pid: int) -> list[int]:
    """Returns the ids of the process and all its descendants."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(folder.name)] = int(words[1])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def arguments_and_environment(pid: int) -> str:
    folder = Path("/proc") / str(pid)
    told = (_bytes_of(folder / name) for name in ("cmdline", "environ"))
    return b"".join(told).decode(errors="replace")
