"""Starts a process for each group of parts, watches it, and reports what it found.

The report goes to the terminal and into a file, which may be a pipe.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import select
import stat
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop import APP_NAME, __version__
from runcomfy_desktop.app.options import SELF_TEST_FLAG
from runcomfy_desktop.selftest.checks import WITHOUT_WINDOW, checks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# A group takes two seconds; a slow computer that does ten other things gets its time.
_TIMEOUT_S = 90.0
TIMEOUT_VARIABLE = "RUNCOMFY_DESKTOP_SELF_TEST_LIMIT_S"
"""A variable with another limit in seconds for each group."""
_TAIL_LINES = 40
# A reader may come a moment later, or be slow; who waits for the end of the test must not wait
# for one who never comes.
READ_TIMEOUT_S = 10.0
_POLL_INTERVAL_S = 0.05


def write_out(file: Path, data: bytes, timeout_s: float = READ_TIMEOUT_S) -> None:
    """Raises OSError. A file has the whole of it or what it had; what is a link, a pipe or a
    device is written to as it is, and given up when nobody reads it for so long."""
    try:
        is_file = stat.S_ISREG(file.lstat().st_mode)
    except FileNotFoundError:
        is_file = True
    if is_file:
        _replace(file, data)
        return
    handle = _open_for_writing(file, time.monotonic() + timeout_s)
    try:
        _write(handle, data, timeout_s)
    finally:
        os.close(handle)


def _replace(file: Path, data: bytes) -> None:
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


def _open_for_writing(file: Path, end_s: float) -> int:
    # Without the last one, opening a pipe would wait for its reader. Windows has none of them.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NONBLOCK", 0)
    while True:
        try:
            return os.open(file, flags, 0o666)
        except OSError as error:
            if error.errno != errno.ENXIO or not file.is_fifo():
                raise
            if time.monotonic() > end_s:
                raise _not_read_error() from None
        time.sleep(_POLL_INTERVAL_S)


def _write(handle: int, data: bytes, timeout_s: float) -> None:
    remaining = memoryview(data)
    while remaining:
        # On Windows only sockets can be waited for, and no pipe has a name in a folder.
        if os.name == "posix" and not select.select([], [handle], [], timeout_s)[1]:
            raise _not_read_error()
        remaining = remaining[os.write(handle, remaining) :]


def _not_read_error() -> OSError:
    return OSError(errno.ETIMEDOUT, "nobody reads it")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One part: `says` what there is, or what is wrong; `trace` where."""

    group: str
    name: str
    ok: bool
    says: str
    seconds: float
    trace: tuple[str, ...] = ()


@dataclass
class SelfTestReport:
    """All results so far; says each as it comes, where there is somebody to read it."""

    results: list[CheckResult] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    read_timeout_s: float = READ_TIMEOUT_S
    _start_s: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        print_line(
            f"{APP_NAME} {__version__}, Python {platform.python_version()}, {platform.platform()}"
        )

    def add(self, result: CheckResult) -> None:
        self.results.append(result)
        state = "ok    " if result.ok else "FAILED"
        print_line(f"{state}  {result.name} ({result.group}): {result.says}")
        for line in result.trace:
            print_line(f"        {line}")

    @property
    def failures(self) -> list[CheckResult]:
        return [each for each in self.results if not each.ok]

    def end(self, file: Path | None) -> int:
        """Says how it went, writes it to `file`, and returns the exit code."""
        failures = len(self.failures)
        is_written = file is None or self._write(file)
        print_line("everything is there" if not failures else f"parts that do not work: {failures}")
        return 0 if is_written and not failures else 1

    def _write(self, file: Path) -> bool:
        content = {
            "program": APP_NAME,
            "version": __version__,
            "ok": not self.failures,
            "seconds": round(time.monotonic() - self._start_s, 3),
            "frozen": bool(getattr(sys, "frozen", False)),
            "system": platform.platform(),
            "versions": self.versions,
            "parts": [asdict(each) for each in self.results],
        }
        try:
            write_out(file, (json.dumps(content, indent=1) + "\n").encode(), self.read_timeout_s)
        except OSError as error:
            print_line(f"FAILED  report: {file} cannot be written ({error.strerror})")
            return False
        return True


def print_line(line: str) -> None:
    """Prints a line; a program with windows only (Windows) has nowhere to print to."""
    if sys.stdout is None:
        return
    # A terminal that does not know a letter must not be what fails.
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(line.encode(encoding, "replace").decode(encoding), flush=True)
    except OSError:
        # Nor a full disk, nor a reader who is gone; the report and the exit code tell it too.
        sys.stdout = None  # what is left in it would be written at the end, and fail again


def run_self_test(file: Path | None = None, groups: Sequence[str] = ()) -> int:
    """Prints a line for each part, writes the report to `file`; returns 0 when all work, else 1.

    `groups`: to look at these only, instead of at all that a person could get.
    """
    report = SelfTestReport()
    report.begin()
    timeout_s = float(os.environ.get(TIMEOUT_VARIABLE) or _TIMEOUT_S)
    # What is left in it is a killed child's; it is not worth failing for.
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
    """The platforms of Qt to look at: the one that is asked for, else those a person could get
    here, the likeliest first."""
    requested = os.environ.get("QT_QPA_PLATFORM")
    if requested:
        return (requested.partition(";")[0],)
    if sys.platform == "win32":
        # Not "offscreen": Qt brings no fonts for it, and does not ask Windows for its own there.
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
    names = [check.name for check in checks_of(group, is_first=is_first)]
    ended = CheckResult(group, "", False, f"the process {end}", seconds, _log_tail(log_file))
    for result in results_of(names, lines, ended):
        report.add(result)
    for each in lines:
        found = each.get("versions")
        if isinstance(found, dict):
            report.versions.update(found)


def results_of(
    names: Sequence[str], lines: Sequence[dict[str, object]], end_result: CheckResult
) -> Iterator[CheckResult]:
    """Judges each part of a group by the lines that its process wrote.

    `end_result` says how the process ended: that is the result of the part at which it did, the
    first one when it wrote nothing at all. The parts behind that were not reached.
    """
    done = {str(each["ended"]): each for each in lines if "ended" in each}
    begun = {str(each["begins"]) for each in lines if "begins" in each}
    for name in names:
        if name in done:
            yield _result(end_result.group, done[name])
        elif name in begun or (not lines and name == names[0]):
            yield replace(end_result, name=name)
        else:
            yield CheckResult(end_result.group, name, False, "was not reached", 0.0)


def _run_child(
    group: str, output_file: Path, log_file: Path, is_first: bool, timeout_s: float
) -> str:
    """Runs the process for a group; returns how it ended, in words."""
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
    # A frozen build has no `python -m`; and `-O` and its like are handed on.
    if getattr(sys, "frozen", False):
        return [sys.executable, SELF_TEST_FLAG]
    optimised = ["-" + "O" * sys.flags.optimize] if sys.flags.optimize else []
    return [sys.executable, *optimised, "-m", "runcomfy_desktop", SELF_TEST_FLAG]


def _lines(output_file: Path) -> Iterable[dict[str, object]]:
    """What the process wrote; a line that a crash cut short is left out."""
    if not output_file.is_file():
        return
    for line in output_file.read_text(encoding="utf-8").splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def _result(group: str, line: dict[str, object]) -> CheckResult:
    seconds, trace = line.get("seconds"), line.get("trace")
    return CheckResult(
        group,
        str(line["ended"]),
        line.get("ok") is True,
        str(line.get("says", "")),
        float(seconds) if isinstance(seconds, int | float) else 0.0,
        tuple(map(str, trace)) if isinstance(trace, list) else (),
    )


def _log_tail(log_file: Path) -> tuple[str, ...]:
    text = log_file.read_text(encoding="utf-8", errors="replace") if log_file.is_file() else ""
    # Python's own steps of an import tell nothing.
    lines = [line for line in text.splitlines() if 'File "<frozen ' not in line]
    return tuple(lines[-_TAIL_LINES:])
