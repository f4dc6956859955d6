"""Journal for tests: every call with its token masked, and counts of important events."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter, deque
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.http_messages import Json
from runcomfy_desktop.emulator.request_bodies import is_depth_allowed

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import JsonObject, Request

_MAX_ENTRIES = 10_000
_MAX_TEXT_CHARS = 20_000
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


class Journal:
    """Log of calls. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[JsonObject] = deque(maxlen=_MAX_ENTRIES)
        self._received: Counter[str] = Counter()
        self._accepted: Counter[str] = Counter()

    def record(
        self,
        port: str,
        call: str,
        request: Request,
        status: int,
        body_fields: JsonObject | None = None,
    ) -> None:
        """Logs one call, before its response is sent, so that a test can rely on the entry."""
        entry: JsonObject = {
            "port": port,
            "call": call,
            "method": request.method,
            "path": request.path,
            "query": {name: list[Json](values) for name, values in request.query.items()},
            "status": status,
            "headers": {name: _masked(name, value) for name, value in request.headers.items()},
            "body_bytes": len(request.body),
            **(body_fields or {}),
        }
        if request.faults.applied:
            entry["faults"] = list[Json](request.faults.applied)
        with self._lock:
            self._entries.append(entry)
            self._received[call] += 1

    def count_accepted(self, deployment_id: str) -> None:
        with self._lock:
            self._accepted[deployment_id] += 1

    def entries(self) -> list[Json]:
        with self._lock:
            return list(self._entries)

    def counts(self) -> JsonObject:
        """Returns the number of calls by kind, and of accepted submits by deployment and in all."""
        with self._lock:
            return {
                "received": dict(self._received),
                "accepted": self._accepted.total(),
                "accepted_by_deployment": dict(self._accepted),
            }


def body_summary(request: Request) -> JsonObject:
    """Returns the logged part of a body: its fields without media, long strings and secrets.

    A body that is not a JSON object has no fields; its size is logged separately.
    """
    try:
        body = json.loads(request.body.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(body, dict) or not is_depth_allowed(body):
        return {}
    fields = {name: shorten_long_texts(value) for name, value in body.items()}
    if "extra_data" in fields:
        # `extra_data` contains the key of another service.
        extra = fields["extra_data"]
        fields["extra_data"] = dict.fromkeys(extra, "***") if isinstance(extra, dict) else "***"
    return {"body": fields, **_overrides(fields)}


def _overrides(fields: JsonObject) -> JsonObject:
    return {"overrides": fields["overrides"]} if "overrides" in fields else {}


def shorten_long_texts(value: Json) -> Json:
    """Replaces each data URI and each very long string in `value` by its length and SHA-256."""
    if isinstance(value, dict):
        return {name: shorten_long_texts(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shorten_long_texts(each) for each in value]
    if isinstance(value, str) and (value.startswith("data:") or len(value) > _MAX_TEXT_CHARS):
        digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
        kind = "data_uri_characters" if value.startswith("data:") else "characters"
        return {kind: len(value), "sha256": digest}
    return value


def _masked(name: str, value: str) -> str:
    if name not in _SECRET_HEADERS:
        return value
    scheme, _space, _token = value.partition(" ")
    return f"{scheme} ***" if _space else "***"
