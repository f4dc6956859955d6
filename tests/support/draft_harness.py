"""Test harness for drafts: real files, a real folder, and the emulator as the service."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
from runcomfy_desktop.core.drafts.drafts import Drafts
from runcomfy_desktop.core.drafts.workflow_files import WorkflowFiles
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store.draft_in_view import DraftInViewStore
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.async_wait import wait_until
from tests.support.emulated_connection import EmulatedConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.core.drafts.draft_rows import DraftRow
    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import Draft

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
GRAPH: JsonObject = {"31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}}
SEED, STEPS = InputKey("31", "seed"), InputKey("31", "steps")


class DraftHarness:
    """Editor, store, catalogue and list of drafts; only loads deployments if `is_online`."""

    def __init__(self, folder: Path, connection: EmulatedConnection, *, is_online: bool) -> None:
        self.connection = connection
        self.client = connection.client()
        self.is_online = is_online
        self.draft_editor = DraftEditor()
        self.shown_notices: list[Notice] = []
        notices = Notices()
        notices.listen(self.shown_notices.append)
        unreadable: Topic[str] = Topic()
        self.store = DraftStore(
            folder / "drafts", notices.post_failure, on_unreadable=unreadable.publish
        )
        self.draft_editor.edited.subscribe(self.store.save)
        preferences = Preferences(Settings(), lambda _settings: None)
        self.catalogue = DeploymentCatalogue(
            self.client, self.draft_editor, self.store, preferences, notices
        )
        self.files = WorkflowFiles(self.draft_editor, self.store, preferences, notices)
        view = DraftInViewStore(folder / "view.json")
        self.drafts = Drafts(
            self.draft_editor, self.store, self.catalogue, self.files, notices, view
        )
        # The session does the same, until it closes the drafts.
        self.stop_reloading = unreadable.subscribe(lambda _key: self.drafts.reload())

    async def begin(self) -> None:
        await self.drafts.start()
        if self.is_online:
            self.catalogue.refresh()
            await wait_until(lambda: self.catalogue.state.loaded_s)
            await wait_until(lambda: not self.catalogue.state.opening_id)
        await wait_until(lambda: not self.drafts.state.loading)

    @property
    def draft(self) -> Draft:
        assert self.draft_editor.state.draft is not None
        return self.draft_editor.state.draft

    @property
    def rows(self) -> dict[str, DraftRow]:
        return {row.title: row for row in self.drafts.state.rows}

    @property
    def titles(self) -> list[str]:
        return [row.title for row in self.drafts.state.rows]

    def row(self, title: str) -> DraftRow:
        return self.rows[title]

    async def wait_until_listed(self, title: str) -> None:
        await wait_until(
            lambda: (
                self.drafts.state.current is not None and self.drafts.state.current.title == title
            ),
            describe=lambda: (self.drafts.state.current, self.shown_notices),
        )

    async def open_file(self, path: Path) -> None:
        self.files.open(str(path))
        await wait_until(lambda: self.draft_path == str(path))

    @property
    def draft_path(self) -> str:
        return self.draft_editor.state.draft.source.path if self.draft_editor.state.draft else ""

    def undo_deletion(self) -> None:
        notice = self.shown_notices[-1]
        assert notice.action_text == "Undo"
        assert notice.action is not None
        notice.action()


@asynccontextmanager
async def open_draft_harness(
    folder: Path, connection: EmulatedConnection | None = None, *, is_online: bool = True
) -> AsyncIterator[DraftHarness]:
    harness = DraftHarness(folder, connection or EmulatedConnection(), is_online=is_online)
    async with harness.client:
        try:
            await harness.begin()
            yield harness
        finally:
            harness.stop_reloading()
            for part in (harness.drafts, harness.files, harness.catalogue, harness.store):
                await part.close()


def write(path: Path, content: object = GRAPH) -> Path:
    path.write_text(json.dumps(content))
    return path
