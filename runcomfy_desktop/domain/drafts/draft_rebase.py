"""Transfers the changes of a draft to another workflow without losing any."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import SeedMode, same_value
from runcomfy_desktop.domain.drafts.orphaned_values import OrphanedValue, within_limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow


def rebase_draft(earlier: Draft | None, fresh: Draft) -> Draft:
    """Returns `fresh` with the changes and settings of the earlier draft, as far as they fit.

    Values that do not fit become `orphaned`. Orphaned values that fit again become changes again,
    as if the workflow in between had never existed.
    """
    if earlier is None:
        return fresh

    def fits(key: InputKey) -> bool:
        return _takes_value(fresh.workflow, key) and _is_same_class(key, earlier, fresh)

    changes = {key: value for key, value in earlier.changes.items() if fits(key)}
    modes = {key: mode for key, mode in earlier.seed_modes.items() if fits(key)}
    runs_file = fresh.source.is_file and (fresh.runs_file or earlier.runs_file)
    rebased = replace(
        fresh.with_values(changes),
        seed_modes=modes,
        runs_file=runs_file,
        deployment_id=fresh.deployment_id or earlier.deployment_id,
        draft_id=fresh.draft_id or earlier.draft_id,
        title=fresh.title or earlier.title,
        preset=fresh.preset or earlier.preset,
        dynamic_prompt_inputs=frozenset(filter(fits, earlier.dynamic_prompt_inputs)),
    )
    lost = [_orphaned_value(earlier, key) for key in earlier.changes if not fits(key)]
    candidates = (*earlier.orphaned, *fresh.orphaned, *lost)
    if not candidates:
        return rebased
    return _restore_orphaned(rebased, candidates, occupied={*rebased.changes, *changes})


def _restore_orphaned(
    draft: Draft, candidates: Iterable[OrphanedValue], occupied: set[InputKey]
) -> Draft:
    """Restores orphaned values that fit, unless the input has been changed since."""
    restored: dict[InputKey, OrphanedValue] = {}
    orphaned: list[OrphanedValue] = []
    for each in reversed(_unique_values(candidates)):
        key = each.key
        is_same_class = each.class_type in ("", draft.workflow.node(key.node_id).class_type)
        if not _takes_value(draft.workflow, key) or not is_same_class:
            orphaned.append(each)
        elif each.class_type and key not in occupied and key not in restored:
            restored[key] = each
        elif not same_value(draft.value(key), each.value):
            orphaned.append(each)
    result = draft.with_values({key: each.value for key, each in restored.items()})
    for key, each in restored.items():
        result = result.with_seed_mode(key, each.seed_mode)
    expanded = result.dynamic_prompt_inputs | {key for key in restored if restored[key].expands}
    return replace(result, dynamic_prompt_inputs=expanded, orphaned=within_limits(orphaned[::-1]))


def _unique_values(values: Iterable[OrphanedValue]) -> list[OrphanedValue]:
    found: list[OrphanedValue] = []
    alike: dict[tuple[InputKey, Value], list[OrphanedValue]] = {}
    for each in values:
        plain = None if isinstance(each.value, dict | list) else each.value
        same = alike.setdefault((each.key, plain), [])
        if not any(each == other and same_value(each.value, other.value) for other in same):
            same.append(each)
            found.append(each)
    return found


def _orphaned_value(draft: Draft, key: InputKey) -> OrphanedValue:
    node, mode = draft.workflow.node(key.node_id), draft.seed_modes.get(key, SeedMode.KEEP)
    expands = key in draft.dynamic_prompt_inputs
    return OrphanedValue(key, draft.changes[key], node.class_type, node.title, mode, expands)


def _takes_value(workflow: Workflow, key: InputKey) -> bool:
    """Returns True if an override of `key` changes a value, rather than silently cutting a link.

    This includes inputs that are not saved: inputs of a dynamic choice, and missing ones. It also
    includes inputs that are no longer saved: the checks report that their value has no effect.
    """
    return key.node_id in workflow.nodes and not workflow.is_linked(key)


def _is_same_class(key: InputKey, earlier: Draft, fresh: Draft) -> bool:
    """Returns True if the node's class is unchanged, or if the earlier draft lacks the node."""
    before = earlier.workflow.nodes.get(key.node_id)
    return before is None or before.class_type == fresh.workflow.nodes[key.node_id].class_type
