"""What a session needs around it, and a service for it; no window."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.core.account import KeyHolder
from runcomfy_desktop.core.network import Network
from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.partner_key import PartnerKey
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.paths import find_paths
from runcomfy_desktop.session import Surroundings
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_house import AtOnce, Book
from tests.support.emulated import TOKEN, LoopbackEmulator, make_world
from tests.support.until import until
from tests.support.workbenches import run_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcomfy_desktop.emulator.world import World
    from runcomfy_desktop.ui.parts import WindowParts
    from tests.support.line import Line


def slow_world() -> World:
    """A service whose runs begin at once and go on for long."""
    return make_world(pace=Pace(0.0, 1000.0, 0.0))


@contextmanager
def slow_cloud() -> Iterator[LoopbackEmulator]:
    """The same on loopback."""
    with LoopbackEmulator(slow_world()) as emulator:
        yield emulator


def surroundings(
    folder: Path, base_url: str, retry: Retry | None = None, line: Line | None = None
) -> Surroundings:
    """What a session is lent; without `retry` it pauses as the program does, and `line` takes the
    place of the network."""
    book = Book()
    book.keys[base_url] = TOKEN
    preferences = Preferences(Settings(), lambda _settings: None)
    credentials = Credentials(find=lambda: book, worker=AtOnce)
    paths, key = find_paths(folder), KeyHolder()
    network = Network(preferences, Notices())
    notices = Notices()
    partner = PartnerKey(notices)
    return Surroundings(
        paths,
        preferences,
        notices,
        credentials,
        key,
        network,
        partner,
        lambda _path: (1, 1),
        retry=retry or Retry(),
        transport=line,
    )


async def run_one(parts: WindowParts) -> None:
    """Runs what is on the workbench, until the service has it."""
    await until(lambda: parts.workbench.state.deployment is not None)
    draft, deployment = run_once(parts.workbench), parts.workbench.state.deployment
    assert draft is not None
    assert deployment is not None
    known = len(parts.queue.jobs)
    parts.queue.submit_many((Run(draft, deployment),))
    await until(lambda: len(parts.queue.jobs) > known)
    await until(lambda: all(job.request_id for job in parts.queue.jobs.values()))
