"""The offline cache of deployments: in order, per key, and with a disk that may refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.deployments.deployment_cache import DeploymentCache
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.store.deployments import DeploymentStore
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ONE = Deployment(
    "1", "One", payload=DeploymentPayload({"1": {"class_type": "A", "inputs": {"x": 1}}})
)
BARE = Deployment("1", "One")


async def test_what_was_kept_is_there(tmp_path: Path) -> None:
    tasks = Tasks()
    offline = DeploymentCache(DeploymentStore(tmp_path), tasks, now=lambda: 7.0)
    await offline.save(ONE)
    offline.save_list([BARE])
    await tasks.finish()
    listed, read = await offline.read_list(), await offline.read("1")
    assert listed is not None
    assert (listed.deployments, listed.saved_s) == ((BARE,), 7.0)
    assert read is not None
    assert (read.deployment, read.saved_s) == (ONE, 7.0)


async def test_the_workflow_that_was_seen_before_is_known(tmp_path: Path) -> None:
    offline = DeploymentCache(DeploymentStore(tmp_path), Tasks())
    await offline.save(ONE)
    assert await offline.mark_seen("1") is None
    newer = DeploymentPayload({"1": {"class_type": "A", "inputs": {"x": 2}}})
    await offline.save(Deployment("1", "One", payload=newer))
    assert await offline.unseen_changes([BARE]) == {"1"}
    seen = await offline.mark_seen("1")
    assert seen is not None
    assert seen.nodes["1"].inputs == {"x": 1}
    odd = DeploymentPayload({"1": "no node"})
    await offline.save(Deployment("1", "One", payload=odd))
    await offline.mark_seen("1")
    await offline.save(ONE)
    assert await offline.mark_seen("1") is None, "what was no workflow is not compared"


async def test_what_is_forgotten_is_not_written_by_who_comes_late(tmp_path: Path) -> None:
    tasks = Tasks()
    offline = DeploymentCache(DeploymentStore(tmp_path), tasks)
    await offline.save(ONE)
    offline.save_list([BARE])
    offline.forget()
    await tasks.finish()
    assert (await offline.read_list(), await offline.read("1")) == (None, None)
    await offline.save(ONE)
    offline.forget("1")
    await wait_until(lambda: not list(tmp_path.glob("*.note.json")))
    await tasks.finish()


async def test_until_a_list_came_nothing_is_shown_to_a_key_that_was_typed(tmp_path: Path) -> None:
    tasks = Tasks()
    offline = DeploymentCache(DeploymentStore(tmp_path), tasks)
    await offline.save(ONE)
    offline.distrust()
    assert await offline.read("1") is None
    offline.save_list([BARE])
    assert await offline.read("1") is not None
    await tasks.finish()


async def test_without_a_store_and_with_one_that_refuses_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = DeploymentCache(None, Tasks())
    await none.save(ONE)
    assert (await none.read("1"), await none.read_list(), await none.mark_seen("1")) == (
        None,
        None,
        None,
    )
    folder = tmp_path / "a file"
    folder.write_bytes(b"")
    refused = DeploymentCache(DeploymentStore(folder), Tasks())
    await refused.save(ONE)
    assert await refused.unseen_changes([BARE]) == frozenset()
    assert await refused.read("1") is None
