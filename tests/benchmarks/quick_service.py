"""The service of `soak` and `polls`: `RUN_S FAULTS SEEN_FILE`, one deployment, no queue.

Every request begins at once and takes RUN_S seconds, so that nothing here grows with the number
of them. When it ends it writes to SEEN_FILE when which call came, by a clock that all processes
of this computer share.
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

from runcomfy_desktop.emulator import savers
from runcomfy_desktop.emulator.journal import Journal
from runcomfy_desktop.emulator.lifecycle import Pace, Span
from runcomfy_desktop.emulator.saving.desk import Desk, NodeOutput, SavedFile
from runcomfy_desktop.emulator.switches import Switches
from runcomfy_desktop.emulator.world import World
from tests.benchmarks.names import SLOW
from tests.benchmarks.service import serve

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.step import Step
    from runcomfy_desktop.emulator.wire import JsonObject, Request
    from runcomfy_desktop.emulator.world import Run


class TimedJournal(Journal):
    """Keeps when each call came, and of which request it spoke; for ever, as nobody else does."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[float, str, str]] = []

    def note(
        self, port: str, call: str, request: Request, status: int, more: JsonObject | None = None
    ) -> None:
        self.seen.append((time.monotonic(), call, request.path))
        super().note(port, call, request, status, more)


class QuickWorld(World):
    """No request waits for another one."""

    def __init__(self, run_s: float) -> None:
        super().__init__(
            "benchmark-token",
            pace=Pace(cold_start_s=0.0, run_s=run_s),
            switches=Switches(null_position=True),
        )

    def span(self, run: Run) -> Span:
        return Span(run.submitted_s, run.submitted_s + self.pace.run_s, False, 0, 0)


def main(run_s: str, faults: str, seen_file: str) -> None:
    """Serves until SIGTERM; prints a line with address and token when ready."""
    world = QuickWorld(float(run_s))
    world.deployments = {
        each.deployment_id: each for each in world.deployments.values() if each.name == SLOW
    }
    world.faults.set(faults)
    world.journal = TimedJournal()
    picture = _picture()

    def save(_step: Step, _desk: Desk) -> NodeOutput:
        file = SavedFile("output", "", "small_00001_.png", "image/png", partial(bytes, picture))
        return NodeOutput({"images": (file,)}, {})

    savers.SAVERS["SaveImage"] = save
    serve(world)
    Path(seen_file).write_text(json.dumps(world.journal.seen), encoding="utf-8")


def _picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(made, "PNG")
    return made.getvalue()


if __name__ == "__main__":
    main(*sys.argv[1:])
