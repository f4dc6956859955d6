"""Recovers the readable rows of a damaged history.

A row may be the only reference to a result that was paid for.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from runcomfy_desktop.store.migrations import read_only_uri

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)


def salvage(copy: Path, fresh: sqlite3.Connection) -> int:
    """Copies readable rows of the damaged history into a fresh one; returns their number.

    `copy` is the damaged file, which has been moved aside. Nothing is written to it, and its damage
    raises no error.
    """
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    count = 0
    try:
        address = read_only_uri(copy.absolute())
        with closing(sqlite3.connect(address, uri=True)) as old:
            # A row with invalid characters is copied with replacement characters.
            old.text_factory = lambda data: data.decode("utf-8", "replace")
            for (table,) in fresh.execute(tables).fetchall():
                count += _copy_table(old, fresh, table)
    except sqlite3.Error as error:
        _log.warning("Nothing can be read of %s: %s", copy, error)
    return count


def _copy_table(old: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> int:
    names = _columns(fresh, table)
    if not set(names) <= set(_columns(old, table)):
        return 0
    column_list = ", ".join(names)
    placeholders = ", ".join("?" * len(names))
    rows = _rows(old, table, column_list)
    # A row that violates the table's constraints is skipped; the others are copied.
    insert = f"INSERT OR IGNORE INTO {table} ({column_list}) VALUES ({placeholders})"
    return sum(fresh.execute(insert, row).rowcount for row in rows)


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    try:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    except sqlite3.Error:
        return []


def _rows(old: sqlite3.Connection, table: str, names: str) -> list[tuple[object, ...]]:
    """Returns the readable rows of a table, in the order in which they were written.

    Reads from both ends of the table up to the damage.
    """
    found: dict[int, tuple[object, ...]] = {}
    for direction in ("ASC", "DESC"):
        query = f"SELECT rowid, {names} FROM {table} NOT INDEXED ORDER BY rowid {direction}"
        try:
            for rowid, *row in old.execute(query):
                if rowid in found:
                    break
                found[rowid] = tuple(row)
        except (sqlite3.Error, OverflowError) as error:
            _log.warning("The table %s of a damaged history ends in the middle: %s", table, error)
    return [found[rowid] for rowid in sorted(found)]
