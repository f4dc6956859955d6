"""Starts each measured program in its own process, with an empty data folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.constants import CONTROL_TOKEN
from tests.benchmarks.process_clock import STARTED_AT

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
_LIMIT_S = 120.0


@contextmanager
def run_floor(module: str) -> Iterator[dict[str, Any]]:
    """Runs a baseline, `python -m module`, in parallel with the measurement.

    Its result is in the dictionary once the `with` block has ended.
    """
    result: dict[str, Any] = {}
    words = [sys.executable, "-m", module]
    child = subprocess.Popen(words, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield result
    finally:
        out, _err = child.communicate(timeout=20)
        result.update(json.loads(out.decode().splitlines()[-1]))


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    """A service in its own process."""

    base_url: str
    token: str
    control_token: str
    pid: int

    def lend_to(self, data_dir: Path) -> None:
        """Makes the service available to a program with `--demo` and this data folder."""
        service_file = data_dir / "demo" / "service.json"
        service_file.parent.mkdir(parents=True, exist_ok=True)
        content = {"base_url": self.base_url, "token": self.token, "pid": self.pid}
        service_file.write_text(json.dumps(content), encoding="utf-8")


@contextmanager
def service(module: str, *arguments: str) -> Iterator[ServiceProcess]:
    """Runs `tests.benchmarks.<module>` for the duration of the context."""
    child = subprocess.Popen(
        [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        ready = json.loads(child.stdout.readline())
        tokens = (ready.get("token", ""), ready.get("control_token", ""))
        yield ServiceProcess(ready["base_url"], *tokens, child.pid)
    finally:
        with suppress(OSError):
            child.send_signal(signal.SIGTERM)
        child.wait(20)
        if child.stdout is not None:
            child.stdout.close()


@contextmanager
def data_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="runcomfy-desktop-benchmark-") as folder:
        yield Path(folder)


def run(
    module: str, *arguments: str, limit_s: float = _LIMIT_S, control_token: str = ""
) -> dict[str, Any]:
    """Runs `tests.benchmarks.<module>` and returns the JSON of its last output line."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    environment = {**os.environ, **_QUIET, STARTED_AT: str(time.monotonic_ns())}
    environment[CONTROL_TOKEN] = control_token
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, timeout=limit_s, check=False
    )
    if "BENCHMARK_STACKS" in os.environ:
        print(done.stderr.decode("utf-8", "replace"), file=sys.stderr)
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if not lines or not lines[-1].startswith("{"):
        raise RuntimeError(f"{' '.join(command[2:])}:\n{done.stderr.decode('utf-8', 'replace')}")
    result: dict[str, Any] = json.loads(lines[-1])
    return result


# Without a session bus the user's keyring is not used.
_QUIET = {"DBUS_SESSION_BUS_ADDRESS": "disabled:", "QT_LOGGING_RULES": "*.debug=false"}
