"""Prices, estimates, totals and limits, on a real history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.jobs.live_job import LiveJob
from runcomfy_desktop.core.spending.budget import UNMEASURED_RUN_S, unbilled_budget
from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.domain.jobs.estimate import TYPICAL_START_S
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory
from tests.support.budget_harness import HOURLY_USD, PRICES, open_budget_harness
from tests.support.spent_jobs import NOON_S, SKU, finished_job, spending_job

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
DEPLOYMENT = Deployment("d", "D", hardware=(SKU,), keep_warm_s=60)
DAY_S = 86_400.0


# Prices and estimates


async def test_ones_own_price_goes_before_the_usual_one(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        assert harness.budget.price_of(SKU) == HOURLY_USD
        assert harness.budget.price_of("TURING_16") == 0.99
        assert harness.budget.price_of("BRAND_NEW") is None
        assert harness.budget.price_of("") is None
        harness.preferences.set(prices=(("BRAND_NEW", 20.0),))
        assert harness.budget.price_of("BRAND_NEW") == 20.0
        assert harness.budget.price_of(SKU) == 2.50


async def test_an_estimate_rests_on_the_runs_of_this_program(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        before = harness.budget.estimate(DEPLOYMENT)
        assert (before.usd, before.usd_per_hour) == (None, HOURLY_USD)
        received = list[None]()
        harness.budget.changed.subscribe(received.append)
        await harness.finish_job(finished_job("a", 70.0, waited_s=200.0))
        assert received, "whoever shows it hears of it"
        after = harness.budget.estimate(DEPLOYMENT, job_count=2)
        assert after.usd == pytest.approx(0.14)
        assert after.cold_start_usd == pytest.approx(0.20)
        assert after.keep_warm_usd == pytest.approx(0.06)
    async with open_budget_harness(tmp_path) as harness:
        assert harness.budget.estimate(DEPLOYMENT, job_count=2) == after, (
            "and on those of earlier days"
        )


async def test_an_estimate_for_jobs_adds_up_their_deployments(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await harness.finish_job(finished_job("a", 70.0))
        await harness.finish_job(finished_job("b", 10.0, deployment_id="e"))
        jobs = [spending_job("x"), spending_job("y"), spending_job("z", deployment_id="e")]
        assert harness.budget.estimate_jobs(jobs).usd == pytest.approx(0.15)
        assert harness.budget.estimate_jobs(jobs).job_count == 3


@pytest.mark.parametrize(
    ("settings", "asks_for"),
    [
        ({}, {15, 20, 21}),
        ({"ask_from_jobs": 3}, {3, 15, 20, 21}),
        ({"ask_from_jobs": 0}, {15, 20, 21}),
        ({"ask_from_usd": 0.0}, {20, 21}),
        ({"ask_from_jobs": 0, "ask_from_usd": 0.20}, {3, 15, 20, 21}),
        ({"ask_from_jobs": 0, "ask_from_usd": 0.0}, set()),
    ],
)
async def test_so_many_jobs_or_so_much_money_is_asked_about(
    tmp_path: Path, settings: dict[str, Any], asks_for: set[int]
) -> None:
    """By default the user is asked from 20 jobs or one dollar."""
    async with open_budget_harness(tmp_path, **settings) as harness:
        await harness.finish_job(finished_job("a", 70.0))
        budget = harness.budget
        counts = (1, 2, 3, 15, 20, 21)
        asked = {n for n in counts if budget.needs_confirmation(n, budget.estimate(DEPLOYMENT, n))}
        assert asked == asks_for


# Totals


async def test_a_job_costs_its_run_and_the_start_that_it_caused(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        cold = await harness.finish_job(finished_job("cold", 70.0, waited_s=200.0))
        assert cold.cost_usd == pytest.approx(0.27)
        warm = await harness.finish_job(
            finished_job("warm", 70.0, at_s=cold.finished_s + 5.0, waited_s=20.0)
        )
        assert warm.cost_usd == pytest.approx(0.07)
        assert harness.budget.today_usd == pytest.approx(0.34)


@pytest.mark.parametrize("state", [S.FAILED, S.CANCELLED])
async def test_what_failed_or_was_cancelled_cost_its_time_as_well(
    tmp_path: Path, state: JobState
) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await harness.finish_job(finished_job("a", 70.0, state=state))
        assert harness.budget.today_usd == pytest.approx(0.07)


async def test_sums_outlive_jobs_that_are_removed_and_the_program(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await harness.finish_job(finished_job("a", 70.0, batch_id="b"))
        await harness.finish_job(finished_job("c", 30.0, batch_id="b"))
        await harness.remove("a")
        assert harness.budget.today_usd == pytest.approx(0.10)
        assert harness.budget.batch_usd("b") == pytest.approx(0.10)
    async with open_budget_harness(tmp_path) as harness:
        assert harness.budget.today_usd == pytest.approx(0.10)
        assert harness.budget.batch_usd("b") == pytest.approx(0.10)
        assert harness.budget.batch_usd("") == 0.0
        await harness.store_job(replace(harness.jobs["c"], title="told of again"))
        assert harness.budget.today_usd == pytest.approx(0.10)
    async with open_budget_harness(tmp_path, at_s=NOON_S + DAY_S) as harness:
        assert harness.budget.today_usd == 0.0
        assert harness.budget.batch_usd("b") == pytest.approx(0.10)


async def test_a_job_of_another_service_is_in_another_sum(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await harness.history.save_all(
            [finished_job("a", 70.0, service="https://other.example", cost_usd=5.0)]
        )
    async with open_budget_harness(tmp_path) as harness:
        assert harness.budget.today_usd == 0.0


async def test_later_prices_change_nothing_that_was_spent(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await harness.finish_job(finished_job("a", 70.0))
        harness.preferences.set(prices=((SKU, 100.0),))
        assert harness.budget.today_usd == pytest.approx(0.07)


# Limits


async def test_without_limits_nothing_is_held(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await harness.finish_job(finished_job("a", 70.0))
        assert harness.hold_reason() is None
        assert harness.hold_reason(hardware="BRAND_NEW") is None


async def test_the_day_holds_what_would_go_beyond_it(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, day_limit_usd=0.25) as harness:
        await harness.finish_job(finished_job("a", 70.0))
        warm = {"min_instances": 1}
        assert harness.hold_reason(**warm) is None
        # An active job counts as spent: 0.07 + 0.07 + 0.07 is still within the limit.
        await harness.store_job(spending_job("b", S.SENDING, **warm))
        assert harness.hold_reason(**warm) is None
        await harness.store_job(spending_job("c", S.UNCERTAIN, **warm))
        assert harness.hold_reason(**warm) is HoldReason.DAY_LIMIT
        # It was refused, so its expected cost is available again.
        await harness.store_job(spending_job("c", S.CANCELLED, **warm))
        assert harness.hold_reason(**warm) is None
        harness.clock.now_s = NOON_S + DAY_S
        await harness.store_job(spending_job("b", S.CANCELLED, **warm))
        assert harness.hold_reason(**warm) is None


async def test_a_job_of_unknown_fate_burdens_its_own_day_only(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await harness.finish_job(finished_job("a", 70.0))
        warm = {"min_instances": 1, "batch_id": "b"}
        await harness.store_job(spending_job("unknown", S.SENDING, **warm))
        await harness.store_job(spending_job("unknown", S.UNCERTAIN, **warm))
        queued = await harness.store_job(spending_job("queued", S.QUEUED, **warm))
        day, batch = HoldReason.DAY_LIMIT, HoldReason.BATCH_LIMIT
        assert harness.budget.charged_usd(day, queued) == pytest.approx(0.21)
        harness.clock.now_s = NOON_S + DAY_S
        assert harness.budget.charged_usd(day, queued) == pytest.approx(0.07)
        assert harness.budget.charged_usd(batch, queued) == pytest.approx(0.14)


async def test_a_job_that_comes_back_to_the_list_is_not_charged_again(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        ended = await harness.finish_job(finished_job("a", 70.0, batch_id="b"))
        harness.published.remove("a")
        harness.published.put(ended)
        harness.published.put(spending_job("old", S.DONE, finished_s=NOON_S, cost_usd=9.0))
        assert harness.budget.today_usd == pytest.approx(0.07)
        assert harness.budget.batch_usd("b") == pytest.approx(0.07)


async def test_a_batch_holds_its_own_jobs_only(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, batch_limit_usd=0.10) as harness:
        await harness.finish_job(finished_job("a", 70.0, batch_id="b"))
        assert harness.hold_reason(batch_id="b") is HoldReason.BATCH_LIMIT
        harness.preferences.set(batch_limit_usd=0.40)
        assert harness.hold_reason(batch_id="b") is None
        assert harness.hold_reason(batch_id="other") is None
        harness.preferences.set(batch_limit_usd=0.01)
        assert harness.hold_reason() is None, "a single job is no batch"


async def test_a_start_counts_where_the_machine_has_to_start(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, day_limit_usd=0.30) as harness:
        ended = await harness.finish_job(finished_job("a", 70.0))
        harness.clock.now_s = ended.finished_s + 10.0
        assert harness.hold_reason() is None, "it is warm still"
        harness.clock.now_s = ended.finished_s + 600.0
        assert (0.07 + 0.07 + TYPICAL_START_S / 1000) > 0.30
        assert harness.hold_reason() is HoldReason.DAY_LIMIT


async def test_a_run_that_was_never_measured_is_not_taken_for_free(tmp_path: Path) -> None:
    worst = UNMEASURED_RUN_S / 1000
    async with open_budget_harness(tmp_path, day_limit_usd=worst - 0.01) as harness:
        assert harness.hold_reason(min_instances=1) is HoldReason.DAY_LIMIT
        harness.preferences.set(day_limit_usd=worst + 0.01)
        assert harness.hold_reason(min_instances=1) is None


async def test_a_machine_without_a_price_is_held_by_any_limit(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, day_limit_usd=100.0) as harness:
        assert harness.hold_reason(hardware="BRAND_NEW") is HoldReason.DAY_LIMIT
        held = spending_job("a", S.HELD, hold=HoldReason.DAY_LIMIT, hardware="BRAND_NEW")
        assert "BRAND_NEW has no price" in harness.budget.hold_reason(held)
        harness.preferences.set(prices=(*PRICES, ("BRAND_NEW", 9.0)))
        assert harness.hold_reason(hardware="BRAND_NEW") is None


async def test_a_held_job_says_by_how_much_the_limit_would_be_passed(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, day_limit_usd=0.10) as harness:
        await harness.finish_job(finished_job("a", 70.0))
        held = spending_job("b", S.HELD, hold=HoldReason.DAY_LIMIT, min_instances=1)
        expected = "With this job, today would cost about $0.14; the day's limit is $0.10."
        assert harness.budget.hold_reason(held) == expected
        assert harness.budget.hold_reason(spending_job("c", S.HELD, hold=HoldReason.PAUSED)) == ""


# The demo


async def test_the_demo_is_not_billed_and_knows_no_limits(tmp_path: Path) -> None:
    settings = {"day_limit_usd": 0.01, "batch_limit_usd": 0.01, "ask_from_usd": 0.01}
    async with open_budget_harness(tmp_path, is_billed=False, **settings) as harness:
        ended = await harness.finish_job(finished_job("a", 70.0, batch_id="b"))
        assert ended.cost_usd == 0.0
        assert (harness.budget.today_usd, harness.budget.batch_usd("b")) == (0.0, 0.0)
        assert harness.hold_reason(batch_id="b") is None
        estimate = harness.budget.estimate(DEPLOYMENT)
        assert (estimate.usd, estimate.usd_per_hour) == (None, None)
        assert not harness.budget.needs_confirmation(1, estimate)


async def test_jobs_without_a_budget_cost_nothing(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "history.sqlite")
    budget = unbilled_budget(JobHistory(database), Notices())
    assert budget.blocking_limit(spending_job("a")) is None
    assert budget.with_cost(finished_job("a", 70.0), LiveJob("a")).cost_usd == 0.0
    await database.close()


async def test_a_job_that_was_never_sent_is_no_news_for_the_sums(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path) as harness:
        await harness.store_job(spending_job("unsent", state=S.WAITING))
        sent = await harness.store_job(spending_job("sent", state=S.SENDING, sent_s=NOON_S))
        received = list[None]()
        harness.budget.changed.subscribe(received.append)
        await harness.store_job(
            spending_job("unsent", state=S.CANCELLED, sent_s=0.0, finished_s=NOON_S)
        )
        assert not received, "a grid has thousands of these, and whoever shows sums counts anew"
        await harness.store_job(replace(sent, state=S.FAILED, finished_s=NOON_S))
        assert received, "it leaves room for others, though it cost nothing"
