"""What runs the suites one after the other."""

from __future__ import annotations

import re

import pytest

from tests import run_suites


@pytest.mark.parametrize("suite", ["unit", "contract", "gui", "e2e", "installers"])
def test_a_suite_is_not_ended_while_one_of_its_tests_may_still_run(suite: str) -> None:
    files = (run_suites.TESTS / suite).rglob("test_*.py")
    texts = [file.read_text(encoding="utf-8") for file in files]
    allowed = [int(found) for text in texts for found in re.findall(r"\.timeout\((\d+)\)", text)]
    assert run_suites.limit_s(suite) > max(allowed, default=0)
