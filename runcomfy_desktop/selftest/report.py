"""Reports the result of each check: line by line, and as JSON to a file, a pipe or a device.

Uses only Python's own modules, because everything else in the installation may be broken.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import select
import stat
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop import APP_NAME, __version__

if TYPE_CHECKING:
    from pathlib import Path

# A reader may start later or be slow; the test must not wait forever for one that never comes.
READ_TIMEOUT_S = 10.0
_POLL_INTERVAL_S = 0.05


def write_out(file: Path, data: bytes, timeout_s: float = READ_TIMEOUT_S) -> None:
    """Writes `data` to a file, a pipe or a device. Raises OSError.

    A regular file is replaced as a whole or stays unchanged. Links, pipes and devices are written
    directly; writing is abandoned if nothing is read within `timeout_s`.
    """
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
    # Without O_NONBLOCK, opening a pipe would wait for its reader. Windows does not have the flag.
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
        # On Windows, `select` supports only sockets, and named pipes are not files in a folder.
        if os.name == "posix" and not select.select([], [handle], [], timeout_s)[1]:
            raise _not_read_error()
        remaining = remaining[os.write(handle, remaining) :]


def _not_read_error() -> OSError:
    return OSError(errno.ETIMEDOUT, "nobody reads it")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check: `says` is its description or error, `trace` the traceback."""

    group: str
    name: str
    ok: bool
    says: str
    seconds: float
    trace: tuple[str, ...] = ()


@dataclass
class SelfTestReport:
    """All results so far; prints each one as it arrives, if there is a console."""

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
        """Prints a summary, writes the report to `file`, and returns the exit code."""
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
