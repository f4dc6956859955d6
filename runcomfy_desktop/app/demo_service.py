"""Demo service: starts the emulator as a child process, or finds one that is still running.

A child process shares neither the interpreter lock nor the memory with the window and survives when
the window is killed, like the real service; a restarted window finds its jobs there. When unused,
the emulator ends by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import logging
import re
import subprocess
import sys
import threading
import urllib.request
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.app.options import EMULATOR_FLAG
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import write_atomic
from runcomfy_desktop.store.small_file import DamagedFile, read_object

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

_IDLE_EXIT_S = 600
# Without instance ids, features that need a live instance could not be tried in the demo.
_INSTANCE_IDS = ("--switch", "instance_ids=true")
_READY_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 5.0
_LOOPBACK = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}")
_TOKEN = re.compile(r"[!-~]{1,200}")
# Services started here, by process id; module state, because they may outlive their window.
_children: dict[int, subprocess.Popen[bytes]] = {}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DemoService:
    """Address, made-up token and process id of the demo service."""

    base_url: str
    token: str
    pid: int

    async def stop(self) -> None:
        """Ends the service if this program started it.

        A service that was found ends by itself after ten minutes without a request: its process id
        comes from a file and may belong to another program now.
        """
        child = _children.pop(self.pid, None)
        if child is not None:
            child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(child.wait, _STOP_TIMEOUT_S)


async def find_or_start(service_file: Path, *arguments: str) -> DemoService:
    """Returns the demo service recorded in `service_file`, or starts one and records it there.

    `arguments` are for the command line of a new one. Raises Problem if it does not start.
    """
    running = await asyncio.to_thread(_find_running, service_file)
    if running is not None:
        return running
    try:
        return await asyncio.to_thread(_start, service_file, *arguments)
    except OSError as error:
        raise _not_started_problem(f"{type(error).__name__}: {error}") from error


def _find_running(service_file: Path) -> DemoService | None:
    try:
        known = service_from_json(read_object(service_file))
    except (OSError, DamagedFile):
        return None
    return known if known is not None and _is_responding(known) else None


def service_from_json(stored: JsonObject | None) -> DemoService | None:
    """Returns the recorded service, or None if the record is not plausible.

    The file may have been changed; the token must be sent to this computer only.
    """
    match stored:
        case {"base_url": str() as base_url, "token": str() as token, "pid": int() as pid}:
            is_ours = _LOOPBACK.fullmatch(base_url) and _TOKEN.fullmatch(token) and pid > 1
            return DemoService(base_url, token, pid) if is_ours else None
    return None


def _is_responding(service: DemoService) -> bool:
    request = urllib.request.Request(
        f"{service.base_url}/prod/v2/balance",
        headers={"Authorization": f"Bearer {service.token}"},
    )
    # No proxy: the service runs on this computer.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=2):
            return True
    except (OSError, http.client.HTTPException, ValueError):
        return False


def _start(service_file: Path, *arguments: str) -> DemoService:
    service_file.parent.mkdir(parents=True, exist_ok=True)
    with (service_file.parent / "service.log").open("wb") as log:
        child = subprocess.Popen(
            [
                *(*_command(), "--port", "0", "--idle-exit", str(_IDLE_EXIT_S)),
                *(*_INSTANCE_IDS, *arguments),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            # Ctrl-C in the terminal is meant for the window, which then stops the service.
            start_new_session=True,
        )
    service = _read_ready_line(child)
    _children[child.pid] = child
    try:
        write_atomic(service_file, json.dumps(asdict(service)).encode())
    except OSError as error:
        # The file is needed only by a restarted window.
        _log.warning("The demo's note was not written: %s", error)
    return service


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, EMULATOR_FLAG]
    return [sys.executable, "-m", "runcomfy_desktop.emulator"]


def _read_ready_line(
    child: subprocess.Popen[bytes], timeout_s: float = _READY_TIMEOUT_S
) -> DemoService:
    assert child.stdout is not None
    # The timer kills a child that writes nothing: it would block this thread, and with it the end
    # of the program.
    timer = threading.Timer(timeout_s, child.kill)
    timer.start()
    try:
        with child.stdout as stdout:
            ready = json.loads(stdout.readline())
        service = DemoService(str(ready["base_url"]), str(ready["token"]), child.pid)
    except (ValueError, KeyError, TypeError):
        child.kill()
        child.wait()
        raise _not_started_problem() from None
    finally:
        timer.cancel()
    _log.info("Demo service at %s", service.base_url)
    return service


def _not_started_problem(technical: str = "") -> Problem:
    return Problem(
        _("The demo service did not start."),
        _("Nothing was sent anywhere."),
        _("Start the program again; the file demo/service.log in its data folder says more."),
        technical=technical,
    )
