"""Runs the suites in sequence, each in a separate process, and adds up the counts.

Qt allows one application object per process and keeps its state until the end; suites in one
process would influence each other. Within a suite, pytest-xdist runs the tests in one worker
process for each processor.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent
RESULTS = TESTS.parent / "test-results"
_NO_TEST_RAN = 5
# A suite that hangs is ended, so that the following suites run and the counts are printed.
_LIMIT_S = 1_500
# The installers' tests download whole systems and remove an installation's files one by one.
_LIMITS_S = {"e2e": 2_700, "installers": 4_500}
_TIMED_OUT_CODE = 124
# Idle workers get tests from busy ones.
IN_PARALLEL = ("-n", "auto", "--dist", "worksteal")
# The installers' tests share the clean systems that they install on.
_NOT_PARALLEL = ("installers",)


@dataclass(frozen=True, slots=True)
class SuiteOutcome:
    """Result of one suite."""

    suite: str
    exit_code: int
    passed: int
    failed: int
    skipped: int
    seconds: float

    def line(self) -> str:
        words = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        how = "it did not end" if self.exit_code == _TIMED_OUT_CODE else f"pytest: {self.exit_code}"
        remark = "" if self.exit_code == 0 else f"  ({how})"
        return f"  {self.suite:<9} {words}, {self.seconds:.0f} s{remark}"


def limit_s(suite: str) -> int:
    return _LIMITS_S.get(suite, _LIMIT_S)


def run_suite(suite: str, arguments: list[str]) -> SuiteOutcome:
    report = RESULTS / f"{suite}-{platform.python_version()}.xml"
    report.unlink(missing_ok=True)
    print(f"\n{suite} on Python {platform.python_version()}", flush=True)
    start_s = time.monotonic()
    command = [sys.executable, "-m", "pytest", str(TESTS / suite), f"--junitxml={report}"]
    # Later options win: `-n 0` among the arguments runs a suite in one process.
    command += [*(() if suite in _NOT_PARALLEL else IN_PARALLEL), *arguments]
    try:
        ended = subprocess.run(
            command, cwd=TESTS.parent, env=_environment(), timeout=limit_s(suite)
        )
        exit_code = ended.returncode
    except subprocess.TimeoutExpired:
        print(f"\n{suite} did not end within {limit_s(suite)} s", flush=True)
        exit_code = _TIMED_OUT_CODE
    if exit_code == _NO_TEST_RAN and arguments:
        # A selection of tests (-k) may exclude a whole suite.
        exit_code = 0
    passed, failed, skipped = count(report)
    if exit_code and not failed:
        # The suite crashed or timed out: a failure that is not counted in its report.
        failed = 1
    return SuiteOutcome(suite, exit_code, passed, failed, skipped, time.monotonic() - start_s)


def _environment() -> dict[str, str]:
    """Returns the environment, but with Python's byte code cache enabled.

    The suites start Python a thousand times.
    """
    return {
        name: environment
        for name, environment in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE"
    }


def count(report: Path) -> tuple[int, int, int]:
    """Returns (passed, failed, skipped) of a JUnit report; zeros if the suite crashed."""
    try:
        suite = ET.parse(report).getroot().find("testsuite")
    except (OSError, ET.ParseError):
        return 0, 0, 0
    if suite is None:
        return 0, 0, 0
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    skipped = int(suite.get("skipped", 0))
    return int(suite.get("tests", 0)) - failed - skipped, failed, skipped


def main(arguments: list[str]) -> int:
    split = arguments.index("--") if "--" in arguments else len(arguments)
    suites, for_pytest = arguments[:split], arguments[split + 1 :]
    RESULTS.mkdir(exist_ok=True)
    outcomes = [run_suite(suite, for_pytest) for suite in suites]
    print(f"\nPython {platform.python_version()}:")
    for outcome in outcomes:
        print(outcome.line())
    passed, failed, skipped = (
        sum(getattr(outcome, name) for outcome in outcomes)
        for name in ("passed", "failed", "skipped")
    )
    # The one line that tools parse for the result.
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if any(outcome.exit_code for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
