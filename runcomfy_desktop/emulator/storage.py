"""The storage host: output files and `object_info`, for everybody who has the address.

No token is asked for or looked at. As the real one it turns away Python's default user agent, and
seven days after the end of a request its files are gone.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from runcomfy_desktop.emulator import fault_effects
from runcomfy_desktop.emulator.byte_ranges import EntityVersion, range_reply
from runcomfy_desktop.emulator.http_messages import ApiError, Reply, Request, json_reply
from runcomfy_desktop.emulator.lifecycle import RequestState
from runcomfy_desktop.emulator.tiny_png import png_chunk, tiny_png

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.backend import EmulatedBackend, EmulatedRun
    from runcomfy_desktop.emulator.faults import CallFaults

_FILE_CACHE_BYTES = 64 * 1024 * 1024
_FILE_LIFETIME_S = 7 * 24 * 3600
_FOREIGN_URL = "http://elsewhere.invalid"
_USER_INFO_URL = "https://api.runcomfy.net@evil.example"
_PNG_HEADER_BYTES = 33
_FILES_PATH = "/deployment_requests/"
_OBJECT_INFO_PATH = "/object_info/"


class StorageServer:
    """Answers calls on the storage port."""

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
        """What is asked for of the file, where a part of it is."""
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
    """The files that were written last, so that a second download need not paint again."""

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
    """The file as it is now: another one when it was changed after somebody had asked for it."""
    if path in run.downloaded and faults.take("changed-download") is not None:
        run.versions[path] = run.versions.get(path, 0) + 1
    number = run.versions.get(path, 0)
    if not number:
        return data
    label = b"Version\0" + str(number).encode()
    if not data.startswith(b"\x89PNG"):
        return data + label
    # Near the beginning: what a client has of one version never fits what it gets of the next.
    return data[:_PNG_HEADER_BYTES] + png_chunk(b"tEXt", label) + data[_PNG_HEADER_BYTES:]


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
