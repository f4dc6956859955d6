"""Cached deployments are not shown over newer data from the service or with another key."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.store.deployments import DeploymentStore
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.emulated_connection import EmulatedConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


class StoredCatalogue:
    """One session of a catalogue with a cache."""

    def __init__(self, folder: Path, connection: EmulatedConnection) -> None:
        notices = Notices()
        self.client = connection.client()
        self.draft_editor = DraftEditor()
        self.store = DeploymentStore(folder / "kept", service="s")
        self.catalogue = DeploymentCatalogue(
            self.client,
            self.draft_editor,
            DraftStore(folder / "drafts", notices.post_failure),
            Preferences(Settings(), lambda _settings: None),
            notices,
            deployment_store=self.store,
        )

    @property
    def names(self) -> set[str]:
        return {each.name for each in self.catalogue.state.deployments}

    async def lists(self) -> None:
        self.catalogue.refresh()
        await wait_until(lambda: self.catalogue.state.loaded_s)
        await wait_until(lambda: not self.catalogue.state.opening_id)


@asynccontextmanager
async def open_stored_catalogue(
    folder: Path, connection: EmulatedConnection
) -> AsyncIterator[StoredCatalogue]:
    parts = StoredCatalogue(folder, connection)
    async with parts.client:
        try:
            yield parts
        finally:
            await parts.catalogue.close()


async def stored_content(folder: Path, connection: EmulatedConnection) -> set[str]:
    """Fills the cache in an earlier session; returns the names in its list."""
    async with open_stored_catalogue(folder, connection) as harness:
        await harness.lists()
        shown = harness.draft_editor.state.deployment
        assert shown is not None
        await wait_until(lambda: harness.store.read(shown.deployment_id) is not None)
        await wait_until(lambda: harness.store.load_list() is not None)
        return harness.names


def held(parts: StoredCatalogue, name: str) -> tuple[asyncio.Event, asyncio.Event]:
    """Delays a read of the cache; returns the events that it was requested and may continue."""
    asked, go_on = asyncio.Event(), asyncio.Event()
    answer: Callable[..., object] = getattr(parts.catalogue._deployment_cache, name)

    async def late(*about: object) -> object:
        asked.set()
        found = await answer(*about)  # type: ignore[misc]
        await go_on.wait()
        return found

    setattr(parts.catalogue._deployment_cache, name, late)
    return asked, go_on


@pytest.mark.parametrize("question", ["read_list", "unseen_changes"])
async def test_what_was_kept_is_not_shown_over_a_newer_list(tmp_path: Path, question: str) -> None:
    connection = EmulatedConnection()
    names = await stored_content(tmp_path, connection)
    async with open_stored_catalogue(tmp_path, connection) as harness:
        asked, go_on = held(harness, question)
        harness.catalogue.start()
        await asked.wait()
        gone = connection.backend.deployments.pop(next(iter(connection.backend.deployments)))
        await harness.lists()
        changes: list[object] = []
        harness.catalogue.changed.subscribe(changes.append)
        go_on.set()
        await wait_until_stable(lambda: len(changes))
        assert harness.names == names - {gone.name}
        assert len(harness.names) == len(names) - 1


@pytest.mark.parametrize("question", ["read_list", "unseen_changes", "read", "mark_seen"])
@pytest.mark.parametrize("forget", [True, False])
async def test_what_was_kept_is_not_shown_to_another_key(
    tmp_path: Path, question: str, forget: bool
) -> None:
    connection = EmulatedConnection()
    assert await stored_content(tmp_path, connection)
    async with open_stored_catalogue(tmp_path, connection) as harness:
        asked, go_on = held(harness, question)
        harness.catalogue.start()
        await asked.wait()
        harness.catalogue.clear(forget=forget)
        changes: list[object] = []
        harness.catalogue.changed.subscribe(changes.append)
        go_on.set()
        await wait_until_stable(lambda: len(changes))
        assert harness.names == set()
        assert harness.draft_editor.state.deployment is None
