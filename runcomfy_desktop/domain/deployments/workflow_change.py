"""Compares a deployment's workflow with the previous one and describes the difference as text.

Covers saved values, nodes, links, and the user's own changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import json_preview
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.drafts.difference_text import node_line, value_change_lines
from runcomfy_desktop.domain.drafts.draft import same_value
from runcomfy_desktop.domain.drafts.overrides import compare_workflows
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import link_of
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow

_MAX_SHOWN_CHARS = 200
_MAX_LINES = 2000


@dataclass(frozen=True, slots=True)
class SavedValueChange:
    """Input with a new saved value; `is_overridden` is true if the user's own value is sent."""

    node: Node
    name: str
    before: Json
    after: Json
    is_overridden: bool = False


@dataclass(frozen=True, slots=True)
class UserValue:
    """User's value that is no longer a change, or is a change again.

    `node` is the node in which the value was entered; None if that node is no longer known.
    """

    node: Node | None
    key: InputKey
    value: Value


@dataclass(frozen=True, slots=True)
class RewiredInput:
    """Input whose link changed, or that was added or removed and so is missing on one side."""

    node: Node
    name: str
    before: Json
    after: Json
    was_there: bool
    is_there: bool


@dataclass(frozen=True, slots=True)
class WorkflowChange:
    """All changes to a deployment's workflow.

    `replaced` are nodes with another class under the same id. `lost` are user values that no longer
    fit, `adopted` those that now equal the deployment's own, `restored` those that did not fit and
    now fit again.
    """

    name: str
    versions: tuple[str, str]
    values: tuple[SavedValueChange, ...] = ()
    rewired: tuple[RewiredInput, ...] = ()
    added: tuple[Node, ...] = ()
    removed: tuple[Node, ...] = ()
    replaced: tuple[tuple[Node, Node], ...] = ()
    lost: tuple[UserValue, ...] = ()
    adopted: tuple[UserValue, ...] = ()
    restored: tuple[UserValue, ...] = ()

    def __bool__(self) -> bool:
        parts = (self.values, self.rewired, self.added, self.removed, self.replaced)
        return any((*parts, self.lost, self.adopted, self.restored))


def workflow_change(before: Draft, after: Draft, versions: tuple[str, str]) -> WorkflowChange:
    """Returns the difference between two drafts of a deployment.

    `before` has the earlier workflow with the user's changes, `after` the current one with the
    changes that were carried over.
    """
    old, new = before.workflow, after.workflow
    difference = compare_workflows(new, old)
    values = tuple(
        SavedValueChange(
            new.nodes[key.node_id], key.name, old.value(key), value, key in after.changes
        )
        for key, value in difference.values.items()
    )
    gone = [key for key in before.changes if key not in after.changes]
    user_values = {
        key: UserValue(old.nodes.get(key.node_id), key, before.changes[key]) for key in gone
    }
    adopted = [
        key for key in gone if key in new and same_value(new.value(key), before.changes[key])
    ]
    return WorkflowChange(
        after.source.name,
        versions,
        values,
        tuple(_rewired(old, new, key) for key in difference.rewired),
        added=tuple(new.nodes[each] for each in difference.unmatched if each not in old.nodes),
        removed=tuple(old.nodes[each] for each in difference.missing),
        replaced=tuple(
            (old.nodes[each], new.nodes[each]) for each in difference.unmatched if each in old.nodes
        ),
        lost=tuple(user_values[key] for key in gone if key not in adopted),
        adopted=tuple(user_values[key] for key in adopted),
        restored=_restored(before, after),
    )


def _rewired(old: Workflow, new: Workflow, key: InputKey) -> RewiredInput:
    node, values = new.nodes[key.node_id], (old.value(key), new.value(key))
    return RewiredInput(node, key.name, *values, was_there=key in old, is_there=key in new)


def _restored(before: Draft, after: Draft) -> tuple[UserValue, ...]:
    added = (key for key in after.changes if key not in before.changes)
    orphaned = {each.key for each in before.orphaned}
    nodes = after.workflow.nodes
    return tuple(
        UserValue(nodes[key.node_id], key, after.changes[key]) for key in added if key in orphaned
    )


def change_text(change: WorkflowChange) -> str:
    """Returns the change as text to read, to copy and to keep.

    The text begins with the user's own values; the changes to the deployment follow.
    """
    lines = [_headline(change), ""]
    lost_title = _("Your values that do not fit any more: kept, and not sent:")
    replaced = (f"{node_line(old)} → {node_line(new)}" for old, new in change.replaced)
    for title, block in (
        (lost_title, _user_value_lines(change.lost)),
        (_("Your values that fit again, and are sent:"), _user_value_lines(change.restored)),
        (_("Your values that are the deployment's own by now:"), _user_value_lines(change.adopted)),
        (_("Saved values that changed:"), _saved_value_lines(change)),
        (_("Inputs that are linked otherwise, came or went:"), _rewired_lines(change.rewired)),
        (_("Nodes that came:"), map(node_line, change.added)),
        (_("Nodes that went:"), map(node_line, change.removed)),
        (_("Nodes that are of another class by now:"), replaced),
    ):
        found = list(block)
        if found:
            lines += [title, *(f"  {line}" for line in found), ""]
    if len(lines) > _MAX_LINES:
        hidden = len(lines) - _MAX_LINES
        lines[_MAX_LINES:] = [n_("… and %d line more.", "… and %d lines more.", hidden) % hidden]
    return "\n".join(lines).rstrip() + "\n"


def summary(change: WorkflowChange) -> str:
    """Returns the change in one line of numbers."""
    counts = (
        (len(change.values), n_("%d saved value", "%d saved values", len(change.values))),
        (len(change.rewired), n_("%d input", "%d inputs", len(change.rewired))),
        (len(change.added), n_("%d node came", "%d nodes came", len(change.added))),
        (len(change.removed), n_("%d node went", "%d nodes went", len(change.removed))),
        (
            len(change.replaced),
            n_("%d node of another class", "%d nodes of another class", len(change.replaced)),
        ),
    )
    return ", ".join(text % count for count, text in counts if count)


def _headline(change: WorkflowChange) -> str:
    name, (before, after) = one_line(change.name), change.versions
    if before and after and before != after:
        text = _("The workflow of %s has changed, from %s to %s.")
        return text % (name, one_line(before), one_line(after))
    return _("The workflow of %s has changed.") % name


def _user_value_lines(values: Iterable[UserValue]) -> Iterator[str]:
    for each in values:
        node = f"#{one_line(each.key.node_id)}" if each.node is None else node_line(each.node)
        value = each.value
        text = one_line(value.name) if isinstance(value, MediaFile) else _short_text(value)
        yield f"{node} · {one_line(each.key.name)}: {text}"


def _saved_value_lines(change: WorkflowChange) -> Iterator[str]:
    node_id = None
    for each in change.values:
        if each.node.node_id != node_id:
            node_id = each.node.node_id
            yield node_line(each.node)
        yield from value_change_lines(each.name, each.before, each.after, is_new=False)
        if each.is_overridden:
            yield "    " + _("(Your own value is sent in its place.)")


def _rewired_lines(inputs: Iterable[RewiredInput]) -> Iterator[str]:
    for each in inputs:
        before = _link_text(each.before) if each.was_there else _("(not there)")
        after = _link_text(each.after) if each.is_there else _("(not there)")
        yield f"{node_line(each.node)} · {one_line(each.name)}: {before} → {after}"


def _link_text(value: Json) -> str:
    link = link_of(value)
    return _short_text(value) if link is None else _("from #%s") % one_line(link.node_id)


def _short_text(value: Json) -> str:
    if isinstance(value, str) and value:
        return one_line(value)
    return json_preview(value, _MAX_SHOWN_CHARS)
