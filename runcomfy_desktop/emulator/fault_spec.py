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

API = frozenset(
    {"submit", "status", "result", "cancel", "list", "read", "create", "change", "delete"}
    | {"proxy", "balance", "unknown"}
)
STORAGE = frozenset({"download", "object-info"})
CALLS = API | STORAGE
_QUEUE = frozenset({"status", "result", "cancel"})
_SUBMIT, _STATUS, _RESULT, _CANCEL, _BALANCE, _FILES = (
    frozenset({each}) for each in ("submit", "status", "result", "cancel", "balance", "download")
)
_HEAD = re.compile(
    r"(?P<name>[a-z0-9-]+)(@(?P<call>[a-z-]+))?"
    r"(#(?P<first>[1-9][0-9]*)(-(?P<last>[1-9][0-9]*))?|%(?P<rate>[0-9]+(\.[0-9]+)?))?"
)


def _seconds(text: str) -> bool:
    return 0 <= float(text) < 1e6


def _number(text: str) -> bool:
    return int(text) >= 0


def _code(text: str) -> bool:
    return 200 <= int(text) <= 599


def _dollars(text: str) -> bool:
    return abs(float(text)) < 1e9


def _difference(text: str) -> bool:
    return int(text) != 0


def _one_of(*words: str) -> Callable[[str], bool]:
    return lambda text: text in words


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault: the calls it strikes by itself and may be told to strike, how often it
    does without a count (None: always), and its arguments as checks.

    The argument at `count_at` is the count; those before `needed` may not be left out.
    """

    calls: frozenset[str]
    count: int | None
    arguments: tuple[Callable[[str], bool], ...] = (_number,)
    count_at: int = 0
    needed: int = 0
    may: frozenset[str] = CALLS


KINDS: dict[str, Kind] = {
    # Before the service looks at the call.
    "hold-request": Kind(API, None),
    "drop-request": Kind(API, 1),
    "unauthorized": Kind(API, None, (_one_of("json", "plain", "gateway", "foreign"), _number), 1),
    "rate-limit": Kind(API, 1, (_number, _seconds, _one_of("date"))),
    "unavailable": Kind(API, 1, (_number, _seconds, _one_of("date"))),
    "status": Kind(CALLS, 1, (_code, _number), 1, needed=1),
    "error": Kind(API, 1, (_number, _code, _number), 2, needed=1),
    "html": Kind(API, 1),
    # Of the answer alone: the call has worked.
    "hold": Kind(API, None),
    "hold-half": Kind(API, None),
    "drop-answer": Kind(_SUBMIT, 1),
    "delay-answer": Kind(_SUBMIT, None, (_seconds, _number), 1, needed=1),
    "delay": Kind(API, None, (_seconds, _number), 1, needed=1),
    "drip": Kind(API, None, (_seconds, _number), 1, needed=1),
    "empty": Kind(API, 1),
    "truncated": Kind(API, 1),
    "wrong-type": Kind(API, 1),
    # Of single calls of the queue, and of the balance.
    "no-id": Kind(_SUBMIT, 1, may=_SUBMIT),
    "hostile-id": Kind(_SUBMIT, 1, may=_SUBMIT),
    "foreign-urls": Kind(_SUBMIT, 1, may=_SUBMIT | _STATUS),
    "other-id": Kind(_QUEUE, 1, may=_QUEUE | _SUBMIT),
    "error-with-id": Kind(_SUBMIT, 1, (_number, _number), 1, may=_QUEUE | _SUBMIT),
    "gone": Kind(_QUEUE, None, may=_QUEUE),
    "word": Kind(_STATUS, None, (bool, _number), 1, needed=1, may=_STATUS | _RESULT),
    "stuck": Kind(_STATUS, None, may=_STATUS),
    "in-queue": Kind(_STATUS | _RESULT, None, may=_STATUS | _RESULT),
    "late-result": Kind(_RESULT, 3, may=_RESULT),
    "fails": Kind(_RESULT, None, may=_RESULT),
    "oom": Kind(_RESULT, None, may=_RESULT),
    "error-shape": Kind(
        _RESULT, None, (_one_of("list", "comfy", "object", "string"), _number), 1, 1, _RESULT
    ),
    "huge": Kind(_RESULT, 1, (_number, _number, _one_of("unsized")), 1, 1, _RESULT),
    "outputs": Kind(_RESULT, None, (_number, _number), 1, 1, _RESULT),
    "names": Kind(_RESULT, None, may=_RESULT),
    "cancel-ignored": Kind(_CANCEL, None, may=_CANCEL),
    "cancel-refused": Kind(_CANCEL, None, may=_CANCEL),
    "balance": Kind(_BALANCE, None, (_dollars, _number), 1, 1, _BALANCE),
    # Of the storage.
    "expired": Kind(_FILES, None, may=_FILES),
    "empty-first-download": Kind(_FILES, None, may=_FILES),
    "cut-download": Kind(_FILES, 1, may=_FILES),
    "slow-download": Kind(_FILES, None, (_seconds, _number), 1, 1, _FILES),
    "redirect-download": Kind(_FILES, 1, (_number, _one_of("here", "user")), may=_FILES),
    "changed-download": Kind(_FILES, 1, may=_FILES),
    "wrong-length": Kind(_FILES, 1, (_difference, _number), 1, 1, CALLS),
    "no-range": Kind(_FILES, None, may=_FILES),
}


@dataclass(slots=True)
class Fault:
    """One fault in force; `left` counts down, None lasts. `seen` counts the calls that it fits."""

    name: str
    calls: frozenset[str]
    arguments: tuple[str, ...]
    left: int | None
    span: tuple[int, int] | None = None
    """The first and the last of those calls that it strikes."""
    percent: float | None = None
    """The share of those calls that it strikes."""
    seen: int = 0


def read_fault(part: str) -> Fault:
    """Raises ValueError for a fault that cannot be understood, or could never strike."""
    text, *arguments = part.split(":")
    head = _HEAD.fullmatch(text)
    if head is None:
        raise ValueError(f"cannot read the fault '{part}'")
    name, arguments = _canonical(head["name"], arguments)
    kind = KINDS.get(name)
    if kind is None:
        raise ValueError(f"unknown fault '{name}'; known are {', '.join(KINDS)}")
    if head["call"] is not None and head["call"] not in kind.may:
        raise ValueError(f"the fault '{name}' strikes no call '{head['call']}'")
    _check(part, kind, arguments)
    calls = kind.calls if head["call"] is None else frozenset({head["call"]})
    fault = Fault(name, calls, tuple(arguments), kind.count)
    if head["first"] is not None:
        fault.span = (int(head["first"]), int(head["last"] or head["first"]))
    if head["rate"] is not None:
        fault.percent = float(head["rate"])
    if fault.span is not None or fault.percent is not None:
        fault.left = None
    if len(arguments) > kind.count_at:
        fault.left = int(arguments[kind.count_at])
    return fault


def _canonical(name: str, arguments: list[str]) -> tuple[str, list[str]]:
    """`status-503:2` is another spelling of `status:503:2`."""
    word, _dash, code = name.partition("-")
    return (word, [code, *arguments]) if word == "status" and code else (name, arguments)


def _check(part: str, kind: Kind, arguments: list[str]) -> None:
    try:
        fits = kind.needed <= len(arguments) <= len(kind.arguments) and all(
            check(text) for check, text in zip(kind.arguments, arguments, strict=False)
        )
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"cannot read the arguments of the fault '{part}'")
