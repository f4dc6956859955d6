"""Walks through a window as a screen reader does and tells what a person could not use there."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from PySide6.QtGui import QAccessible, QAccessibleActionInterface, QAccessibleInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget

Role, _Text = QAccessible.Role, QAccessible.Text
# What only groups other things: nobody can do anything with it.
_PLACES = {
    Role.NoRole,
    Role.Client,
    Role.Pane,
    Role.LayeredPane,
    Role.Grouping,
    Role.Border,
    Role.Grip,
    Role.Whitespace,
}
# Of these a person sees which is which by where they stand: the row, the list.
_IN_ROWS = {Role.Cell, Role.ListItem, Role.TreeItem}
TREES = {"Nodes and inputs of the workflow", "Pinned inputs"}
_MARKUP = re.compile(r"</?[a-z]+[^>]*>", re.IGNORECASE)
# A mnemonic that was left in, a name from the code, a template that was not filled.
_RAW = re.compile(r"&\w|^Q[A-Z]\w+$|^[a-z]+(_[a-z]+)+$|%[sd]|\{\w*\}")
# Whoever hears that one of these is switched off wants to know why.
_EXPLAINED = {Role.Button, Role.ButtonMenu, Role.ButtonDropDown, Role.CheckBox, Role.SpinBox}


@dataclass(frozen=True)
class Thing:
    """Something that a screen reader knows of; `within` are the names around it."""

    role: QAccessible.Role
    name: str
    description: str
    actions: tuple[str, ...]
    is_focusable: bool
    is_off: bool
    within: tuple[str, ...]

    @property
    def acts(self) -> bool:
        return bool(self.actions) or self.is_focusable

    def __str__(self) -> str:
        return f"{self.role.name} “{self.name}” in {' › '.join(filter(None, self.within))}"


def things(window: QWidget) -> list[Thing]:
    """All that can be met in a window, in reading order."""
    root = QAccessible.queryAccessibleInterface(window)
    assert root is not None
    return list(_walk(root, ()))


def _walk(item: QAccessibleInterface, within: tuple[str, ...]) -> Iterator[Thing]:
    thing = _thing(item, within)
    yield thing
    within = (*within, thing.name)
    for at in range(item.childCount()):
        # There may be none, which the stubs do not know.
        child = cast("QAccessibleInterface | None", item.child(at))
        if child is not None and child.isValid() and not child.state().invisible:
            yield from _walk(child, within)


def _thing(item: QAccessibleInterface, within: tuple[str, ...]) -> Thing:
    state = item.state()
    acts = cast("QAccessibleActionInterface | None", item.actionInterface())
    actions = () if acts is None else tuple(acts.actionNames())
    return Thing(
        item.role(),
        item.text(_Text.Name),
        item.text(_Text.Description),
        actions,
        bool(state.focusable),
        bool(state.disabled),
        within,
    )


def faults_of(window: QWidget) -> list[str]:
    """What a person who hears the window could not use or tell apart."""
    met = things(window)
    return [f"{what}: {each}" for each in met for what in _faults(each)] + _twins(met)


def _faults(thing: Thing) -> Iterator[str]:
    words = f"{thing.name}\n{thing.description}"
    if _MARKUP.search(words):
        yield f"is told in markup ({thing.description})"
    # What an input is called is the workflow's own word.
    if thing.acts and TREES.isdisjoint(thing.within) and _RAW.search(thing.name):
        yield "has a name for machines"
    if thing.is_off:
        if thing.role in _EXPLAINED and not thing.description.strip():
            yield "is switched off and does not say why"
        return
    if thing.acts and not thing.name.strip():
        yield "has no name"
    if thing.acts and thing.role in _PLACES:
        yield "has the role of a mere place"
    if thing.is_focusable and not thing.actions:
        yield "takes the keyboard, and no action puts it there"


def _twins(met: list[Thing]) -> list[str]:
    """What can be done twice in one place under one name."""
    seen = Counter(
        (each.role.name, each.name, each.description, each.within)
        for each in met
        if each.actions and not each.is_off and each.role not in _IN_ROWS
    )
    return [f"is there {many} times: {key}" for key, many in seen.items() if many > 1]
