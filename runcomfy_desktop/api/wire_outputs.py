"""What a result holds, as outputs; and why a failed one failed.

A file is any object with a `url`, in whatever channel of whatever node, at any depth: channels
are named by the authors of nodes, and videos come in `images`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.service_messages import MAX_ITEMS, clean, redact, shorten
from runcomfy_desktop.api.wire import field, text
from runcomfy_desktop.domain.jobs.output import Output, OutputKind, name_from_url, output_kind
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.base.json_value import Json

_TEXT_CHANNEL = "text"
# Each is a tile in the window and a part of a row; nodes may hand back a list of all lines.
_MAX_TEXTS = 500
_MAX_FILES = 20_000
# Longer than any name on a disk, and than any signed address.
_MAX_NAME_CHARS, _NAME_END_CHARS = 500, 60
_MAX_URL_CHARS = 8192
_MAX_CHARS = constants.MAX_TECHNICAL_CHARS * 4
_REASON_KEYS = ("message", "error_message", "exception_message", "error", "details", "detail")


def outputs(result: Json) -> tuple[Output, ...]:
    """The outputs in document order, each address once; of very many texts, the last ones are
    put together, and very many files are counted rather than named."""
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
            yield _file(node_id, channel, value)
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


def _file(node_id: str, channel: str, entry: dict[str, Json]) -> Output:
    url, fault = text(entry["url"]).strip(), ""
    name = _name_in_url(url)
    if len(url) > _MAX_URL_CHARS:
        url, fault = "", _("The service gives an address for this file that is too long for one.")
    filename = _shorten_name(text(entry.get("filename")).strip() or name)
    kind = output_kind(filename)
    if kind is OutputKind.OTHER:
        kind = output_kind(name)
    is_preview = entry.get("type") == "temp"
    return Output(node_id, channel, kind, filename, url, is_preview=is_preview, fault=fault)


def _shorten_name(name: str) -> str:
    """A name that is shown and kept, with its ending."""
    if len(name) <= _MAX_NAME_CHARS:
        return name
    return f"{name[: _MAX_NAME_CHARS - _NAME_END_CHARS - 1]}…{name[-_NAME_END_CHARS:]}"


def _name_in_url(url: str) -> str:
    try:
        return name_from_url(url)
    except ValueError:
        return ""


def failure_texts(result: Json, secrets: tuple[str, ...] = ()) -> tuple[str, str]:
    """(reason in one line, the service's own words) of a result that failed.

    `error` is a list of entries, one object or a bare string, with the keys of RunComfy's
    gateway or of ComfyUI.
    """
    error = field(result, "error") or field(result, "errors")
    if not error:
        error = {
            key: v
            for key in ("error_code", "error_message", "message")
            if (v := field(result, key))
        }
    entries = error[:MAX_ITEMS] if isinstance(error, list) else [error]
    message = next((found for entry in entries if (found := _reason(entry))), "")
    first_line = message.strip().partition("\n")[0]
    reason = clean(redact(first_line, secrets)) or _("The service gave no reason.")
    technical = "\n".join(line for entry in entries if (line := _technical(entry, secrets)))
    return reason, technical[:_MAX_CHARS]


def _reason(entry: Json) -> str:
    if isinstance(entry, str):
        return entry
    if isinstance(entry, list):
        return next((found for each in islice(entry, MAX_ITEMS) if (found := _reason(each))), "")
    if not isinstance(entry, dict):
        return ""
    message = next((found for key in _REASON_KEYS if (found := _reason(entry.get(key)))), "")
    return message or (json.dumps(shorten(entry)) if entry else "")


def _technical(entry: Json, secrets: tuple[str, ...]) -> str:
    if not entry:
        return ""
    short = shorten(entry, secrets)
    message = short if isinstance(short, str) else json.dumps(short, ensure_ascii=False)
    return "\n".join(
        line
        for each in message.splitlines()
        if (line := clean(redact(each, secrets), limit=constants.MAX_TECHNICAL_CHARS))
    )
