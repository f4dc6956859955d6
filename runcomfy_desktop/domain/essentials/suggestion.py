"""Suggests the essentials of a workflow for which the user has not chosen any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.overrides import override_values
from runcomfy_desktop.domain.essentials.guess import (
    MAX_ROWS,
    EssentialKind,
    essential_finder,
    guess_essentials,
)
from runcomfy_desktop.domain.schema.schema import input_spec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow

_LAST = 1_000


def suggest_essentials(
    workflow: Workflow, schema: NodeSchema | None, overrides: Json
) -> tuple[InputKey, ...]:
    """Returns the inputs to show first, in order.

    If the workflow's author chose inputs in ComfyUI's App mode, these are all. Otherwise they are
    the inputs of the deployment's `overrides` (its owner's example values) and the guessed ones,
    by kind, then those on the outside of subgraphs. Of seeds with equal saved values only the first
    is suggested, see `equal_seeds`.
    """
    author = workflow.author_choices
    chosen = () if author is None else _editable(author.inputs, workflow, schema)
    if chosen:
        return chosen
    finder = essential_finder(workflow, schema)
    owner_keys = _editable((key for key, _value in override_values(overrides)), workflow, schema)
    kinds = {key: finder.kind_of(workflow.nodes[key.node_id], key) or _LAST for key in owner_keys}
    row_count = len(kinds)
    for row in guess_essentials(workflow, schema):
        new_keys = [key for key in row.keys if key not in kinds]
        if row.kind is EssentialKind.SEED:
            new_keys = _first_of_each_value(new_keys, workflow)[:MAX_ROWS]
        if new_keys and row_count < MAX_ROWS:
            kinds |= dict.fromkeys(new_keys, row.kind)
            row_count += 1
    promoted = () if author is None else _editable(author.promoted_inputs, workflow, schema)
    new_keys = [key for key in promoted if key not in kinds]
    kinds |= dict.fromkeys(new_keys[: max(MAX_ROWS - row_count, 0)], _LAST)
    return tuple(sorted(kinds, key=lambda key: kinds[key]))


def equal_seeds(
    keys: Iterable[InputKey], workflow: Workflow, schema: NodeSchema | None
) -> dict[InputKey, tuple[InputKey, ...]]:
    """Returns for each seed among `keys` the other seeds with the same saved value.

    They are changed together with it; without this, a workflow with two samplers would show two
    seeds where its author meant one. Seeds among `keys` are left out.
    """
    wanted = dict.fromkeys(keys)
    if not wanted:
        return {}
    finder = essential_finder(workflow, schema)

    def is_seed(key: InputKey) -> bool:
        node = workflow.nodes.get(key.node_id)
        return node is not None and finder.kind_of(node, key) is EssentialKind.SEED

    seeds = {str(workflow.value(key)): key for key in reversed(wanted) if is_seed(key)}
    found: dict[InputKey, tuple[InputKey, ...]] = {}
    for key in workflow.input_keys() if seeds else ():
        seed = seeds.get(str(workflow.value(key)))
        if seed is not None and key not in wanted and is_seed(key):
            found[seed] = (*found.get(seed, ()), key)
    return found


def _first_of_each_value(keys: Iterable[InputKey], workflow: Workflow) -> list[InputKey]:
    first: dict[str, InputKey] = {}
    for key in keys:
        first.setdefault(str(workflow.value(key)), key)
    return list(first.values())


def _editable(
    keys: Iterable[InputKey], workflow: Workflow, schema: NodeSchema | None
) -> tuple[InputKey, ...]:
    """Returns the keys of inputs that exist and have a value of their own, each once."""
    return tuple(
        key
        for key in dict.fromkeys(keys)
        if key in workflow
        and input_spec(schema, workflow.nodes[key.node_id], key.name).kind.is_editable
    )
