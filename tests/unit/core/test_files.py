"""Workflow files: opened, remembered, and refused in words that help."""

from __future__ import annotations

import json
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.files import WorkflowFiles
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow import MAX_BYTES, InputKey
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

GRAPH = {"31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}}
SEED = InputKey("31", "seed")


class House:
    def __init__(self, folder: Path) -> None:
        self.bench = Workbench()
        self.told: list[Notice] = []
        notices = Notices()
        notices.listen(self.told.append)
        self.drafts = DraftStore(folder / "drafts", notices.failure)
        self.bench.edited.subscribe(self.drafts.save)
        self.preferences = Preferences(Settings(), lambda _settings: None)
        self.files = WorkflowFiles(self.bench, self.drafts, self.preferences, notices)

    @property
    def shown(self) -> str:
        draft = self.bench.state.draft
        return draft.source.path if draft is not None else ""

    async def opens(self, path: Path) -> None:
        self.files.open(str(path))
        await until(lambda: self.shown == str(path) or self.told)
        assert self.told == []

    async def refuses(self, path: Path | str) -> Notice:
        self.files.open(str(path))
        await until(lambda: self.told)
        assert self.preferences.settings.recent_files == ()
        assert self.shown == ""
        return self.told[-1]


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    parts = House(folder)
    yield parts
    await parts.files.close()
    await parts.drafts.close()


def write(path: Path, content: object = GRAPH) -> Path:
    path.write_text(json.dumps(content))
    return path


async def test_a_file_comes_on_the_workbench_and_is_remembered(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one.json"), write(tmp_path / "two é.json")
    async with house(tmp_path) as parts:
        await parts.opens(one)
        await parts.opens(two)
        draft = parts.bench.state.draft
        assert draft is not None
        assert draft.source.name == "two é.json"
        assert draft.value(SEED) == 1
        assert parts.preferences.settings.recent_files == (str(two), str(one))


async def test_edits_of_a_file_come_back_after_a_restart(tmp_path: Path) -> None:
    path = write(tmp_path / "one.json")
    async with house(tmp_path) as parts:
        await parts.opens(path)
        parts.bench.edit({SEED: 99}, "Edit")
    async with house(tmp_path) as parts:
        await parts.opens(path)
        draft = parts.bench.state.draft
        assert draft is not None
        assert draft.changes == {SEED: 99}


async def test_a_file_that_changed_on_disk_keeps_what_still_fits(tmp_path: Path) -> None:
    path = write(tmp_path / "one.json")
    async with house(tmp_path) as parts:
        await parts.opens(path)
        parts.bench.edit({SEED: 99, InputKey("31", "steps"): 5}, "Edit")
        write(path, {"31": {"class_type": "KSampler", "inputs": {"seed": 2}}})
        parts.files.open(str(path))
        await until(lambda: parts.bench.state.draft and len(parts.bench.state.draft.changes) == 1)
        draft = parts.bench.state.draft
        assert draft is not None
        assert draft.changes == {SEED: 99}
        assert draft.workflow.value(SEED) == 2


async def test_one_file_has_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "one.json")
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    async with house(tmp_path) as parts:
        parts.files.open(f"..{os.sep}one.json")
        await until(lambda: parts.shown)
        assert parts.shown == str(tmp_path / "one.json")


async def test_the_last_of_two_wishes_wins(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.files.open(str(write(tmp_path / "one.json")))
        await parts.opens(write(tmp_path / "two.json"))
        assert parts.preferences.settings.recent_files == (str(tmp_path / "two.json"),)


@pytest.mark.parametrize(
    ("data", "title", "words"),
    [
        (b"", "This file is empty.", ""),
        (b" \n", "This file is empty.", ""),
        (b"\x89PNG\r\n\x1a\n", "This file is not JSON.", "Export (API)"),
        (b'{"1": ', "This file is not JSON.", "Export (API)"),
        (b"[1, 2]", "This JSON file is not a ComfyUI workflow.", "class_type"),
        (b'"text"', "This JSON file is not a ComfyUI workflow.", "class_type"),
        (b"{}", "This JSON file is not a ComfyUI workflow.", "class_type"),
        (b'{"nodes": [], "links": []}', "editor's own format", "Export (API)"),
        (b'{"a":' * 100_000, "nested too deeply", "Export (API)"),
    ],
)
async def test_a_file_that_is_no_workflow_says_what_it_is(
    tmp_path: Path, data: bytes, title: str, words: str
) -> None:
    (tmp_path / "a.json").write_bytes(data)
    async with house(tmp_path) as parts:
        notice = await parts.refuses(tmp_path / "a.json")
        assert title in notice.title
        assert "a.json" in notice.detail
        assert words in notice.detail


async def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        assert "is a folder" in (await parts.refuses(tmp_path)).title
    async with house(tmp_path) as parts:
        assert "is not there any more" in (await parts.refuses(tmp_path / "gone.json")).title
    async with house(tmp_path) as parts:
        assert "could not be read" in (await parts.refuses(f"{tmp_path}/{'n' * 400}")).title


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    async with house(tmp_path) as parts:
        assert "is not a file" in (await parts.refuses(tmp_path / "pipe.json")).title


async def test_a_gigantic_file_is_refused_unread(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json")
    with path.open("r+b") as file:
        file.truncate(MAX_BYTES + 1)
    async with house(tmp_path) as parts:
        notice = await parts.refuses(path)
        assert "larger than a workflow can be" in notice.title
        assert "It has 33 MB; a workflow has at most 32 MB." in notice.detail
        assert "a.json" in notice.detail
