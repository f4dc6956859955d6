"""The catalogue: lists, opens, follows changes, and says what is wrong, against the stand-in."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.catalogue import FRESH_S, Catalogue, CatalogueState
from runcomfy_desktop.core.notices import Notice, NoticeLevel, Notices
from runcomfy_desktop.core.open_drafts import OpenDrafts
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.workbench import BenchState, Workbench
from runcomfy_desktop.domain.deployment import Deployment, Kind
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.clock import Clock
from tests.support.line import Line
from tests.support.until import until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.emulator.deployments import Deployment as RemoteDeployment

ANY = Deployment("any", "any")
KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
SEED, TEXT = InputKey("31", "seed"), InputKey("6", "text")


class House:
    """A catalogue with everything around it."""

    def __init__(self, folder: Path, line: Line, settings: Settings, *, remembers: bool) -> None:
        self.line = line
        self.client = line.client()
        self.bench = Workbench()
        self.told: list[Notice] = []
        self.states: list[CatalogueState] = []
        notices = Notices()
        notices.listen(self.told.append)
        self.drafts = DraftStore(folder / "drafts", notices.failure)
        self.bench.edited.subscribe(self.drafts.save)
        self.preferences = Preferences(settings, lambda _settings: None)
        self.clock = Clock()
        self.catalogue = Catalogue(
            self.client,
            self.bench,
            self.drafts,
            self.preferences,
            notices,
            remembers=remembers,
            now=self.clock,
        )
        self.catalogue.changed.subscribe(self.states.append)

    @property
    def state(self) -> CatalogueState:
        return self.catalogue.state

    @property
    def shown_id(self) -> str:
        """The deployment whose own workflow is on the workbench."""
        draft = self.bench.state.draft
        return draft.deployment_id if draft is not None and not draft.source.is_file else ""

    def remote(self, deployment_id: str) -> RemoteDeployment:
        return self.line.world.deployments[deployment_id]

    def make_lora(self, deployment_id: str) -> None:
        """Takes the workflow away, which LoRA deployments do not have."""
        self.remote(deployment_id).is_lora = True

    def reads(self, deployment_id: str) -> int:
        return self.line.calls.count(f"/prod/v2/deployments/{deployment_id}")

    async def lists(self) -> None:
        self.catalogue.refresh()
        await until(lambda: not self.state.loading)
        await until(lambda: not self.state.opening_id)

    async def opens(self, deployment_id: str) -> BenchState:
        self.catalogue.open(deployment_id)
        await until(lambda: not self.state.opening_id)
        return self.bench.state

    async def has_schema(self) -> None:
        await until(lambda: self.bench.state.schema is not None)


@asynccontextmanager
async def house(
    folder: Path,
    line: Line | None = None,
    settings: Settings | None = None,
    *,
    remembers: bool = True,
) -> AsyncIterator[House]:
    parts = House(folder, line or Line(), settings or Settings(), remembers=remembers)
    async with parts.client:
        try:
            yield parts
        finally:
            await parts.catalogue.close()
            await parts.drafts.close()


async def test_a_list_comes_and_the_first_that_can_be_used_is_opened(tmp_path: Path) -> None:
    line = Line()
    line.world.deployments[KONTEXT].is_enabled = False
    async with house(tmp_path, line) as parts:
        assert parts.state == CatalogueState()
        await parts.lists()
        assert [each.deployment_id for each in parts.state.deployments] == [*line.world.deployments]
        assert parts.state.loaded_s > 0
        assert parts.states[0].loading
        assert parts.shown_id == FLUX
        assert parts.preferences.settings.last_deployment_id == FLUX
        assert parts.told == []


async def test_what_was_open_last_is_opened_again(tmp_path: Path) -> None:
    settings = Settings(last_deployment_id=FLUX)
    async with house(tmp_path, settings=settings) as parts:
        await parts.lists()
        assert parts.shown_id == FLUX


async def test_a_disabled_deployment_can_be_looked_at(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.remote(FLUX).is_enabled = False
        bench = await parts.opens(FLUX)
        assert parts.shown_id == FLUX
        assert "disabled" in bench.blocked


async def test_the_workflow_is_on_screen_before_its_schema(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.line.hold(".json")
        bench = await parts.opens(KONTEXT)
        assert bench.draft is not None
        assert bench.schema is None
        parts.line.release()
        await parts.has_schema()
        schema = parts.bench.state.schema
        assert schema is not None
        spec = schema.spec("KSampler", "seed")
        assert spec is not None
        assert spec.kind is InputKind.INT


async def test_a_schema_is_read_once_for_each_state_of_a_deployment(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.opens(KONTEXT)
        await parts.has_schema()
        await parts.opens(FLUX)
        await parts.has_schema()
        await parts.opens(KONTEXT)

        def schemas_read() -> int:
            return sum(call.endswith(".json") for call in parts.line.calls)

        assert schemas_read() == 2
        parts.remote(KONTEXT).updated_at = "2027-01-01T00:00:00+00:00"
        await parts.opens(KONTEXT)
        await until(lambda: schemas_read() == 3)


async def test_without_a_schema_the_values_say_the_kinds(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.line.missing = (".json",)
        bench = await parts.opens(KONTEXT)
        await until(lambda: parts.told)
        assert "flux-kontext" in parts.told[0].title
        assert bench.draft is not None
        parts.line.missing = ()
        await parts.opens(KONTEXT)
        await parts.has_schema()


async def test_no_network_at_the_start_is_a_state_not_a_crash(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.line.is_down = True
        await parts.lists()
        offline = parts.state
        assert offline.problem is not None
        assert offline.deployments == ()
        assert parts.told == []
        parts.line.is_down = False
        await parts.lists()
        online = parts.state
        assert online.problem is None
        assert parts.shown_id == KONTEXT


async def test_a_failed_refresh_keeps_the_list(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.lists()
        count = len(parts.state.deployments)
        parts.line.is_down = True
        await parts.lists()
        assert parts.state.problem is not None
        assert len(parts.state.deployments) == count


async def test_an_opening_that_fails_is_told_and_what_was_open_stays(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.opens(KONTEXT)
        await parts.has_schema()
        parts.line.is_down = True
        await parts.opens(FLUX)
        assert parts.shown_id == KONTEXT
        assert len(parts.told) == 1
        parts.line.is_down = False
        await parts.opens("00000000-0000-4000-8000-000000000000")
        assert len(parts.told) == 2
        assert parts.shown_id == KONTEXT


async def test_the_last_click_wins_and_equal_clicks_are_one(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.line.hold(KONTEXT)
        parts.catalogue.open(KONTEXT)
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.reads(KONTEXT))
        parts.catalogue.open(FLUX)
        assert parts.state.opening_id == FLUX
        await until(lambda: parts.shown_id == FLUX)
        parts.line.release()
        await parts.has_schema()
        assert parts.shown_id == FLUX
        assert parts.reads(KONTEXT) == 1
        assert parts.state.opening_id == ""


async def test_a_deployment_without_a_workflow_says_what_it_is(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.make_lora(FLUX)
        bench = await parts.opens(FLUX)
        assert bench.draft is None
        assert [notice.level for notice in parts.told] == [NoticeLevel.INFO]
        assert "LoRA" in parts.told[0].title
        assert parts.state.is_other(FLUX)


async def test_one_without_a_workflow_is_not_opened_by_itself(tmp_path: Path) -> None:
    """Neither is it known beforehand, nor is anybody told of what nobody asked for."""
    line = Line()
    line.world.deployments[KONTEXT].is_lora = True
    async with house(tmp_path, line) as parts:
        await parts.lists()
        await until(lambda: parts.shown_id == FLUX)
        assert parts.told == []


async def test_what_each_deployment_runs_is_learned_in_the_background(tmp_path: Path) -> None:
    line = Line()
    line.world.deployments[FLUX].is_lora = True
    async with house(tmp_path, line) as parts:
        await parts.lists()
        count = len(line.world.deployments)
        await until(lambda: len(parts.state.kinds) == count)
        others = [each for each, kind in parts.state.kinds.items() if kind is Kind.OTHER]
        assert others == [
            each.deployment_id for each in line.world.deployments.values() if each.is_lora
        ]
        assert FLUX in others
        parts.catalogue.clear()
        assert parts.state.kinds == {}


async def test_one_deleted_elsewhere_blocks_the_run_and_keeps_the_draft(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.opens(KONTEXT)
        # A schema still on its way could not be read any more, and that would be told.
        await parts.has_schema()
        parts.bench.edit({SEED: 77}, "Edit")
        remote = parts.line.world.deployments.pop(KONTEXT)
        await parts.lists()
        await until(lambda: parts.bench.state.blocked)
        assert parts.bench.state.blocked == (
            "flux-kontext has been deleted: choose another deployment"
        )
        draft = parts.bench.state.draft
        assert draft is not None
        assert draft.changes == {SEED: 77}
        # Said in place of Run, not as a failure of something that nobody asked for.
        assert parts.told == []
        parts.line.world.deployments[KONTEXT] = remote
        await parts.lists()
        await until(lambda: parts.bench.state.blocked == "")


async def test_one_of_another_account_says_so(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.opens(KONTEXT)
        del parts.line.world.deployments[KONTEXT]
        parts.line.world.foreign.add(KONTEXT)
        await parts.lists()
        await until(lambda: parts.bench.state.blocked)
        assert "belongs to another account" in parts.bench.state.blocked


async def test_one_that_only_the_list_left_out_can_be_run(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.opens(KONTEXT)
        reads = parts.reads(KONTEXT)
        parts.catalogue.drop(KONTEXT)
        assert KONTEXT not in [each.deployment_id for each in parts.state.deployments]
        parts.catalogue.take(parts.state.deployments[0] if parts.state.deployments else ANY)
        await until(lambda: parts.reads(KONTEXT) > reads)
        assert parts.bench.state.blocked == ""


async def test_without_a_network_nothing_is_taken_for_deleted(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.opens(KONTEXT)
        parts.line.is_down = True
        parts.catalogue.take(ANY)
        calls = len(parts.line.calls)
        await until(lambda: len(parts.line.calls) > calls)
        await parts.lists()
        assert parts.bench.state.blocked == ""


async def test_a_record_that_came_otherwise_is_believed_at_once(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.lists()
        listed = next(each for each in parts.state.deployments if each.deployment_id == KONTEXT)
        parts.remote(KONTEXT).is_enabled = False
        parts.catalogue.take(replace(listed, is_enabled=False))
        after = {each.deployment_id: each.is_enabled for each in parts.state.deployments}
        assert after[KONTEXT] is False
        assert len(after) == len(parts.line.world.deployments)
        await until(lambda: "disabled" in parts.bench.state.blocked)


async def test_edits_come_back_after_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.opens(KONTEXT)
        parts.bench.edit({SEED: 77, TEXT: "kept"}, "Edit")
    async with house(tmp_path) as parts:
        bench = await parts.opens(KONTEXT)
        assert bench.draft is not None
        assert bench.draft.changes == {SEED: 77, TEXT: "kept"}
        assert bench.draft.source.name == "flux-kontext"


async def test_a_deployment_edited_elsewhere_is_read_again(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.opens(KONTEXT)
        parts.bench.edit({SEED: 77, TEXT: "kept"}, "Edit")
        remote = parts.remote(KONTEXT)
        nodes = {key: node for key, node in remote.workflow.items() if key != "31"}
        remote.workflow = nodes
        remote.updated_at = "2027-01-01T00:00:00+00:00"
        await parts.lists()
        draft = parts.bench.state.draft
        assert draft is not None
        assert draft.workflow == workflow_from_json(nodes)
        assert draft.changes == {TEXT: "kept"}
        assert [notice.title for notice in parts.told] == [
            "The workflow of flux-kontext has changed."
        ]
        assert parts.told[0].detail.startswith("1 of your changes does not fit")
        reads = parts.reads(KONTEXT)
        await parts.lists()
        assert parts.reads(KONTEXT) == reads


async def test_a_list_is_read_again_only_when_it_has_aged(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        it.catalogue.freshen()
        assert it.states == []
        await it.lists()
        first_s = it.state.loaded_s
        count = len(it.states)
        it.catalogue.freshen()
        assert len(it.states) == count
        it.clock.advance(FRESH_S)
        it.catalogue.freshen()
        await until(lambda: it.state.loaded_s > first_s)
        assert not it.state.loading


async def test_a_deployment_disabled_elsewhere_blocks_the_run(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.opens(KONTEXT)
        parts.remote(KONTEXT).is_enabled = False
        await parts.lists()
        assert "disabled" in parts.bench.state.blocked


async def test_an_unbound_file_gets_the_deployment_that_is_chosen(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        workflow = workflow_from_json(parts.remote(KONTEXT).workflow)
        open_file(parts.bench, workflow, "a.json", "/a.json")
        await parts.lists()
        assert parts.bench.state.deployment is None
        bench = await parts.opens(KONTEXT)
        assert bench.draft is not None
        assert bench.draft.source.path == "/a.json"
        assert bench.deployment is not None
        assert bench.blocked == ""
        # Bound once, the next choice is to look at another deployment.
        await parts.opens(FLUX)
        assert parts.shown_id == FLUX


async def test_a_file_gets_its_deployment_of_last_time_back(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        workflow = workflow_from_json(parts.remote(KONTEXT).workflow)
        open_file(parts.bench, workflow, "a.json", "/a.json")
        await parts.opens(KONTEXT)
        parts.bench.edit({SEED: 77}, "Edit")
    async with house(tmp_path) as parts:
        kept = await parts.drafts.load("file:/a.json")
        open_file(parts.bench, workflow, "a.json", "/a.json", kept)
        before = parts.bench.state
        assert before.deployment is None
        await parts.lists()
        after = parts.bench.state
        assert after.deployment is not None
        assert after.deployment.deployment_id == KONTEXT
        assert parts.bench.state.draft is not None
        assert parts.bench.state.draft.changes == {SEED: 77}


async def test_a_file_opened_meanwhile_is_the_later_wish(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.opens(KONTEXT)
        workflow = workflow_from_json(parts.remote(KONTEXT).workflow)
        parts.line.hold(FLUX)
        parts.catalogue.open(FLUX)
        await until(lambda: parts.reads(FLUX))
        open_file(parts.bench, workflow, "a.json", "/a.json")
        parts.line.release()
        await until(lambda: not parts.state.opening_id)
        draft = parts.bench.state.draft
        assert draft is not None
        assert (draft.source.path, draft.deployment_id) == ("/a.json", KONTEXT)


async def test_a_deployment_of_last_time_that_cannot_be_read_is_tried_once(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        workflow = workflow_from_json(parts.remote(KONTEXT).workflow)
        await parts.opens(KONTEXT)
        open_file(parts.bench, workflow, "a.json", "/a.json")
        parts.bench.edit({SEED: 77}, "Edit")
    async with house(tmp_path) as parts:
        kept = await parts.drafts.load("file:/a.json")
        parts.make_lora(KONTEXT)
        open_file(parts.bench, workflow, "a.json", "/a.json", kept)
        await parts.lists()
        for seed in range(3):
            parts.bench.edit({SEED: seed}, "Edit")
        assert parts.state.opening_id == ""
        assert parts.reads(KONTEXT) == 1


async def test_the_demo_does_not_overwrite_what_the_account_opened_last(tmp_path: Path) -> None:
    settings = Settings(last_deployment_id="the account's")
    async with house(tmp_path, settings=settings, remembers=False) as parts:
        await parts.lists()
        assert parts.shown_id == KONTEXT
        assert parts.preferences.settings.last_deployment_id == "the account's"


async def test_another_key_begins_with_an_empty_list(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.lists()
        parts.line.hold("/deployments")
        parts.catalogue.refresh()
        parts.catalogue.clear()
        parts.line.release()
        assert parts.state == CatalogueState()
        # What is on the workbench is the person's work, and stays.
        assert parts.shown_id == KONTEXT


async def test_a_further_draft_of_a_deployment_is_opened_and_followed(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.lists()
        await parts.opens(KONTEXT)
        draft = parts.bench.state.draft
        assert draft is not None
        OpenDrafts(parts.bench).add(replace(draft, draft_id="b", title="Two"))
        parts.bench.edit({SEED: 4}, "Edit")
        await parts.drafts.close()
    async with house(tmp_path) as parts:
        await parts.lists()
        parts.catalogue.open_draft(KONTEXT, "draft:b")
        await until(lambda: not parts.state.opening_id)
        draft = parts.bench.state.draft
        assert draft is not None
        assert (draft.key, draft.title, draft.changes) == ("draft:b", "Two", {SEED: 4})
        # The deployment is edited elsewhere, and read again: it stays this draft.
        parts.remote(KONTEXT).updated_at = "2030-01-01T00:00:00Z"
        await parts.lists()
        assert parts.bench.state.draft is not None
        assert parts.bench.state.draft.key == "draft:b"


async def test_nothing_is_opened_by_itself_while_a_file_is_on_its_way(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        go_on = parts.catalogue.hold_first()
        await parts.lists()
        assert parts.bench.state.draft is None
        go_on()
        await until(lambda: parts.bench.state.draft)


async def test_what_was_in_view_comes_first(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.catalogue.wanted.begin_with(FLUX, FLUX)
        await parts.lists()
        assert parts.shown_id == FLUX
