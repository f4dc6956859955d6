"""The real client sends whole workflows and the key for partner nodes to the emulator."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.api import deployments, inference
from runcomfy_desktop.api.inference import RequestRef, ResultState
from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.emulator.dialect import DIALECTS
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from tests.support.clients import client_of
from tests.support.emulators import INSTANT, LoopbackEmulator, ManualClock, make_backend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

K = ProblemKind
KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
BOTH = [(dialect, version) for dialect in DIALECTS for version in ("v1", "v2")]
KEY = "comfyui-0123456789abcdef"


@asynccontextmanager
async def service(
    dialect: str = "newest", version: str = "v2"
) -> AsyncIterator[tuple[Client, LoopbackEmulator]]:
    backend = make_backend(ManualClock(), timing=INSTANT, dialect=DIALECTS[dialect])
    # Requests with both a workflow and overrides are refused here: the result is undocumented.
    backend.switches = BehaviourSwitches(refuses_both=True)
    with LoopbackEmulator(backend) as emulator:
        async with client_of(emulator.base_url, emulator.token, version=version) as client:
            yield client, emulator


async def workflow_of(client: Client, deployment_id: str) -> JsonObject:
    record = await deployments.read_deployment(client, deployment_id)
    assert record.payload is not None
    assert record.payload.workflow is not None
    return record.payload.workflow


def submits(emulator: LoopbackEmulator) -> list[dict[str, Any]]:
    return [each for each in emulator.log() if each["call"] == "submit"]


@pytest.mark.parametrize(("dialect", "version"), BOTH)
async def test_a_whole_workflow_runs_with_the_values_in_it(
    tmp_path: Path, dialect: str, version: str
) -> None:
    async with service(dialect, version) as (client, emulator):
        workflow = await workflow_of(client, FLUX)
        values: dict[InputKey, Json | MediaFile] = {
            InputKey("25", "noise_seed"): 7,
            InputKey("6", "text"): "a kite · 凧",
        }
        body = SubmitBody(values, tmp_path, workflow={"_comment": "mine", **workflow})
        accepted = await inference.submit(client, FLUX, body)
        report = await inference.read_result(client, RequestRef(FLUX, accepted.request_id))
        assert report.state is ResultState.SUCCEEDED, report.technical
        (entry,) = submits(emulator)
        assert entry["body"].keys() == {"workflow_api_json"}
        sent = entry["body"]["workflow_api_json"]
        assert sent.keys() == workflow.keys()
        assert sent["25"]["inputs"]["noise_seed"] == 7
        assert sent["6"]["inputs"]["text"] == "a kite · 凧"


async def test_a_picture_stands_in_the_workflow_as_it_lies_on_the_disk(tmp_path: Path) -> None:
    picture = base64.b64decode(
        b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    await asyncio.to_thread((tmp_path / "p.png").write_bytes, picture)
    media = MediaFile("p.png", "p.png", "h", "image/png", len(picture), 1, 1)
    async with service() as (client, emulator):
        workflow = await workflow_of(client, KONTEXT)
        body = SubmitBody({InputKey("189", "image"): media}, tmp_path, workflow=workflow)
        accepted = await inference.submit(client, KONTEXT, body)
        report = await inference.read_result(client, RequestRef(KONTEXT, accepted.request_id))
        assert report.state is ResultState.SUCCEEDED, report.technical
        (entry,) = submits(emulator)
        uri = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
        assert entry["body"]["workflow_api_json"]["189"]["inputs"]["image"] == {
            "data_uri_characters": len(uri),
            "sha256": hashlib.sha256(uri.encode()).hexdigest(),
        }
        assert entry["body_bytes"] == body.size_bytes


async def test_what_is_left_out_does_not_run(tmp_path: Path) -> None:
    """An inline workflow replaces the saved one: without an output node there is nothing to run."""
    async with service() as (client, _emulator):
        workflow = await workflow_of(client, FLUX)
        less = {key: node for key, node in workflow.items() if "Save" not in json.dumps(node)}
        assert len(less) < len(workflow)
        body = SubmitBody({}, tmp_path, workflow=less)
        accepted = await inference.submit(client, FLUX, body)
        report = await inference.read_result(client, RequestRef(FLUX, accepted.request_id))
        assert (report.state, report.outputs) == (ResultState.FAILED, ())


@pytest.mark.parametrize("inline", [False, True])
async def test_the_key_for_partner_nodes_goes_along(tmp_path: Path, inline: bool) -> None:
    async with service() as (client, emulator):
        workflow = await workflow_of(client, FLUX) if inline else None
        body = SubmitBody({}, tmp_path, workflow=workflow, partner_key=KEY)
        await inference.submit(client, FLUX, body)
        (entry,) = submits(emulator)
        form = "workflow_api_json" if inline else "overrides"
        assert entry["body"].keys() == {form, "extra_data"}
        assert entry["body"]["extra_data"].keys() == {"api_key_comfy_org"}


async def test_what_is_wrong_beside_the_key_is_told_without_it(tmp_path: Path) -> None:
    async with service() as (client, _emulator):
        wrong = {InputKey("17", "steps"): "many"}
        body = SubmitBody(wrong, tmp_path, partner_key=KEY)
        with pytest.raises(Problem) as caught:
            await inference.submit(client, FLUX, body)
        assert caught.value.kind is K.REJECTED
        assert KEY not in caught.value.sentence() + caught.value.technical
