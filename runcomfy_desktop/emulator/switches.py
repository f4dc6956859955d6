"""Behaviour switches for points on which the service's documentation is contradictory or silent.

The defaults give the trouble-free service that the demo uses.
`EmulatedBackend(switches=BehaviourSwitches(wrapped_list=True))`, the option `--switch
wrapped_list=true` and `POST /__emulator__/switches` with `{"wrapped_list": true}` are equivalent;
the control path (see `control`) changes a running emulator. For errors see `faults`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import Json, JsonObject


@dataclass(frozen=True, slots=True)
class BehaviourSwitches:
    """One field per behaviour. None leaves the choice to the dialect."""

    submit_status: int | None = None
    """HTTP status code of an accepted submit: 200 or 202."""
    gate_status: int | None = None
    """HTTP status code of errors 10001 to 10003: 200 or 403."""
    instance_ids: bool | None = None
    """True if status and result contain the instance id."""
    submit_says_status: bool = False
    """True if the response to a submit also has `status`."""
    errors_in_200: bool = False
    """True if refusals come with HTTP 200 and can be recognised only by `error_code`."""
    wrapped_list: bool = False
    """True if the list of deployments comes as `{"deployments": [...]}`."""
    empty_delete: bool = False
    """True if a delete returns 204 without a body."""
    first_position: int = 1
    """Queue position of the request that is next in the queue: 0 or 1."""
    null_position: bool = False
    """True if the queue position is null."""
    zulu: bool = False
    """True if times end in `Z` instead of `+00:00`."""
    whole_seconds: bool = False
    """True if times have no fraction."""
    ignores_unknown: bool = False
    """True if overrides that fit nothing are silently ignored instead of refused."""
    refuses_both: bool = False
    """True if `overrides` next to `workflow_api_json` are refused instead of applied to it."""
    runs_to_the_end: bool = False
    """True if a running request succeeds in spite of an accepted cancel."""
    max_media_bytes: int = 0
    """Maximum size of inline files; larger ones are refused. 0 means no limit."""
    fetches_media: bool = False
    """True if media are fetched by their address, only on this computer; others then fail."""
    expired_status: int = 404
    """HTTP status code of a file that is older than seven days: 403 or 404."""
    tiny_outputs: bool = False
    """True if every PNG has one pixel and is not painted, for days with thousands of runs."""
    gone_status: int = 404
    """HTTP status code of a call to an instance that does not exist: 404 or 502."""

    def changed(self, changes: Json) -> BehaviourSwitches:
        """Returns the switches with `changes` applied. Raises ValueError if one is invalid."""
        if not isinstance(changes, dict):
            raise ValueError("an object of switches is expected")
        known = {each.name: getattr(_DEFAULTS, each.name) for each in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"unknown switch '{name}'; known are {', '.join(known)}")
            if not _is_valid(name, value, known[name]):
                raise ValueError(f"cannot set the switch '{name}' to {value!r}")
        return replace(self, **changes)  # type: ignore[arg-type]  # checked above

    def as_json(self) -> JsonObject:
        return {each.name: getattr(self, each.name) for each in fields(self)}


_DEFAULTS = BehaviourSwitches()
_CHOICES: dict[str, tuple[Json, ...]] = {
    "submit_status": (None, 200, 202),
    "gate_status": (None, 200, 403),
    "instance_ids": (None, True, False),
    "first_position": (0, 1),
    "expired_status": (403, 404),
    "gone_status": (404, 502),
}


def _is_valid(name: str, value: Json, default: Json) -> bool:
    choices = _CHOICES.get(name)
    if choices is not None:
        # Python's True equals 1, but is not accepted as 1 here.
        return any(type(value) is type(each) and value == each for each in choices)
    if isinstance(default, bool):
        return isinstance(value, bool)
    return type(value) is int and value >= 0
