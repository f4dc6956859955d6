"""How the service behaves where its documents disagree or say nothing, each to be set by a test.

The defaults are the calm service of the demo.
`EmulatedBackend(switches=Switches(wrapped_list=True))`, the option `--switch wrapped_list=true` and
`POST /__emulator__/switches` with `{"wrapped_list": true}` say the same; the control path (see
`control`) changes a running one. For bad days see `faults`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import Json, JsonObject


@dataclass(frozen=True, slots=True)
class BehaviourSwitches:
    """One behaviour each. None leaves the choice to the dialect."""

    submit_status: int | None = None
    """HTTP code of an accepted submit: 200 or 202."""
    gate_status: int | None = None
    """HTTP code of 10001 to 10003: 200 or 403."""
    instance_ids: bool | None = None
    """Whether status and result name the instance."""
    submit_says_status: bool = False
    """Whether the answer to a submit has `status`, too."""
    errors_in_200: bool = False
    """Whether refusals come with HTTP 200, told apart by `error_code` only."""
    wrapped_list: bool = False
    """Whether the list of deployments comes as `{"deployments": [...]}`."""
    empty_delete: bool = False
    """Whether a delete answers 204 without a body."""
    first_position: int = 1
    """The queue position of the request that is next: 0 or 1."""
    null_position: bool = False
    """Whether the queue position is not known."""
    zulu: bool = False
    """Whether times end in `Z` instead of `+00:00`."""
    whole_seconds: bool = False
    """Whether times have no fraction."""
    ignores_unknown: bool = False
    """Whether overrides that fit nothing are passed over silently instead of refused."""
    refuses_both: bool = False
    """Whether `overrides` beside `workflow_api_json` are refused instead of put on top of it."""
    runs_to_the_end: bool = False
    """Whether a request that already runs succeeds in spite of an accepted cancel."""
    max_media_bytes: int = 0
    """Larger inline files are refused; 0 takes all."""
    fetches_media: bool = False
    """Whether media addresses are fetched; on this computer only, others then fail."""
    expired_status: int = 404
    """HTTP code of a file that is older than seven days: 403 or 404."""
    tiny_outputs: bool = False
    """Whether every PNG has one pixel and is not painted: for days of thousands of runs."""
    gone_status: int = 404
    """HTTP code of a call to an instance that is not there: 404 or 502."""

    def changed(self, changes: Json) -> BehaviourSwitches:
        """With some of them set anew. Raises ValueError for what is not understood."""
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
        # True is not 1 here.
        return any(type(value) is type(each) and value == each for each in choices)
    if isinstance(default, bool):
        return isinstance(value, bool)
    return type(value) is int and value >= 0
