"""SIGKILL while jobs wait here, are held, and are knowingly sent again: none is sent by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.kill_steps import HELD, ends_well, goes_on, submitted, uncertain_job
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.lives import Lives


def test_written_and_waiting_for_its_turn(lives: Lives) -> None:
    lives.service.set_faults("hold@submit")
    keys = submitted(lives, 8)
    wait_until("all are written", lambda: len(lives.rows()) == 8)
    lives.wait_held("submit")
    states = lives.states()
    lives.kill()
    lives.release()
    assert states.count("waiting") >= 4
    went_out = [key for key in keys if lives.row(key).state == "sending"]
    taken = lives.accepted().total()
    lives.start()
    for key in keys:
        row = lives.row(key)
        assert (row.state, row.hold) == (
            ("uncertain", "") if key in went_out else ("held", "restart")
        )
    goes_on(lives, taken)
    # The person lets them go.
    held = [row.job_id for row in lives.rows() if row.state == "held"]
    lives.life.do("line.send_now", held)
    for key in set(keys) - set(went_out):
        ends_well(lives, key)


def test_while_it_finds_out_what_the_last_end_left(lives: Lives) -> None:
    lives.service.set_faults("hold@submit")
    keys = submitted(lives, 6)
    wait_until("all are written", lambda: len(lives.rows()) == 6)
    lives.wait_held("submit")
    lives.kill()
    lives.release()
    for _again in range(3):
        with lives.locked():
            lives.spawn()
            wait_until("it waits for the database", lambda: lives.life.has_open(lives.history))
            lives.kill()
    taken = lives.accepted().total()
    lives.start()
    assert {lives.row(key).state for key in keys} == {"held", "uncertain"}
    goes_on(lives, taken)


def test_paused_let_go_and_paused_again(lives: Lives) -> None:
    life = lives.start()
    life.do("line.pause_all")
    keys = lives.new_keys(3)
    life.do("submit", *keys)
    wait_until("all are written", lambda: len(lives.rows()) == 3)
    lives.kill()
    lives.start()
    assert all(row.state == "held" for row in lives.rows())
    assert lives.accepted().total() == 0
    lives.service.set_faults("hold@submit")
    first = lives.row(keys[0])
    lives.life.do("line.send_now", [first.job_id])
    lives.wait_held("submit")
    lives.kill()
    lives.release()
    lives.start()
    assert [lives.row(key).state for key in keys] == ["uncertain", "held", "held"]
    goes_on(lives, 1)


@pytest.mark.parametrize("fault", [f"{each}@submit" for each in HELD])
def test_while_it_is_knowingly_sent_again(lives: Lives, fault: str) -> None:
    key, job_id = uncertain_job(lives)
    lives.service.set_faults(fault)
    lives.wished_twice[key] += 1
    lives.life.do("send_again", job_id)
    lives.wait_held("submit")
    lives.kill()
    lives.release()
    wait_until("the second was taken", lambda: lives.accepted()[key] == 2)
    lives.start()
    old, new = [row for row in lives.rows() if row.key == key]
    assert (old.job_id, old.state) == (job_id, "cancelled")
    assert new.state == "uncertain"
    goes_on(lives, 2)


def test_before_it_is_knowingly_sent_again(lives: Lives) -> None:
    key, job_id = uncertain_job(lives)
    with lives.locked():
        lives.life.do("send_again", job_id)
        lives.kill()
    assert lives.row(key).state == "uncertain"
    lives.start()
    goes_on(lives, 1)
    assert lives.row(key).state == "uncertain"
