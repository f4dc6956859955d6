"""Converts JSON to domain objects: knows the service's field names and dialects, and is lenient.

Unknown fields are ignored, missing fields have a default, and values of unexpected types count as
missing. Nothing here raises an error for an unexpected value; only a record without its id is
dropped.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.errors import error_code
from runcomfy_desktop.api.service_messages import MAX_ITEMS, clean, redact, shorten
from runcomfy_desktop.domain.deployments.deployment import Balance, Deployment, DeploymentPayload
from runcomfy_desktop.domain.jobs.output import Output, OutputKind, name_from_url, output_kind
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.base.json_value import Json

_WRAPPERS = ("deployments", "data", "items", "results")
# 11008: rejected by the machine. 11011: failed while running.
_RUN_ERRORS = (11008, 11011)
_MICRO = 1_000_000
_MAX_INTEGER = 10**9
_MAX_LABEL_CHARS = 200
_TEXT_CHANNEL = "text"
# Each output is a tile in the window and part of its job's stored row; nodes may return every line
# as a list item.
_MAX_TEXTS = 500
_MAX_FILES = 20_000
# Longer than any file name on a disk, and than any signed URL.
_MAX_NAME_CHARS, _NAME_END_CHARS = 500, 60
_MAX_FILE_URL_CHARS = 8192
_MAX_FAILURE_CHARS = constants.MAX_TECHNICAL_CHARS * 4
_REASON_KEYS = ("message", "error_message", "exception_message", "error", "details", "detail")


def text(value: Json) -> str:
    """Returns a string that can be stored and shown, or "" if the value is not a string."""
    if not isinstance(value, str):
        return ""
    # JSON can contain half a surrogate pair, which neither files nor databases accept.
    return value.encode("utf-8", "replace").decode("utf-8")


def field(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None


def integer(value: Json, default: int = 0) -> int:
    number = number_or_none(value)
    return int(number) if number is not None and abs(number) < _MAX_INTEGER else default


def number_or_none(value: Json) -> float | None:
    """Returns a finite number, also from a numeric string, or None for any other value."""
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
    """Returns an ISO 8601 time in seconds since the epoch, or 0.0 if it is invalid.

    The service writes microseconds and an offset, omits a zero fraction, and may write `Z`; a time
    without an offset is taken as UTC.
    """
    try:
        moment = datetime.fromisoformat(text(value).strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp())
    except (ValueError, OverflowError):
        return 0.0


def label(value: Json) -> str:
    """Returns a string for display on one line: a name or a status, not a long text."""
    return clean(text(value), limit=_MAX_LABEL_CHARS)


def label_field(value: Json, name: str = "status") -> str:
    """Returns a field, such as a status or an id, as a string for display on one line."""
    return label(field(value, name))


def is_failed_request(value: Json) -> bool:
    """Returns True if the body is about a failed request, not about a failed call."""
    return label_field(value).lower() == "failed" or is_run_error(value)


def is_run_error(value: Json) -> bool:
    """Returns True if the body has no status, but an error code that means a failed run."""
    return not label_field(value) and error_code(value) in _RUN_ERRORS


def deployments(value: Json) -> tuple[Deployment, ...] | None:
    """Parses a list of deployments, bare or wrapped in an object; None if there is no list."""
    for name in _WRAPPERS:
        if isinstance(inner := field(value, name), list):
            value = inner
            break
    if not isinstance(value, list):
        return None
    records = (deployment(each) for each in value)
    return tuple(each for each in records if each is not None)


def has_more_pages(value: Json) -> bool:
    """Returns True if a wrapped list indicates that it is incomplete."""
    return isinstance(value, dict) and any(
        more for name, more in value.items() if "next" in name.lower() or name == "has_more"
    )


def deployment(value: Json) -> Deployment | None:
    """Parses a deployment from a record, bare or wrapped in an object.

    Returns None if it has no id.
    """
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
    """Parses a payload; returns None if there is none.

    Its workflow is None for deployments of another kind (LoRA).
    """
    if not isinstance(value, dict):
        return None
    workflow, overrides = value.get("workflow_api_json"), value.get("overrides")
    return DeploymentPayload(
        workflow=workflow if isinstance(workflow, dict) and workflow else None,
        overrides=overrides if isinstance(overrides, dict) else {},
        object_info_url=text(value.get("object_info_url")).strip(),
    )


def balance(value: Json) -> Balance | None:
    """Returns the balance, from dollars or else from microdollars; None if neither is present."""
    usd = number_or_none(field(value, "balance_usd"))
    if usd is None:
        micro = number_or_none(field(value, "balance_microdollars"))
        usd = None if micro is None else micro / _MICRO
    currency = label(field(value, "currency"))
    return None if usd is None else Balance(usd, currency or "USD")


def outputs(result: Json) -> tuple[Output, ...]:
    """Returns the outputs in document order, each URL once.

    A file is any object with a `url`, in any channel of any node, at any depth: channels are named
    by the authors of nodes, and videos are in `images`. If there are too many texts, the last ones
    are joined into one; files beyond the limit are counted instead of listed.
    """
    found = field(result, "outputs")
    if not found:
        # LoRA deployments and newer webhooks use the singular.
        found = field(result, "output")
    nodes = found if isinstance(found, dict) else {"": found}
    seen_urls: set[str] = set()
    collected: list[Output] = []
    remaining_texts, extra_texts = _MAX_TEXTS, list[Output]()
    remaining_files, extra_files = _MAX_FILES, list[Output]()
    for node_id, channels in nodes.items():
        for output in _node_outputs(_shorten_name(text(node_id)), channels):
            if output.url and output.url in seen_urls:
                continue
            seen_urls.add(output.url)
            if output.text:
                remaining_texts -= 1
                (collected if remaining_texts >= 0 else extra_texts).append(output)
            else:
                remaining_files -= 1
                (collected if remaining_files >= 0 else extra_files).append(output)
    if extra_texts:
        collected.append(replace(extra_texts[0], text="\n".join(each.text for each in extra_texts)))
    if extra_files:
        collected.append(_omitted_files(extra_files))
    return tuple(collected)


def _omitted_files(files: list[Output]) -> Output:
    message = n_(
        "%d more file is in this result than the program takes in.",
        "%d more files are in this result than the program takes in.",
        len(files),
    )
    advice = _("Look for them at runcomfy.com, or let the workflow save fewer files.")
    return replace(files[0], url="", filename="…", fault=f"{message % len(files)} {advice}")


def _node_outputs(node_id: str, channels: Json) -> Iterator[Output]:
    if isinstance(channels, dict) and not _is_file(channels):
        for channel, value in channels.items():
            yield from _channel_outputs(node_id, _shorten_name(text(channel)), value)
    else:
        yield from _channel_outputs(node_id, "", channels)


def _channel_outputs(node_id: str, channel: str, value: Json) -> Iterator[Output]:
    if isinstance(value, dict):
        if _is_file(value):
            yield _file_output(node_id, channel, value)
            return
        for inner in value.values():
            yield from _channel_outputs(node_id, channel, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _channel_outputs(node_id, channel, inner)
    elif channel == _TEXT_CHANNEL and (content := text(value)):
        yield Output(node_id, channel, OutputKind.TEXT, text=content)


def _is_file(value: dict[str, Json]) -> bool:
    return bool(text(value.get("url")).strip())


def _file_output(node_id: str, channel: str, entry: dict[str, Json]) -> Output:
    url, fault = text(entry["url"]).strip(), ""
    name = _name_in_url(url)
    if len(url) > _MAX_FILE_URL_CHARS:
        url, fault = "", _("The service gives an address for this file that is too long for one.")
    filename = _shorten_name(text(entry.get("filename")).strip() or name)
    kind = output_kind(filename)
    if kind is OutputKind.OTHER:
        kind = output_kind(name)
    is_preview = entry.get("type") == "temp"
    return Output(node_id, channel, kind, filename, url, is_preview=is_preview, fault=fault)


def _shorten_name(name: str) -> str:
    """Returns a name short enough to be shown and stored, keeping its extension."""
    if len(name) <= _MAX_NAME_CHARS:
        return name
    return f"{name[: _MAX_NAME_CHARS - _NAME_END_CHARS - 1]}…{name[-_NAME_END_CHARS:]}"


def _name_in_url(url: str) -> str:
    try:
        return name_from_url(url)
    except ValueError:
        return ""


def failure_texts(result: Json, secrets: tuple[str, ...] = ()) -> tuple[str, str]:
    """Returns (reason in one line, the service's own text) for a failed result.

    `error` is a list of entries, one object or a bare string, with the keys of RunComfy's gateway
    or of ComfyUI.
    """
    error = field(result, "error") or field(result, "errors")
    if not error:
        error = {
            key: v
            for key in ("error_code", "error_message", "message")
            if (v := field(result, key))
        }
    entries = error[:MAX_ITEMS] if isinstance(error, list) else [error]
    message = next((found for entry in entries if (found := _failure_reason(entry))), "")
    first_line = message.strip().partition("\n")[0]
    reason = clean(redact(first_line, secrets)) or _("The service gave no reason.")
    technical = "\n".join(line for entry in entries if (line := _failure_lines(entry, secrets)))
    return reason, technical[:_MAX_FAILURE_CHARS]


def _failure_reason(entry: Json) -> str:
    if isinstance(entry, str):
        return entry
    if isinstance(entry, list):
        return next(
            (found for each in islice(entry, MAX_ITEMS) if (found := _failure_reason(each))), ""
        )
    if not isinstance(entry, dict):
        return ""
    message = next(
        (found for key in _REASON_KEYS if (found := _failure_reason(entry.get(key)))), ""
    )
    return message or (json.dumps(shorten(entry)) if entry else "")


def _failure_lines(entry: Json, secrets: tuple[str, ...]) -> str:
    if not entry:
        return ""
    short = shorten(entry, secrets)
    message = short if isinstance(short, str) else json.dumps(short, ensure_ascii=False)
    return "\n".join(
        line
        for each in message.splitlines()
        if (line := clean(redact(each, secrets), limit=constants.MAX_TECHNICAL_CHARS))
    )
