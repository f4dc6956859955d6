"""Check of SQLite, which stores the jobs: the features that the program uses."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import require

if TYPE_CHECKING:
    from pathlib import Path

_COUNT = "select count(*) from jobs"


def sqlite_features(folder: Path) -> str:
    """Checks the write-ahead log and full text search in a new file, and the program's database."""
    file = folder / "records.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        mode = connection.execute("pragma journal_mode=wal").fetchone()[0]
        require(mode == "wal", f"the journal is {mode}")
        with connection:
            connection.execute("create virtual table found using fts5(words)")
            connection.execute("insert into found values ('a lighthouse by the sea')")
    with closing(sqlite3.connect(file)) as connection:
        query = "select words from found where found match 'lighthouse'"
        require(connection.execute(query).fetchall(), "what was written is not found by its words")
        integrity = connection.execute("pragma integrity_check").fetchone()[0]
        require(integrity == "ok", f"the file is damaged: {integrity}")
    asyncio.run(_history(folder / "history.sqlite"))
    return f"SQLite {sqlite3.sqlite_version}, full text, write-ahead log"


async def _history(file: Path) -> None:
    from runcomfy_desktop.store.database import Database

    for _start in range(2):
        database = await Database.open(file)
        try:
            rows = await database.run(lambda connection: connection.execute(_COUNT).fetchone()[0])
        finally:
            await database.close()
        require(rows == 0, "a new history is not empty")
