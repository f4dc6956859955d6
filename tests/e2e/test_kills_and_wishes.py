"""SIGKILL around what a person wishes of a job: the wish holds, or it was never made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.kill_steps import HELD, ends_well, goes_on, submitted, uncertain_job

if TYPE_CHECKING:
    from tests.support.lives import Lives


@pytest.mark.parametrize("lives", [30.0], indirect=True)
def test_a_wish_to_cancel_that_was_not_yet_written(lives: Lives) -> None:
    (key,) = submitted(lives)
    row = lives.reaches(key, "running")
    with lives.locked():
        lives.life.do("cancel", row.job_id)
        lives.kill()
    assert not lives.row(key).document["cancel_asked"]
    lives.start().do("cancel", row.job_id)
    lives.reaches(key, "cancelled")
    lives.check()


@pytest.mark.parametrize("lives", [30.0], indirect=True)
@pytest.mark.parametrize("fault", [f"{each}@cancel" for each in HELD])
def test_a_wish_to_cancel_that_the_service_heard_or_not(lives: Lives, fault: str) -> None:
    (key,) = submitted(lives)
    row = lives.reaches(key, "running")
    lives.service.set_faults(fault)
    lives.life.do("cancel", row.job_id)
    lives.wait_held("cancel")
    assert lives.row(key).document["cancel_asked"]
    lives.kill()
    lives.release()
    # It is asked for once more, by itself: a cancel costs nothing.
    lives.start()
    lives.reaches(key, "cancelled")
    lives.check()


@pytest.mark.parametrize("fault", [f"{each}@status" for each in HELD])
def test_while_a_request_id_found_elsewhere_is_tried(lives: Lives, fault: str) -> None:
    key, job_id = uncertain_job(lives)
    (request_id,) = lives.request_ids(key)
    lives.service.set_faults(fault)
    lives.life.do("adopt", job_id, request_id)
    lives.wait_held("status")
    lives.kill()
    lives.release()
    assert lives.row(key).state == "uncertain"
    lives.start().do("adopt", job_id, request_id)
    ends_well(lives, key)


def test_a_request_id_found_elsewhere_is_kept_once_it_is_written(lives: Lives) -> None:
    key, job_id = uncertain_job(lives)
    (request_id,) = lives.request_ids(key)
    lives.service.set_faults("hold@result")
    lives.life.do("adopt", job_id, request_id)
    lives.wait_held("result")
    lives.kill()
    lives.release()
    assert lives.row(key).request_id == request_id
    lives.start()
    ends_well(lives, key)


def test_a_discard_that_was_written_or_not(lives: Lives) -> None:
    key, job_id = uncertain_job(lives)
    with lives.locked():
        lives.life.do("discard", job_id)
        lives.kill()
    assert lives.row(key).state == "uncertain"
    lives.start().do("discard", job_id)
    lives.reaches(key, "cancelled")
    lives.kill()
    lives.start()
    assert lives.row(key).state == "cancelled"
    goes_on(lives, 1)


def test_a_removal_is_final_when_the_program_ends_and_not_when_it_is_killed(lives: Lives) -> None:
    (key,) = submitted(lives)
    row = lives.reaches(key, "done")
    lives.life.do("remove_many", [row.job_id])
    lives.kill()
    assert lives.row(key).state == "done"
    life = lives.start()
    life.do("remove_many", [row.job_id])
    lives.note_removed(row)
    life.close()
    assert lives.rows() == []
    assert row.paths[0].is_file()
    lives.check()
