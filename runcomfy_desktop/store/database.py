"""The SQLite file: one connection on one thread of its own, durable at every commit.

SQLite waits for disks and locks, so it never runs on the loop's thread. Work that was handed
over is done even when the one who waits for it is cancelled: a write is never half a wish.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic import is_full, write_atomic
from runcomfy_desktop.store.migrations import (
    BUSY_S,
    SCHEMA,
    Schema,
    bring_up,
    build,
    refuse_newer,
    refuse_version,
    version_of,
)
from runcomfy_desktop.store.reserve import SIZE_BYTES, Reserve
from runcomfy_desktop.store.salvage import salvage

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Identity: TypeAlias = "tuple[int, int]"

_log = logging.getLogger(__name__)

# With less free SQLite finds no room for its own bookkeeping, and calls that an I/O error.
_NO_ROOM_BYTES = 64 * 1024


class Room(Enum):
    """How a piece of work stands to the room that is held back on the disk."""

    ANY = "any"
    """It has nothing to do with it."""
    HELD = "held"
    """It is done only while the room is held: what it begins may need it."""
    LAST = "last"
    """It has to be done: on a full disk it takes the room."""


class Database:
    """Owns the connection and its thread. `broken_copy` is where a damaged file was put; `is_full`
    says that the disk was full when it was opened, so that nothing can be sent for now.

    A marker beside the history says so until the person was told: a program that is killed before
    would leave a fresh history behind that nobody was told of.
    """

    def __init__(self, path: Path, schema: Schema, busy_s: float, reserve_bytes: int) -> None:
        """Use `open`."""
        self.path = path
        self._schema = schema
        self._busy_s = busy_s
        self.broken_copy: Path | None = None
        self.is_full = False
        self._reserve = Reserve(path.with_name(f"{path.stem}.reserve"), reserve_bytes)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._is_open = False
        # None between two connections as well, when the second one did not come about.
        self._connection: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._log_identity: Identity | None = None
        self._marker = path.with_name(f"{path.stem}.damaged")

    @classmethod
    async def open(
        cls,
        path: Path,
        schema: Schema = SCHEMA,
        *,
        busy_s: float = BUSY_S,
        reserve_bytes: int = SIZE_BYTES,
    ) -> Database:
        """Opens or makes the file, and takes one of an older program over.

        `busy_s` is how long it waits for one that another program has locked, `reserve_bytes` the
        room on the disk that is held back.

        Raises Problem: of a newer program, unreadable, locked, no room for taking it over.
        """
        database = cls(path, schema, busy_s, reserve_bytes)
        try:
            await database._on_thread(database._open)
        except BaseException:
            database._executor.submit(database._close)
            database._executor.shutdown(wait=False)
            raise
        return database

    async def run(self, work: Callable[[sqlite3.Connection], T], room: Room = Room.ANY) -> T:
        """Calls `work` in one transaction on the database's thread. Raises Problem.

        When this returns, what was written survives a power cut. With `Room.LAST` it may be
        called twice. With either of the other two, the file has to lie at its path, because what
        SQLite writes to a file that was removed is gone when the program ends: one that was
        replaced is not written, and in place of one that was removed a new one is made.
        """
        return await self._on_thread(lambda: self._in_transaction(work, room))

    async def is_in_place(self) -> bool:
        """Returns whether the open file is the one that lies at its path."""
        return await self._on_thread(lambda: _identity_of(self.path) == self._identity is not None)

    async def broken_was_told(self) -> None:
        """The person knows of the damaged file."""

        def work() -> None:
            with suppress(OSError):
                self._marker.unlink(missing_ok=True)

        await self._on_thread(work)

    async def close(self) -> None:
        """Finishes what was handed over, then closes the file."""
        await self._on_thread(self._close)
        self._executor.shutdown(wait=False)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._executor, work)
        try:
            return await asyncio.shield(future)
        except sqlite3.Error as error:
            _log.warning("SQLite: %s", error)
            raise database_problem(error, self.path) from error

    def _in_transaction(self, work: Callable[[sqlite3.Connection], T], room: Room) -> T:
        assert self._is_open, "The database is closed"
        if room is not Room.ANY or self._connection is None:
            self._expect_in_place(room)
        assert self._connection is not None
        if room is Room.HELD:
            try:
                self._reserve.hold()
            except OSError as error:
                raise _cannot_write(self.path, error) from error
        try:
            return _do(self._connection, work)
        except sqlite3.OperationalError as error:
            last = room is Room.LAST and _means_full(error, self.path)
            if not last or not self._reserve.give_up():
                raise
            return _do(self._connection, work)

    def _expect_in_place(self, room: Room) -> None:
        """Raises Problem when the open file is not the one that lies at its path. A removed one is
        put back; even so, what would lead to a send is refused once, so that the user hears of it.
        """
        try:
            if self._connection is None:
                self._connect_again()
            elif not os.path.lexists(self.path):
                self._put_back()
                if room is Room.HELD:
                    raise _removed(self.path)
            elif _identity_of(self.path) != self._identity:
                raise _replaced(self.path)
            elif self._has_lost_log():
                # On its way out SQLite takes into the file what it wrote to the log.
                self._disconnect()
                self._connect_again()
        except OSError as error:
            raise _cannot_write(self.path, error) from error

    def _has_lost_log(self) -> bool:
        log = _identity_of(self._companion("-wal"))
        if self._log_identity is None:
            self._log_identity = log
        return log != self._log_identity

    def _put_back(self) -> None:
        assert self._connection is not None
        _log.warning("%s was removed while it was open; it is written again", self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self._companion(".again"), self._connection.serialize())
        # Before the new one is opened: SQLite may remove what lies at the path of the old log.
        self._disconnect()
        self._connect_again()

    def _connect_again(self) -> None:
        self._connection = self._connect()
        self._note_identity()
        self._reserve.forget()

    def _note_identity(self) -> None:
        self._identity = _identity_of(self.path)
        self._log_identity = _identity_of(self._companion("-wal"))

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _close(self) -> None:
        self._is_open = False
        is_replaced = self._connection is not None and (
            os.path.lexists(self.path) and _identity_of(self.path) != self._identity
        )
        log = self._companion("-wal")
        is_ours = _identity_of(log) == self._log_identity is not None
        self._disconnect()
        if is_replaced and is_ours:
            # SQLite would take the log for that of the other file, and spoil it.
            with suppress(OSError):
                log.rename(self._companion("-wal.old"))
                self._companion("-shm").unlink(missing_ok=True)

    def _companion(self, ending: str) -> Path:
        return self.path.with_name(self.path.name + ending)

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        self.broken_copy = self._marked()
        try:
            self._connection = self._connect()
        except sqlite3.DatabaseError as error:
            self._connection = self._connect_after(error)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        self._is_open = True
        self._note_identity()
        # Without it the jobs of earlier are followed all the same; only new ones are not sent.
        try:
            self._reserve.hold()
        except OSError as error:
            self.is_full = is_full(error)

    def _connect_after(self, error: sqlite3.DatabaseError) -> sqlite3.Connection:
        """The second try, when there is something that can be done about the failed first."""
        if _is_damage(error):
            _log.warning("The history file is damaged: %s", error)
            copy = _next_copy(self.path)
            try:
                write_atomic(self._marker, copy.name.encode())
            except OSError as cause:
                raise _cannot_write(self.path, cause) from cause
            _set_aside(self.path, copy)
            self.broken_copy = copy
        elif not _means_full(error, self.path):
            raise error
        elif not self._reserve.give_up():
            # SQLite's index of what was written last needs room, unless nobody else may look.
            return self._connect(alone=True)
        return self._connect()

    def _connect(self, *, alone: bool = False) -> sqlite3.Connection:
        again = self._companion(".again")
        if again.exists() and not os.path.lexists(self.path):
            # What was put back only half.
            again.replace(self.path)
        return _connect(self.path, self._schema, self.broken_copy, self._busy_s, alone=alone)

    def _marked(self) -> Path | None:
        """The damaged file that nobody was told of yet."""
        try:
            copy = self.path.with_name(Path(self._marker.read_text(encoding="utf-8")).name)
        except (OSError, ValueError):
            return None
        # Marked first, set aside then: killed in between, the damaged file is still in its place.
        return copy if copy.is_file() else None


def _do(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    with connection:
        return work(connection)


def _identity_of(path: Path) -> Identity | None:
    """The volume and the number of the file at a path; None when there is none."""
    try:
        there = path.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino


def _make(path: Path, schema: Schema, broken: Path | None) -> None:
    """Puts a new file there as a whole: one that was cut short would pass for a lost history."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        build(fresh, schema)
        if broken is not None:
            _log.warning("%d rows of %s were taken over", salvage(broken, fresh), broken)
        image = fresh.serialize()
    try:
        write_atomic(path, image)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _connect(
    path: Path, schema: Schema, broken: Path | None, busy_s: float, *, alone: bool
) -> sqlite3.Connection:
    """`broken` is the damaged file whose place a new one takes, if there is one; `alone` keeps
    all other programs out."""
    if not os.path.lexists(path):
        _make(path, schema, broken)
    if path.is_file() and path.stat().st_size == 0:
        # SQLite would take it for a new one, and nobody would hear that there were jobs in it.
        raise _Damaged("the file is empty")
    if not alone:
        refuse_newer(path, schema)
    connection = sqlite3.connect(path, timeout=busy_s, isolation_level="IMMEDIATE")
    try:
        if alone:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            # Where the log has no index, only such a connection reads it on a full disk.
            refuse_version(version_of(connection), path, schema)
        _prepare(connection, path, schema)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    version = version_of(connection)
    if version < 0:
        raise _Damaged(f"version {version}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise _Damaged(str(verdict))
    bring_up(connection, path, schema)
    there = {name for _cid, name, *_rest in connection.execute("PRAGMA table_info(jobs)")}
    if not there >= schema.columns:
        raise _Damaged(f"the jobs table lacks {', '.join(sorted(schema.columns - there))}")


class _Damaged(sqlite3.DatabaseError):
    """SQLite's own check found the file damaged."""


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return isinstance(error, _Damaged) or _code(error) in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 when the error did not come from SQLite itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _next_copy(path: Path) -> Path:
    """The name for a damaged file; never that of an earlier one."""
    number = 1
    while (copy := path.with_name(f"{path.stem}.broken-{number}{path.suffix}")).exists():
        number += 1
    return copy


def _set_aside(path: Path, copy: Path) -> None:
    """Renames a damaged file with all that belongs to it."""
    try:
        path.rename(copy)
        for ending in ("-wal", "-shm"):
            companion = path.with_name(path.name + ending)
            if companion.exists():
                companion.rename(copy.with_name(copy.name + ending))
    except OSError as error:
        raise _cannot_write(path, error) from error


def _means_full(error: sqlite3.Error, path: Path) -> bool:
    code = _code(error)
    if code == sqlite3.SQLITE_FULL:
        return True
    try:
        return code == sqlite3.SQLITE_IOERR and shutil.disk_usage(path.parent).free < _NO_ROOM_BYTES
    except OSError:
        return False


def database_problem(error: sqlite3.Error, path: Path) -> Problem:
    """What an error of SQLite means, in words."""
    technical = f"{type(error).__name__}: {error}"
    code = _code(error)
    if _means_full(error, path):
        return _full(path, technical)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Problem(
            _("The history of jobs is in use by another program."),
            advice=_("Close what has %s open, then try again.") % path,
            technical=technical,
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        return _refused(path, technical)
    return Problem(
        _("The history of jobs could not be read or written."),
        advice=_("Check the disk where %s lies, then start the program again.") % path,
        technical=technical,
    )


def _replaced(path: Path) -> Problem:
    return Problem(
        _("The history of jobs was replaced by another file while the program ran."),
        advice=_("Start the program again: it goes on with the file that lies at %s now.") % path,
    )


def _removed(path: Path) -> Problem:
    return Problem(
        _("The history of jobs was removed while the program ran."),
        advice=_("It was written again, to %s. Find out what removes that, then run again.") % path,
    )


def _cannot_write(path: Path, error: OSError) -> Problem:
    technical = f"{type(error).__name__}: {error}"
    return _full(path, technical) if is_full(error) else _refused(path, technical)


def _full(path: Path, technical: str) -> Problem:
    return Problem(
        _("The disk is full, so the history of jobs cannot be written."),
        advice=_("Free some space where %s lies.") % path,
        technical=technical,
    )


def _refused(path: Path, technical: str) -> Problem:
    return Problem(
        _("The history of jobs cannot be written."),
        advice=_("Check that %s and its folder may be written to.") % path,
        technical=technical,
    )
