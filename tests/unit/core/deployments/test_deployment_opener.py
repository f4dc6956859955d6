"""Deployments without a network: cached data are shown at once, with their age, and renewed."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.deployments.deployment_catalogue import (
    DeploymentCatalogue,
    DeploymentCatalogueState,
)
from runcomfy_desktop.core.deployments.deployment_opener import PreferredDrafts
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.deployments.deployment import DeploymentKind
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.deployments import DeploymentStore
from runcomfy_desktop.store.drafts import DraftStore
from runcomfy_desktop.store.schemas import SchemaStore
from tests.support.async_wait import wait_until
from tests.support.emulated_connection import BASE_URL, EmulatedConnection
from tests.support.virtual_time import run_virtually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Draft

OTHER = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
MAIN = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
SEED, TEXT = InputKey("31", "seed"), InputKey("6", "text")


class OpenerHarness:
    """A catalogue with all its collaborators, on one folder for every start."""

    def __init__(self, folder: Path, connection: EmulatedConnection) -> None:
        self.connection = connection
        self.client = connection.client()
        self.draft_editor = DraftEditor()
        self.shown_notices: list[Notice] = []
        self.unreachable: list[Exception] = []
        notices = Notices()
        notices.listen(self.shown_notices.append)
        self.drafts = DraftStore(folder / "drafts", notices.post_failure)
        self.draft_editor.edited.subscribe(self.drafts.save)
        self.preferences = Preferences(Settings(last_deployment_id=MAIN), lambda _settings: None)
        self.catalogue = DeploymentCatalogue(
            self.client,
            self.draft_editor,
            self.drafts,
            self.preferences,
            notices,
            schema_store=SchemaStore(folder / "schemas", service=BASE_URL),
            deployment_store=DeploymentStore(folder / "deployments", service=BASE_URL),
        )
        self.catalogue.unreachable.subscribe(self.unreachable.append)

    @property
    def state(self) -> DeploymentCatalogueState:
        return self.catalogue.state

    @property
    def draft(self) -> Draft:
        assert self.draft_editor.state.draft is not None
        return self.draft_editor.state.draft

    def titles(self) -> list[str]:
        return [each.title for each in self.shown_notices]

    async def lists(self) -> None:
        self.catalogue.refresh()
        await wait_until(lambda: not self.state.loading)
        await wait_until(lambda: not self.state.opening_id)

    async def learns_all(self) -> None:
        """Lists and opens deployments, and waits until all data are cached."""
        await self.lists()
        await wait_until(lambda: len(self.state.kinds) == len(self.state.deployments))
        await wait_until(lambda: self.draft_editor.state.schema is not None)
        await self.wait_until_cached(*self.connection.backend.deployments)

    async def wait_until_cached(self, *ids: str) -> None:
        for each in ids:
            while await self.catalogue.cached(each) is None:
                pass

    async def starts(self) -> None:
        self.catalogue.start()
        await wait_until(lambda: self.draft_editor.state.draft is not None)

    async def opens(self, deployment_id: str) -> None:
        self.catalogue.open(deployment_id)
        await wait_until(lambda: not self.state.opening_id)

    def set_remote(self, deployment_id: str, key: InputKey, value: Json) -> None:
        """Simulates an edit of the deployment's workflow on RunComfy."""
        remote = self.connection.backend.deployments[deployment_id]
        remote.workflow = json.loads(json.dumps(remote.workflow))
        node: Any = remote.workflow[key.node_id]
        node["inputs"][key.name] = value
        remote.updated_at = "2027-01-01T00:00:00Z"


@asynccontextmanager
async def open_opener_harness(
    folder: Path, connection: EmulatedConnection
) -> AsyncIterator[OpenerHarness]:
    harness = OpenerHarness(folder, connection)
    async with harness.client:
        try:
            yield harness
        finally:
            await harness.catalogue.close()
            await harness.drafts.close()


async def test_without_a_network_all_is_there_as_it_was_kept(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    before_s = time.time()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.learns_all()
        assert (harness.state.cached_s, harness.state.as_of) == (0.0, {})
        workflow, rows = harness.draft.workflow, harness.state.deployments
    connection.is_down = True
    connection.calls.clear()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.starts()
        assert connection.calls == [], "nobody waits for a network"
        assert harness.state.deployments == rows
        assert harness.state.loaded_s == 0.0
        assert harness.draft.workflow == workflow
        assert harness.draft.deployment_id == MAIN
        await wait_until(lambda: harness.draft_editor.state.schema is not None)
        assert harness.draft_editor.state.blocked_reason == "", "the line holds what it cannot send"
        await harness.lists()
        assert before_s <= harness.state.cached_s <= time.time()
        assert before_s <= harness.state.as_of[MAIN] <= time.time()
        await harness.opens(OTHER)
        assert harness.draft.deployment_id == OTHER
        assert harness.state.as_of.keys() == {MAIN, OTHER}
        stored = await harness.catalogue.cached(OTHER)
        assert stored is not None
        assert stored.deployment.readme == connection.backend.deployments[OTHER].readme
        assert harness.shown_notices == [], "it is said where it is shown, not in between"
        assert harness.unreachable


async def test_once_the_network_is_back_all_is_renewed(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.learns_all()
    connection.is_down = True
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.starts()
        await harness.lists()
        harness.draft_editor.edit({SEED: 7}, "Seed")
        harness.set_remote(MAIN, TEXT, "something else")
        connection.is_down = False
        await harness.lists()
        assert harness.state.problem is None
        assert (harness.state.cached_s, harness.state.as_of) == (0.0, {})
        assert harness.draft.workflow.value(TEXT) == "something else"
        assert dict(harness.draft.changes) == {SEED: 7}
        assert harness.draft_editor.state.deployment is not None
        assert harness.draft_editor.state.deployment.payload is not None
        assert harness.draft_editor.state.deployment.payload.object_info_url
        assert harness.titles() == [f"The workflow of {harness.draft.source.name} has changed."]
        change = harness.catalogue.change_notifier.change_of(MAIN)
        assert change is not None
        assert [(each.name, each.after) for each in change.values] == [("text", "something else")]


def test_a_list_that_could_not_be_read_is_read_again_by_itself(tmp_path: Path) -> None:
    async def body() -> None:
        connection = EmulatedConnection()
        connection.is_down = True
        async with open_opener_harness(tmp_path, connection) as harness:
            await harness.lists()
            assert [harness.state.problem] != [None]
            connection.is_down = False
            await asyncio.sleep(60)
            assert harness.state.problem is None
            assert harness.state.loaded_s > 0

    run_virtually(body)


def test_it_is_said_that_things_are_of_before_when_nobody_answers_for_long(tmp_path: Path) -> None:
    async def body() -> None:
        connection = EmulatedConnection()
        async with open_opener_harness(tmp_path, connection) as harness:
            await harness.learns_all()
        async with open_opener_harness(tmp_path, connection) as harness:
            connection.hold("/deployments")
            await harness.starts()
            harness.catalogue.refresh()
            assert (harness.state.cached_s, harness.state.as_of) == (0.0, {})
            await asyncio.sleep(3)
            assert harness.state.cached_s > 0
            assert harness.state.as_of.keys() == {MAIN}

    run_virtually(body)


async def test_what_changed_between_two_starts_is_told(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.learns_all()
        harness.draft_editor.edit({SEED: 7, TEXT: "mine"}, "Edit")
    async with open_opener_harness(tmp_path, connection) as harness:
        harness.set_remote(MAIN, TEXT, "theirs")
        await harness.starts()
        await harness.lists()
        change = harness.catalogue.change_notifier.change_of(MAIN)
        assert change is not None
        assert [(each.name, each.after, each.is_overridden) for each in change.values] == [
            ("text", "theirs", True)
        ]
        assert dict(harness.draft.changes) == {SEED: 7, TEXT: "mine"}


async def test_what_was_kept_anew_unseen_is_told_when_it_is_seen(tmp_path: Path) -> None:
    """All workflows are loaded in the background; that does not count as seen."""
    connection = EmulatedConnection()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.learns_all()
        await harness.opens(OTHER)
        await harness.opens(MAIN)
        await wait_until(lambda: not harness.state.opening_id)
    async with open_opener_harness(tmp_path, connection) as harness:
        key = next(
            key
            for key in workflow_from_json(
                connection.backend.deployments[OTHER].workflow
            ).input_keys()
            if key.name in ("seed", "noise_seed")
        )
        harness.set_remote(OTHER, key, 99)
        await harness.starts()
        await harness.lists()
        await wait_until(lambda: harness.state.unseen == {OTHER})
    connection.is_down = True
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.starts()
        await harness.opens(OTHER)
        change = harness.catalogue.change_notifier.change_of(OTHER)
        assert change is not None
        assert [each.after for each in change.values] == [99]


async def test_a_deployment_is_on_screen_before_the_network_has_answered(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.learns_all()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.starts()
        await harness.lists()
        connection.hold(OTHER)
        harness.catalogue.open(OTHER)
        await wait_until(lambda: harness.draft.deployment_id == OTHER)
        assert harness.state.opening_id == OTHER
        harness.draft_editor.edit({InputKey("x", "y"): 1}, "Meanwhile")
        connection.release()
        await wait_until(lambda: not harness.state.opening_id)
        assert harness.draft.changes, "what was done meanwhile stays"
        assert harness.state.as_of == {}


async def test_what_is_asked_for_comes_before_what_is_renewed(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.learns_all()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.starts()
        connection.hold(OTHER)
        harness.catalogue.open(OTHER)
        harness.catalogue.refresh()
        await wait_until(lambda: harness.state.loaded_s > 0)
        assert harness.state.opening_id == OTHER
        connection.release()
        await wait_until(lambda: not harness.state.opening_id)
        assert harness.draft.deployment_id == OTHER


async def test_another_key_sees_nothing_of_what_was_kept(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.learns_all()
        connection.is_down = True
        harness.catalogue.clear()
        await harness.opens(OTHER)
        assert harness.draft.deployment_id == MAIN, "what is open stays"
        assert harness.state.deployments == ()
    async with open_opener_harness(tmp_path, connection) as harness:
        harness.catalogue.start()
        await harness.lists()
        assert harness.state.deployments == ()
        assert harness.draft_editor.state.draft is None


async def test_a_key_of_unknown_account_sees_what_was_kept_only_once_it_is_its_own(
    tmp_path: Path,
) -> None:
    connection = EmulatedConnection()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.learns_all()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.starts()
        connection.is_down = True
        harness.catalogue.clear(forget=False)
        assert harness.state.deployments == ()
        assert await harness.catalogue.cached(OTHER) is None
        connection.is_down = False
        await harness.lists()
        assert await harness.catalogue.cached(OTHER) is not None


async def test_one_that_is_gone_is_not_kept_either(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.learns_all()
    del connection.backend.deployments[MAIN]
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.starts()
        assert harness.draft.deployment_id == MAIN
        await harness.opens(MAIN)
        assert "deleted" in harness.draft_editor.state.blocked_reason
        await wait_until(lambda: MAIN not in harness.state.as_of)
        while await harness.catalogue.cached(MAIN) is not None:
            pass


async def test_what_each_runs_is_known_without_asking_again(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    connection.backend.deployments[OTHER].is_lora = True
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.lists()
        await wait_until(lambda: len(harness.state.kinds) == len(harness.state.deployments))
        await harness.wait_until_cached(MAIN)
    connection.is_down = True
    async with open_opener_harness(tmp_path, connection) as harness:
        harness.catalogue.start()
        await wait_until(lambda: bool(harness.state.deployments))
        assert harness.state.kinds.get(OTHER) is DeploymentKind.OTHER


async def test_without_a_network_the_first_draft_comes_for_one_that_is_gone(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.learns_all()
        harness.draft_editor.edit({SEED: 7}, "Seed")
    connection.is_down = True
    async with open_opener_harness(tmp_path, connection) as harness:
        harness.catalogue.preferred_drafts.set_first(MAIN, "draft:ab12")
        await harness.starts()
        assert harness.draft.key == MAIN
        assert dict(harness.draft.changes) == {SEED: 7}
        assert harness.titles() == ["A draft is not there any more."]


async def test_no_address_of_a_host_is_kept(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with open_opener_harness(tmp_path, connection) as harness:
        await harness.learns_all()
        url = harness.draft_editor.state.deployment
        assert url is not None
    notes = b"".join(path.read_bytes() for path in (tmp_path / "deployments").glob("*.json"))
    assert b"storage.emulated" not in notes
    assert connection.backend.token.encode() not in notes


def test_the_first_comes_until_another_was_in_view() -> None:
    wanted = PreferredDrafts()
    assert wanted.key("one") == "one"
    wanted.prefer("one", "draft:b")
    assert wanted.key("one") == "draft:b"
    wanted.forget("one", "draft:c")
    assert wanted.key("one") == "draft:b"
    wanted.forget("one", "draft:b")
    assert wanted.key("one") == "one"


def test_what_comes_first_is_known_with_its_draft() -> None:
    wanted = PreferredDrafts()
    wanted.set_first("one", "draft:b")
    assert (wanted.first_id, wanted.key("one")) == ("one", "draft:b")


def test_editing_what_is_in_view_takes_no_request_back() -> None:
    wanted = PreferredDrafts()
    wanted.mark_viewed("one", "one")
    wanted.prefer("one", "draft:b")
    wanted.mark_viewed("one", "one")
    assert wanted.key("one") == "draft:b"
    wanted.mark_viewed("one", "draft:c")
    assert wanted.key("one") == "draft:c"
