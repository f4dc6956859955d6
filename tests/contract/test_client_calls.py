"""The real client against the emulator over loopback, in both dialects and both path versions."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api import account, deployments, inference
from runcomfy_desktop.api.download import download
from runcomfy_desktop.api.inference import AcceptedRequest, RequestPhase, RequestRef, ResultState
from runcomfy_desktop.api.object_info import read_object_info
from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.output import OutputKind, signature_matches
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.emulator.dialect import DIALECTS
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.support.clients import client_of
from tests.support.emulators import INSTANT, LoopbackEmulator, ManualClock, make_backend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.base.json_value import Json

K = ProblemKind
KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
CLIP = "e2a94b16-8d05-4c73-95f1-6b3d20c7a8fe"
IDS = {"seed": "canceled", "newest": "cancelled"}
BOTH = [(dialect, version) for dialect in ("seed", "newest") for version in ("v1", "v2")]


@dataclass(frozen=True)
class ClientCalls:
    """A client, and the emulated service that it calls."""

    client: Client
    emulator: LoopbackEmulator
    clock: ManualClock
    version: str
    folder: Path

    async def submit(
        self, deployment_id: str = FLUX, values: Mapping[InputKey, Json | MediaFile] | None = None
    ) -> AcceptedRequest:
        body = SubmitBody(values or {}, self.folder)
        return await inference.submit(self.client, deployment_id, body)

    def ref(self, accepted: AcceptedRequest, deployment_id: str = FLUX) -> RequestRef:
        return RequestRef(
            deployment_id,
            accepted.request_id,
            accepted.status_url,
            accepted.result_url,
            accepted.cancel_url,
            accepted.queue_version,
        )


@asynccontextmanager
async def open_client_calls(
    folder: Path,
    dialect: str = "seed",
    version: str = "v1",
    *,
    timing: EmulatorTiming = INSTANT,
    faults: str = "",
    token: str = "",
) -> AsyncIterator[ClientCalls]:
    clock = ManualClock()
    backend = make_backend(clock, timing=timing, dialect=DIALECTS[dialect], faults=faults)
    with LoopbackEmulator(backend) as emulator:
        client = client_of(emulator.base_url, token or emulator.token, version=version)
        async with client:
            yield ClientCalls(client, emulator, clock, version, folder)


@pytest.mark.parametrize("dialect", ["seed", "newest"])
async def test_deployments_are_listed_and_read(tmp_path: Path, dialect: str) -> None:
    async with open_client_calls(tmp_path, dialect) as b:
        every = await deployments.list_deployments(b.client)
        assert len(every) >= 4
        assert {each.is_enabled for each in every} == {True, False}
        assert all(each.payload is None and not each.readme for each in every)
        some = await deployments.list_deployments(
            b.client, ids=[FLUX, CLIP], includes=["payload", "readme"]
        )
        assert {each.deployment_id for each in some} == {FLUX, CLIP}
        assert all(each.payload is not None and each.readme for each in some)
        one = await deployments.read_deployment(b.client, KONTEXT)
        assert one.payload is not None
        assert one.payload.workflow is not None
        assert workflow_from_json(one.payload.workflow).nodes["31"].class_type == "KSampler"
        assert one.readme


async def test_object_info_is_read_from_the_storage_without_the_key(tmp_path: Path) -> None:
    async with open_client_calls(tmp_path) as b:
        one = await deployments.read_deployment(b.client, FLUX, includes=["payload"])
        assert one.payload is not None
        info = await read_object_info(b.client, one.payload.object_info_url)
        assert info is not None
        assert "RandomNoise" in info.classes
        assert (
            await read_object_info(b.client, one.payload.object_info_url, info.validators) is None
        )
        entries = [each for each in b.emulator.log() if each["call"] == "object-info"]
        assert [each["port"] for each in entries] == ["storage", "storage"]
        names = [name.lower() for each in entries for name in each["headers"]]
        assert "authorization" not in names


@pytest.mark.parametrize("dialect", ["seed", "newest"])
async def test_the_balance(tmp_path: Path, dialect: str) -> None:
    async with open_client_calls(tmp_path, dialect) as b:
        assert (await account.read_balance(b.client)).currency == "USD"


@pytest.mark.parametrize(("dialect", "version"), BOTH)
async def test_a_run_from_submit_to_file(tmp_path: Path, dialect: str, version: str) -> None:
    pace = EmulatorTiming(cold_start_s=40.0, run_s=20.0)
    async with open_client_calls(tmp_path, dialect, version, timing=pace) as b:
        accepted = await b.submit(KONTEXT, {InputKey("31", "seed"): 7})
        assert accepted.queue_version == version
        assert f"/prod/{version}/" in accepted.status_url
        ref = b.ref(accepted, KONTEXT)
        queued = await inference.read_status(b.client, ref)
        assert (queued.phase, queued.queue_position) == (RequestPhase.QUEUED, 1)
        early = await inference.read_result(b.client, ref)
        assert (early.state, early.finished_s) == (ResultState.QUEUED, 0.0)
        assert early.created_s == pytest.approx(b.clock.now_s)
        b.clock.advance(45)
        running = await inference.read_status(b.client, ref)
        assert (running.phase, running.queue_position) == (RequestPhase.RUNNING, None)
        assert bool(running.instance_id) is (dialect == "newest")
        assert (await inference.read_result(b.client, ref)).state is ResultState.RUNNING
        b.clock.advance(20)
        assert (await inference.read_status(b.client, ref)).phase is RequestPhase.ENDED
        report = await inference.read_result(b.client, ref)
        assert report.state is ResultState.SUCCEEDED
        assert report.finished_s - report.created_s == pytest.approx(60.0)
        (output,) = report.outputs
        assert output.kind is OutputKind.IMAGE
        size = await download(b.client, output.url, tmp_path / "a.part")
        data = await asyncio.to_thread((tmp_path / "a.part").read_bytes)
        assert len(data) == size
        assert signature_matches(output.filename, data[:16])
        heads = [each["headers"] for each in b.emulator.log() if each["port"] == "storage"]
        assert heads
        assert not any(name.lower() == "authorization" for head in heads for name in head)


@pytest.mark.parametrize(("dialect", "version"), BOTH)
async def test_without_the_given_addresses_the_ids_are_enough(
    tmp_path: Path, dialect: str, version: str
) -> None:
    async with open_client_calls(tmp_path, dialect, version) as b:
        accepted = await b.submit()
        ref = RequestRef(
            FLUX, accepted.request_id, "https://evil.example/status", queue_version=version
        )
        assert (await inference.read_status(b.client, ref)).phase is RequestPhase.ENDED
        assert (await inference.read_result(b.client, ref)).state is ResultState.SUCCEEDED
        assert not (await inference.cancel(b.client, ref)).is_accepted


async def test_a_picture_arrives_as_it_lies_on_the_disk(tmp_path: Path) -> None:
    picture = base64.b64decode(
        b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    await asyncio.to_thread((tmp_path / "p.png").write_bytes, picture)
    media = MediaFile("p.png", "p.png", "h", "image/png", len(picture), 1, 1)
    async with open_client_calls(tmp_path) as b:
        key = InputKey("189", "image")
        accepted = await b.submit(KONTEXT, {key: media, InputKey("6", "text"): "blue · 青"})
        report = await inference.read_result(b.client, b.ref(accepted, KONTEXT))
        assert report.state is ResultState.SUCCEEDED, report.technical
        (entry,) = [each for each in b.emulator.log() if each["call"] == "submit"]
        uri = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
        assert entry["overrides"] == {
            "189": {
                "inputs": {
                    "image": {
                        "data_uri_characters": len(uri),
                        "sha256": hashlib.sha256(uri.encode()).hexdigest(),
                    }
                }
            },
            "6": {"inputs": {"text": "blue · 青"}},
        }


async def test_a_clip_is_a_video_or_an_animation(tmp_path: Path) -> None:
    async with open_client_calls(tmp_path) as b:
        accepted = await b.submit(CLIP)
        report = await inference.read_result(b.client, b.ref(accepted, CLIP))
        kinds = {each.kind for each in report.outputs}
        assert kinds & {OutputKind.ANIMATION, OutputKind.VIDEO}


@pytest.mark.parametrize(("dialect", "version"), BOTH)
async def test_cancel_while_queued(tmp_path: Path, dialect: str, version: str) -> None:
    async with open_client_calls(tmp_path, dialect, version, timing=EmulatorTiming()) as b:
        accepted = await b.submit(KONTEXT)
        ref = b.ref(accepted, KONTEXT)
        assert (await inference.cancel(b.client, ref)).is_accepted
        status = await inference.read_status(b.client, ref)
        assert (status.phase, status.raw_status) == (RequestPhase.CANCELLED, IDS[dialect])
        report = await inference.read_result(b.client, ref)
        assert report.state is ResultState.CANCELLED
        assert report.finished_s > 0
        again = await inference.cancel(b.client, ref)
        assert (again.is_accepted, again.raw_status) == (False, "not_cancellable")


@pytest.mark.parametrize(("dialect", "version"), BOTH)
async def test_cancel_while_running(tmp_path: Path, dialect: str, version: str) -> None:
    async with open_client_calls(tmp_path, dialect, version, timing=EmulatorTiming()) as b:
        ref = b.ref(await b.submit())
        b.clock.advance(1)
        assert (await inference.read_status(b.client, ref)).phase is RequestPhase.RUNNING
        assert (await inference.cancel(b.client, ref)).is_accepted
        # An accepted cancel request does not end the run at once.
        assert (await inference.read_status(b.client, ref)).phase is RequestPhase.RUNNING
        b.clock.advance(2)
        assert (await inference.read_status(b.client, ref)).phase is RequestPhase.CANCELLED


@pytest.mark.parametrize("dialect", ["seed", "newest"])
async def test_a_refused_input_is_named(tmp_path: Path, dialect: str) -> None:
    async with open_client_calls(tmp_path, dialect) as b:
        for values in ({InputKey("17", "steps"): "many"}, {InputKey("no", "such"): 1}):
            with pytest.raises(Problem) as caught:
                await b.submit(FLUX, values)
            assert (caught.value.kind, caught.value.is_uncertain) == (K.REJECTED, False)
            assert f"#{next(iter(values)).node_id}" in caught.value.detail
            assert "422001" in caught.value.technical
        assert b.emulator.counts()["accepted"] == 0


async def test_an_unknown_deployment_and_an_unknown_request(tmp_path: Path) -> None:
    async with open_client_calls(tmp_path) as b:
        with pytest.raises(Problem) as caught:
            await b.submit("11111111-2222-4333-8444-555555555555")
        assert (caught.value.kind, caught.value.is_uncertain) == (K.NOT_FOUND, False)
        with pytest.raises(Problem) as caught:
            await inference.read_status(b.client, RequestRef(FLUX, "never-heard-of"))
        assert caught.value.kind is K.NOT_FOUND


async def test_a_wrong_key(tmp_path: Path) -> None:
    async with open_client_calls(tmp_path, token="wrong") as b:
        with pytest.raises(Problem) as caught:
            await account.read_balance(b.client)
        assert caught.value.kind is K.AUTH
        with pytest.raises(Problem) as caught:
            await b.submit()
        assert (caught.value.kind, caught.value.is_uncertain) == (K.AUTH, False)
        assert b.emulator.counts()["accepted"] == 0
