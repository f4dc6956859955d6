"""SIGKILL while jobs wait, are held, or are sent again by the user: none is sent automatically."""

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
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from tests.support.program_restarts import ProgramRestarts


def test_written_and_waiting_for_its_turn(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold@submit")
    keys = start_and_submit(restarts, 8)
    wait_until("all are written", lambda: len(restarts.rows()) == 8)
    restarts.wait_until_held("submit")
    states = restarts.states()
    restarts.kill()
    restarts.release()
    assert states.count("waiting") >= 4
    went_out = [key for key in keys if restarts.row(key).state == "sending"]
    taken = restarts.accepted().total()
    restarts.start()
    for key in keys:
        row = restarts.row(key)
        assert (row.state, row.hold) == (
            ("uncertain", "") if key in went_out else ("held", "restart")
        )
    check_next_job_runs(restarts, taken)
    # The user sends the held jobs.
    held = [row.job_id for row in restarts.rows() if row.state == "held"]
    restarts.program.command("send_queue.send_now", held)
    for key in set(keys) - set(went_out):
        check_job_done(restarts, key)


def test_while_it_finds_out_what_the_last_end_left(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold@submit")
    keys = start_and_submit(restarts, 6)
    wait_until("all are written", lambda: len(restarts.rows()) == 6)
    restarts.wait_until_held("submit")
    restarts.kill()
    restarts.release()
    for _again in range(3):
        with restarts.locked():
            restarts.spawn()
            wait_until(
                "it waits for the database", lambda: restarts.program.has_open(restarts.history)
            )
            restarts.kill()
    taken = restarts.accepted().total()
    restarts.start()
    assert {restarts.row(key).state for key in keys} == {"held", "uncertain"}
    check_next_job_runs(restarts, taken)


def test_paused_let_go_and_paused_again(restarts: ProgramRestarts) -> None:
    program = restarts.start()
    program.command("send_queue.pause_all")
    keys = restarts.new_keys(3)
    program.command("submit", *keys)
    wait_until("all are written", lambda: len(restarts.rows()) == 3)
    restarts.kill()
    restarts.start()
    assert all(row.state == "held" for row in restarts.rows())
    assert restarts.accepted().total() == 0
    restarts.service.set_faults("hold@submit")
    first = restarts.row(keys[0])
    restarts.program.command("send_queue.send_now", [first.job_id])
    restarts.wait_until_held("submit")
    restarts.kill()
    restarts.release()
    restarts.start()
    assert [restarts.row(key).state for key in keys] == ["uncertain", "held", "held"]
    check_next_job_runs(restarts, 1)


@pytest.mark.parametrize("fault", [f"{each}@submit" for each in HOLD_FAULTS])
def test_while_it_is_knowingly_sent_again(restarts: ProgramRestarts, fault: str) -> None:
    key, job_id = make_uncertain_job(restarts)
    restarts.service.set_faults(fault)
    restarts.resubmitted_keys[key] += 1
    restarts.program.command("send_again", job_id)
    restarts.wait_until_held("submit")
    restarts.kill()
    restarts.release()
    wait_until("the second was taken", lambda: restarts.accepted()[key] == 2)
    restarts.start()
    old, new = [row for row in restarts.rows() if row.key == key]
    assert (old.job_id, old.state) == (job_id, "cancelled")
    assert new.state == "uncertain"
    check_next_job_runs(restarts, 2)


def test_before_it_is_knowingly_sent_again(restarts: ProgramRestarts) -> None:
    key, job_id = make_uncertain_job(restarts)
    with restarts.locked():
        restarts.program.command("send_again", job_id)
        restarts.kill()
    assert restarts.row(key).state == "uncertain"
    restarts.start()
    check_next_job_runs(restarts, 1)
    assert restarts.row(key).state == "uncertain"
