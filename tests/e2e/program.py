"""Starts the real program and the demo service as separate processes, and inspects them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.emulator_control import ask_control
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).resolve().parents[2]
TITLE = "RunComfy Desktop"


class ProgramProcess:
    """Process of a module of this project; its output goes to files in `folder`."""

    def __init__(self, folder: Path, module: str, arguments: list[str], env: Mapping[str, str]):
        folder.mkdir(parents=True, exist_ok=True)
        self.stdout_path = folder / "stdout.txt"
        self.stderr_path = folder / "stderr.txt"
        with self.stdout_path.open("wb") as out, self.stderr_path.open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=PROJECT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1", **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                # A separate process group, so that a kill affects only this process.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def stdout(self) -> str:
        return self.stdout_path.read_text(encoding="utf-8", errors="replace")

    @property
    def stderr(self) -> str:
        return self.stderr_path.read_text(encoding="utf-8", errors="replace")

    def wait(self, limit_s: float = 60) -> int:
        """Waits until the process has ended by itself; returns the exit code."""
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"Still running after {limit_s:.0f} s: {self.stderr}") from None

    def kill(self) -> None:
        """Sends SIGKILL: no clean-up, no last message."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(20)

    def terminate(self, limit_s: float = 60) -> int:
        """Sends SIGTERM, which closes the window; returns the exit code."""
        self.send(signal.SIGTERM)
        return self.wait(limit_s)

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)


@dataclass(frozen=True)
class EmulatorProcess:
    """Running demo service, started with the faults that a test needs."""

    program: ProgramProcess
    base_url: str
    token: str
    control_token: str

    def control(self, path: str, body: bytes | None = None) -> Any:
        return ask_control(self.base_url, self.control_token, path, body)

    def lend_to(self, data_dir: Path) -> None:
        """Makes a program that is started with `--demo` and this data folder use this service."""
        service_file = data_dir / "demo" / "service.json"
        service_file.parent.mkdir(parents=True, exist_ok=True)
        content = {"base_url": self.base_url, "token": self.token, "pid": self.program.pid}
        service_file.write_text(json.dumps(content))


class ProgramProcesses:
    """All processes that a test starts; `close` ends those that are still running."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.timeouts = ""
        """Shorter timeouts for the programs started from now on.

        The format is that of `tests.support.short_timeouts`; "" means the real ones.
        """
        self._environment = environment
        self._processes: list[ProgramProcess] = []
        self._data_dirs: set[Path] = set()

    def start(self, *arguments: str | Path, data_dir: Path | None = None) -> ProgramProcess:
        """Starts the program with these arguments on the virtual screen."""
        all_arguments = [str(word) for word in arguments]
        if data_dir is not None:
            # At the front: no option may follow a link.
            all_arguments = ["--data-dir", str(data_dir), *all_arguments]
            self._data_dirs.add(data_dir)
        if self.timeouts:
            return self._start("tests.support.short_timeouts", [self.timeouts, *all_arguments])
        return self._start("runcomfy_desktop", all_arguments)

    def run(self, module: str, arguments: list[str], data_dir: Path) -> ProgramProcess:
        """Starts another module that includes the program."""
        self._data_dirs.add(data_dir)
        return self._start(module, arguments)

    def start_emulator(self, *arguments: str) -> EmulatorProcess:
        program = self._start("runcomfy_desktop.emulator", ["--port", "0", "--control", *arguments])
        wait_until(
            "the emulator is ready", lambda: "\n" in program.stdout or not program.is_running
        )
        assert program.is_running, program.stderr
        ready = json.loads(program.stdout.splitlines()[0])
        return EmulatorProcess(program, ready["base_url"], ready["token"], ready["control_token"])

    def close(self) -> None:
        for program in self._processes:
            if program.is_running:
                program.kill()
        for data_dir in self._data_dirs:
            # By design the demo service outlives its window.
            with suppress(OSError, ValueError, KeyError, TypeError):
                _kill_emulator(json.loads((data_dir / "demo/service.json").read_bytes())["pid"])

    def outputs(self) -> dict[str, str]:
        """Returns what the programs have printed and logged, by program or file."""
        outputs = {
            program.stderr_path.parent.name: program.stdout + program.stderr
            for program in self._processes
        }
        for data_dir in self._data_dirs:
            for log in sorted((data_dir / "logs").glob("*.log")):
                outputs[str(log)] = log.read_text(encoding="utf-8", errors="replace")
        return outputs

    def _start(self, module: str, arguments: list[str]) -> ProgramProcess:
        folder = self.folder / f"{len(self._processes)}-{module}"
        program = ProgramProcess(folder, module, arguments, self._environment)
        self._processes.append(program)
        return program


def _kill_emulator(pid: object) -> None:
    """Ends the process if it is an emulator.

    The id comes from a file that a test may have damaged: a wrong id would end another process, and
    a negative id all processes at once.
    """
    if type(pid) is not int or pid <= 1:
        return
    if b"runcomfy_desktop.emulator" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
        os.kill(pid, signal.SIGKILL)


def rows(database: Path, query: str) -> list[dict[str, Any]]:
    """Returns the result of `query` on the SQLite file, which may be in use and is not changed."""
    with closing(
        sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=20)
    ) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]
