"""Runs of the windowless program on one data folder and one service, with kills and restarts.

The service counts the submits that it accepted, each of which is paid. The program's own knowledge
is read from its SQLite file, as another process reads it.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.emulators import ChildEmulator

ROOT = Path(__file__).resolve().parents[2]
# States of jobs that have not been sent, so that they cannot have been accepted.
UNSENT = frozenset({"waiting", "held"})
ENDED = frozenset({"done", "failed", "cancelled", "lost"})
_LIMIT_S = 40.0


@dataclass
class KillTally:
    """Totals of a whole series of kills; printed at its end."""

    kills: int = 0
    jobs: int = 0
    accepted: int = 0
    lost: int = 0
    duplicated: int = 0

    def summary(self) -> str:
        return (
            f"{self.kills} kills, {self.jobs} jobs, {self.accepted} accepted submits: "
            f"{self.lost} jobs lost, {self.duplicated} submits doubled"
        )


@dataclass(frozen=True)
class HistoryRow:
    """A job as stored in the history file."""

    job_id: str
    state: str
    request_id: str
    document: dict[str, Any]

    @property
    def key(self) -> int:
        return int(self.document["seed"])

    @property
    def hold(self) -> str:
        return str(self.document.get("hold") or "")

    @property
    def lacks_files(self) -> bool:
        """True if an output of the run is missing on this computer."""
        return any(each.get("url") and not each.get("path") for each in self.document["outputs"])

    @property
    def paths(self) -> list[Path]:
        return [Path(each["path"]) for each in self.document["outputs"] if each.get("path")]


class ProgramRun:
    """One run of the windowless program; its output goes to the file `stdout_path`."""

    def __init__(
        self, folder: Path, stdout_path: Path, base_url: str, token: str, pace: str
    ) -> None:
        self._stdout_path = stdout_path
        self._stderr_path = stdout_path.with_suffix(".stderr")
        words = [sys.executable, "-m", "tests.support.windowless"]
        words += [str(folder), base_url, token, "--pace", pace]
        with self._stdout_path.open("wb") as out, self._stderr_path.open("wb") as err:
            self._process = subprocess.Popen(
                words, cwd=ROOT, stdin=subprocess.PIPE, stdout=out, stderr=err
            )

    def output(self) -> list[dict[str, Any]]:
        """Returns the complete lines of output so far."""
        text = self._stdout_path.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    @property
    def stderr(self) -> str:
        return self._stderr_path.read_text(encoding="utf-8")

    def wait_until_ready(self) -> ProgramRun:
        self._wait("it is ready", lambda: any(line.get("ready") for line in self.output()))
        return self

    def notice_titles(self) -> list[str]:
        """Returns the titles of the program's notices."""
        return [line["told"] for line in self.output() if "told" in line]

    def grid_states(self) -> list[list[str]]:
        """Returns the states of the cells of each grid, the newest first."""
        self.command("grids")
        return next(line["grids"] for line in reversed(self.output()) if "grids" in line)

    def command(self, name: str, *words: object) -> None:
        """Sends a command; returns when it has been received, which can be before it is done."""
        acknowledged = self._acknowledged()
        self.send_command(name, *words)
        self._wait(f"it heard {name}", lambda: self._acknowledged() > acknowledged)

    def send_command(self, *words: object) -> None:
        """Sends a command without waiting."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words).encode() + b"\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """Sends SIGKILL: the program cannot clean up."""
        self._process.send_signal(signal.SIGKILL)
        self._read_end()

    def close(self, limit_s: float = _LIMIT_S) -> None:
        """Ends the program regularly; it must not have written to stderr."""
        self.send_command("end")
        self._process.wait(limit_s)
        self._read_end()
        assert self.stderr == ""
        assert self.output()[-1] == {"closed": True}

    def stop(self) -> None:
        """Kills the process if it still runs after a test."""
        if self._process.poll() is None:
            self.kill()
        self._read_end()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def has_open(self, path: Path) -> bool:
        """Returns True if the program has the file open."""
        folder = Path(f"/proc/{self._process.pid}/fd")
        for each in folder.iterdir():
            # A listed file may be closed already.
            with suppress(FileNotFoundError):
                if each.readlink() == path:
                    return True
        return False

    def _read_end(self) -> None:
        self._process.wait(20)
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                self._process.stdin = None

    def _acknowledged(self) -> int:
        return sum("heard" in line for line in self.output())

    def _wait(self, what: str, condition: Callable[[], object]) -> None:
        wait_until(f"{what}: {self.stderr}", lambda: condition() or not self.is_running)
        assert condition(), f"it ended before {what}: {self.stderr}"


class ProgramRestarts:
    """A data folder, a service, and the runs of the program in sequence."""

    def __init__(
        self, folder: Path, service: ChildEmulator, tally: KillTally, data: Path | None = None
    ) -> None:
        self.folder = data or folder / "data"
        self._output_folder = folder
        self.service = service
        self.tally = tally
        self.resubmitted_keys: Counter[int] = Counter()
        """Number of times the user knowingly sent a job again, by key."""
        self._program: ProgramRun | None = None
        self._number = 0
        self._is_frozen = False
        self._keys: set[int] = set()
        self._next_key = itertools.count(1)
        self._seen_job_ids: set[str] = set()
        self._removed: dict[str, int] = {}

    def start(self, pace: str = "quick") -> ProgramRun:
        """Starts the next run and waits until it is ready."""
        return self.spawn(pace).wait_until_ready()

    def spawn(self, pace: str = "quick") -> ProgramRun:
        """Starts the next run without waiting."""
        if self._program is not None:
            assert not self._program.is_running
            self._program.stop()
        self._number += 1
        stdout_path, service = self._output_folder / f"life-{self._number}.txt", self.service
        self._program = ProgramRun(self.folder, stdout_path, service.base_url, service.token, pace)
        return self._program

    def kill(self) -> None:
        """Kills the current run, and checks the invariants at once."""
        self.program.kill()
        self.tally.kills += 1
        if not self._is_frozen:
            self.check_invariants()

    @property
    def program(self) -> ProgramRun:
        """The current run, or the last one."""
        assert self._program is not None
        return self._program

    def end(self) -> None:
        """Ends everything that still runs after a test, and updates the tally."""
        if self._program is not None:
            self._program.stop()
        self.release()
        self.tally.accepted += self.count_accepted()

    # On disk

    @property
    def history(self) -> Path:
        return self.folder / "history.sqlite"

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"

    def rows(self) -> list[HistoryRow]:
        """Returns the history as another process reads it, oldest first."""
        if not self.history.exists():
            return []
        with closing(
            sqlite3.connect(f"{self.history.as_uri()}?mode=ro", uri=True, timeout=20)
        ) as connection:
            query = "SELECT job_id, state, request_id, document FROM jobs ORDER BY created_s, rowid"
            found = connection.execute(query).fetchall()
        rows = [
            HistoryRow(job_id, state, request_id, json.loads(each))
            for job_id, state, request_id, each in found
        ]
        self._seen_job_ids |= {row.job_id for row in rows}
        return rows

    def row(self, key: int) -> HistoryRow:
        """Returns the only job with this key."""
        (row,) = [each for each in self.rows() if each.key == key]
        return row

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def wait_until_state(self, key: int, *states: str) -> HistoryRow:
        """Waits until the only job with this key is in one of `states` on disk."""

        def is_reached() -> bool:
            return any(row.key == key and row.state in states for row in self.rows())

        try:
            wait_until(f"job {key} is {' or '.join(states)}", is_reached)
        except AssertionError as error:
            raise AssertionError(f"{error}; there is {self.rows()}") from None
        return self.row(key)

    def files(self, pattern: str = "*") -> list[Path]:
        return sorted(each for each in self.outputs.rglob(pattern) if each.is_file())

    @contextmanager
    def locked(self, *, exclusively: bool = False) -> Iterator[None]:
        """Locks the database from another process against writing.

        `exclusively`: the program cannot even open the database.
        """
        with closing(sqlite3.connect(self.history, timeout=20, isolation_level=None)) as connection:
            if exclusively:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def frozen_service(self) -> Iterator[None]:
        """Suspends the service: the system accepts its connections, but nothing reads from them."""
        os.kill(self.service.process.pid, signal.SIGSTOP)
        self._is_frozen = True
        try:
            yield
        finally:
            os.kill(self.service.process.pid, signal.SIGCONT)
            self._is_frozen = False

    # At the service

    def accepted(self) -> Counter[int]:
        """Returns the number of submits that the service accepted, by key; each of them is paid."""
        counts: Counter[int] = Counter()
        for entry in self.service.log():
            if entry["call"] == "submit" and entry["status"] in (200, 202):
                counts[_key_of(entry)] += 1
        return counts

    def count_accepted(self) -> int:
        """Returns the number of accepted submits by the service's own count."""
        return int(self.service.counts()["accepted"])

    def request_ids(self, key: int) -> list[str]:
        """Returns the ids of the runs with this key, as users see them on the service's pages."""
        runs = self.service.control("runs")
        return [str(each["request_id"]) for each in runs if _key_of(each) == key]

    def wait_until_held(self, call: str) -> None:
        wait_until(
            f"{call} is held",
            lambda: any(each["call"] == call for each in self.service.held_calls()),
        )

    def release(self) -> None:
        """Releases all held calls, and ends the faults."""
        self.service.set_faults("")
        self.service.release()

    # Invariants that hold at any time

    def new_keys(self, count: int) -> tuple[int, ...]:
        """Returns keys for new jobs, and adds them to the tally."""
        keys = tuple(itertools.islice(self._next_key, count))
        self._keys |= set(keys)
        self.tally.jobs += count
        return keys

    def submit(self, **values: object) -> int:
        """Submits one job, with `values` for its inputs; returns its key."""
        (key,) = self.new_keys(1)
        self.program.command("submit_with", key, values)
        return key

    def record_removed(self, row: HistoryRow) -> None:
        """Records that the user requests the removal of this job from the history."""
        self._removed[row.job_id] = row.key

    def removed_keys(self) -> list[int]:
        """Returns the keys of the jobs that the user removed from the history."""
        present = {row.job_id for row in self.rows()}
        return [key for job_id, key in self._removed.items() if job_id not in present]

    def check_invariants(self) -> None:
        """Checks that no stored job is missing, and none was accepted more often than sent.

        Each accepted submit must have a row, unless the user removed it.
        """
        before = set(self._seen_job_ids)
        rows = self.rows()
        missing = before - {row.job_id for row in rows} - self._removed.keys()
        self.tally.lost += len(missing)
        assert not missing, f"rows are gone: {missing}"
        ids = Counter(row.request_id for row in rows if row.request_id)
        assert max(ids.values(), default=1) == 1, f"one request in two rows: {ids}"
        sent = Counter(row.key for row in rows if row.state not in UNSENT)
        sent.update(self.removed_keys())
        for key, accepted in self.accepted().items():
            assert key in self._keys
            duplicated = max(0, accepted - 1 - self.resubmitted_keys[key])
            lost = max(0, accepted - sent[key])
            self.tally.duplicated += duplicated
            self.tally.lost += lost
            assert not duplicated, f"job {key} was accepted {accepted} times"
            assert not lost, f"job {key} was accepted, and no row says so: {rows}"


def _key_of(entry: dict[str, Any]) -> int:
    """Returns the seed that a submit was sent with."""
    for inputs in entry["overrides"].values():
        if "noise_seed" in inputs["inputs"]:
            return int(inputs["inputs"]["noise_seed"])
    raise AssertionError(f"a submit without a key: {entry}")
