"""Cost of runs as text: approximate, never exact; and the demo costs nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.domain.jobs.estimate import Estimate
from runcomfy_desktop.ui.run.cost_texts import (
    estimate_basis_line,
    estimate_line,
    run_cost_texts,
    run_time_line,
)
from tests.support.budget_harness import open_budget_harness
from tests.support.spent_jobs import finished_job

if TYPE_CHECKING:
    from pathlib import Path

AMPERE = Deployment("d", "one", hardware=("AMPERE_48",), keep_warm_s=60)


async def test_before_the_first_run_only_the_price_of_an_hour_is_known(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, prices=()) as harness:
        text, tip = run_cost_texts(AMPERE, harness.budget)
        assert text == "AMPERE_48 · about $2.50 an hour"
        assert "No run of it was measured yet" in tip
        assert "2026-08" in tip
        assert "60 s" in tip


async def test_measured_runs_say_what_one_costs(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await harness.finish_job(finished_job("a", 50.0, waited_s=170.0))
        text, tip = run_cost_texts(AMPERE, harness.budget)
        assert text == "AMPERE_48 · about $0.05"
        first, *more = tip.split("\n")
        assert first == (
            "About $0.05; about $0.17 more if a machine has to start first; "
            "about $0.06 for staying warm afterwards."
        )
        assert more[0] == "By 1 run of yours. It took 0:50."
        assert more[1] == "$3.60 an hour, by your own price."


async def test_the_spread_of_several_runs_is_told(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        for number, run_s in enumerate((40.0, 50.0, 90.0, 100.0)):
            await harness.finish_job(finished_job(f"{number}", run_s, min_instances=1))
        line = estimate_basis_line(harness.budget.estimate(AMPERE))
        assert line.startswith("By your last 4 runs. Half of them took less than 1:10.")
        assert "Half of them cost between $0.05 and $0.09." in line
        assert "a typical one of four minutes" in line


async def test_machines_that_are_always_on_are_named(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        _text, tip = run_cost_texts(replace(AMPERE, min_instances=2), harness.budget)
        assert "2 machines are always on and billed." in tip


async def test_an_unknown_machine_has_no_price(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        text, tip = run_cost_texts(replace(AMPERE, hardware=("QUANTUM_9",)), harness.budget)
        assert text == "QUANTUM_9"
        assert "not known" in tip
        assert run_cost_texts(replace(AMPERE, hardware=()), harness.budget) == ("", "")


async def test_the_demo_is_not_billed(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, is_billed=False) as harness:
        await harness.finish_job(finished_job("a", 50.0))
        text, tip = run_cost_texts(AMPERE, harness.budget)
        assert text == "AMPERE_48 · not billed"
        assert "nothing is billed" in tip


@pytest.mark.parametrize(
    ("estimate", "line"),
    [
        (Estimate(), ""),
        (Estimate(usd=0.002), "Less than $0.01."),
        (Estimate(usd=0.05, cold_start_usd=0.0, keep_warm_usd=0.0), "About $0.05."),
        (
            Estimate(cold_start_usd=0.17, keep_warm_usd=0.04),
            "About $0.17 for its start; about $0.04 for staying warm afterwards.",
        ),
    ],
)
def test_only_what_is_known_is_in_the_line(estimate: Estimate, line: str) -> None:
    assert estimate_line(estimate) == line


@pytest.mark.parametrize(
    ("jobs", "machines", "line"),
    [
        (1, 3, "About 1:00, one run after the other."),
        (9, 1, "About 9:00, one run after the other."),
        (10, 3, "About 10:00, one run after the other; about 4:00 on 3 machines at once."),
        (2, 3, "About 2:00, one run after the other; about 1:00 on 2 machines at once."),
    ],
)
def test_many_runs_take_as_long_as_machines_let_them(jobs: int, machines: int, line: str) -> None:
    assert run_time_line(Estimate(run_s=60.0, job_count=jobs), machines) == line


def test_nobody_guesses_how_long_it_takes() -> None:
    assert run_time_line(Estimate(job_count=9), 2) == ""
