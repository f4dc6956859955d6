"""`run_suites.py`: time limits, parallel workers and the long tests selected by `--soak`."""

from __future__ import annotations

import os
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
    """Runs pytest with only the required plug-ins: the others take seconds to load."""
    plugins = ("-p", "no:cacheprovider", "-p", "xdist", "-p", "pytest_timeout")
    command = [sys.executable, "-m", "pytest", *plugins, *words]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        command, cwd=PROJECT, env=env, capture_output=True, text=True, timeout=100, check=False
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
        run_suites.TESTS / "unit" / name
        for name in ("core/jobs/test_rate_limiter.py", "app/test_logs.py")
    ]
    ended = ran_pytest(*files, "--collect-only", "-q", "--soak")
    assert [line for line in ended.stdout.splitlines() if "::" in line] == [
        "tests/unit/core/jobs/test_rate_limiter.py::test_whatever_happens_turns_are_kept"
    ]
    left_out = sum(file.read_text(encoding="utf-8").count("\ndef test_") for file in files) - 1
    found = re.search(r"(\d+) deselected", ended.stdout)
    assert found is not None
    assert int(found[1]) >= left_out > 10, "those of both files that have no more to do"
    assert ended.returncode == 0
