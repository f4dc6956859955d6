"""What becomes of a request: its outputs, or the errors of a failed result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import graph, savers
from runcomfy_desktop.emulator.flow import Flow, digest_of
from runcomfy_desktop.emulator.nodes import run_node
from runcomfy_desktop.emulator.prompt_check import check_prompt
from runcomfy_desktop.emulator.saving.desk import Desk
from runcomfy_desktop.emulator.step import EXECUTION_ERROR, RunError, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.emulator.media import Media
    from runcomfy_desktop.emulator.prompt_check import Refusal
    from runcomfy_desktop.emulator.saving.desk import NodeOutput, SavedFile
    from runcomfy_desktop.emulator.schema import NodeClasses
    from runcomfy_desktop.emulator.wire import Json, JsonObject

REQUEST_ERROR = 11008


@dataclass(frozen=True, slots=True)
class Failing:
    """One entry of a failed result, not yet in one of the API's shapes."""

    code: int
    kind: str
    message: str
    technical: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a run: outputs by node id, or what failed."""

    outputs: Mapping[str, NodeOutput]
    errors: tuple[Failing, ...] = ()
    node_errors: tuple[Failing, ...] = ()
    """What was left out of a run that succeeded."""

    def files(self) -> dict[str, SavedFile]:
        """All files by their path below the request's folder."""
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
                **output.plain,
            }
            for node_id, output in self.outputs.items()
            if output.files or output.plain
        }


def run_workflow(
    workflow: JsonObject,
    media: Mapping[str, Media],
    classes: NodeClasses,
    now_s: float,
    *,
    partner_key: str = "",
) -> Outcome:
    """Follows the graph from its output nodes; draws nothing yet."""
    verdict = check_prompt(workflow, classes, media)
    errors = tuple(map(_refused, verdict.all_errors))
    if not verdict.outputs:
        return Outcome({}, errors)
    try:
        outputs = _run(workflow, verdict.outputs, media, now_s, partner_key)
        return Outcome(outputs, node_errors=errors)
    except RunError as failure:
        return Outcome({}, (_failing(failure),))


def _run(
    workflow: JsonObject,
    roots: list[str],
    media: Mapping[str, Media],
    now_s: float,
    partner_key: str,
) -> dict[str, NodeOutput]:
    flows: dict[str, tuple[Flow, ...]] = {}
    steps: dict[str, Step] = {}
    for node_id in graph.execution_order(workflow, roots):
        step = replace(_step(workflow, node_id, flows, media), partner_key=partner_key)
        steps[node_id] = step
        flows[node_id] = tuple(flow.but(digest=step.digest) for flow in run_node(step))
    desk = Desk(workflow, now_s)
    return {node_id: savers.save(steps[node_id], desk) for node_id in roots}


def _step(
    workflow: JsonObject,
    node_id: str,
    flows: Mapping[str, tuple[Flow, ...]],
    media: Mapping[str, Media],
) -> Step:
    node = graph.node_of(workflow, node_id)
    incoming = {
        link.name: flows[link.source][min(link.slot, len(flows[link.source]) - 1)]
        for link in graph.links_of(node)
    }
    values: dict[str, Json] = {
        name: value for name, value in graph.inputs_of(node).items() if name not in incoming
    }
    name = graph.class_of(node)
    sources = [f"{each}={flow.digest}" for each, flow in sorted(incoming.items())]
    digest = digest_of(name, dict(values), sources)
    return Step(node_id, name, values, incoming, media, digest)


def _refused(refusal: Refusal) -> Failing:
    where = f"node {refusal.node_id}: " if refusal.node_id else ""
    return Failing(REQUEST_ERROR, refusal.kind, refusal.message, f"{where}{refusal.kind}")


def _failing(failure: RunError) -> Failing:
    return Failing(
        EXECUTION_ERROR, failure.kind, failure.message, f"node {failure.node_id}: {failure.kind}"
    )
