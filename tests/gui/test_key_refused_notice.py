"""The notice on a refused key is there as long as it is true, and no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace
from tests.gui.support.house import open_house
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

FOR_LONG = Pace(cold_start_s=0.0, run_s=600.0, cancel_lag_s=0.0)
REFUSED = "The service does not accept your key."


@pytest.mark.parametrize("proof", ["balance", "answer"])
async def test_a_single_refusal_is_taken_back_when_the_key_proves_good(
    tmp_path: Path, proof: str
) -> None:
    async with open_house(tmp_path, pace=FOR_LONG) as house:
        await house.until_kinds_known()
        told: list[str] = []
        house.parts.notices.told.subscribe(lambda notice: told.append(notice.title))
        await house.press("run")
        await until(lambda: house.states() == [JobState.RUNNING])
        [job_id] = house.parts.queue.jobs
        held = "hold@balance" if proof == "answer" else ""
        house.emulator.world.faults.set(",".join(filter(None, (held, "unauthorized@status"))))
        house.parts.queue.ask_again(job_id)
        await until(lambda: REFUSED in told)
        if held:
            await until(house.emulator.world.holds.held)
            assert REFUSED in house.notices()
            house.emulator.world.faults.set(held)
            house.parts.queue.ask_again(job_id)
        await until(lambda: REFUSED not in house.notices())
        assert house.parts.account.state.phase is AccountPhase.SIGNED_IN
        house.emulator.world.holds.release()
