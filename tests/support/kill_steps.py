"""Steps shared by the kill tests: run jobs, kill the program, and check the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.program_restarts import ProgramRestarts

# A call is held before it is read, before its response is sent, or halfway through the response.
HOLD_FAULTS = ("hold-request", "hold", "hold-half")
# Many jobs may be sent at once here: jobs with an unknown outcome count against the limit.
MANY_IN_FLIGHT = {"in_flight": 100}


def start_and_submit(restarts: ProgramRestarts, count: int = 1) -> tuple[int, ...]:
    """Starts the program and submits jobs; returns their keys."""
    keys = restarts.new_keys(count)
    restarts.start().command("submit", *keys)
    return keys


def check_next_job_runs(restarts: ProgramRestarts, accepted: int) -> None:
    """Checks that another job finishes, and that nothing else was sent.

    Jobs sent automatically would come before this job in the queue.
    """
    check_job_done(restarts, restarts.submit())
    assert restarts.accepted().total() == accepted + 1


def check_job_done(restarts: ProgramRestarts, key: int) -> None:
    """Checks that the job is done, has its file, and was paid once."""
    row = restarts.wait_until_state(key, "done")
    (path,) = row.paths
    assert path.read_bytes()[:4] == b"\x89PNG"
    # Of this job only: other jobs may be downloading their files.
    assert restarts.files(f"*-{row.job_id[:8]}-*.part") == []
    assert restarts.accepted()[key] == 1
    restarts.check_invariants()


def check_job_uncertain(restarts: ProgramRestarts, key: int, *, accepted: int) -> None:
    """Checks that the next start shows the job as uncertain, and that nothing is sent again."""
    program = restarts.start()
    assert restarts.row(key).state == "uncertain"
    assert "1 job was being sent when the program ended." in program.notice_titles()
    check_next_job_runs(restarts, accepted)
    assert restarts.row(key).state == "uncertain"


def make_uncertain_job(restarts: ProgramRestarts) -> tuple[int, str]:
    """Creates an accepted job that lost its response; the program keeps running."""
    restarts.service.set_faults("drop-answer:1")
    (key,) = start_and_submit(restarts)
    return key, restarts.wait_until_state(key, "uncertain").job_id
