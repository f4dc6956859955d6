"""Sessions without a window: the context that a session needs, and a service for it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.app.session import SessionContext
from runcomfy_desktop.core.account.account import KeyHolder
from runcomfy_desktop.core.account.partner_key import PartnerKey
from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.network.network import Network
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.paths import find_paths
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_harness import FakeKeyring, ImmediateKeyringWorker
from tests.support.async_wait import wait_until
from tests.support.draft_runs import run_once
from tests.support.emulators import TOKEN, LoopbackEmulator, make_backend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcomfy_desktop.emulator.backend import EmulatedBackend
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from tests.support.emulated_connection import EmulatedConnection


def make_slow_backend() -> EmulatedBackend:
    """Returns a service with runs that start at once and take long."""
    return make_backend(timing=EmulatorTiming(0.0, 1000.0, 0.0))


@contextmanager
def run_slow_emulator() -> Iterator[LoopbackEmulator]:
    """Runs an emulator with slow runs on loopback."""
    with LoopbackEmulator(make_slow_backend()) as emulator:
        yield emulator


def make_session_context(
    folder: Path,
    base_url: str,
    retry: Retry | None = None,
    connection: EmulatedConnection | None = None,
) -> SessionContext:
    """Returns the context of a session.

    Without `retry`, retries wait as in the program; `connection` replaces the network.
    """
    keyring = FakeKeyring()
    keyring.passwords[base_url] = TOKEN
    preferences = Preferences(Settings(), lambda _settings: None)
    credentials = Credentials(find_keyring=lambda: keyring, make_worker=ImmediateKeyringWorker)
    paths, key = find_paths(folder), KeyHolder()
    network = Network(preferences, Notices())
    notices = Notices()
    partner_key = PartnerKey(notices)
    return SessionContext(
        paths,
        preferences,
        notices,
        credentials,
        key,
        network,
        partner_key,
        lambda _path: (1, 1),
        retry=retry or Retry(),
        transport=connection,
    )


async def submit_one(services: SessionServices) -> None:
    """Runs the draft in view, and waits until the service has the request."""
    await wait_until(lambda: services.draft_editor.state.deployment is not None)
    draft, deployment = run_once(services.draft_editor), services.draft_editor.state.deployment
    assert draft is not None
    assert deployment is not None
    known = len(services.queue.jobs)
    services.queue.submit_many((RunRequest(draft, deployment),))
    await wait_until(lambda: len(services.queue.jobs) > known)
    await wait_until(lambda: all(job.request_id for job in services.queue.jobs.values()))
