"""What is kept for bad days: in turn, never another key's, and a disk may refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.offline import Offline
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.store.deployments import DeploymentStore
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ONE = Deployment("1", "One", payload=Payload({"1": {"class_type": "A", "inputs": {"x": 1}}}))
BARE = Deployment("1", "One")


async def test_what_was_kept_is_there(tmp_path: Path) -> None:
    tasks = Tasks()
    offline = Offline(DeploymentStore(tmp_path), tasks, now=lambda: 7.0)
    await offline.keep(ONE)
    offline.keep_list([BARE])
    await tasks.finish()
    listed, read = await offline.listed(), await offline.read("1")
    assert listed is not None
    assert (listed.deployments, listed.kept_s) == ((BARE,), 7.0)
    assert read is not None
    assert (read.deployment, read.kept_s) == (ONE, 7.0)


async def test_the_workflow_that_was_seen_before_is_known(tmp_path: Path) -> None:
    offline = Offline(DeploymentStore(tmp_path), Tasks())
    await offline.keep(ONE)
    assert await offline.see("1") is None
    newer = Payload({"1": {"class_type": "A", "inputs": {"x": 2}}})
    await offline.keep(Deployment("1", "One", payload=newer))
    assert await offline.unseen([BARE]) == {"1"}
    seen = await offline.see("1")
    assert seen is not None
    assert seen.nodes["1"].inputs == {"x": 1}
    odd = Payload({"1": "no node"})
    await offline.keep(Deployment("1", "One", payload=odd))
    await offline.see("1")
    await offline.keep(ONE)
    assert await offline.see("1") is None, "what was no workflow is not compared"


async def test_what_is_forgotten_is_not_written_by_who_comes_late(tmp_path: Path) -> None:
    tasks = Tasks()
    offline = Offline(DeploymentStore(tmp_path), tasks)
    await offline.keep(ONE)
    offline.keep_list([BARE])
    offline.forget()
    await tasks.finish()
    assert (await offline.listed(), await offline.read("1")) == (None, None)
    await offline.keep(ONE)
    offline.forget("1")
    await until(lambda: not list(tmp_path.glob("*.note.json")))
    await tasks.finish()


async def test_until_a_list_came_nothing_is_shown_to_a_key_that_was_typed(tmp_path: Path) -> None:
    tasks = Tasks()
    offline = Offline(DeploymentStore(tmp_path), tasks)
    await offline.keep(ONE)
    offline.distrust()
    assert await offline.read("1") is None
    offline.keep_list([BARE])
    assert await offline.read("1") is not None
    await tasks.finish()


async def test_without_a_store_and_with_one_that_refuses_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = Offline(None, Tasks())
    await none.keep(ONE)
    assert (await none.read("1"), await none.listed(), await none.see("1")) == (None, None, None)
    folder = tmp_path / "a file"
    folder.write_bytes(b"")
    refused = Offline(DeploymentStore(folder), Tasks())
    await refused.keep(ONE)
    assert await refused.unseen([BARE]) == frozenset()
    assert await refused.read("1") is None
