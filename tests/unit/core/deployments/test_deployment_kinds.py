"""Each deployment's kind is loaded once, a few at a time, without blocking anything else."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.api.deployments import list_deployments
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.deployments.deployment_kinds import BATCH_SIZE, DeploymentKinds
from runcomfy_desktop.domain.deployments.deployment import (
    Deployment,
    DeploymentKind,
    DeploymentPayload,
)
from tests.support.async_wait import wait_until
from tests.support.emulated_connection import EmulatedConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    import httpx

LIST = "/prod/v2/deployments"


class RecordingConnection(EmulatedConnection):
    """Connection that records queries; with `hides_payload` a list contains no payloads."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[list[tuple[str, str]]] = []
        self.hides_payload = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == LIST and request.url.query:
            self.queries.append(request.url.params.multi_items())
            if self.hides_payload:
                stored = [each for each in request.url.params.multi_items() if each[0] == "ids"]
                request.url = request.url.copy_with(params=stored)
        return await super().handle_async_request(request)


class KindsHarness:
    """Deployment kinds with everything that they reported."""

    def __init__(self, connection: RecordingConnection) -> None:
        self.connection = connection
        self.client = connection.client()
        self.failures: list[Exception] = []
        self.tasks = Tasks(self.failures.append)
        self.known: Mapping[str, DeploymentKind] = {}
        self.found: list[Deployment] = []
        self.kinds = DeploymentKinds(self.client, self.tasks, self._on_known, self._on_found)

    def _on_known(self, known: Mapping[str, DeploymentKind]) -> None:
        self.known = known

    async def _on_found(self, found: Sequence[Deployment]) -> None:
        self.found += found

    async def learns(self) -> None:
        listed = await list_deployments(self.client)
        self.kinds.learn(listed)
        await wait_until(lambda: len(self.known) == len(listed))


@asynccontextmanager
async def open_kinds_harness() -> AsyncIterator[KindsHarness]:
    it = KindsHarness(RecordingConnection())
    async with it.client:
        try:
            yield it
        finally:
            await it.tasks.close()


def others(known: Mapping[str, DeploymentKind]) -> set[str]:
    return {each for each, kind in known.items() if kind is DeploymentKind.OTHER}


async def test_each_is_asked_about_once_and_a_few_at_a_time() -> None:
    async with open_kinds_harness() as it:
        first, second = list(it.connection.backend.deployments)[:2]
        it.connection.backend.deployments[second].is_lora = True
        await it.learns()
        assert second in others(it.known)
        assert it.known[first] is DeploymentKind.COMFYUI
        asked = [
            [value for name, value in query if name == "ids"] for query in it.connection.queries
        ]
        everybody = [each for ids in asked for each in ids]
        assert all(len(ids) <= BATCH_SIZE for ids in asked)
        assert sorted(everybody) == sorted(it.connection.backend.deployments)
        assert all(("includes", "payload") in query for query in it.connection.queries)
        calls = len(it.connection.queries)
        it.kinds.learn(await list_deployments(it.client))
        assert len(it.connection.queries) == calls


async def test_a_list_that_gives_no_payload_is_not_believed() -> None:
    async with open_kinds_harness() as it:
        it.connection.hides_payload = True
        lora = next(iter(it.connection.backend.deployments))
        it.connection.backend.deployments[lora].is_lora = True
        await it.learns()
        remote = it.connection.backend.deployments.values()
        assert others(it.known) == {each.deployment_id for each in remote if each.is_lora}


async def test_without_an_answer_nothing_is_known_and_nobody_is_told() -> None:
    async with open_kinds_harness() as it:
        listed = await list_deployments(it.client)
        it.connection.is_down = True
        it.kinds.learn(listed)
        calls = len(it.connection.calls)
        await wait_until(lambda: len(it.connection.calls) > calls)
        await it.tasks.close()
        assert it.known == {}
        assert it.failures == []
        it.connection.is_down = False
        await it.learns()


async def test_one_without_a_workflow_is_asked_again_after_an_edit() -> None:
    async with open_kinds_harness() as it:
        lora = next(iter(it.connection.backend.deployments))
        it.connection.backend.deployments[lora].is_lora = True
        await it.learns()
        assert it.kinds.is_unsupported(lora)
        it.connection.backend.deployments[lora].is_lora = False
        it.connection.backend.deployments[lora].updated_at = "2027-01-01T00:00:00+00:00"
        it.kinds.learn(await list_deployments(it.client))
        await wait_until(lambda: not it.kinds.is_unsupported(lora))


async def test_what_was_opened_need_not_be_asked() -> None:
    async with open_kinds_harness() as it:
        graph: Any = {"1": {"class_type": "A", "inputs": {}}}
        one = Deployment("one", "one", payload=DeploymentPayload(graph))
        it.kinds.add(one)
        it.kinds.add(Deployment("two", "two", payload=DeploymentPayload(None)))
        assert it.known == {"one": DeploymentKind.COMFYUI, "two": DeploymentKind.OTHER}
        it.kinds.learn([replace(one, payload=None)])
        assert it.connection.queries == []
        it.kinds.clear()
        assert it.known == {}
