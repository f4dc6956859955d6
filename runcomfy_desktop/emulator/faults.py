"""Fault injection: `drop-answer:1,hold@submit#2,rate-limit@status%5:2:30`.

One fault is written `name[@call][#N | #N-M | %RATE][:argument…]`; several are joined by commas.
`@call` limits the fault to one kind of call: submit, status, result, cancel, list, read, create,
change, delete, proxy, balance, unknown, download, object-info. With `#3` the fault strikes the
third matching call since the spec was set, with `#3-5` the third to the fifth, and with `%5` five
calls in a hundred. A seed decides which calls `%` strikes, so the same calls get the same faults:
`--fault-seed 7`, or `seed=7;` at the beginning of the spec. N is the maximum number of strikes;
with `#` or `%` there is no limit unless N is given. Without `@call` a fault strikes all calls to
the API but not the storage, unless the table says otherwise.

| fault | effect |
|---|---|
| hold[:N] | responses wait for `POST /__emulator__/release`, see `control` |
| hold-half[:N] | responses wait in the same way once half of their body has been sent |
| hold-request[:N] | calls wait in the same way before they are handled |
| drop-request[:N] | the connection is closed before the call is handled (1) |
| drop-answer[:N] | submits are accepted, then the connection is closed without a response (1) |
| delay:S[:N], delay-answer:S[:N] | responses come S seconds late; delay-answer: those of submits |
| drip:S[:N] | bodies are sent byte by byte, S seconds apart |
| status-CODE[:N], status:CODE[:N] | calls fail with that HTTP code (1), also on the storage |
| error:CODE[:HTTP[:N]] | calls fail with `error_code` CODE and status HTTP or the usual one (1) |
| rate-limit[:N[:S[:date]]] | 429 (1), with `Retry-After: S` if S is given, or S as a date |
| unavailable[:N[:S[:date]]] | 503 (1), with `Retry-After` in the same way |
| html[:N] | a proxy's HTML error page (1) |
| empty[:N], truncated[:N] | successful responses are empty, or cut JSON (1) |
| wrong-type[:N] | responses declare themselves `text/html` (1) |
| wrong-length:BYTES[:N] | files (or responses) declare that many bytes too many or too few (1) |
| unauthorized[:FORM[:N]] | 401 if FORM is json (default) or plain, 403 if gateway or foreign |
| no-id[:N] | submits are accepted, but their responses have no ids (1) |
| hostile-id[:N] | submits are accepted, but the request id is itself a path (1) |
| foreign-urls[:N] | submits are accepted, with all three addresses on another host (1) |
| error-with-id[:CODE[:N]] | submits are accepted, with an `error_code` next to the id (1) |
| other-id[:N] | status, result, cancel name another request (1); `@submit`: if there is one |
| gone[:N] | status, result and cancel no longer find the request |
| word:WORD[:N] | the status is WORD |
| stuck[:N] | the status stays in_progress although the result is available |
| in-queue[:N] | status and result stay at in_queue |
| late-result[:N] | results of completed requests are missing: error 11012 (3 times by default) |
| fails[:N], oom[:N] | runs fail with an error, or for lack of memory, permanently |
| error-shape:list, :comfy, :object, :string | form of the errors in failed results |
| huge:MB[:N[:unsized]] | results have a text of MB megabytes (1), with or without declared size |
| outputs:COUNT[:N] | results have COUNT files |
| names[:N] | results have files with malicious names and addresses |
| cancel-ignored[:N] | cancels are accepted without effect |
| cancel-refused[:N] | cancels are refused |
| balance:DOLLARS[:N] | the balance is reported as DOLLARS |
| expired[:N] | files are gone, as after seven days |
| empty-first-download | the first download of each file is empty |
| cut-download[:N] | downloads end halfway (1) |
| slow-download:S[:N] | downloads take S seconds, sent in small pieces |
| redirect-download[:N[:TO]] | redirects to another host (1); TO: here (itself), user (user@host) |
| changed-download[:N] | a file downloaded before has other bytes from now on (1) |
| no-range[:N] | files are sent completely, whatever range is requested |

(1): once, unless N is given. Faults without a number of times are permanent.
"""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_desktop.emulator.held_calls import HeldCall

_SEED = re.compile(r"\s*seed=([0-9]{1,18})\s*;")
API_CALLS = frozenset(
    {"submit", "status", "result", "cancel", "list", "read", "create", "change", "delete"}
    | {"proxy", "balance", "unknown"}
)
_STORAGE_CALLS = frozenset({"download", "object-info"})
ALL_CALLS = API_CALLS | _STORAGE_CALLS
_QUEUE_CALLS = frozenset({"status", "result", "cancel"})
_SUBMIT, _STATUS, _RESULT, _CANCEL, _BALANCE, _DOWNLOAD = (
    frozenset({each}) for each in ("submit", "status", "result", "cancel", "balance", "download")
)
_FAULT_HEADER = re.compile(
    r"(?P<name>[a-z0-9-]+)(@(?P<call>[a-z-]+))?"
    r"(#(?P<first>[1-9][0-9]*)(-(?P<last>[1-9][0-9]*))?|%(?P<rate>[0-9]+(\.[0-9]+)?))?"
)


def _is_seconds(text: str) -> bool:
    return 0 <= float(text) < 1e6


def _is_number(text: str) -> bool:
    return int(text) >= 0


def _is_code(text: str) -> bool:
    return 200 <= int(text) <= 599


def _is_dollars(text: str) -> bool:
    return abs(float(text)) < 1e9


def _is_difference(text: str) -> bool:
    return int(text) != 0


def _one_of(*choices: str) -> Callable[[str], bool]:
    return lambda text: text in choices


@dataclass(frozen=True, slots=True)
class FaultType:
    """Kind of fault: its default calls, its default count and the checks for its arguments.

    A `count` of None means that there is no limit. `allowed_calls` are the calls that `@call` can
    name. `count_index` is the position of the count among the arguments; the first `min_arguments`
    are required.
    """

    calls: frozenset[str]
    count: int | None
    arguments: tuple[Callable[[str], bool], ...] = (_is_number,)
    count_index: int = 0
    min_arguments: int = 0
    allowed_calls: frozenset[str] = ALL_CALLS


FAULT_TYPES: dict[str, FaultType] = {
    # Faults that act before the call is handled.
    "hold-request": FaultType(API_CALLS, None),
    "drop-request": FaultType(API_CALLS, 1),
    "unauthorized": FaultType(
        API_CALLS, None, (_one_of("json", "plain", "gateway", "foreign"), _is_number), 1
    ),
    "rate-limit": FaultType(API_CALLS, 1, (_is_number, _is_seconds, _one_of("date"))),
    "unavailable": FaultType(API_CALLS, 1, (_is_number, _is_seconds, _one_of("date"))),
    "status": FaultType(ALL_CALLS, 1, (_is_code, _is_number), 1, min_arguments=1),
    "error": FaultType(API_CALLS, 1, (_is_number, _is_code, _is_number), 2, min_arguments=1),
    "html": FaultType(API_CALLS, 1),
    # Faults that act only on the response: the call has succeeded.
    "hold": FaultType(API_CALLS, None),
    "hold-half": FaultType(API_CALLS, None),
    "drop-answer": FaultType(_SUBMIT, 1),
    "delay-answer": FaultType(_SUBMIT, None, (_is_seconds, _is_number), 1, min_arguments=1),
    "delay": FaultType(API_CALLS, None, (_is_seconds, _is_number), 1, min_arguments=1),
    "drip": FaultType(API_CALLS, None, (_is_seconds, _is_number), 1, min_arguments=1),
    "empty": FaultType(API_CALLS, 1),
    "truncated": FaultType(API_CALLS, 1),
    "wrong-type": FaultType(API_CALLS, 1),
    # Faults for single calls of the queue, and for the balance.
    "no-id": FaultType(_SUBMIT, 1, allowed_calls=_SUBMIT),
    "hostile-id": FaultType(_SUBMIT, 1, allowed_calls=_SUBMIT),
    "foreign-urls": FaultType(_SUBMIT, 1, allowed_calls=_SUBMIT | _STATUS),
    "other-id": FaultType(_QUEUE_CALLS, 1, allowed_calls=_QUEUE_CALLS | _SUBMIT),
    "error-with-id": FaultType(
        _SUBMIT, 1, (_is_number, _is_number), 1, allowed_calls=_QUEUE_CALLS | _SUBMIT
    ),
    "gone": FaultType(_QUEUE_CALLS, None, allowed_calls=_QUEUE_CALLS),
    "word": FaultType(
        _STATUS, None, (bool, _is_number), 1, min_arguments=1, allowed_calls=_STATUS | _RESULT
    ),
    "stuck": FaultType(_STATUS, None, allowed_calls=_STATUS),
    "in-queue": FaultType(_STATUS | _RESULT, None, allowed_calls=_STATUS | _RESULT),
    "late-result": FaultType(_RESULT, 3, allowed_calls=_RESULT),
    "fails": FaultType(_RESULT, None, allowed_calls=_RESULT),
    "oom": FaultType(_RESULT, None, allowed_calls=_RESULT),
    "error-shape": FaultType(
        _RESULT, None, (_one_of("list", "comfy", "object", "string"), _is_number), 1, 1, _RESULT
    ),
    "huge": FaultType(_RESULT, 1, (_is_number, _is_number, _one_of("unsized")), 1, 1, _RESULT),
    "outputs": FaultType(_RESULT, None, (_is_number, _is_number), 1, 1, _RESULT),
    "names": FaultType(_RESULT, None, allowed_calls=_RESULT),
    "cancel-ignored": FaultType(_CANCEL, None, allowed_calls=_CANCEL),
    "cancel-refused": FaultType(_CANCEL, None, allowed_calls=_CANCEL),
    "balance": FaultType(_BALANCE, None, (_is_dollars, _is_number), 1, 1, _BALANCE),
    # Faults for the storage.
    "expired": FaultType(_DOWNLOAD, None, allowed_calls=_DOWNLOAD),
    "empty-first-download": FaultType(_DOWNLOAD, None, allowed_calls=_DOWNLOAD),
    "cut-download": FaultType(_DOWNLOAD, 1, allowed_calls=_DOWNLOAD),
    "slow-download": FaultType(_DOWNLOAD, None, (_is_seconds, _is_number), 1, 1, _DOWNLOAD),
    "redirect-download": FaultType(
        _DOWNLOAD, 1, (_is_number, _one_of("here", "user")), allowed_calls=_DOWNLOAD
    ),
    "changed-download": FaultType(_DOWNLOAD, 1, allowed_calls=_DOWNLOAD),
    "wrong-length": FaultType(_DOWNLOAD, 1, (_is_difference, _is_number), 1, 1, ALL_CALLS),
    "no-range": FaultType(_DOWNLOAD, None, allowed_calls=_DOWNLOAD),
}


@dataclass(slots=True)
class InjectedFault:
    """Fault in force.

    `remaining` counts down the strikes left; None means no limit. `matched_calls` is the number of
    matching calls so far.
    """

    name: str
    calls: frozenset[str]
    arguments: tuple[str, ...]
    remaining: int | None
    span: tuple[int, int] | None = None
    """First and last of the matching calls that the fault strikes; None means no restriction."""
    percent: float | None = None
    """Percentage of the matching calls that the fault strikes; None means all."""
    matched_calls: int = 0


def read_fault(text: str) -> InjectedFault:
    """Parses one fault. Raises ValueError if it is invalid or can never strike.

    A test that relies on a fault that never strikes would prove nothing.
    """
    header_text, *arguments = text.split(":")
    header = _FAULT_HEADER.fullmatch(header_text)
    if header is None:
        raise ValueError(f"cannot read the fault '{text}'")
    name, arguments = _canonical(header["name"], arguments)
    fault_type = FAULT_TYPES.get(name)
    if fault_type is None:
        raise ValueError(f"unknown fault '{name}'; known are {', '.join(FAULT_TYPES)}")
    if header["call"] is not None and header["call"] not in fault_type.allowed_calls:
        raise ValueError(f"the fault '{name}' strikes no call '{header['call']}'")
    _check_arguments(text, fault_type, arguments)
    calls = fault_type.calls if header["call"] is None else frozenset({header["call"]})
    fault = InjectedFault(name, calls, tuple(arguments), fault_type.count)
    if header["first"] is not None:
        fault.span = (int(header["first"]), int(header["last"] or header["first"]))
    if header["rate"] is not None:
        fault.percent = float(header["rate"])
    if fault.span is not None or fault.percent is not None:
        fault.remaining = None
    if len(arguments) > fault_type.count_index:
        fault.remaining = int(arguments[fault_type.count_index])
    return fault


def _canonical(name: str, arguments: list[str]) -> tuple[str, list[str]]:
    """Converts `status-503:2` to its other spelling, `status:503:2`."""
    word, _dash, code = name.partition("-")
    return (word, [code, *arguments]) if word == "status" and code else (name, arguments)


def _check_arguments(fault_text: str, fault_type: FaultType, arguments: list[str]) -> None:
    try:
        is_valid = fault_type.min_arguments <= len(arguments) <= len(fault_type.arguments) and all(
            check(text) for check, text in zip(fault_type.arguments, arguments, strict=False)
        )
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError(f"cannot read the arguments of the fault '{fault_text}'")


class FaultInjector:
    """Holds the faults in force. Safe to use from several threads."""

    def __init__(self, spec: str = "", seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._faults: list[InjectedFault] = []
        self._call_counts: Counter[str] = Counter()
        self._applied: Counter[str] = Counter()
        self.seed = seed
        self.spec = ""
        self.set(spec)

    def set(self, spec: str) -> None:
        """Replaces all faults and restarts the counts.

        Raises ValueError for an invalid spec; nothing is changed then.
        """
        seed_match = _SEED.match(spec)
        fault_list = spec[seed_match.end() :] if seed_match else spec
        faults = [read_fault(part.strip()) for part in fault_list.split(",") if part.strip()]
        with self._lock:
            self._faults = faults
            self._call_counts.clear()
            if seed_match:
                self.seed = int(seed_match[1])
            self.spec = fault_list.strip()

    def begin(self, call: str) -> CallFaults:
        """Registers a call and decides, once, which faults can strike it."""
        with self._lock:
            if not self._faults:
                return NO_FAULTS
            self._call_counts[call] += 1
            applying = [
                fault
                for position, fault in enumerate(self._faults)
                if call in fault.calls and self._applies(position, fault, call)
            ]
        return CallFaults(self, call, applying) if applying else NO_FAULTS

    def applied_counts(self) -> dict[str, int]:
        """Returns the number of times each fault had an effect since the start, by `name@call`."""
        with self._lock:
            return dict(self._applied)

    def consume(self, fault: InjectedFault, call: str) -> bool:
        """Uses up one strike of `fault`; returns False if no strike is left."""
        with self._lock:
            return self._consume(fault, call)

    def hold(
        self, fault: InjectedFault, call: str, start_hold: Callable[[], HeldCall]
    ) -> HeldCall | None:
        """Holds a call with `start_hold`; returns None if the fault was replaced or is used up.

        The code that replaces faults then releases the held calls, and would miss a call held
        afterwards.
        """
        with self._lock:
            if not any(each is fault for each in self._faults) or not self._consume(fault, call):
                return None
            return start_hold()

    def _consume(self, fault: InjectedFault, call: str) -> bool:
        if fault.remaining == 0:
            return False
        if fault.remaining is not None:
            fault.remaining -= 1
        self._applied[f"{fault.name}@{call}"] += 1
        return True

    def _applies(self, position: int, fault: InjectedFault, call: str) -> bool:
        fault.matched_calls += 1
        if fault.span is not None:
            first, last = fault.span
            return first <= fault.matched_calls <= last
        if fault.percent is not None:
            # One random number per call instead of one sequence: calls of other kinds, which may
            # arrive in between in any order, change nothing.
            chance = random.Random(f"{self.seed} {position} {call} {self._call_counts[call]}")
            return chance.random() * 100 < fault.percent
        return True


class CallFaults:
    """One call, and the faults that can strike it; `applied` has the names of those that did."""

    def __init__(
        self, injector: FaultInjector | None, call: str, applying: Sequence[InjectedFault]
    ) -> None:
        self._injector = injector
        self._call = call
        self._applying = applying
        self.applied: list[str] = []

    def take(self, name: str) -> tuple[str, ...] | None:
        """Returns fault `name`'s arguments and uses up a strike; None if it does not strike."""
        if self._injector is None:
            return None
        for fault in self._applying:
            if fault.name == name and self._injector.consume(fault, self._call):
                self.applied.append(name)
                return fault.arguments
        return None

    def hold(self, name: str, start_hold: Callable[[], HeldCall]) -> HeldCall | None:
        """Returns the held call if fault `name` strikes, using up a strike; None if it does not."""
        if self._injector is None:
            return None
        for fault in self._applying:
            if fault.name == name and (held := self._injector.hold(fault, self._call, start_hold)):
                self.applied.append(name)
                return held
        return None


NO_FAULTS = CallFaults(None, "", ())
