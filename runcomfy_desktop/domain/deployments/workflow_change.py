"""What became otherwise when a deployment's workflow was replaced by another one: its saved values,
its nodes, and what that means for what the person had changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import same_value
from runcomfy_desktop.domain.drafts.overrides import compare_workflows

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow


@dataclass(frozen=True, slots=True)
class SavedValueChange:
    """An input whose saved value is another one; `is_overridden` says that the person's value is
    sent."""

    node: Node
    name: str
    before: Json
    after: Json
    is_overridden: bool = False


@dataclass(frozen=True, slots=True)
class UserValue:
    """A value of the person's that is no change any more: `node` is the one it was typed into,
    None when nobody knows it any more."""

    node: Node | None
    key: InputKey
    value: Value


@dataclass(frozen=True, slots=True)
class RewiredInput:
    """An input that is linked otherwise, or that came or went; one side is missing then."""

    node: Node
    name: str
    before: Json
    after: Json
    was_there: bool
    is_there: bool


@dataclass(frozen=True, slots=True)
class WorkflowChange:
    """`replaced` are nodes with another class under the same id; `lost` are own values that find no
    place any more, `adopted` those that are the deployment's own by now, `restored` those that had
    none and have one again."""

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
    """`before` has the earlier workflow with what the person had changed in it, `after` the one of
    now with what was carried over."""
    old, new = before.workflow, after.workflow
    difference = compare_workflows(new, old)
    values = tuple(
        SavedValueChange(
            new.nodes[key.node_id],
            key.name,
            old.value(key),
            value,
            is_overridden=key in after.changes,
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
    return RewiredInput(
        new.nodes[key.node_id],
        key.name,
        old.value(key),
        new.value(key),
        was_there=key in old,
        is_there=key in new,
    )


def _restored(before: Draft, after: Draft) -> tuple[UserValue, ...]:
    added = (key for key in after.changes if key not in before.changes)
    orphaned = {each.key for each in before.orphaned}
    nodes = after.workflow.nodes
    return tuple(
        UserValue(nodes[key.node_id], key, after.changes[key]) for key in added if key in orphaned
    )
