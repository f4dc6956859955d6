from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.store.database import Database, ReserveUse, _set_aside_damaged
from runcomfy_desktop.store.migrations import SCHEMA
from tests.support.small_disk import small_disk

if TYPE_CHECKING:
    from collections.abc import Callable

on_posix = pytest.mark.skipif(
    sys.platform == "win32", reason="there nobody can remove an open file"
)
_ROW = "INSERT INTO jobs VALUES (?, 'service', 'done', 1.0, 'd', '', '{}')"


def _insert(job_id: str, connection: sqlite3.Connection) -> None:
    connection.execute(_ROW, (job_id,))


def _ids(path: Path) -> list[str]:
    """Returns the ids that a second program sees in the file."""
    other = sqlite3.connect(path)
    try:
        return [row[0] for row in other.execute("SELECT job_id FROM jobs ORDER BY rowid")]
    finally:
        other.close()


async def test_a_new_file_is_durable_and_has_the_newest_version(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "deep" / "history.sqlite")

    def pragmas(connection: sqlite3.Connection) -> list[object]:
        names = ("user_version", "journal_mode", "synchronous")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    full = 2
    assert await database.run(pragmas) == [SCHEMA.version, "wal", full]
    assert database.damaged_copy is None
    await database.close()


async def test_work_is_on_disk_when_run_returns(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    database = await Database.open(path)
    await database.run(lambda connection: _insert("a", connection))
    assert _ids(path) == ["a"]
    await database.close()
    again = await Database.open(path)
    assert _ids(path) == ["a"]
    await again.close()


async def test_all_work_runs_on_one_thread_which_is_not_the_loops(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "history.sqlite")
    threads = await asyncio.gather(
        *(database.run(lambda _connection: threading.get_ident()) for _each in range(5))
    )
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()
    await database.close()


async def test_work_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    database = await Database.open(path)

    def twice(connection: sqlite3.Connection) -> None:
        _insert("a", connection)
        _insert("a", connection)

    with pytest.raises(Problem) as caught:
        await database.run(twice)
    assert caught.value.title == "The history of jobs could not be read or written."
    assert "UNIQUE" in caught.value.technical
    assert _ids(path) == []
    await database.close()


async def test_work_of_a_cancelled_task_is_done_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    database = await Database.open(path)
    began, go_on = threading.Event(), threading.Event()

    def slow(connection: sqlite3.Connection) -> None:
        began.set()
        go_on.wait()
        _insert("slow", connection)

    slow_task = asyncio.create_task(database.run(slow))
    waiting = asyncio.create_task(database.run(lambda connection: _insert("next", connection)))
    await asyncio.to_thread(began.wait)
    slow_task.cancel()
    waiting.cancel()
    await asyncio.gather(slow_task, waiting, return_exceptions=True)
    assert slow_task.cancelled()
    assert waiting.cancelled()
    go_on.set()
    await database.close()
    assert _ids(path) == ["slow", "next"]


async def test_a_full_disk_has_words(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "history.sqlite")

    def fill(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        for number in range(1000):
            connection.execute(
                "INSERT INTO jobs VALUES (?, '', '', 0, '', '', ?)", (str(number), "x" * 4000)
            )

    with pytest.raises(Problem) as caught:
        await database.run(fill)
    assert caught.value.title == "The disk is full, so the history of jobs cannot be written."
    await database.close()


@pytest.mark.root
@pytest.mark.parametrize("is_killed", [False, True])
async def test_a_disk_that_is_full_at_the_start_is_read_and_written_when_there_is_room(
    tmp_path: Path, is_killed: bool
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        path, stored = disk.path / "history.sqlite", disk.path / "kept"
        database = await Database.open(path)
        assert not database.was_disk_full
        await database.run(lambda connection: _insert("a", connection))
        if is_killed:
            # The latest writes are then in a separate file, the log.
            shutil.copytree(disk.path, stored, ignore=shutil.ignore_patterns("*.reserve"))
        await database.close()
        for file in stored.iterdir() if is_killed else ():
            file.replace(disk.path / file.name)
        path.with_name("history.reserve").unlink()
        disk.fill()
        database = await Database.open(path)
        assert database.was_disk_full
        ids = await database.run(lambda each: each.execute("SELECT job_id FROM jobs").fetchall())
        assert ids == [("a",)]
        with pytest.raises(Problem, match="The disk is full"):
            await database.run(lambda connection: _insert("b", connection), ReserveUse.REQUIRE)
        disk.empty()
        await database.run(lambda connection: _insert("b", connection), ReserveUse.REQUIRE)
        await database.close()
        assert _ids(path) == ["a", "b"]


async def test_a_read_only_file_has_words(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "history.sqlite")
    await database.run(lambda connection: connection.execute("PRAGMA query_only = ON").fetchall())
    with pytest.raises(Problem) as caught:
        await database.run(lambda connection: _insert("a", connection))
    assert caught.value.title == "The history of jobs cannot be written."
    await database.close()


async def test_a_file_that_another_program_locks_has_words(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    database = await Database.open(path)
    await database.run(lambda connection: connection.execute("PRAGMA busy_timeout = 1").fetchall())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Problem) as caught:
        await database.run(lambda connection: _insert("a", connection))
    assert caught.value.title == "The history of jobs is in use by another program."
    other.execute("ROLLBACK")
    await database.run(lambda connection: _insert("a", connection))
    other.close()
    await database.close()


async def test_the_file_of_a_newer_program_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {SCHEMA.version + 1}")
    newer.execute("CREATE TABLE jobs_of_tomorrow (a)")
    newer.commit()
    newer.close()
    before = path.read_bytes()
    with pytest.raises(Problem) as caught:
        await Database.open(path)
    assert "newer version" in caught.value.title
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    for number in (1, 2):
        path.write_bytes(b"not a database at all, " * 100)
        database = await Database.open(path)
        assert database.damaged_copy == tmp_path / f"history.broken-{number}.sqlite"
        assert database.damaged_copy.read_bytes().startswith(b"not a database")
        await database.run(lambda connection: _insert("a", connection))
        await database.acknowledge_damage()
        await database.close()


@pytest.mark.parametrize("is_renamed", [True, False])
async def test_a_program_killed_after_finding_damage_leaves_word_of_it(
    tmp_path: Path, is_renamed: bool
) -> None:
    path, copy = tmp_path / "history.sqlite", tmp_path / "history.broken-1.sqlite"
    path.write_bytes(b"not a database at all, " * 100)
    await (await Database.open(path)).close()
    if is_renamed:
        # The program was killed before it created a new file.
        path.unlink()
    for _each in range(2):
        again = await Database.open(path)
        assert again.damaged_copy == copy
        await again.close()
    again = await Database.open(path)
    await again.acknowledge_damage()
    await again.close()
    again = await Database.open(path)
    assert again.damaged_copy is None
    await again.close()


async def test_a_word_of_damage_that_is_not_there_is_no_word(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    for name in ("history.broken-1.sqlite", "../elsewhere", ""):
        (tmp_path / "history.damaged").write_text(name)
        database = await Database.open(path)
        assert database.damaged_copy is None
        await database.close()


def test_what_belongs_to_a_damaged_file_goes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).write_bytes(b"x" + ending.encode())
    _set_aside_damaged(path, tmp_path / "history.broken-1.sqlite")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {
        "history.broken-1.sqlite": b"x",
        "history.broken-1.sqlite-wal": b"x-wal",
        "history.broken-1.sqlite-shm": b"x-shm",
    }


async def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    database = await Database.open(path)

    def many(connection: sqlite3.Connection) -> None:
        for number in range(200):
            _insert(f"job-{number}", connection)

    await database.run(many)
    await database.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\x5a" * (len(data) - 4096)
    path.write_bytes(data)
    again = await Database.open(path)
    assert again.damaged_copy == tmp_path / "history.broken-1.sqlite"
    assert again.damaged_copy.read_bytes() == bytes(data)
    await again.run(lambda connection: _insert("a", connection))
    await again.close()
    assert _ids(path) == ["a"]


async def test_a_place_where_no_file_can_be_has_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Problem) as caught:
        await Database.open(tmp_path / "file" / "history.sqlite")
    assert caught.value.title == "The history of jobs cannot be written."
    (tmp_path / "history.sqlite").mkdir()
    with pytest.raises(Problem) as caught:
        await Database.open(tmp_path / "history.sqlite")
    assert caught.value.title == "The history of jobs cannot be written."


def _remove_file(path: Path) -> None:
    path.unlink()


def _remove_log_as_well(path: Path) -> None:
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()


def _remove_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def _move_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))


@on_posix
@pytest.mark.parametrize(
    "remove", [_remove_file, _remove_log_as_well, _remove_folder, _move_folder]
)
async def test_a_removed_file_is_written_again_and_the_next_send_refused_once(
    tmp_path: Path, remove: Callable[[Path], None]
) -> None:
    path = tmp_path / "data" / "history.sqlite"
    database = await Database.open(path, reserve_bytes=1000)
    await database.run(partial(_insert, "a"))
    remove(path)
    with pytest.raises(Problem) as caught:
        await database.run(partial(_insert, "b"), ReserveUse.REQUIRE)
    assert caught.value.title == "The history of jobs was removed while the program ran."
    assert str(path) in caught.value.advice
    assert _ids(path) == ["a"]
    await database.run(partial(_insert, "c"), ReserveUse.REQUIRE)
    assert _ids(path) == ["a", "c"]
    assert path.with_name("history.reserve").stat().st_size == 1000
    await database.close()
    again = await Database.open(path)
    assert _ids(path) == ["a", "c"]
    assert not list(path.parent.glob("*.again"))
    await again.close()


@on_posix
async def test_what_has_to_be_kept_is_kept_in_a_removed_file_as_well(tmp_path: Path) -> None:
    path = tmp_path / "data" / "history.sqlite"
    database = await Database.open(path)
    await database.run(partial(_insert, "a"))
    _remove_folder(path)
    await database.run(partial(_insert, "b"), ReserveUse.RELEASE)
    assert _ids(path) == ["a", "b"]
    await database.close()
    assert _ids(path) == ["a", "b"]


@on_posix
async def test_a_file_that_takes_the_place_of_the_open_one_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    database = await Database.open(path)
    await database.run(partial(_insert, "a"))
    aside = path.with_name("aside")
    path.rename(aside)
    path.write_bytes(b"another history")
    for room in (ReserveUse.REQUIRE, ReserveUse.RELEASE):
        with pytest.raises(Problem) as caught:
            await database.run(partial(_insert, "b"), room)
        assert "replaced by another file" in caught.value.title
        assert "Start the program again" in caught.value.advice
    assert path.read_bytes() == b"another history"
    aside.replace(path)
    await database.run(partial(_insert, "c"), ReserveUse.REQUIRE)
    assert _ids(path) == ["a", "c"]
    await database.close()


@on_posix
async def test_a_removed_file_that_cannot_be_written_again_has_words(tmp_path: Path) -> None:
    path = tmp_path / "data" / "history.sqlite"
    database = await Database.open(path)
    _remove_folder(path)
    path.parent.write_bytes(b"no folder")
    for room in (ReserveUse.REQUIRE, ReserveUse.RELEASE):
        with pytest.raises(Problem) as caught:
            await database.run(partial(_insert, "a"), room)
        assert caught.value.title == "The history of jobs cannot be written."
    path.parent.unlink()
    await database.run(partial(_insert, "a"), ReserveUse.RELEASE)
    assert _ids(path) == ["a"]
    await database.close()


@on_posix
async def test_a_file_that_took_the_place_of_the_open_one_is_whole_at_the_next_start(
    tmp_path: Path,
) -> None:
    path, copy = tmp_path / "history.sqlite", tmp_path / "copy.sqlite"
    database = await Database.open(path)
    await database.run(partial(_insert, "a"))
    # Simulates the restore of a saved copy.
    backup = await Database.open(copy)
    for number in range(300):
        await backup.run(partial(_insert, f"backup-{number}"))
    await backup.close()
    copy.replace(path)
    with pytest.raises(Problem):
        await database.run(partial(_insert, "b"), ReserveUse.REQUIRE)
    await database.close()
    again = await Database.open(path)
    assert again.damaged_copy is None
    assert _ids(path) == [f"backup-{number}" for number in range(300)]
    await again.close()


@on_posix
async def test_a_removed_log_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    database = await Database.open(path)
    await database.run(partial(_insert, "a"))
    path.with_name(f"{path.name}-wal").unlink()
    await database.run(partial(_insert, "b"), ReserveUse.RELEASE)
    # Copies the files as a killed program would leave them.
    for name in (path.name, f"{path.name}-wal"):
        shutil.copyfile(path.with_name(name), tmp_path / f"killed-{name}")
    assert _ids(tmp_path / f"killed-{path.name}") == ["a", "b"]
    await database.close()


@on_posix
@pytest.mark.parametrize("what", ["rename", "connect"])
async def test_a_file_that_was_written_again_only_half_is_finished_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path = tmp_path / "history.sqlite"
    database = await Database.open(path)
    await database.run(partial(_insert, "a"))
    _remove_log_as_well(path)

    def refuse(*_arguments: object, **_more: object) -> None:
        raise OSError(5, "Input/output error") if what == "rename" else sqlite3.OperationalError

    real_replace = os.replace

    def refuse_rename(source: Path, target: Path) -> None:
        refuse() if Path(target) == path else real_replace(source, target)

    with monkeypatch.context() as patched:
        if what == "rename":
            patched.setattr(os, "replace", refuse_rename)
        else:
            patched.setattr(sqlite3, "connect", refuse)
        for room in (ReserveUse.RELEASE, ReserveUse.IGNORE, ReserveUse.REQUIRE):
            with pytest.raises(Problem):
                await database.run(partial(_insert, "b"), room)
    await database.run(partial(_insert, "c"), ReserveUse.RELEASE)
    assert _ids(path) == ["a", "c"]
    await database.close()
    assert _ids(path) == ["a", "c"]
