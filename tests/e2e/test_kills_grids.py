"""SIGKILL around a grid: it is complete or was not started, and no cell is sent twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.kill_steps import check_job_done, check_next_job_runs
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.program_restarts import ProgramRestarts


def files_of(restarts: ProgramRestarts) -> list[Path]:
    return sorted((restarts.folder / "sweeps").glob("*.json"))


def test_between_its_file_and_its_jobs(restarts: ProgramRestarts) -> None:
    restarts.start()
    restarts.wait_until_state(restarts.submit(), "done")
    with restarts.locked():
        restarts.program.command("grid", *restarts.new_keys(6))
        wait_until("its file is there", lambda: files_of(restarts))
        restarts.kill()
    taken = restarts.accepted().total()
    assert json.loads(files_of(restarts)[0].read_text())["is_entered"] is False
    program = restarts.start()
    wait_until("its file is gone", lambda: not files_of(restarts))
    wait_until(
        "that is told", lambda: any("was not begun" in each for each in program.notice_titles())
    )
    assert program.grid_states() == []
    assert len(restarts.rows()) == 1
    check_next_job_runs(restarts, taken)


def test_while_its_cells_are_sent(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold@submit")
    keys = restarts.new_keys(8)
    restarts.start().command("grid", *keys)
    wait_until("all cells are written", lambda: len(restarts.rows()) == 8)
    restarts.wait_until_held("submit")
    restarts.kill()
    restarts.release()
    went_out = {row.key for row in restarts.rows() if row.state == "sending"}
    assert went_out
    program = restarts.start()
    [cells] = program.grid_states()
    assert sorted(set(cells)) == ["held", "uncertain"]
    # The user sends the held jobs; jobs that may have been accepted are not among them.
    program.command(
        "send_queue.send_now", [row.job_id for row in restarts.rows() if row.state == "held"]
    )
    for key in set(keys) - went_out:
        check_job_done(restarts, key)
    [cells] = program.grid_states()
    assert cells == ["uncertain" if key in went_out else "done" for key in keys]
    assert max(restarts.accepted().values()) == 1


def test_while_its_cells_run(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("stuck@status:4")
    keys = restarts.new_keys(5)
    restarts.start().command("grid", *keys)
    wait_until("all cells are written", lambda: len(restarts.rows()) == 5)
    wait_until("some are accepted", lambda: restarts.accepted().total() >= 3)
    restarts.kill()
    restarts.release()
    program = restarts.start()
    [cells] = program.grid_states()
    assert len(cells) == 5
    program.command(
        "send_queue.send_now", [row.job_id for row in restarts.rows() if row.state == "held"]
    )
    uncertain = [row.key for row in restarts.rows() if row.state == "uncertain"]
    for key in set(keys) - set(uncertain):
        check_job_done(restarts, key)
    assert max(restarts.accepted().values()) == 1
    assert len(files_of(restarts)) == 1
