"""Backups of workflows before a deployment is deleted; see also test_deployment_manager."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.deployments.workflow_backups import WorkflowBackups
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.emulated_connection import EmulatedConnection
from tests.support.workflow_files import read_workflow

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

GRAPH: JsonObject = {"1": {"class_type": "A", "inputs": {"text": "über \U0001f6b2", "n": 2**70}}}


class BackupsHarness:
    """Workflow backups with their own draft editor."""

    def __init__(self, folder: Path) -> None:
        self.draft_editor = DraftEditor()
        self.drafts = DraftStore(folder / "drafts", lambda _error: None)
        self.folder = folder / "workflows"
        preferences = Preferences(Settings(), lambda _settings: None)
        self.client = EmulatedConnection().client()
        self.workflow_backups = WorkflowBackups(
            self.client, self.draft_editor, self.drafts, preferences, self.folder
        )


def read(path: Path) -> bytes:
    return path.read_bytes()


def put_folder_in_place_of(path: Path) -> None:
    path.unlink()
    path.mkdir()


async def test_a_workflow_is_kept_as_it_is_read_again(tmp_path: Path) -> None:
    harness = BackupsHarness(tmp_path)
    harness.draft_editor.open_deployment(
        Deployment("id-1", "bike", payload=DeploymentPayload(GRAPH))
    )
    backup = await harness.workflow_backups.create("id-1")
    assert backup is not None
    assert read_workflow(read(backup.path)) == workflow_from_json(GRAPH)
    await harness.workflow_backups.discard(backup)
    assert list(harness.folder.iterdir()) == []


async def test_a_hostile_name_stays_in_its_folder(tmp_path: Path) -> None:
    names = ("../../x", "CON", "a\u0000b", "n" * 400, "", "..", "\u202ecod.exe", "a/b:c")
    for number, name in enumerate(names):
        harness = BackupsHarness(tmp_path / str(number))
        harness.draft_editor.open_deployment(
            Deployment("../id", name, payload=DeploymentPayload(GRAPH))
        )
        backup = await harness.workflow_backups.create("../id")
        assert backup is not None
        assert backup.path.parent == harness.folder
        assert [path.name for path in harness.folder.iterdir()] == [backup.path.name]


async def test_what_was_kept_before_stays_as_it_is(tmp_path: Path) -> None:
    """The first backup may be used by a draft, so discarding the second must not remove it."""
    harness = BackupsHarness(tmp_path)
    harness.draft_editor.open_deployment(
        Deployment("id-1", "bike", payload=DeploymentPayload(GRAPH))
    )
    first = await harness.workflow_backups.create("id-1")
    assert first is not None
    await harness.workflow_backups.move_drafts(first)
    before = read(first.path)
    edited: JsonObject = {"1": {"class_type": "B", "inputs": {}}}
    harness.draft_editor.open_deployment(
        Deployment("id-1", "bike", payload=DeploymentPayload(edited))
    )
    second = await harness.workflow_backups.create("id-1")
    assert second is not None
    assert second.path != first.path
    await harness.workflow_backups.discard(second)
    assert [path.name for path in harness.folder.iterdir()] == [first.path.name]
    assert read(first.path) == before


async def test_one_that_cannot_be_removed_is_left(tmp_path: Path) -> None:
    harness = BackupsHarness(tmp_path)
    harness.draft_editor.open_deployment(
        Deployment("id-1", "bike", payload=DeploymentPayload(GRAPH))
    )
    backup = await harness.workflow_backups.create("id-1")
    assert backup is not None
    put_folder_in_place_of(backup.path)
    await harness.workflow_backups.discard(backup)


async def test_of_a_deployment_that_is_gone_the_workflow_beside_its_drafts_is_kept(
    tmp_path: Path,
) -> None:
    harness = BackupsHarness(tmp_path)
    draft = Draft(workflow_from_json(GRAPH), DraftSource("bike"), "gone")
    changed = draft.with_values({InputKey("1", "n"): 5})
    harness.drafts.save(changed)
    harness.drafts.save(replace(changed, draft_id="b", title="Two"))
    await harness.drafts.close()
    later = BackupsHarness(tmp_path)
    async with later.client:
        backup = await later.workflow_backups.create("gone")
    assert backup is not None
    assert read_workflow(read(backup.path)) == workflow_from_json(GRAPH)
    await later.workflow_backups.move_drafts(backup)
    found = (await later.drafts.summaries()).summaries
    assert {head.key for head in found} == {f"file:{backup.path}", "draft:b"}
    assert {(head.source.path, head.deployment_id) for head in found} == {(str(backup.path), "")}
    assert [head.change_count for head in found] == [1, 1]


async def test_nothing_typed_is_nothing_to_keep(tmp_path: Path) -> None:
    harness = BackupsHarness(tmp_path)
    assert await harness.workflow_backups.create("id-1") is None
    assert not harness.folder.exists()
