"""Workflow files: opened, remembered, and refused with a helpful reason."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.drafts.workflow_files import WorkflowFiles
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.open_draft_commands import OpenDraftCommands
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow.workflow import MAX_BYTES, MAX_NODES, InputKey
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.async_wait import wait_until
from tests.support.editor_graphs import CLASSES, graph, node, wired_input
from tests.support.image_metadata import png, text_chunk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Draft

GRAPH: JsonObject = {"31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}}
SEED = InputKey("31", "seed")


class FilesHarness:
    def __init__(self, folder: Path) -> None:
        self.draft_editor = DraftEditor()
        self.shown_notices: list[Notice] = []
        notices = Notices()
        notices.listen(self.shown_notices.append)
        self.drafts = DraftStore(folder / "drafts", notices.post_failure)
        self.draft_editor.edited.subscribe(self.drafts.save)
        self.preferences = Preferences(Settings(), lambda _settings: None)
        self.files = WorkflowFiles(self.draft_editor, self.drafts, self.preferences, notices)

    @property
    def shown(self) -> str:
        draft = self.draft_editor.state.draft
        return draft.source.path if draft is not None else ""

    async def opens(self, path: Path) -> None:
        self.files.open(str(path))
        await wait_until(lambda: self.shown == str(path) or self.shown_notices)
        assert self.shown_notices == []

    async def comes(self, path: Path) -> None:
        """Opens a file that is converted, which is reported."""
        self.files.open(str(path))
        await wait_until(lambda: self.shown == str(path) and self.shown_notices)
        assert [notice.level for notice in self.shown_notices] == [NoticeLevel.INFO]

    async def refuses(self, path: Path | str) -> Notice:
        self.files.open(str(path))
        await wait_until(lambda: self.shown_notices)
        assert self.preferences.settings.recent_files == ()
        assert self.shown == ""
        return self.shown_notices[-1]


@asynccontextmanager
async def open_files_harness(folder: Path) -> AsyncIterator[FilesHarness]:
    harness = FilesHarness(folder)
    yield harness
    await harness.files.close()
    await harness.drafts.close()


def write(path: Path, content: object = GRAPH) -> Path:
    path.write_text(json.dumps(content))
    return path


async def test_a_file_comes_on_the_workbench_and_is_remembered(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one.json"), write(tmp_path / "two é.json")
    async with open_files_harness(tmp_path) as harness:
        await harness.opens(one)
        await harness.opens(two)
        draft = harness.draft_editor.state.draft
        assert draft is not None
        assert draft.source.name == "two é.json"
        assert draft.value(SEED) == 1
        assert harness.preferences.settings.recent_files == (str(two), str(one))


async def test_edits_of_a_file_come_back_after_a_restart(tmp_path: Path) -> None:
    path = write(tmp_path / "one.json")
    async with open_files_harness(tmp_path) as harness:
        await harness.opens(path)
        harness.draft_editor.edit({SEED: 99}, "Edit")
    async with open_files_harness(tmp_path) as harness:
        await harness.opens(path)
        draft = harness.draft_editor.state.draft
        assert draft is not None
        assert draft.changes == {SEED: 99}


OTHER: JsonObject = {"31": {"class_type": "KSampler", "inputs": {"seed": 2, "steps": ["4", 0]}}}
STEPS = InputKey("31", "steps")


def is_offered(draft_editor: DraftEditor) -> bool:
    return draft_editor.state.file_difference is not None


def shown(draft_editor: DraftEditor) -> Draft:
    assert draft_editor.state.draft is not None
    return draft_editor.state.draft


async def test_a_file_that_changed_on_disk_is_offered_and_the_draft_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "one.json")
    async with open_files_harness(tmp_path) as harness:
        await harness.opens(path)
        harness.draft_editor.edit({SEED: 99, STEPS: 5}, "Edit")
    write(path, OTHER)
    async with open_files_harness(tmp_path) as harness:
        await harness.opens(path)
        assert shown(harness.draft_editor).changes == {SEED: 99, STEPS: 5}
        assert shown(harness.draft_editor).workflow.value(SEED) == 1
        renewal = harness.draft_editor.state.file_difference
        assert renewal is not None
        assert (renewal.values, renewal.rewired) == ({SEED: 2}, (STEPS,))
        harness.draft_editor.use_current_file()
        assert shown(harness.draft_editor).changes == {SEED: 99}
        assert shown(harness.draft_editor).workflow.value(SEED) == 2
        assert not is_offered(harness.draft_editor)
        harness.draft_editor.undo()
        assert shown(harness.draft_editor).changes == {SEED: 99, STEPS: 5}
        assert is_offered(harness.draft_editor)
        harness.draft_editor.redo()
    async with open_files_harness(tmp_path) as harness:
        await harness.opens(path)
        assert harness.draft_editor.state.file_difference is None
        assert shown(harness.draft_editor).changes == {SEED: 99}


async def test_a_changed_file_that_nobody_edited_is_simply_opened(tmp_path: Path) -> None:
    path = write(tmp_path / "one.json")
    async with open_files_harness(tmp_path) as harness:
        await harness.opens(path)
        write(path, OTHER)
        harness.files.open(str(path))
        await wait_until(lambda: shown(harness.draft_editor).workflow.value(SEED) == 2)
        assert harness.draft_editor.state.file_difference is None
        harness.draft_editor.edit({SEED: 99}, "Edit")
        path.write_text(json.dumps(OTHER, indent=7))
        harness.files.open(str(path))
        # Only the formatting of the file has changed.
        await wait_until(lambda: shown(harness.draft_editor).source.content == digest(path))
        assert harness.draft_editor.state.file_difference is None
        assert shown(harness.draft_editor).changes == {SEED: 99}


async def test_a_draft_whose_file_is_gone_opens_with_the_workflow_kept_beside_it(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "one.json")
    async with open_files_harness(tmp_path) as harness:
        await harness.opens(path)
        harness.draft_editor.edit({SEED: 99}, "Edit")
    for removed in (True, False):
        path.unlink()
        if not removed:
            path.write_text("no JSON any more")
        async with open_files_harness(tmp_path) as harness:
            harness.files.open_draft(f"file:{path}", str(path))
            await wait_until(lambda: harness.shown == str(path))
            assert shown(harness.draft_editor).changes == {SEED: 99}
            assert shown(harness.draft_editor).workflow.value(STEPS) == 20
            (notice,) = harness.shown_notices
            assert "one.json" in notice.title
            assert "kept beside" in notice.detail
        write(path)


async def test_a_draft_opens_on_the_deployment_that_it_was_for(tmp_path: Path) -> None:
    path = write(tmp_path / "one.json")
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(
            Deployment("used", "Used", payload=DeploymentPayload(GRAPH))
        )
        harness.files.open_draft(f"file:{path}", str(path), "mine")
        await wait_until(lambda: harness.shown == str(path))
        assert shown(harness.draft_editor).deployment_id == "mine"
        OpenDraftCommands(harness.draft_editor).add(
            replace(shown(harness.draft_editor), draft_id="b", title="Two")
        )
        harness.draft_editor.edit({SEED: 4}, "Edit")
    async with open_files_harness(tmp_path) as harness:
        harness.files.open_draft("draft:b", "")
        await wait_until(lambda: harness.shown == str(path))
        assert (shown(harness.draft_editor).title, shown(harness.draft_editor).changes) == (
            "Two",
            {SEED: 4},
        )
        assert shown(harness.draft_editor).deployment_id == "mine"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def test_one_file_has_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "one.json")
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    async with open_files_harness(tmp_path) as harness:
        harness.files.open(f"..{os.sep}one.json")
        await wait_until(lambda: harness.shown)
        assert harness.shown == str(tmp_path / "one.json")


async def test_the_last_of_two_requests_wins(tmp_path: Path) -> None:
    async with open_files_harness(tmp_path) as harness:
        harness.files.open(str(write(tmp_path / "one.json")))
        await harness.opens(write(tmp_path / "two.json"))
        assert harness.preferences.settings.recent_files == (str(tmp_path / "two.json"),)


@pytest.mark.parametrize(
    ("data", "title", "words"),
    [
        (b"", "This file is empty.", ""),
        (b" \n", "This file is empty.", ""),
        (b"\x89PNG\r\n\x1a\n", "This picture carries no workflow.", "as ComfyUI saved it"),
        (b"GIF89a", "This file is not JSON.", "Export (API)"),
        (b'{"1": ', "This file is not JSON.", "Export (API)"),
        (b"[1, 2]", "This JSON file is not a ComfyUI workflow.", "class_type"),
        (b'"text"', "This JSON file is not a ComfyUI workflow.", "class_type"),
        (b"{}", "This JSON file is not a ComfyUI workflow.", "class_type"),
        (b'{"nodes": [], "links": []}', "no node that could be run", "switch the nodes on"),
        (b'{"a":' * 100_000, "nested too deeply", "Export (API)"),
    ],
)
async def test_a_file_that_is_no_workflow_says_what_it_is(
    tmp_path: Path, data: bytes, title: str, words: str
) -> None:
    (tmp_path / "a.json").write_bytes(data)
    async with open_files_harness(tmp_path) as harness:
        notice = await harness.refuses(tmp_path / "a.json")
        assert title in notice.title
        assert "a.json" in notice.detail
        assert words in notice.detail


async def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    async with open_files_harness(tmp_path) as harness:
        assert "is a folder" in (await harness.refuses(tmp_path)).title
    async with open_files_harness(tmp_path) as harness:
        assert "is not there any more" in (await harness.refuses(tmp_path / "gone.json")).title
    async with open_files_harness(tmp_path) as harness:
        assert "could not be read" in (await harness.refuses(f"{tmp_path}/{'n' * 400}")).title


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    async with open_files_harness(tmp_path) as harness:
        assert "is not a file" in (await harness.refuses(tmp_path / "pipe.json")).title


async def test_a_gigantic_file_is_refused_unread(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json")
    with path.open("r+b") as file:
        file.truncate(MAX_BYTES + 1)
    async with open_files_harness(tmp_path) as harness:
        notice = await harness.refuses(path)
        assert "larger than a workflow can be" in notice.title
        assert "It has 33 MB; a workflow has at most 32 MB." in notice.detail
        assert "a.json" in notice.detail


# Files with entries that are not nodes


NOTED: JsonObject = {**GRAPH, "_comment": "made by me", "7": None}


async def test_entries_that_are_no_nodes_are_told_and_never_sent(tmp_path: Path) -> None:
    async with open_files_harness(tmp_path) as harness:
        path = write(tmp_path / "a.json", {"graph": NOTED})
        await harness.comes(path)
        assert shown(harness.draft_editor).workflow.nodes.keys() == {"31"}
        report = harness.draft_editor.state.conversion_report
        assert report is not None
        assert report.as_text() == "“_comment” is text, not a node.\n“7” is null, not a node."
        (notice,) = harness.shown_notices
        assert notice.title == "a.json was opened without parts that ComfyUI refuses."
        assert notice.detail == "2 parts were left out. Runs are sent without them."
        assert notice.action_text == "Read the report"


async def test_a_picture_tells_what_is_left_out_of_its_workflow(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(text_chunk("prompt", json.dumps(NOTED))))
    async with open_files_harness(tmp_path) as harness:
        await harness.comes(path)
        assert harness.draft_editor.state.conversion_report is not None


async def test_a_comment_that_came_later_is_told_and_is_no_other_workflow(tmp_path: Path) -> None:
    path = write(tmp_path / "one.json")
    async with open_files_harness(tmp_path) as harness:
        await harness.opens(path)
        harness.draft_editor.edit({SEED: 99}, "Edit")
        write(path, NOTED)
        await harness.comes(path)
        assert harness.draft_editor.state.conversion_report is not None
        assert shown(harness.draft_editor).changes == {SEED: 99}
    async with open_files_harness(tmp_path) as harness:
        await harness.comes(path)
        assert harness.draft_editor.state.conversion_report is not None
        assert harness.draft_editor.state.file_difference is None
        assert shown(harness.draft_editor).changes == {SEED: 99}
        OpenDraftCommands(harness.draft_editor).add(
            replace(shown(harness.draft_editor), draft_id="b")
        )
        assert harness.draft_editor.state.conversion_report is not None


async def test_the_deployments_workflow_is_not_told_of_as_the_files(tmp_path: Path) -> None:
    other: JsonObject = {**NOTED, "31": {"class_type": "KSampler", "inputs": {"seed": 5}}}
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(
            Deployment("d", "bike", payload=DeploymentPayload(GRAPH))
        )
        await harness.comes(write(tmp_path / "a.json", other))
        received = [harness.draft_editor.state.conversion_report]
        harness.draft_editor.use_deployed_workflow()
        received.append(harness.draft_editor.state.conversion_report)
        harness.draft_editor.undo()
        received.append(harness.draft_editor.state.conversion_report)
        assert [report is not None for report in received] == [True, False, True]


# Files of the editor's own format


def editor_file(path: Path, *values: Json) -> Path:
    return write(path, graph([node(1, "Sample", list(values)), node(2, "Note", ["x"])], []))


DEPLOYED = Deployment(
    "d", "bike", payload=DeploymentPayload({"1": {"class_type": "Load", "inputs": {}}})
)


async def test_a_file_of_the_editor_is_converted_with_the_classes_in_use(tmp_path: Path) -> None:
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(DEPLOYED)
        harness.draft_editor.set_schema("d", NodeSchema(CLASSES))
        path = editor_file(tmp_path / "a.json", 7, "fixed", 33)
        await harness.comes(path)
        state = harness.draft_editor.state
        assert state.draft is not None
        assert state.draft.value(InputKey("1", "steps")) == 33
        assert state.difference is not None
        assert state.conversion_report is not None
        assert not state.conversion_report.remarks
        assert "preview" in harness.shown_notices[-1].title
        assert harness.preferences.settings.recent_files == (str(path),)


async def test_classes_that_come_later_convert_it_once_more(tmp_path: Path) -> None:
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(DEPLOYED)
        await harness.comes(editor_file(tmp_path / "a.json", 7, "fixed", 33))
        assert harness.draft_editor.state.conversion_report is not None
        assert harness.draft_editor.state.conversion_report.lacks_schema
        harness.draft_editor.set_schema("d", NodeSchema(CLASSES))
        steps = InputKey("1", "steps")
        await wait_until(
            lambda: (
                harness.draft_editor.state.draft
                and harness.draft_editor.state.draft.value(steps) == 33
            )
        )
        assert not harness.draft_editor.state.conversion_report.remarks
        assert len(harness.shown_notices) == 1


async def test_what_was_edited_is_not_converted_under_the_hands(tmp_path: Path) -> None:
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(DEPLOYED)
        ui = graph(
            [node(1, "Sample", [7, "fixed"], inputs=[wired_input("INT", "seed", None, True)])], []
        )
        await harness.comes(write(tmp_path / "a.json", ui))
        harness.draft_editor.edit({InputKey("1", "seed"): 99}, "Edit")
        harness.draft_editor.set_schema("d", NodeSchema(CLASSES))
        draft = harness.draft_editor.state.draft
        assert draft is not None
        assert draft.value(InputKey("1", "seed")) == 99
        assert InputKey("1", "steps") not in draft.workflow


async def test_stored_edits_wait_for_the_classes(tmp_path: Path) -> None:
    path = editor_file(tmp_path / "a.json", 7, "fixed", 33)
    steps = InputKey("1", "steps")
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(DEPLOYED)
        harness.draft_editor.set_schema("d", NodeSchema(CLASSES))
        await harness.comes(path)
        harness.draft_editor.edit({steps: 50}, "Edit")
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(DEPLOYED)
        await harness.comes(path)
        harness.draft_editor.set_schema("d", NodeSchema(CLASSES))
        await wait_until(
            lambda: (
                harness.draft_editor.state.draft
                and steps in harness.draft_editor.state.draft.changes
            )
        )
        draft = harness.draft_editor.state.draft
        assert draft is not None
        assert draft.value(steps) == 50


async def test_a_person_may_ask_for_the_report(tmp_path: Path) -> None:
    async with open_files_harness(tmp_path) as harness:
        requests: list[None] = []
        harness.draft_editor.conversion_report_requested.subscribe(requests.append)
        await harness.comes(editor_file(tmp_path / "a.json", 7))
        action = harness.shown_notices[-1].action
        assert action is not None
        action()
        assert requests == [None]


async def test_a_picture_opens_the_workflow_that_it_carries(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(text_chunk("prompt", json.dumps(GRAPH))))
    async with open_files_harness(tmp_path) as harness:
        await harness.opens(path)
        draft = harness.draft_editor.state.draft
        assert draft is not None
        assert draft.value(SEED) == 1
        assert harness.draft_editor.state.conversion_report is None


async def test_a_workflow_that_is_too_large_is_refused(tmp_path: Path) -> None:
    ui = graph([node(number, "Load") for number in range(MAX_NODES + 1)], [])
    async with open_files_harness(tmp_path) as harness:
        notice = await harness.refuses(write(tmp_path / "a.json", ui))
        assert "too large to be shown" in notice.title
