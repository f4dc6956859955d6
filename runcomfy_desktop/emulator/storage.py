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

from runcomfy_desktop.emulator import spoiling
from runcomfy_desktop.emulator.lifecycle import State
from runcomfy_desktop.emulator.ranges import Mark, ranged
from runcomfy_desktop.emulator.tiny import chunk, tiny_png
from runcomfy_desktop.emulator.wire import ApiError, Reply, Request, json_reply

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.faults import Occasion
    from runcomfy_desktop.emulator.world import Run, World

_SHELF_BYTES = 64 * 1024 * 1024
_KEPT_S = 7 * 24 * 3600
_ELSEWHERE = "http://elsewhere.invalid"
_USER = "https://api.runcomfy.net@evil.example"
_PNG_HEAD_BYTES = 33
_FILES = "/deployment_requests/"
_OBJECT_INFO = "/object_info/"


class Storage:
    """Answers calls on the storage port."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shelf = _Shelf()
        self._object_info = json.dumps(world.classes.object_info).encode()
        self._etag = f'"{hashlib.sha256(self._object_info).hexdigest()[:32]}"'

    def handle(self, request: Request) -> Reply:
        call = "object-info" if request.path.startswith(_OBJECT_INFO) else "download"
        request = replace(request, occasion=self._world.faults.begin(call))
        return spoiling.held_first(self._world, call, request, lambda: self._handle(call, request))

    def _handle(self, call: str, request: Request) -> Reply:
        try:
            reply = self._answer(call, request)
        except ApiError as error:
            reply = error.reply()
        if reply.status < 400 and not reply.drop:
            reply = spoiling.spoiled(request, reply)
        reply = spoiling.kept_back(self._world, call, request, reply)
        self._world.journal.note("storage", call, request, reply.status)
        return reply

    def _answer(self, call: str, request: Request) -> Reply:
        if request.method not in ("GET", "HEAD"):
            return json_reply({"message": "Method Not Allowed"}, 405, {"Allow": "GET, HEAD"})
        if request.headers.get("user-agent", "").startswith("Python-urllib"):
            return json_reply({"message": "Forbidden"}, 403)
        failed = spoiling.instead(self._world, request)
        if failed is not None:
            return failed
        if call == "object-info":
            return self._read_object_info(request)
        return self._read_file(request)

    def _read_object_info(self, request: Request) -> Reply:
        known = [f"{deployment_id[:8]}.json" for deployment_id in [*self._world.deployments]]
        if request.path.removeprefix(_OBJECT_INFO) not in known:
            return _missing()
        if request.headers.get("if-none-match") == self._etag:
            return Reply(304, b"", headers={"ETag": self._etag})
        return Reply(200, self._object_info, headers={"ETag": self._etag})

    def _read_file(self, request: Request) -> Reply:
        request_id, _slash, path = request.path.removeprefix(_FILES).partition("/")
        run = self._world.runs.get(request_id)
        if run is None or self._world.state(run) is not State.COMPLETED:
            return _missing()
        if self._world.now() >= self._world.span(run).ended_s + _KEPT_S:
            return json_reply({"message": "Expired"}, self._world.switches.expired_status)
        if request.occasion.take("expired") is not None:
            return json_reply({"message": "Expired"}, self._world.switches.expired_status)
        path = unquote(path)
        file = self._world.outcome(run).files().get(path)
        if file is None:
            return _missing()
        if self._world.switches.tiny_outputs and file.content_type == "image/png":
            data = tiny_png(request.path)
        else:
            with run.lock:
                data = self._shelf.get(request.path) or file.write()
            self._shelf.put(request.path, data)
        data = _version(request.occasion, run, path, data)
        reply = Reply(200, data, file.content_type)
        return self._moved(request) or _spoiled(request, self._part(request, reply, run), run, path)

    def _part(self, request: Request, reply: Reply, run: Run) -> Reply:
        """What is asked for of the file, where a part of it is."""
        if request.occasion.take("no-range") is not None:
            return reply
        mark = Mark.of(reply.body, self._world.span(run).ended_s)
        asked = request.headers if request.method == "GET" else {}
        return ranged(reply, asked, mark)

    def _moved(self, request: Request) -> Reply | None:
        arguments = request.occasion.take("redirect-download")
        if arguments is None:
            return None
        here = f"{self._world.storage_url}{request.path}"
        places = {"here": here, "user": f"{_USER}{request.path}"}
        to = arguments[1] if len(arguments) > 1 else ""
        return Reply(302, b"", headers={"Location": places.get(to, f"{_ELSEWHERE}{request.path}")})


class _Shelf:
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
            while self._size_bytes > _SHELF_BYTES and len(self._files) > 1:
                _path, gone = self._files.popitem(last=False)
                self._size_bytes -= len(gone)


def _version(faults: Occasion, run: Run, path: str, data: bytes) -> bytes:
    """The file as it is now: another one when it was changed after somebody had asked for it."""
    if path in run.downloaded and faults.take("changed-download") is not None:
        run.versions[path] = run.versions.get(path, 0) + 1
    number = run.versions.get(path, 0)
    if not number:
        return data
    words = b"Version\0" + str(number).encode()
    if not data.startswith(b"\x89PNG"):
        return data + words
    # Near the beginning: what a client has of one version never fits what it gets of the next.
    return data[:_PNG_HEAD_BYTES] + chunk(b"tEXt", words) + data[_PNG_HEAD_BYTES:]


def _spoiled(request: Request, reply: Reply, run: Run, path: str) -> Reply:
    faults = request.occasion
    if path not in run.downloaded:
        run.downloaded.add(path)
        if faults.take("empty-first-download") is not None:
            return replace(reply, body=b"")
    if faults.take("cut-download") is not None:
        return replace(reply, sent_bytes=len(reply.body) // 2)
    slow = faults.take("slow-download")
    if slow is not None:
        return replace(reply, trickle_s=float(slow[0]))
    return reply


def _missing() -> Reply:
    return json_reply({"message": "Not Found"}, 404)
