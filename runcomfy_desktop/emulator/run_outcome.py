"""Outcome of a request: its outputs, or the errors of a failed result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import output_nodes, workflow_graph
from runcomfy_desktop.emulator.execution_step import EXECUTION_ERROR, ExecutionStep, RunError
from runcomfy_desktop.emulator.flow import DataFlow, digest_of
from runcomfy_desktop.emulator.node_handlers import run_node
from runcomfy_desktop.emulator.output_folder import OutputFolder
from runcomfy_desktop.emulator.prompt_validation import validate_prompt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.emulator.http_messages import Json, JsonObject
    from runcomfy_desktop.emulator.node_classes import NodeClasses
    from runcomfy_desktop.emulator.output_folder import NodeOutput, SavedFile
    from runcomfy_desktop.emulator.prompt_validation import PromptError
    from runcomfy_desktop.emulator.request_media import RequestMedia

REQUEST_ERROR = 11008


@dataclass(frozen=True, slots=True)
class RunFailure:
    """One error of a failed run, before it is put into one of the API's error formats."""

    code: int
    kind: str
    message: str
    debug_info: str


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """Outcome of a run: its outputs by node id, or its errors."""

    outputs: Mapping[str, NodeOutput]
    errors: tuple[RunFailure, ...] = ()
    node_errors: tuple[RunFailure, ...] = ()
    """Errors of nodes that were left out of a successful run."""

    def files(self) -> dict[str, SavedFile]:
        """Returns all files by their path below the request's folder."""
        return {
            file.path: file
            for output in self.outputs.values()
            for files in output.files.values()
            for file in files
        }

    def outputs_json(self, root_url: str) -> JsonObject:
        return {
            node_id: {
                **{
                    channel: [file.entry(root_url) for file in files]
                    for channel, files in output.files.items()
                },
                **output.other_values,
            }
            for node_id, output in self.outputs.items()
            if output.files or output.other_values
        }


def run_workflow(
    workflow: JsonObject,
    media: Mapping[str, RequestMedia],
    classes: NodeClasses,
    now_s: float,
    *,
    partner_key: str = "",
) -> RunOutcome:
    """Runs the workflow's graph from its output nodes; pictures are drawn later, on download."""
    validation = validate_prompt(workflow, classes, media)
    errors = tuple(map(_prompt_failure, validation.all_errors))
    if not validation.outputs:
        return RunOutcome({}, errors)
    try:
        outputs = _run(workflow, validation.outputs, media, now_s, partner_key)
        return RunOutcome(outputs, node_errors=errors)
    except RunError as failure:
        return RunOutcome({}, (_execution_failure(failure),))


def _run(
    workflow: JsonObject,
    roots: list[str],
    media: Mapping[str, RequestMedia],
    now_s: float,
    partner_key: str,
) -> dict[str, NodeOutput]:
    flows: dict[str, tuple[DataFlow, ...]] = {}
    steps: dict[str, ExecutionStep] = {}
    for node_id in workflow_graph.execution_order(workflow, roots):
        step = replace(_step(workflow, node_id, flows, media), partner_key=partner_key)
        steps[node_id] = step
        flows[node_id] = tuple(flow.with_changes(digest=step.digest) for flow in run_node(step))
    folder = OutputFolder(workflow, now_s)
    return {node_id: output_nodes.run_output_node(steps[node_id], folder) for node_id in roots}


def _step(
    workflow: JsonObject,
    node_id: str,
    flows: Mapping[str, tuple[DataFlow, ...]],
    media: Mapping[str, RequestMedia],
) -> ExecutionStep:
    node = workflow_graph.node_of(workflow, node_id)
    incoming = {
        link.name: flows[link.source][min(link.slot, len(flows[link.source]) - 1)]
        for link in workflow_graph.links_of(node)
    }
    values: dict[str, Json] = {
        name: value
        for name, value in workflow_graph.inputs_of(node).items()
        if name not in incoming
    }
    name = workflow_graph.class_of(node)
    sources = [f"{each}={flow.digest}" for each, flow in sorted(incoming.items())]
    digest = digest_of(name, dict(values), sources)
    return ExecutionStep(node_id, name, values, incoming, media, digest)


def _prompt_failure(error: PromptError) -> RunFailure:
    location = f"node {error.node_id}: " if error.node_id else ""
    return RunFailure(REQUEST_ERROR, error.kind, error.message, f"{location}{error.kind}")


def _execution_failure(failure: RunError) -> RunFailure:
    return RunFailure(
        EXECUTION_ERROR, failure.kind, failure.message, f"node {failure.node_id}: {failure.kind}"
    )
