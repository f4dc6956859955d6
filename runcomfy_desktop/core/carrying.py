"""Carries what a person changed over to another version of a workflow, as far as it fits there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow import link_of

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.workflow import InputKey, Workflow


def carry_over(earlier: Draft | None, fresh: Draft) -> Draft:
    """`fresh` with the earlier draft's changes and seed modes, as far as they fit there."""
    if earlier is None:
        return fresh

    def fits(key: InputKey) -> bool:
        return _takes_value(fresh.workflow, key) and _is_same_class(key, earlier, fresh)

    changes = {key: value for key, value in earlier.changes.items() if fits(key)}
    modes = {key: mode for key, mode in earlier.seed_modes.items() if fits(key)}
    runs_file = fresh.source.is_file and (fresh.runs_file or earlier.runs_file)
    carried = replace(fresh.with_values(changes), seed_modes=modes, runs_file=runs_file)
    return replace(carried, deployment_id=fresh.deployment_id or earlier.deployment_id)


def _takes_value(workflow: Workflow, key: InputKey) -> bool:
    """Whether an override of `key` changes a value; of a link it would cut the wire, unseen."""
    return key in workflow and link_of(workflow.value(key)) is None


def _is_same_class(key: InputKey, earlier: Draft, fresh: Draft) -> bool:
    """Whether the node is what it was; a stored draft no longer says what it was."""
    before = earlier.workflow.nodes.get(key.node_id)
    return before is None or before.class_type == fresh.workflow.nodes[key.node_id].class_type
