"""The service of `hostile`: one deployment whose runs end with the hostile results of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import savers
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.emulator.world import World
from tests.benchmarks.names import HOSTILE_INPUT, QUICK
from tests.benchmarks.service import serve
from tests.support.hostile_results import REFUSED, RESULTS

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.saving.desk import Desk, NodeOutput
    from runcomfy_desktop.emulator.step import Step

_SAVER = "SaveHostile"


def main() -> None:
    """Serves until SIGTERM; prints a line with address and token when ready."""
    world = World("benchmark-token", pace=Pace(cold_start_s=0.1, run_s=0.1))
    world.deployments = {
        each.deployment_id: each for each in world.deployments.values() if each.name == QUICK
    }
    (deployment,) = world.deployments.values()
    node_id, name = HOSTILE_INPUT
    deployment.workflow = {node_id: {"class_type": _SAVER, "inputs": {name: 0}}}
    deployment.overrides = {}
    world.classes.object_info[_SAVER] = {
        "input": {"required": {name: ["INT", {"default": 0}]}},
        "output": [],
        "output_node": True,
    }
    savers.SAVERS[_SAVER] = _save
    serve(world)


def _save(step: Step, _desk: Desk) -> NodeOutput:
    made = (*RESULTS, *REFUSED)[step.whole(HOSTILE_INPUT[1], 0)].makes()
    (output,) = made.outputs.values()
    return output


if __name__ == "__main__":
    main()
