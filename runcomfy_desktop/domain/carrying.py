"""Takes what was changed in one workflow over to another one, and loses nothing on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import SeedMode, same_value
from runcomfy_desktop.domain.left_values import LeftValue, within_bounds
from runcomfy_desktop.domain.workflow import link_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.draft import Draft, Value
    from runcomfy_desktop.domain.workflow import InputKey, Workflow


def carried_over(earlier: Draft | None, fresh: Draft) -> Draft:
    """`fresh` with the earlier draft's changes and seed modes, as far as they fit there.

    Values that do not fit are its `left` ones. Those that were left before and fit now are changes
    again, as if the workflow between had never been.
    """
    if earlier is None:
        return fresh

    def fits(key: InputKey) -> bool:
        return _takes_value(fresh.workflow, key) and _is_same_class(key, earlier, fresh)

    changes = {key: value for key, value in earlier.changes.items() if fits(key)}
    modes = {key: mode for key, mode in earlier.seed_modes.items() if fits(key)}
    runs_file = fresh.source.is_file and (fresh.runs_file or earlier.runs_file)
    carried = replace(fresh.with_values(changes), seed_modes=modes, runs_file=runs_file)
    carried = replace(
        carried,
        deployment_id=fresh.deployment_id or earlier.deployment_id,
        draft_id=fresh.draft_id or earlier.draft_id,
        title=fresh.title or earlier.title,
        preset=fresh.preset or earlier.preset,
        expands=frozenset(filter(fits, earlier.expands)),
    )
    gone = [_left(earlier, key) for key in earlier.changes if not fits(key)]
    waiting = (*earlier.left, *fresh.left, *gone)
    return _settled(carried, waiting, occupied={*carried.changes, *changes}) if waiting else carried


def _settled(draft: Draft, waiting: Iterable[LeftValue], occupied: set[InputKey]) -> Draft:
    """What waits is put back where it fits, unless something else was typed there since."""
    back: dict[InputKey, LeftValue] = {}
    left: list[LeftValue] = []
    for each in reversed(_without_doubles(waiting)):
        key = each.key
        if not _takes_value(draft.workflow, key) or not _may_be_of(each, draft.workflow):
            left.append(each)
        elif each.class_type and key not in occupied and key not in back:
            back[key] = each
        elif not same_value(draft.value(key), each.value):
            left.append(each)
    settled = draft.with_values({key: each.value for key, each in back.items()})
    for key, each in back.items():
        settled = settled.with_seed_mode(key, each.seed_mode)
    return replace(
        settled,
        expands=settled.expands | {key for key, each in back.items() if each.expands},
        left=within_bounds(left[::-1]),
    )


def _without_doubles(values: Iterable[LeftValue]) -> list[LeftValue]:
    found: list[LeftValue] = []
    alike: dict[tuple[InputKey, Value], list[LeftValue]] = {}
    for each in values:
        plain = None if isinstance(each.value, dict | list) else each.value
        same = alike.setdefault((each.key, plain), [])
        if not any(each == other and same_value(each.value, other.value) for other in same):
            same.append(each)
            found.append(each)
    return found


def _left(draft: Draft, key: InputKey) -> LeftValue:
    node = draft.workflow.nodes.get(key.node_id)
    return LeftValue(
        key,
        draft.changes[key],
        "" if node is None else node.class_type,
        "" if node is None else node.title,
        draft.seed_modes.get(key, SeedMode.KEEP),
        key in draft.expands,
    )


def _may_be_of(left: LeftValue, workflow: Workflow) -> bool:
    return left.class_type in ("", workflow.nodes[left.key.node_id].class_type)


def _takes_value(workflow: Workflow, key: InputKey) -> bool:
    """Whether an override of `key` changes a value; of a link it would cut the wire, unseen.

    What belongs to a choice of a dynamic input, or was missing, is not saved yet. What was once
    saved and is not any more is kept, too: the checks say that it goes nowhere.
    """
    return key.node_id in workflow.nodes and link_of(workflow.value(key)) is None


def _is_same_class(key: InputKey, earlier: Draft, fresh: Draft) -> bool:
    """Whether the node is what it was; a stored draft no longer says what it was."""
    before = earlier.workflow.nodes.get(key.node_id)
    return before is None or before.class_type == fresh.workflow.nodes[key.node_id].class_type
