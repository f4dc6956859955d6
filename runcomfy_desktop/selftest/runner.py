"""Starts a process for each group of parts, watches it, and tells what came of it."""

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

# A group takes two seconds; a slow computer that does ten other things gets its time.
_TIMEOUT_S = 90.0
TIMEOUT_VARIABLE = "RUNCOMFY_DESKTOP_SELF_TEST_LIMIT_S"
"""A variable with another limit in seconds for each group."""
_TAIL_LINES = 40


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
