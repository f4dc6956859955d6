"""The notice about a refused key is shown as long as the key is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.gui.support.gui_program import open_program
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

FOR_LONG = EmulatorTiming(cold_start_s=0.0, run_s=600.0, cancel_delay_s=0.0)
REFUSED = "The service does not accept your key."


@pytest.mark.parametrize("proof", ["balance", "answer"])
async def test_a_single_refusal_is_taken_back_when_the_key_proves_good(
    tmp_path: Path, proof: str
) -> None:
    async with open_program(tmp_path, timing=FOR_LONG) as program:
        await program.wait_until_kinds_known()
        received: list[str] = []
        program.services.notices.posted.subscribe(lambda notice: received.append(notice.title))
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.RUNNING])
        [job_id] = program.services.queue.jobs
        held = "hold@balance" if proof == "answer" else ""
        program.emulator.backend.faults.set(",".join(filter(None, (held, "unauthorized@status"))))
        program.services.queue.poll_now(job_id)
        await wait_until(lambda: REFUSED in received)
        if held:
            await wait_until(program.emulator.backend.held_calls.held)
            assert REFUSED in program.notices()
            program.emulator.backend.faults.set(held)
            program.services.queue.poll_now(job_id)
        await wait_until(lambda: REFUSED not in program.notices())
        assert program.services.account.state.phase is AccountPhase.SIGNED_IN
        program.emulator.backend.held_calls.release()
