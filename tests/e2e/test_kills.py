"""SIGKILL at every step of a job's life: the job is resumed, or shown as uncertain or held.

The tests use real processes, a real SQLite file and real HTTP. Each step is frozen from outside:
the service delays a call, another process locks the database, or a file appears on the disk. The
queue runs without its window; `test_kills_window` repeats some of this with the whole program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.support.kill_steps import (
    HOLD_FAULTS,
    check_job_done,
    check_job_uncertain,
    check_next_job_runs,
    start_and_submit,
)
from tests.support.process_wait import wait_until
from tests.support.program_restarts import ENDED

if TYPE_CHECKING:
    from tests.support.program_restarts import ProgramRestarts


# Before sending


def test_before_its_row_is_written(restarts: ProgramRestarts) -> None:
    program = restarts.start()
    (key,) = restarts.new_keys(1)
    with restarts.locked():
        program.command("submit", key)
        restarts.kill()
    assert restarts.rows() == []
    restarts.start()
    assert restarts.rows() == []
    check_next_job_runs(restarts, 0)


# While sending


def test_a_service_that_takes_the_connection_and_reads_nothing(restarts: ProgramRestarts) -> None:
    (warm,) = start_and_submit(restarts)
    check_job_done(restarts, warm)
    with restarts.frozen_service():
        key = restarts.submit()
        restarts.wait_until_state(key, "sending")
        restarts.kill()
    # After the program's end, the service still reads the data in the connection, and may accept
    # it.
    restarts.start()
    assert restarts.row(key).state == "uncertain"
    check_job_done(restarts, restarts.submit())
    assert restarts.row(key).state == "uncertain"


def test_in_the_middle_of_a_large_body(restarts: ProgramRestarts) -> None:
    (warm,) = start_and_submit(restarts)
    check_job_done(restarts, warm)
    with restarts.frozen_service():
        key = restarts.submit(text="a word " * 3_000_000)
        restarts.wait_until_state(key, "sending")
        restarts.kill()
    check_job_uncertain(restarts, key, accepted=1)
    assert restarts.accepted()[key] == 0


def test_sent_and_not_yet_looked_at(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold-request@submit")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("submit")
    assert restarts.row(key).state == "sending"
    restarts.kill()
    restarts.release()
    wait_until("it is accepted after the program's end", lambda: restarts.accepted()[key] == 1)
    check_job_uncertain(restarts, key, accepted=1)


def test_accepted_and_the_answer_held_back(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold@submit")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("submit")
    assert restarts.accepted()[key] == 1
    assert restarts.row(key).state == "sending"
    restarts.kill()
    restarts.release()
    check_job_uncertain(restarts, key, accepted=1)


def test_half_of_the_answer_is_here(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold-half@submit")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("submit")
    restarts.kill()
    restarts.release()
    check_job_uncertain(restarts, key, accepted=1)


def test_the_answer_is_here_and_its_row_not_yet_written(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold@submit")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("submit")
    with restarts.locked():
        restarts.release()
        wait_until("the answer is out", lambda: not restarts.service.held_calls())
        restarts.kill()
    check_job_uncertain(restarts, key, accepted=1)


# While following


@pytest.mark.parametrize("restarts", [1.0], indirect=True)
def test_accepted_and_written(restarts: ProgramRestarts) -> None:
    (key,) = start_and_submit(restarts)
    restarts.wait_until_state(key, "queued", "running")
    restarts.kill()
    restarts.start()
    check_job_done(restarts, key)


@pytest.mark.parametrize("fault", HOLD_FAULTS)
def test_asked_how_it_stands(restarts: ProgramRestarts, fault: str) -> None:
    restarts.service.set_faults(f"{fault}@status")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("status")
    assert restarts.row(key).state == "queued"
    restarts.kill()
    restarts.release()
    restarts.start()
    check_job_done(restarts, key)


@pytest.mark.parametrize("fault", HOLD_FAULTS)
def test_ended_and_its_result_asked_for(restarts: ProgramRestarts, fault: str) -> None:
    restarts.service.set_faults(f"{fault}@result")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_state(key, "fetching")
    restarts.wait_until_held("result")
    restarts.kill()
    restarts.release()
    restarts.start()
    check_job_done(restarts, key)


def test_its_result_is_here_and_not_written(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold@result")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("result")
    with restarts.locked():
        restarts.release()
        wait_until("the result is out", lambda: not restarts.service.held_calls())
        restarts.kill()
    assert restarts.row(key).state == "fetching"
    restarts.start()
    check_job_done(restarts, key)


# While downloading


def test_in_the_middle_of_a_download(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold-half@download")
    restarts.start()
    key = restarts.submit(width=2048, height=2048)
    restarts.wait_until_held("download")
    wait_until(
        "a part is here", lambda: any(each.stat().st_size for each in restarts.files("*.part"))
    )
    restarts.kill()
    restarts.release()
    restarts.start()
    check_job_done(restarts, key)
    (file,) = restarts.files()
    with Image.open(file) as picture:
        picture.load()


def test_the_file_is_here_and_its_row_not_yet_written(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold-half@download")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("download")
    with restarts.locked():
        restarts.release()
        wait_until("the file has its name", lambda: restarts.files("*.png"))
        restarts.kill()
    assert restarts.row(key).state == "fetching"
    restarts.start()
    check_job_done(restarts, key)
    assert len(restarts.files()) == 1


# Start and end


def test_while_it_closes(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold@submit")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("submit")
    restarts.program.send_command("end")
    restarts.kill()
    restarts.release()
    check_job_uncertain(restarts, key, accepted=1)


def test_many_times_over_one_job(restarts: ProgramRestarts) -> None:
    (key,) = start_and_submit(restarts)
    restarts.wait_until_state(key, "queued", "running", "fetching", *ENDED)
    for _again in range(5):
        restarts.kill()
        restarts.start()
    check_job_done(restarts, key)
