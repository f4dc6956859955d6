"""Reads and compares overrides: `{"<node id>": {"inputs": {"<input>": <value>}}}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import Json, object_or_empty, same_json
from runcomfy_desktop.domain.drafts.draft import same_value
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow, link_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runcomfy_desktop.domain.drafts.draft import Changes, Draft


def example_values(overrides: Json, workflow: Workflow) -> dict[InputKey, Json]:
    """Returns the example overrides as values, as far as they fit and differ from the saved ones.

    Inputs that the workflow does not have are left out, and so are links on either side: an
    override there would be refused, or would silently cut or add a link.
    """
    return {
        key: value
        for key, value in override_values(overrides)
        if key in workflow
        and not same_json(saved := workflow.value(key), value)
        and link_of(saved) is None
        and link_of(value) is None
    }


def override_values(overrides: Json) -> Iterator[tuple[InputKey, Json]]:
    """Yields the values in overrides by their inputs; skips parts of another form."""
    for node_id, entry in object_or_empty(overrides).items():
        for name, value in object_or_empty(object_or_empty(entry).get("inputs")).items():
            yield InputKey(node_id, name), value


def unused_examples(draft: Draft, overrides: Json) -> Changes:
    """Returns the example values of the draft's deployment that are not in use in the draft."""
    examples = {} if draft.source.is_file else example_values(overrides, draft.workflow)
    return {
        key: value for key, value in examples.items() if not same_value(draft.value(key), value)
    }


@dataclass(frozen=True, slots=True)
class WorkflowDifference:
    """Difference between a file's workflow and the deployment's own.

    `values` are the file's values of inputs whose values differ. `unmatched` are ids of nodes that
    the deployment does not have under that id and class (overrides for them cannot work). `missing`
    are ids of nodes that only the deployment has. `rewired` are inputs of common nodes that have
    another link or that only one side has: no override can make these equal.
    """

    values: Mapping[InputKey, Json]
    unmatched: tuple[str, ...]
    missing: tuple[str, ...]
    rewired: tuple[InputKey, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.values or self.unmatched or self.missing or self.rewired)


def compare_workflows(file: Workflow, deployed: Workflow) -> WorkflowDifference:
    """Returns the difference between a file's workflow and the deployment's."""
    unmatched: list[str] = []
    values: dict[InputKey, Json] = {}
    rewired: list[InputKey] = []
    for node in file.nodes.values():
        other = deployed.nodes.get(node.node_id)
        if other is None or other.class_type != node.class_type:
            unmatched.append(node.node_id)
            continue
        for name, file_value in node.inputs.items():
            key = InputKey(node.node_id, name)
            if name not in other.inputs:
                rewired.append(key)
            elif same_json(file_value, deployed_value := other.inputs[name]):
                continue
            elif link_of(file_value) is None and link_of(deployed_value) is None:
                values[key] = file_value
            else:
                rewired.append(key)
        rewired += [
            InputKey(node.node_id, name) for name in other.inputs if name not in node.inputs
        ]
    missing = tuple(node_id for node_id in deployed.nodes if node_id not in file.nodes)
    return WorkflowDifference(values, tuple(unmatched), missing, tuple(rewired))
