"""What a hostile input is, for tests, for the list of them, and for whoever measures them.

A case says how it is made, how it arrives and what the person gets; the tests hold the window to
it, and the list in tests/hostile-inputs.md is made of the same cases.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)

CANARY = "canary-4711-xyzzy"
"""Stands inside hostile files; it must never be met in a log."""
OPENS_TEXT = "It opens."
TAKEN_TEXT = "It is taken."
UNREADABLE_DISK = "/proc/self/mem"
"""On Linux an ordinary file, as far as the system says, whose reading fails as a bad disk does."""

_NOBODY_UID = 65534


@dataclass(frozen=True)
class HostileCase:
    """One hostile input.

    `expected_title` is the whole title of the notice, OPENS or TAKEN; `expected_detail` a part of
    the sentence below it. `expected_texts` is what stands on screen once it is open.
    """

    name: str
    create: Callable[[Path], Path]
    expected_title: str
    expected_detail: str = ""
    expected_texts: tuple[str, ...] = ()

    @property
    def is_unreadable(self) -> bool:
        """Whether its file belongs to somebody else, so that it may not be read."""
        return self.expected_title.startswith("You are not allowed")

    @property
    def expected_text(self) -> str:
        """What the list says that the person gets."""
        shown = ", ".join(f"“{text}”" for text in self.expected_texts)
        return " ".join(
            filter(None, (self.expected_title, self.expected_detail, shown and f"Shown: {shown}."))
        )


@dataclass(frozen=True)
class HostileEntry:
    """A line of the list."""

    name: str
    arrival: str
    expected_text: str


def file_factory(name: str, data: bytes | Callable[[], bytes]) -> Callable[[Path], Path]:
    """Makes a file with these bytes; large ones are made when they are needed."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(data() if callable(data) else data)
        return path

    return make


def symlink_factory(name: str, to: str) -> Callable[[Path], Path]:
    """Makes a symbolic link."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.symlink_to(to)
        return path

    return make


def sparse_file_factory(name: str, size_bytes: int, head: bytes = b"") -> Callable[[Path], Path]:
    """Makes a file of this size that takes no room on the disk."""

    def make(folder: Path) -> Path:
        path = folder / name
        with path.open("wb") as file:
            file.write(head)
            file.truncate(size_bytes)
        return path

    return make


def folder_factory(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.mkdir()
        return path

    return make


def fifo_factory(name: str) -> Callable[[Path], Path]:
    """Makes a pipe; who opens it waits for somebody to write into it."""

    def make(folder: Path) -> Path:
        path = folder / name
        os.mkfifo(path)
        return path

    return make


def missing_file_factory(name: str) -> Callable[[Path], Path]:
    return lambda folder: folder / name


def cases_named(cases: Iterable[T], *names: str) -> list[T]:
    """Those with these names. Raises KeyError: there is none of that name."""
    by_name = {each.name: each for each in cases}
    return [by_name[name] for name in names]


def supported_cases(cases: Sequence[HostileCase]) -> list[HostileCase]:
    """Those that this system can make."""
    return [each for each in cases if each.name != "a bad disk" or Path(UNREADABLE_DISK).exists()]


@contextmanager
def as_other_user(*, is_active: bool) -> Iterator[None]:
    """For a while without the rights of this user; root may read everything otherwise."""
    before = os.geteuid()
    if is_active and before == 0:
        os.seteuid(_NOBODY_UID)
    try:
        yield
    finally:
        if os.geteuid() != before:
            os.seteuid(before)
