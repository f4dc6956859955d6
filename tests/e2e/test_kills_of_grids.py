"""SIGKILL around a grid: it is whole, or it was not begun, and no cell is ever sent twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.kill_steps import ends_well, goes_on
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lives import Lives


def files_of(lives: Lives) -> list[Path]:
    return sorted((lives.folder / "sweeps").glob("*.json"))


def test_between_its_file_and_its_jobs(lives: Lives) -> None:
    lives.start()
    lives.reaches(lives.submit(), "done")
    with lives.locked():
        lives.life.do("grid", *lives.new_keys(6))
        wait_until("its file is there", lambda: files_of(lives))
        lives.kill()
    taken = lives.accepted().total()
    assert json.loads(files_of(lives)[0].read_text())["is_entered"] is False
    life = lives.start()
    wait_until("its file is gone", lambda: not files_of(lives))
    wait_until("that is told", lambda: any("was not begun" in each for each in life.told()))
    assert life.grids() == []
    assert len(lives.rows()) == 1
    goes_on(lives, taken)


def test_while_its_cells_are_sent(lives: Lives) -> None:
    lives.service.set_faults("hold@submit")
    keys = lives.new_keys(8)
    lives.start().do("grid", *keys)
    wait_until("all cells are written", lambda: len(lives.rows()) == 8)
    lives.wait_held("submit")
    lives.kill()
    lives.release()
    went_out = {row.key for row in lives.rows() if row.state == "sending"}
    assert went_out
    life = lives.start()
    [cells] = life.grids()
    assert sorted(set(cells)) == ["held", "uncertain"]
    # The person lets the rest go; what may have been accepted is not among it.
    life.do("line.send_now", [row.job_id for row in lives.rows() if row.state == "held"])
    for key in set(keys) - went_out:
        ends_well(lives, key)
    [cells] = life.grids()
    assert cells == ["uncertain" if key in went_out else "done" for key in keys]
    assert max(lives.accepted().values()) == 1


def test_while_its_cells_run(lives: Lives) -> None:
    lives.service.set_faults("stuck@status:4")
    keys = lives.new_keys(5)
    lives.start().do("grid", *keys)
    wait_until("all cells are written", lambda: len(lives.rows()) == 5)
    wait_until("some are accepted", lambda: lives.accepted().total() >= 3)
    lives.kill()
    lives.release()
    life = lives.start()
    [cells] = life.grids()
    assert len(cells) == 5
    life.do("line.send_now", [row.job_id for row in lives.rows() if row.state == "held"])
    uncertain = [row.key for row in lives.rows() if row.state == "uncertain"]
    for key in set(keys) - set(uncertain):
        ends_well(lives, key)
    assert max(lives.accepted().values()) == 1
    assert len(files_of(lives)) == 1
