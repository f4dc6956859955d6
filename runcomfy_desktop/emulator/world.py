"""The account that is stood in for: its token, its deployments and the requests of their lives."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import samples
from runcomfy_desktop.emulator.deployments import sample_deployments
from runcomfy_desktop.emulator.dialect import SEED
from runcomfy_desktop.emulator.faults import Faults
from runcomfy_desktop.emulator.journal import Journal
from runcomfy_desktop.emulator.lifecycle import (
    Ask,
    Fleet,
    Pace,
    State,
    position_at,
    schedule,
    state_at,
)
from runcomfy_desktop.emulator.outcome import run_workflow
from runcomfy_desktop.emulator.schema import NodeClasses

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.deployments import Deployment
    from runcomfy_desktop.emulator.dialect import Dialect
    from runcomfy_desktop.emulator.lifecycle import Span
    from runcomfy_desktop.emulator.outcome import Outcome
    from runcomfy_desktop.emulator.validation import Order

_NAMESPACE = uuid.UUID("6a1f2f0e-5b7c-4f59-9f0d-2f6f3f9f8d11")
_FIRST_POSITION = 1


@dataclass(slots=True)
class Run:
    """One accepted request; `version` is the path version it was submitted by."""

    request_id: str
    deployment_id: str
    version: str
    submitted_s: float
    order: Order
    cancelled_s: float | None = None
    outcome: Outcome | None = None
    downloaded: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


class World:
    """Everything the stand-in knows. Its clock is given, so tests turn it by hand."""

    def __init__(
        self,
        token: str,
        *,
        clock: Callable[[], float] = time.time,
        dialect: Dialect = SEED,
        pace: Pace | None = None,
    ) -> None:
        self.token = token
        self.clock = clock
        self.dialect = dialect
        self.pace = pace or Pace()
        self.faults = Faults()
        self.journal = Journal()
        self.base_url = "http://api.emulator.invalid"
        self.storage_url = "http://storage.emulator.invalid"
        self.balance_microdollars = 12_340_000
        self.classes = NodeClasses(samples.read_object_info())
        self.deployments = {each.deployment_id: each for each in sample_deployments()}
        self.runs: dict[str, Run] = {}
        self._lock = threading.RLock()

    def object_info_url(self, deployment: Deployment) -> str:
        return f"{self.storage_url}/object_info/{deployment.deployment_id[:8]}.json"

    def submit(self, deployment: Deployment, order: Order, version: str) -> Run:
        with self._lock:
            run = Run(str(uuid.uuid4()), deployment.deployment_id, version, self.clock(), order)
            self.runs[run.request_id] = run
        return run

    def state(self, run: Run) -> State:
        return state_at(self._spans(run.deployment_id)[run.request_id], self.clock())

    def span(self, run: Run) -> Span:
        return self._spans(run.deployment_id)[run.request_id]

    def position(self, run: Run) -> int:
        spans = self._spans(run.deployment_id)
        return _FIRST_POSITION + position_at(run.request_id, spans, self.clock())

    def instance_id(self, run: Run) -> str:
        span = self.span(run)
        return str(uuid.uuid5(_NAMESPACE, f"{run.deployment_id} {span.worker} {span.boot}"))

    def cancel(self, run: Run) -> tuple[bool, State]:
        """Whether the cancel was accepted, and the state of the request after it."""
        with self._lock:
            accepted = self.state(run) in (State.IN_QUEUE, State.IN_PROGRESS)
            if accepted and run.cancelled_s is None:
                run.cancelled_s = self.clock()
            return accepted, self.state(run)

    def outcome(self, run: Run) -> Outcome:
        """What the run ends with; found out once, when somebody first asks."""
        with run.lock:
            if run.outcome is None:
                order = run.order
                run.outcome = run_workflow(
                    order.workflow, order.media, self.classes, run.submitted_s
                )
            return run.outcome

    def _spans(self, deployment_id: str) -> dict[str, Span]:
        with self._lock:
            deployment = self.deployments[deployment_id]
            fleet = Fleet(
                deployment.min_instances,
                deployment.max_instances,
                deployment.keep_warm_s,
                self.pace,
            )
            asks = [
                Ask(run.request_id, run.submitted_s, run.cancelled_s)
                for run in self.runs.values()
                if run.deployment_id == deployment_id
            ]
        return schedule(fleet, asks)
