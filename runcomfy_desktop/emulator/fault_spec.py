"""One fault of a spec, read and checked: what it is called, where it strikes, and how often.

A fault that could never strike is refused like a misspelt one: a test that relies on it would
prove nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

API_CALLS = frozenset(
    {"submit", "status", "result", "cancel", "list", "read", "create", "change", "delete"}
    | {"proxy", "balance", "unknown"}
)
STORAGE_CALLS = frozenset({"download", "object-info"})
ALL_CALLS = API_CALLS | STORAGE_CALLS
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
    """One kind of fault: the calls it strikes by itself and may be told to strike, how often it
    does without a count (None: always), and its arguments as checks.

    The argument at `count_index` is the count; those before `min_arguments` may not be left out.
    """

    calls: frozenset[str]
    count: int | None
    arguments: tuple[Callable[[str], bool], ...] = (_is_number,)
    count_index: int = 0
    min_arguments: int = 0
    allowed_calls: frozenset[str] = ALL_CALLS


FAULT_TYPES: dict[str, FaultType] = {
    # Before the service looks at the call.
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
    # Of the answer alone: the call has worked.
    "hold": FaultType(API_CALLS, None),
    "hold-half": FaultType(API_CALLS, None),
    "drop-answer": FaultType(_SUBMIT, 1),
    "delay-answer": FaultType(_SUBMIT, None, (_is_seconds, _is_number), 1, min_arguments=1),
    "delay": FaultType(API_CALLS, None, (_is_seconds, _is_number), 1, min_arguments=1),
    "drip": FaultType(API_CALLS, None, (_is_seconds, _is_number), 1, min_arguments=1),
    "empty": FaultType(API_CALLS, 1),
    "truncated": FaultType(API_CALLS, 1),
    "wrong-type": FaultType(API_CALLS, 1),
    # Of single calls of the queue, and of the balance.
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
    # Of the storage.
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
    """One fault in force; `remaining` counts down, None lasts. `matched_calls` counts the calls
    that it fits."""

    name: str
    calls: frozenset[str]
    arguments: tuple[str, ...]
    remaining: int | None
    span: tuple[int, int] | None = None
    """The first and the last of those calls that it strikes."""
    percent: float | None = None
    """The share of those calls that it strikes."""
    matched_calls: int = 0


def read_fault(text: str) -> InjectedFault:
    """Raises ValueError for a fault that cannot be understood, or could never strike."""
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
    """`status-503:2` is another spelling of `status:503:2`."""
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
