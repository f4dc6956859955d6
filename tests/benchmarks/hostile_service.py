"""Service for `hostile`: one deployment whose runs end with the tests' malicious results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import output_nodes
from runcomfy_desktop.emulator.backend import EmulatedBackend
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.benchmarks.constants import HOSTILE_INPUT, QUICK
from tests.benchmarks.service import serve
from tests.support.hostile_results import REFUSED, RESULTS

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.execution_step import ExecutionStep
    from runcomfy_desktop.emulator.output_folder import NodeOutput, OutputFolder

_SAVER = "SaveHostile"


def main() -> None:
    """Serves until SIGTERM; prints a line with address and token when ready."""
    backend = EmulatedBackend("benchmark-token", timing=EmulatorTiming(cold_start_s=0.1, run_s=0.1))
    backend.deployments = {
        each.deployment_id: each for each in backend.deployments.values() if each.name == QUICK
    }
    (deployment,) = backend.deployments.values()
    node_id, name = HOSTILE_INPUT
    deployment.workflow = {node_id: {"class_type": _SAVER, "inputs": {name: 0}}}
    deployment.overrides = {}
    backend.node_classes.object_info[_SAVER] = {
        "input": {"required": {name: ["INT", {"default": 0}]}},
        "output": [],
        "output_node": True,
    }
    output_nodes.OUTPUT_HANDLERS[_SAVER] = _save
    serve(backend)


def _save(step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
    outcome = (*RESULTS, *REFUSED)[step.integer(HOSTILE_INPUT[1], 0)].make_outcome()
    (output,) = outcome.outputs.values()
    return output


if __name__ == "__main__":
    main()
