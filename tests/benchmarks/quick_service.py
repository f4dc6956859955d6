"""Service for `soak` and `polls`: one deployment, no queue.

Arguments: `RUN_S FAULTS SEEN_FILE`. Every request starts at once and takes RUN_S seconds, so that
nothing here takes longer when there are more requests. At its end the service writes the time of
each call to SEEN_FILE, by a clock that all processes of this computer share.
"""

from __future__ import annotations

import io
import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from runcomfy_desktop.emulator import output_nodes
from runcomfy_desktop.emulator.backend import EmulatedBackend
from runcomfy_desktop.emulator.journal import Journal
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming, RequestSpan
from runcomfy_desktop.emulator.output_folder import NodeOutput, OutputFolder, SavedFile
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from tests.benchmarks.constants import SLOW
from tests.benchmarks.service import serve

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.backend import EmulatedRun
    from runcomfy_desktop.emulator.execution_step import ExecutionStep
    from runcomfy_desktop.emulator.http_messages import JsonObject, Request


class TimedJournal(Journal):
    """Records the time, kind and path of every call; unlike other journals it has no limit."""

    def __init__(self) -> None:
        super().__init__()
        self.call_times: list[tuple[float, str, str]] = []

    def record(
        self,
        port: str,
        call: str,
        request: Request,
        status: int,
        body_fields: JsonObject | None = None,
    ) -> None:
        self.call_times.append((time.monotonic(), call, request.path))
        super().record(port, call, request, status, body_fields)


class QuickBackend(EmulatedBackend):
    """Emulated backend in which no request waits for another one."""

    def __init__(self, run_s: float) -> None:
        super().__init__(
            "benchmark-token",
            timing=EmulatorTiming(cold_start_s=0.0, run_s=run_s),
            switches=BehaviourSwitches(null_position=True),
        )

    def span(self, run: EmulatedRun) -> RequestSpan:
        return RequestSpan(run.submitted_s, run.submitted_s + self.timing.run_s, False, 0, 0)


def main(run_s: str, faults: str, requests_file: str) -> None:
    """Serves until SIGTERM; prints a line with address and token when ready."""
    backend = QuickBackend(float(run_s))
    backend.deployments = {
        each.deployment_id: each for each in backend.deployments.values() if each.name == SLOW
    }
    backend.faults.set(faults)
    backend.journal = TimedJournal()
    picture = _picture()

    def save(_step: ExecutionStep, _folder: OutputFolder) -> NodeOutput:
        file = SavedFile("output", "", "small_00001_.png", "image/png", partial(bytes, picture))
        return NodeOutput({"images": (file,)}, {})

    output_nodes.OUTPUT_HANDLERS["SaveImage"] = save
    serve(backend)
    Path(requests_file).write_text(json.dumps(backend.journal.call_times), encoding="utf-8")


def _picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(made, "PNG")
    return made.getvalue()


if __name__ == "__main__":
    main(*sys.argv[1:])
