"""Each run costs money: a key that is held down, or a double click, starts one run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.ui.style.theme import LIGHT
from tests.e2e.data_folder import ProgramFolder
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses

# The screen's auto-repeat starts after 0.66 s, and repeats 25 times a second.
HELD_S = 1.5
# Longer than any double click with the usual setting of 0.4 s.
LATER_S = 0.8


@pytest.fixture
def program_folder(programs: ProgramProcesses, display: Display, data_dir: Path) -> ProgramFolder:
    program_folder = ProgramFolder(programs, display, data_dir)
    program_folder.start_service("--cold-start", "0", "--run-time", "0.2")
    return program_folder


@pytest.mark.parametrize("by", ["shortcut", "button"])
def test_a_key_that_is_held_down_runs_once(
    program_folder: ProgramFolder, display: Display, by: str
) -> None:
    program = program_folder.start()
    program_folder.press_run()
    before = len(program_folder.history_rows())
    if by == "button":
        # The button has the focus after a click; Space presses it.
        display.click(*_run_button(display))
        wait_until("the click ran", lambda: len(program_folder.history_rows()) == before + 1)
        before += 1
    keys = ["ctrl", "Return"] if by == "shortcut" else ["space"]
    for key in keys:
        display.xdotool("keydown", key)
    time.sleep(HELD_S)
    for key in reversed(keys):
        display.xdotool("keyup", key)
    wait_until("it ran", lambda: len(program_folder.history_rows()) > before)
    time.sleep(LATER_S)
    assert len(program_folder.history_rows()) == before + 1
    # At the speed of fingers.
    display.xdotool("key", "--delay", 80, "ctrl+Return", "ctrl+Return")
    wait_until("two presses are two runs", lambda: len(program_folder.history_rows()) >= before + 3)
    # After the end, the history contains all started runs.
    assert program.terminate() == 0
    assert len(program_folder.history_rows()) == before + 3


def test_the_key_that_opens_the_dialog_for_several_runs_does_not_run_them(
    program_folder: ProgramFolder, display: Display
) -> None:
    program = program_folder.start()
    program_folder.press_run()
    before = len(program_folder.history_rows())
    keys = ["ctrl", "shift", "Return"]
    for key in keys:
        display.xdotool("keydown", key)
    # Without a window manager, a dialog does not get the focus by itself.
    display.focus(display.wait_for_window("^Run several$"))
    # Now only Return is still held down; on its own, it presses the button with the price.
    for key in keys[:2]:
        display.xdotool("keyup", key)
    time.sleep(HELD_S)
    display.xdotool("keyup", "Return")
    assert display.windows("^Run several$")
    assert len(program_folder.history_rows()) == before
    # A user would not press the next key any sooner.
    time.sleep(LATER_S)
    display.press("Return")
    wait_until("the four ran", lambda: len(program_folder.history_rows()) == before + 4)
    assert program.terminate() == 0
    assert len(program_folder.history_rows()) == before + 4


@pytest.mark.parametrize("clicks", [2, 3])
def test_a_hand_that_clicks_twice_runs_once(
    program_folder: ProgramFolder, display: Display, clicks: int
) -> None:
    program = program_folder.start()
    program_folder.press_run()
    before = len(program_folder.history_rows())
    where = _run_button(display)
    display.xdotool("mousemove", *where, "click", "--repeat", clicks, "--delay", 60, 1)
    wait_until("it ran", lambda: len(program_folder.history_rows()) > before)
    # Later than a double click.
    time.sleep(LATER_S)
    assert len(program_folder.history_rows()) == before + 1
    display.click(*where)
    wait_until(
        "a later click is another run", lambda: len(program_folder.history_rows()) >= before + 2
    )
    assert program.terminate() == 0
    assert len(program_folder.history_rows()) == before + 2


def _run_button(display: Display) -> tuple[int, int]:
    """Returns the centre of the only button in the accent colour."""
    wait_until("the Run button is shown", lambda: display.colour_centre(LIGHT.accent))
    found = display.colour_centre(LIGHT.accent)
    assert found is not None
    return found
