"""What deployments run is learned once for each, a few at a time, and never at anybody's cost."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.api.deployments import list_deployments
from runcomfy_desktop.core.kinds import AT_ONCE, Kinds
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.deployment import Deployment, Kind, Payload
from tests.support.line import Line
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    import httpx

LIST = "/prod/v2/deployments"


class Asked(Line):
    """A line that also keeps the questions; `hides_payload` is a list that gives none."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[list[tuple[str, str]]] = []
        self.hides_payload = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == LIST and request.url.query:
            self.queries.append(request.url.params.multi_items())
            if self.hides_payload:
                kept = [each for each in request.url.params.multi_items() if each[0] == "ids"]
                request.url = request.url.copy_with(params=kept)
        return await super().handle_async_request(request)


class Bench:
    """Kinds with what they told."""

    def __init__(self, line: Asked) -> None:
        self.line = line
        self.client = line.client()
        self.failures: list[Exception] = []
        self.tasks = Tasks(self.failures.append)
        self.known: Mapping[str, Kind] = {}
        self.found: list[Deployment] = []
        self.kinds = Kinds(self.client, self.tasks, self._hear, self._take)

    def _hear(self, known: Mapping[str, Kind]) -> None:
        self.known = known

    async def _take(self, found: Sequence[Deployment]) -> None:
        self.found += found

    async def learns(self) -> None:
        listed = await list_deployments(self.client)
        self.kinds.learn(listed)
        await until(lambda: len(self.known) == len(listed))


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    it = Bench(Asked())
    async with it.client:
        try:
            yield it
        finally:
            await it.tasks.close()


def others(known: Mapping[str, Kind]) -> set[str]:
    return {each for each, kind in known.items() if kind is Kind.OTHER}


async def test_each_is_asked_about_once_and_a_few_at_a_time() -> None:
    async with bench() as it:
        first, second = list(it.line.world.deployments)[:2]
        it.line.world.deployments[second].is_lora = True
        await it.learns()
        assert second in others(it.known)
        assert it.known[first] is Kind.COMFYUI
        asked = [[value for name, value in query if name == "ids"] for query in it.line.queries]
        everybody = [each for ids in asked for each in ids]
        assert all(len(ids) <= AT_ONCE for ids in asked)
        assert sorted(everybody) == sorted(it.line.world.deployments)
        assert all(("includes", "payload") in query for query in it.line.queries)
        calls = len(it.line.queries)
        it.kinds.learn(await list_deployments(it.client))
        assert len(it.line.queries) == calls


async def test_a_list_that_gives_no_payload_is_not_believed() -> None:
    async with bench() as it:
        it.line.hides_payload = True
        lora = next(iter(it.line.world.deployments))
        it.line.world.deployments[lora].is_lora = True
        await it.learns()
        remote = it.line.world.deployments.values()
        assert others(it.known) == {each.deployment_id for each in remote if each.is_lora}


async def test_without_an_answer_nothing_is_known_and_nobody_is_told() -> None:
    async with bench() as it:
        listed = await list_deployments(it.client)
        it.line.is_down = True
        it.kinds.learn(listed)
        calls = len(it.line.calls)
        await until(lambda: len(it.line.calls) > calls)
        await it.tasks.close()
        assert it.known == {}
        assert it.failures == []
        it.line.is_down = False
        await it.learns()


async def test_one_without_a_workflow_is_asked_again_after_an_edit() -> None:
    async with bench() as it:
        lora = next(iter(it.line.world.deployments))
        it.line.world.deployments[lora].is_lora = True
        await it.learns()
        assert it.kinds.is_other(lora)
        it.line.world.deployments[lora].is_lora = False
        it.line.world.deployments[lora].updated_at = "2027-01-01T00:00:00+00:00"
        it.kinds.learn(await list_deployments(it.client))
        await until(lambda: not it.kinds.is_other(lora))


async def test_what_was_opened_need_not_be_asked() -> None:
    async with bench() as it:
        graph: Any = {"1": {"class_type": "A", "inputs": {}}}
        one = Deployment("one", "one", payload=Payload(graph))
        it.kinds.note(one)
        it.kinds.note(Deployment("two", "two", payload=Payload(None)))
        assert it.known == {"one": Kind.COMFYUI, "two": Kind.OTHER}
        it.kinds.learn([replace(one, payload=None)])
        assert it.line.queries == []
        it.kinds.forget()
        assert it.known == {}
