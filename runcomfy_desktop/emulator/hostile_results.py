"""Results that would do harm where they are believed: names, addresses, numbers of files, sizes.

The files behind them are real ones of the run, so that a client which copes gets all it can.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from runcomfy_desktop.emulator.http_messages import StreamedBody

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import Json, JsonObject, Reply

_MB = 1024 * 1024
_LONG_TEXT_PLACEHOLDER = "the long text"

HOSTILE_NAMES = (
    "../../../evil.png",
    "..",
    "/etc/cron.d/evil.png",
    "C:\\Windows\\evil.png",
    "C:evil.png",
    "\\\\server\\share\\evil.png",
    "CON",
    "con.png",
    "NUL",
    "LPT1.tar.png",
    "a\x00b\x1b[31m\n.png",
    "a\u202egnp.exe",
    "a:stream.png",
    "a.png. . .",
    "   .png",
    ".bashrc",
    "-rf",
    "",
    "n" * 300 + ".png",
    "\u00e9" * 300 + ".png",
)
HOSTILE_ADDRESSES = (
    "https://api.runcomfy.net@evil.example/a.png",
    "https://evil.example\\@api.runcomfy.net/a.png",
    "https://evil.example/api.runcomfy.net/a.png",
    "https://evil.example/a.png#.runcomfy.net",
    "https://api.runcomfy.net.evil.example/a.png",
    "file:///etc/passwd",
    "ftp://api.runcomfy.net/a.png",
    "javascript:alert(1)",
    "//evil.example/a.png",
    "http://169.254.169.254/latest/meta-data/a.png",
    "",
)


def with_hostile_names(content: JsonObject) -> JsonObject:
    """The result with every hostile name, each of a file that is there, and every hostile
    address under a harmless name."""
    url = _first_url(content)
    images: list[Json] = [
        _file_entry(_numbered_url(url, at), name) for at, name in enumerate(HOSTILE_NAMES)
    ]
    images += [_file_entry(address, f"at{at}.png") for at, address in enumerate(HOSTILE_ADDRESSES)]
    return _with_images(content, images)


def with_many_files(content: JsonObject, count: int) -> JsonObject:
    """The result with so many files, all of them the first one under names of their own."""
    url = _first_url(content)
    images: list[Json] = [
        _file_entry(_numbered_url(url, at), f"many_{at:05}.png") for at in range(count)
    ]
    return _with_images(content, images)


def with_long_text(reply: Reply, content: JsonObject, megabytes: int, *, is_sized: bool) -> Reply:
    """The result with a text of so many megabytes, which are made while they go out."""
    text = json.dumps({**content, "outputs": {"9": {"text": [_LONG_TEXT_PLACEHOLDER]}}})
    before, after = text.encode().split(_LONG_TEXT_PLACEHOLDER.encode())
    return replace(reply, body=b"", stream=StreamedBody(before, megabytes * _MB, after, is_sized))


def _first_url(content: JsonObject) -> str:
    """The address of the first file of a result, "" when it has none."""
    outputs = content.get("outputs") or content.get("output")
    for node in outputs.values() if isinstance(outputs, dict) else ():
        for entries in node.values() if isinstance(node, dict) else ():
            for entry in entries if isinstance(entries, list) else ():
                if isinstance(entry, dict) and "url" in entry:
                    return cast("str", entry["url"])
    return ""


def _numbered_url(url: str, number: int) -> str:
    return f"{url}?copy={number}"


def _file_entry(url: str, name: str) -> JsonObject:
    return {"url": url, "filename": name, "subfolder": "", "type": "output"}


def _with_images(content: JsonObject, images: list[Json]) -> JsonObject:
    return {**content, "outputs": {"9": {"images": images}}}
