"""The account that is stood in for: its token, its deployments and the requests of their lives."""

from __future__ import annotations

import math
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator import lora, samples
from runcomfy_desktop.emulator.dialect import SEED, timestamp
from runcomfy_desktop.emulator.faults import Faults
from runcomfy_desktop.emulator.holds import Holds
from runcomfy_desktop.emulator.journal import Journal
from runcomfy_desktop.emulator.lifecycle import Ask, Fleet, Pace, Phase, State, state_at
from runcomfy_desktop.emulator.media import fetched
from runcomfy_desktop.emulator.outcome import run_workflow
from runcomfy_desktop.emulator.schema import NodeClasses
from runcomfy_desktop.emulator.shelf import shelf_of
from runcomfy_desktop.emulator.showcase import FOREIGN_ID, sample_deployments
from runcomfy_desktop.emulator.switches import Switches
from runcomfy_desktop.emulator.timetable import Timetable
from runcomfy_desktop.emulator.webhooks import Mailbag

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.deployments import Deployment
    from runcomfy_desktop.emulator.dialect import Dialect
    from runcomfy_desktop.emulator.lifecycle import Span
    from runcomfy_desktop.emulator.outcome import Outcome
    from runcomfy_desktop.emulator.validation import Order
    from runcomfy_desktop.emulator.webhooks import Hook
    from runcomfy_desktop.emulator.wire import JsonObject

_NAMESPACE = uuid.UUID("6a1f2f0e-5b7c-4f59-9f0d-2f6f3f9f8d11")
_BALANCE_MICRODOLLARS = 12_340_000


@dataclass(slots=True)
class Run:
    """One accepted request; `version` is the path version it was submitted by."""

    request_id: str
    deployment_id: str
    version: str
    submitted_s: float
    order: Order
    is_cancelled: bool = False
    is_lora: bool = False
    outcome: Outcome | None = None
    downloaded: set[str] = field(default_factory=set)
    versions: dict[str, int] = field(default_factory=dict)
    """How often a file became another one."""
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
        switches: Switches | None = None,
    ) -> None:
        self.token = token
        self.strangers: set[str] = set()
        self.foreign = {FOREIGN_ID}
        self.clock = clock
        self.skipped_s = 0.0
        self.dialect = dialect
        self.switches = switches or Switches()
        self.pace = pace or Pace()
        self.faults = Faults()
        self.holds = Holds()
        self.journal = Journal()
        self.mailbag = Mailbag(self)
        self.base_url = "http://api.emulator.invalid"
        self.storage_url = "http://storage.emulator.invalid"
        self.balance_microdollars = _BALANCE_MICRODOLLARS
        self.classes = NodeClasses(samples.read_object_info())
        self.deployments = {each.deployment_id: each for each in sample_deployments()}
        self.deleted: dict[str, Deployment] = {}
        self.shelf = shelf_of(self.deployments.values())
        self.runs: dict[str, Run] = {}
        self._timetables: dict[str, Timetable] = {}
        self.lock = threading.RLock()

    @property
    def gate_status(self) -> int:
        """The HTTP code of 10001 to 10003."""
        return self.switches.gate_status or self.dialect.gate_status

    @property
    def submit_status(self) -> int:
        return self.switches.submit_status or self.dialect.submit_status

    @property
    def has_instance_id(self) -> bool:
        asked_for = self.switches.instance_ids
        return self.dialect.has_instance_id if asked_for is None else asked_for

    def now(self) -> float:
        """The time here: that of the clock, and what a test has skipped."""
        return self.clock() + self.skipped_s

    def moment(self, seconds: float) -> str:
        """A time as the answers give it."""
        switches = self.switches
        return timestamp(seconds, whole=switches.whole_seconds, zulu=switches.zulu)

    def object_info_url(self, deployment: Deployment) -> str:
        return f"{self.storage_url}/object_info/{deployment.deployment_id[:8]}.json"

    def submit(
        self, deployment: Deployment, order: Order, version: str, hook: Hook | None = None
    ) -> Run:
        with self.lock:
            run = Run(str(uuid.uuid4()), deployment.deployment_id, version, self.now(), order)
            run.is_lora = deployment.is_lora
            self.runs[run.request_id] = run
            self._timetable(run.deployment_id).submit(Ask(run.request_id, run.submitted_s))
        if hook is not None:
            self.mailbag.subscribe(run, hook)
        return run

    def state(self, run: Run) -> State:
        return state_at(self.span(run), self.now())

    def span(self, run: Run) -> Span:
        with self.lock:
            return self._timetable(run.deployment_id).span(run.request_id)

    def position(self, run: Run) -> int | None:
        if self.switches.null_position:
            return None
        with self.lock:
            ahead = self._timetable(run.deployment_id).position(run.request_id, self.now())
        return self.switches.first_position + ahead

    def instance_id(self, run: Run) -> str:
        span = self.span(run)
        return _instance_id(run.deployment_id, span.worker, span.boot)

    def is_live(self, deployment: Deployment, instance_id: str) -> bool:
        """Whether an instance of that id is there now."""
        now_s = self.now()
        with self.lock:
            lives = self._timetable(deployment.deployment_id).plan().lives
        return any(
            life.has(now_s) and _instance_id(deployment.deployment_id, *key) == instance_id
            for key, life in lives.items()
        )

    def cancel(self, run: Run) -> tuple[bool, State]:
        """Whether the cancel was accepted, and the state of the request after it."""
        with self.lock:
            accepted = self.state(run) in (State.IN_QUEUE, State.IN_PROGRESS)
            if accepted and not run.is_cancelled:
                run.is_cancelled = True
                self._timetable(run.deployment_id).cancel(
                    run.request_id, self.now(), fails=self.switches.runs_to_the_end
                )
            return accepted, self.state(run)

    def outcome(self, run: Run) -> Outcome:
        """What the run ends with; found out once, when somebody first asks."""
        with run.lock:
            if run.outcome is None:
                order = run.order
                media = fetched(order.media) if self.switches.fetches_media else order.media
                run.outcome = run_workflow(
                    order.workflow,
                    media,
                    self.classes,
                    run.submitted_s,
                    partner_key=order.partner_key,
                )
            return run.outcome

    def outputs(self, run: Run) -> JsonObject:
        """What a run that succeeded left behind, as the result tells it."""
        root_url = f"{self.storage_url}/deployment_requests/{run.request_id}"
        outcome = self.outcome(run)
        if run.is_lora:
            return lora.output_json(outcome, root_url)
        return outcome.outputs_json(root_url)

    def _timetable(self, deployment_id: str) -> Timetable:
        """As the deployment is now: an edit makes another one of the same requests."""
        deployment = self.deployments.get(deployment_id) or self.deleted[deployment_id]
        phases = self._phases(deployment)
        found = self._timetables.get(deployment_id)
        if found is None or found.phases != phases:
            found = Timetable(phases, found.asks if found is not None else ())
            self._timetables[deployment_id] = found
        return found

    def _phases(self, deployment: Deployment) -> list[Phase]:
        born_s = deployment.exists_since_s
        since_s = -math.inf if born_s is None else born_s
        phases = []
        for until_s, scale in [*deployment.earlier, (math.inf, deployment.scale)]:
            phases.append(Phase(since_s, Fleet(*scale, self.pace)))
            since_s = until_s
        return phases


def _instance_id(deployment_id: str, worker: int, boot: int) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{deployment_id} {worker} {boot}"))
