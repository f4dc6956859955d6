from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import Value
from runcomfy_desktop.domain.jobs.job import CancelStage, Job, JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.domain.jobs.run_facts import RunFacts
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory, as_stored, job_to_json
from tests.support.small_disk import small_disk

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path


_PICTURE = MediaFile("cat.png", "ab.png", "ab", "image/png", 123, 4, 5)
_SERVICE = "https://api.example.org"


def _job(job_id: str = "job-1", state: JobState = JobState.QUEUED, **facts: object) -> Job:
    job = Job(job_id, _SERVICE, "d-1", "flux", "Blue bicycle", state, 1000.0)
    return replace(job, **facts)  # type: ignore[arg-type] # the names are checked by replace


def _full_job() -> Job:
    return _job(
        workflow_version="v3",
        hardware="AMPERE_48",
        min_instances=1,
        queue_version="v2",
        changes={
            InputKey("38:42", "text"): 'käse "quoted" \ud83d',
            InputKey("38:42", "steps"): 2**60,
            InputKey("31", "cfg"): 1.5,
            InputKey("31", "on"): True,
            InputKey("9", "list"): {"__value__": [1, None]},
            InputKey("189", "image"): _PICTURE,
        },
        smaller={
            InputKey("189", "image"): replace(_PICTURE, size_bytes=7),
            InputKey("190", "image"): None,
        },
        seed=2**53 - 1,
        steps=20,
        facts=RunFacts(
            earlier={InputKey("31", "cfg"): "7", InputKey("38:42", "text"): "Käse\n\ud83d"},
            titles={"31": "KSampler 2"},
            prompts={InputKey("38:42", "text"): ""},
            negative_prompts={InputKey("7", "text"): "blurry"},
        ),
        request_id="r-1",
        status_url="https://api.example.org/s",
        result_url="https://api.example.org/r",
        cancel_url="https://api.example.org/c",
        instance_id="i-1",
        server_word="pondering",
        cancel_asked=True,
        body_bytes=77,
        sent_s=1001.0,
        queued_s=1002.5,
        running_s=1003.0,
        finished_s=1004.0,
        cost_usd=0.25,
        reason="because",
        technical="E1",
        outputs=(
            Output("136", "images", OutputKind.IMAGE, "a.png", "https://x/a.png", path="/o/a.png"),
            Output("38:42", "text", OutputKind.TEXT, text="A bicycle.", is_preview=True),
            Output("9", "3d", OutputKind.MODEL_3D, "m.glb", fault="gone", size_bytes=5),
            Output(
                "9",
                "images",
                OutputKind.IMAGE,
                "b.png",
                path="/tmp/b.png",
                is_damaged=True,
                version=2,
            ),
        ),
    )


async def _open(folder: Path) -> tuple[Database, JobHistory]:
    database = await Database.open(folder / "history.sqlite")
    return database, JobHistory(database)


async def test_a_job_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    database, history = await _open(tmp_path)
    await history.save_all([_full_job()])
    assert await history.load_recent(10) == [_full_job()]
    await database.close()


def test_every_fact_of_a_job_has_a_place_or_is_of_the_moment() -> None:
    moment = {"trouble", "queue_position", "sent_bytes", "cancel_stage"}
    columns = {"job_id", "state"}
    assert {each.name for each in fields(Job)} == {*job_to_json(_full_job()), *moment, *columns}
    taken = CancelStage.ACCEPTED
    busy = _job(trouble="no network", queue_position=3, sent_bytes=9, cancel_stage=taken)
    assert as_stored(busy) == _job()


async def test_facts_of_the_moment_are_not_kept(tmp_path: Path) -> None:
    database, history = await _open(tmp_path)
    await history.save_all([_job(trouble="no network", queue_position=3, sent_bytes=9)])
    assert await history.load_recent(10) == [_job()]
    await database.close()


async def test_saving_again_replaces_the_row(tmp_path: Path) -> None:
    database, history = await _open(tmp_path)
    await history.save_all([_job()])
    await history.save_all([_job(state=JobState.DONE)])
    assert [job.state for job in await history.load_recent(10)] == [JobState.DONE]
    await database.close()


async def test_recent_jobs_come_oldest_first_and_bounded(tmp_path: Path) -> None:
    database, history = await _open(tmp_path)
    for number in range(5):
        await history.save_all([_job(f"job-{number}", created_s=1000.0 + number)])
    await history.save_all([_job("elsewhere", service="demo", created_s=5000.0)])
    assert [job.job_id for job in await history.load_recent(2, _SERVICE)] == ["job-3", "job-4"]
    assert [job.job_id for job in await history.load_recent(2)] == ["job-4", "elsewhere"]
    await database.close()


async def test_unfinished_jobs_are_found_however_old(tmp_path: Path) -> None:
    database, history = await _open(tmp_path)
    for number, state in enumerate(JobState):
        await history.save_all([_job(state.value, state, created_s=float(number))])
    await history.save_all([_job("elsewhere", service="demo")])
    found = await history.load_unfinished(_SERVICE)
    assert [job.state for job in found] == [each for each in JobState if not each.is_finished]
    assert len(await history.load_unfinished()) == len(found) + 1
    await database.close()


async def test_a_deleted_job_is_gone(tmp_path: Path) -> None:
    database, history = await _open(tmp_path)
    await history.save_all([_job()])
    await history.delete_all(["job-1"])
    await history.delete_all(["never was"])
    assert await history.load_recent(10) == []
    await database.close()


def _set(column: str, value: object) -> Callable[[sqlite3.Connection], None]:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute(f"UPDATE jobs SET {column} = ? WHERE job_id = 'bad'", (value,))

    return work


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("document", "{cut"),
        ("document", "[]"),
        ("document", "null"),
        ("document", b"\xff\xfe"),
        ("document", '{"service": "x"}'),
        ("document", '{"service": 1, "deployment_id": "d", "created_s": 1}'),
        ("document", "[" * 100_000),
        ("state", "held back"),
        ("state", 5),
    ],
)
async def test_a_damaged_row_hides_no_other(column: str, value: object, tmp_path: Path) -> None:
    database, history = await _open(tmp_path)
    await history.save_all([_job("bad")])
    await history.save_all([_job("good")])
    await database.run(_set(column, value))
    assert [job.job_id for job in await history.load_recent(10)] == ["good"]
    await database.close()


async def test_odd_facts_fall_back_one_by_one(tmp_path: Path) -> None:
    database, history = await _open(tmp_path)
    await history.save_all([_job("bad")])
    document = (
        '{"service": "s", "deployment_id": "d", "created_s": 7, "seed": true, "hardware": 3,'
        ' "steps": "x", "facts": {"earlier": {"9": {"cfg": 7, "on": "no"}}, "titles": {"9": 1}},'
        ' "cancel_asked": 1, "reason": "kept", "of_tomorrow": {}, "changes": [],'
        ' "smaller": {"9": {"image": 5}},'
        ' "outputs": [1, {"kind": "smell", "path": "p"}]}'
    )
    await database.run(_set("document", document))
    [job] = await history.load_recent(10)
    assert (job.seed, job.hardware, job.cancel_asked, job.reason) == (None, "", False, "kept")
    assert (job.title, job.deployment_name, job.changes) == ("d", "d", {})
    assert (job.steps, job.facts) == (None, RunFacts(earlier={InputKey("9", "on"): "no"}))
    assert job.smaller == {}
    assert job.outputs == (Output("", "", OutputKind.OTHER, path="p"),)
    await database.close()


def _all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_no_bytes_of_pictures_reach_the_file(tmp_path: Path) -> None:
    secret = "QUJDREVG" * 4000
    uri = f"data:image/png;base64,{secret}"
    changes = {
        InputKey("1", "image"): uri,
        InputKey("2", "deep"): {"a": [{"b": uri}]},
        InputKey("3", "text"): "data: see above",
    }
    database, history = await _open(tmp_path)
    await history.save_all([_job(changes=changes)])
    [job] = await history.load_recent(10)
    await database.close()
    assert b"QUJDREVG" not in _all_bytes(tmp_path)
    stand_in = job.changes[InputKey("1", "image")]
    assert isinstance(stand_in, MediaFile)
    assert (stand_in.mime, stand_in.size_bytes) == ("image/png", len(uri))
    assert isinstance(job.changes[InputKey("2", "deep")], MediaFile)
    assert job.changes[InputKey("3", "text")] == "data: see above"


class WatchedChanges(Mapping[InputKey, Value]):
    """Changes that record the threads on which they are read."""

    def __init__(self) -> None:
        self.read_on: set[int] = set()

    def __iter__(self) -> Iterator[InputKey]:
        self.read_on.add(threading.get_ident())
        yield InputKey("6", "text")

    def __len__(self) -> int:
        return 1

    def __getitem__(self, key: InputKey) -> Value:
        return "x"


@pytest.mark.root
async def test_on_a_full_disk_only_what_was_sent_already_is_written(tmp_path: Path) -> None:
    """The id of an accepted run must be stored; a job that cannot be stored must not be sent."""
    with small_disk(tmp_path / "disk") as disk:
        database = await Database.open(disk.path / "history.sqlite")
        history = JobHistory(database)
        await history.save_all([_job("sent", JobState.SENDING)])
        disk.fill()
        for state in (JobState.WAITING, JobState.HELD, JobState.SENDING):
            with pytest.raises(Problem, match="The disk is full"):
                await history.save_all([_job("new", state)])
        await history.save_all([_job("sent", JobState.QUEUED, request_id="r-1")])
        assert [job.request_id for job in await history.load_unfinished()] == ["r-1"]
        # The reserved space is used up.
        disk.fill()
        with pytest.raises(Problem, match="The disk is full"):
            await history.save_all([_job("sent", JobState.RUNNING)])
        await database.close()


async def test_a_large_row_is_made_off_the_loops_thread(tmp_path: Path) -> None:
    changes = WatchedChanges()
    database = await Database.open(tmp_path / "history.sqlite")
    await JobHistory(database).save_all([_job(changes=changes)])
    await database.close()
    assert changes.read_on
    assert threading.get_ident() not in changes.read_on


async def test_the_jobs_of_one_batch_are_found_by_its_id(tmp_path: Path) -> None:
    database, history = await _open(tmp_path)
    mine = [_job(str(n), batch_id="grid-1", cell=n, created_s=1000.0 + n) for n in range(3)]
    other = _job("other", batch_id="grid-2", created_s=1001.0)
    # A title that contains another batch's id as it appears in a document.
    odd = _job("odd", title='"batch_id":"grid-1"', created_s=1002.0)
    earlier = _job("earlier", batch_id="grid-1", created_s=5.0)
    elsewhere = _job("elsewhere", batch_id="grid-1", service="https://other.example.org")
    await history.save_all([*mine, other, odd, earlier, elsewhere])
    assert await history.load_batch("grid-1", 900.0, _SERVICE) == mine
    assert await history.load_batch("grid-9", 0.0) == []
    await database.close()


async def test_all_rows_are_read_piece_by_piece_as_they_are_written(tmp_path: Path) -> None:
    database, history = await _open(tmp_path)
    elsewhere = _job("job-x", JobState.DONE, service="https://elsewhere", technical="inf")
    await history.save_all([*(_job(f"job-{n}", JobState.DONE) for n in range(450)), elsewhere])
    # Python writes numbers that SQLite's JSON does not support.
    put = "UPDATE jobs SET document = replace(document, '\"cost_usd\":0.0', '\"cost_usd\":NaN')"
    await database.run(lambda connection: connection.execute(put))
    read: list[str] = []
    await history.read_documents(read.append)
    assert len(read) == 451
    assert sum("https://elsewhere" in each and "NaN" in each for each in read) == 1
    await history.read_documents(read.append)
    assert read[:451] == read[451:]
    await database.close()


async def test_whoever_takes_the_rows_may_end_that(tmp_path: Path) -> None:
    database, history = await _open(tmp_path)
    await history.save_all([_job()])

    def refuse(_document: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await history.read_documents(refuse)
    assert [job.job_id for job in await history.load_recent(10)] == ["job-1"]
    await database.close()
