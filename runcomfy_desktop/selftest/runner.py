"""Starts a process for each group of checks, watches it, and reports the results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.app.options import SELF_TEST_FLAG
from runcomfy_desktop.selftest.checks import WITHOUT_WINDOW, checks_of
from runcomfy_desktop.selftest.report import CheckResult, SelfTestReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# A group takes two seconds; the limit allows for a slow computer under heavy load.
_TIMEOUT_S = 90.0
TIMEOUT_VARIABLE = "RUNCOMFY_DESKTOP_SELF_TEST_LIMIT_S"
"""Environment variable with another limit in seconds for each group."""
_TAIL_LINES = 40


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
    """Yields the result of each check of a group, from the lines that its process wrote.

    `end_result` describes how the process ended: it becomes the result of the check that was
    running, or of the first one if nothing was written. The checks after it were not reached.
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


def _lines(output_file: Path) -> Iterable[dict[str, object]]:
    """Yields the lines that the process wrote, without one that was cut off by a crash."""
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
    # The frames of Python's import system are not helpful.
    lines = [line for line in text.splitlines() if 'File "<frozen ' not in line]
    return tuple(lines[-_TAIL_LINES:])
