"""Real downloads with storage faults: resumed or started again, never mixed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.api import inference
from runcomfy_desktop.api.inference import RequestRef
from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.core.results.output_downloader import OutputDownloader
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.clients import client_of
from tests.support.emulators import INSTANT, LoopbackEmulator, make_backend
from tests.support.job_factory import make_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.domain.media.media import MediaFile

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
# A small picture can also be cut in two, and painting a large one takes a second.
SMALL: dict[InputKey, Json | MediaFile] = {
    InputKey("5", "width"): 256,
    InputKey("5", "height"): 192,
}
JOB = make_job(JobState.FETCHING, created_s=1_770_000_000.0, deployment_name="flux-dev")


class DownloadHarness:
    """A finished run with one picture, and downloads into a folder."""

    def __init__(
        self, emulator: LoopbackEmulator, downloads: OutputDownloader, folder: Path, output: Output
    ) -> None:
        self.emulator = emulator
        self.downloads = downloads
        self.folder = folder
        self.output = output

    async def fetch(self) -> bytes:
        got = await self.downloads.fetch(JOB, self.output)
        return content(got.path)

    def files(self) -> list[str]:
        return sorted(each.name for each in self.folder.rglob("*") if each.is_file())

    def asked(self) -> list[dict[str, Any]]:
        """Returns the headers of all download requests."""
        entries = [each for each in self.emulator.log() if each["call"] == "download"]
        return [entry["headers"] for entry in entries]


def content(path: str) -> bytes:
    return Path(path).read_bytes()


@asynccontextmanager
async def open_download_harness(folder: Path) -> AsyncIterator[DownloadHarness]:
    with LoopbackEmulator(make_backend(timing=INSTANT)) as emulator:
        async with client_of(emulator.base_url, emulator.token) as client:
            accepted = await inference.submit(client, FLUX, SubmitBody(SMALL, folder))
            report = await inference.read_result(client, RequestRef(FLUX, accepted.request_id))
            [output] = report.outputs
            downloads = OutputDownloader(
                client, lambda: folder, retry_backoff=Backoff(0.001, 0.001)
            )
            yield DownloadHarness(emulator, downloads, folder, output)


async def test_a_cut_download_is_gone_on_with(tmp_path: Path) -> None:
    async with open_download_harness(tmp_path) as harness:
        harness.emulator.set_faults("cut-download:1")
        data = await harness.fetch()
        first, second = harness.asked()
        assert "range" not in first
        assert second["range"] == f"bytes={len(data) // 2}-"
        assert second["if-range"].startswith('"')
        assert all("authorization" not in each for each in (first, second))
        assert len(harness.files()) == 1
    assert data.startswith(b"\x89PNG")
    assert data.rstrip(b"\0").endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize("fault", ["changed-download:1", "no-range:9"])
async def test_what_cannot_be_gone_on_with_comes_anew(tmp_path: Path, fault: str) -> None:
    async with open_download_harness(tmp_path) as harness:
        harness.emulator.set_faults(f"cut-download:1,{fault}")
        data = await harness.fetch()
        harness.emulator.set_faults("")
        again = await harness.downloads.fetch(JOB, harness.output)
        assert content(again.path) == data, "the same as in one go"
        assert len(harness.files()) == 1
