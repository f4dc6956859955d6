"""Faults that change the content of responses, and results with malicious content."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from runcomfy_desktop.emulator.http_messages import INTERNAL, StreamedBody, json_reply
from runcomfy_desktop.emulator.lifecycle import RequestState

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.backend import EmulatedBackend
    from runcomfy_desktop.emulator.http_messages import Json, JsonObject, Reply, Request

    ContentFault = Callable[[EmulatedBackend, JsonObject, tuple[str, ...]], JsonObject]

_FOREIGN_HOST = "https://api.runcomfy.net@evil.example"
_HOSTILE_ID = "../../../v2/deployments?x=1#y"
_URLS = ("status_url", "result_url", "cancel_url")
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


def _with_hostile_names(content: JsonObject) -> JsonObject:
    """Returns the result with malicious file names and addresses.

    Each malicious name has the address of an existing file of the run, so that a correct client
    downloads all of them. Each malicious address has a harmless name.
    """
    url = _first_url(content)
    images: list[Json] = [
        _file_entry(_numbered_url(url, at), name) for at, name in enumerate(HOSTILE_NAMES)
    ]
    images += [_file_entry(address, f"at{at}.png") for at, address in enumerate(HOSTILE_ADDRESSES)]
    return _with_images(content, images)


def _with_many_files(content: JsonObject, count: int) -> JsonObject:
    """Returns the result with `count` files, all copies of the first one under different names."""
    url = _first_url(content)
    images: list[Json] = [
        _file_entry(_numbered_url(url, at), f"many_{at:05}.png") for at in range(count)
    ]
    return _with_images(content, images)


def _with_long_text(reply: Reply, content: JsonObject, megabytes: int, *, is_sized: bool) -> Reply:
    """Returns the result with a text of `megabytes` MB, which is generated while it is sent."""
    text = json.dumps({**content, "outputs": {"9": {"text": [_LONG_TEXT_PLACEHOLDER]}}})
    before, after = text.encode().split(_LONG_TEXT_PLACEHOLDER.encode())
    return replace(reply, body=b"", stream=StreamedBody(before, megabytes * _MB, after, is_sized))


def _first_url(content: JsonObject) -> str:
    """Returns the address of the first file of a result; "" if there is none."""
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


def apply_content_faults(backend: EmulatedBackend, request: Request, reply: Reply) -> Reply:
    """Returns the response with its content changed by all faults that strike."""
    content: JsonObject | None = None
    for name, content_fault in _CONTENT_FAULTS.items():
        arguments = request.faults.take(name)
        if arguments is not None:
            content = content_fault(backend, content or json.loads(reply.body), arguments)
    if content is not None:
        reply = replace(reply, body=json_reply(content).body)
    huge = request.faults.take("huge")
    if huge is not None:
        is_sized = "unsized" not in huge
        full_content = json.loads(reply.body)
        reply = _with_long_text(reply, full_content, int(huge[0]), is_sized=is_sized)
    return reply


def _other_id(
    backend: EmulatedBackend, content: JsonObject, _arguments: tuple[str, ...]
) -> JsonObject:
    """Returns the response with the id of another request, an existing one if possible.

    If there is no other request, a submit keeps its own id: the client could not notice the
    difference.
    """
    own_id = str(content["request_id"])
    with backend.lock:
        others = [each for each in backend.runs if each != own_id]
    if not others and "cancel_url" in content:
        return content
    other_id = others[-1] if others else str(uuid.uuid5(uuid.NAMESPACE_URL, own_id))
    text = json.dumps(content).replace(own_id, other_id)
    changed: JsonObject = json.loads(text)
    return changed


def _no_id(
    _backend: EmulatedBackend, content: JsonObject, _arguments: tuple[str, ...]
) -> JsonObject:
    return {name: each for name, each in content.items() if name not in ("request_id", *_URLS)}


def _hostile_id(
    _backend: EmulatedBackend, content: JsonObject, _arguments: tuple[str, ...]
) -> JsonObject:
    return {**content, "request_id": _HOSTILE_ID}


def _foreign_urls(
    backend: EmulatedBackend, content: JsonObject, _arguments: tuple[str, ...]
) -> JsonObject:
    urls = {name: content[name] for name in _URLS if name in content}
    return {
        **content,
        **{name: str(url).replace(backend.base_url, _FOREIGN_HOST) for name, url in urls.items()},
    }


def _error_with_id(
    _backend: EmulatedBackend, content: JsonObject, arguments: tuple[str, ...]
) -> JsonObject:
    code = int(arguments[0]) if arguments else INTERNAL
    return {**content, "error_code": code, "error_message": "Something went wrong"}


def _with_status(
    _backend: EmulatedBackend, content: JsonObject, arguments: tuple[str, ...]
) -> JsonObject:
    return {**content, "status": arguments[0]}


def _stuck(
    _backend: EmulatedBackend, content: JsonObject, _arguments: tuple[str, ...]
) -> JsonObject:
    """Reports a finished request as still in progress."""
    if content["status"] not in (RequestState.COMPLETED.value, "succeeded", "failed"):
        return content
    return {**content, "status": RequestState.IN_PROGRESS.value}


def _in_queue(
    _backend: EmulatedBackend, content: JsonObject, _arguments: tuple[str, ...]
) -> JsonObject:
    """Reports a request as not started yet; a cancelled request keeps its status."""
    if str(content["status"]).startswith("cancel"):
        return content
    kept_fields = ("request_id", "created_at", "status_url", "result_url")
    remaining = {name: content[name] for name in kept_fields if name in content}
    position: JsonObject = {} if "created_at" in content else {"queue_position": 1}
    return {**remaining, "status": RequestState.IN_QUEUE.value, **position}


def _outputs(
    _backend: EmulatedBackend, content: JsonObject, arguments: tuple[str, ...]
) -> JsonObject:
    return _with_many_files(content, int(arguments[0])) if _has_outputs(content) else content


def _names(
    _backend: EmulatedBackend, content: JsonObject, _arguments: tuple[str, ...]
) -> JsonObject:
    return _with_hostile_names(content) if _has_outputs(content) else content


def _has_outputs(content: JsonObject) -> bool:
    return "outputs" in content or "output" in content


def _balance(
    _backend: EmulatedBackend, content: JsonObject, arguments: tuple[str, ...]
) -> JsonObject:
    dollars = float(arguments[0])
    return {
        **content,
        "balance_usd": dollars,
        "balance_microdollars": round(dollars * 1_000_000),
    }


_CONTENT_FAULTS: dict[str, ContentFault] = {
    "outputs": _outputs,
    "names": _names,
    "word": _with_status,
    "stuck": _stuck,
    "in-queue": _in_queue,
    "error-with-id": _error_with_id,
    "foreign-urls": _foreign_urls,
    "other-id": _other_id,
    "hostile-id": _hostile_id,
    "no-id": _no_id,
    "balance": _balance,
}
