"""SIGKILL at every step of a job's life: it is taken up, or shown as uncertain or held.

Real processes, a real SQLite file and real HTTP. The moment is held still from outside: the
service holds a call back, another process holds the database, a file appears on the disk. The
queue runs without its window here; `test_survival` does some of this in the whole program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.support.kill_steps import HELD, ends_well, goes_on, is_uncertain, submitted
from tests.support.lives import ENDED
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.lives import Lives


# Before it is sent


def test_before_its_row_is_written(lives: Lives) -> None:
    life = lives.start()
    (key,) = lives.new_keys(1)
    with lives.locked():
        life.do("submit", key)
        lives.kill()
    assert lives.rows() == []
    lives.start()
    assert lives.rows() == []
    goes_on(lives, 0)


# While it is sent


def test_a_service_that_takes_the_line_and_reads_nothing(lives: Lives) -> None:
    (warm,) = submitted(lives)
    ends_well(lives, warm)
    with lives.frozen_service():
        key = lives.submit()
        lives.reaches(key, "sending")
        lives.kill()
    # What lay in the line by then is read, and perhaps accepted, after the program's end.
    lives.start()
    assert lives.row(key).state == "uncertain"
    ends_well(lives, lives.submit())
    assert lives.row(key).state == "uncertain"


def test_in_the_middle_of_a_large_body(lives: Lives) -> None:
    (warm,) = submitted(lives)
    ends_well(lives, warm)
    with lives.frozen_service():
        key = lives.submit(text="a word " * 3_000_000)
        lives.reaches(key, "sending")
        lives.kill()
    is_uncertain(lives, key, accepted=1)
    assert lives.accepted()[key] == 0


def test_sent_and_not_yet_looked_at(lives: Lives) -> None:
    lives.service.set_faults("hold-request@submit")
    (key,) = submitted(lives)
    lives.wait_held("submit")
    assert lives.row(key).state == "sending"
    lives.kill()
    lives.release()
    wait_until("it is accepted after the program's end", lambda: lives.accepted()[key] == 1)
    is_uncertain(lives, key, accepted=1)


def test_accepted_and_the_answer_held_back(lives: Lives) -> None:
    lives.service.set_faults("hold@submit")
    (key,) = submitted(lives)
    lives.wait_held("submit")
    assert lives.accepted()[key] == 1
    assert lives.row(key).state == "sending"
    lives.kill()
    lives.release()
    is_uncertain(lives, key, accepted=1)


def test_half_of_the_answer_is_here(lives: Lives) -> None:
    lives.service.set_faults("hold-half@submit")
    (key,) = submitted(lives)
    lives.wait_held("submit")
    lives.kill()
    lives.release()
    is_uncertain(lives, key, accepted=1)


def test_the_answer_is_here_and_its_row_not_yet_written(lives: Lives) -> None:
    lives.service.set_faults("hold@submit")
    (key,) = submitted(lives)
    lives.wait_held("submit")
    with lives.locked():
        lives.release()
        wait_until("the answer is out", lambda: not lives.service.held())
        lives.kill()
    is_uncertain(lives, key, accepted=1)


# While it is followed


@pytest.mark.parametrize("lives", [1.0], indirect=True)
def test_accepted_and_written(lives: Lives) -> None:
    (key,) = submitted(lives)
    lives.reaches(key, "queued", "running")
    lives.kill()
    lives.start()
    ends_well(lives, key)


@pytest.mark.parametrize("fault", HELD)
def test_asked_how_it_stands(lives: Lives, fault: str) -> None:
    lives.service.set_faults(f"{fault}@status")
    (key,) = submitted(lives)
    lives.wait_held("status")
    assert lives.row(key).state == "queued"
    lives.kill()
    lives.release()
    lives.start()
    ends_well(lives, key)


@pytest.mark.parametrize("fault", HELD)
def test_ended_and_its_result_asked_for(lives: Lives, fault: str) -> None:
    lives.service.set_faults(f"{fault}@result")
    (key,) = submitted(lives)
    lives.reaches(key, "fetching")
    lives.wait_held("result")
    lives.kill()
    lives.release()
    lives.start()
    ends_well(lives, key)


def test_its_result_is_here_and_not_written(lives: Lives) -> None:
    lives.service.set_faults("hold@result")
    (key,) = submitted(lives)
    lives.wait_held("result")
    with lives.locked():
        lives.release()
        wait_until("the result is out", lambda: not lives.service.held())
        lives.kill()
    assert lives.row(key).state == "fetching"
    lives.start()
    ends_well(lives, key)


# While its file is brought


def test_in_the_middle_of_a_download(lives: Lives) -> None:
    lives.service.set_faults("hold-half@download")
    lives.start()
    key = lives.submit(width=2048, height=2048)
    lives.wait_held("download")
    wait_until("a part is here", lambda: any(each.stat().st_size for each in lives.files("*.part")))
    lives.kill()
    lives.release()
    lives.start()
    ends_well(lives, key)
    (file,) = lives.files()
    with Image.open(file) as picture:
        picture.load()


def test_the_file_is_here_and_its_row_not_yet_written(lives: Lives) -> None:
    lives.service.set_faults("hold-half@download")
    (key,) = submitted(lives)
    lives.wait_held("download")
    with lives.locked():
        lives.release()
        wait_until("the file has its name", lambda: lives.files("*.png"))
        lives.kill()
    assert lives.row(key).state == "fetching"
    lives.start()
    ends_well(lives, key)
    assert len(lives.files()) == 1


# Starting and ending


def test_while_it_closes(lives: Lives) -> None:
    lives.service.set_faults("hold@submit")
    (key,) = submitted(lives)
    lives.wait_held("submit")
    lives.life.wish("end")
    lives.kill()
    lives.release()
    is_uncertain(lives, key, accepted=1)


def test_many_times_over_one_job(lives: Lives) -> None:
    (key,) = submitted(lives)
    lives.reaches(key, "queued", "running", "fetching", *ENDED)
    for _again in range(5):
        lives.kill()
        lives.start()
    ends_well(lives, key)
