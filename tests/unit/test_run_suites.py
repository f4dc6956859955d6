"""The suites are run by `run_suites.py`, in parallel and with a share of the long tests."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import run_suites

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = run_suites.TESTS.parent


def ran_pytest(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    return subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.mark.parametrize("suite", ["unit", "contract", "gui", "e2e", "installers"])
def test_a_suite_is_not_ended_while_one_of_its_tests_may_still_run(suite: str) -> None:
    files = (run_suites.TESTS / suite).rglob("test_*.py")
    texts = [file.read_text(encoding="utf-8") for file in files]
    allowed = [int(found) for text in texts for found in re.findall(r"\.timeout\((\d+)\)", text)]
    assert run_suites.limit_s(suite) > max(allowed, default=0)


def test_a_worker_that_crashes_is_named_with_its_test_and_counted(tmp_path: Path) -> None:
    tests, report = tmp_path / "test_crash.py", tmp_path / "report.xml"
    tests.write_text(
        "import os\n\ndef test_crashes():\n    os._exit(3)\n\ndef test_passes():\n    pass\n"
    )
    ended = ran_pytest(
        *run_suites.IN_PARALLEL, "-n", "1", tests, f"--junitxml={report}", "--rootdir", tmp_path
    )
    assert ended.returncode != 0
    assert re.search(r"worker 'gw\d' crashed while running '.*test_crashes'", ended.stdout)
    assert run_suites.count(report) == (1, 1, 0)


def test_a_soak_takes_what_has_more_to_do_in_it_and_nothing_else() -> None:
    files = [
        run_suites.TESTS / "unit" / name for name in ("core/test_turnstile.py", "test_logs.py")
    ]
    usual = ran_pytest(*files, "--collect-only", "-q").stdout
    soak = ran_pytest(*files, "--collect-only", "-q", "--soak").stdout
    assert "test_logs.py::" in usual
    assert [line for line in soak.splitlines() if "::" in line] == [
        "tests/unit/core/test_turnstile.py::test_whatever_happens_turns_are_kept"
    ]
