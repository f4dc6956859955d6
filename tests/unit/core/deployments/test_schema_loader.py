"""Schemas of inputs come from the disk if possible, else from the network."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.deployments import list_deployments, read_deployment
from runcomfy_desktop.core.base.notices import Notice, NoticeLevel, Notices
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.deployments.schema_loader import SchemaLoader
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.store.schemas import SchemaStore
from tests.support.async_wait import wait_until
from tests.support.emulated_connection import EmulatedConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

DAY_S = 24 * 3600.0
START_S = 1_770_000_000.0


class ProgramStart:
    """One start of the program, on a folder and a connection that outlive it."""

    def __init__(self, connection: EmulatedConnection, folder: Path, now_s: float) -> None:
        self.connection = connection
        self.now_s = now_s
        self.client = connection.client()
        self.draft_editor, notices = DraftEditor(), Notices()
        self.shown_notices: list[Notice] = []
        notices.listen(self.shown_notices.append)
        self.tasks = Tasks(notices.post_failure)
        self.schemas = SchemaLoader(
            self.client,
            self.draft_editor,
            self.tasks,
            notices,
            SchemaStore(folder),
            lambda: self.now_s,
        )
        self.deployment = Deployment("none", "without an address")

    async def open(self, version: str = "", updated_at: str = "") -> None:
        """Opens the first deployment, with another version or time if given."""
        first = next(iter(self.connection.backend.deployments))
        found = await read_deployment(self.client, first)
        self.deployment = replace(
            found,
            workflow_version=version or found.workflow_version,
            updated_at=updated_at or found.updated_at,
        )
        self.draft_editor.open_deployment(self.deployment)
        self.schemas.request(self.deployment)

    async def shown(self) -> None:
        await wait_until(lambda: self.draft_editor.state.schema is not None)
        await self.tasks.finish()

    @property
    def request_count(self) -> int:
        return sum(path.startswith("/object_info") for path in self.connection.calls)


@asynccontextmanager
async def start(
    connection: EmulatedConnection, folder: Path, now_s: float = START_S
) -> AsyncIterator[ProgramStart]:
    connection.calls.clear()
    begun = ProgramStart(connection, folder, now_s)
    async with begun.client:
        yield begun
        await begun.tasks.close()


async def used_once(connection: EmulatedConnection, folder: Path) -> None:
    async with start(connection, folder) as first:
        await first.open()
        await first.shown()
        assert first.request_count == 1


def statuses(connection: EmulatedConnection) -> list[object]:
    """Returns the statuses of all schema responses so far."""
    entries = [each for each in connection.backend.journal.entries() if isinstance(each, dict)]
    return [each["status"] for each in entries if each["call"] == "object-info"]


def files(folder: Path, ending: str) -> list[Path]:
    return sorted(folder.glob(f"*{ending}"))


def write(path: Path) -> None:
    path.write_text("")


async def test_a_deployment_that_is_wanted_twice_is_read_once(tmp_path: Path) -> None:
    async with start(EmulatedConnection(), tmp_path) as now:
        now.schemas.request(Deployment("none", "without an address"))
        await now.open()
        now.schemas.request(now.deployment)
        await now.shown()
        now.schemas.request(now.deployment)
        await now.tasks.finish()
        assert now.request_count == 1


async def test_the_next_start_asks_nobody(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    await used_once(connection, tmp_path)
    async with start(connection, tmp_path, START_S + DAY_S - 60) as now:
        await now.open()
        await now.shown()
        schema = now.draft_editor.state.schema
        assert schema is not None
        assert "KSampler" in schema
        assert schema.spec("KSampler", "seed") is not None
        assert now.request_count == 0


@pytest.mark.parametrize("after_s", [DAY_S + 60, -60.0])
async def test_after_a_day_the_host_is_asked_what_is_newer(tmp_path: Path, after_s: float) -> None:
    connection = EmulatedConnection()
    await used_once(connection, tmp_path)
    changes: list[object] = []
    async with start(connection, tmp_path, START_S + after_s) as now:
        now.draft_editor.changed.subscribe(lambda state: changes.append(state.schema))
        await now.open()
        await now.shown()
        assert now.request_count == 1
        assert [each for each in changes if each is not None] == [now.draft_editor.state.schema]
        assert statuses(connection) == [200, 304]
    async with start(connection, tmp_path, START_S + after_s + 60) as again:
        await again.open()
        await again.shown()
        assert again.request_count == 0


async def test_another_state_of_the_deployment_is_asked_for(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    await used_once(connection, tmp_path)
    connection.backend.node_classes.object_info["Newer"] = {"input": {"required": {}}}
    connection.reload_storage()
    async with start(connection, tmp_path) as now:
        await now.open(version="v99")
        await now.shown()
        assert now.request_count == 1
        schema = now.draft_editor.state.schema
        assert schema is not None
        assert "Newer" in schema
    assert len(files(tmp_path, ".schema")) == 1
    assert now.shown_notices == []


async def test_deployments_of_one_container_share_what_they_have(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with start(connection, tmp_path) as now:
        found = []
        for each in (await list_deployments(now.client))[:2]:
            deployment = await read_deployment(now.client, each.deployment_id)
            now.draft_editor.open_deployment(deployment)
            now.schemas.request(deployment)
            await now.shown()
            found.append(now.draft_editor.state.schema)
    assert found[0] is found[1]
    assert len(files(tmp_path, ".schema")) == 1
    assert len(files(tmp_path, ".note.json")) == 2


async def test_what_is_kept_has_neither_key_nor_address(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    await used_once(connection, tmp_path)
    text = b"".join(path.read_bytes() for path in files(tmp_path, ""))
    assert connection.backend.token.encode() not in text
    assert b"storage.emulated" not in text
    assert b"http" not in b"".join(path.read_bytes() for path in files(tmp_path, ".json"))


async def test_offline_what_is_kept_serves_without_a_word(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    await used_once(connection, tmp_path)
    connection.missing_endings = (".json",)
    async with start(connection, tmp_path, START_S + 2 * DAY_S) as now:
        await now.open()
        await now.shown()
        assert now.request_count == 1
        assert now.shown_notices == []


async def test_offline_the_age_is_told_of_what_is_of_another_version(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    await used_once(connection, tmp_path)
    connection.missing_endings = (".json",)
    async with start(connection, tmp_path, START_S + 3 * DAY_S + 600) as now:
        await now.open(updated_at="later")
        await now.shown()
        (notice,) = now.shown_notices
        assert notice.level is NoticeLevel.INFO
        assert notice.title == "The kinds of inputs are those of 3 days ago."
        connection.missing_endings = ()
        now.schemas.request(now.deployment)
        await now.tasks.finish()
        assert len(now.shown_notices) == 1
        assert now.request_count == 2, "the next opening tries again"


@pytest.mark.parametrize(
    ("age_s", "title"),
    [
        (90 * 60.0, "The kinds of inputs are those of 1 hour ago."),
        (60.0, "The kinds of inputs are those of less than an hour ago."),
    ],
)
async def test_an_age_in_words(tmp_path: Path, age_s: float, title: str) -> None:
    connection = EmulatedConnection()
    await used_once(connection, tmp_path)
    connection.missing_endings = (".json",)
    async with start(connection, tmp_path, START_S + age_s) as now:
        await now.open(version="v99")
        await now.shown()
        assert [notice.title for notice in now.shown_notices] == [title]


async def test_a_slow_host_lets_what_is_kept_be_seen_meanwhile(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    await used_once(connection, tmp_path)
    connection.backend.node_classes.object_info["Newer"] = {"input": {"required": {}}}
    connection.reload_storage()
    connection.hold(".json")
    async with start(connection, tmp_path) as now:
        await now.open(version="v99")
        await wait_until(lambda: now.draft_editor.state.schema is not None)
        connection.release()
        await wait_until(
            lambda: (
                now.draft_editor.state.schema is not None
                and "Newer" in now.draft_editor.state.schema
            )
        )


async def test_nothing_kept_and_nobody_there_is_told(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    connection.missing_endings = (".json",)
    async with start(connection, tmp_path) as now:
        await now.open()
        await wait_until(lambda: now.shown_notices)
        assert now.shown_notices[0].title.startswith("The kinds of inputs of")
        assert now.draft_editor.state.schema is None


async def test_a_damaged_copy_is_put_aside_and_fetched_again(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    await used_once(connection, tmp_path)
    (path,) = files(tmp_path, ".schema")
    path.write_bytes(path.read_bytes()[:-9])
    async with start(connection, tmp_path) as now:
        await now.open()
        await now.shown()
        assert now.request_count == 1
        assert now.shown_notices == []
    assert statuses(connection) == [200, 200]
    assert path in files(tmp_path, ".schema")
    assert files(tmp_path, ".broken-1.schema")


async def test_a_disk_that_takes_nothing_is_in_nobodys_way(tmp_path: Path) -> None:
    write(tmp_path / "file")
    async with start(EmulatedConnection(), tmp_path / "file") as now:
        await now.open()
        await now.shown()
        assert now.shown_notices == []
