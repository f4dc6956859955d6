"""History files of older versions are upgraded with a copy kept; newer ones are left unchanged.

This holds whatever interrupts the upgrade.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager, nullcontext
from functools import cache
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.store.atomic_write import clear_leftovers
from runcomfy_desktop.store.data_versions import DATA_VERSION, check_data_folder, mark_data_folder
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.migrations import SCHEMA, DatabaseSchema, read_only_uri
from runcomfy_desktop.store.settings import load_settings
from tests.support import hostile_environments
from tests.support.database_schemas import AFTER_NEXT, DOCUMENT, MANY, NEXT, ROWS, fill
from tests.support.small_disk import small_disk
from tests.support.soak import share

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[3]
KILLS = share(8, 120)
# Names of the copies made from the current version's file and from the next version's file.
NOW_NAME, NEXT_NAME = (f"history.version-{each.version}" for each in (SCHEMA, NEXT))
# A schema whose last migration step fails.
BROKEN = DatabaseSchema(
    (*NEXT.migrations, "CREATE TABLE notes (a); INSERT INTO nothing VALUES (1);"),
    SCHEMA.columns,
)


def program(name: str, path: Path, *more: str) -> subprocess.Popen[str]:
    """Starts a program of the version `name` in a separate process on the file."""
    words = [sys.executable, "-m", "tests.support.database_schemas", name, str(path), *more]
    return subprocess.Popen(words, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def ran(name: str, path: Path, *more: str) -> int:
    with program(name, path, *more) as child:
        return child.wait(60)


@cache
def _image() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.sqlite"
        assert ran("now", path) == 0
        return path.read_bytes()


def earlier(path: Path) -> None:
    """Writes a history file of the current version; its content is created only once."""
    path.write_bytes(_image())


def contents(path: Path) -> tuple[int, int, str]:
    """Returns the version, the number of complete rows, and the result of SQLite's own check."""
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (count,) = connection.execute(
            "SELECT count(*) FROM jobs WHERE document = ?", (DOCUMENT,)
        ).fetchone()
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    return version, count, verdict


def titles(path: Path) -> int:
    """Returns the number of rows with the data added by the next version."""
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT count(*) FROM jobs WHERE title = json_extract(document, '$.title')"
        (count,) = connection.execute(query).fetchone()
    return int(count)


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def files_of(path: Path) -> dict[str, bytes]:
    """Returns the contents of the file and its log; the log's index is derived data."""
    found = (path, path.with_name(f"{path.name}-wal"))
    return {each.name: each.read_bytes() for each in found if each.exists()}


async def opened(path: Path, schema: DatabaseSchema) -> None:
    database = await Database.open(path, schema)
    await database.close()


async def test_an_older_history_is_taken_over_and_a_copy_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    earlier(path)
    await opened(path, NEXT)
    assert contents(path) == (NEXT.version, ROWS, "ok")
    assert titles(path) == ROWS
    copy = tmp_path / f"{NOW_NAME}.sqlite"
    assert contents(copy) == (SCHEMA.version, ROWS, "ok")
    before = copy.stat().st_mtime_ns
    await opened(path, NEXT)
    assert copy.stat().st_mtime_ns == before, "once"
    assert names(tmp_path) == {"history.sqlite", f"{NOW_NAME}.sqlite", "history.reserve"}


async def test_the_copy_is_what_the_older_program_goes_on_with(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    earlier(path)
    await opened(path, NEXT)
    (tmp_path / f"{NOW_NAME}.sqlite").rename(tmp_path / "back.sqlite")
    await opened(tmp_path / "back.sqlite", SCHEMA)
    assert contents(tmp_path / "back.sqlite") == (SCHEMA.version, ROWS, "ok")


async def test_the_way_back_that_the_readme_tells(tmp_path: Path) -> None:
    """It also works after a newer program has been killed: its log would be applied to the copy."""
    note, path = tmp_path / "data-version.json", tmp_path / "history.sqlite"
    earlier(path)
    assert ran("next", path, "--dies") == -signal.SIGKILL
    mark_data_folder(note, "0.3.0", DATA_VERSION + 1)
    readme = " ".join((PROJECT / "README.md").read_text().split())
    assert "remove `data-version.json` and each `history.sqlite-wal` and `-shm`, put" in readme
    for gone in ("data-version.json", "history.sqlite-wal", "history.sqlite-shm"):
        (tmp_path / gone).unlink()
    (tmp_path / f"{NOW_NAME}.sqlite").replace(path)
    check_data_folder(note)
    await opened(path, SCHEMA)
    assert contents(path) == (SCHEMA.version, ROWS, "ok")


async def test_what_a_killed_program_left_in_its_log_is_taken_over_and_copied(
    tmp_path: Path,
) -> None:
    path = tmp_path / "history.sqlite"
    assert ran("now", path, "--dies") == -signal.SIGKILL
    assert path.with_name("history.sqlite-wal").stat().st_size > ROWS
    await opened(path, NEXT)
    assert contents(path)[:2] == (NEXT.version, ROWS)
    assert contents(tmp_path / f"{NOW_NAME}.sqlite")[:2] == (SCHEMA.version, ROWS)


async def test_who_skips_a_version_gets_both_steps_as_one(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    earlier(path)
    await opened(path, AFTER_NEXT)
    assert contents(path) == (AFTER_NEXT.version, ROWS, "ok")
    assert titles(path) == ROWS


async def test_only_the_newest_copies_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    earlier(path)
    (tmp_path / "history.version-0.sqlite").write_bytes(b"of long ago")
    await opened(path, NEXT)
    await opened(path, AFTER_NEXT)
    stored = {each for each in names(tmp_path) if ".version-" in each}
    assert stored == {f"{NOW_NAME}.sqlite", f"{NEXT_NAME}.sqlite"}


@pytest.mark.parametrize(
    ("path", "address"),
    [
        (PureWindowsPath(r"C:\Users\A B\h.sqlite"), "file:///C:/Users/A%20B/h.sqlite?mode=ro"),
        (PureWindowsPath(r"\\server\share\h.sqlite"), "file:////server/share/h.sqlite?mode=ro"),
        (PurePosixPath("/home/a?#/h.sqlite"), "file:///home/a%3F%23/h.sqlite?mode=ro"),
    ],
)
def test_a_history_in_a_windows_network_is_asked_for_its_version_too(
    path: PurePath, address: str
) -> None:
    """SQLite refuses every URI that contains a server name."""
    assert read_only_uri(path) == address
    # The file does not exist, but the error shows that SQLite accepts the URI and looks for it.
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        sqlite3.connect(address, uri=True)


@pytest.mark.parametrize("dies", [False, True], ids=["closed", "killed"])
async def test_a_newer_history_is_not_changed_by_a_byte(tmp_path: Path, dies: bool) -> None:
    path = tmp_path / "history.sqlite"
    ended = ran("next", path, *(["--dies"] if dies else []))
    assert ended == (-signal.SIGKILL if dies else 0)
    before = files_of(path)
    assert len(before) == (2 if dies else 1)
    with pytest.raises(Problem) as caught:
        await Database.open(path)
    sentence = hostile_environments.NEWER_HISTORY.text_with(history=path, version=SCHEMA.version)
    assert caught.value.sentence() == sentence.replace("1000", str(NEXT.version))
    assert files_of(path) == before
    assert not [each for each in names(tmp_path) if ".version-" in each]
    await opened(path, NEXT)
    assert contents(path) == (NEXT.version, ROWS, "ok")


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    earlier(path)
    with pytest.raises(Problem) as caught:
        await Database.open(path, BROKEN)
    assert caught.value.sentence() == hostile_environments.NOT_UNDERSTOOD.text_with(file=path)
    assert contents(path) == (SCHEMA.version, ROWS, "ok")
    assert f"{NOW_NAME}.sqlite" not in names(tmp_path)
    await opened(path, SCHEMA)


def one_less(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM jobs WHERE job_id = 'job-0'")
        connection.commit()


async def test_who_went_back_and_comes_again_keeps_both_copies(tmp_path: Path) -> None:
    path, copy = tmp_path / "history.sqlite", tmp_path / f"{NOW_NAME}.sqlite"
    earlier(path)
    await opened(path, NEXT)
    first = copy.read_bytes()
    path.write_bytes(first)
    one_less(path)
    await opened(path, NEXT)
    assert copy.read_bytes() == first
    second = tmp_path / f"{NOW_NAME}-copy-2.sqlite"
    assert contents(second) == (SCHEMA.version, ROWS - 1, "ok")


@pytest.mark.parametrize("is_same", [True, False], ids=["the same", "another"])
async def test_a_migration_that_fails_removes_no_copy_of_an_earlier_one(
    tmp_path: Path, is_same: bool
) -> None:
    path, copy = tmp_path / "history.sqlite", tmp_path / f"{NOW_NAME}.sqlite"
    earlier(path)
    await opened(path, NEXT)
    first = copy.read_bytes()
    path.write_bytes(first)
    if not is_same:
        one_less(path)
    for _time in range(3):
        with pytest.raises(Problem):
            await Database.open(path, BROKEN)
        assert copy.read_bytes() == first
        assert [each for each in names(tmp_path) if ".version-" in each] == [copy.name]


async def test_no_earlier_version_is_promised_what_it_can_no_longer_do(tmp_path: Path) -> None:
    """The message about a failed upgrade does not advise using the earlier version.

    Settings are upgraded first, and any session that opens a history marks the folder, also the
    demo's. The earlier version then refuses the folder, whatever happens to the account's history.
    """
    note, path = tmp_path / "data-version.json", tmp_path / "account" / "history.sqlite"
    path.parent.mkdir()
    earlier(path)
    (tmp_path / "settings.json").write_text('{"theme": "dark"}')
    load_settings(tmp_path / "settings.json", migrations=(dict,))
    await opened(tmp_path / "history.sqlite", NEXT)
    mark_data_folder(note, "0.3.0", DATA_VERSION + 1)
    with pytest.raises(Problem) as caught:
        await Database.open(path, BROKEN)
    with pytest.raises(Problem):
        check_data_folder(note)
    assert "earlier version can" not in caught.value.sentence()
    assert f"{path} is as it was, and nothing in it is lost." in caught.value.sentence()


async def test_one_that_another_program_has_locked_is_said_to_be_so(tmp_path: Path) -> None:
    """Freeing disk space, the advice for another obstacle, would not help."""
    path = tmp_path / "history.sqlite"
    earlier(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Problem) as caught:
            await Database.open(path, NEXT, busy_s=0.0)
        other.execute("ROLLBACK")
    assert caught.value.sentence() == hostile_environments.HISTORY_IN_USE.text_with(history=path)
    assert contents(path) == (SCHEMA.version, ROWS, "ok")
    assert f"{NOW_NAME}.sqlite" not in names(tmp_path)
    await opened(path, NEXT)


@pytest.mark.root
async def test_without_room_for_a_copy_nothing_is_changed(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 96_000) as disk:
        path = disk.path / "history.sqlite"
        assert ran("now", path) == 0
        before, there = files_of(path), names(disk.path)
        disk.fill()
        with pytest.raises(Problem) as caught:
            await Database.open(path, NEXT)
        assert caught.value.sentence() == hostile_environments.NO_ROOM_FOR_A_COPY.text_with(
            history=path
        )
        assert files_of(path) == before
        # Opening the file on a full disk uses up the reserved space.
        assert names(disk.path) - {"somebody-else's-file"} == there - {"history.reserve"}
        disk.empty()
        await opened(path, SCHEMA)
        await opened(path, NEXT)
        assert contents(path) == (NEXT.version, ROWS, "ok")


@pytest.mark.root
async def test_with_room_for_the_copy_alone_nothing_is_changed(tmp_path: Path) -> None:
    """The migration itself finds the disk full and is rolled back."""
    with small_disk(tmp_path / "disk", 96_000) as disk:
        path = disk.path / "history.sqlite"
        assert ran("now", path) == 0
        size = path.stat().st_size
        room = disk.path / "room"
        room.write_bytes(bytes(size + 300_000))
        disk.fill()
        room.unlink()
        with pytest.raises(Problem) as caught:
            await Database.open(path, NEXT)
        assert caught.value.sentence() == hostile_environments.NO_ROOM_FOR_A_COPY.text_with(
            history=path
        )
        assert contents(path) == (SCHEMA.version, ROWS, "ok")
        assert f"{NOW_NAME}.sqlite" not in names(disk.path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Prevents all others from writing to the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.soak
def test_killed_at_any_moment_it_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    assert ran("now", first / "history.sqlite", "--many") == 0
    taken_s = _duration(_copied(first, tmp_path / "timed"))
    found: list[int] = []
    for number in range(KILLS):
        folder = _copied(first, tmp_path / f"kill-{number}")
        path = folder / "history.sqlite"
        with program("after-next", path) as child:
            assert child.stdout is not None
            with locked(path) if number == 0 else nullcontext():
                assert child.stdout.readline() == "begins\n"
                if number == KILLS - 1:
                    assert child.stdout.readline() == "done\n"
                else:
                    time.sleep(taken_s * number / (KILLS - 2))
                os.kill(child.pid, signal.SIGKILL)
        version, count, verdict = contents(path)
        assert version in (SCHEMA.version, AFTER_NEXT.version), "never in between"
        assert (count, verdict) == (MANY, "ok")
        if version == AFTER_NEXT.version:
            assert titles(path) == MANY
        copy = folder / f"{NOW_NAME}.sqlite"
        if copy.exists():
            assert contents(copy) == (SCHEMA.version, MANY, "ok")
        found.append(version)
        asyncio.run(opened(path, AFTER_NEXT))
        assert contents(path) == (AFTER_NEXT.version, MANY, "ok")
        assert contents(copy) == (SCHEMA.version, MANY, "ok")
        assert _names_days_later(folder) <= {
            *("history.sqlite", f"{NOW_NAME}.sqlite", "history.reserve"),
            *(f"{NOW_NAME}.sqlite-wal", f"{NOW_NAME}.sqlite-shm"),
        }
    assert (found[0], found[-1]) == (SCHEMA.version, AFTER_NEXT.version)


def _names_days_later(folder: Path) -> set[str]:
    """Returns the names left after a start days later has removed temporary files."""
    for each in folder.iterdir():
        os.utime(each, (1, 1))
    clear_leftovers([folder])
    return names(folder)


def _copied(folder: Path, to: Path) -> Path:
    to.mkdir()
    (to / "history.sqlite").write_bytes((folder / "history.sqlite").read_bytes())
    return to


def _duration(folder: Path) -> float:
    """Returns the time in seconds that a whole migration takes on this computer."""
    with program("after-next", folder / "history.sqlite") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begins\n"
        begin_s = time.monotonic()
        assert child.stdout.readline() == "done\n"
        return time.monotonic() - begin_s


async def test_the_rows_of_a_history_of_this_version_need_no_copy(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "history.sqlite")
    await database.run(fill)
    await database.close()
    await opened(tmp_path / "history.sqlite", SCHEMA)
    assert names(tmp_path) == {"history.sqlite", "history.reserve"}
