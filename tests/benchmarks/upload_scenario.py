"""Process measured by `upload`, on the program's event loop.

Arguments: `data-uri|multipart URL PICTURE`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from PySide6.QtWidgets import QApplication

from runcomfy_desktop.api import inference
from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.app.loop import create_loop
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.benchmarks.json_output import print_result
from tests.benchmarks.process_memory import forget_peak, peak_mb, resident_mb

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_DEPLOYMENT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"


async def _main(method: str, url: str, files: list[tuple[Path, int]]) -> None:
    async with Client(url, lambda: "token", queue_version=lambda: "v1", user_agent="b") as client:

        async def data_uri(file: Path, size: int) -> None:
            media = MediaFile(file.name, file.name, "", "image/png", size, 1, 1)
            body = SubmitBody({InputKey("1", "image"): media}, file.parent)
            await inference.submit(client, _DEPLOYMENT, body, lambda _sent, _whole: None)

        async def multipart(file: Path, _size: int) -> None:
            with file.open("rb") as opened:
                async with httpx.AsyncClient() as plain:
                    await plain.post(f"{url}/upload", files={"image": opened})

        send = data_uri if method == "data-uri" else multipart
        # The first upload includes the imports and the first buffers.
        await send(*files[0])
        print_result(await _measured(lambda: send(*files[1])))


async def _measured(send: Callable[[], Awaitable[None]]) -> dict[str, float]:
    forget_peak()
    before_mb = resident_mb()
    started_s = time.perf_counter()
    await send()
    ms = (time.perf_counter() - started_s) * 1000
    return {"ms": ms, "extra_mb": peak_mb() - before_mb}


if __name__ == "__main__":
    method, url, name = sys.argv[1:]
    picture = Path(name)
    small = picture.with_suffix(".small")
    small.write_bytes(picture.read_bytes()[:1000])
    app = QApplication(sys.argv[:1])
    with asyncio.Runner(loop_factory=lambda: create_loop(app)) as runner:
        runner.run(_main(method, url, [(each, each.stat().st_size) for each in (small, picture)]))
