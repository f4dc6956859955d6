"""What was kept of deployments gives way to what came while it was read, and to another key."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.catalogue import Catalogue
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.store.deployments import DeploymentStore
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.line import Line
from tests.support.until import settled, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


class Life:
    """One life of a catalogue that keeps deployments."""

    def __init__(self, folder: Path, line: Line) -> None:
        notices = Notices()
        self.client = line.client()
        self.bench = Workbench()
        self.store = DeploymentStore(folder / "kept", service="s")
        self.catalogue = Catalogue(
            self.client,
            self.bench,
            DraftStore(folder / "drafts", notices.failure),
            Preferences(Settings(), lambda _settings: None),
            notices,
            kept=self.store,
        )

    @property
    def names(self) -> set[str]:
        return {each.name for each in self.catalogue.state.deployments}

    async def lists(self) -> None:
        self.catalogue.refresh()
        await until(lambda: self.catalogue.state.loaded_s)
        await until(lambda: not self.catalogue.state.opening_id)


@asynccontextmanager
async def life(folder: Path, line: Line) -> AsyncIterator[Life]:
    parts = Life(folder, line)
    async with parts.client:
        try:
            yield parts
        finally:
            await parts.catalogue.close()


async def keeps(folder: Path, line: Line) -> set[str]:
    """An earlier life, whose list is on the disk; the names in it."""
    async with life(folder, line) as parts:
        await parts.lists()
        shown = parts.bench.state.deployment
        assert shown is not None
        await until(lambda: parts.store.read(shown.deployment_id) is not None)
        await until(lambda: parts.store.listed() is not None)
        return parts.names


def held(parts: Life, name: str) -> tuple[asyncio.Event, asyncio.Event]:
    """A question to what is kept waits: the first event says that it was asked, the second lets it
    be answered."""
    asked, go_on = asyncio.Event(), asyncio.Event()
    answer: Callable[..., object] = getattr(parts.catalogue._offline, name)

    async def late(*about: object) -> object:
        asked.set()
        found = await answer(*about)  # type: ignore[misc]
        await go_on.wait()
        return found

    setattr(parts.catalogue._offline, name, late)
    return asked, go_on


@pytest.mark.parametrize("question", ["listed", "unseen"])
async def test_what_was_kept_is_not_shown_over_a_newer_list(tmp_path: Path, question: str) -> None:
    line = Line()
    names = await keeps(tmp_path, line)
    async with life(tmp_path, line) as parts:
        asked, go_on = held(parts, question)
        parts.catalogue.start()
        await asked.wait()
        gone = line.world.deployments.pop(next(iter(line.world.deployments)))
        await parts.lists()
        changes: list[object] = []
        parts.catalogue.changed.subscribe(changes.append)
        go_on.set()
        await settled(lambda: len(changes))
        assert parts.names == names - {gone.name}
        assert len(parts.names) == len(names) - 1


@pytest.mark.parametrize("question", ["listed", "unseen", "read", "see"])
@pytest.mark.parametrize("forget", [True, False])
async def test_what_was_kept_is_not_shown_to_another_key(
    tmp_path: Path, question: str, forget: bool
) -> None:
    line = Line()
    assert await keeps(tmp_path, line)
    async with life(tmp_path, line) as parts:
        asked, go_on = held(parts, question)
        parts.catalogue.start()
        await asked.wait()
        parts.catalogue.clear(forget=forget)
        changes: list[object] = []
        parts.catalogue.changed.subscribe(changes.append)
        go_on.set()
        await settled(lambda: len(changes))
        assert parts.names == set()
        assert parts.bench.state.deployment is None
