"""What is told of limits on spending: once, with the number, and when there is room again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.limits import cannot_be_kept, would_pass
from runcomfy_desktop.domain.job import Hold, JobState
from tests.support.spent_jobs import NOON_S, job, ran
from tests.support.till import open_till
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
DAY_S = 86_400.0


async def test_a_limit_is_told_of_once_with_the_number_of_jobs(tmp_path: Path) -> None:
    async with open_till(tmp_path, day_limit_usd=5.0) as till:
        wanted = list[None]()
        till.purse.settings_wanted.subscribe(wanted.append)
        for number in range(12):
            await till.put(job(f"{number}", S.HELD, hold=Hold.DAY_LIMIT))
        await until(lambda: till.told != [])
        await till.put(job("late", S.HELD, hold=Hold.DAY_LIMIT))
        assert till.titles() == ["The day's limit of $5.00 would be passed. 12 jobs are held."]
        assert till.told[0].detail.startswith("Running jobs go on.")
        assert till.told[0].action_text == "Limits…"
        assert till.told[0].action is not None
        till.told[0].action()
        assert wanted == [None]


async def test_each_batch_has_a_notice_of_its_own(tmp_path: Path) -> None:
    async with open_till(tmp_path, batch_limit_usd=2.0) as till:
        for number in range(4):
            batch = f"{number % 2}"
            held = job(f"{number}", S.HELD, hold=Hold.BATCH_LIMIT, batch_id=batch)
            await till.put(held)
        await until(lambda: len(till.told) == 2)
        text = "The batch's limit of $2.00 would be passed. 2 jobs are held."
        assert till.titles() == [text, text]


async def test_held_jobs_are_offered_when_the_limit_is_raised(tmp_path: Path) -> None:
    async with open_till(tmp_path, day_limit_usd=0.10) as till:
        await till.run(ran("a", 70.0))
        for number in range(3):
            held = job(f"{number}", S.HELD, hold=Hold.DAY_LIMIT, min_instances=1)
            await till.put(replace(held, order=-number))
        till.preferences.set(day_limit_usd=0.22)
        offer = till.told[-1]
        assert offer.title == "The limit on spending has room for 2 held jobs."
        assert till.released == [], "they are not sent by themselves"
        assert offer.action is not None
        offer.action()
        assert till.released == [("2", "1")], "whose turn comes first"


async def test_held_jobs_are_offered_by_the_program_of_the_next_day(tmp_path: Path) -> None:
    async with open_till(tmp_path, day_limit_usd=0.10) as till:
        await till.run(ran("a", 70.0))
        await till.put(job("b", S.HELD, hold=Hold.DAY_LIMIT, min_instances=1))
    async with open_till(tmp_path, day_limit_usd=0.10) as till:
        assert till.told == []
    async with open_till(tmp_path, day_limit_usd=0.10, at_s=NOON_S + DAY_S) as till:
        assert till.titles() == ["The limit on spending has room for 1 held job."]


async def test_a_machine_without_a_price_is_the_reason_that_is_told(tmp_path: Path) -> None:
    async with open_till(tmp_path, day_limit_usd=5.0) as till:
        await till.put(job("a", S.HELD, hold=Hold.DAY_LIMIT, hardware="BRAND_NEW"))
        await until(lambda: till.told != [])
        assert till.titles() == [f"{cannot_be_kept('BRAND_NEW')} 1 job is held."]


async def test_jobs_that_were_let_go_meanwhile_are_told_and_offered_no_more(tmp_path: Path) -> None:
    async with open_till(tmp_path, day_limit_usd=5.0, batch_limit_usd=0.01) as till:
        await till.put(job("a", S.HELD, hold=Hold.DAY_LIMIT))
        await till.put(job("a", S.WAITING))
        await till.put(job("b", S.HELD, hold=Hold.BATCH_LIMIT, batch_id="b"))
        await until(lambda: till.told != [])
        text = "The batch's limit of $0.01 would be passed. 1 job is held."
        assert till.titles() == [text]
        till.preferences.set(day_limit_usd=50.0)
        assert till.titles() == [text], "its batch still has no room"
        await till.remove("b")
        till.preferences.set(batch_limit_usd=50.0)
        assert till.titles() == [text]


def test_the_words_name_the_sums() -> None:
    text = "With this job, its batch would cost about $2.05; the limit is $2.00."
    assert would_pass(Hold.BATCH_LIMIT, 2.05, 2.0) == text
    assert "not known which machine" in cannot_be_kept("")
