"""Paths for tests, clearly apart from the API: the log, the counts, the faults.

`GET /__emulator__/requests`, `GET /__emulator__/counts`, `GET` and `POST /__emulator__/faults`
(body: a fault spec as plain text). They need no token and are not logged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.wire import Reply, Request, json_reply

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.world import World

PREFIX = "/__emulator__/"


def handle(world: World, request: Request) -> Reply:
    match (request.method, request.path.removeprefix(PREFIX)):
        case ("GET", "requests"):
            return json_reply(world.journal.entries())
        case ("GET", "counts"):
            return json_reply(world.journal.counts())
        case ("GET", "faults"):
            return json_reply({"faults": world.faults.spec})
        case ("POST", "faults"):
            return _set_faults(world, request)
    return json_reply({"error_message": "No such control path"}, 404)


def _set_faults(world: World, request: Request) -> Reply:
    try:
        world.faults.set(request.body.decode("utf-8"))
    except ValueError as error:
        return json_reply({"error_message": str(error)}, 400)
    return json_reply({"faults": world.faults.spec})
