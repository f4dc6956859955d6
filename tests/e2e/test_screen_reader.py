"""The program by a screen reader: everything by name and role, nothing by eye, mouse or place."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.e2e.place import Place
from tests.e2e.program import TITLE
from tests.e2e.reader import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import Program, Programs
    from tests.e2e.reader import Reader, Step, Thing

# A limit for what never ends, not for a busy computer.
pytestmark = pytest.mark.timeout(600)

# Runs end when a test says so, however long it takes to look at them.
ENDLESS = ("--cold-start", "0", "--run-time", "3600")

QUEUE: Step = ("panel", "Queue")
OUTPUT: Step = ("panel", "Output")
DEPLOYMENTS: Step = ("list", "Deployments")
TREE: Step = ("tree", "Nodes and inputs of the workflow")


@pytest.fixture
def place(programs: Programs, display: Display, data_dir: Path) -> Place:
    return Place(programs, display, data_dir)


@pytest.fixture
def desk(programs: Programs, reader: Reader, display: Display, data_dir: Path) -> Desk:
    return Desk(programs, reader, display, data_dir)


def test_the_main_job(desk: Desk, place: Place, reader: Reader, tmp_path: Path) -> None:
    place.serve(*ENDLESS)
    program = desk.start()
    reader.press(("push button", "Look around without a key"))
    desk.choose_deployment("two-photos")

    desk.open_editor("Prompt", "text", "value")
    reader.type("value", "a blue lighthouse at dusk")
    desk.open_editor("Style", "slider", "strength")
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
    reader.wait_to_hear("image: beach.png")
    reader.one(well, ("label", "beach.png"))
    reader.one(("radio button", "Changed, 4 inputs"))

    desk.run()
    reader.wait_to_hear("Running: a blue lighthouse.*")
    end_runs(place, 1)
    said = reader.wait_to_hear("Done: a blue lighthouse.*")
    assert not said.urgent
    reader.press(QUEUE, ("push button", "Open a blue lighthouse.*"))
    reader.press(
        OUTPUT, ("list", "Outputs of this job"), ("list item", "Evening_00002_.*, Picture")
    )
    reader.one(OUTPUT, ("image", "Evening_00002_.*, Picture"))
    reader.one(OUTPUT, ("label", r"File: \S+\.png · .*"))
    reader.one(OUTPUT, ("label", "Changed: .*value.*"))
    sent = json.loads(place.jobs()[0]["document"])
    assert "a blue lighthouse at dusk" in json.dumps(sent)

    before = len(reader.heard())
    desk.run()
    # By what the queue has: its button may not be there yet, and takes no press at first.
    reader.press_until(
        lambda: place.jobs()[-1]["state"] == "cancelled",
        QUEUE,
        ("push button", "Cancel a blue lighthouse.*"),
    )
    reader.wait_to_hear("Cancelled: a blue lighthouse.*", after=before)
    assert [job["state"] for job in place.jobs()] == ["done", "cancelled"]
    # What was painted for a screen reader goes in good order as well.
    assert program.terminate() == 0


def test_what_happens_is_said(desk: Desk, place: Place, reader: Reader) -> None:
    place.serve("--cold-start", "0", "--run-time", "1")
    desk.start()
    # Without a workflow Run tells what is missing.
    desk.run()
    assert reader.wait_to_hear(".*deployment.*").text
    reader.one(("notification|alert", ".*deployment.*"))
    reader.press(("push button", "Look around without a key"))
    desk.choose_deployment("flux-dev")
    reader.set(TREE, node("Basic ?Scheduler"), ("spin button", "steps"), value=1_000_000)
    reader.wait_to_hear("steps: .*1000000.*")
    reader.set(TREE, node("Basic ?Scheduler"), ("spin button", "steps"), value=20)
    reader.write(TREE, node("CLIP Text Encode .*"), ("text", "text"), text="a boat [oom]")
    desk.run()
    failed = reader.wait_to_hear("Failed: .*memory.*")
    assert failed.urgent, "what went wrong interrupts"
    details = ("dialog", "Job details")
    reader.press_until(lambda: reader.find(details), QUEUE, ("push button", "Details .*"))
    reader.one(details, ("label", "Failed.*"))
    reader.press(details, ("push button", "Close"))
    reader.gone(details)
    place.control("faults", "drop-answer")
    desk.run()
    assert reader.wait_to_hear("Sent, answer unknown: .*").urgent
    said = Counter(each.text for each in reader.heard())
    assert set(said.values()) == {1}, "nothing is said twice"


def has_jobs(place: Place, count: int) -> bool:
    return len(place.jobs()) == count


def end_runs(place: Place, accepted: int) -> None:
    """Ends all runs, once the service has taken so many."""
    wait_until(f"{accepted} runs were taken", lambda: place.accepted() == accepted)
    place.control("skip", "100000")


class Desk:
    """What a person does at the window, in their words."""

    def __init__(
        self, programs: Programs, reader: Reader, display: Display, data_dir: Path
    ) -> None:
        self._programs = programs
        self._reader = reader
        self._display = display
        self._data_dir = data_dir

    def start(self) -> Program:
        """The very first start: without a key, and the demo not yet asked for."""
        program = self._programs.start(data_dir=self._data_dir)
        self._reader.look_at(program)
        # Without a window manager nobody gives the keyboard to a window unasked.
        self._display.focus(self._display.wait_for_window(TITLE))
        return program

    def choose_deployment(self, name: str) -> None:
        self._reader.press(DEPLOYMENTS, ("list item", f"{name},.*"))
        self._reader.one(("frame", f"{name} — .*"))
        self._reader.one(TREE)

    def open_editor(self, title: str, role: str, name: str) -> None:
        self._reader.press(TREE, node(title), (role, name))

    def run(self) -> None:
        self._reader.press(("tool bar", "Run bar"), ("push button", "Run"))

    def open_menu(self, name: str) -> None:
        popup = ("popup menu", name)
        item = ("menu bar", ".*"), ("menu item", name)
        self._reader.press_until(lambda: self._reader.find(popup), *item, action="ShowMenu")
        self._reader.one(popup)

    def close_menu(self, name: str) -> None:
        self._reader.press(("menu bar", ".*"), ("menu item", name), action="ShowMenu")
        self._reader.gone(("popup menu", name))

    def choose_in_menu(self, menu: str, entry: str) -> None:
        self.open_menu(menu)
        self._reader.press(("popup menu", menu), ("menu item", entry))
        self._reader.gone(("popup menu", menu))


def node(title: str) -> Step:
    """A node of the tree by its title."""
    return ("table cell", f"{title}, .*, #.*")


# The audit

# What only groups other things: nobody can do anything with it.
_PLACES = {"filler", "panel", "layered pane", "viewport", "scroll pane", "unknown", "invalid"}
# Of these a person sees which is which by where they stand: the row, the list.
_IN_ROWS = {"table cell", "list item", "tree item"}
_MARKUP = re.compile(r"</?[a-z]+[^>]*>", re.IGNORECASE)


def faults_of(things: list[Thing]) -> list[str]:
    """What a person who hears the window could not use or tell apart."""
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
    return faults + twins_among(things)


def twins_among(things: list[Thing]) -> list[str]:
    """What can be done twice in one place under one name."""
    seen = Counter(
        (place_of(things, thing), thing.role, thing.name, thing.description)
        for thing in things
        if thing.actions and thing.role not in _IN_ROWS
    )
    return [f"is there {many} times: {key[1:]}" for key, many in seen.items() if many > 1]


def place_of(things: list[Thing], thing: Thing) -> int:
    """The nearest thing around it that has a name: what is within one is read together."""
    above = thing.parent
    while above >= 0 and not (things[above].name and things[above].role != "frame"):
        above = things[above].parent
    return above


def audit(reader: Reader, where: str, found: dict[str, str], *path: Step) -> None:
    """Adds the faults that are there now to `found`, each with where it was first seen."""
    for fault in faults_of(reader.nodes(*path)):
        found.setdefault(fault, where)


def test_everything_that_acts_can_be_named_and_told_apart(
    desk: Desk, place: Place, reader: Reader
) -> None:
    """What Qt hands on of the window; tests/gui/test_audit.py has every state of it. The whole is
    walked through three times, each part once more when it has changed."""
    found: dict[str, str] = {}
    place.serve(*ENDLESS)
    desk.start()
    reader.press(("push button", "Connect your key"))
    audit_dialog(reader, ("dialog", "Connect your key"), "Close", found)
    audit(reader, "first run", found)
    reader.press(("push button", "Look around without a key"))
    reader.one(TREE)
    for menu in ("File", "Edit", "Run", "View", "Deployment", "Help"):
        desk.open_menu(menu)
        audit(reader, f"menu {menu}", found, ("popup menu", menu))
        desk.close_menu(menu)
    desk.choose_in_menu("File", "Settings…")
    audit_dialog(reader, ("dialog", "Settings"), "Cancel", found)
    desk.choose_in_menu("Help", "About RunComfy Desktop")
    audit_dialog(reader, ("dialog", "About RunComfy Desktop"), "Close", found)
    desk.choose_deployment("two-photos")
    audit(reader, "a workflow with two pictures", found)

    for number in range(1, 4):
        desk.run()
        # A hand that presses again sooner asks for the same run.
        wait_until(f"run {number} is in the queue", partial(has_jobs, place, number))
    reader.press(QUEUE, ("push button", "Cancel all"))
    audit_dialog(reader, ("dialog", "Cancel .* jobs\\?"), "Leave it", found)
    audit(reader, "running and waiting jobs", found, QUEUE)
    end_runs(place, 3)
    reader.wait_to_hear("Done: .*")
    reader.one(OUTPUT, ("list", "Outputs of this job"))
    audit(reader, "done jobs", found, QUEUE)
    audit(reader, "the viewer", found, OUTPUT)
    place.control("faults", "drop-answer")
    desk.run()
    unknown = ("dialog", "Sent, answer unknown")
    reader.press_until(lambda: reader.find(unknown), QUEUE, ("push button", "Resolve .*"))
    audit_dialog(reader, unknown, "Decide later", found)
    reader.write(TREE, node("Prompt"), ("text", "value"), text="a boat [fail]")
    desk.run()
    end_runs(place, 5)
    details = ("dialog", "Job details")
    reader.press_until(lambda: reader.find(details), QUEUE, ("push button", "Details .*"))
    audit_dialog(reader, details, "Close", found)
    audit(reader, "a changed input, failed and uncertain jobs", found)
    assert not found, "\n".join(f"{where}: {fault}" for fault, where in found.items())


def audit_dialog(reader: Reader, dialog: Step, leave: str, found: dict[str, str]) -> None:
    reader.one(dialog)
    audit(reader, f"dialog {dialog[1]}", found, dialog)
    reader.press(dialog, ("push button", leave))
    reader.gone(dialog)
