"""Bad days on demand: `drop-answer:1,delay-answer:30,rate-limit@status:2:5`.

One fault is `name[@call][:argument[:argument]]`; several are joined by commas. `@call` narrows it
to one kind of call: submit, status, result, cancel, list, read, create, change, delete, proxy,
balance, object-info, download.

| fault | what happens |
|---|---|
| drop-answer[:N] | the next N submits are accepted, then the line is dropped without an answer |
| delay-answer:S[:N] | submits are accepted at once, their answer is held back S seconds |
| status-500[:N], status-502, -503, -504 | the next N calls fail with that HTTP code |
| rate-limit[:N[:S]] | the next N calls get 429, with `Retry-After: S` when S is given |
| html[:N] | the next N calls get a proxy's HTML error page |
| empty[:N], truncated[:N] | the next N answers (of calls that worked) are empty, or cut JSON |
| unauthorized[:FORM[:N]] | every call gets 401; FORM: json, plain, or 403 as gateway or foreign |
| empty-first-download | the first download of each file is empty |
| cut-download[:N] | the next N downloads end half way |
| slow-download:S[:N] | downloads take S seconds, a little at a time |
| redirect-download[:N[:here]] | the next N downloads point to another host, or (here) to this one |
| error-shape:list, :comfy, :object, :string | how the errors of failed results look |
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

_DEFAULT_COUNTS: dict[str, int | None] = {
    "drop-answer": 1,
    "delay-answer": None,
    "status-500": 1,
    "status-502": 1,
    "status-503": 1,
    "status-504": 1,
    "rate-limit": 1,
    "html": 1,
    "empty": 1,
    "truncated": 1,
    "unauthorized": None,
    "empty-first-download": None,
    "cut-download": 1,
    "slow-download": None,
    "redirect-download": 1,
    "error-shape": None,
}
# Faults whose first argument is not a count; theirs is the second.
_COUNT_SECOND = frozenset({"delay-answer", "slow-download", "unauthorized", "error-shape"})
_FORMS = {
    "error-shape": frozenset({"list", "comfy", "object", "string"}),
    "unauthorized": frozenset({"json", "plain", "gateway", "foreign"}),
}


@dataclass(slots=True)
class _Fault:
    """One fault in force; `left` counts down, None lasts."""

    name: str
    call: str
    arguments: tuple[str, ...]
    left: int | None


class Faults:
    """The faults in force; each `take` uses one up. Safe to use from several threads."""

    def __init__(self, spec: str = "") -> None:
        self._lock = threading.Lock()
        self._faults: list[_Fault] = []
        self.spec = ""
        self.set(spec)

    def set(self, spec: str) -> None:
        """Replaces all faults. Raises ValueError for a spec that cannot be understood."""
        faults = [_parse(part.strip()) for part in spec.split(",") if part.strip()]
        with self._lock:
            self._faults = faults
            self.spec = spec

    def take(self, name: str, call: str = "") -> tuple[str, ...] | None:
        """The arguments of fault `name` if it is in force for `call`, else None."""
        with self._lock:
            for fault in self._faults:
                if fault.name == name and fault.call in ("", call) and fault.left != 0:
                    if fault.left is not None:
                        fault.left -= 1
                    return fault.arguments
        return None


def _parse(part: str) -> _Fault:
    head, *arguments = part.split(":")
    name, _at, call = head.partition("@")
    if name not in _DEFAULT_COUNTS:
        raise ValueError(f"unknown fault '{name}'; known are {', '.join(_DEFAULT_COUNTS)}")
    count_at = 1 if name in _COUNT_SECOND else 0
    try:
        count = int(arguments[count_at]) if len(arguments) > count_at else _DEFAULT_COUNTS[name]
        if name in ("delay-answer", "slow-download"):
            float(arguments[0])
        if name == "error-shape" or (name == "unauthorized" and arguments):
            _check_form(name, arguments[0])
    except (ValueError, IndexError):
        raise ValueError(f"cannot read the fault '{part}'") from None
    return _Fault(name, call, tuple(arguments), count)


def _check_form(name: str, form: str) -> None:
    if form not in _FORMS[name]:
        raise ValueError(f"unknown form '{form}'")
