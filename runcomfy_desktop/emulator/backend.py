"""State of the emulated account: its token, its deployments and their requests."""

from __future__ import annotations

import math
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import lora, sample_workflows
from runcomfy_desktop.emulator.deployments import FOREIGN_ID, sample_deployments
from runcomfy_desktop.emulator.dialect import SEED, timestamp
from runcomfy_desktop.emulator.faults import FaultInjector
from runcomfy_desktop.emulator.held_calls import HeldCalls
from runcomfy_desktop.emulator.journal import Journal
from runcomfy_desktop.emulator.lifecycle import (
    EmulatorTiming,
    InstancePool,
    PlannedRequest,
    PoolPeriod,
    RequestState,
    ScheduleCache,
    state_at,
)
from runcomfy_desktop.emulator.node_classes import NodeClasses
from runcomfy_desktop.emulator.request_media import fetch_media
from runcomfy_desktop.emulator.run_outcome import run_workflow
from runcomfy_desktop.emulator.saved_workflows import saved_workflows_of
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from runcomfy_desktop.emulator.webhooks import WebhookOutbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.deployments import EmulatedDeployment
    from runcomfy_desktop.emulator.dialect import Dialect
    from runcomfy_desktop.emulator.http_messages import JsonObject
    from runcomfy_desktop.emulator.lifecycle import RequestSpan
    from runcomfy_desktop.emulator.run_outcome import RunOutcome
    from runcomfy_desktop.emulator.submit_validation import SubmitRequest
    from runcomfy_desktop.emulator.webhooks import WebhookTarget

_NAMESPACE = uuid.UUID("6a1f2f0e-5b7c-4f59-9f0d-2f6f3f9f8d11")
_BALANCE_MICRODOLLARS = 12_340_000


@dataclass(slots=True)
class EmulatedRun:
    """Accepted request; `version` is the API version in the path of its submit."""

    request_id: str
    deployment_id: str
    version: str
    submitted_s: float
    submit_request: SubmitRequest
    is_cancelled: bool = False
    is_lora: bool = False
    outcome: RunOutcome | None = None
    downloaded: set[str] = field(default_factory=set)
    versions: dict[str, int] = field(default_factory=dict)
    """Number of times each file was replaced by another version, by path."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class EmulatedBackend:
    """State of the emulator. Its clock is a parameter, so tests can control it."""

    def __init__(
        self,
        token: str,
        *,
        clock: Callable[[], float] = time.time,
        dialect: Dialect = SEED,
        timing: EmulatorTiming | None = None,
        switches: BehaviourSwitches | None = None,
    ) -> None:
        self.token = token
        self.other_account_tokens: set[str] = set()
        self.foreign_deployment_ids = {FOREIGN_ID}
        self.clock = clock
        self.skipped_s = 0.0
        self.dialect = dialect
        self.switches = switches or BehaviourSwitches()
        self.timing = timing or EmulatorTiming()
        self.faults = FaultInjector()
        self.held_calls = HeldCalls()
        self.journal = Journal()
        self.outbox = WebhookOutbox(self)
        self.base_url = "http://api.emulator.invalid"
        self.storage_url = "http://storage.emulator.invalid"
        self.balance_microdollars = _BALANCE_MICRODOLLARS
        self.node_classes = NodeClasses(sample_workflows.read_object_info())
        self.deployments = {each.deployment_id: each for each in sample_deployments()}
        self.deleted: dict[str, EmulatedDeployment] = {}
        self.saved_workflows = saved_workflows_of(self.deployments.values())
        self.runs: dict[str, EmulatedRun] = {}
        self._schedules: dict[str, ScheduleCache] = {}
        self.lock = threading.RLock()

    @property
    def gate_status(self) -> int:
        """HTTP status code of errors 10001 to 10003."""
        return self.switches.gate_status or self.dialect.gate_status

    @property
    def submit_status(self) -> int:
        return self.switches.submit_status or self.dialect.submit_status

    @property
    def has_instance_id(self) -> bool:
        switch = self.switches.instance_ids
        return self.dialect.has_instance_id if switch is None else switch

    def now(self) -> float:
        """Returns the clock's time plus the seconds that a test has skipped."""
        return self.clock() + self.skipped_s

    def format_time(self, seconds: float) -> str:
        """Returns a time in the format used in responses."""
        switches = self.switches
        return timestamp(seconds, whole=switches.whole_seconds, zulu=switches.zulu)

    def object_info_url(self, deployment: EmulatedDeployment) -> str:
        return f"{self.storage_url}/object_info/{deployment.deployment_id[:8]}.json"

    def submit(
        self,
        deployment: EmulatedDeployment,
        submit_request: SubmitRequest,
        version: str,
        webhook: WebhookTarget | None = None,
    ) -> EmulatedRun:
        with self.lock:
            run = EmulatedRun(
                str(uuid.uuid4()), deployment.deployment_id, version, self.now(), submit_request
            )
            run.is_lora = deployment.is_lora
            self.runs[run.request_id] = run
            self._schedule(run.deployment_id).submit(
                PlannedRequest(run.request_id, run.submitted_s)
            )
        if webhook is not None:
            self.outbox.subscribe(run, webhook)
        return run

    def state(self, run: EmulatedRun) -> RequestState:
        return state_at(self.span(run), self.now())

    def span(self, run: EmulatedRun) -> RequestSpan:
        with self.lock:
            return self._schedule(run.deployment_id).span(run.request_id)

    def position(self, run: EmulatedRun) -> int | None:
        if self.switches.null_position:
            return None
        with self.lock:
            ahead = self._schedule(run.deployment_id).position(run.request_id, self.now())
        return self.switches.first_position + ahead

    def instance_id(self, run: EmulatedRun) -> str:
        span = self.span(run)
        return _instance_id(run.deployment_id, span.instance, span.boot)

    def is_live(self, deployment: EmulatedDeployment, instance_id: str) -> bool:
        """Returns True if an instance with that id exists now."""
        now_s = self.now()
        with self.lock:
            uptimes = self._schedule(deployment.deployment_id).full_schedule().uptimes
        return any(
            uptime.contains(now_s) and _instance_id(deployment.deployment_id, *key) == instance_id
            for key, uptime in uptimes.items()
        )

    def cancel(self, run: EmulatedRun) -> tuple[bool, RequestState]:
        """Cancels a run; returns True if the cancel was accepted, and the request's new state."""
        with self.lock:
            accepted = self.state(run) in (RequestState.IN_QUEUE, RequestState.IN_PROGRESS)
            if accepted and not run.is_cancelled:
                run.is_cancelled = True
                self._schedule(run.deployment_id).cancel(
                    run.request_id, self.now(), is_ignored=self.switches.runs_to_the_end
                )
            return accepted, self.state(run)

    def outcome(self, run: EmulatedRun) -> RunOutcome:
        """Returns the outcome of a run; it is computed on the first call."""
        with run.lock:
            if run.outcome is None:
                submit_request = run.submit_request
                media = (
                    fetch_media(submit_request.media)
                    if self.switches.fetches_media
                    else submit_request.media
                )
                run.outcome = run_workflow(
                    submit_request.workflow,
                    media,
                    self.node_classes,
                    run.submitted_s,
                    partner_key=submit_request.partner_key,
                )
            return run.outcome

    def outputs(self, run: EmulatedRun) -> JsonObject:
        """Returns the outputs of a successful run, in the form used in its result."""
        root_url = f"{self.storage_url}/deployment_requests/{run.request_id}"
        outcome = self.outcome(run)
        if run.is_lora:
            return lora.output_json(outcome, root_url)
        return outcome.outputs_json(root_url)

    def _schedule(self, deployment_id: str) -> ScheduleCache:
        """Returns a deployment's schedule; an edit makes a new one with the same requests."""
        deployment = self.deployments.get(deployment_id) or self.deleted[deployment_id]
        periods = self._pool_periods(deployment)
        schedule = self._schedules.get(deployment_id)
        if schedule is None or schedule.periods != periods:
            schedule = ScheduleCache(periods, schedule.requests if schedule is not None else ())
            self._schedules[deployment_id] = schedule
        return schedule

    def _pool_periods(self, deployment: EmulatedDeployment) -> list[PoolPeriod]:
        created_s = deployment.created_at_s
        since_s = -math.inf if created_s is None else created_s
        periods = []
        for until_s, scale in [*deployment.earlier_scalings, (math.inf, deployment.scaling)]:
            periods.append(PoolPeriod(since_s, InstancePool(*scale, self.timing)))
            since_s = until_s
        return periods


def _instance_id(deployment_id: str, worker: int, boot: int) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{deployment_id} {worker} {boot}"))
