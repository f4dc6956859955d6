"""What the tests of kills do again and again: run jobs, kill, and see how they come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.lives import Lives

# Before the service looks at a call, before its answer goes out, and in the middle of that.
HELD = ("hold-request", "hold", "hold-half")
# Settings of somebody who lets many jobs go out at once: those whose fate is unknown take places.
FREELY = {"in_flight": 100}


def submitted(lives: Lives, count: int = 1) -> tuple[int, ...]:
    """A life that was just told to run jobs; their keys."""
    keys = lives.new_keys(count)
    lives.start().do("submit", *keys)
    return keys


def goes_on(lives: Lives, accepted: int) -> None:
    """A further job runs through, and nothing but it was sent: whatever would have been sent by
    itself stood before it."""
    ends_well(lives, lives.submit())
    assert lives.accepted().total() == accepted + 1


def ends_well(lives: Lives, key: int) -> None:
    """The job comes to its end with its file, at the price of one."""
    row = lives.reaches(key, "done")
    (path,) = row.paths
    assert path.read_bytes()[:4] == b"\x89PNG"
    # Of this job: those which run beside it may be fetching theirs.
    assert lives.files(f"*-{row.job_id[:8]}-*.part") == []
    assert lives.accepted()[key] == 1
    lives.check()


def is_uncertain(lives: Lives, key: int, *, accepted: int) -> None:
    """The next start shows it as that, and nothing is sent again."""
    life = lives.start()
    assert lives.row(key).state == "uncertain"
    assert "1 job was being sent when the program ended." in life.told()
    goes_on(lives, accepted)
    assert lives.row(key).state == "uncertain"


def uncertain_job(lives: Lives) -> tuple[int, str]:
    """A job that was accepted, and whose answer was lost; the program runs."""
    lives.service.set_faults("drop-answer:1")
    (key,) = submitted(lives)
    return key, lives.reaches(key, "uncertain").job_id
