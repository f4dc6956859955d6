"""Notices about spending limits: posted once, with the number of jobs, and when jobs fit again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.spending.spending_limits import exceeded_reason, unpriced_reason
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from tests.support.async_wait import wait_until
from tests.support.budget_harness import open_budget_harness
from tests.support.spent_jobs import NOON_S, finished_job, spending_job

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
DAY_S = 86_400.0


async def test_a_limit_is_told_of_once_with_the_number_of_jobs(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, day_limit_usd=5.0) as harness:
        wanted = list[None]()
        harness.budget.settings_requested.subscribe(wanted.append)
        for number in range(12):
            await harness.store_job(spending_job(f"{number}", S.HELD, hold=HoldReason.DAY_LIMIT))
        await wait_until(lambda: harness.shown_notices != [])
        await harness.store_job(spending_job("late", S.HELD, hold=HoldReason.DAY_LIMIT))
        assert harness.titles() == ["The day's limit of $5.00 would be passed. 12 jobs are held."]
        assert harness.shown_notices[0].detail.startswith("Running jobs go on.")
        assert harness.shown_notices[0].action_text == "Limits…"
        assert harness.shown_notices[0].action is not None
        harness.shown_notices[0].action()
        assert wanted == [None]


async def test_each_batch_has_a_notice_of_its_own(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, batch_limit_usd=2.0) as harness:
        for number in range(4):
            batch = f"{number % 2}"
            held = spending_job(f"{number}", S.HELD, hold=HoldReason.BATCH_LIMIT, batch_id=batch)
            await harness.store_job(held)
        await wait_until(lambda: len(harness.shown_notices) == 2)
        text = "The batch's limit of $2.00 would be passed. 2 jobs are held."
        assert harness.titles() == [text, text]


async def test_held_jobs_are_offered_when_the_limit_is_raised(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, day_limit_usd=0.10) as harness:
        await harness.finish_job(finished_job("a", 70.0))
        for number in range(3):
            held = spending_job(f"{number}", S.HELD, hold=HoldReason.DAY_LIMIT, min_instances=1)
            await harness.store_job(replace(held, order=-number))
        harness.preferences.set(day_limit_usd=0.22)
        offer = harness.shown_notices[-1]
        assert offer.title == "The limit on spending has room for 2 held jobs."
        assert harness.released == [], "they are not sent by themselves"
        assert offer.action is not None
        offer.action()
        assert harness.released == [("2", "1")], "whose turn comes first"


async def test_held_jobs_are_offered_by_the_program_of_the_next_day(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, day_limit_usd=0.10) as harness:
        await harness.finish_job(finished_job("a", 70.0))
        await harness.store_job(
            spending_job("b", S.HELD, hold=HoldReason.DAY_LIMIT, min_instances=1)
        )
    async with open_budget_harness(tmp_path, day_limit_usd=0.10) as harness:
        assert harness.shown_notices == []
    async with open_budget_harness(tmp_path, day_limit_usd=0.10, at_s=NOON_S + DAY_S) as harness:
        assert harness.titles() == ["The limit on spending has room for 1 held job."]


async def test_a_machine_without_a_price_is_the_reason_that_is_told(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, day_limit_usd=5.0) as harness:
        await harness.store_job(
            spending_job("a", S.HELD, hold=HoldReason.DAY_LIMIT, hardware="BRAND_NEW")
        )
        await wait_until(lambda: harness.shown_notices != [])
        assert harness.titles() == [f"{unpriced_reason('BRAND_NEW')} 1 job is held."]


async def test_jobs_that_were_let_go_meanwhile_are_told_and_offered_no_more(tmp_path: Path) -> None:
    async with open_budget_harness(tmp_path, day_limit_usd=5.0, batch_limit_usd=0.01) as harness:
        await harness.store_job(spending_job("a", S.HELD, hold=HoldReason.DAY_LIMIT))
        await harness.store_job(spending_job("a", S.WAITING))
        await harness.store_job(
            spending_job("b", S.HELD, hold=HoldReason.BATCH_LIMIT, batch_id="b")
        )
        await wait_until(lambda: harness.shown_notices != [])
        text = "The batch's limit of $0.01 would be passed. 1 job is held."
        assert harness.titles() == [text]
        harness.preferences.set(day_limit_usd=50.0)
        assert harness.titles() == [text], "its batch still has no room"
        await harness.remove("b")
        harness.preferences.set(batch_limit_usd=50.0)
        assert harness.titles() == [text]


def test_the_words_name_the_sums() -> None:
    text = "With this job, its batch would cost about $2.05; the limit is $2.00."
    assert exceeded_reason(HoldReason.BATCH_LIMIT, 2.05, 2.0) == text
    assert "not known which machine" in unpriced_reason("")
