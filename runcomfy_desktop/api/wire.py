"""JSON to domain: knows the service's names and dialects, and forgives what can be forgiven.

Unknown fields are passed over, missing ones have a default, odd types count as missing. Nothing
here raises for an odd value; only a record without its id is none.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runcomfy_desktop.api.errors import error_code
from runcomfy_desktop.api.service_messages import clean
from runcomfy_desktop.domain.deployments.deployment import Balance, Deployment, DeploymentPayload

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

_WRAPPERS = ("deployments", "data", "items", "results")
# Rejected by the machine, and failed while running.
_RUN_ERRORS = (11008, 11011)
_MICRO = 1_000_000
_MAX_INTEGER = 10**9
_MAX_LABEL_CHARS = 200


def text(value: Json) -> str:
    """A string as one that can be stored and shown; "" for everything else."""
    if not isinstance(value, str):
        return ""
    # JSON can spell half a character, which no file and no database takes.
    return value.encode("utf-8", "replace").decode("utf-8")


def field(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None


def integer(value: Json, default: int = 0) -> int:
    number = number_or_none(value)
    return int(number) if number is not None and abs(number) < _MAX_INTEGER else default


def number_or_none(value: Json) -> float | None:
    """A number, also one that was written as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str | int | float):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None
    return None


def timestamp_s(value: Json) -> float:
    """Seconds since the epoch of an ISO 8601 time, 0.0 when it is none.

    The service writes microseconds and an offset, drops a zero fraction, and may write `Z`; a
    time without any offset is taken for UTC.
    """
    try:
        moment = datetime.fromisoformat(text(value).strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp())
    except (ValueError, OverflowError):
        return 0.0


def label(value: Json) -> str:
    """A string that is shown in one line: names and words, not texts."""
    return clean(text(value), limit=_MAX_LABEL_CHARS)


def label_field(value: Json, name: str = "status") -> str:
    """A status word or an id, verbatim as far as it is fit to be shown."""
    return label(field(value, name))


def is_failed_request(value: Json) -> bool:
    """Whether the body speaks of a request that failed, rather than of a failing call."""
    return label_field(value).lower() == "failed" or is_run_error(value)


def is_run_error(value: Json) -> bool:
    """Whether all that the body says is an error which a run ends with, and no call does."""
    return not label_field(value) and error_code(value) in _RUN_ERRORS


def deployments(value: Json) -> tuple[Deployment, ...] | None:
    """The list, bare or wrapped; None when there is no list."""
    for name in _WRAPPERS:
        if isinstance(inner := field(value, name), list):
            value = inner
            break
    if not isinstance(value, list):
        return None
    records = (deployment(each) for each in value)
    return tuple(each for each in records if each is not None)


def has_more_pages(value: Json) -> bool:
    """Whether a wrapped list says that it is not all of it."""
    return isinstance(value, dict) and any(
        more for name, more in value.items() if "next" in name.lower() or name == "has_more"
    )


def deployment(value: Json) -> Deployment | None:
    """One record, bare or wrapped; None when it has no id."""
    inner = field(value, "deployment")
    record = inner if isinstance(inner, dict) else value
    deployment_id = text(field(record, "id")) or text(field(record, "deployment_id"))
    if not isinstance(record, dict) or not deployment_id:
        return None
    hardware = record.get("hardware")
    skus = hardware if isinstance(hardware, list) else [hardware]
    return Deployment(
        deployment_id=deployment_id,
        name=label(record.get("name")) or deployment_id,
        workflow_id=text(record.get("workflow_id")),
        workflow_version=label(record.get("workflow_version")),
        hardware=tuple(sku for each in skus if (sku := label(each))),
        min_instances=integer(record.get("min_instances")),
        max_instances=integer(record.get("max_instances"), 1),
        queue_size=integer(record.get("queue_size"), 1),
        keep_warm_s=integer(record.get("keep_warm_duration_in_seconds")),
        status=label(record.get("status")),
        is_enabled=record.get("is_enabled") is not False,
        created_at=text(record.get("created_at")),
        updated_at=text(record.get("updated_at")),
        payload=payload(record.get("payload")),
        readme=text(record.get("readme")),
    )


def payload(value: Json) -> DeploymentPayload | None:
    """What runs; its workflow is None for deployments of another kind (LoRA)."""
    if not isinstance(value, dict):
        return None
    workflow, overrides = value.get("workflow_api_json"), value.get("overrides")
    return DeploymentPayload(
        workflow=workflow if isinstance(workflow, dict) and workflow else None,
        overrides=overrides if isinstance(overrides, dict) else {},
        object_info_url=text(value.get("object_info_url")).strip(),
    )


def balance(value: Json) -> Balance | None:
    """The wallet, from dollars or else from microdollars; None when neither is there."""
    usd = number_or_none(field(value, "balance_usd"))
    if usd is None:
        micro = number_or_none(field(value, "balance_microdollars"))
        usd = None if micro is None else micro / _MICRO
    currency = label(field(value, "currency"))
    return None if usd is None else Balance(usd, currency or "USD")
