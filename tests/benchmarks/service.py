"""Service for the measurements: the emulator as a process, with two deployments.

`SLOW` never ends, so that its jobs stay active. `QUICK` ends at once, with 50 copies of a 4K PNG,
and accepts a picture of 50 MB.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import output_nodes, server
from runcomfy_desktop.emulator.backend import EmulatedBackend
from runcomfy_desktop.emulator.control import new_token
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.output_folder import NodeOutput, OutputFolder, SavedFile
from tests.benchmarks.constants import PICTURES, QUICK, SLOW

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.execution_step import ExecutionStep
    from runcomfy_desktop.emulator.http_messages import JsonObject

_SAVER = "SavePictureSet"
_ENDLESS_RUN_S = 1e5
QUEUE_SIZE = 100
# Number of node classes that a deployment with many custom nodes has.
_CLASSES = 1500


def main(picture: str) -> None:
    """Serves until SIGTERM; prints a line with address and token when ready."""
    server._MAX_BODY_BYTES = 256 * 1024 * 1024
    backend = EmulatedBackend(
        "benchmark-token", timing=EmulatorTiming(cold_start_s=_ENDLESS_RUN_S, run_s=0.3)
    )
    _set_up_deployments(backend, Path(picture).read_bytes())
    serve(backend)


def serve(backend: EmulatedBackend) -> None:
    """Serves until SIGTERM; prints a line with address and token when ready."""
    ready = {"token": backend.token, "control_token": new_token()}
    running = server.EmulatorServer(backend, 0, control_token=ready["control_token"])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    running.start()
    print(json.dumps({"base_url": running.base_url, **ready}), flush=True)
    while not stop.wait(0.5):
        pass
    running.close()


def _set_up_deployments(backend: EmulatedBackend, data: bytes) -> None:
    saved_files = {
        each.name: each for each in backend.deployments.values() if each.name in (QUICK, SLOW)
    }
    backend.deployments = {each.deployment_id: each for each in saved_files.values()}
    # With an instance that is always warm, no job starts cold; without one, the cold start never
    # ends.
    saved_files[QUICK].min_instances, saved_files[SLOW].min_instances = 1, 0
    # All runs are queued at once, so the queue must have space for all of them.
    saved_files[SLOW].queue_size = QUEUE_SIZE
    saved_files[QUICK].workflow, saved_files[QUICK].overrides = _workflow(), {}
    _add_node_classes(backend.node_classes.object_info)

    def save(_step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
        files = tuple(
            SavedFile("output", "", f"set_{at:05}_.png", "image/png", partial(bytes, data))
            for at in range(PICTURES)
        )
        return NodeOutput({"images": files}, {})

    output_nodes.OUTPUT_HANDLERS[_SAVER] = save


def _workflow() -> JsonObject:
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
        "2": {"class_type": _SAVER, "inputs": {"images": ["1", 0]}},
    }


def _add_node_classes(object_info: JsonObject) -> None:
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
