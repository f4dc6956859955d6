"""Repeated conversion of a file of ComfyUI's editor: decisions made during it are kept."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.editor.open_draft_commands import OpenDraftCommands, set_preset
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.async_wait import wait_until
from tests.support.editor_graphs import CLASSES
from tests.unit.core.drafts.test_workflow_files import (
    DEPLOYED,
    FilesHarness,
    editor_file,
    open_files_harness,
    shown,
)

if TYPE_CHECKING:
    from pathlib import Path

STEPS = InputKey("1", "steps")
ELSEWHERE = Deployment(
    "e", "car", payload=DeploymentPayload({"1": {"class_type": "Load", "inputs": {}}})
)


class LateClasses(dict[str, Any]):
    """Blocks the first worker thread that reads a class until `go_on`, and no other."""

    def __init__(self) -> None:
        super().__init__(CLASSES)
        self.go_on, self.asked = threading.Event(), threading.Event()

    def get(self, key: str, default: Any = None) -> Any:
        is_worker = threading.current_thread() is not threading.main_thread()
        if is_worker and not self.asked.is_set():
            self.asked.set()
            self.go_on.wait(10)
        return super().get(key, default)


def is_converting() -> bool:
    return any(task.get_name() == "convert again" for task in asyncio.all_tasks())


async def is_converted(harness: FilesHarness) -> None:
    await wait_until(lambda: STEPS in shown(harness.draft_editor).workflow)


@pytest.mark.parametrize("deployment_id", ["e", ""])
@pytest.mark.parametrize("is_stored", [True, False])
async def test_the_deployment_chosen_meanwhile_stays(
    tmp_path: Path, deployment_id: str, is_stored: bool
) -> None:
    path = editor_file(tmp_path / "a.json", 7, "fixed", 33)
    if is_stored:
        async with open_files_harness(tmp_path) as harness:
            harness.draft_editor.open_deployment(DEPLOYED)
            harness.draft_editor.set_schema("d", NodeSchema(CLASSES))
            await harness.comes(path)
            harness.draft_editor.edit({STEPS: 50}, "Edit")
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(DEPLOYED)
        await harness.comes(path)
        assert shown(harness.draft_editor).deployment_id == "d"
        harness.draft_editor.set_schema("d", NodeSchema(CLASSES))
        # The conversion is running from here on.
        OpenDraftCommands(harness.draft_editor).set_fields(
            shown(harness.draft_editor).key, deployment_id=deployment_id
        )
        await is_converted(harness)
        draft = shown(harness.draft_editor)
        assert draft.deployment_id == deployment_id
        assert draft.value(STEPS) == (50 if is_stored else 33)


async def test_a_deployment_that_came_meanwhile_stays(tmp_path: Path) -> None:
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(DEPLOYED)
        await harness.comes(editor_file(tmp_path / "a.json", 7, "fixed", 33))
        harness.draft_editor.set_schema("d", NodeSchema(CLASSES))
        harness.draft_editor.bind(ELSEWHERE, shown(harness.draft_editor).key)
        await is_converted(harness)
        assert harness.draft_editor.state.deployment == ELSEWHERE
        assert shown(harness.draft_editor).deployment_id == "e"


async def test_the_name_and_the_preset_given_meanwhile_stay(tmp_path: Path) -> None:
    path = editor_file(tmp_path / "a.json", 7, "fixed", 33)
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(DEPLOYED)
        harness.draft_editor.set_schema("d", NodeSchema(CLASSES))
        await harness.comes(path)
        key = shown(harness.draft_editor).key
        harness.draft_editor.edit({STEPS: 50}, "Edit")
        OpenDraftCommands(harness.draft_editor).set_fields(key, title="Blue")
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(DEPLOYED)
        await harness.comes(path)
        assert shown(harness.draft_editor).title == "Blue"
        harness.draft_editor.set_schema("d", NodeSchema(CLASSES))
        OpenDraftCommands(harness.draft_editor).set_fields(key, title="")
        set_preset(harness.draft_editor, key, "Portrait.json")
        await is_converted(harness)
        draft = shown(harness.draft_editor)
        assert (draft.title, draft.preset) == ("", "Portrait.json")
        assert draft.changes == {STEPS: 50}


@pytest.mark.real_clock
async def test_a_file_that_was_opened_anew_meanwhile_stays_as_it_is_now(tmp_path: Path) -> None:
    path, classes = tmp_path / "a.json", LateClasses()
    async with open_files_harness(tmp_path) as harness:
        harness.draft_editor.open_deployment(DEPLOYED)
        await harness.comes(editor_file(path, 7, "fixed", 33))
        harness.draft_editor.set_schema("d", NodeSchema(classes))
        await wait_until(classes.asked.is_set)
        harness.files.open(str(editor_file(path, 7, "fixed", 44)))
        await is_converted(harness)
        assert shown(harness.draft_editor).value(STEPS) == 44
        classes.go_on.set()
        await wait_until(lambda: not is_converting())
        assert shown(harness.draft_editor).value(STEPS) == 44
