"""Bad days of the service, met by mouse in the real window: nothing is paid for that was not asked
for. The emulator counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import JobState
from tests.gui.support.house import House, open_house
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.job import Job


def only_job(house: House) -> Job:
    [job] = house.parts.queue.jobs.values()
    return job


async def test_a_service_that_says_when_to_come_again_has_not_taken_the_job(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.emulator.world.faults.set("unavailable@submit:1:1")
        await house.press("run")
        await until(lambda: house.states() == [JobState.FAILED])
        assert "was not accepted and costs nothing" in only_job(house).reason
        await until(lambda: house.notices() == ["The service takes no requests just now."])
        # It is sent when the second is over that was asked for, and the first one is not.
        await house.press("run")
        await until(lambda: house.states() == [JobState.FAILED, JobState.DONE])
        assert house.asked("submit") == 2
        assert len(house.emulator.world.runs) == 1


async def test_a_result_that_comes_too_large_once_is_asked_for_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.emulator.world.faults.set("huge@result#1:40")
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
        assert house.asked("result") == 2
        assert house.asked("submit") == 1


async def test_a_result_is_fetched_again_without_another_run(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
        await house.until_shown()
        downloads, job = house.asked("download"), only_job(house)
        await house.press("fetch_output_again")
        await until(lambda: f"{job.title}: 1 file was fetched again" in house.notices())
        assert house.asked("download") == downloads + len(job.outputs)
        assert await settled(lambda: house.asked("submit")) == 1
