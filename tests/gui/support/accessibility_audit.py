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
_CONTAINER_ROLES = {
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
_ROW_ROLES = {Role.Cell, Role.ListItem, Role.TreeItem}
TREES = {"Nodes and inputs of the workflow", "Pinned inputs"}
_MARKUP = re.compile(r"</?[a-z]+[^>]*>", re.IGNORECASE)
# A mnemonic that was left in, a name from the code, a template that was not filled.
_RAW_TEXT = re.compile(r"&\w|^Q[A-Z]\w+$|^[a-z]+(_[a-z]+)+$|%[sd]|\{\w*\}")
# Whoever hears that one of these is switched off wants to know why.
_NEEDS_DESCRIPTION = {
    Role.Button,
    Role.ButtonMenu,
    Role.ButtonDropDown,
    Role.CheckBox,
    Role.SpinBox,
}


@dataclass(frozen=True)
class AuditedItem:
    """Something that a screen reader knows of; `ancestors` are the names around it."""

    role: QAccessible.Role
    name: str
    description: str
    actions: tuple[str, ...]
    is_focusable: bool
    is_disabled: bool
    ancestors: tuple[str, ...]

    @property
    def is_actionable(self) -> bool:
        return bool(self.actions) or self.is_focusable

    def __str__(self) -> str:
        return f"{self.role.name} “{self.name}” in {' › '.join(filter(None, self.ancestors))}"


def accessible_items(window: QWidget) -> list[AuditedItem]:
    """All that can be met in a window, in reading order."""
    root = QAccessible.queryAccessibleInterface(window)
    assert root is not None
    return list(_walk(root, ()))


def _walk(item: QAccessibleInterface, ancestors: tuple[str, ...]) -> Iterator[AuditedItem]:
    audited = _audited_item(item, ancestors)
    yield audited
    ancestors = (*ancestors, audited.name)
    for at in range(item.childCount()):
        # There may be none, which the stubs do not know.
        child = cast("QAccessibleInterface | None", item.child(at))
        if child is not None and child.isValid() and not child.state().invisible:
            yield from _walk(child, ancestors)


def _audited_item(item: QAccessibleInterface, ancestors: tuple[str, ...]) -> AuditedItem:
    state = item.state()
    actions_interface = cast("QAccessibleActionInterface | None", item.actionInterface())
    actions = () if actions_interface is None else tuple(actions_interface.actionNames())
    return AuditedItem(
        item.role(),
        item.text(_Text.Name),
        item.text(_Text.Description),
        actions,
        bool(state.focusable),
        bool(state.disabled),
        ancestors,
    )


def accessibility_errors(window: QWidget) -> list[str]:
    """What a person who hears the window could not use or tell apart."""
    items = accessible_items(window)
    return [f"{what}: {each}" for each in items for what in _item_errors(each)] + _duplicates(items)


def _item_errors(audited: AuditedItem) -> Iterator[str]:
    words = f"{audited.name}\n{audited.description}"
    if _MARKUP.search(words):
        yield f"is told in markup ({audited.description})"
    # What an input is called is the workflow's own word.
    if (
        audited.is_actionable
        and TREES.isdisjoint(audited.ancestors)
        and _RAW_TEXT.search(audited.name)
    ):
        yield "has a name for machines"
    if audited.is_disabled:
        if audited.role in _NEEDS_DESCRIPTION and not audited.description.strip():
            yield "is switched off and does not say why"
        return
    if audited.is_actionable and not audited.name.strip():
        yield "has no name"
    if audited.is_actionable and audited.role in _CONTAINER_ROLES:
        yield "has the role of a mere place"
    if audited.is_focusable and not audited.actions:
        yield "takes the keyboard, and no action puts it there"


def _duplicates(items: list[AuditedItem]) -> list[str]:
    """What can be done twice in one place under one name."""
    counts = Counter(
        (each.role.name, each.name, each.description, each.ancestors)
        for each in items
        if each.actions and not each.is_disabled and each.role not in _ROW_ROLES
    )
    return [f"is there {count} times: {key}" for key, count in counts.items() if count > 1]
