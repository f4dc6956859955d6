"""The catalogue lists, opens and follows deployments, and reports errors, with the emulator."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.deployments.deployment_catalogue import (
    MAX_LIST_AGE_S,
    DeploymentCatalogue,
    DeploymentCatalogueState,
)
from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
from runcomfy_desktop.core.editor.open_draft_commands import OpenDraftCommands
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentKind
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.async_wait import wait_until
from tests.support.clocks import FakeClock
from tests.support.draft_runs import open_file
from tests.support.emulated_connection import EmulatedConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.emulator.deployments import EmulatedDeployment as RemoteDeployment

ANY = Deployment("any", "any")
KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
SEED, TEXT = InputKey("31", "seed"), InputKey("6", "text")


class CatalogueHarness:
    """A catalogue with all its collaborators."""

    def __init__(
        self, folder: Path, connection: EmulatedConnection, settings: Settings, *, remembers: bool
    ) -> None:
        self.connection = connection
        self.client = connection.client()
        self.draft_editor = DraftEditor()
        self.shown_notices: list[Notice] = []
        self.states: list[DeploymentCatalogueState] = []
        notices = Notices()
        notices.listen(self.shown_notices.append)
        self.drafts = DraftStore(folder / "drafts", notices.post_failure)
        self.draft_editor.edited.subscribe(self.drafts.save)
        self.preferences = Preferences(settings, lambda _settings: None)
        self.clock = FakeClock()
        self.catalogue = DeploymentCatalogue(
            self.client,
            self.draft_editor,
            self.drafts,
            self.preferences,
            notices,
            remember_last=remembers,
            now=self.clock,
        )
        self.catalogue.changed.subscribe(self.states.append)

    @property
    def state(self) -> DeploymentCatalogueState:
        return self.catalogue.state

    @property
    def shown_id(self) -> str:
        """Id of the deployment whose own workflow is open in the draft editor."""
        draft = self.draft_editor.state.draft
        return draft.deployment_id if draft is not None and not draft.source.is_file else ""

    def remote(self, deployment_id: str) -> RemoteDeployment:
        return self.connection.backend.deployments[deployment_id]

    def make_lora(self, deployment_id: str) -> None:
        """Removes the workflow: LoRA deployments have none."""
        self.remote(deployment_id).is_lora = True

    def reads(self, deployment_id: str) -> int:
        return self.connection.calls.count(f"/prod/v2/deployments/{deployment_id}")

    async def lists(self) -> None:
        self.catalogue.refresh()
        await wait_until(lambda: not self.state.loading)
        await wait_until(lambda: not self.state.opening_id)

    async def opens(self, deployment_id: str) -> EditorState:
        self.catalogue.open(deployment_id)
        await wait_until(lambda: not self.state.opening_id)
        return self.draft_editor.state

    async def has_schema(self) -> None:
        await wait_until(lambda: self.draft_editor.state.schema is not None)


@asynccontextmanager
async def open_catalogue_harness(
    folder: Path,
    connection: EmulatedConnection | None = None,
    settings: Settings | None = None,
    *,
    remembers: bool = True,
) -> AsyncIterator[CatalogueHarness]:
    harness = CatalogueHarness(
        folder, connection or EmulatedConnection(), settings or Settings(), remembers=remembers
    )
    async with harness.client:
        try:
            yield harness
        finally:
            await harness.catalogue.close()
            await harness.drafts.close()


async def test_a_list_comes_and_the_first_that_can_be_used_is_opened(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    connection.backend.deployments[KONTEXT].is_enabled = False
    async with open_catalogue_harness(tmp_path, connection) as harness:
        assert harness.state == DeploymentCatalogueState()
        await harness.lists()
        assert [each.deployment_id for each in harness.state.deployments] == [
            *connection.backend.deployments
        ]
        assert harness.state.loaded_s > 0
        assert harness.states[0].loading
        assert harness.shown_id == FLUX
        assert harness.preferences.settings.last_deployment_id == FLUX
        assert harness.shown_notices == []


async def test_what_was_open_last_is_opened_again(tmp_path: Path) -> None:
    settings = Settings(last_deployment_id=FLUX)
    async with open_catalogue_harness(tmp_path, settings=settings) as harness:
        await harness.lists()
        assert harness.shown_id == FLUX


async def test_a_disabled_deployment_can_be_looked_at(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        harness.remote(FLUX).is_enabled = False
        editor_state = await harness.opens(FLUX)
        assert harness.shown_id == FLUX
        assert "disabled" in editor_state.blocked_reason


async def test_the_workflow_is_on_screen_before_its_schema(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        harness.connection.hold(".json")
        editor_state = await harness.opens(KONTEXT)
        assert editor_state.draft is not None
        assert editor_state.schema is None
        harness.connection.release()
        await harness.has_schema()
        schema = harness.draft_editor.state.schema
        assert schema is not None
        spec = schema.spec("KSampler", "seed")
        assert spec is not None
        assert spec.kind is InputKind.INT


async def test_a_schema_is_read_once_for_each_state_of_a_deployment(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.opens(KONTEXT)
        await harness.has_schema()
        await harness.opens(FLUX)
        await harness.has_schema()
        await harness.opens(KONTEXT)

        def schemas_read() -> int:
            return sum(call.endswith(".json") for call in harness.connection.calls)

        assert schemas_read() == 2
        harness.remote(KONTEXT).updated_at = "2027-01-01T00:00:00+00:00"
        await harness.opens(KONTEXT)
        await wait_until(lambda: schemas_read() == 3)


async def test_without_a_schema_the_values_say_the_kinds(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        harness.connection.missing_endings = (".json",)
        editor_state = await harness.opens(KONTEXT)
        await wait_until(lambda: harness.shown_notices)
        assert "flux-kontext" in harness.shown_notices[0].title
        assert editor_state.draft is not None
        harness.connection.missing_endings = ()
        await harness.opens(KONTEXT)
        await harness.has_schema()


async def test_no_network_at_the_start_is_a_state_not_a_crash(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        harness.connection.is_down = True
        await harness.lists()
        offline = harness.state
        assert offline.problem is not None
        assert offline.deployments == ()
        assert harness.shown_notices == []
        harness.connection.is_down = False
        await harness.lists()
        online = harness.state
        assert online.problem is None
        assert harness.shown_id == KONTEXT


async def test_a_failed_refresh_keeps_the_list(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.lists()
        count = len(harness.state.deployments)
        harness.connection.is_down = True
        await harness.lists()
        assert harness.state.problem is not None
        assert len(harness.state.deployments) == count


async def test_an_opening_that_fails_is_told_and_what_was_open_stays(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.opens(KONTEXT)
        await harness.has_schema()
        harness.connection.is_down = True
        await harness.opens(FLUX)
        assert harness.shown_id == KONTEXT
        assert len(harness.shown_notices) == 1
        harness.connection.is_down = False
        await harness.opens("00000000-0000-4000-8000-000000000000")
        assert len(harness.shown_notices) == 2
        assert harness.shown_id == KONTEXT


async def test_the_last_click_wins_and_equal_clicks_are_one(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        harness.connection.hold(KONTEXT)
        harness.catalogue.open(KONTEXT)
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.reads(KONTEXT))
        harness.catalogue.open(FLUX)
        assert harness.state.opening_id == FLUX
        await wait_until(lambda: harness.shown_id == FLUX)
        harness.connection.release()
        await harness.has_schema()
        assert harness.shown_id == FLUX
        assert harness.reads(KONTEXT) == 1
        assert harness.state.opening_id == ""


async def test_a_deployment_without_a_workflow_says_what_it_is(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        harness.make_lora(FLUX)
        editor_state = await harness.opens(FLUX)
        assert editor_state.draft is None
        assert [notice.level for notice in harness.shown_notices] == [NoticeLevel.INFO]
        assert "LoRA" in harness.shown_notices[0].title
        assert harness.state.is_unsupported(FLUX)


async def test_one_without_a_workflow_is_not_opened_by_itself(tmp_path: Path) -> None:
    """The kind of a deployment is not known before it is read. There is no notice about one that
    the user did not request."""
    connection = EmulatedConnection()
    connection.backend.deployments[KONTEXT].is_lora = True
    async with open_catalogue_harness(tmp_path, connection) as harness:
        await harness.lists()
        await wait_until(lambda: harness.shown_id == FLUX)
        assert harness.shown_notices == []


async def test_what_each_deployment_runs_is_learned_in_the_background(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    connection.backend.deployments[FLUX].is_lora = True
    async with open_catalogue_harness(tmp_path, connection) as harness:
        await harness.lists()
        count = len(connection.backend.deployments)
        await wait_until(lambda: len(harness.state.kinds) == count)
        others = [
            each for each, kind in harness.state.kinds.items() if kind is DeploymentKind.OTHER
        ]
        assert others == [
            each.deployment_id for each in connection.backend.deployments.values() if each.is_lora
        ]
        assert FLUX in others
        harness.catalogue.clear()
        assert harness.state.kinds == {}


async def test_one_deleted_elsewhere_blocks_the_run_and_keeps_the_draft(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.opens(KONTEXT)
        # Otherwise the schema could no longer be read after the deletion, which would be reported.
        await harness.has_schema()
        harness.draft_editor.edit({SEED: 77}, "Edit")
        remote = harness.connection.backend.deployments.pop(KONTEXT)
        await harness.lists()
        await wait_until(lambda: harness.draft_editor.state.blocked_reason)
        assert harness.draft_editor.state.blocked_reason == (
            "flux-kontext has been deleted: choose another deployment"
        )
        draft = harness.draft_editor.state.draft
        assert draft is not None
        assert draft.changes == {SEED: 77}
        # Shown in place of Run, and not as a failure, because nothing was requested.
        assert harness.shown_notices == []
        harness.connection.backend.deployments[KONTEXT] = remote
        await harness.lists()
        await wait_until(lambda: harness.draft_editor.state.blocked_reason == "")


async def test_one_of_another_account_says_so(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.opens(KONTEXT)
        del harness.connection.backend.deployments[KONTEXT]
        harness.connection.backend.foreign_deployment_ids.add(KONTEXT)
        await harness.lists()
        await wait_until(lambda: harness.draft_editor.state.blocked_reason)
        assert "belongs to another account" in harness.draft_editor.state.blocked_reason


async def test_one_that_only_the_list_left_out_can_be_run(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.opens(KONTEXT)
        reads = harness.reads(KONTEXT)
        harness.catalogue.remove(KONTEXT)
        assert KONTEXT not in [each.deployment_id for each in harness.state.deployments]
        harness.catalogue.update_record(
            harness.state.deployments[0] if harness.state.deployments else ANY
        )
        await wait_until(lambda: harness.reads(KONTEXT) > reads)
        assert harness.draft_editor.state.blocked_reason == ""


async def test_without_a_network_nothing_is_taken_for_deleted(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.opens(KONTEXT)
        harness.connection.is_down = True
        harness.catalogue.update_record(ANY)
        calls = len(harness.connection.calls)
        await wait_until(lambda: len(harness.connection.calls) > calls)
        await harness.lists()
        assert harness.draft_editor.state.blocked_reason == ""


async def test_a_record_that_came_otherwise_is_believed_at_once(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.lists()
        listed = next(each for each in harness.state.deployments if each.deployment_id == KONTEXT)
        harness.remote(KONTEXT).is_enabled = False
        harness.catalogue.update_record(replace(listed, is_enabled=False))
        after = {each.deployment_id: each.is_enabled for each in harness.state.deployments}
        assert after[KONTEXT] is False
        assert len(after) == len(harness.connection.backend.deployments)
        await wait_until(lambda: "disabled" in harness.draft_editor.state.blocked_reason)


async def test_edits_come_back_after_a_restart(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.opens(KONTEXT)
        harness.draft_editor.edit({SEED: 77, TEXT: "kept"}, "Edit")
    async with open_catalogue_harness(tmp_path) as harness:
        editor_state = await harness.opens(KONTEXT)
        assert editor_state.draft is not None
        assert editor_state.draft.changes == {SEED: 77, TEXT: "kept"}
        assert editor_state.draft.source.name == "flux-kontext"


async def test_a_deployment_edited_elsewhere_is_read_again(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.opens(KONTEXT)
        harness.draft_editor.edit({SEED: 77, TEXT: "kept"}, "Edit")
        remote = harness.remote(KONTEXT)
        nodes = {key: node for key, node in remote.workflow.items() if key != "31"}
        remote.workflow = nodes
        remote.updated_at = "2027-01-01T00:00:00+00:00"
        await harness.lists()
        draft = harness.draft_editor.state.draft
        assert draft is not None
        assert draft.workflow == workflow_from_json(nodes)
        assert draft.changes == {TEXT: "kept"}
        assert [notice.title for notice in harness.shown_notices] == [
            "The workflow of flux-kontext has changed."
        ]
        assert harness.shown_notices[0].detail.startswith("1 of your changes does not fit")
        reads = harness.reads(KONTEXT)
        await harness.lists()
        assert harness.reads(KONTEXT) == reads


async def test_a_list_is_read_again_only_when_it_has_aged(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as it:
        it.catalogue.refresh_if_older()
        assert it.states == []
        await it.lists()
        first_s = it.state.loaded_s
        count = len(it.states)
        it.catalogue.refresh_if_older()
        assert len(it.states) == count
        it.clock.advance(MAX_LIST_AGE_S)
        it.catalogue.refresh_if_older()
        await wait_until(lambda: it.state.loaded_s > first_s)
        assert not it.state.loading


async def test_a_deployment_disabled_elsewhere_blocks_the_run(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.opens(KONTEXT)
        harness.remote(KONTEXT).is_enabled = False
        await harness.lists()
        assert "disabled" in harness.draft_editor.state.blocked_reason


async def test_an_unbound_file_gets_the_deployment_that_is_chosen(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        workflow = workflow_from_json(harness.remote(KONTEXT).workflow)
        open_file(harness.draft_editor, workflow, "a.json", "/a.json")
        await harness.lists()
        assert harness.draft_editor.state.deployment is None
        editor_state = await harness.opens(KONTEXT)
        assert editor_state.draft is not None
        assert editor_state.draft.source.path == "/a.json"
        assert editor_state.deployment is not None
        assert editor_state.blocked_reason == ""
        # The file is bound now, so the next choice opens another deployment.
        await harness.opens(FLUX)
        assert harness.shown_id == FLUX


async def test_a_file_gets_its_deployment_of_last_time_back(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        workflow = workflow_from_json(harness.remote(KONTEXT).workflow)
        open_file(harness.draft_editor, workflow, "a.json", "/a.json")
        await harness.opens(KONTEXT)
        harness.draft_editor.edit({SEED: 77}, "Edit")
    async with open_catalogue_harness(tmp_path) as harness:
        stored = await harness.drafts.load("file:/a.json")
        open_file(harness.draft_editor, workflow, "a.json", "/a.json", stored)
        before = harness.draft_editor.state
        assert before.deployment is None
        await harness.lists()
        after = harness.draft_editor.state
        assert after.deployment is not None
        assert after.deployment.deployment_id == KONTEXT
        assert harness.draft_editor.state.draft is not None
        assert harness.draft_editor.state.draft.changes == {SEED: 77}


async def test_a_file_opened_meanwhile_is_the_later_request(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.opens(KONTEXT)
        workflow = workflow_from_json(harness.remote(KONTEXT).workflow)
        harness.connection.hold(FLUX)
        harness.catalogue.open(FLUX)
        await wait_until(lambda: harness.reads(FLUX))
        open_file(harness.draft_editor, workflow, "a.json", "/a.json")
        harness.connection.release()
        await wait_until(lambda: not harness.state.opening_id)
        draft = harness.draft_editor.state.draft
        assert draft is not None
        assert (draft.source.path, draft.deployment_id) == ("/a.json", KONTEXT)


async def test_a_deployment_of_last_time_that_cannot_be_read_is_tried_once(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        workflow = workflow_from_json(harness.remote(KONTEXT).workflow)
        await harness.opens(KONTEXT)
        open_file(harness.draft_editor, workflow, "a.json", "/a.json")
        harness.draft_editor.edit({SEED: 77}, "Edit")
    async with open_catalogue_harness(tmp_path) as harness:
        stored = await harness.drafts.load("file:/a.json")
        harness.make_lora(KONTEXT)
        open_file(harness.draft_editor, workflow, "a.json", "/a.json", stored)
        await harness.lists()
        for seed in range(3):
            harness.draft_editor.edit({SEED: seed}, "Edit")
        assert harness.state.opening_id == ""
        assert harness.reads(KONTEXT) == 1


async def test_the_demo_does_not_overwrite_what_the_account_opened_last(tmp_path: Path) -> None:
    settings = Settings(last_deployment_id="the account's")
    async with open_catalogue_harness(tmp_path, settings=settings, remembers=False) as harness:
        await harness.lists()
        assert harness.shown_id == KONTEXT
        assert harness.preferences.settings.last_deployment_id == "the account's"


async def test_another_key_begins_with_an_empty_list(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.lists()
        harness.connection.hold("/deployments")
        harness.catalogue.refresh()
        harness.catalogue.clear()
        harness.connection.release()
        assert harness.state == DeploymentCatalogueState()
        # The draft in the editor belongs to the user and stays.
        assert harness.shown_id == KONTEXT


async def test_a_further_draft_of_a_deployment_is_opened_and_followed(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.lists()
        await harness.opens(KONTEXT)
        draft = harness.draft_editor.state.draft
        assert draft is not None
        OpenDraftCommands(harness.draft_editor).add(replace(draft, draft_id="b", title="Two"))
        harness.draft_editor.edit({SEED: 4}, "Edit")
        await harness.drafts.close()
    async with open_catalogue_harness(tmp_path) as harness:
        await harness.lists()
        harness.catalogue.open_draft(KONTEXT, "draft:b")
        await wait_until(lambda: not harness.state.opening_id)
        draft = harness.draft_editor.state.draft
        assert draft is not None
        assert (draft.key, draft.title, draft.changes) == ("draft:b", "Two", {SEED: 4})
        # The deployment is edited elsewhere and read again: this draft stays open.
        harness.remote(KONTEXT).updated_at = "2030-01-01T00:00:00Z"
        await harness.lists()
        assert harness.draft_editor.state.draft is not None
        assert harness.draft_editor.state.draft.key == "draft:b"


async def test_nothing_is_opened_by_itself_while_a_file_is_on_its_way(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        go_on = harness.catalogue.hold_initial_open()
        await harness.lists()
        assert harness.draft_editor.state.draft is None
        go_on()
        await wait_until(lambda: harness.draft_editor.state.draft)


async def test_what_was_in_view_comes_first(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        harness.catalogue.preferred_drafts.set_first(FLUX, FLUX)
        await harness.lists()
        assert harness.shown_id == FLUX


def test_a_list_is_old_when_it_was_kept_or_could_not_be_read_again() -> None:
    assert DeploymentCatalogueState().list_as_of_s == 0
    assert DeploymentCatalogueState(loaded_s=5.0).list_as_of_s == 0
    assert DeploymentCatalogueState(loaded_s=5.0, problem=Problem("Offline")).list_as_of_s == 5.0
    assert DeploymentCatalogueState(cached_s=3.0).list_as_of_s == 3.0


def test_a_deployment_is_old_when_it_is_shown_as_it_was() -> None:
    state = DeploymentCatalogueState(as_of={"blue": 3.0})
    assert (state.as_of_s("blue"), state.as_of_s("red")) == (3.0, 0.0)
