"""Models of the responses in sections 4 to 7 of the API reference, and of nothing else.

Intentionally strict: an unknown field, a missing one, or a value of another type is an error. They
are independent of this program's client and of the emulator, like third-party clients.
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
# Microseconds, and a numeric offset: the format of a client that refuses `Z`.
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
    """Section 4.5: exactly four fields."""

    request_id: Identifier
    status_url: Address
    result_url: Address
    cancel_url: Address


@dataclass(frozen=True)
class QueuedStatus:
    """Section 5, `in_queue`."""

    request_id: Identifier
    status: str
    queue_position: int
    status_url: Address
    result_url: Address


@dataclass(frozen=True)
class PlainStatus:
    """Section 5, every status without a position, in the first documentation."""

    request_id: Identifier
    status: str
    status_url: Address
    result_url: Address


@dataclass(frozen=True)
class StatusOnInstance:
    """Section 5, `in_progress` and `completed` in the newest documentation."""

    request_id: Identifier
    status: str
    instance_id: Identifier
    status_url: Address
    result_url: Address


@dataclass(frozen=True)
class EarlyResult:
    """Section 6, before the end."""

    request_id: Identifier
    status: str
    created_at: Timestamp


@dataclass(frozen=True)
class CancelledResult:
    """Section 6, `canceled` or `cancelled`."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp


@dataclass(frozen=True)
class SucceededResult:
    """Section 6, `succeeded` in the first documentation."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp
    outputs: dict[str, Any]


@dataclass(frozen=True)
class SucceededOnInstance:
    """Section 6, `succeeded` in the newest documentation."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp
    instance_id: Identifier
    outputs: dict[str, Any]


@dataclass(frozen=True)
class FailedResult:
    """Section 6.2, `failed` in the first documentation."""

    request_id: Identifier
    status: str
    created_at: Timestamp
    finished_at: Timestamp
    error: list[Any]


@dataclass(frozen=True)
class FailedEntry:
    """Section 6.2, one error in the first of the three formats."""

    errorCode: int  # noqa: N815 - the API's own spelling
    error: str
    debugInfo: str  # noqa: N815 - the API's own spelling


@dataclass(frozen=True)
class CancelByStatus:
    """Section 7, in the first documentation."""

    request_id: Identifier
    status: str


@dataclass(frozen=True)
class CancelByOutcome:
    """Section 7, in the newest documentation."""

    request_id: Identifier
    status: str
    outcome: str


@dataclass(frozen=True)
class FileEntry:
    """Section 8.1, a file of an output node."""

    url: Address
    filename: str
    subfolder: str
    type: str
