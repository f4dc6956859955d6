"""The disk fails under running jobs, or the history is locked: paid results are not lost.

These tests use real disks of a few hundred kilobytes, a real SQLite file that another process
locks, and the windowless program. The messages of the whole program at its start are in
`test_disk`.
"""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.emulators import ChildEmulator
from tests.support.kill_steps import check_job_done, check_next_job_runs, start_and_submit
from tests.support.process_wait import wait_until
from tests.support.program_restarts import ProgramRestarts
from tests.support.small_disk import SmallDisk, small_disk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from tests.support.program_restarts import KillTally

FULL = "The disk is full, so the history of jobs cannot be written."
IN_USE = "The history of jobs is in use by another program."


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", kilobytes=6144) as made:
        yield made


@pytest.fixture
def there(tmp_path: Path, disk: SmallDisk, tally: KillTally) -> Iterator[ProgramRestarts]:
    """Restarts of the program with its data folder, including outputs, on the small disk."""
    with ChildEmulator(run_s=0.2) as service:
        restarts = ProgramRestarts(tmp_path, service, tally, disk.path / "data")
        yield restarts
        restarts.end()


def is_notice_shown(restarts: ProgramRestarts, title: str) -> None:
    wait_until(f"it says {title!r}", lambda: title in restarts.program.notice_titles())


# Full


@pytest.mark.root
def test_full_before_the_row_nothing_is_sent(there: ProgramRestarts, disk: SmallDisk) -> None:
    there.start()
    disk.fill()
    key = there.submit()
    is_notice_shown(there, FULL)
    assert there.rows() == []
    assert there.count_accepted() == 0
    disk.empty()
    check_next_job_runs(there, 0)
    assert key not in {row.key for row in there.rows()}


@pytest.mark.root
def test_full_while_the_answer_is_awaited_the_id_is_written_all_the_same(
    there: ProgramRestarts, disk: SmallDisk
) -> None:
    there.service.set_faults("hold@submit,hold-request@status")
    (key,) = start_and_submit(there)
    there.wait_until_held("submit")
    disk.fill()
    there.service.release("submit")
    (request_id,) = there.request_ids(key)
    assert there.wait_until_state(key, "queued").request_id == request_id
    # Even on the full disk, a kill loses nothing.
    there.kill()
    there.release()
    there.start()
    there.wait_until_state(key, "queued", "running", "fetching", "done")
    disk.empty()
    has_its_file_in_the_end(there, key)


@pytest.mark.root
@pytest.mark.parametrize("fault", ["hold-request@result", "hold@download", "hold-half@download"])
def test_full_while_the_result_comes_the_file_can_be_fetched_later(
    there: ProgramRestarts, disk: SmallDisk, fault: str
) -> None:
    there.service.set_faults(fault)
    there.start()
    key = there.submit(width=512, height=512)
    there.wait_until_held(fault.partition("@")[2])
    disk.fill()
    there.release()
    # The space reserved for the row may be enough for the file as well.
    wait_until(
        "the file is given up for now, or here",
        lambda: there.program.notice_titles() or there.row(key).state == "done",
    )
    there.kill()
    there.start()
    disk.empty()
    has_its_file_in_the_end(there, key)


def _is_met(restarts: ProgramRestarts, told: int, keys: Collection[int]) -> bool:
    """Returns True if there is a new notice, or the jobs are done."""
    states = [row.state for row in restarts.rows() if row.key in keys]
    return len(restarts.program.notice_titles()) > told or states == ["done"] * len(keys)


@pytest.mark.root
def test_full_at_every_step_of_many_jobs(there: ProgramRestarts, disk: SmallDisk) -> None:
    there.start()
    for call in ("submit", "status", "result", "download"):
        keys = there.new_keys(3)
        there.service.set_faults(f"hold@{call}")
        there.program.command("submit", *keys)
        there.wait_until_held(call)
        before = len(there.program.notice_titles())
        disk.fill()
        there.release()
        # The space reserved for the rows may be enough for all three jobs, files included.
        wait_until("it is said, or they are done", partial(_is_met, there, before, keys))
        there.kill()
        disk.empty()
        there.start()
    # Held jobs are sent by the user; interrupted jobs stay uncertain.
    known = {row.key: row.state for row in there.rows()}
    for key, state in known.items():
        if state not in ("held", "uncertain", "failed"):
            has_its_file_in_the_end(there, key)
    there.check_invariants()


# Write-protected


@pytest.mark.root
def test_a_start_on_a_protected_disk_changes_nothing(
    there: ProgramRestarts, disk: SmallDisk
) -> None:
    there.service.set_faults("hold@result")
    (key,) = start_and_submit(there)
    there.wait_until_held("result")
    there.kill()
    there.release()
    before = there.rows()
    disk.protect()
    # The program follows the jobs that it can read, and sends nothing that it cannot record.
    there.start()
    there.submit()
    is_notice_shown(there, "The history of jobs cannot be written.")
    assert there.rows() == before
    assert there.count_accepted() == 1
    there.kill()
    disk.unprotect()
    there.start()
    has_its_file_in_the_end(there, key)


@pytest.mark.root
def test_protected_outputs_do_not_hold_up_the_jobs(
    restarts: ProgramRestarts, disk: SmallDisk, tmp_path: Path
) -> None:
    restarts.folder.mkdir()
    restarts.outputs.symlink_to(disk.path, target_is_directory=True)
    disk.protect()
    keys = start_and_submit(restarts, 2)
    for key in keys:
        row = restarts.wait_until_state(key, "done")
        assert row.lacks_files
        assert row.document["outputs"][0]["fault"]
    disk.unprotect()
    for key in keys:
        has_its_file_in_the_end(restarts, key)


# The output folder disappears


def remove(folder: Path) -> None:
    """Removes the folder in one step: the program may be writing into it."""
    aside = folder.with_name("removed")
    folder.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def test_the_output_folder_is_removed_during_a_download(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold-half@download")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("download")
    remove(restarts.outputs)
    restarts.release()
    has_its_file_in_the_end(restarts, key)


def test_the_output_folder_becomes_a_file(restarts: ProgramRestarts) -> None:
    restarts.service.set_faults("hold@result")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("result")
    restarts.outputs.write_text("mine")
    restarts.release()
    assert restarts.wait_until_state(key, "done").lacks_files
    assert restarts.outputs.read_text() == "mine"
    restarts.outputs.unlink()
    has_its_file_in_the_end(restarts, key)


# Locked by another program


def test_locked_for_long_the_answers_are_kept_and_written_afterwards(
    restarts: ProgramRestarts,
) -> None:
    restarts.service.set_faults("hold@submit")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("submit")
    with restarts.locked():
        restarts.release()
        is_notice_shown(restarts, IN_USE)
        assert restarts.row(key).state == "sending"
    check_job_done(restarts, key)


def test_locked_for_long_no_new_job_is_sent(restarts: ProgramRestarts) -> None:
    restarts.start()
    with restarts.locked():
        restarts.submit()
        is_notice_shown(restarts, IN_USE)
    assert restarts.rows() == []
    check_next_job_runs(restarts, 0)


def test_locked_at_the_start_it_does_not_begin_and_changes_nothing(
    restarts: ProgramRestarts,
) -> None:
    restarts.service.set_faults("hold@result")
    (key,) = start_and_submit(restarts)
    restarts.wait_until_held("result")
    restarts.kill()
    restarts.release()
    with restarts.locked(exclusively=True):
        program = restarts.spawn()
        wait_until("it has given up", lambda: not program.is_running)
    assert IN_USE in program.stderr
    restarts.start()
    check_job_done(restarts, key)


def has_its_file_in_the_end(restarts: ProgramRestarts, key: int) -> None:
    """Checks that the job is done and has its file, fetched on the user's request if necessary."""
    row = restarts.wait_until_state(key, "done")
    if row.lacks_files:
        restarts.program.command("fetch_again", row.job_id)
        wait_until("its file is here", lambda: not restarts.row(key).lacks_files)
    check_job_done(restarts, key)
