"""Audit that reads a window like a screen reader and lists obstacles for screen reader users."""

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
# Roles that only group other items and offer no action.
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
# Items with these roles may share a name: their position in the list or table identifies them.
_ROW_ROLES = {Role.Cell, Role.ListItem, Role.TreeItem}
TREES = {"Nodes and inputs of the workflow", "Essentials"}
_MARKUP = re.compile(r"</?[a-z]+[^>]*>", re.IGNORECASE)
# A leftover mnemonic, a name from the code, an unfilled template.
_RAW_TEXT = re.compile(r"&\w|^Q[A-Z]\w+$|^[a-z]+(_[a-z]+)+$|%[sd]|\{\w*\}")
# If disabled, an item with one of these roles needs a description that states the reason.
_NEEDS_DESCRIPTION = {
    Role.Button,
    Role.ButtonMenu,
    Role.ButtonDropDown,
    Role.CheckBox,
    Role.SpinBox,
}


@dataclass(frozen=True)
class AuditedItem:
    """Item known to screen readers; `ancestors` are the names around it."""

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
    """Returns all accessible items of a window in reading order."""
    root = QAccessible.queryAccessibleInterface(window)
    assert root is not None
    return list(_walk(root, ()))


def _walk(item: QAccessibleInterface, ancestors: tuple[str, ...]) -> Iterator[AuditedItem]:
    audited = _audited_item(item, ancestors)
    yield audited
    ancestors = (*ancestors, audited.name)
    for at in range(item.childCount()):
        # The child may be None, which the stubs do not declare.
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
    """Returns the problems that a user of a screen reader would have in a window."""
    items = accessible_items(window)
    return [f"{what}: {each}" for each in items for what in _item_errors(each)] + _duplicates(items)


def _item_errors(audited: AuditedItem) -> Iterator[str]:
    words = f"{audited.name}\n{audited.description}"
    if _MARKUP.search(words):
        yield f"is told in markup ({audited.description})"
    # The names of inputs come from the workflow.
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
    """Returns the actions that appear more than once in one place under one name."""
    counts = Counter(
        (each.role.name, each.name, each.description, each.ancestors)
        for each in items
        if each.actions and not each.is_disabled and each.role not in _ROW_ROLES
    )
    return [f"is there {count} times: {key}" for key, count in counts.items() if count > 1]
