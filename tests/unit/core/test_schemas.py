"""What inputs may hold comes from the disk when it can, from the network when it must."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.deployments import list_deployments, read_deployment
from runcomfy_desktop.core.notices import Notice, NoticeLevel, Notices
from runcomfy_desktop.core.schemas import Schemas
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment
from runcomfy_desktop.store.schemas import SchemaStore
from tests.support.line import Line
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

DAY_S = 24 * 3600.0
START_S = 1_770_000_000.0


class Start:
    """One start of the program on a folder and a line that outlive it."""

    def __init__(self, line: Line, folder: Path, now_s: float) -> None:
        self.line = line
        self.now_s = now_s
        self.client = line.client()
        self.bench, notices = Workbench(), Notices()
        self.told: list[Notice] = []
        notices.listen(self.told.append)
        self.tasks = Tasks(notices.failure)
        self.schemas = Schemas(
            self.client, self.bench, self.tasks, notices, SchemaStore(folder), lambda: self.now_s
        )
        self.deployment = Deployment("none", "without an address")

    async def open(self, version: str = "", updated_at: str = "") -> None:
        """The first deployment, as it would be said to be by now."""
        first = next(iter(self.line.world.deployments))
        found = await read_deployment(self.client, first)
        self.deployment = replace(
            found,
            workflow_version=version or found.workflow_version,
            updated_at=updated_at or found.updated_at,
        )
        self.bench.open_deployment(self.deployment)
        self.schemas.want(self.deployment)

    async def shown(self) -> None:
        await until(lambda: self.bench.state.schema is not None)
        await self.tasks.finish()

    @property
    def asked(self) -> int:
        return sum(path.startswith("/object_info") for path in self.line.calls)


@asynccontextmanager
async def start(line: Line, folder: Path, now_s: float = START_S) -> AsyncIterator[Start]:
    line.calls.clear()
    begun = Start(line, folder, now_s)
    async with begun.client:
        yield begun
        await begun.tasks.close()


async def used_once(line: Line, folder: Path) -> None:
    async with start(line, folder) as first:
        await first.open()
        await first.shown()
        assert first.asked == 1


def statuses(line: Line) -> list[object]:
    """What the host answered so far."""
    entries = [each for each in line.world.journal.entries() if isinstance(each, dict)]
    return [each["status"] for each in entries if each["call"] == "object-info"]


def files(folder: Path, ending: str) -> list[Path]:
    return sorted(folder.glob(f"*{ending}"))


def write(path: Path) -> None:
    path.write_text("")


async def test_a_deployment_that_is_wanted_twice_is_read_once(tmp_path: Path) -> None:
    async with start(Line(), tmp_path) as now:
        now.schemas.want(Deployment("none", "without an address"))
        await now.open()
        now.schemas.want(now.deployment)
        await now.shown()
        now.schemas.want(now.deployment)
        await now.tasks.finish()
        assert now.asked == 1


async def test_the_next_start_asks_nobody(tmp_path: Path) -> None:
    line = Line()
    await used_once(line, tmp_path)
    async with start(line, tmp_path, START_S + DAY_S - 60) as now:
        await now.open()
        await now.shown()
        schema = now.bench.state.schema
        assert schema is not None
        assert "KSampler" in schema
        assert schema.spec("KSampler", "seed") is not None
        assert now.asked == 0


@pytest.mark.parametrize("after_s", [DAY_S + 60, -60.0])
async def test_after_a_day_the_host_is_asked_what_is_newer(tmp_path: Path, after_s: float) -> None:
    line = Line()
    await used_once(line, tmp_path)
    changes: list[object] = []
    async with start(line, tmp_path, START_S + after_s) as now:
        now.bench.changed.subscribe(lambda state: changes.append(state.schema))
        await now.open()
        await now.shown()
        assert now.asked == 1
        assert [each for each in changes if each is not None] == [now.bench.state.schema]
        assert statuses(line) == [200, 304]
    async with start(line, tmp_path, START_S + after_s + 60) as again:
        await again.open()
        await again.shown()
        assert again.asked == 0


async def test_another_state_of_the_deployment_is_asked_for(tmp_path: Path) -> None:
    line = Line()
    await used_once(line, tmp_path)
    line.world.classes.object_info["Newer"] = {"input": {"required": {}}}
    line.renew()
    async with start(line, tmp_path) as now:
        await now.open(version="v99")
        await now.shown()
        assert now.asked == 1
        schema = now.bench.state.schema
        assert schema is not None
        assert "Newer" in schema
    assert len(files(tmp_path, ".schema")) == 1
    assert now.told == []


async def test_deployments_of_one_container_share_what_they_have(tmp_path: Path) -> None:
    line = Line()
    async with start(line, tmp_path) as now:
        found = []
        for each in (await list_deployments(now.client))[:2]:
            deployment = await read_deployment(now.client, each.deployment_id)
            now.bench.open_deployment(deployment)
            now.schemas.want(deployment)
            await now.shown()
            found.append(now.bench.state.schema)
    assert found[0] is found[1]
    assert len(files(tmp_path, ".schema")) == 1
    assert len(files(tmp_path, ".note.json")) == 2


async def test_what_is_kept_has_neither_key_nor_address(tmp_path: Path) -> None:
    line = Line()
    await used_once(line, tmp_path)
    text = b"".join(path.read_bytes() for path in files(tmp_path, ""))
    assert line.world.token.encode() not in text
    assert b"storage.emulated" not in text
    assert b"http" not in b"".join(path.read_bytes() for path in files(tmp_path, ".json"))


async def test_offline_what_is_kept_serves_without_a_word(tmp_path: Path) -> None:
    line = Line()
    await used_once(line, tmp_path)
    line.missing = (".json",)
    async with start(line, tmp_path, START_S + 2 * DAY_S) as now:
        await now.open()
        await now.shown()
        assert now.asked == 1
        assert now.told == []


async def test_offline_the_age_is_told_of_what_is_of_another_version(tmp_path: Path) -> None:
    line = Line()
    await used_once(line, tmp_path)
    line.missing = (".json",)
    async with start(line, tmp_path, START_S + 3 * DAY_S + 600) as now:
        await now.open(updated_at="later")
        await now.shown()
        (notice,) = now.told
        assert notice.level is NoticeLevel.INFO
        assert notice.title == "The kinds of inputs are those of 3 days ago."
        line.missing = ()
        now.schemas.want(now.deployment)
        await now.tasks.finish()
        assert len(now.told) == 1
        assert now.asked == 2, "the next opening tries again"


@pytest.mark.parametrize(
    ("age_s", "title"),
    [
        (90 * 60.0, "The kinds of inputs are those of 1 hour ago."),
        (60.0, "The kinds of inputs are those of less than an hour ago."),
    ],
)
async def test_an_age_in_words(tmp_path: Path, age_s: float, title: str) -> None:
    line = Line()
    await used_once(line, tmp_path)
    line.missing = (".json",)
    async with start(line, tmp_path, START_S + age_s) as now:
        await now.open(version="v99")
        await now.shown()
        assert [notice.title for notice in now.told] == [title]


async def test_a_slow_host_lets_what_is_kept_be_seen_meanwhile(tmp_path: Path) -> None:
    line = Line()
    await used_once(line, tmp_path)
    line.world.classes.object_info["Newer"] = {"input": {"required": {}}}
    line.renew()
    line.hold(".json")
    async with start(line, tmp_path) as now:
        await now.open(version="v99")
        await until(lambda: now.bench.state.schema is not None)
        line.release()
        await until(
            lambda: now.bench.state.schema is not None and "Newer" in now.bench.state.schema
        )


async def test_nothing_kept_and_nobody_there_is_told(tmp_path: Path) -> None:
    line = Line()
    line.missing = (".json",)
    async with start(line, tmp_path) as now:
        await now.open()
        await until(lambda: now.told)
        assert now.told[0].title.startswith("The kinds of inputs of")
        assert now.bench.state.schema is None


async def test_a_damaged_copy_is_put_aside_and_fetched_again(tmp_path: Path) -> None:
    line = Line()
    await used_once(line, tmp_path)
    (path,) = files(tmp_path, ".schema")
    path.write_bytes(path.read_bytes()[:-9])
    async with start(line, tmp_path) as now:
        await now.open()
        await now.shown()
        assert now.asked == 1
        assert now.told == []
    assert statuses(line) == [200, 200]
    assert path in files(tmp_path, ".schema")
    assert files(tmp_path, ".broken-1.schema")


async def test_a_disk_that_takes_nothing_is_in_nobodys_way(tmp_path: Path) -> None:
    write(tmp_path / "file")
    async with start(Line(), tmp_path / "file") as now:
        await now.open()
        await now.shown()
        assert now.told == []
