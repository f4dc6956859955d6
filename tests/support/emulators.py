"""The emulator of RunComfy for tests: in process, over loopback, and as a child process.

* `EmulatedTransport`: an httpx transport that responds without a socket.
* `LoopbackEmulator`: both ports in this process, with a clock that the test moves.
* `ChildEmulator`: `python -m runcomfy_desktop.emulator`, as the program starts it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import httpx

from runcomfy_desktop.emulator.backend import EmulatedBackend
from runcomfy_desktop.emulator.control import new_token
from runcomfy_desktop.emulator.dialect import SEED, Dialect
from runcomfy_desktop.emulator.http_messages import Request
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.routes import ApiServer
from runcomfy_desktop.emulator.server import EmulatorServer
from runcomfy_desktop.emulator.storage import StorageServer
from tests.support.clocks import FakeClock
from tests.support.emulator_control import ask_control

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

    from runcomfy_desktop.emulator.http_messages import Reply
    from runcomfy_desktop.emulator.switches import BehaviourSwitches

TOKEN = "00000000-0000-4000-8000-00000000c0de"
INSTANT = EmulatorTiming(cold_start_s=0.0, run_s=0.0, cancel_delay_s=0.0)
ManualClock = FakeClock


def make_backend(
    clock: Callable[[], float] | None = None,
    *,
    timing: EmulatorTiming | None = None,
    dialect: Dialect = SEED,
    faults: str = "",
    switches: BehaviourSwitches | None = None,
) -> EmulatedBackend:
    """Returns an emulated service with TOKEN; without `clock`, its time stands still."""
    backend = EmulatedBackend(
        TOKEN,
        clock=clock or ManualClock(),
        dialect=dialect,
        timing=timing or EmulatorTiming(),
        switches=switches,
    )
    backend.faults.set(faults)
    return backend


def use_tiny_outputs(backend: EmulatedBackend) -> None:
    """Makes every picture one pixel from now on.

    For tests that do not need the pictures: painting takes longer than the rest of a run.
    """
    backend.switches = replace(backend.switches, tiny_outputs=True)


def use_painted_outputs(backend: EmulatedBackend) -> None:
    """Makes pictures of the requested size from now on, as the service does."""
    backend.switches = replace(backend.switches, tiny_outputs=False)


class EmulatedTransport(httpx.AsyncBaseTransport):
    """Transport that passes requests of an httpx client to the emulator, without a socket.

    Delayed responses arrive at once; held responses wait for their release.
    """

    def __init__(self, backend: EmulatedBackend) -> None:
        self.backend = backend
        self._api = ApiServer(backend)
        self._storage = StorageServer(backend)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = b"".join([chunk async for chunk in _stream(request)])
        headers = dict(request.headers.items())
        target = request.url.raw_path.decode("ascii")
        call = Request.from_target(request.method, target, headers, body)
        root = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
        server = self._storage if root == self.backend.storage_url else self._api
        reply: Reply = server.handle(call)
        if reply.continuation is not None:
            await _wait_until_released(reply)
            reply = reply.continuation()
        if not reply.held_at_byte:
            await _wait_until_released(reply)
        if reply.is_dropped:
            raise httpx.RemoteProtocolError("the line was dropped without an answer")
        header = {"Content-Type": reply.content_type, **reply.headers}
        if reply.size_bytes is not None:
            header["Content-Length"] = str(reply.size_bytes)
        return httpx.Response(reply.status, headers=header, stream=_EmulatedBody(reply))


class _EmulatedBody(httpx.AsyncByteStream):
    """Response body as it arrives over a network: it may pause, or be incomplete."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    async def __aiter__(self) -> AsyncIterator[bytes]:
        reply = self._reply
        if reply.stream is not None:
            for chunk in reply.stream.chunks():
                yield chunk
            return
        content = reply.body[: reply.max_sent_bytes]
        if reply.extra_length_bytes < 0:
            content = content[: reply.size_bytes]
        if reply.held_at_byte:
            yield content[: reply.held_at_byte]
            await _wait_until_released(reply)
        yield content[reply.held_at_byte :]


async def _wait_until_released(reply: Reply) -> None:
    if reply.held_call is not None:
        await asyncio.wrap_future(reply.held_call.released)


async def _stream(request: httpx.Request) -> Any:
    assert isinstance(request.stream, httpx.AsyncByteStream)
    async for chunk in request.stream:
        yield chunk


class _ControlClient:
    """Client for the emulator's control paths."""

    base_url: str
    control_token: str

    def log(self) -> list[dict[str, Any]]:
        """Returns all calls so far, oldest first."""
        entries = self.control("requests")
        assert isinstance(entries, list)
        return entries

    def counts(self) -> dict[str, Any]:
        counts = self.control("counts")
        assert isinstance(counts, dict)
        return counts

    def set_faults(self, spec: str) -> None:
        self.control("faults", spec.encode())

    def held_calls(self) -> list[dict[str, str]]:
        """Returns the held calls: `call`, `path` and `stage` of each, oldest first."""
        held = self.control("held")
        assert isinstance(held, list)
        return held

    def release(self, call: str = "") -> None:
        """Releases the held calls, or only calls of one kind."""
        self.control("release", call.encode())

    def set_switches(self, **switches: Any) -> None:
        """Sets switches, see runcomfy_desktop/emulator/switches.py."""
        self.control("switches", json.dumps(switches).encode())

    def set_balance(self, dollars: float) -> None:
        self.control("balance", json.dumps(dollars).encode())

    def skip_time(self, seconds: float) -> None:
        """Advances the emulator's clock."""
        self.control("skip", json.dumps(seconds).encode())

    def webhooks(self) -> list[dict[str, Any]]:
        """Returns every attempt to deliver a webhook, oldest first."""
        tries = self.control("webhooks")
        assert isinstance(tries, list)
        return tries

    def control(self, name: str, body: bytes | None = None) -> Any:
        return ask_control(self.base_url, self.control_token, name, body)


class LoopbackEmulator(_ControlClient):
    """Emulator with both ports in this process; use as a context manager.

    `stop` closes the ports, `start` opens them again at the same address.
    """

    def __init__(self, backend: EmulatedBackend) -> None:
        self.backend = backend
        self.token = backend.token
        self.control_token = new_token()
        self._server = EmulatorServer(backend, control_token=self.control_token)
        self.base_url = self._server.base_url
        self.storage_url = self._server.storage_url
        self._is_running = False

    def start(self) -> None:
        if not self._is_running:
            port = int(self.base_url.rpartition(":")[2])
            self._server = EmulatorServer(self.backend, port, control_token=self.control_token)
            self._server.start()
            self._is_running = True

    def stop(self) -> None:
        if self._is_running:
            self._server.close()
            self._is_running = False

    def __enter__(self) -> Self:
        self._server.start()
        self._is_running = True
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()


@dataclass(frozen=True, slots=True)
class EmulatorReady:
    """The line that the emulator prints when it is ready."""

    base_url: str
    token: str
    storage_url: str
    control_token: str


class ChildEmulator(_ControlClient):
    """Emulator as a child process; use as a context manager. Further arguments are passed to it."""

    def __init__(self, *arguments: str, cold_start_s: float = 0.0, run_s: float = 0.0) -> None:
        command = [sys.executable, "-m", "runcomfy_desktop.emulator", "--control"]
        command += ["--token", TOKEN]
        command += ["--cold-start", str(cold_start_s), "--run-time", str(run_s), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.ready = EmulatorReady(**json.loads(self.process.stdout.readline()))
        self.base_url = self.ready.base_url
        self.storage_url = self.ready.storage_url
        self.token = self.ready.token
        self.control_token = self.ready.control_token

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """Ends the process and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        code = self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()
