"""Starts a process for each group of checks, watches it, and reports the results.

Results are printed line by line, and written as JSON to a file, a pipe or a device. Uses only
Python's own modules, because everything else in the installation may be broken.
"""

from __future__ import annotations

import json
import os
import platform
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_desktop import APP_NAME, __version__
from runcomfy_desktop.app.options import SELF_TEST_FLAG
from runcomfy_desktop.selftest.checks import WITHOUT_WINDOW, checks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# A group takes two seconds; the limit allows for a slow computer under heavy load.
_TIMEOUT_S = 90.0
TIMEOUT_VARIABLE = "RUNCOMFY_DESKTOP_SELF_TEST_LIMIT_S"
"""Environment variable with another limit in seconds for each group."""
_TAIL_LINES = 40
_SYSTEM = platform.platform()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check: `says` is its description or error, `trace` the traceback."""

    group: str
    name: str
    ok: bool
    says: str
    seconds: float
    trace: Sequence[str] = ()


@dataclass
class SelfTestReport:
    """All results so far; prints each one as it arrives, if there is a console."""

    results: list[CheckResult] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    _start_s: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        _print(f"{APP_NAME} {__version__}, Python {platform.python_version()}, {_SYSTEM}")

    def add(self, result: CheckResult) -> None:
        self.results.append(result)
        state = "ok    " if result.ok else "FAILED"
        _print(f"{state}  {result.name} ({result.group}): {result.says}")
        for line in result.trace:
            _print(f"        {line}")

    def end(self, file: Path | None) -> int:
        """Prints a summary, writes the report to `file`, and returns the exit code."""
        failures = sum(not each.ok for each in self.results)
        is_written = file is None or self._write(file, is_ok=not failures)
        _print("everything is there" if not failures else f"parts that do not work: {failures}")
        return 0 if is_written and not failures else 1

    def _write(self, file: Path, *, is_ok: bool) -> bool:
        content = {
            "program": APP_NAME,
            "version": __version__,
            "ok": is_ok,
            "seconds": round(time.monotonic() - self._start_s, 3),
            "frozen": bool(getattr(sys, "frozen", False)),
            "system": _SYSTEM,
            "versions": self.versions,
            "parts": [asdict(each) for each in self.results],
        }
        try:
            _write_out(file, (json.dumps(content, indent=1) + "\n").encode())
        except OSError as error:
            _print(f"FAILED  report: {file} cannot be written ({error.strerror})")
            return False
        return True


def _write_out(file: Path, data: bytes) -> None:
    """Writes `data` to a file, a pipe or a device. Raises OSError.

    A regular file is replaced as a whole or stays unchanged. Links, pipes and devices are written
    directly.
    """
    if os.path.lexists(file) and not stat.S_ISREG(file.lstat().st_mode):
        file.write_bytes(data)
        return
    temporary = file.with_name(f".{file.name[:64]}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _print(line: str) -> None:
    """Prints a line; does nothing in a program without a console (Windows)."""
    if sys.stdout is None:
        return
    # A terminal that cannot encode a character must not cause a failure.
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(line.encode(encoding, "replace").decode(encoding), flush=True)
    except OSError:
        # A full disk or a closed pipe must not cause a failure either: the report file and the exit
        # code show the result, too.
        sys.stdout = None  # the rest of its buffer would be written at exit, and fail again


def run_self_test(file: Path | None = None, groups: Sequence[str] = ()) -> int:
    """Runs the checks and reports them; returns 0 if all passed, else 1.

    Prints a line for each check and writes the report to `file`. `groups`: run only these, instead
    of all that are relevant for users.
    """
    report = SelfTestReport()
    report.begin()
    timeout_s = float(os.environ.get(TIMEOUT_VARIABLE) or _TIMEOUT_S)
    # Only files of a killed child may remain in it; they are no reason to fail.
    with tempfile.TemporaryDirectory(
        prefix="runcomfy-desktop-self-test-", ignore_cleanup_errors=True
    ) as folder:
        group_names = groups or (WITHOUT_WINDOW, *platforms())
        on_qt = [group for group in group_names if group != WITHOUT_WINDOW]
        for number, group in enumerate(group_names):
            is_first = group not in on_qt[1:]
            _run_group(report, group, Path(folder) / str(number), is_first, timeout_s)
    return report.end(file)


def platforms() -> tuple[str, ...]:
    """Returns the Qt platforms to check.

    That is the one in QT_QPA_PLATFORM, else those that users may get here, the likeliest first.
    """
    requested = os.environ.get("QT_QPA_PLATFORM")
    if requested:
        return (requested.partition(";")[0],)
    if sys.platform == "win32":
        # Not "offscreen": Qt has no fonts for that platform, and does not use Windows' fonts there.
        return ("windows",)
    if sys.platform == "darwin":
        return ("cocoa", "offscreen")
    found = [
        ("wayland", os.environ.get("WAYLAND_DISPLAY")),
        ("xcb", os.environ.get("DISPLAY")),
    ]
    if os.environ.get("XDG_SESSION_TYPE") != "wayland":
        found.reverse()
    return (*(name for name, is_available in found if is_available), "offscreen")


def _run_group(
    report: SelfTestReport, group: str, folder: Path, is_first: bool, timeout_s: float
) -> None:
    folder.mkdir()
    output_file, log_file = folder / "told.jsonl", folder / "said.txt"
    start_s = time.monotonic()
    end = _run_child(group, output_file, log_file, is_first, timeout_s)
    seconds = round(time.monotonic() - start_s, 3)
    lines = list(_lines(output_file))
    ended = CheckResult(group, "", False, f"the process {end}", seconds, _log_tail(log_file))
    for result in results_of(list(checks_of(group, is_first=is_first)), lines, ended):
        report.add(result)
    for each in lines:
        report.versions.update(each.get("versions", {}))


def results_of(
    names: Sequence[str], lines: Sequence[dict[str, Any]], end_result: CheckResult
) -> Iterator[CheckResult]:
    """Yields the result of each check of a group, from the lines that its process wrote.

    `end_result` describes how the process ended: it becomes the result of the check that was
    running, or of the first one if nothing was written. The checks after it were not reached.
    """
    done = {each["result"]["name"]: each["result"] for each in lines if "result" in each}
    begun = {each["begins"] for each in lines if "begins" in each} or {names[0]}
    for name in names:
        if name in done:
            yield CheckResult(end_result.group, **done[name])
        elif name in begun:
            yield replace(end_result, name=name)
        else:
            yield CheckResult(end_result.group, name, False, "was not reached", 0.0)


def _run_child(
    group: str, output_file: Path, log_file: Path, is_first: bool, timeout_s: float
) -> str:
    """Runs the process for a group; returns a description of its end."""
    environment = dict(os.environ)
    if group != WITHOUT_WINDOW:
        environment["QT_QPA_PLATFORM"] = group
    command = [*_command(), group, str(output_file), "first" if is_first else "further"]
    with log_file.open("wb") as stream:
        child = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream
        )
        try:
            code = child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return f"did not end within {timeout_s:g} s"
    return f"ended by signal {-code}" if code < 0 else f"ended with exit code {code}"


def _command() -> list[str]:
    # A frozen build has no `python -m`; options such as `-O` are passed on.
    if getattr(sys, "frozen", False):
        return [sys.executable, SELF_TEST_FLAG]
    optimised = ["-" + "O" * sys.flags.optimize] if sys.flags.optimize else []
    return [sys.executable, *optimised, "-m", "runcomfy_desktop", SELF_TEST_FLAG]


def _lines(output_file: Path) -> Iterable[dict[str, Any]]:
    """Yields the lines that the process wrote, without one that was cut off by a crash."""
    for line in _text(output_file).splitlines():
        with suppress(ValueError):
            yield json.loads(line)


def _log_tail(log_file: Path) -> list[str]:
    # The frames of Python's import system are not helpful.
    lines = [line for line in _text(log_file).splitlines() if 'File "<frozen ' not in line]
    return lines[-_TAIL_LINES:]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
