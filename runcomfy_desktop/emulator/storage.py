"""The storage host: output files and `object_info`, for everybody who has the address.

No token is asked for or looked at. As the real one it turns away Python's default user agent, and
seven days after the end of a request its files are gone.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from runcomfy_desktop.emulator import spoiling
from runcomfy_desktop.emulator.lifecycle import State
from runcomfy_desktop.emulator.wire import ApiError, Reply, Request, json_reply

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.faults import Occasion
    from runcomfy_desktop.emulator.world import Run, World

_SHELF_BYTES = 64 * 1024 * 1024
_KEPT_S = 7 * 24 * 3600
_ELSEWHERE = "http://elsewhere.invalid"
_FILES = "/deployment_requests/"
_OBJECT_INFO = "/object_info/"


class Storage:
    """Answers calls on the storage port."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shelf = _Shelf()
        self._object_info = json.dumps(world.classes.object_info).encode()

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
            return self._read_object_info(request.path.removeprefix(_OBJECT_INFO))
        return self._read_file(request)

    def _read_object_info(self, name: str) -> Reply:
        known = [f"{deployment_id[:8]}.json" for deployment_id in [*self._world.deployments]]
        return Reply(200, self._object_info) if name in known else _missing()

    def _read_file(self, request: Request) -> Reply:
        request_id, _slash, path = request.path.removeprefix(_FILES).partition("/")
        run = self._world.runs.get(request_id)
        if run is None or self._world.state(run) is not State.COMPLETED:
            return _missing()
        if self._world.now() >= self._world.span(run).ended_s + _KEPT_S:
            return json_reply({"message": "Expired"}, self._world.switches.expired_status)
        path = unquote(path)
        file = self._world.outcome(run).files().get(path)
        if file is None:
            return _missing()
        with run.lock:
            data = self._shelf.get(request.path) or file.write()
        self._shelf.put(request.path, data)
        reply = Reply(200, data, file.content_type)
        return self._moved(request) or _spoiled(request.occasion, reply, run, path)

    def _moved(self, request: Request) -> Reply | None:
        arguments = request.occasion.take("redirect-download")
        if arguments is None:
            return None
        host = self._world.storage_url if "here" in arguments else _ELSEWHERE
        return Reply(302, b"", headers={"Location": f"{host}{request.path}"})


class _Shelf:
    """The files that were written last, so that a second download need not paint again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[str, bytes] = OrderedDict()

    def get(self, path: str) -> bytes | None:
        with self._lock:
            return self._files.get(path)

    def put(self, path: str, data: bytes) -> None:
        with self._lock:
            self._files[path] = data
            self._files.move_to_end(path)
            while sum(map(len, self._files.values())) > _SHELF_BYTES and len(self._files) > 1:
                self._files.popitem(last=False)


def _spoiled(faults: Occasion, reply: Reply, run: Run, path: str) -> Reply:
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
