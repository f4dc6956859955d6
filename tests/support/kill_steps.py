"""What the tests of kills do again and again: run jobs, kill, and see how they come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.program_restarts import ProgramRestarts

# Before the service looks at a call, before its answer goes out, and in the middle of that.
HOLD_FAULTS = ("hold-request", "hold", "hold-half")
# Settings of somebody who lets many jobs go out at once: those whose fate is unknown take places.
MANY_IN_FLIGHT = {"in_flight": 100}


def start_and_submit(restarts: ProgramRestarts, count: int = 1) -> tuple[int, ...]:
    """A life that was just told to run jobs; their keys."""
    keys = restarts.new_keys(count)
    restarts.start().command("submit", *keys)
    return keys


def check_next_job_runs(restarts: ProgramRestarts, accepted: int) -> None:
    """A further job runs through, and nothing but it was sent: whatever would have been sent by
    itself stood before it."""
    check_job_done(restarts, restarts.submit())
    assert restarts.accepted().total() == accepted + 1


def check_job_done(restarts: ProgramRestarts, key: int) -> None:
    """The job comes to its end with its file, at the price of one."""
    row = restarts.wait_until_state(key, "done")
    (path,) = row.paths
    assert path.read_bytes()[:4] == b"\x89PNG"
    # Of this job: those which run beside it may be fetching theirs.
    assert restarts.files(f"*-{row.job_id[:8]}-*.part") == []
    assert restarts.accepted()[key] == 1
    restarts.check_invariants()


def check_job_uncertain(restarts: ProgramRestarts, key: int, *, accepted: int) -> None:
    """The next start shows it as that, and nothing is sent again."""
    program = restarts.start()
    assert restarts.row(key).state == "uncertain"
    assert "1 job was being sent when the program ended." in program.notice_titles()
    check_next_job_runs(restarts, accepted)
    assert restarts.row(key).state == "uncertain"


def make_uncertain_job(restarts: ProgramRestarts) -> tuple[int, str]:
    """A job that was accepted, and whose answer was lost; the program runs."""
    restarts.service.set_faults("drop-answer:1")
    (key,) = start_and_submit(restarts)
    return key, restarts.wait_until_state(key, "uncertain").job_id
