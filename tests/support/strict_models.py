"""Strict models of the API responses that RunComfy documents.

An unknown field, a missing field, or a value of another type is an error. The models are
independent of this program's client and of the emulator, like third-party clients. RunComfy's first
and newest documentation differ; some models are valid for only one of the two.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any, NewType, TypeVar, get_type_hints

Identifier = NewType("Identifier", str)
Address = NewType("Address", str)
Timestamp = NewType("Timestamp", str)

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ADDRESS = re.compile(r"https?://\S+")
# Microseconds and a numeric offset: the format that clients need if they refuse `Z`.
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
_PATTERNS = {"Identifier": _UUID, "Address": _ADDRESS, "Timestamp": _TIMESTAMP}

_Model = TypeVar("_Model")


def strict(model: type[_Model], content: Any) -> _Model:
    """Returns `content` as `model`; AssertionError for additional, missing or different fields."""
    assert isinstance(content, dict), f"{model.__name__}: not an object: {content!r}"
    hints = get_type_hints(model)
    fields = dataclasses.fields(model)  # type: ignore[arg-type]  # models are dataclasses
    wanted = {field.name for field in fields}
    assert set(content) == wanted, f"{model.__name__}: has {sorted(content)}"
    for name, value in content.items():
        _check(f"{model.__name__}.{name}", value, hints[name])
    return model(**content)


def _check(where: str, value: Any, hint: Any) -> None:
    pattern = _PATTERNS.get(getattr(hint, "__name__", ""))
    if pattern is not None:
        assert isinstance(value, str), f"{where}: {value!r}"
        assert pattern.fullmatch(value), f"{where}: {value!r}"
        return
    expected = getattr(hint, "__origin__", hint)
    is_bool = isinstance(value, bool)
    assert isinstance(value, expected), f"{where}: {value!r}"
    assert not is_bool or expected is bool, f"{where}: {value!r}"


@dataclass(frozen=True)
class SubmitAnswer:
    """Response to a submit, with exactly these four fields."""

    request_id: Identifier
    status_url: Address
    result_url: Address
    cancel_url: Address


@dataclass(frozen=True)
class QueuedStatus:
    """Status response for a request in the queue (`in_queue`)."""

    request_id: Identifier
    status: str
    queue_position: int
    status_url: Address
    result_url: Address


@dataclass(frozen=True)
class PlainStatus:
    """Status response without a queue position, in the first documentation."""

    request_id: Identifier
    status: str
    status_url: Address
    result_url: Address


@dataclass(frozen=True)
class StatusOnInstance:
    """Status response for `in_progress` and `completed`, in the newest documentation."""

    request_id: Identifier
    status: str
    instance_id: Identifier
    status_url: Address
    result_url: Address


@dataclass(frozen=True)
class EarlyResult:
    """Result response of a request that has not finished."""

    request_id: Identifier
    status: str
    created_at: Timestamp


@dataclass(frozen=True)
class CancelledResult:
    """Result response of a cancelled request (`canceled` or `cancelled`)."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp


@dataclass(frozen=True)
class SucceededResult:
    """Result response of a request that succeeded, in the first documentation."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp
    outputs: dict[str, Any]


@dataclass(frozen=True)
class SucceededOnInstance:
    """Result response of a request that succeeded, in the newest documentation."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp
    instance_id: Identifier
    outputs: dict[str, Any]


@dataclass(frozen=True)
class FailedResult:
    """Result response of a request that failed, in the first documentation."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp
    error: list[Any]


@dataclass(frozen=True)
class FailedEntry:
    """One error in the result of a failed request, in the first of its three formats."""

    errorCode: int  # noqa: N815 - the API's own spelling
    error: str
    debugInfo: str  # noqa: N815 - the API's own spelling


@dataclass(frozen=True)
class CancelByStatus:
    """Cancel response in the first documentation: `status` is the outcome."""

    request_id: Identifier
    status: str


@dataclass(frozen=True)
class CancelByOutcome:
    """Cancel response in the newest documentation, with a separate `outcome`."""

    request_id: Identifier
    status: str
    outcome: str


@dataclass(frozen=True)
class FileEntry:
    """A file among the outputs of a node."""

    url: Address
    filename: str
    subfolder: str
    type: str
