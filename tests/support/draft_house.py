"""A house of drafts: real files, a real folder, and the stand-in for the service."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.core.catalogue import Catalogue
from runcomfy_desktop.core.drafts import Drafts
from runcomfy_desktop.core.files import WorkflowFiles
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.store.draft_in_view import DraftInView
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.line import Line
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.core.draft_rows import DraftRow
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.json_value import JsonObject

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
GRAPH: JsonObject = {"31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}}
SEED, STEPS = InputKey("31", "seed"), InputKey("31", "steps")


class House:
    """All that drafts have to do with. Without `is_online` nothing is ever listed."""

    def __init__(self, folder: Path, line: Line, *, is_online: bool) -> None:
        self.line = line
        self.client = line.client()
        self.is_online = is_online
        self.bench = Workbench()
        self.told: list[Notice] = []
        notices = Notices()
        notices.listen(self.told.append)
        self.store = DraftStore(folder / "drafts", notices.failure)
        self.bench.edited.subscribe(self.store.save)
        preferences = Preferences(Settings(), lambda _settings: None)
        self.catalogue = Catalogue(self.client, self.bench, self.store, preferences, notices)
        self.files = WorkflowFiles(self.bench, self.store, preferences, notices)
        view = DraftInView(folder / "view.json")
        self.drafts = Drafts(self.bench, self.store, self.catalogue, self.files, notices, view)

    async def begin(self) -> None:
        await self.drafts.start()
        if self.is_online:
            self.catalogue.refresh()
            await until(lambda: self.catalogue.state.loaded_s)
            await until(lambda: not self.catalogue.state.opening_id)
        await until(lambda: not self.drafts.state.loading)

    @property
    def draft(self) -> Draft:
        assert self.bench.state.draft is not None
        return self.bench.state.draft

    @property
    def rows(self) -> dict[str, DraftRow]:
        return {row.title: row for row in self.drafts.state.rows}

    @property
    def titles(self) -> list[str]:
        return [row.title for row in self.drafts.state.rows]

    def row(self, title: str) -> DraftRow:
        return self.rows[title]

    async def shows(self, title: str) -> None:
        await until(
            lambda: (
                self.drafts.state.current is not None and self.drafts.state.current.title == title
            ),
            saying=lambda: (self.drafts.state.current, self.told),
        )

    async def opens(self, path: Path) -> None:
        self.files.open(str(path))
        await until(lambda: self.draft_path == str(path))

    @property
    def draft_path(self) -> str:
        return self.bench.state.draft.source.path if self.bench.state.draft else ""

    def undo_deletion(self) -> None:
        notice = self.told[-1]
        assert notice.action_text == "Undo"
        assert notice.action is not None
        notice.action()


@asynccontextmanager
async def house(
    folder: Path, line: Line | None = None, *, is_online: bool = True
) -> AsyncIterator[House]:
    made = House(folder, line or Line(), is_online=is_online)
    async with made.client:
        try:
            await made.begin()
            yield made
        finally:
            for part in (made.drafts, made.files, made.catalogue, made.store):
                await part.close()


def write(path: Path, content: object = GRAPH) -> Path:
    path.write_text(json.dumps(content))
    return path
