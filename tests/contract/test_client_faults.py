"""The real client with the emulator's faults: nothing is sent twice or mistaken for success."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api import deployments, inference
from runcomfy_desktop.api.inference import RequestRef, ResultState
from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.clients import RecordedSleeps, ShortTimeoutTransport, client_of
from tests.support.emulators import INSTANT, LoopbackEmulator, make_backend

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.api.inference import AcceptedRequest

K = ProblemKind
KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"


async def submit(client: Client, folder: Path) -> AcceptedRequest:
    return await inference.submit(client, FLUX, SubmitBody({}, folder))


@pytest.mark.parametrize(
    "faults",
    ["drop-answer:1", "empty@submit:1"],
)
async def test_an_accepted_submit_without_its_answer_is_uncertain_and_single(
    tmp_path: Path, faults: str
) -> None:
    with LoopbackEmulator(make_backend(timing=INSTANT, faults=faults)) as emulator:
        async with client_of(emulator.base_url, emulator.token) as client:
            with pytest.raises(Problem) as caught:
                await submit(client, tmp_path)
            assert caught.value.is_uncertain
            assert emulator.counts()["accepted"] == 1
            assert emulator.counts()["received"] == {"submit": 1}
            # The next submit is a new job and succeeds.
            assert (await submit(client, tmp_path)).request_id
            assert emulator.counts()["accepted"] == 2


async def test_an_acceptance_that_is_cut_behind_its_id_is_one(tmp_path: Path) -> None:
    backend = make_backend(timing=INSTANT, faults="truncated@submit:1")
    with LoopbackEmulator(backend) as emulator:
        async with client_of(emulator.base_url, emulator.token) as client:
            accepted = await submit(client, tmp_path)
            report = await inference.read_status(client, RequestRef(FLUX, accepted.request_id))
    assert (list(backend.runs), report.raw_status) == ([accepted.request_id], "completed")


async def test_an_answer_that_is_held_back_is_uncertain_and_single(tmp_path: Path) -> None:
    backend = make_backend(timing=INSTANT, faults="delay-answer:30:1")
    with LoopbackEmulator(backend) as emulator:
        client = client_of(emulator.base_url, emulator.token, transport=ShortTimeoutTransport(0.2))
        async with client:
            with pytest.raises(Problem) as caught:
                await submit(client, tmp_path)
        assert (caught.value.kind, caught.value.is_uncertain) == (K.TIMEOUT, True)
        assert emulator.counts()["accepted"] == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_submit_is_not_repeated_after_a_server_fault(tmp_path: Path, status: int) -> None:
    with LoopbackEmulator(make_backend(faults=f"status-{status}@submit:1")) as emulator:
        async with client_of(emulator.base_url, emulator.token) as client:
            with pytest.raises(Problem) as caught:
                await submit(client, tmp_path)
        assert (caught.value.kind, caught.value.is_uncertain) == (K.SERVER, True)
        assert emulator.counts()["received"] == {"submit": 1}


@pytest.mark.parametrize(
    ("faults", "kind", "uncertain"),
    [
        ("rate-limit@submit:1:5", K.BUSY, False),
        ("html@submit:1", K.SERVER, True),
        ("unauthorized@submit", K.AUTH, False),
        ("unauthorized:plain", K.AUTH, False),
    ],
)
async def test_other_noes_to_a_submit(
    tmp_path: Path, faults: str, kind: ProblemKind, uncertain: bool
) -> None:
    with LoopbackEmulator(make_backend(faults=faults)) as emulator:
        async with client_of(emulator.base_url, emulator.token) as client:
            with pytest.raises(Problem) as caught:
                await submit(client, tmp_path)
        assert (caught.value.kind, caught.value.is_uncertain) == (kind, uncertain)
        assert emulator.counts()["received"] == {"submit": 1}


async def test_questions_sit_bad_days_out() -> None:
    faults = "status-503:1,rate-limit:1:7,html:1"
    sleeps = RecordedSleeps()
    with LoopbackEmulator(make_backend(faults=faults)) as emulator:
        async with client_of(emulator.base_url, emulator.token, sleeps=sleeps) as client:
            assert await deployments.list_deployments(client)
        assert emulator.counts()["received"] == {"list": 4}
    assert sorted(sleeps.durations_s)[-1] == 7.0


@pytest.mark.parametrize("shape", ["list", "comfy", "object", "string"])
async def test_a_failed_result_in_every_shape(tmp_path: Path, shape: str) -> None:
    backend = make_backend(timing=INSTANT, faults=f"error-shape:{shape}")
    with LoopbackEmulator(backend) as emulator:
        async with client_of(emulator.base_url, emulator.token) as client:
            # Invalid picture data cannot be loaded, so the run fails.
            values = {InputKey("189", "image"): "data:image/png;base64,bm8gcGljdHVyZQ=="}
            accepted = await inference.submit(client, KONTEXT, SubmitBody(values, tmp_path))
            report = await inference.read_result(client, RequestRef(KONTEXT, accepted.request_id))
    assert report.state is ResultState.FAILED
    assert report.outputs == ()
    assert report.reason
    assert "\n" not in report.reason
    assert report.technical
