"""History of all runs made on this computer, in the jobs table, so that none is lost on exit.

A row has a few columns for searching and one JSON document. Transient facts (`trouble`, the bytes
sent, the place in the queue) are not stored, because they would be wrong after a restart.

Two programs can have the same file open if the lock that prevents this was removed. A job that is
not accepted yet is therefore changed only if it is still in the state in which this program last
saw it. If both programs want to send the job, one of them writes that it is being sent, and the
other gets JobConflict.

A second table holds the cost of each run. The cost is written in the same transaction as the end of
the job and kept when the job is deleted, so that no sum becomes smaller.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.deployments.cost import day_of
from runcomfy_desktop.domain.drafts.draft import changes_from_json, changes_to_json
from runcomfy_desktop.domain.jobs.job import UNSENT_STATES, CancelStage, HoldReason, Job, JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.domain.jobs.run_facts import run_facts_from_json, run_facts_to_json
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.store.database import ReserveUse
from runcomfy_desktop.store.media_files import UnreadableReferences

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Changes, Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.store.database import Database

_log = logging.getLogger(__name__)

_INSERT = """
    INSERT INTO jobs (job_id, service, state, created_s, deployment_id, request_id, document)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_ADD = f"{_INSERT} ON CONFLICT (job_id) DO NOTHING"
_SAVE = f"""
    {_INSERT} ON CONFLICT (job_id) DO UPDATE SET
        service = excluded.service, state = excluded.state, created_s = excluded.created_s,
        deployment_id = excluded.deployment_id, request_id = excluded.request_id,
        document = excluded.document
"""
_UPDATE = """
    UPDATE jobs SET service = ?2, state = ?3, created_s = ?4, deployment_id = ?5, request_id = ?6,
        document = ?7
    WHERE job_id = ?1 AND state = ?8
"""
# Written once: saving the row again later, for its files, adds no cost.
_INSERT_SPENT = """
    INSERT INTO spent (job_id, service, day, batch_id, usd) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (job_id) DO NOTHING
"""
_DOCUMENTS = """
    SELECT rowid, document, json_valid(document) FROM jobs WHERE rowid > ? ORDER BY rowid LIMIT ?
"""
# Number of rows to read before other work gets access to the database.
_ROWS_PER_READ = 200
_NOT_SENT_STATES = (*UNSENT_STATES, JobState.SENDING)
_UNFINISHED_STATES = tuple(state.value for state in JobState if not state.is_finished)

# Fields stored unchanged, with their types; the other fields are converted.
_PLAIN_FIELDS: dict[str, type | tuple[type, ...]] = {
    "service": str,
    "deployment_id": str,
    "deployment_name": str,
    "title": str,
    "created_s": (int, float),
    "batch_id": str,
    "batch_name": str,
    "batch_number": int,
    "batch_count": int,
    "cell": int,
    "order": (int, float),
    "workflow_version": str,
    "hardware": str,
    "min_instances": int,
    "places": int,
    "keep_warm_s": int,
    "queue_version": str,
    "workflow_file": str,
    "is_reshaped": bool,
    "has_partner_nodes": bool,
    "seed": (int, type(None)),
    "steps": (int, type(None)),
    "request_id": str,
    "status_url": str,
    "result_url": str,
    "cancel_url": str,
    "instance_id": str,
    "server_word": str,
    "cancel_asked": bool,
    "body_bytes": int,
    "sent_s": (int, float),
    "queued_s": (int, float),
    "running_s": (int, float),
    "finished_s": (int, float),
    "cost_usd": (int, float),
    "reason": str,
    "technical": str,
}
_PLAIN_OUTPUT_FIELDS: dict[str, type | tuple[type, ...]] = {
    "node_id": str,
    "channel": str,
    "filename": str,
    "url": str,
    "text": str,
    "is_preview": bool,
    "path": str,
    "size_bytes": int,
    "fault": str,
    "is_damaged": bool,
    "version": int,
}


_TIME_FIELDS = ("created_s", "sent_s", "queued_s", "running_s", "finished_s")
# The year 5138: a greater value, or NaN, came from a damaged row and would break date functions.
_MAX_TIME_S = 1e11
_MAX_USD = 1e6


class JobConflict(Problem):
    """Raised if another program changed some of the jobs to be written; nothing was written."""

    def __init__(self, job_ids: Collection[str]) -> None:
        super().__init__(
            n_(
                "Another window of this program has taken over %d job.",
                "Another window of this program has taken over %d jobs.",
                len(job_ids),
            )
            % len(job_ids),
            _("It goes on there, and nothing was sent from here.")
            if len(job_ids) == 1
            else _("They go on there, and nothing was sent from here."),
            _("Close one of the two windows."),
        )
        self.job_ids = frozenset(job_ids)


class JobHistory:
    """Reads and writes the jobs table of one database. All methods raise Problem."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.unreadable_rows: set[str] = set()
        """Ids of rows found damaged on reading; the rows stay unchanged."""
        # The state in which this program last read or wrote each row.
        self._known_states: dict[str, JobState] = {}
        # Jobs that this program is sending, or has sent without learning the outcome.
        self._own_job_ids: set[str] = set()

    @property
    def damaged_copy(self) -> Path | None:
        """Path to which the earlier history was moved if it was damaged, else None."""
        return self._database.damaged_copy

    @property
    def was_disk_full(self) -> bool:
        """True if the disk was full at the start."""
        return self._database.was_disk_full

    @property
    def folder(self) -> Path:
        """Folder of the history file."""
        return self._database.path.parent

    async def acknowledge_damage(self) -> None:
        """Records that the user knows about the damaged history.

        Until then the damage is reported at each start.
        """
        await self._database.acknowledge_damage()

    async def save_all(self, jobs: Sequence[Job]) -> None:
        """Writes all rows or none; they are durable when this returns.

        Jobs that lead to a send are written only while there is disk space left for their results.
        Raises JobConflict for jobs that are not in the state in which this program last saw them.
        Jobs that this program sent, or that have a request id, are written regardless: no other
        program knows more about them.
        """
        owned = [job for job in jobs if job.request_id or job.job_id in self._own_job_ids]
        unowned = [job for job in jobs if not (job.request_id or job.job_id in self._own_job_ids)]

        def work(connection: sqlite3.Connection) -> None:
            # Encoded here, on the database's thread: inputs and outputs can have many megabytes.
            connection.executemany(_SAVE, map(_row, owned))
            self._save_unowned(connection, unowned)
            ended = (job for job in jobs if job.state.is_finished and job.cost_usd > 0)
            connection.executemany(_INSERT_SPENT, map(_spent_row, ended))

        leads_to_send = any(job.state in _NOT_SENT_STATES for job in jobs)
        await self._database.run(work, ReserveUse.REQUIRE if leads_to_send else ReserveUse.RELEASE)
        self._known_states.update((job.job_id, job.state) for job in jobs)
        self._own_job_ids.difference_update(
            job.job_id for job in jobs if job.state in UNSENT_STATES
        )
        self._own_job_ids.update(job.job_id for job in jobs if job.state is JobState.SENDING)

    def _save_unowned(self, connection: sqlite3.Connection, jobs: Sequence[Job]) -> None:
        new = [job for job in jobs if job.job_id not in self._known_states]
        existing = [job for job in jobs if job.job_id in self._known_states]
        rows = ((*_row(job), self._known_state(job.job_id)) for job in existing)
        written = connection.executemany(_ADD, map(_row, new)).rowcount if new else 0
        written += connection.executemany(_UPDATE, rows).rowcount if existing else 0
        if written == len(jobs):
            return
        connection.rollback()
        query = "SELECT state FROM jobs WHERE job_id = ?"
        stored_states = {
            job.job_id: connection.execute(query, (job.job_id,)).fetchone() for job in jobs
        }
        # If another program removed a row, that program may have sent the job before.
        raise JobConflict(
            {
                job_id
                for job_id, row in stored_states.items()
                if (row[0] if row else "") != self._known_state(job_id)
            }
        )

    def _known_state(self, job_id: str) -> str:
        state = self._known_states.get(job_id)
        return state.value if state is not None else ""

    async def load_unfinished(self, service: str = "") -> list[Job]:
        """Returns unfinished jobs, oldest first; of one service, or of all services if ""."""
        states = ", ".join("?" * len(_UNFINISHED_STATES))
        condition, parameters = _service_condition(service)
        return await self._load(
            f"{condition} AND state IN ({states}) ORDER BY created_s, rowid",
            (*parameters, *_UNFINISHED_STATES),
        )

    async def load_recent(self, limit: int, service: str = "") -> list[Job]:
        """Returns the newest `limit` jobs in any state, oldest first; of all services if ""."""
        condition, parameters = _service_condition(service)
        jobs = await self._load(
            f"{condition} ORDER BY created_s DESC, rowid DESC LIMIT ?", (*parameters, limit)
        )
        jobs.reverse()
        return jobs

    async def load_batch(self, batch_id: str, since_s: float, service: str = "") -> list[Job]:
        """Returns all jobs of one batch created at or after `since_s`, oldest first."""
        condition, parameters = _service_condition(service)
        # Searches the document's text, because a damaged document cannot be queried as JSON.
        pattern = f'"batch_id":{json.dumps(batch_id)}'
        found = await self._load(
            f"{condition} AND created_s >= ? AND instr(document, ?) > 0 ORDER BY created_s, rowid",
            (*parameters, since_s, pattern),
        )
        return [job for job in found if job.batch_id == batch_id]

    async def delete_all(self, job_ids: Sequence[str]) -> None:
        """Deletes these rows in one transaction, except rows changed by another program."""

        def work(connection: sqlite3.Connection) -> None:
            each = ((job_id, self._known_state(job_id)) for job_id in job_ids)
            connection.executemany("DELETE FROM jobs WHERE job_id = ? AND state = ?", each)

        await self._database.run(work)
        for job_id in job_ids:
            self._known_states.pop(job_id, None)

    async def read_documents(self, on_document: Callable[[str], object]) -> None:
        """Passes the documents of all services to `on_document`, on the database's thread.

        An exception raised by `on_document` ends the reading. Raises UnreadableReferences if some
        documents may be missing: a row is damaged, an earlier damaged history is in the same
        folder, or the file was removed or replaced. Raises Problem if the file cannot be written.
        """

        def work(connection: sqlite3.Connection, after: int) -> int | None:
            if any(self.folder.glob(f"{self._database.path.stem}.broken-*")):
                raise UnreadableReferences(f"a damaged history lies in {self.folder}")
            # Writes nothing, but fails if the file cannot be written.
            connection.execute("UPDATE jobs SET state = state WHERE 0")
            last = None
            for rowid, document, is_valid in connection.execute(
                _DOCUMENTS, (after, _ROWS_PER_READ)
            ):
                _check_row(rowid, document, is_valid=bool(is_valid))
                on_document(document)
                last = int(rowid)
            return last

        last: int | None = -(2**63)
        while last is not None:
            last = await self._database.run(partial(work, after=last))
        if not await self._database.is_in_place():
            raise UnreadableReferences(f"{self._database.path} was removed or replaced")

    async def spent_by_day(self, service: str) -> dict[str, float]:
        """Returns the cost in USD by calendar day."""
        return await self._sum_spent("day", service)

    async def spent_by_batch(self, service: str) -> dict[str, float]:
        return await self._sum_spent("batch_id", service)

    async def _sum_spent(self, column: str, service: str) -> dict[str, float]:
        query = f"SELECT {column}, SUM(usd) FROM spent WHERE service = ? GROUP BY {column}"

        def work(connection: sqlite3.Connection) -> dict[str, float]:
            return {str(key): float(usd) for key, usd in connection.execute(query, (service,))}

        return await self._database.run(work)

    async def _load(self, condition: str, parameters: tuple[object, ...]) -> list[Job]:
        query = f"SELECT job_id, state, document FROM jobs WHERE {condition}"

        def work(connection: sqlite3.Connection) -> list[Job]:
            return list(self._read_jobs(connection.execute(query, parameters)))

        return await self._database.run(work)

    def _read_jobs(self, rows: Iterable[tuple[Any, Any, Any]]) -> Iterable[Job]:
        for job_id, state, document in rows:
            try:
                job = job_from_json(job_id, state, json.loads(document))
            except (ValueError, TypeError, RecursionError) as error:
                # One damaged row must not hide all other rows; it stays so that it can be repaired.
                _log.warning("The history's row %r cannot be read: %s", job_id, error)
                self.unreadable_rows.add(str(job_id))
            else:
                self._known_states.setdefault(job.job_id, job.state)
                yield job


def _check_row(rowid: object, document: object, *, is_valid: bool) -> None:
    try:
        if not isinstance(document, str):
            raise TypeError(type(document).__name__)
        if not is_valid:
            # Python accepts numbers such as NaN that SQLite's JSON functions reject.
            json.loads(document)
    except (ValueError, TypeError, RecursionError) as error:
        raise UnreadableReferences(f"row {rowid} of the history is damaged: {error}") from None


def _service_condition(service: str) -> tuple[str, tuple[str, ...]]:
    """Returns an SQL condition that can use the indexes, and its parameters."""
    return ("service = ?", (service,)) if service else ("TRUE", ())


def _row(job: Job) -> tuple[object, ...]:
    return (
        job.job_id,
        _storable_text(job.service),
        job.state.value,
        job.created_s,
        _storable_text(job.deployment_id),
        _storable_text(job.request_id),
        _document(job),
    )


def _document(job: Job) -> str:
    """Returns `job_to_json` as text, encoded output by output.

    Encoding ten thousand outputs in one call would hold the interpreter's lock and block the
    window. The text is ASCII, because external texts may contain lone surrogates, which no database
    accepts.
    """
    encode = json.JSONEncoder(separators=(",", ":")).encode
    values = job_to_json(replace(job, outputs=()))
    del values["outputs"]
    outputs = ",".join(encode(_output_to_json(each)) for each in job.outputs)
    return f'{encode(values)[:-1]},"outputs":[{outputs}]}}'


def _spent_row(job: Job) -> tuple[object, ...]:
    service, batch_id = _storable_text(job.service), _storable_text(job.batch_id)
    return (job.job_id, service, day_of(job.finished_s), batch_id, job.cost_usd)


def _storable_text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


# Fields that are never stored, with their values in a job that was just read.
TRANSIENT_FIELDS: Mapping[str, Any] = {
    "trouble": "",
    "queue_position": None,
    "sent_bytes": 0,
    "cancel_stage": CancelStage.NEW,
}


def as_stored(job: Job) -> Job:
    """Returns the job without its transient fields; jobs that are then equal have equal rows."""
    return replace(job, **TRANSIENT_FIELDS)


def job_to_json(job: Job) -> dict[str, Json]:
    """Returns the document of a row; it has names and hashes of pictures, never their bytes."""
    document: dict[str, Json] = {name: getattr(job, name) for name in _PLAIN_FIELDS}
    document["hold"] = None if job.hold is None else job.hold.value
    document["changes"] = changes_to_json(_without_inline_data(job.changes))
    if job.smaller:
        document["smaller"] = changes_to_json(job.smaller)
    facts = run_facts_to_json(job.facts)
    if facts:
        document["facts"] = facts
    document["outputs"] = [_output_to_json(output) for output in job.outputs]
    return document


def job_from_json(job_id: object, state: object, document: object) -> Job:
    """Returns the job stored in a row; invalid fields get defaults.

    Raises ValueError if the row does not contain a job.
    """
    if not isinstance(document, dict) or not isinstance(job_id, str):
        raise ValueError("not a job")
    values = _typed_values(document, _PLAIN_FIELDS)
    missing = {"service", "deployment_id", "created_s"} - values.keys()
    if missing:
        raise ValueError(f"without {', '.join(sorted(missing))}")
    for name in _TIME_FIELDS:
        if not 0 <= values.get(name, 0.0) < _MAX_TIME_S:
            values[name] = 0.0
    if not 0 <= values.get("cost_usd", 0.0) < _MAX_USD:
        values["cost_usd"] = 0.0
    values.setdefault("deployment_name", values["deployment_id"])
    values.setdefault("title", values["deployment_name"])
    outputs = document.get("outputs")
    known_state = JobState(state)
    return Job(
        job_id=job_id,
        state=known_state,
        hold=_hold_from_json(document.get("hold")) if known_state is JobState.HELD else None,
        changes=changes_from_json(document.get("changes")),
        smaller=_smaller_from_json(document.get("smaller")),
        facts=run_facts_from_json(document.get("facts")),
        outputs=tuple(
            _output_from_json(each)
            for each in (outputs if isinstance(outputs, list) else ())
            if isinstance(each, dict)
        ),
        **values,
    )


def _smaller_from_json(tree: Any) -> dict[InputKey, MediaFile | None]:
    found = changes_from_json(tree)
    return {k: each for k, each in found.items() if each is None or isinstance(each, MediaFile)}


def _hold_from_json(value: Any) -> HoldReason:
    """Returns the stored reason; RESTART, which asks the user, if it is invalid."""
    try:
        return HoldReason(value)
    except ValueError:
        return HoldReason.RESTART


def _typed_values(
    document: dict[str, Any], types: dict[str, type | tuple[type, ...]]
) -> dict[str, Any]:
    return {
        name: document[name]
        for name, kind in types.items()
        if name in document
        and isinstance(document[name], kind)
        and (kind is bool or not isinstance(document[name], bool))
    }


def _output_to_json(output: Output) -> dict[str, Json]:
    """Returns the output as JSON without empty values: a run can have thousands of outputs."""
    plain = {name: getattr(output, name) for name in _PLAIN_OUTPUT_FIELDS}
    return {"kind": output.kind.value, **{name: value for name, value in plain.items() if value}}


def _output_from_json(document: dict[str, Any]) -> Output:
    values = _typed_values(document, _PLAIN_OUTPUT_FIELDS)
    try:
        kind = OutputKind(document.get("kind"))
    except ValueError:
        kind = OutputKind.OTHER
    return Output(
        node_id=values.pop("node_id", ""), channel=values.pop("channel", ""), kind=kind, **values
    )


def _without_inline_data(changes: Changes) -> dict[Any, Value]:
    """Replaces data URIs by placeholders that name missing files.

    A deployment's examples may contain data URIs. A user who runs such a job again is told that its
    picture is missing; no other picture is sent instead.
    """
    return {
        key: _placeholder(value)
        if not isinstance(value, MediaFile) and _has_inline_data(value)
        else value
        for key, value in changes.items()
    }


def _has_inline_data(value: Json) -> bool:
    if isinstance(value, str):
        return value[:5].lower() == "data:" and ";base64," in value[:256]
    if isinstance(value, list):
        return any(map(_has_inline_data, value))
    return isinstance(value, dict) and any(map(_has_inline_data, value.values()))


def _placeholder(value: Json) -> MediaFile:
    text = value if isinstance(value, str) else json.dumps(value)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    mime = text[5:].partition(";")[0] if isinstance(value, str) else ""
    return MediaFile("inline data", f"{digest}.data", digest, mime, len(text), 0, 0)
