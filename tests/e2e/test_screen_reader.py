"""The program by a screen reader: everything by name and role, nothing by eye, mouse or place."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.e2e.place import Place

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import Programs
    from tests.e2e.reader import Reader, Step, Thing

WINDOW: Step = ("frame", ".*")
RUN: Step = ("push button", "Run")
RUN_BAR: Step = ("tool bar", "Run bar")
QUEUE: Step = ("panel", "Queue")
OUTPUT: Step = ("panel", "Output")
DEPLOYMENTS: Step = ("list", "Deployments")
TREE: Step = ("tree", "Nodes and inputs of the workflow")


@pytest.fixture
def place(programs: Programs, display: Display, data_dir: Path) -> Place:
    return Place(programs, display, data_dir)


def test_announcements(place: Place, reader: Reader, programs: Programs, data_dir: Path) -> None:
    look_around(place, reader, programs, data_dir)


# What a person does


def look_around(
    place: Place, reader: Reader, programs: Programs, data_dir: Path, *service: str
) -> None:
    """From the first-run page into the demo."""
    place.serve(*(service or ("--cold-start", "0", "--run-time", "3")))
    reader.look_at(programs.start(data_dir=data_dir))
    reader.press(("push button", "Look around without a key"))
    reader.one(("frame", "flux-kontext — .*"))


def choose(reader: Reader, deployment: str) -> None:
    reader.press(DEPLOYMENTS, ("list item", f"{deployment},.*"))
    reader.one(("frame", f"{deployment} — .*"))


def open_menu(reader: Reader, name: str) -> None:
    reader.press(("menu bar", ".*"), ("menu item", name), action="ShowMenu")
    reader.one(("popup menu", name))


def choose_in_menu(reader: Reader, menu: str, entry: str) -> None:
    open_menu(reader, menu)
    reader.press(("popup menu", menu), ("menu item", entry))
    reader.gone(("popup menu", menu))


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


def audit(reader: Reader, where: str, found: dict[str, str]) -> None:
    """Adds the faults that are there now to `found`, each with where it was first seen."""
    for fault in faults_of(reader.nodes()):
        found.setdefault(fault, where)


def test_everything_that_acts_can_be_named_and_told_apart(
    place: Place, reader: Reader, programs: Programs, data_dir: Path
) -> None:
    found: dict[str, str] = {}
    place.serve("--cold-start", "0", "--run-time", "1")
    reader.look_at(programs.start(data_dir=data_dir))
    reader.press(("push button", "Connect your key"))
    reader.one(("dialog", "Connect your key"))
    audit(reader, "connect dialog", found)
    reader.press(("dialog", "Connect your key"), ("push button", "Close"))
    reader.gone(("dialog", "Connect your key"))
    audit(reader, "first run", found)
    reader.press(("push button", "Look around without a key"))
    reader.one(("frame", "flux-kontext — .*"))
    audit(reader, "flux-kontext", found)
    for menu in ("File", "Edit", "Run", "View", "Deployment", "Help"):
        open_menu(reader, menu)
        audit(reader, f"menu {menu}", found)
        reader.press(("menu bar", ".*"), ("menu item", menu), action="ShowMenu")
        reader.gone(("popup menu", menu))
    for menu, entry, dialog in (
        ("File", "Settings…", "Settings"),
        ("Help", "About RunComfy Desktop", "About RunComfy Desktop"),
    ):
        choose_in_menu(reader, menu, entry)
        reader.one(("dialog", dialog))
        audit(reader, f"dialog {dialog}", found)
        reader.press(("dialog", dialog), ("push button", "Close|Cancel"))
        reader.gone(("dialog", dialog))
    choose(reader, "two-photos")
    audit(reader, "two-photos", found)
    reader.press(RUN_BAR, RUN)
    reader.one(QUEUE, ("push button", "Cancel .* seed .*"))
    audit(reader, "a running job", found)
    reader.press(RUN_BAR, RUN)
    reader.press(RUN_BAR, RUN)
    reader.press(QUEUE, ("push button", "Cancel all"))
    reader.one(("dialog", "Cancel .* jobs\\?"))
    audit(reader, "question", found)
    reader.press(("dialog", "Cancel .*"), ("push button", "Leave it"))
    reader.gone(("dialog", "Cancel .*"))
    reader.wait_to_hear("Done: .*")
    reader.one(OUTPUT, ("list", "Outputs of this job"))
    audit(reader, "outputs", found)
    place.control("faults", "drop-answer,status-500@list:9")
    reader.press(RUN_BAR, RUN)
    reader.press(QUEUE, ("push button", "Resolve .*"))
    reader.one(("dialog", "Sent, answer unknown"))
    audit(reader, "resolve", found)
    reader.press(("dialog", "Sent, answer unknown"), ("push button", "Decide later"))
    reader.gone(("dialog", "Sent, answer unknown"))
    choose_in_menu(reader, "Deployment", "Refresh")
    audit(reader, "uncertain", found)
    assert not found, "\n".join(f"{where}: {fault}" for fault, where in found.items())
