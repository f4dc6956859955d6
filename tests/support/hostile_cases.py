"""Malicious inputs as data, for tests, for the list of malicious inputs, and for measurements.

A case states how the input is created and what the user gets. The tests compare the window with the
case, and the list in tests/hostile-inputs.md is generated from the same cases.
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
"""Text inside malicious files; it must never appear in a log."""
OPENS_TEXT = "It opens."
TAKEN_TEXT = "It is taken."
UNREADABLE_DISK = "/proc/self/mem"
"""On Linux, a regular file according to the system; reading it fails as on a damaged disk."""

_NOBODY_UID = 65534


@dataclass(frozen=True)
class HostileCase:
    """One malicious input.

    `expected_title` is the whole title of the notice, OPENS_TEXT or TAKEN_TEXT; `expected_detail`
    is a part of the sentence below it. `expected_texts` are shown once the input is open.
    """

    name: str
    create: Callable[[Path], Path]
    expected_title: str
    expected_detail: str = ""
    expected_texts: tuple[str, ...] = ()

    @property
    def is_unreadable(self) -> bool:
        """True if the file belongs to another user and may not be read."""
        return self.expected_title.startswith("You are not allowed")

    @property
    def expected_text(self) -> str:
        """Text for the list: what the user gets."""
        shown = ", ".join(f"“{text}”" for text in self.expected_texts)
        return " ".join(
            filter(None, (self.expected_title, self.expected_detail, shown and f"Shown: {shown}."))
        )


@dataclass(frozen=True)
class HostileEntry:
    """One row of the list of malicious inputs."""

    name: str
    arrival: str
    expected_text: str


def file_factory(name: str, data: bytes | Callable[[], bytes]) -> Callable[[Path], Path]:
    """Returns a function that writes a file with these bytes.

    `data` may be a function, so that large data is only created when it is needed.
    """

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(data() if callable(data) else data)
        return path

    return make


def symlink_factory(name: str, to: str) -> Callable[[Path], Path]:
    """Returns a function that creates a symbolic link."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.symlink_to(to)
        return path

    return make


def sparse_file_factory(name: str, size_bytes: int, head: bytes = b"") -> Callable[[Path], Path]:
    """Returns a function that creates a file of this size without using space on the disk."""

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
    """Returns a function that creates a pipe; opening it blocks until there is a writer."""

    def make(folder: Path) -> Path:
        path = folder / name
        os.mkfifo(path)
        return path

    return make


def missing_file_factory(name: str) -> Callable[[Path], Path]:
    return lambda folder: folder / name


def cases_named(cases: Iterable[T], *names: str) -> list[T]:
    """Returns the cases with these names. Raises KeyError for an unknown name."""
    by_name = {each.name: each for each in cases}
    return [by_name[name] for name in names]


def supported_cases(cases: Sequence[HostileCase]) -> list[HostileCase]:
    """Returns the cases that this system can create."""
    return [each for each in cases if each.name != "a bad disk" or Path(UNREADABLE_DISK).exists()]


@contextmanager
def as_other_user(*, is_active: bool) -> Iterator[None]:
    """Drops root's rights within the context if `is_active`, as root can read everything."""
    before = os.geteuid()
    if is_active and before == 0:
        os.seteuid(_NOBODY_UID)
    try:
        yield
    finally:
        if os.geteuid() != before:
            os.seteuid(before)
