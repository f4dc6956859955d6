"""Models of the answers of sections 4 to 7 of the API reference, and of nothing else.

Strict on purpose: an unknown field, a missing one, or a value of another type is an error. They
know nothing of our own client and nothing of the emulator, as other people's clients do.
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
# Microseconds, and a numeric offset: the layout of a client that refuses `Z`.
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
_PATTERNS = {"Identifier": _UUID, "Address": _ADDRESS, "Timestamp": _TIMESTAMP}

_Model = TypeVar("_Model")


def strict(model: type[_Model], content: Any) -> _Model:
    """`content` as `model`; AssertionError for anything more, less or other."""
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
    """4.5: four fields and no more."""

    request_id: Identifier
    status_url: Address
    result_url: Address
    cancel_url: Address


@dataclass(frozen=True)
class QueuedStatus:
    """5, `in_queue`."""

    request_id: Identifier
    status: str
    queue_position: int
    status_url: Address
    result_url: Address


@dataclass(frozen=True)
class PlainStatus:
    """5, every status without a position, as of the first documentation."""

    request_id: Identifier
    status: str
    status_url: Address
    result_url: Address


@dataclass(frozen=True)
class StatusOnInstance:
    """5, `in_progress` and `completed` of the newest documentation."""

    request_id: Identifier
    status: str
    instance_id: Identifier
    status_url: Address
    result_url: Address


@dataclass(frozen=True)
class EarlyResult:
    """6, before the end."""

    request_id: Identifier
    status: str
    created_at: Timestamp


@dataclass(frozen=True)
class CancelledResult:
    """6, `canceled` or `cancelled`."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp


@dataclass(frozen=True)
class SucceededResult:
    """6, `succeeded`, as of the first documentation."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp
    outputs: dict[str, Any]


@dataclass(frozen=True)
class SucceededOnInstance:
    """6, `succeeded` of the newest documentation."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp
    instance_id: Identifier
    outputs: dict[str, Any]


@dataclass(frozen=True)
class FailedResult:
    """6.2, `failed`, as of the first documentation."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp
    error: list[Any]


@dataclass(frozen=True)
class FailedEntry:
    """6.2, one error in the first of the three shapes."""

    errorCode: int  # noqa: N815 - the API's own spelling
    error: str
    debugInfo: str  # noqa: N815 - the API's own spelling


@dataclass(frozen=True)
class CancelByStatus:
    """7, as of the first documentation."""

    request_id: Identifier
    status: str


@dataclass(frozen=True)
class CancelByOutcome:
    """7, of the newest documentation."""

    request_id: Identifier
    status: str
    outcome: str


@dataclass(frozen=True)
class FileEntry:
    """8.1, a file of an output node."""

    url: Address
    filename: str
    subfolder: str
    type: str
