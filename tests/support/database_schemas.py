"""Creates history files of other versions, as the programs of those versions do.

`python -m tests.support.database_schemas NAME PATH` opens PATH as the program version NAME does. If
the file is new, it writes `ROWS` jobs (with `--many`, `MANY` of them). It prints "begins" before
and "done" afterwards, and can be killed at any time. With `--dies`, it kills itself before it
closes the file.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.migrations import SCHEMA, DatabaseSchema

if TYPE_CHECKING:
    import sqlite3

ROWS = 500
# Enough to take so long that the program can be killed meanwhile.
MANY = 2000
DOCUMENT = '{"service": "demo", "title": "' + "of an earlier version " * 60 + '"}'

# A possible next version: a new column, filled from every row, and another index.
NEXT = DatabaseSchema(
    (
        *SCHEMA.migrations,
        """
        ALTER TABLE jobs ADD COLUMN title TEXT NOT NULL DEFAULT '';
        UPDATE jobs SET title = json_extract(document, '$.title');
        DROP INDEX jobs_by_state;
        CREATE INDEX jobs_by_title ON jobs (service, title);
        """,
    ),
    SCHEMA.columns | {"title"},
)
# A version after that: two steps at once for users who skipped a version.
AFTER_NEXT = DatabaseSchema(
    (*NEXT.migrations, "CREATE TABLE notes (job_id TEXT PRIMARY KEY NOT NULL, text TEXT);"),
    NEXT.columns,
)
SCHEMAS = {"now": SCHEMA, "next": NEXT, "after-next": AFTER_NEXT}


def fill(connection: sqlite3.Connection, count: int = ROWS) -> None:
    """Inserts finished jobs, as left by earlier runs."""
    rows = ((f"job-{number}", float(number), DOCUMENT) for number in range(count))
    columns = "job_id, created_s, document, service, state, deployment_id, request_id"
    values = "VALUES (?, ?, ?, 'demo', 'done', 'd', '')"
    connection.executemany(f"INSERT INTO jobs ({columns}) {values}", rows)


async def _open(name: str, path: Path, *, count: int, dies: bool) -> None:
    print("begins", flush=True)
    database = await Database.open(path, SCHEMAS[name])
    if count:
        await database.run(partial(fill, count=count))
    if dies:
        # This leaves the write-ahead log next to the file.
        os.kill(os.getpid(), signal.SIGKILL)
    await database.close()
    print("done", flush=True)


if __name__ == "__main__":
    _path = Path(sys.argv[2])
    _dies = "--dies" in sys.argv
    _count = MANY if "--many" in sys.argv else ROWS
    asyncio.run(_open(sys.argv[1], _path, count=0 if _path.exists() else _count, dies=_dies))
