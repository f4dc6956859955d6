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
from runcomfy_desktop.api.wire import field, text
from runcomfy_desktop.api.wording import MOST_ITEMS, clean, shortened, without
from runcomfy_desktop.domain.output import Output, OutputKind, kind_of, name_from_url
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.json_value import Json

_TEXT_CHANNEL = "text"
# Each is a tile in the window and a part of a row; nodes may hand back a list of all lines.
_MOST_TEXTS = 500
_MOST_FILES = 20_000
# Longer than any name on a disk, and than any signed address.
_NAME_CHARS, _NAME_END_CHARS = 500, 60
_ADDRESS_CHARS = 8192
_MOST_CHARS = constants.TECHNICAL_CHARS * 4
_REASON_KEYS = ("message", "error_message", "exception_message", "error", "details", "detail")


def outputs(result: Json) -> tuple[Output, ...]:
    """The outputs in document order, each address once; of very many texts, the last ones are
    put together, and very many files are counted rather than named."""
    found = field(result, "outputs")
    if not found:
        # LoRA deployments and newer webhooks use the singular.
        found = field(result, "output")
    nodes = found if isinstance(found, dict) else {"": found}
    seen: set[str] = set()
    collected: list[Output] = []
    left, rest = _MOST_TEXTS, list[Output]()
    room, beyond = _MOST_FILES, list[Output]()
    for node_id, channels in nodes.items():
        for output in _of_node(_short(text(node_id)), channels):
            if output.url and output.url in seen:
                continue
            seen.add(output.url)
            if output.text:
                left -= 1
                (collected if left >= 0 else rest).append(output)
            else:
                room -= 1
                (collected if room >= 0 else beyond).append(output)
    if rest:
        collected.append(replace(rest[0], text="\n".join(each.text for each in rest)))
    if beyond:
        collected.append(_uncounted(beyond))
    return tuple(collected)


def _uncounted(files: list[Output]) -> Output:
    said = n_(
        "%d more file is in this result than the program takes in.",
        "%d more files are in this result than the program takes in.",
        len(files),
    )
    advice = _("Look for them at runcomfy.com, or let the workflow save fewer files.")
    return replace(files[0], url="", filename="…", fault=f"{said % len(files)} {advice}")


def _of_node(node_id: str, channels: Json) -> Iterator[Output]:
    if isinstance(channels, dict) and not _is_file(channels):
        for channel, value in channels.items():
            yield from _of_channel(node_id, _short(text(channel)), value)
    else:
        yield from _of_channel(node_id, "", channels)


def _of_channel(node_id: str, channel: str, value: Json) -> Iterator[Output]:
    if isinstance(value, dict):
        if _is_file(value):
            yield _file(node_id, channel, value)
            return
        for inner in value.values():
            yield from _of_channel(node_id, channel, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _of_channel(node_id, channel, inner)
    elif channel == _TEXT_CHANNEL and (said := text(value)):
        yield Output(node_id, channel, OutputKind.TEXT, text=said)


def _is_file(value: dict[str, Json]) -> bool:
    return bool(text(value.get("url")).strip())


def _file(node_id: str, channel: str, entry: dict[str, Json]) -> Output:
    url, fault = text(entry["url"]).strip(), ""
    name = _name_from(url)
    if len(url) > _ADDRESS_CHARS:
        url, fault = "", _("The service gives an address for this file that is too long for one.")
    filename = _short(text(entry.get("filename")).strip() or name)
    kind = kind_of(filename)
    if kind is OutputKind.OTHER:
        kind = kind_of(name)
    is_preview = entry.get("type") == "temp"
    return Output(node_id, channel, kind, filename, url, is_preview=is_preview, fault=fault)


def _short(name: str) -> str:
    """A name that is shown and kept, with its ending."""
    if len(name) <= _NAME_CHARS:
        return name
    return f"{name[: _NAME_CHARS - _NAME_END_CHARS - 1]}…{name[-_NAME_END_CHARS:]}"


def _name_from(url: str) -> str:
    try:
        return name_from_url(url)
    except ValueError:
        return ""


def failure(result: Json, secrets: tuple[str, ...] = ()) -> tuple[str, str]:
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
    entries = error[:MOST_ITEMS] if isinstance(error, list) else [error]
    said = next((found for entry in entries if (found := _reason(entry))), "")
    first_line = said.strip().partition("\n")[0]
    reason = clean(without(first_line, secrets)) or _("The service gave no reason.")
    technical = "\n".join(line for entry in entries if (line := _technical(entry, secrets)))
    return reason, technical[:_MOST_CHARS]


def _reason(entry: Json) -> str:
    if isinstance(entry, str):
        return entry
    if isinstance(entry, list):
        return next((found for each in islice(entry, MOST_ITEMS) if (found := _reason(each))), "")
    if not isinstance(entry, dict):
        return ""
    said = next((found for key in _REASON_KEYS if (found := _reason(entry.get(key)))), "")
    return said or (json.dumps(shortened(entry)) if entry else "")


def _technical(entry: Json, secrets: tuple[str, ...]) -> str:
    if not entry:
        return ""
    short = shortened(entry, secrets)
    said = short if isinstance(short, str) else json.dumps(short, ensure_ascii=False)
    return "\n".join(
        line
        for each in said.splitlines()
        if (line := clean(without(each, secrets), limit=constants.TECHNICAL_CHARS))
    )
