"""Responses shown in the public documentation fit both the client and the emulator.

Ids and texts are invented for the tests. The client reads every sample, and the emulator's
responses have the same names and types as the samples.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runcomfy_desktop.api import inference, wire
from runcomfy_desktop.api.errors import refusal_problem
from runcomfy_desktop.api.inference import RequestPhase, RequestRef, ResultState
from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.api.response import ApiResponse
from runcomfy_desktop.domain.base.problem import ProblemKind
from runcomfy_desktop.domain.deployments.deployment import Balance
from runcomfy_desktop.domain.jobs.output import OutputKind
from runcomfy_desktop.emulator.dialect import DIALECTS
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.support.clients import client_of
from tests.support.emulators import LoopbackEmulator, ManualClock, make_backend
from tests.support.raw_server import RawServer, json_reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.base.json_value import Json

SAMPLES = Path(__file__).parents[1] / "samples"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
REF = RequestRef("d", "e9b0c4d2-8a31-4f7e-b6d5-70f1a2c3d4e5")


@cache
def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "phase", "position"),
    [
        ("status_in_queue", RequestPhase.QUEUED, 2),
        ("status_in_progress", RequestPhase.RUNNING, None),
        ("status_in_progress_newest", RequestPhase.RUNNING, None),
        ("status_completed", RequestPhase.ENDED, None),
        ("status_canceled", RequestPhase.CANCELLED, None),
        ("status_cancelled_newest", RequestPhase.CANCELLED, None),
    ],
)
async def test_the_client_reads_each_status(
    name: str, phase: RequestPhase, position: int | None
) -> None:
    async with RawServer(json_reply(sample(name))) as server, client_of(server.url) as client:
        report = await inference.read_status(client, REF)
    assert (report.phase, report.queue_position) == (phase, position)
    assert report.raw_status == sample(name)["status"]
    assert report.instance_id == sample(name).get("instance_id", "")


@pytest.mark.parametrize(
    ("name", "verdict", "reason"),
    [
        ("result_in_queue", ResultState.QUEUED, ""),
        ("result_in_progress", ResultState.RUNNING, ""),
        ("result_succeeded", ResultState.SUCCEEDED, ""),
        ("result_every_channel", ResultState.SUCCEEDED, ""),
        ("result_lora", ResultState.SUCCEEDED, ""),
        ("result_canceled", ResultState.CANCELLED, ""),
        ("result_failed_list", ResultState.FAILED, "KSampler: tensor sizes do not match"),
        ("result_failed_comfy", ResultState.FAILED, "Value not in list"),
        ("result_failed_object", ResultState.FAILED, "CUDA out of memory"),
        ("result_failed_string", ResultState.FAILED, "The picture cannot be read"),
    ],
)
async def test_the_client_reads_each_result(name: str, verdict: ResultState, reason: str) -> None:
    async with RawServer(json_reply(sample(name))) as server, client_of(server.url) as client:
        report = await inference.read_result(client, REF)
    assert (report.state, report.reason) == (verdict, reason)
    assert report.created_s > 1_700_000_000
    assert bool(report.finished_s) is ("finished_at" in sample(name))
    assert bool(report.outputs) is (verdict is ResultState.SUCCEEDED)


async def test_the_client_finds_every_output() -> None:
    answer = json_reply(sample("result_every_channel"))
    async with RawServer(answer) as server, client_of(server.url) as client:
        report = await inference.read_result(client, REF)
    assert [(each.node_id, each.kind, each.is_preview) for each in report.outputs] == [
        ("136", OutputKind.IMAGE, False),
        ("136", OutputKind.IMAGE, False),
        ("173", OutputKind.IMAGE, True),
        ("52", OutputKind.VIDEO, False),
        ("60", OutputKind.VIDEO, False),
        ("70", OutputKind.AUDIO, False),
        ("80", OutputKind.MODEL_3D, False),
        ("90", OutputKind.IMAGE, False),
        ("38:42", OutputKind.TEXT, False),
        ("38:42", OutputKind.TEXT, False),
    ]


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("cancel_requested", True),
        ("cancel_refused", False),
        ("cancel_outcome", True),
        ("cancel_outcome_refused", False),
    ],
)
async def test_the_client_reads_each_cancel(name: str, accepted: bool) -> None:
    async with RawServer(json_reply(sample(name))) as server, client_of(server.url) as client:
        assert (await inference.cancel(client, REF)).is_accepted is accepted


def test_the_client_reads_records_and_balance() -> None:
    assert wire.deployments(sample("deployments")) == wire.deployments(
        sample("deployments_wrapped")
    )
    record = wire.deployment(sample("deployment"))
    assert record is not None
    assert record.payload is not None
    assert record.payload.workflow is not None
    lora = wire.deployment(sample("deployment_lora"))
    assert lora is not None
    assert lora.payload is not None
    assert lora.payload.workflow is None
    assert wire.balance(sample("balance")) == Balance(-1.25)


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("error_unauthorized", 401, ProblemKind.AUTH),
        ("error_unauthorized", 200, ProblemKind.AUTH),
        ("error_gateway", 403, ProblemKind.AUTH),
        ("error_validation", 422, ProblemKind.REJECTED),
        ("error_disabled", 200, ProblemKind.DISABLED),
        ("error_disabled", 403, ProblemKind.DISABLED),
    ],
)
def test_the_client_reads_each_error(name: str, status: int, kind: ProblemKind) -> None:
    problem = refusal_problem(
        ApiResponse(status, httpx.Headers()), sample(name), ApiOperation.SUBMIT
    )
    assert (problem.kind, problem.is_uncertain) == (kind, False)


class Emulated:
    """Emulator that is asked for raw JSON, without the client in between."""

    def __init__(self, emulator: LoopbackEmulator, clock: ManualClock) -> None:
        self.emulator = emulator
        self.clock = clock

    def ask(self, path: str, body: object = None, *, method: str = "GET", token: str = "") -> Any:
        request = urllib.request.Request(
            f"{self.emulator.base_url}/prod/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Authorization": f"Bearer {token or self.emulator.token}",
                "Content-Type": "application/json",
            },
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)

    def submit(self, version: str = "v1") -> tuple[Any, str]:
        answer = self.ask(
            f"{version}/deployments/{FLUX}/inference", {"overrides": {}}, method="POST"
        )
        return answer, f"{version}/deployments/{FLUX}/requests/{answer['request_id']}"


@pytest.fixture(params=["seed", "newest"])
def emulated(request: pytest.FixtureRequest) -> Iterator[Emulated]:
    clock = ManualClock()
    pace = EmulatorTiming(cold_start_s=0.0, run_s=10.0, cancel_delay_s=1.0)
    backend = make_backend(clock, timing=pace, dialect=DIALECTS[request.param])
    with LoopbackEmulator(backend) as emulator:
        yield Emulated(emulator, clock)


def shape(value: Json) -> Any:
    """Returns the names and types in a JSON value, without node ids."""
    if isinstance(value, dict):
        if value and all(key.replace(":", "").isdigit() for key in value):
            return [shape(each) for each in value.values()][:1]
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value][:1]
    return type(value).__name__


def fits(answer: Json, name: str, *optional: str) -> None:
    """Checks that the response has the sample's names and types, ignoring names in `optional`."""
    expected, seen = shape(sample(name)), shape(answer)
    for each in optional:
        expected.pop(each, None)
        seen.pop(each, None)
    assert seen == expected


def test_the_emulator_speaks_like_the_samples(emulated: Emulated) -> None:
    newest = emulated.emulator.backend.dialect.has_outcome
    answer, path = emulated.submit()
    fits(answer, "submit")
    fits(emulated.ask(f"{path}/status"), "status_in_progress", "instance_id")
    _answer, waiting = emulated.submit()
    _answer, waiting = emulated.submit()
    fits(emulated.ask(f"{waiting}/status"), "status_in_queue")
    fits(emulated.ask(f"{waiting}/result"), "result_in_queue")
    fits(emulated.ask(f"{path}/result"), "result_in_progress")
    cancelled = emulated.ask(f"{waiting}/cancel", method="POST")
    fits(cancelled, "cancel_outcome" if newest else "cancel_requested")
    fits(
        emulated.ask(f"{waiting}/status"),
        "status_cancelled_newest" if newest else "status_canceled",
    )
    fits(emulated.ask(f"{waiting}/result"), "result_canceled")
    emulated.clock.advance(20)
    fits(emulated.ask(f"{path}/status"), "status_completed", "instance_id")
    fits(emulated.ask(f"{path}/result"), "result_succeeded", "instance_id")
    refused = emulated.ask(f"{path}/cancel", method="POST")
    fits(refused, "cancel_outcome_refused" if newest else "cancel_refused")


def test_the_emulator_keeps_records_like_the_samples(emulated: Emulated) -> None:
    fits(emulated.ask("v2/balance"), "balance")
    (record,) = shape(emulated.ask("v2/deployments"))
    assert record == shape(sample("deployments"))[0]
    one = emulated.ask(f"v2/deployments/{FLUX}?includes=payload&includes=readme")
    assert shape(one).keys() == shape(sample("deployment")).keys()
    assert one["payload"].keys() == sample("deployment")["payload"].keys()


def test_the_emulator_refuses_like_the_samples(emulated: Emulated) -> None:
    fits(emulated.ask("v2/balance", token="wrong"), "error_unauthorized")
    path = f"v1/deployments/{FLUX}/inference"
    wrong = {"overrides": {"17": {"inputs": {"steps": "many"}}}}
    fits(emulated.ask(path, wrong, method="POST"), "error_validation")
    disabled = "31f6c7e9-a0d2-4817-bc5e-d94a80217b63"
    answer = emulated.ask(f"v1/deployments/{disabled}/inference", {"overrides": {}}, method="POST")
    fits(answer, "error_disabled")


NEW = {
    "name": "bike-at-night",
    "workflow_id": "00000000-0000-0000-0000-000000001111",
    "workflow_version": "v1",
    "hardware": ["AMPERE_48"],
    "min_instances": 0,
    "max_instances": 1,
    "queue_size": 1,
    "keep_warm_duration_in_seconds": 60,
}


def test_the_client_reads_the_answers_to_changes() -> None:
    made = wire.deployment(sample("deployment_created"))
    assert made is not None
    assert made.name == "bike-at-night"
    for name, kind in (
        ("error_name_required", ProblemKind.REJECTED),
        ("error_instance_gone", ProblemKind.NOT_FOUND),
    ):
        problem = refusal_problem(
            ApiResponse(422, httpx.Headers()), sample(name), ApiOperation.CHANGE
        )
        assert (problem.kind, problem.is_uncertain) == (kind, False)


def test_the_emulator_answers_changes_like_the_samples(emulated: Emulated) -> None:
    made = emulated.ask("v2/deployments", NEW, method="POST")
    assert shape(made).keys() == shape(sample("deployment_created")).keys()
    assert made["payload"].keys() == sample("deployment_created")["payload"].keys()
    path = f"v2/deployments/{made['id']}"
    fits(emulated.ask(path, {"max_instances": 2}, method="PATCH"), "error_name_required")
    changed = emulated.ask(path, {"name": "n", "max_instances": 2}, method="PATCH")
    assert shape(changed).keys() == shape(made).keys()
    gone = emulated.ask(f"{path}/instances/nobody/proxy/api/free", {}, method="POST")
    fits(gone, "error_instance_gone")
