"""Storage host: output files and `object_info`, available to anyone who has the address.

No token is required or checked. Like the real host, it refuses Python's default user agent, and a
request's files are gone seven days after its end. Byte ranges of a file can be requested, and a
switch reduces all PNG files to one pixel.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import unquote

from runcomfy_desktop.emulator import fault_effects
from runcomfy_desktop.emulator.http_messages import ApiError, Reply, Request, json_reply
from runcomfy_desktop.emulator.lifecycle import RequestState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.emulator.backend import EmulatedBackend, EmulatedRun
    from runcomfy_desktop.emulator.faults import CallFaults

_FILE_CACHE_BYTES = 64 * 1024 * 1024
_FILE_LIFETIME_S = 7 * 24 * 3600
_FOREIGN_URL = "http://elsewhere.invalid"
_USER_INFO_URL = "https://api.runcomfy.net@evil.example"
_PNG_HEADER_BYTES = 33
_FILES_PATH = "/deployment_requests/"
_OBJECT_INFO_PATH = "/object_info/"
# One range only; a request for several ranges gets the whole file, as the standard allows.
_BYTE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_PIXEL = zlib.compress(b"\0\x20\x40\x60")


@dataclass(frozen=True, slots=True)
class EntityVersion:
    """ETag and date that identify one version of a file."""

    etag: str
    modified: str

    @staticmethod
    def from_data(data: bytes, modified_s: float) -> EntityVersion:
        etag = f'"{len(data):x}-{zlib.crc32(data):08x}"'
        return EntityVersion(etag, formatdate(modified_s, usegmt=True))

    def headers(self) -> dict[str, str]:
        return {"ETag": self.etag, "Last-Modified": self.modified, "Accept-Ranges": "bytes"}


def range_reply(reply: Reply, request_headers: Mapping[str, str], version: EntityVersion) -> Reply:
    """Returns the requested range of a file, so that downloads can resume; else the whole file.

    Uses Range, If-Range and ETag. `reply` is the response to a GET of the whole file; header names
    are in lower case. A range without bytes gets 416.
    """
    whole = replace(reply, headers={**reply.headers, **version.headers()})
    range_match = _BYTE_RANGE.fullmatch(request_headers.get("range", "").replace(" ", ""))
    if range_match is None or request_headers.get("if-range", version.etag) not in (
        version.etag,
        version.modified,
    ):
        return whole
    size = len(reply.body)
    byte_range = _byte_range(range_match[1], range_match[2], size)
    if byte_range is None:
        return whole
    first, last = byte_range
    if first > last:
        headers = {**version.headers(), "Content-Range": f"bytes */{size}"}
        return Reply(416, b"", reply.content_type, headers)
    headers = {**whole.headers, "Content-Range": f"bytes {first}-{last}/{size}"}
    return replace(whole, status=206, body=reply.body[first : last + 1], headers=headers)


def _byte_range(first: str, last: str, size: int) -> tuple[int, int] | None:
    """Returns the first and last byte of the range; None if the range is invalid.

    If the range has no bytes, the first byte is after the last.
    """
    if not first:
        if not last:
            return None
        return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)
    if last and int(last) < int(first):
        return None
    end = min(int(last), size - 1) if last else size - 1
    return int(first), end


def tiny_png(text: str) -> bytes:
    """Returns a valid PNG of one pixel; its bytes differ for each `text`.

    With such files, a day of ten thousand runs need not be painted.
    """
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    comment = b"Comment\0" + text.encode("latin-1", "replace")
    return (
        _PNG_SIGNATURE
        + _png_chunk(b"IHDR", header)
        + _png_chunk(b"tEXt", comment)
        + _png_chunk(b"IDAT", _PNG_PIXEL)
        + _png_chunk(b"IEND", b"")
    )


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    """Returns one chunk of a PNG."""
    checked = kind + data
    return len(data).to_bytes(4, "big") + checked + zlib.crc32(checked).to_bytes(4, "big")


class StorageServer:
    """Handles calls on the storage port."""

    def __init__(self, backend: EmulatedBackend) -> None:
        self._backend = backend
        self._file_cache = _FileCache()
        self._object_info = json.dumps(backend.node_classes.object_info).encode()
        self._etag = f'"{hashlib.sha256(self._object_info).hexdigest()[:32]}"'

    def handle(self, request: Request) -> Reply:
        call = "object-info" if request.path.startswith(_OBJECT_INFO_PATH) else "download"
        request = replace(request, faults=self._backend.faults.begin(call))
        return fault_effects.hold_before_handling(
            self._backend, call, request, lambda: self._handle(call, request)
        )

    def _handle(self, call: str, request: Request) -> Reply:
        try:
            reply = self._answer(call, request)
        except ApiError as error:
            reply = error.reply()
        if reply.status < 400 and not reply.is_dropped:
            reply = fault_effects.damage_reply(request, reply)
        reply = fault_effects.delay_reply(self._backend, call, request, reply)
        self._backend.journal.record("storage", call, request, reply.status)
        return reply

    def _answer(self, call: str, request: Request) -> Reply:
        if request.method not in ("GET", "HEAD"):
            return json_reply({"message": "Method Not Allowed"}, 405, {"Allow": "GET, HEAD"})
        if request.headers.get("user-agent", "").startswith("Python-urllib"):
            return json_reply({"message": "Forbidden"}, 403)
        failed = fault_effects.fault_reply(self._backend, request)
        if failed is not None:
            return failed
        if call == "object-info":
            return self._read_object_info(request)
        return self._read_file(request)

    def _read_object_info(self, request: Request) -> Reply:
        known = [f"{deployment_id[:8]}.json" for deployment_id in [*self._backend.deployments]]
        if request.path.removeprefix(_OBJECT_INFO_PATH) not in known:
            return _not_found_reply()
        if request.headers.get("if-none-match") == self._etag:
            return Reply(304, b"", headers={"ETag": self._etag})
        return Reply(200, self._object_info, headers={"ETag": self._etag})

    def _read_file(self, request: Request) -> Reply:
        request_id, _slash, path = request.path.removeprefix(_FILES_PATH).partition("/")
        run = self._backend.runs.get(request_id)
        if run is None or self._backend.state(run) is not RequestState.COMPLETED:
            return _not_found_reply()
        if self._backend.now() >= self._backend.span(run).ended_s + _FILE_LIFETIME_S:
            return json_reply({"message": "Expired"}, self._backend.switches.expired_status)
        if request.faults.take("expired") is not None:
            return json_reply({"message": "Expired"}, self._backend.switches.expired_status)
        path = unquote(path)
        file = self._backend.outcome(run).files().get(path)
        if file is None:
            return _not_found_reply()
        if self._backend.switches.tiny_outputs and file.content_type == "image/png":
            data = tiny_png(request.path)
        else:
            with run.lock:
                data = self._file_cache.get(request.path) or file.write()
            self._file_cache.put(request.path, data)
        data = _versioned_data(request.faults, run, path, data)
        reply = Reply(200, data, file.content_type)
        return self._redirect(request) or _damage_download(
            request, self._range_reply(request, reply, run), run, path
        )

    def _range_reply(self, request: Request, reply: Reply, run: EmulatedRun) -> Reply:
        """Returns the requested range of a file; the whole file if none is requested."""
        if request.faults.take("no-range") is not None:
            return reply
        version = EntityVersion.from_data(reply.body, self._backend.span(run).ended_s)
        headers = request.headers if request.method == "GET" else {}
        return range_reply(reply, headers, version)

    def _redirect(self, request: Request) -> Reply | None:
        arguments = request.faults.take("redirect-download")
        if arguments is None:
            return None
        own_url = f"{self._backend.storage_url}{request.path}"
        targets = {"here": own_url, "user": f"{_USER_INFO_URL}{request.path}"}
        to = arguments[1] if len(arguments) > 1 else ""
        return Reply(
            302, b"", headers={"Location": targets.get(to, f"{_FOREIGN_URL}{request.path}")}
        )


class _FileCache:
    """Cache of the latest files, so that a second download does not paint a file again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._size_bytes = 0

    def get(self, path: str) -> bytes | None:
        with self._lock:
            return self._files.get(path)

    def put(self, path: str, data: bytes) -> None:
        with self._lock:
            self._size_bytes += len(data) - len(self._files.get(path, b""))
            self._files[path] = data
            self._files.move_to_end(path)
            while self._size_bytes > _FILE_CACHE_BYTES and len(self._files) > 1:
                _path, removed = self._files.popitem(last=False)
                self._size_bytes -= len(removed)


def _versioned_data(faults: CallFaults, run: EmulatedRun, path: str, data: bytes) -> bytes:
    """Returns a file's current version; a fault can change it after its first download."""
    if path in run.downloaded and faults.take("changed-download") is not None:
        run.versions[path] = run.versions.get(path, 0) + 1
    number = run.versions.get(path, 0)
    if not number:
        return data
    label = b"Version\0" + str(number).encode()
    if not data.startswith(b"\x89PNG"):
        return data + label
    # Near the beginning, so that no part of one version can be joined to a part of the next.
    return data[:_PNG_HEADER_BYTES] + _png_chunk(b"tEXt", label) + data[_PNG_HEADER_BYTES:]


def _damage_download(request: Request, reply: Reply, run: EmulatedRun, path: str) -> Reply:
    faults = request.faults
    if path not in run.downloaded:
        run.downloaded.add(path)
        if faults.take("empty-first-download") is not None:
            return replace(reply, body=b"")
    if faults.take("cut-download") is not None:
        return replace(reply, max_sent_bytes=len(reply.body) // 2)
    slow = faults.take("slow-download")
    if slow is not None:
        return replace(reply, trickle_s=float(slow[0]))
    return reply


def _not_found_reply() -> Reply:
    return json_reply({"message": "Not Found"}, 404)
