"""SQLite database with one connection on its own thread, durable at every commit.

SQLite waits for disks and locks, so it never runs on the event loop's thread. Submitted work is
done even if its caller is cancelled, so no write stays unfinished.
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

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import is_disk_full, write_atomic
from runcomfy_desktop.store.disk_reserve import SIZE_BYTES, DiskReserve
from runcomfy_desktop.store.migrations import (
    BUSY_S,
    SCHEMA,
    DatabaseSchema,
    create_tables,
    migrate,
    refuse_newer,
    refuse_newer_version,
    schema_version,
)
from runcomfy_desktop.store.salvage import salvage

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
FileIdentity: TypeAlias = "tuple[int, int]"

_log = logging.getLogger(__name__)

# With less free space, SQLite cannot write its auxiliary files and reports an I/O error.
_MIN_FREE_BYTES = 64 * 1024


class ReserveUse(Enum):
    """Use of the reserved disk space by a piece of work."""

    IGNORE = "any"
    """The work does not depend on the reserve."""
    REQUIRE = "held"
    """The work is done only while the reserve is held, because its results may need the space."""
    RELEASE = "last"
    """The work must be done: on a full disk it uses the reserved space."""


class Database:
    """Owns the connection and its thread.

    `damaged_copy` is the path to which a damaged file was moved; None if there is none.
    `was_disk_full` is True if the disk was full when the file was opened, so that nothing can be
    sent for now.

    A marker file next to the history records the damage until the user has been informed. Without
    it, a program killed before then would leave a fresh history, and the user would never learn of
    the damage.
    """

    def __init__(
        self, path: Path, schema: DatabaseSchema, busy_s: float, reserve_bytes: int
    ) -> None:
        """Not to be called directly: use `open`."""
        self.path = path
        self._schema = schema
        self._busy_s = busy_s
        self.damaged_copy: Path | None = None
        self.was_disk_full = False
        self._reserve = DiskReserve(path.with_name(f"{path.stem}.reserve"), reserve_bytes)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._is_open = False
        # Also None between two connections, if the second one could not be opened.
        self._connection: sqlite3.Connection | None = None
        self._identity: FileIdentity | None = None
        self._wal_identity: FileIdentity | None = None
        self._marker = path.with_name(f"{path.stem}.damaged")

    @classmethod
    async def open(
        cls,
        path: Path,
        schema: DatabaseSchema = SCHEMA,
        *,
        busy_s: float = BUSY_S,
        reserve_bytes: int = SIZE_BYTES,
    ) -> Database:
        """Opens or creates the file, and upgrades a file written by an older program.

        `busy_s` is the time to wait for a file that another program has locked. `reserve_bytes` is
        the disk space to reserve.

        Raises Problem if the file was written by a newer program, is unreadable or locked, or if
        there is no space to upgrade it.
        """
        database = cls(path, schema, busy_s, reserve_bytes)
        try:
            await database._on_thread(database._open)
        except BaseException:
            database._executor.submit(database._close)
            database._executor.shutdown(wait=False)
            raise
        return database

    async def run(
        self, work: Callable[[sqlite3.Connection], T], reserve_use: ReserveUse = ReserveUse.IGNORE
    ) -> T:
        """Calls `work` in one transaction on the database's thread. Raises Problem.

        When it returns, the written data survive a power failure. With `ReserveUse.RELEASE`, `work`
        may be called twice. With `REQUIRE` and `RELEASE` the file must be at its path, because
        SQLite's writes to a removed file are lost when the program ends. If the file was replaced,
        nothing is written; if it was removed, it is created again.
        """
        return await self._on_thread(lambda: self._in_transaction(work, reserve_use))

    async def is_in_place(self) -> bool:
        """Returns True if the file at the path is the one that was opened."""
        return await self._on_thread(lambda: _identity_of(self.path) == self._identity is not None)

    async def acknowledge_damage(self) -> None:
        """Records that the user knows about the damaged file."""

        def work() -> None:
            with suppress(OSError):
                self._marker.unlink(missing_ok=True)

        await self._on_thread(work)

    async def close(self) -> None:
        """Finishes submitted work, then closes the file."""
        await self._on_thread(self._close)
        self._executor.shutdown(wait=False)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._executor, work)
        try:
            return await asyncio.shield(future)
        except sqlite3.Error as error:
            _log.warning("SQLite: %s", error)
            raise database_problem(error, self.path) from error

    def _in_transaction(
        self, work: Callable[[sqlite3.Connection], T], reserve_use: ReserveUse
    ) -> T:
        assert self._is_open, "The database is closed"
        if reserve_use is not ReserveUse.IGNORE or self._connection is None:
            self._ensure_in_place(reserve_use)
        assert self._connection is not None
        if reserve_use is ReserveUse.REQUIRE:
            try:
                self._reserve.hold()
            except OSError as error:
                raise _write_problem(self.path, error) from error
        try:
            return _run_in_transaction(self._connection, work)
        except sqlite3.OperationalError as error:
            may_release = reserve_use is ReserveUse.RELEASE and _is_disk_full_error(
                error, self.path
            )
            if not may_release or not self._reserve.release():
                raise
            return _run_in_transaction(self._connection, work)

    def _ensure_in_place(self, reserve_use: ReserveUse) -> None:
        """Raises Problem if the file at the path is not the one that was opened.

        A removed file is restored, but work that leads to a send is refused once, so that the user
        learns of the removal.
        """
        try:
            if self._connection is None:
                self._reconnect()
            elif not os.path.lexists(self.path):
                self._restore_file()
                if reserve_use is ReserveUse.REQUIRE:
                    raise _removed_problem(self.path)
            elif _identity_of(self.path) != self._identity:
                raise _replaced_problem(self.path)
            elif self._has_lost_wal():
                # On closing, SQLite copies into the file what it wrote to the log.
                self._disconnect()
                self._reconnect()
        except OSError as error:
            raise _write_problem(self.path, error) from error

    def _has_lost_wal(self) -> bool:
        wal_identity = _identity_of(self._sibling("-wal"))
        if self._wal_identity is None:
            self._wal_identity = wal_identity
        return wal_identity != self._wal_identity

    def _restore_file(self) -> None:
        assert self._connection is not None
        _log.warning("%s was removed while it was open; it is written again", self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self._sibling(".again"), self._connection.serialize())
        # Closed before the new one is opened: on closing, SQLite may remove the log at the old
        # log's path.
        self._disconnect()
        self._reconnect()

    def _reconnect(self) -> None:
        self._connection = self._connect()
        self._record_identity()
        self._reserve.recheck()

    def _record_identity(self) -> None:
        self._identity = _identity_of(self.path)
        self._wal_identity = _identity_of(self._sibling("-wal"))

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _close(self) -> None:
        self._is_open = False
        is_replaced = self._connection is not None and (
            os.path.lexists(self.path) and _identity_of(self.path) != self._identity
        )
        wal = self._sibling("-wal")
        is_own_wal = _identity_of(wal) == self._wal_identity is not None
        self._disconnect()
        if is_replaced and is_own_wal:
            # SQLite would treat this log as the log of the other file, and damage that file.
            with suppress(OSError):
                wal.rename(self._sibling("-wal.old"))
                self._sibling("-shm").unlink(missing_ok=True)

    def _sibling(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _write_problem(self.path, error) from error
        self.damaged_copy = self._marked_copy()
        try:
            self._connection = self._connect()
        except sqlite3.DatabaseError as error:
            self._connection = self._recover_connection(error)
        except OSError as error:
            raise _write_problem(self.path, error) from error
        self._is_open = True
        self._record_identity()
        # Without the reserve, earlier jobs are still followed, but new ones are not sent.
        try:
            self._reserve.hold()
        except OSError as error:
            self.was_disk_full = is_disk_full(error)

    def _recover_connection(self, error: sqlite3.DatabaseError) -> sqlite3.Connection:
        """Tries to open the file again if the cause of the first failure can be removed."""
        if _is_damage(error):
            _log.warning("The history file is damaged: %s", error)
            copy = _next_copy_path(self.path)
            try:
                write_atomic(self._marker, copy.name.encode())
            except OSError as cause:
                raise _write_problem(self.path, cause) from cause
            _set_aside_damaged(self.path, copy)
            self.damaged_copy = copy
        elif not _is_disk_full_error(error, self.path):
            raise error
        elif not self._reserve.release():
            # SQLite's index of the log needs disk space, unless all other programs are kept out of
            # the file.
            return self._connect(is_exclusive=True)
        return self._connect()

    def _connect(self, *, is_exclusive: bool = False) -> sqlite3.Connection:
        rewritten = self._sibling(".again")
        if rewritten.exists() and not os.path.lexists(self.path):
            # A restore was interrupted between writing and renaming.
            rewritten.replace(self.path)
        return _connect(
            self.path, self._schema, self.damaged_copy, self._busy_s, is_exclusive=is_exclusive
        )

    def _marked_copy(self) -> Path | None:
        """Returns the copy of a damaged file that the user has not been informed of yet."""
        try:
            copy = self.path.with_name(Path(self._marker.read_text(encoding="utf-8")).name)
        except (OSError, ValueError):
            return None
        # The marker is written before the file is moved. If the program was killed in between, the
        # damaged file is still at its old path.
        return copy if copy.is_file() else None


def _run_in_transaction(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]
) -> T:
    with connection:
        return work(connection)


def _identity_of(path: Path) -> FileIdentity | None:
    """Returns the volume and inode numbers of the file at a path; None if there is none."""
    try:
        info = path.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino


def _create_file(path: Path, schema: DatabaseSchema, damaged_file: Path | None) -> None:
    """Creates a new file in one step: a partial file would look like a lost history."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new_database:
        create_tables(new_database, schema)
        if damaged_file is not None:
            _log.warning(
                "%d rows of %s were taken over", salvage(damaged_file, new_database), damaged_file
            )
        image = new_database.serialize()
    try:
        write_atomic(path, image)
    except OSError as error:
        raise _write_problem(path, error) from error


def _connect(
    path: Path,
    schema: DatabaseSchema,
    damaged_file: Path | None,
    busy_s: float,
    *,
    is_exclusive: bool,
) -> sqlite3.Connection:
    """Opens the file, and creates it first if it is missing.

    `damaged_file` is the damaged file that a new one replaces, if any. If `is_exclusive`, all other
    programs are kept out.
    """
    if not os.path.lexists(path):
        _create_file(path, schema, damaged_file)
    if path.is_file() and path.stat().st_size == 0:
        # SQLite would treat it as a new file, and the user would not learn that it had contained
        # jobs.
        raise _DamagedDatabase("the file is empty")
    if not is_exclusive:
        refuse_newer(path, schema)
    connection = sqlite3.connect(path, timeout=busy_s, isolation_level="IMMEDIATE")
    try:
        if is_exclusive:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            # Without an index of the log, only an exclusive connection can read the log on a full
            # disk.
            refuse_newer_version(schema_version(connection), path, schema)
        _prepare(connection, path, schema)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, schema: DatabaseSchema) -> None:
    version = schema_version(connection)
    if version < 0:
        raise _DamagedDatabase(f"version {version}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    check_result = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if check_result != "ok":
        raise _DamagedDatabase(str(check_result))
    migrate(connection, path, schema)
    columns = {name for _cid, name, *_rest in connection.execute("PRAGMA table_info(jobs)")}
    if not columns >= schema.columns:
        raise _DamagedDatabase(
            f"the jobs table lacks {', '.join(sorted(schema.columns - columns))}"
        )


class _DamagedDatabase(sqlite3.DatabaseError):
    """Raised if SQLite's own check or this program finds the file damaged."""


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return isinstance(error, _DamagedDatabase) or _result_code(error) in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )


def _result_code(error: sqlite3.Error) -> int:
    """Returns SQLite's primary result code; 0 if the error did not come from SQLite itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _next_copy_path(path: Path) -> Path:
    """Returns an unused name for a damaged file."""
    number = 1
    while (copy := path.with_name(f"{path.stem}.broken-{number}{path.suffix}")).exists():
        number += 1
    return copy


def _set_aside_damaged(path: Path, copy: Path) -> None:
    """Renames a damaged file together with its log files."""
    try:
        path.rename(copy)
        for suffix in ("-wal", "-shm"):
            sibling = path.with_name(path.name + suffix)
            if sibling.exists():
                sibling.rename(copy.with_name(copy.name + suffix))
    except OSError as error:
        raise _write_problem(path, error) from error


def _is_disk_full_error(error: sqlite3.Error, path: Path) -> bool:
    code = _result_code(error)
    if code == sqlite3.SQLITE_FULL:
        return True
    try:
        return (
            code == sqlite3.SQLITE_IOERR and shutil.disk_usage(path.parent).free < _MIN_FREE_BYTES
        )
    except OSError:
        return False


def database_problem(error: sqlite3.Error, path: Path) -> Problem:
    """Returns the Problem that explains an SQLite error."""
    technical = f"{type(error).__name__}: {error}"
    code = _result_code(error)
    if _is_disk_full_error(error, path):
        return _disk_full_problem(path, technical)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Problem(
            _("The history of jobs is in use by another program."),
            advice=_("Close what has %s open, then try again.") % path,
            technical=technical,
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        return _not_writable_problem(path, technical)
    return Problem(
        _("The history of jobs could not be read or written."),
        advice=_("Check the disk where %s lies, then start the program again.") % path,
        technical=technical,
    )


def _replaced_problem(path: Path) -> Problem:
    return Problem(
        _("The history of jobs was replaced by another file while the program ran."),
        advice=_("Start the program again: it goes on with the file that lies at %s now.") % path,
    )


def _removed_problem(path: Path) -> Problem:
    return Problem(
        _("The history of jobs was removed while the program ran."),
        advice=_("It was written again, to %s. Find out what removes that, then run again.") % path,
    )


def _write_problem(path: Path, error: OSError) -> Problem:
    technical = f"{type(error).__name__}: {error}"
    return (
        _disk_full_problem(path, technical)
        if is_disk_full(error)
        else _not_writable_problem(path, technical)
    )


def _disk_full_problem(path: Path, technical: str) -> Problem:
    return Problem(
        _("The disk is full, so the history of jobs cannot be written."),
        advice=_("Free some space where %s lies.") % path,
        technical=technical,
    )


def _not_writable_problem(path: Path, technical: str) -> Problem:
    return Problem(
        _("The history of jobs cannot be written."),
        advice=_("Check that %s and its folder may be written to.") % path,
        technical=technical,
    )
