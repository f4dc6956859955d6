"""Keepsakes: what is written where before a deployment goes; test_upkeep has the whole course."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.keepsakes import Keepsakes
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.line import Line
from tests.support.workflow_files import read_workflow

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject

GRAPH: JsonObject = {"1": {"class_type": "A", "inputs": {"text": "über \U0001f6b2", "n": 2**70}}}


class Bench:
    """Keepsakes on a workbench of their own."""

    def __init__(self, folder: Path) -> None:
        self.workbench = Workbench()
        self.drafts = DraftStore(folder / "drafts", lambda _error: None)
        self.folder = folder / "workflows"
        preferences = Preferences(Settings(), lambda _settings: None)
        self.client = Line().client()
        self.keepsakes = Keepsakes(
            self.client, self.workbench, self.drafts, preferences, self.folder
        )


def read(path: Path) -> bytes:
    return path.read_bytes()


def put_folder_in_place_of(path: Path) -> None:
    path.unlink()
    path.mkdir()


async def test_a_workflow_is_kept_as_it_is_read_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.workbench.open_deployment(Deployment("id-1", "bike", payload=Payload(GRAPH)))
    keepsake = await bench.keepsakes.keep("id-1")
    assert keepsake is not None
    assert read_workflow(read(keepsake.path)) == workflow_from_json(GRAPH)
    await bench.keepsakes.discard(keepsake)
    assert list(bench.folder.iterdir()) == []


async def test_a_hostile_name_stays_in_its_folder(tmp_path: Path) -> None:
    names = ("../../x", "CON", "a\u0000b", "n" * 400, "", "..", "\u202ecod.exe", "a/b:c")
    for number, name in enumerate(names):
        bench = Bench(tmp_path / str(number))
        bench.workbench.open_deployment(Deployment("../id", name, payload=Payload(GRAPH)))
        keepsake = await bench.keepsakes.keep("../id")
        assert keepsake is not None
        assert keepsake.path.parent == bench.folder
        assert [path.name for path in bench.folder.iterdir()] == [keepsake.path.name]


async def test_what_was_kept_before_stays_as_it_is(tmp_path: Path) -> None:
    """A draft may live on it; and taking the second one back must not take the first."""
    bench = Bench(tmp_path)
    bench.workbench.open_deployment(Deployment("id-1", "bike", payload=Payload(GRAPH)))
    first = await bench.keepsakes.keep("id-1")
    assert first is not None
    await bench.keepsakes.hand_over(first)
    before = read(first.path)
    edited: JsonObject = {"1": {"class_type": "B", "inputs": {}}}
    bench.workbench.open_deployment(Deployment("id-1", "bike", payload=Payload(edited)))
    second = await bench.keepsakes.keep("id-1")
    assert second is not None
    assert second.path != first.path
    await bench.keepsakes.discard(second)
    assert [path.name for path in bench.folder.iterdir()] == [first.path.name]
    assert read(first.path) == before


async def test_one_that_cannot_be_removed_is_left(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.workbench.open_deployment(Deployment("id-1", "bike", payload=Payload(GRAPH)))
    keepsake = await bench.keepsakes.keep("id-1")
    assert keepsake is not None
    put_folder_in_place_of(keepsake.path)
    await bench.keepsakes.discard(keepsake)


async def test_of_a_deployment_that_is_gone_the_workflow_beside_its_drafts_is_kept(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    draft = Draft(workflow_from_json(GRAPH), Source("bike"), "gone")
    changed = draft.with_values({InputKey("1", "n"): 5})
    bench.drafts.save(changed)
    bench.drafts.save(replace(changed, draft_id="b", title="Two"))
    await bench.drafts.close()
    later = Bench(tmp_path)
    async with later.client:
        keepsake = await later.keepsakes.keep("gone")
    assert keepsake is not None
    assert read_workflow(read(keepsake.path)) == workflow_from_json(GRAPH)
    await later.keepsakes.hand_over(keepsake)
    found = (await later.drafts.heads()).heads
    assert {head.key for head in found} == {f"file:{keepsake.path}", "draft:b"}
    assert {(head.source.path, head.deployment_id) for head in found} == {(str(keepsake.path), "")}
    assert [head.changes for head in found] == [1, 1]


async def test_nothing_typed_is_nothing_to_keep(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert await bench.keepsakes.keep("id-1") is None
    assert not bench.folder.exists()
