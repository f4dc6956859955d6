"""The service that is measured against: the emulator as a process, with two deployments.

`SLOW` never comes to an end, so that its jobs stay active. `QUICK` ends at once, with 50 copies
of a 4K PNG, and takes a picture of 50 MB.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import savers, server
from runcomfy_desktop.emulator.control import new_token
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.emulator.saving.desk import Desk, NodeOutput, SavedFile
from runcomfy_desktop.emulator.world import World
from tests.benchmarks.names import PICTURES, QUICK, SLOW

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.step import Step
    from runcomfy_desktop.emulator.wire import JsonObject

_SAVER = "SavePictureSet"
_FOR_EVER_S = 1e5
PLACES = 100
# As many node classes as a deployment with many custom nodes describes.
_CLASSES = 1500


def main(picture: str) -> None:
    """Serves until SIGTERM; prints a line with address and token when ready."""
    server._MAX_BODY_BYTES = 256 * 1024 * 1024
    world = World("benchmark-token", pace=Pace(cold_start_s=_FOR_EVER_S, run_s=0.3))
    _arrange(world, Path(picture).read_bytes())
    serve(world)


def serve(world: World) -> None:
    """Serves until SIGTERM; prints a line with address and token when ready."""
    ready = {"token": world.token, "control_token": new_token()}
    running = server.EmulatorServer(world, 0, control_token=ready["control_token"])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    running.start()
    print(json.dumps({"base_url": running.base_url, **ready}), flush=True)
    while not stop.wait(0.5):
        pass
    running.close()


def _arrange(world: World, data: bytes) -> None:
    kept = {each.name: each for each in world.deployments.values() if each.name in (QUICK, SLOW)}
    world.deployments = {each.deployment_id: each for each in kept.values()}
    # An instance that is always warm starts no job cold, any other one for ever.
    kept[QUICK].min_instances, kept[SLOW].min_instances = 1, 0
    # All runs are there at once: none waits here for a free place.
    kept[SLOW].queue_size = PLACES
    kept[QUICK].workflow, kept[QUICK].overrides = _workflow(), {}
    _describe(world.classes.object_info)

    def save(_step: Step, _desk: Desk) -> NodeOutput:
        files = tuple(
            SavedFile("output", "", f"set_{at:05}_.png", "image/png", partial(bytes, data))
            for at in range(PICTURES)
        )
        return NodeOutput({"images": files}, {})

    savers.SAVERS[_SAVER] = save


def _workflow() -> JsonObject:
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
        "2": {"class_type": _SAVER, "inputs": {"images": ["1", 0]}},
    }


def _describe(object_info: JsonObject) -> None:
    object_info[_SAVER] = {
        "input": {"required": {"images": ["IMAGE"]}},
        "output": [],
        "output_node": True,
    }
    sampler = json.dumps(object_info["KSampler"])
    for number in range(_CLASSES):
        object_info[f"Custom{number}"] = json.loads(sampler)


if __name__ == "__main__":
    main(sys.argv[1])
