"""Service for property tests of the queue, on the loop's clock.

It answers submits, polls and cancels like RunComfy, or misbehaves as a test demands. It records
the start of each request, the bodies of each job, and the runs that it accepted. A job is
recognised by its key: the value of the input `seed`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

_ANSWER_S = 0.2
RUN_S = 20.0


class Behaviour(Enum):
    """Way in which the service treats the requests that reach it."""

    HEALTHY = "healthy"
    BUSY = "429"
    NO_FUNDS = "402 for submits"
    FAILING = "500"
    SILENT = "accepts, never answers"
    LOSING_ANSWERS = "accepts, connection lost before the answer"
    CUTTING_BODIES = "connection lost in the middle of the body"


@dataclass(frozen=True, slots=True)
class ServiceFault:
    """Behaviour for some time; a busy service asks for pauses of `retry_after_s`."""

    behaviour: Behaviour
    seconds: float
    retry_after_s: int | None = None


HEALTHY = ServiceFault(Behaviour.HEALTHY, 0.0)


@dataclass(slots=True)
class ModelRun:
    """A run that the service accepted; `answered_s` is the time when the caller learned of it."""

    request_id: str
    key: int
    began_s: float
    answered_s: float | None = None
    is_cancelled: bool = False
    last_poll_s: float = 0.0


@dataclass
class ServiceModel(httpx.AsyncBaseTransport):
    """Transport in place of the network; `on_body` is called with the key of each received body."""

    on_body: Callable[[int], None]
    plan: tuple[ServiceFault, ...] = ()
    """Behaviours that follow each other, again and again."""
    unreachable_until_s: float = 0.0
    key_refused_until_s: float = 0.0
    runs: dict[str, ModelRun] = field(default_factory=dict)
    bodies: list[int] = field(default_factory=list)
    """Keys of the bodies of which at least one byte was sent, in their order."""
    refused: set[int] = field(default_factory=set)
    """Keys of the submits that were certainly not accepted."""
    starts_s: list[float] = field(default_factory=list)
    submits_in_flight: int = 0
    others_in_flight: int = 0
    most_submits_in_flight: int = 0
    most_others_in_flight: int = 0
    disturbed_s: float = 0.0
    """Last time at which a request failed, or until which the service asked for a pause."""
    _fault: ServiceFault = HEALTHY
    _fault_until_s: float = 0.0
    _hanging: int = 0

    @property
    def fault(self) -> ServiceFault:
        """Fault at this moment."""
        if _now_s() < self._fault_until_s or not self.plan:
            return self._fault if _now_s() < self._fault_until_s else HEALTHY
        time_s = _now_s() % sum(each.seconds for each in self.plan)
        ends_s = itertools.accumulate(each.seconds for each in self.plan)
        return next(each for each, s in zip(self.plan, ends_s, strict=True) if time_s < s)

    @property
    def is_reachable(self) -> bool:
        return _now_s() >= self.unreachable_until_s

    @property
    def is_key_good(self) -> bool:
        return _now_s() >= self.key_refused_until_s

    @property
    def is_healthy(self) -> bool:
        """True if all requests are answered normally, and no pause is asked for."""
        is_normal = (
            self.fault.behaviour is Behaviour.HEALTHY and self.is_reachable and self.is_key_good
        )
        return is_normal and not self._hanging and self.disturbed_s <= _now_s()

    def fail(self, fault: ServiceFault) -> None:
        """Starts a fault, in place of the plan."""
        self._fault, self._fault_until_s = fault, _now_s() + fault.seconds

    def recover(self) -> None:
        """Ends all faults."""
        self.plan, self._fault_until_s = (), 0.0
        self.key_refused_until_s = self.unreachable_until_s = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_submit = request.url.path.endswith("/inference")
        self.starts_s.append(_now_s())
        self._count(1, is_submit=is_submit)
        try:
            response = await self._respond(request, is_submit=is_submit)
        except BaseException:
            self._disturb()
            raise
        finally:
            self._count(-1, is_submit=is_submit)
        if response.status_code != 200:
            self._disturb()
        return response

    def _count(self, change: int, *, is_submit: bool) -> None:
        if is_submit:
            self.submits_in_flight += change
            self.most_submits_in_flight = max(self.most_submits_in_flight, self.submits_in_flight)
        else:
            self.others_in_flight += change
            self.most_others_in_flight = max(self.most_others_in_flight, self.others_in_flight)

    def _disturb(self, pause_s: float = 0.0) -> None:
        self.disturbed_s = max(self.disturbed_s, _now_s() + pause_s)

    async def _respond(self, request: httpx.Request, *, is_submit: bool) -> httpx.Response:
        if not self.is_reachable:
            raise httpx.ConnectError("no route to host", request=request)
        fault, is_key_good = self.fault, self.is_key_good
        behaviour = fault.behaviour
        key = await self._receive(request, behaviour) if is_submit else 0
        status = _refusal(behaviour, is_submit=is_submit, is_key_good=is_key_good)
        if status:
            await asyncio.sleep(_ANSWER_S)
            return self._refuse(status, key, fault.retry_after_s)
        run = self._accept(key) if is_submit else self._run_of(request)
        await self._delay(request, behaviour)
        if not is_submit:
            return _answer(200, self._report(request, run))
        run.answered_s = run.last_poll_s = _now_s()
        return _answer(200, {"request_id": run.request_id})

    async def _receive(self, request: httpx.Request, behaviour: Behaviour) -> int:
        """Reads the body of a submit, and returns its key."""
        body = json.loads(await request.aread())
        key = next(each["inputs"]["seed"] for each in body["overrides"].values())
        assert isinstance(key, int)
        self.bodies.append(key)
        self.on_body(key)
        if behaviour is Behaviour.CUTTING_BODIES:
            self.refused.add(key)
            raise httpx.WriteError("broken pipe", request=request)
        return key

    def _refuse(self, status: int, key: int, retry_after_s: int | None) -> httpx.Response:
        self.refused.add(key)
        if status == 429 and retry_after_s is not None:
            self._disturb(retry_after_s)
            return _answer(status, {"message": "slow down"}, str(retry_after_s))
        return _answer(status, {"message": "refused"})

    def _accept(self, key: int) -> ModelRun:
        run = ModelRun(f"r-{len(self.runs)}", key, _now_s())
        self.runs[run.request_id] = run
        return run

    def _run_of(self, request: httpx.Request) -> ModelRun:
        run = self.runs[request.url.path.split("/")[-2]]
        run.last_poll_s = _now_s()
        return run

    async def _delay(self, request: httpx.Request, behaviour: Behaviour) -> None:
        """Waits until the answer; raises a transport error if it never comes."""
        if behaviour is not Behaviour.SILENT:
            await asyncio.sleep(_ANSWER_S)
            if behaviour in (Behaviour.LOSING_ANSWERS, Behaviour.CUTTING_BODIES):
                raise httpx.ReadError("connection reset", request=request)
            return
        self._hanging += 1
        try:
            await asyncio.sleep(request.extensions["timeout"]["read"])
        finally:
            self._hanging -= 1
        raise httpx.ReadTimeout("no answer", request=request)

    def _report(self, request: httpx.Request, run: ModelRun) -> dict[str, object]:
        call = request.url.path.split("/")[-1]
        is_over = _now_s() >= run.began_s + RUN_S
        if call == "cancel":
            run.is_cancelled = run.is_cancelled or not is_over
            return {"status": "cancellation_requested" if not is_over else "not_cancellable"}
        if run.is_cancelled:
            return {"status": "canceled"}
        if not is_over:
            return {"status": "in_progress"}
        if call == "status":
            return {"status": "completed"}
        return {"status": "succeeded", "outputs": {"9": {"text": ["a bicycle"]}}}


def _refusal(behaviour: Behaviour, *, is_submit: bool, is_key_good: bool) -> int:
    """Returns the status of the refusal, or 0 if the request is carried out."""
    if not is_key_good:
        return 401
    if behaviour is Behaviour.BUSY:
        return 429
    if behaviour is Behaviour.FAILING:
        return 500
    return 402 if behaviour is Behaviour.NO_FUNDS and is_submit else 0


def _answer(status: int, value: object, retry_after: str = "") -> httpx.Response:
    headers = {"Retry-After": retry_after} if retry_after else {}
    stream = httpx.ByteStream(json.dumps(value).encode())
    return httpx.Response(status, headers=headers, stream=stream)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
