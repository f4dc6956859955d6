"""The program used with a screen reader: everything by name and role, nothing by position."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.e2e.data_folder import ProgramFolder
from tests.e2e.program import TITLE
from tests.e2e.screen_reader_client import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcess, ProgramProcesses
    from tests.e2e.screen_reader_client import ReaderItem, ScreenReader, Step

# A limit for hanging tests, not for a busy computer.
pytestmark = pytest.mark.timeout(600)

# Runs end when a test ends them, however long it takes to read the window.
ENDLESS = ("--cold-start", "0", "--run-time", "3600")

QUEUE: Step = ("panel", "Queue")
OUTPUT: Step = ("panel", "Output")
DEPLOYMENTS: Step = ("list", "Deployments")
ESSENTIALS: Step = ("tree", "Essentials")
TREE: Step = ("tree", "Nodes and inputs of the workflow")


@pytest.fixture
def program_folder(programs: ProgramProcesses, display: Display, data_dir: Path) -> ProgramFolder:
    return ProgramFolder(programs, display, data_dir)


@pytest.fixture
def window_user(
    programs: ProgramProcesses, reader: ScreenReader, display: Display, data_dir: Path
) -> WindowUser:
    return WindowUser(programs, reader, display, data_dir)


def test_the_main_job(
    window_user: WindowUser, program_folder: ProgramFolder, reader: ScreenReader, tmp_path: Path
) -> None:
    program_folder.start_service(*ENDLESS)
    program = window_user.start()
    reader.press(("push button", "Look around without a key"))
    window_user.choose_deployment("two-photos")

    window_user.open_editor("Prompt", "text", "value")
    reader.type("value", "a blue lighthouse at dusk")
    window_user.open_editor("Style", "slider", "strength")
    reader.type("strength", "0.55")
    reader.set(TREE, node("Sampler"), ("spin button", "steps"), value=12)
    picture = tmp_path / "beach.png"
    Image.new("RGB", (320, 200), "#d9b38c").save(picture)
    reader.press(TREE, node("First photo"), ("push button", "image"))
    well = ("panel", "image of First photo")
    reader.press(well, ("push button", "Browse…"))
    chooser = ("dialog", "Choose a picture for .*")
    reader.write(chooser, ("text", "File name:"), text=str(picture))
    reader.press(chooser, ("push button", "Open"))
    reader.wait_for_announcement("image: beach.png")
    reader.wait_for(well, ("label", "beach.png"))
    reader.wait_for(("radio button", "Changed, 4 inputs"))

    window_user.run()
    reader.wait_for_announcement("Running: a blue lighthouse.*")
    end_runs(program_folder, 1)
    said = reader.wait_for_announcement("Done: a blue lighthouse.*")
    assert not said.urgent
    reader.press(QUEUE, ("push button", "Open a blue lighthouse.*"))
    reader.press(OUTPUT, ("list", "Recent results"), ("list item", "Evening_00002_.*, Picture, .*"))
    reader.wait_for(OUTPUT, ("image", "Evening_00002_.*, Picture"))
    reader.wait_for(OUTPUT, ("label", r"File: \S+\.png · .*"))
    reader.wait_for(OUTPUT, ("label", "Changed: .*value.*"))
    sent = json.loads(program_folder.history_rows()[0]["document"])
    assert "a blue lighthouse at dusk" in json.dumps(sent)

    before = len(reader.announcements())
    window_user.run()
    # Checked in the history: the button may not exist yet, and ignores presses at first.
    reader.press_until(
        lambda: program_folder.history_rows()[-1]["state"] == "cancelled",
        QUEUE,
        ("push button", "Cancel a blue lighthouse.*"),
    )
    reader.wait_for_announcement("Cancelled: a blue lighthouse.*", after=before)
    assert [job["state"] for job in program_folder.history_rows()] == ["done", "cancelled"]
    # The program also ends properly after it has been used with a screen reader.
    assert program.terminate() == 0


def test_what_happens_is_said(
    window_user: WindowUser, program_folder: ProgramFolder, reader: ScreenReader
) -> None:
    program_folder.start_service("--cold-start", "0", "--run-time", "1")
    window_user.start()
    # Without a workflow, Run reports what is missing.
    window_user.run()
    assert reader.wait_for_announcement(".*deployment.*").text
    reader.wait_for(("notification|alert", ".*deployment.*"))
    reader.press(("push button", "Look around without a key"))
    window_user.choose_deployment("flux-dev")
    reader.set(TREE, node("Basic ?Scheduler"), ("spin button", "steps"), value=1_000_000)
    reader.wait_for_announcement("steps: .*1000000.*")
    reader.set(TREE, node("Basic ?Scheduler"), ("spin button", "steps"), value=20)
    reader.write(TREE, node("CLIP Text Encode .*"), ("text", "text"), text="a boat [oom]")
    window_user.run()
    failed = reader.wait_for_announcement("Failed: .*memory.*")
    assert failed.urgent, "what went wrong interrupts"
    details = ("dialog", "Job details")
    reader.press_until(lambda: reader.find(details), QUEUE, ("push button", "Details .*"))
    reader.wait_for(details, ("label", "Failed.*"))
    reader.press(details, ("push button", "Close"))
    reader.wait_until_gone(details)
    program_folder.control("faults", "drop-answer")
    window_user.run()
    assert reader.wait_for_announcement("Sent, answer unknown: .*").urgent
    said = Counter(each.text for each in reader.announcements())
    assert set(said.values()) == {1}, "nothing is said twice"


def has_jobs(program_folder: ProgramFolder, count: int) -> bool:
    return len(program_folder.history_rows()) == count


def end_runs(program_folder: ProgramFolder, accepted: int) -> None:
    """Ends all runs, once the service has accepted the given number."""
    wait_until(f"{accepted} runs were taken", lambda: program_folder.accepted_count() == accepted)
    program_folder.control("skip", "100000")


class WindowUser:
    """A user's actions in the window."""

    def __init__(
        self, programs: ProgramProcesses, reader: ScreenReader, display: Display, data_dir: Path
    ) -> None:
        self._programs = programs
        self._reader = reader
        self._display = display
        self._data_dir = data_dir

    def start(self) -> ProgramProcess:
        """Makes the very first start: without a key, and before the demo was chosen."""
        program = self._programs.start(data_dir=self._data_dir)
        self._reader.attach(program)
        # Without a window manager, a window does not get the focus by itself.
        self._display.focus(self._display.wait_for_window(TITLE))
        return program

    def choose_deployment(self, name: str) -> None:
        self._reader.press(DEPLOYMENTS, ("list item", f"{name},.*"))
        self._reader.wait_for(("frame", f"{name} — .*"))
        self._reader.wait_for(ESSENTIALS, ("table cell", r"Essentials, \d+ inputs"))
        self._reader.press(("radio button", r"All, \d+ inputs"))
        self._reader.wait_for(TREE)

    def open_editor(self, title: str, role: str, name: str) -> None:
        self._reader.press(TREE, node(title), (role, name))

    def run(self) -> None:
        self._reader.press(("tool bar", "Run bar"), ("push button", "Run"))

    def open_menu(self, name: str) -> None:
        popup = ("popup menu", name)
        item = ("menu bar", ".*"), ("menu item", name)
        self._reader.press_until(lambda: self._reader.find(popup), *item, action="ShowMenu")
        self._reader.wait_for(popup)

    def close_menu(self, name: str) -> None:
        self._reader.press(("menu bar", ".*"), ("menu item", name), action="ShowMenu")
        self._reader.wait_until_gone(("popup menu", name))

    def choose_in_menu(self, menu: str, entry: str) -> None:
        self.open_menu(menu)
        self._reader.press(("popup menu", menu), ("menu item", entry))
        self._reader.wait_until_gone(("popup menu", menu))


def node(title: str) -> Step:
    """Returns the path step of a tree node with this title."""
    return ("table cell", f"{title}, .*, #.*")


# The audit

# Roles that only group other elements and have no actions.
_PLACES = {"filler", "panel", "layered pane", "viewport", "scroll pane", "unknown", "invalid"}
# Elements that users distinguish by their position in a row or a list.
_IN_ROWS = {"table cell", "list item", "tree item"}
_MARKUP = re.compile(r"</?[a-z]+[^>]*>", re.IGNORECASE)


def faults_of(things: list[ReaderItem]) -> list[str]:
    """Describes the elements that a screen reader user could not use or tell apart."""
    faults = []
    for thing in things:
        if "enabled" not in thing.states:
            continue
        acts = bool(thing.actions) or "focusable" in thing.states
        if acts and not thing.name.strip():
            faults.append(f"has no name: {thing}")
        if acts and thing.role in _PLACES:
            faults.append(f"has the role of a mere place: {thing}")
        if "focusable" in thing.states and not thing.actions:
            faults.append(f"takes the keyboard, and no action puts it there: {thing}")
        if _MARKUP.search(thing.name + thing.description):
            faults.append(f"is described in markup: {thing} {thing.description}")
    return faults + duplicate_names(things)


def duplicate_names(things: list[ReaderItem]) -> list[str]:
    """Describes elements in the same place that have an action and the same name."""
    seen = Counter(
        (named_ancestor(things, thing), thing.role, thing.name, thing.description)
        for thing in things
        if thing.actions and thing.role not in _IN_ROWS
    )
    return [f"is there {many} times: {key[1:]}" for key, many in seen.items() if many > 1]


def named_ancestor(things: list[ReaderItem], thing: ReaderItem) -> int:
    """Returns the index of the nearest named ancestor, -1 if there is none.

    The contents of a named element are read together.
    """
    above = thing.parent
    while above >= 0 and not (things[above].name and things[above].role != "frame"):
        above = things[above].parent
    return above


def audit(reader: ScreenReader, where: str, found: dict[str, str], *path: Step) -> None:
    """Adds the current faults to `found`, each with the place where it was first seen."""
    for fault in faults_of(reader.list_items(*path)):
        found.setdefault(fault, where)


def test_everything_that_acts_can_be_named_and_told_apart(
    window_user: WindowUser, program_folder: ProgramFolder, reader: ScreenReader
) -> None:
    """Checks the elements that Qt exposes on the accessibility bus.

    tests/gui/main_window/test_accessibility_audit.py covers every state of the window. Here the
    whole window is checked three times, and each part again after it has changed.
    """
    found: dict[str, str] = {}
    program_folder.start_service(*ENDLESS)
    window_user.start()
    reader.press(("push button", "Connect your key"))
    audit_dialog(reader, ("dialog", "Connect your key"), "Close", found)
    audit(reader, "first run", found)
    reader.press(("push button", "Look around without a key"))
    reader.wait_for(ESSENTIALS)
    for menu in ("File", "Edit", "Run", "View", "Deployment", "Help"):
        window_user.open_menu(menu)
        audit(reader, f"menu {menu}", found, ("popup menu", menu))
        window_user.close_menu(menu)
    window_user.choose_in_menu("File", "Settings…")
    audit_dialog(reader, ("dialog", "Settings"), "Cancel", found)
    window_user.choose_in_menu("Help", "About RunComfy Desktop")
    audit_dialog(reader, ("dialog", "About RunComfy Desktop"), "Close", found)
    window_user.choose_deployment("two-photos")
    audit(reader, "a workflow with two pictures", found)

    for number in range(1, 4):
        window_user.run()
        # A press that comes sooner would be ignored.
        wait_until(f"run {number} is in the queue", partial(has_jobs, program_folder, number))
    reader.press(QUEUE, ("push button", "Cancel all"))
    audit_dialog(reader, ("dialog", "Cancel .* jobs\\?"), "Leave it", found)
    audit(reader, "running and waiting jobs", found, QUEUE)
    end_runs(program_folder, 3)
    reader.wait_for_announcement("Done: .*")
    reader.wait_for(OUTPUT, ("list", "Recent results"))
    audit(reader, "done jobs", found, QUEUE)
    audit(reader, "the viewer", found, OUTPUT)
    program_folder.control("faults", "drop-answer")
    window_user.run()
    unknown = ("dialog", "Sent, answer unknown")
    reader.press_until(lambda: reader.find(unknown), QUEUE, ("push button", "Resolve .*"))
    audit_dialog(reader, unknown, "Decide later", found)
    reader.write(TREE, node("Prompt"), ("text", "value"), text="a boat [fail]")
    window_user.run()
    end_runs(program_folder, 5)
    details = ("dialog", "Job details")
    reader.press_until(lambda: reader.find(details), QUEUE, ("push button", "Details .*"))
    audit_dialog(reader, details, "Close", found)
    audit(reader, "a changed input, failed and uncertain jobs", found)
    assert not found, "\n".join(f"{where}: {fault}" for fault, where in found.items())


def audit_dialog(reader: ScreenReader, dialog: Step, leave: str, found: dict[str, str]) -> None:
    reader.wait_for(dialog)
    audit(reader, f"dialog {dialog[1]}", found, dialog)
    reader.press(dialog, ("push button", leave))
    reader.wait_until_gone(dialog)
