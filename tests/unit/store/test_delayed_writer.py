"""Delayed writes happen soon, with only the newest content; failures are reported once."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.store.delayed_writer import DelayedWriter
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_change_is_written_without_being_asked_for(tmp_path: Path) -> None:
    writer = DelayedWriter()
    writer.schedule(tmp_path / "a", lambda: b"1")
    assert not (tmp_path / "a").exists()
    await wait_until((tmp_path / "a").exists)
    await writer.flush()


async def test_only_the_newest_content_is_made(tmp_path: Path) -> None:
    made: list[int] = []

    def content(number: int) -> bytes:
        made.append(number)
        return str(number).encode()

    writer = DelayedWriter()
    for number in range(100):
        writer.schedule(tmp_path / "a", lambda number=number: content(number))  # type: ignore[misc]
    await writer.flush()
    assert made == [99]
    assert (tmp_path / "a").read_bytes() == b"99"


async def test_content_is_made_off_the_loops_thread(tmp_path: Path) -> None:
    threads: list[int] = []

    def content() -> bytes:
        threads.append(threading.get_ident())
        return b""

    writer = DelayedWriter()
    writer.schedule(tmp_path / "a", content)
    await writer.flush()
    assert threads
    assert threading.get_ident() not in threads


async def test_a_change_during_a_write_is_written_after_it(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> bytes:
        begun.set()
        go_on.wait(10)
        return b"old"

    writer = DelayedWriter()
    writer.schedule(tmp_path / "a", slow)
    flushing = asyncio.get_running_loop().create_task(writer.flush())
    await wait_until(begun.is_set)
    writer.schedule(tmp_path / "a", lambda: b"new")
    go_on.set()
    await flushing
    # The newer content is on disk too, without another flush.
    assert (tmp_path / "a").read_bytes() == b"new"


class HeldContent:
    """Content that is returned only after `go_on` is set."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> bytes:
        self.begun.set()
        self.go_on.wait(10)
        return self._data


async def test_of_two_that_wait_for_a_batch_neither_goes_on_before_the_next(
    tmp_path: Path,
) -> None:
    first, second = HeldContent(b"1"), HeldContent(b"2")
    writer, loop = DelayedWriter(), asyncio.get_running_loop()
    writer.schedule(tmp_path / "a", first)
    flushes = [loop.create_task(writer.flush())]
    await wait_until(first.begun.is_set)
    writer.schedule(tmp_path / "a", second)
    flushes += [loop.create_task(writer.flush()) for _each in range(2)]
    await asyncio.sleep(0)
    first.go_on.set()
    await wait_until(second.begun.is_set)
    assert not any(each.done() for each in flushes)
    second.go_on.set()
    await asyncio.gather(*flushes)
    assert (tmp_path / "a").read_bytes() == b"2"


async def test_two_that_wait_for_a_disk_that_refuses_both_go_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    writer = DelayedWriter()
    writer.schedule(tmp_path / "file" / "a", lambda: b"1")
    await asyncio.gather(writer.flush(), writer.flush())
    assert writer.has_failed


async def test_none_removes_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    writer = DelayedWriter()
    writer.schedule(tmp_path / "a", lambda: None)
    writer.schedule(tmp_path / "never there", lambda: None)
    await writer.flush()
    assert names_in(tmp_path) == []


async def test_a_failure_is_told_once_and_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.write_bytes(b"in the way")
    failures: list[Exception] = []
    writer = DelayedWriter(failures.append)
    for _each in range(3):
        writer.schedule(folder / "a", lambda: b"kept")
        await writer.flush()
    assert len(failures) == 1
    assert isinstance(failures[0], Problem)
    folder.unlink()
    await writer.flush()
    assert (folder / "a").read_bytes() == b"kept"
    (folder / "a").unlink()
    folder.rmdir()
    folder.write_bytes(b"again in the way")
    writer.schedule(folder / "a", lambda: b"lost")
    await writer.flush()
    assert len(failures) == 2


async def test_one_bad_file_does_not_hold_up_the_others(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    writer = DelayedWriter()
    writer.schedule(tmp_path / "file" / "bad", lambda: b"1")
    writer.schedule(tmp_path / "good", lambda: b"2")
    await writer.flush()
    assert (tmp_path / "good").read_bytes() == b"2"


async def test_content_that_cannot_be_made_takes_no_other_file_with_it(tmp_path: Path) -> None:
    failures: list[Exception] = []
    writer, is_odd = DelayedWriter(failures.append), [True]

    def odd() -> bytes:
        if is_odd[0]:
            raise RecursionError("too deep")
        return b"odd"

    writer.schedule(tmp_path / "odd.json", odd)
    writer.schedule(tmp_path / "good.json", lambda: b"good")
    await writer.flush()
    assert (tmp_path / "good.json").read_bytes() == b"good"
    assert len(failures) == 1
    behind = [writer.has_failed]
    is_odd[0] = False
    await writer.flush()
    assert [*behind, writer.has_failed] == [True, False]
    assert (tmp_path / "odd.json").read_bytes() == b"odd"


async def test_what_a_flush_could_not_write_is_tried_again_until_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.write_bytes(b"in the way")
    writer = DelayedWriter(retry_s=0.01)
    writer.schedule(folder / "a", lambda: b"kept")
    waits = [writer.has_pending]
    await writer.flush()
    assert [*waits, writer.has_pending, writer.has_failed] == [True, True, True]
    folder.unlink()
    await wait_until((folder / "a").exists)
    await wait_until(lambda: not writer.has_pending)


async def test_nothing_is_written_after_the_end(tmp_path: Path) -> None:
    """A later write could overwrite the next session's newer content."""
    folder = tmp_path / "folder"
    folder.write_bytes(b"in the way")
    tries: list[int] = []
    writer = DelayedWriter(retry_s=0.0)

    def content() -> bytes:
        tries.append(1)
        return b"of before"

    writer.schedule(folder / "a", content)
    await writer.close()
    count = len(tries)
    for _round in range(20):
        await asyncio.sleep(0)
    assert len(tries) == count
