"""The real client changes deployments and frees instances, against the emulator over loopback.

The tests cover known facts about the real service: a change must include the deployment's name, a
deleted deployment is gone for good, an instance exists while it is warm. These calls are not tested
on the real service, because they cost money or cannot be undone.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api import deployments, inference
from runcomfy_desktop.api.deployments import change_deployment, delete_deployment
from runcomfy_desktop.api.inference import RequestRef
from runcomfy_desktop.api.instances import free_memory
from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.deployments.deployment import DeploymentChanges
from runcomfy_desktop.emulator.dialect import DIALECTS
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from tests.support.clients import client_of
from tests.support.emulators import INSTANT, LoopbackEmulator, ManualClock, make_backend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.api.client import Client

K = ProblemKind
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
NOBODYS = "11111111-2222-4333-8444-555555555555"
OFF = DeploymentChanges(is_enabled=False)
DIALECT_NAMES = list(DIALECTS)


@asynccontextmanager
async def service(
    dialect: str = "newest",
    *,
    faults: str = "",
    pace: EmulatorTiming = INSTANT,
    switches: BehaviourSwitches | None = None,
) -> AsyncIterator[tuple[Client, LoopbackEmulator, ManualClock]]:
    clock = ManualClock()
    backend = make_backend(clock, timing=pace, dialect=DIALECTS[dialect], faults=faults)
    if switches is not None:
        backend.switches = switches
    with LoopbackEmulator(backend) as emulator:
        async with client_of(emulator.base_url, emulator.token) as client:
            yield client, emulator, clock


def received(emulator: LoopbackEmulator, call: str) -> int:
    count = emulator.counts()["received"].get(call, 0)
    assert isinstance(count, int)
    return count


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
async def test_everything_that_can_be_changed(dialect: str) -> None:
    async with service(dialect) as (client, emulator, _clock):
        before = await deployments.read_deployment(client, FLUX, includes=())
        changed = await change_deployment(client, FLUX, DeploymentChanges(1, 3, 4, 5))
        assert (changed.min_instances, changed.max_instances) == (1, 3)
        assert (changed.queue_size, changed.keep_warm_s) == (4, 5)
        assert (changed.name, changed.hardware) == (before.name, before.hardware)
        assert changed.workflow_version == before.workflow_version
        # One setting is changed: the service requires the name as well, and keeps all other
        # settings.
        alone = await change_deployment(client, FLUX, DeploymentChanges(keep_warm_s=0))
        assert replace(alone, keep_warm_s=5, updated_at="") == replace(changed, updated_at="")
        (_first, second) = [each for each in emulator.log() if each["call"] == "change"]
        assert second["body"] == {"name": before.name, "keep_warm_duration_in_seconds": 0}


async def test_a_change_that_the_service_refuses_changes_nothing() -> None:
    async with service() as (client, _emulator, _clock):
        before = await deployments.read_deployment(client, FLUX)
        with pytest.raises(Problem) as caught:
            await change_deployment(client, FLUX, DeploymentChanges(max_instances=99))
        assert not caught.value.is_uncertain
        assert await deployments.read_deployment(client, FLUX) == before


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
async def test_off_and_on_again(tmp_path: Path, dialect: str) -> None:
    async with service(dialect) as (client, emulator, _clock):
        assert not (await change_deployment(client, FLUX, OFF)).is_enabled
        with pytest.raises(Problem) as caught:
            await inference.submit(client, FLUX, SubmitBody({}, tmp_path))
        assert (caught.value.kind, caught.value.is_uncertain) == (K.DISABLED, False)
        on = DeploymentChanges(is_enabled=True)
        assert (await change_deployment(client, FLUX, on)).is_enabled
        await inference.submit(client, FLUX, SubmitBody({}, tmp_path))
        assert emulator.counts()["accepted"] == 1


@pytest.mark.parametrize("is_empty", [False, True])
async def test_a_deployment_is_deleted_once_and_for_good(tmp_path: Path, is_empty: bool) -> None:
    async with service(switches=BehaviourSwitches(empty_delete=is_empty)) as (
        client,
        _emulator,
        _clock,
    ):
        await delete_deployment(client, FLUX)
        left = await deployments.list_deployments(client)
        assert left
        assert FLUX not in {each.deployment_id for each in left}
        # A second delete finds nothing to delete, which is the intended result.
        await delete_deployment(client, FLUX)
        with pytest.raises(Problem) as caught:
            await change_deployment(client, FLUX, OFF)
        assert (caught.value.kind, caught.value.is_uncertain) == (K.NOT_FOUND, False)
        with pytest.raises(Problem) as caught:
            await inference.submit(client, FLUX, SubmitBody({}, tmp_path))
        assert (caught.value.kind, caught.value.is_uncertain) == (K.NOT_FOUND, False)


async def carry_out(call: str, client: Client) -> None:
    if call == "change":
        await change_deployment(client, FLUX, OFF)
    else:
        await delete_deployment(client, FLUX)


@pytest.mark.parametrize("call", ["change", "delete"])
@pytest.mark.parametrize(
    ("fault", "kind", "uncertain"),
    [
        ("status-500", K.SERVER, True),
        ("status-503", K.SERVER, True),
        ("html", K.SERVER, True),
        ("truncated", K.UNREADABLE, True),
        ("rate-limit", K.BUSY, False),
        ("unauthorized", K.AUTH, False),
    ],
)
async def test_changes_on_bad_days_go_out_once(
    call: str, fault: str, kind: ProblemKind, uncertain: bool
) -> None:
    async with service(faults=f"{fault}@{call}") as (client, emulator, _clock):
        with pytest.raises(Problem) as caught:
            await carry_out(call, client)
        assert (caught.value.kind, caught.value.is_uncertain) == (kind, uncertain)
        assert received(emulator, call) == 1
        assert emulator.token not in caught.value.sentence() + caught.value.technical


async def test_refusals_in_200_are_refusals() -> None:
    async with service(switches=BehaviourSwitches(errors_in_200=True)) as (
        client,
        _emulator,
        _clock,
    ):
        with pytest.raises(Problem) as caught:
            await change_deployment(client, FLUX, DeploymentChanges(max_instances=99))
        assert (caught.value.kind, caught.value.is_uncertain) == (K.REJECTED, False)
        # "Not found" is also a refusal, but for a delete it is the intended result.
        await delete_deployment(client, NOBODYS)
        with pytest.raises(Problem) as caught:
            await free_memory(client, FLUX, NOBODYS, clear_cache=False)
        assert caught.value.kind is K.NOT_FOUND


WARM = EmulatorTiming(cold_start_s=10.0, run_s=5.0, cancel_delay_s=0.0)


@pytest.mark.parametrize("gone_status", [404, 502])
async def test_an_instance_is_freed_while_it_lives(tmp_path: Path, gone_status: int) -> None:
    switches = BehaviourSwitches(gone_status=gone_status, instance_ids=True)
    async with service(pace=WARM, switches=switches) as (client, emulator, clock):
        await change_deployment(client, FLUX, DeploymentChanges(min_instances=0, keep_warm_s=60))
        clock.advance(1000.0)
        accepted = await inference.submit(client, FLUX, SubmitBody({}, tmp_path))
        clock.advance(12.0)
        ref = RequestRef(FLUX, accepted.request_id)
        instance_id = (await inference.read_status(client, ref)).instance_id
        assert instance_id
        await free_memory(client, FLUX, instance_id, clear_cache=False)
        clock.advance(10.0)
        await free_memory(client, FLUX, instance_id, clear_cache=True)
        bodies = [each.get("body") for each in emulator.log() if each["call"] == "proxy"]
        assert bodies == [{"unload_models": True}, {"unload_models": True, "free_memory": True}]
        clock.advance(1000.0)
        with pytest.raises(Problem) as caught:
            await free_memory(client, FLUX, instance_id, clear_cache=True)
        gone = K.NOT_FOUND if gone_status == 404 else K.SERVER
        assert caught.value.kind is gone
        assert "no job is touched" in caught.value.detail


@pytest.mark.parametrize("wrapped", [False, True])
async def test_a_deployment_of_another_kind_is_listed_and_has_no_workflow(wrapped: bool) -> None:
    async with service(switches=BehaviourSwitches(wrapped_list=wrapped)) as (
        client,
        _emulator,
        _clock,
    ):
        every = await deployments.list_deployments(client, includes=["payload"])
        others = [
            each for each in every if each.payload is not None and each.payload.workflow is None
        ]
        assert len(others) == 1
        assert len(every) > len(others)
        (lora,) = others
        assert lora.name
        assert lora.hardware
        read = await deployments.read_deployment(client, lora.deployment_id)
        assert read.payload == lora.payload
        # It can be managed like any other deployment.
        assert not (await change_deployment(client, lora.deployment_id, OFF)).is_enabled
