"""SIGKILL around a user's command: the command takes effect, or it was never given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.kill_steps import (
    HOLD_FAULTS,
    check_job_done,
    check_next_job_runs,
    make_uncertain_job,
    start_and_submit,
)

if TYPE_CHECKING:
    from tests.support.program_restarts import ProgramRestarts


@pytest.mark.parametrize("restarts", [30.0], indirect=True)
def test_a_request_to_cancel_that_was_not_yet_written(restarts: ProgramRestarts) -> None:
    (key,) = start_and_submit(restarts)
    row = restarts.wait_until_state(key, "running")
    with restarts.locked():
        restarts.program.command("cancel", row.job_id)
        restarts.kill()
    assert not restarts.row(key).document["cancel_asked"]
    restarts.start().command("cancel", row.job_id)
    restarts.wait_until_state(key, "cancelled")
    restarts.check_invariants()


@pytest.mark.parametrize("restarts", [30.0], indirect=True)
@pytest.mark.parametrize("fault", [f"{each}@cancel" for each in HOLD_FAULTS])
def test_a_request_to_cancel_that_the_service_heard_or_not(
    restarts: ProgramRestarts, fault: str
) -> None:
    (key,) = start_and_submit(restarts)
    row = restarts.wait_until_state(key, "running")
    restarts.service.set_faults(fault)
    restarts.program.command("cancel", row.job_id)
    restarts.wait_until_held("cancel")
    assert restarts.row(key).document["cancel_asked"]
    restarts.kill()
    restarts.release()
    # The cancel request is repeated automatically, as it costs nothing.
    restarts.start()
    restarts.wait_until_state(key, "cancelled")
    restarts.check_invariants()


@pytest.mark.parametrize("fault", [f"{each}@status" for each in HOLD_FAULTS])
def test_while_a_request_id_found_elsewhere_is_tried(restarts: ProgramRestarts, fault: str) -> None:
    key, job_id = make_uncertain_job(restarts)
    (request_id,) = restarts.request_ids(key)
    restarts.service.set_faults(fault)
    restarts.program.command("adopt", job_id, request_id)
    restarts.wait_until_held("status")
    restarts.kill()
    restarts.release()
    assert restarts.row(key).state == "uncertain"
    restarts.start().command("adopt", job_id, request_id)
    check_job_done(restarts, key)


def test_a_request_id_found_elsewhere_is_kept_once_it_is_written(restarts: ProgramRestarts) -> None:
    key, job_id = make_uncertain_job(restarts)
    (request_id,) = restarts.request_ids(key)
    restarts.service.set_faults("hold@result")
    restarts.program.command("adopt", job_id, request_id)
    restarts.wait_until_held("result")
    restarts.kill()
    restarts.release()
    assert restarts.row(key).request_id == request_id
    restarts.start()
    check_job_done(restarts, key)


def test_a_discard_that_was_written_or_not(restarts: ProgramRestarts) -> None:
    key, job_id = make_uncertain_job(restarts)
    with restarts.locked():
        restarts.program.command("discard", job_id)
        restarts.kill()
    assert restarts.row(key).state == "uncertain"
    restarts.start().command("discard", job_id)
    restarts.wait_until_state(key, "cancelled")
    restarts.kill()
    restarts.start()
    assert restarts.row(key).state == "cancelled"
    check_next_job_runs(restarts, 1)


def test_a_removal_is_final_when_the_program_ends_and_not_when_it_is_killed(
    restarts: ProgramRestarts,
) -> None:
    (key,) = start_and_submit(restarts)
    row = restarts.wait_until_state(key, "done")
    restarts.program.command("remove_many", [row.job_id])
    restarts.kill()
    assert restarts.row(key).state == "done"
    program = restarts.start()
    program.command("remove_many", [row.job_id])
    restarts.record_removed(row)
    program.close()
    assert restarts.rows() == []
    assert row.paths[0].is_file()
    restarts.check_invariants()
