"""Downloads a result: without the token, from known hosts, streamed to a file beside its place."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING, TypeVar

import httpx

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.address import may_download
from runcomfy_desktop.api.answer import pieces_of, read_answer
from runcomfy_desktop.api.errands import Errand, meaning
from runcomfy_desktop.api.errors import broken_line, refusal
from runcomfy_desktop.api.retry import retry_after_s
from runcomfy_desktop.api.tokenless import open_checked
from runcomfy_desktop.api.wording import clean
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import RawIOBase
    from pathlib import Path

    from runcomfy_desktop.api.client import Client

T = TypeVar("T")

_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}


async def download(
    client: Client,
    url: str,
    part: Path,
    on_bytes: Callable[[int, int], object] | None = None,
) -> int:
    """Streams `url` to `part` and returns the number of bytes; on any failure `part` is gone.

    `on_bytes(received, total)` hears how far it is, `total` being 0 when the host does not say.
    Raises Problem. It is not repeated here: whoever asked knows how long it may take.
    """

    def may(each: httpx.URL) -> bool:
        return may_download(each, client.origin)

    answered = False
    try:
        async with open_checked(client.files, url, may, Errand.FILE, _HEADERS) as response:
            answered = True
            if response.status_code != 200:
                raise await _refused(client, response)
            return await _store(response, part, on_bytes)
    except httpx.RequestError as error:
        raise broken_line(error, Errand.FILE, host=httpx.URL(url).host, answered=answered) from None


async def _refused(client: Client, response: httpx.Response) -> Problem:
    answer = await read_answer(response, constants.JSON_CAP_BYTES)
    problem = refusal(answer, None, Errand.FILE)
    problem.retry_after_s = retry_after_s(answer, client.retry.now_s())
    return problem


async def _store(
    response: httpx.Response, part: Path, on_bytes: Callable[[int, int], object] | None
) -> int:
    total = _announced(response)
    if total > constants.DOWNLOAD_CAP_BYTES:
        raise _too_large()
    received = 0
    try:
        file = await _on_thread(lambda: part.open("wb", buffering=0))
        try:
            async with contextlib.aclosing(pieces_of(response, constants.WRITE_BYTES)) as pieces:
                async for piece in pieces:
                    received += len(piece)
                    if received > constants.DOWNLOAD_CAP_BYTES:
                        raise _too_large()
                    await _on_thread(functools.partial(_write, file, piece))
                    if on_bytes is not None:
                        on_bytes(received, total)
        finally:
            await _on_thread(file.close)
        if received == 0:
            raise _empty()
    except BaseException as error:
        await _on_thread(functools.partial(_remove, part))
        if isinstance(error, OSError):
            raise _not_written(part, error) from None
        raise
    return received


def _announced(response: httpx.Response) -> int:
    """The size the host promises, 0 when it promises none that counts our bytes."""
    text = response.headers.get("content-length", "")
    plain = "content-encoding" not in response.headers
    return int(text) if plain and text.isdecimal() and len(text) < 16 else 0


async def _on_thread(work: Callable[[], T]) -> T:
    """Runs `work` on a thread, and never leaves it running: whoever is cancelled waits for it.

    Otherwise a file could be closed or removed while a piece is still being written to it.
    """
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _write(file: RawIOBase, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[file.write(view) or 0 :]


def _remove(part: Path) -> None:
    with contextlib.suppress(OSError):
        part.unlink(missing_ok=True)


def _not_written(part: Path, error: OSError) -> Problem:
    return Problem(
        _("The file cannot be written to %s.") % part.parent,
        meaning(Errand.FILE),
        _("Make room there or choose another output folder in Settings, then fetch it again."),
        kind=ProblemKind.LOCAL,
        technical=clean(f"{type(error).__name__}: {error}"),
    )


def _too_large() -> Problem:
    return Problem(
        _("This file is larger than 2 GB and is not fetched."),
        meaning(Errand.FILE),
        _("Fetch it in a browser from runcomfy.com."),
        kind=ProblemKind.REJECTED,
    )


def _empty() -> Problem:
    return Problem(
        _("The file came empty."),
        meaning(Errand.FILE),
        _("Some seconds after a job ends a file may not be complete yet. Fetch it again."),
        kind=ProblemKind.UNREADABLE,
    )
