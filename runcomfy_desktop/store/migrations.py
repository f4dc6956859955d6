"""Upgrades a history file to the newest version: makes a copy, then changes all or nothing."""

from __future__ import annotations

import filecmp
import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath

from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import is_disk_full, sync_folder
from runcomfy_desktop.store.data_versions import (
    UpgradeObstacle,
    last_backup,
    next_backup_path,
    remove_old_backups,
    upgrade_problem,
)

# Another program, such as a backup, may read the file. If the file stays locked, the user must
# learn it soon, because nothing is sent while it is.
BUSY_S = 2.0
# The header of every SQLite file: https://www.sqlite.org/fileformat2.html#the_database_header
_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_VERSION_SLICE = slice(60, 64)
_LOCKED_CODES = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_NOT_WRITABLE_CODES = (
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
)


@dataclass(frozen=True, slots=True)
class DatabaseSchema:
    """Structure of a history file.

    The migration at index n upgrades the file from version n to the next. A released migration
    never changes. `columns` are the columns that the jobs table must have in the newest version.
    """

    migrations: tuple[str, ...]
    columns: frozenset[str]

    @property
    def version(self) -> int:
        return len(self.migrations)


SCHEMA = DatabaseSchema(
    (
        """
        CREATE TABLE jobs (
            job_id TEXT PRIMARY KEY NOT NULL,
            service TEXT NOT NULL,
            state TEXT NOT NULL,
            created_s REAL NOT NULL,
            deployment_id TEXT NOT NULL,
            request_id TEXT NOT NULL,
            document TEXT NOT NULL
        );
        CREATE INDEX jobs_by_time ON jobs (service, created_s);
        CREATE INDEX jobs_by_state ON jobs (service, state);
        """,
        """
        CREATE TABLE spent (
            job_id TEXT PRIMARY KEY NOT NULL,
            service TEXT NOT NULL,
            day TEXT NOT NULL,
            batch_id TEXT NOT NULL,
            usd REAL NOT NULL
        );
        """,
    ),
    frozenset(
        {"job_id", "service", "state", "created_s", "deployment_id", "request_id", "document"}
    ),
)


def refuse_newer(path: Path, schema: DatabaseSchema) -> None:
    """Raises Problem for a file written by a newer program.

    The check writes nothing: on closing, an ordinary connection would clean up the log that the
    newer program left.
    """
    if not path.is_file():
        # Not a plain file: reading it might block forever.
        return
    refuse_newer_version(_read_version(path), path, schema)


def refuse_newer_version(version: int, path: Path, schema: DatabaseSchema) -> None:
    """Raises Problem if `version` is newer than the schema's."""
    if version > schema.version:
        raise Problem(
            _("The history of jobs was written by a newer version of this program."),
            _("%s has version %d, this program knows versions up to %d. Nothing was changed.")
            % (path, version, schema.version),
            _("Install the newer version, or start this one with another folder: --data-dir DIR."),
            kind=ProblemKind.REJECTED,
        )


def _read_version(path: Path) -> int:
    """Returns the version in a file; writes neither to it nor to its log, and creates no log."""
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        # The newest version may be in the log. (A full disk leaves an empty log behind.)
        uri = read_only_uri(path.absolute())
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S)) as connection:
            return schema_version(connection)
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header.startswith(_MAGIC):
        # Damaged; SQLite will report it.
        return 0
    return int.from_bytes(header[_VERSION_SLICE], "big", signed=True)


def read_only_uri(path: PurePath) -> str:
    """Returns SQLite's URI for opening a file read-only; `path` must be absolute."""
    # For a Windows network share, Python puts the server name where SQLite accepts none.
    location = path.as_uri().removeprefix("file:").removeprefix("//")
    return f"file://{location if location.startswith('/') else f'//{location}'}?mode=ro"


def schema_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def create_tables(connection: sqlite3.Connection, schema: DatabaseSchema) -> None:
    """Creates the newest tables in an empty database."""
    connection.executescript(_script(schema, 0))


def migrate(connection: sqlite3.Connection, path: Path, schema: DatabaseSchema) -> None:
    """Upgrades an older file.

    Raises Problem if the disk does not allow it, and SQLite's own error if another program has
    locked the file; the file is then unchanged. If the program is killed at any time, either the
    old file or the new one is left.
    """
    version = schema_version(connection)
    if version == schema.version:
        return
    copy, is_new = _back_up(connection, path, version)
    try:
        connection.executescript(_script(schema, version))
    except sqlite3.Error as error:
        connection.rollback()
        if is_new:
            copy.unlink(missing_ok=True)
        if _result_code(error) in _LOCKED_CODES:
            # Reported in the same way as a history of the current version that is in use.
            raise
        raise upgrade_problem(path, _obstacle_for(error), f"{error}") from error
    remove_old_backups(path, copy)


def _script(schema: DatabaseSchema, version: int) -> str:
    steps = " ".join(schema.migrations[version:])
    return f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {schema.version}; COMMIT;"


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> tuple[Path, bool]:
    """Returns the path of a complete copy next to the file, and True if the copy is new.

    The copy includes the data that a killed program left in its log. If a program was killed during
    this step, the copy that it left is identical and is reused.
    """
    try:
        copy, previous = next_backup_path(path, version), last_backup(path, version)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{copy.name}.", suffix=".tmp")
        os.close(handle)
        temporary = Path(name)
        try:
            with closing(sqlite3.connect(temporary)) as target:
                connection.backup(target)
                # A single file: with a log next to it, the file alone would be an incomplete copy.
                target.execute("PRAGMA journal_mode = DELETE")
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            if previous is not None and filecmp.cmp(temporary, previous, shallow=False):
                temporary.unlink()
                return previous, False
            temporary.replace(copy)
        except BaseException:
            for suffix in ("", "-wal", "-shm", "-journal"):
                temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except (OSError, sqlite3.Error) as error:
        if isinstance(error, sqlite3.Error) and _result_code(error) in _LOCKED_CODES:
            raise
        raise upgrade_problem(path, _obstacle_for(error), f"{error}") from error
    return copy, True


def _obstacle_for(error: OSError | sqlite3.Error) -> UpgradeObstacle:
    is_full_disk = (
        is_disk_full(error)
        if isinstance(error, OSError)
        else _result_code(error) == sqlite3.SQLITE_FULL
    )
    if is_full_disk:
        return UpgradeObstacle.DISK_FULL
    if isinstance(error, OSError) or _result_code(error) in _NOT_WRITABLE_CODES:
        return UpgradeObstacle.NOT_WRITABLE
    return UpgradeObstacle.NOT_UNDERSTOOD


def _result_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
