"""Check of the demo service, started as in normal use: one job from its submit to its image."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import SelfTestFailure, require

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.api.inference import RequestRef, ResultReport
    from runcomfy_desktop.domain.jobs.output import Output

# The service ends by itself soon if the process that started it is killed.
_TIMING_OPTIONS = ("--cold-start", "0", "--run-time", "0.3", "--idle-exit", "60")
_TIMEOUT_S = 60.0
_POLL_INTERVAL_S = 0.1


def demo_service(folder: Path) -> str:
    """Runs a job with the real client over loopback."""
    return asyncio.run(_run(folder))


async def _run(folder: Path) -> str:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.app import demo_service
    from runcomfy_desktop.app.session import USER_AGENT

    running = await demo_service.find_or_start(folder / "demo" / "service.json", *_TIMING_OPTIONS)
    try:
        client = Client(
            running.base_url,
            lambda: running.token,
            queue_version=lambda: "v1",
            user_agent=USER_AGENT,
        )
        async with client:
            return await _job(client, folder)
    finally:
        await running.stop()


async def _job(client: Client, folder: Path) -> str:
    from runcomfy_desktop.api import deployments, inference
    from runcomfy_desktop.api.download import download
    from runcomfy_desktop.api.request_body import SubmitBody
    from runcomfy_desktop.domain.jobs.output import OutputKind

    found = await deployments.list_deployments(client)
    deployment = next((each for each in found if each.is_enabled), None)
    if deployment is None:
        raise SelfTestFailure("the demo service lists no deployment that runs")
    accepted = await inference.submit(client, deployment.deployment_id, SubmitBody({}, folder))
    ref = inference.RequestRef(
        deployment.deployment_id, accepted.request_id, queue_version=accepted.queue_version
    )
    ended = await _result(client, ref)
    require(ended.state is inference.ResultState.SUCCEEDED, f"{ended.raw_status}: {ended.reason}")
    pictures = [each for each in ended.outputs if each.kind is OutputKind.IMAGE and each.url]
    require(pictures, f"{deployment.name} made no picture")
    part = folder / "result.part"
    size = await download(client, pictures[0].url, part)
    return f"{deployment.name} made {_check_picture(part, pictures[0])} of {size} bytes"


async def _result(client: Client, ref: RequestRef) -> ResultReport:
    from runcomfy_desktop.api import inference

    end_s = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < end_s:
        report = await inference.read_status(client, ref)
        if report.phase in (inference.RequestPhase.ENDED, inference.RequestPhase.CANCELLED):
            return await inference.read_result(client, ref)
        await asyncio.sleep(_POLL_INTERVAL_S)
    raise SelfTestFailure(f"the run did not end within {_TIMEOUT_S:.0f} s")


def _check_picture(file: Path, output: Output) -> str:
    """Decodes the image as the window does; returns a description of it."""
    from PySide6.QtGui import QImage

    picture = QImage(str(file))
    require(not picture.isNull(), f"{output.filename} cannot be read")
    pixels = range(0, picture.width(), max(1, picture.width() // 20))
    colours = {picture.pixel(x, picture.height() // 2) for x in pixels}
    require(len(colours) > 1, f"{output.filename} is one empty area")
    return f"a picture of {picture.width()} × {picture.height()}"
