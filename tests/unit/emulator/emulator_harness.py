"""Harness for an emulator in the test's process, with a clock that the test controls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.emulator.control import PREFIX
from runcomfy_desktop.emulator.http_messages import Reply, Request
from runcomfy_desktop.emulator.routes import ApiServer
from runcomfy_desktop.emulator.storage import StorageServer
from tests.support.clocks import FakeClock
from tests.support.emulators import TOKEN, make_backend

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.backend import EmulatedBackend

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
OLD = "31f6c7e9-a0d2-4817-bc5e-d94a80217b63"


CONTROL_TOKEN = "a-token-for-control"


class EmulatorHarness:
    """Sends requests as a client does, by default with the correct token for each path."""

    def __init__(self, **options: Any) -> None:
        self.clock = FakeClock()
        self.backend: EmulatedBackend = make_backend(self.clock, **options)
        self.api = ApiServer(self.backend, CONTROL_TOKEN)
        self.storage = StorageServer(self.backend)

    def request(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        token: str | None = None,
        kind: str = "application/json",
    ) -> Reply:
        if token is None:
            token = f"Bearer {CONTROL_TOKEN if target.startswith(PREFIX) else TOKEN}"
        target = target.removeprefix(self.backend.base_url)
        data = (
            b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        )
        headers = {"Authorization": token} if token else {}
        if body is not None and kind:
            headers["Content-Type"] = kind
        return self.api.handle(Request.from_target(method, target, headers, data))

    def get(self, target: str) -> Any:
        return json.loads(self.request("GET", target).body)

    def submit(self, overrides: Any = None, deployment_id: str = KONTEXT) -> Any:
        path = f"/prod/v1/deployments/{deployment_id}/inference"
        reply = self.request("POST", path, {"overrides": overrides or {}})
        assert reply.status in (200, 202), reply.body
        return json.loads(reply.body)

    def status_text(self, accepted: Any) -> str:
        return str(self.get(accepted["status_url"])["status"])

    def download(self, url: str, method: str = "GET", agent: str = "test/1") -> Reply:
        target = url.removeprefix(self.backend.storage_url)
        return self.storage.handle(Request.from_target(method, target, {"User-Agent": agent}, b""))


def error_of(reply: Reply) -> tuple[int, Any]:
    return reply.status, json.loads(reply.body).get("error_code")
