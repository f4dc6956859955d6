"""Current inputs of a node: a choice in a dynamic input adds and removes other inputs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.drafts.draft import same_value
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.schema.node_class import MAX_LEVELS
from runcomfy_desktop.domain.schema.schema import input_spec
from runcomfy_desktop.domain.schema.spec_inference import fits_editor
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow, link_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Changes, Draft, Value
    from runcomfy_desktop.domain.schema.node_class import Declarations, NodeClass
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import Node


def active_names(node: Node, draft: Draft, schema: NodeSchema | None) -> tuple[str, ...]:
    """Returns the names of a node's inputs in the order in which they are shown.

    These are the saved inputs and those that only the changes have, minus the inputs of options
    that are no longer chosen, plus required inputs that are missing, so that an issue can be shown
    there.
    """
    node_class = None if schema is None else schema.node_class(node.class_type)
    added = _added_names(node, draft)
    if node_class is None:
        return (*node.inputs, *added)
    declared = node_class.declared_inputs(controlling_values(node, draft, node_class))
    names = _remaining_names(node, draft, schema, declared)
    missing = [name for name in declared if name not in node.inputs]
    wanted = [name for name in missing if declared[name].is_required or name in added]
    if wanted:
        names = _insert_missing(names, wanted, declared)
    dynamic = tuple(f"{name}." for name in node_class.controlling_inputs)
    unknown = [name for name in added if name not in declared and not name.startswith(dynamic)]
    return (*names, *unknown)


def changed_names(node: Node, draft: Draft) -> frozenset[str]:
    """Returns the names of a node's inputs that were changed or added, active or not."""
    if not draft.changes:
        return frozenset()
    names = (*node.inputs, *_added_names(node, draft))
    return frozenset(name for name in names if InputKey(node.node_id, name) in draft.changes)


def sent_names(node: Node, draft: Draft, schema: NodeSchema | None) -> tuple[str, ...]:
    """Returns the names of the active inputs that have a value, so that a run sends it."""
    if not _added_names(node, draft) and not _changed_controlling(node, draft, schema):
        # No input was added or removed, as for nearly all of thousands of nodes.
        return tuple(node.inputs)
    names = active_names(node, draft, schema)
    if all(name in node.inputs for name in names):
        return names
    changes = draft.changes
    return tuple(
        name for name in names if name in node.inputs or InputKey(node.node_id, name) in changes
    )


def active_spec(key: InputKey, draft: Draft, schema: NodeSchema | None) -> InputSpec:
    """Returns the spec for editing an active input, given the current values of its node."""
    node = draft.workflow.nodes[key.node_id]
    node_class = None if schema is None else schema.node_class(node.class_type)
    # Only the values that control other inputs matter, and this runs for each input of a node.
    inputs = {} if node_class is None else controlling_values(node, draft, node_class)
    now = draft.changes.get(key)
    if key.name in node.inputs:
        inputs[key.name] = node.inputs[key.name]
    elif key in draft.changes:
        inputs[key.name] = "" if isinstance(now, MediaFile) else now
    spec = input_spec(schema, replace(node, inputs=inputs), key.name)
    if spec.kind is InputKind.OTHER and key in draft.changes and not isinstance(now, MediaFile):
        # The saved value could not be edited; the value that replaced it may be editable.
        spec = input_spec(schema, replace(node, inputs={**inputs, key.name: now}), key.name)
    return spec


def choice_changes(
    key: InputKey, option: Value, draft: Draft, schema: NodeSchema | None
) -> dict[InputKey, Value]:
    """Returns all changes that follow from choosing `option` in the dynamic input `key`.

    Pass the result to `DraftEditor.edit`: then the choice, the defaults of the inputs that it adds,
    and the removal of other inputs are one undo step. For an input that is not dynamic, the result
    is the choice alone.
    """
    values: dict[InputKey, Value] = {key: option}
    node = draft.workflow.nodes.get(key.node_id)
    node_class = None if schema is None or node is None else schema.node_class(node.class_type)
    if node is None or node_class is None or key.name not in node_class.controlling_inputs:
        return values
    for _level in range(MAX_LEVELS):
        updated = draft.with_values(values)
        declared = node_class.declared_inputs(controlling_values(node, updated, node_class))
        defaults = _child_defaults(key, updated, declared)
        if not defaults.keys() - values.keys():
            break
        values |= {child: value for child, value in defaults.items() if child not in values}
    # Values of inputs that are gone are undone: otherwise they would reappear unnoticed.
    for child in _children(key, draft):
        if child.name not in declared:
            values[child] = draft.workflow.value(child)
    return values


def with_dependent_changes(values: Changes, draft: Draft, schema: NodeSchema | None) -> Changes:
    """Returns `values` with the changes that follow from dynamic choices among them."""
    if schema is None:
        return values
    result: dict[InputKey, Value] = dict(values)
    workflow = draft.workflow
    for key, value in values.items():
        node_class = schema.node_class(workflow.node(key.node_id).class_type)
        is_controlling = node_class is not None and key.name in node_class.controlling_inputs
        if not is_controlling or not active_spec(key, draft, schema).is_dynamic:
            continue
        dependents: dict[InputKey, Value] = {}
        if not same_value(value, workflow.value(key)):
            dependents = choice_changes(key, value, draft, schema)
        elif key in draft.changes:
            # The workflow's own choice restores the workflow's own values.
            dependents = {each: workflow.value(each) for each in _children(key, draft)}
        result |= {child: new for child, new in dependents.items() if child not in result}
    return result


def needs_inline(draft: Draft, schema: NodeSchema | None) -> bool:
    """Returns True if the changes add or remove inputs, which overrides cannot do."""
    nodes = draft.workflow.nodes
    touched = [nodes[each] for each in {key.node_id for key in draft.changes} & nodes.keys()]
    return any(sent_names(node, draft, schema) != tuple(node.inputs) for node in touched)


def sent_workflow(draft: Draft, schema: NodeSchema | None) -> Workflow:
    """Returns the workflow with exactly the inputs that are sent.

    Their values are the saved ones, and None for inputs that only the changes have.
    """
    nodes = {}
    for node in draft.workflow.nodes.values():
        names = sent_names(node, draft, schema)
        is_same = names == tuple(node.inputs)
        inputs = node.inputs if is_same else {name: node.inputs.get(name) for name in names}
        nodes[node.node_id] = node if is_same else replace(node, inputs=inputs)
    return replace(draft.workflow, nodes=nodes)


def sent_changes(draft: Draft, schema: NodeSchema | None) -> Changes:
    """Returns the changes that a run sends: those to inputs that exist."""
    nodes = draft.workflow.nodes
    touched = [nodes[each] for each in {key.node_id for key in draft.changes} & nodes.keys()]
    sent = {InputKey(n.node_id, name) for n in touched for name in sent_names(n, draft, schema)}
    kept = {key: value for key, value in draft.changes.items() if key in sent}
    return draft.changes if len(kept) == len(draft.changes) else kept


def _added_names(node: Node, draft: Draft) -> Sequence[str]:
    """Returns the names of a node's inputs that only the changes have."""
    if not draft.changes:
        return ()
    return _added_by_node(draft.workflow, draft.changes).get(node.node_id, ())


# The last results are cached, because thousands of nodes are queried for one draft in sequence.


@cache_last
def _added_by_node(workflow: Workflow, changes: Changes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    unknown = changes.keys() - _saved_keys(workflow)
    # In the order of the changes, because a set has no order.
    for key in (each for each in changes if each in unknown) if unknown else ():
        found.setdefault(key.node_id, []).append(key.name)
    return found


@cache_last
def _saved_keys(workflow: Workflow) -> frozenset[InputKey]:
    return frozenset(workflow.input_keys())


def controlling_values(node: Node, draft: Draft, node_class: NodeClass) -> dict[str, Json]:
    """Returns the current values of the inputs that control others."""
    values: dict[str, Json] = {}
    for name in node_class.controlling_inputs:
        key = InputKey(node.node_id, name)
        if key in draft.changes:
            value = draft.changes[key]
            values[name] = None if isinstance(value, MediaFile) else value
        elif name in node.inputs:
            values[name] = node.inputs[name]
    return values


def _changed_controlling(node: Node, draft: Draft, schema: NodeSchema | None) -> tuple[str, ...]:
    """Returns the changed inputs of a node that control others."""
    node_class = None if schema is None else schema.node_class(node.class_type)
    controlling = () if node_class is None else node_class.controlling_inputs
    return tuple(name for name in controlling if InputKey(node.node_id, name) in draft.changes)


def _remaining_names(
    node: Node, draft: Draft, schema: NodeSchema | None, declared: Declarations
) -> list[str]:
    """Returns the saved names that still exist: the inputs of an option vanish with it."""
    chosen = tuple(f"{name}." for name in _changed_controlling(node, draft, schema))
    if not chosen:
        return list(node.inputs)
    return [name for name in node.inputs if name in declared or not name.startswith(chosen)]


def _children(key: InputKey, draft: Draft) -> list[InputKey]:
    """Returns the changed inputs that belong to a dynamic input."""
    node_id, prefix = key.node_id, f"{key.name}."
    return [e for e in draft.changes if e.node_id == node_id and e.name.startswith(prefix)]


def _insert_missing(names: list[str], wanted: Iterable[str], declared: Declarations) -> list[str]:
    """Returns `names` with each of `wanted` after its nearest predecessor in the class."""
    order = list(declared)
    for name in wanted:
        present = set(names)
        before = (each for each in reversed(order[: order.index(name)]) if each in present)
        nearest = next(before, None)
        names.insert(0 if nearest is None else names.index(nearest) + 1, name)
    return names


def _child_defaults(key: InputKey, draft: Draft, declared: Declarations) -> dict[InputKey, Value]:
    """Returns defaults for those inputs of a choice that have no value to keep."""
    values: dict[InputKey, Value] = {}
    for name, entry in declared.items():
        child = InputKey(key.node_id, name)
        if not name.startswith(f"{key.name}.") or not entry.spec.kind.is_editable:
            continue
        has_value = child in draft.changes or child in draft.workflow
        if has_value and _can_keep(draft.value(child), entry.spec):
            continue
        if entry.spec.default is not None:
            values[child] = entry.spec.default
    return values


def _can_keep(value: Value, spec: InputSpec) -> bool:
    if isinstance(value, MediaFile):
        return spec.kind.is_media
    if link_of(value) is not None:
        return True
    if not fits_editor(spec.kind, value):
        return False
    if spec.kind is InputKind.COMBO:
        return value in spec.choices
    if isinstance(value, int | float):
        low, high = spec.minimum, spec.maximum
        return (low is None or value >= low) and (high is None or value <= high)
    return True
