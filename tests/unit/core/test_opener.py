"""Deployments without a network: what was kept is shown at once, with its age, and renewed."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.catalogue import Catalogue, CatalogueState
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Kind
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.deployments import DeploymentStore
from runcomfy_desktop.store.drafts import DraftStore
from runcomfy_desktop.store.schemas import SchemaStore
from tests.support.line import BASE_URL, Line
from tests.support.until import until
from tests.support.virtual_time import run_virtually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.json_value import Json

OTHER = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
MAIN = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
SEED, TEXT = InputKey("31", "seed"), InputKey("6", "text")


class House:
    """A catalogue with everything around it, on one folder for every start."""

    def __init__(self, folder: Path, line: Line) -> None:
        self.line = line
        self.client = line.client()
        self.bench = Workbench()
        self.told: list[Notice] = []
        self.unreachable: list[Exception] = []
        notices = Notices()
        notices.listen(self.told.append)
        self.drafts = DraftStore(folder / "drafts", notices.failure)
        self.bench.edited.subscribe(self.drafts.save)
        self.preferences = Preferences(Settings(last_deployment_id=MAIN), lambda _settings: None)
        self.catalogue = Catalogue(
            self.client,
            self.bench,
            self.drafts,
            self.preferences,
            notices,
            schemas=SchemaStore(folder / "schemas", service=BASE_URL),
            kept=DeploymentStore(folder / "deployments", service=BASE_URL),
        )
        self.catalogue.unreachable.subscribe(self.unreachable.append)

    @property
    def state(self) -> CatalogueState:
        return self.catalogue.state

    @property
    def draft(self) -> Draft:
        assert self.bench.state.draft is not None
        return self.bench.state.draft

    def titles(self) -> list[str]:
        return [each.title for each in self.told]

    async def lists(self) -> None:
        self.catalogue.refresh()
        await until(lambda: not self.state.loading)
        await until(lambda: not self.state.opening_id)

    async def learns_all(self) -> None:
        """Lists, opens, and waits until all of it is kept."""
        await self.lists()
        await until(lambda: len(self.state.kinds) == len(self.state.deployments))
        await until(lambda: self.bench.state.schema is not None)
        await self.is_kept(*self.line.world.deployments)

    async def is_kept(self, *ids: str) -> None:
        for each in ids:
            while await self.catalogue.kept(each) is None:
                pass

    async def starts(self) -> None:
        self.catalogue.start()
        await until(lambda: self.bench.state.draft is not None)

    async def opens(self, deployment_id: str) -> None:
        self.catalogue.open(deployment_id)
        await until(lambda: not self.state.opening_id)

    def set_remote(self, deployment_id: str, key: InputKey, value: Json) -> None:
        """Somebody edits the deployment's workflow on RunComfy."""
        remote = self.line.world.deployments[deployment_id]
        remote.workflow = json.loads(json.dumps(remote.workflow))
        node: Any = remote.workflow[key.node_id]
        node["inputs"][key.name] = value
        remote.updated_at = "2027-01-01T00:00:00Z"


@asynccontextmanager
async def house(folder: Path, line: Line) -> AsyncIterator[House]:
    parts = House(folder, line)
    async with parts.client:
        try:
            yield parts
        finally:
            await parts.catalogue.close()
            await parts.drafts.close()


async def test_without_a_network_all_is_there_as_it_was_kept(tmp_path: Path) -> None:
    line = Line()
    before_s = time.time()
    async with house(tmp_path, line) as parts:
        await parts.learns_all()
        assert (parts.state.kept_s, parts.state.as_of) == (0.0, {})
        workflow, rows = parts.draft.workflow, parts.state.deployments
    line.is_down = True
    line.calls.clear()
    async with house(tmp_path, line) as parts:
        await parts.starts()
        assert line.calls == [], "nobody waits for a network"
        assert parts.state.deployments == rows
        assert parts.state.loaded_s == 0.0
        assert parts.draft.workflow == workflow
        assert parts.draft.deployment_id == MAIN
        await until(lambda: parts.bench.state.schema is not None)
        assert parts.bench.state.blocked == "", "the line holds what it cannot send"
        await parts.lists()
        assert before_s <= parts.state.kept_s <= time.time()
        assert before_s <= parts.state.as_of[MAIN] <= time.time()
        await parts.opens(OTHER)
        assert parts.draft.deployment_id == OTHER
        assert parts.state.as_of.keys() == {MAIN, OTHER}
        kept = await parts.catalogue.kept(OTHER)
        assert kept is not None
        assert kept.deployment.readme == line.world.deployments[OTHER].readme
        assert parts.told == [], "it is said where it is shown, not in between"
        assert parts.unreachable


async def test_once_the_network_is_back_all_is_renewed(tmp_path: Path) -> None:
    line = Line()
    async with house(tmp_path, line) as parts:
        await parts.learns_all()
    line.is_down = True
    async with house(tmp_path, line) as parts:
        await parts.starts()
        await parts.lists()
        parts.bench.edit({SEED: 7}, "Seed")
        parts.set_remote(MAIN, TEXT, "something else")
        line.is_down = False
        await parts.lists()
        assert parts.state.problem is None
        assert (parts.state.kept_s, parts.state.as_of) == (0.0, {})
        assert parts.draft.workflow.value(TEXT) == "something else"
        assert dict(parts.draft.changes) == {SEED: 7}
        assert parts.bench.state.deployment is not None
        assert parts.bench.state.deployment.payload is not None
        assert parts.bench.state.deployment.payload.object_info_url
        assert parts.titles() == [f"The workflow of {parts.draft.source.name} has changed."]
        change = parts.catalogue.news.of(MAIN)
        assert change is not None
        assert [(each.name, each.after) for each in change.values] == [("text", "something else")]


def test_a_list_that_could_not_be_read_is_read_again_by_itself(tmp_path: Path) -> None:
    async def body() -> None:
        line = Line()
        line.is_down = True
        async with house(tmp_path, line) as parts:
            await parts.lists()
            assert [parts.state.problem] != [None]
            line.is_down = False
            await asyncio.sleep(60)
            assert parts.state.problem is None
            assert parts.state.loaded_s > 0

    run_virtually(body)


def test_it_is_said_that_things_are_of_before_when_nobody_answers_for_long(tmp_path: Path) -> None:
    async def body() -> None:
        line = Line()
        async with house(tmp_path, line) as parts:
            await parts.learns_all()
        async with house(tmp_path, line) as parts:
            line.hold("/deployments")
            await parts.starts()
            parts.catalogue.refresh()
            assert (parts.state.kept_s, parts.state.as_of) == (0.0, {})
            await asyncio.sleep(3)
            assert parts.state.kept_s > 0
            assert parts.state.as_of.keys() == {MAIN}

    run_virtually(body)


async def test_what_changed_between_two_starts_is_told(tmp_path: Path) -> None:
    line = Line()
    async with house(tmp_path, line) as parts:
        await parts.learns_all()
        parts.bench.edit({SEED: 7, TEXT: "mine"}, "Edit")
    async with house(tmp_path, line) as parts:
        parts.set_remote(MAIN, TEXT, "theirs")
        await parts.starts()
        await parts.lists()
        change = parts.catalogue.news.of(MAIN)
        assert change is not None
        assert [(each.name, each.after, each.own) for each in change.values] == [
            ("text", "theirs", True)
        ]
        assert dict(parts.draft.changes) == {SEED: 7, TEXT: "mine"}


async def test_what_was_kept_anew_unseen_is_told_when_it_is_seen(tmp_path: Path) -> None:
    """The workflows of all are read in the background: that is not seeing them."""
    line = Line()
    async with house(tmp_path, line) as parts:
        await parts.learns_all()
        await parts.opens(OTHER)
        await parts.opens(MAIN)
        await until(lambda: not parts.state.opening_id)
    async with house(tmp_path, line) as parts:
        key = next(
            key
            for key in workflow_from_json(line.world.deployments[OTHER].workflow).input_keys()
            if key.name in ("seed", "noise_seed")
        )
        parts.set_remote(OTHER, key, 99)
        await parts.starts()
        await parts.lists()
        await until(lambda: parts.state.unseen == {OTHER})
    line.is_down = True
    async with house(tmp_path, line) as parts:
        await parts.starts()
        await parts.opens(OTHER)
        change = parts.catalogue.news.of(OTHER)
        assert change is not None
        assert [each.after for each in change.values] == [99]


async def test_a_deployment_is_on_screen_before_the_network_has_answered(tmp_path: Path) -> None:
    line = Line()
    async with house(tmp_path, line) as parts:
        await parts.learns_all()
    async with house(tmp_path, line) as parts:
        await parts.starts()
        await parts.lists()
        line.hold(OTHER)
        parts.catalogue.open(OTHER)
        await until(lambda: parts.draft.deployment_id == OTHER)
        assert parts.state.opening_id == OTHER
        parts.bench.edit({InputKey("x", "y"): 1}, "Meanwhile")
        line.release()
        await until(lambda: not parts.state.opening_id)
        assert parts.draft.changes, "what was done meanwhile stays"
        assert parts.state.as_of == {}


async def test_what_is_asked_for_comes_before_what_is_renewed(tmp_path: Path) -> None:
    line = Line()
    async with house(tmp_path, line) as parts:
        await parts.learns_all()
    async with house(tmp_path, line) as parts:
        await parts.starts()
        line.hold(OTHER)
        parts.catalogue.open(OTHER)
        parts.catalogue.refresh()
        await until(lambda: parts.state.loaded_s > 0)
        assert parts.state.opening_id == OTHER
        line.release()
        await until(lambda: not parts.state.opening_id)
        assert parts.draft.deployment_id == OTHER


async def test_another_key_sees_nothing_of_what_was_kept(tmp_path: Path) -> None:
    line = Line()
    async with house(tmp_path, line) as parts:
        await parts.learns_all()
        line.is_down = True
        parts.catalogue.clear()
        await parts.opens(OTHER)
        assert parts.draft.deployment_id == MAIN, "what is open stays"
        assert parts.state.deployments == ()
    async with house(tmp_path, line) as parts:
        parts.catalogue.start()
        await parts.lists()
        assert parts.state.deployments == ()
        assert parts.bench.state.draft is None


async def test_a_key_of_unknown_account_sees_what_was_kept_only_once_it_is_its_own(
    tmp_path: Path,
) -> None:
    line = Line()
    async with house(tmp_path, line) as parts:
        await parts.learns_all()
    async with house(tmp_path, line) as parts:
        await parts.starts()
        line.is_down = True
        parts.catalogue.clear(forget=False)
        assert parts.state.deployments == ()
        assert await parts.catalogue.kept(OTHER) is None
        line.is_down = False
        await parts.lists()
        assert await parts.catalogue.kept(OTHER) is not None


async def test_one_that_is_gone_is_not_kept_either(tmp_path: Path) -> None:
    line = Line()
    async with house(tmp_path, line) as parts:
        await parts.learns_all()
    del line.world.deployments[MAIN]
    async with house(tmp_path, line) as parts:
        await parts.starts()
        assert parts.draft.deployment_id == MAIN
        await parts.opens(MAIN)
        assert "deleted" in parts.bench.state.blocked
        await until(lambda: MAIN not in parts.state.as_of)
        while await parts.catalogue.kept(MAIN) is not None:
            pass


async def test_what_each_runs_is_known_without_asking_again(tmp_path: Path) -> None:
    line = Line()
    line.world.deployments[OTHER].is_lora = True
    async with house(tmp_path, line) as parts:
        await parts.lists()
        await until(lambda: len(parts.state.kinds) == len(parts.state.deployments))
        await parts.is_kept(MAIN)
    line.is_down = True
    async with house(tmp_path, line) as parts:
        parts.catalogue.start()
        await until(lambda: bool(parts.state.deployments))
        assert parts.state.kinds.get(OTHER) is Kind.OTHER


async def test_without_a_network_the_first_draft_comes_for_one_that_is_gone(tmp_path: Path) -> None:
    line = Line()
    async with house(tmp_path, line) as parts:
        await parts.learns_all()
        parts.bench.edit({SEED: 7}, "Seed")
    line.is_down = True
    async with house(tmp_path, line) as parts:
        parts.catalogue.wanted.begin_with(MAIN, "draft:ab12")
        await parts.starts()
        assert parts.draft.key == MAIN
        assert dict(parts.draft.changes) == {SEED: 7}
        assert parts.titles() == ["A draft is not there any more."]


async def test_no_address_of_a_host_is_kept(tmp_path: Path) -> None:
    line = Line()
    async with house(tmp_path, line) as parts:
        await parts.learns_all()
        url = parts.bench.state.deployment
        assert url is not None
    notes = b"".join(path.read_bytes() for path in (tmp_path / "deployments").glob("*.json"))
    assert b"storage.emulated" not in notes
    assert line.world.token.encode() not in notes
