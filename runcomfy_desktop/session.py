"""A session: everything that belongs to one service, opened in order and closed in reverse.

Order: history (nothing may be sent without it), key, client, account, workbench and catalogue,
queue. Closing runs backwards: the queue first lets bodies that are going out finish and writes
their answers down, the history is the last to go.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop import __version__
from runcomfy_desktop.api.client import Client
from runcomfy_desktop.core.account import Account, AccountPhase, AccountState, KeyHolder
from runcomfy_desktop.core.catalogue import Catalogue
from runcomfy_desktop.core.downloads import Downloads
from runcomfy_desktop.core.files import WorkflowFiles
from runcomfy_desktop.core.job_queue import JobQueue
from runcomfy_desktop.core.media_shelf import MediaShelf
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.drafts import DraftStore
from runcomfy_desktop.store.history import History
from runcomfy_desktop.ui.main_window import WindowParts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.paths import Paths, SessionPaths
    from runcomfy_desktop.store.credentials import Credentials

USER_AGENT = f"runcomfy-desktop/{__version__}"


@dataclass(frozen=True, slots=True)
class Service:
    """Which service a session talks to; the demo's token is made up by the emulator."""

    base_url: str
    is_demo: bool = False
    demo_token: str = ""

    @property
    def name(self) -> str:
        """The name jobs are kept under: the demo's port differs at every start."""
        return "demo" if self.is_demo else self.base_url


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What outlives sessions and is lent to each of them."""

    paths: Paths
    preferences: Preferences
    notices: Notices
    credentials: Credentials
    key: KeyHolder
    measure: Callable[[Path], tuple[int, int] | None]


@asynccontextmanager
async def open_session(service: Service, around: Surroundings) -> AsyncIterator[WindowParts]:
    """The parts of a session, ready for the window. Raises Problem: its files cannot be used."""
    folder = around.paths.session(demo=service.is_demo)
    async with AsyncExitStack() as rooms:
        database = await Database.open(folder.history)
        rooms.push_async_callback(database.close)
        parts = await _open_parts(rooms, service, around, folder, database)
        rooms.callback(_connect(parts).close)
        yield parts


async def _open_parts(
    rooms: AsyncExitStack,
    service: Service,
    around: Surroundings,
    folder: SessionPaths,
    database: Database,
) -> WindowParts:
    preferences, notices, key = around.preferences, around.notices, around.key

    def queue_version() -> str:
        return preferences.settings.queue_version.value

    client = await rooms.enter_async_context(
        Client(
            service.base_url,
            lambda: key.token,
            queue_version=queue_version,
            user_agent=USER_AGENT,
        )
    )
    account = Account(
        client,
        around.credentials,
        key,
        service=service.name,
        is_demo=service.is_demo,
        notices=notices,
        demo_token=service.demo_token,
    )
    rooms.push_async_callback(account.close)
    drafts = DraftStore(folder.drafts, notices.failure)
    rooms.push_async_callback(drafts.close)
    workbench = Workbench()
    workbench.edited.subscribe(drafts.save)
    catalogue = Catalogue(
        client, workbench, drafts, preferences, notices, remembers=not service.is_demo
    )
    rooms.push_async_callback(catalogue.close)
    shelf = MediaShelf(folder.media, around.measure, notices)
    rooms.push_async_callback(shelf.close)
    files = WorkflowFiles(workbench, drafts, preferences, notices)
    rooms.push_async_callback(files.close)

    def outputs() -> Path:
        return output_folder(around, service)

    queue = await rooms.enter_async_context(
        JobQueue(
            client,
            History(database),
            Downloads(client, outputs),
            folder.media,
            notices,
            service=service.name,
            queue_version=queue_version,
        )
    )
    await account.start()
    return WindowParts(
        workbench,
        queue,
        catalogue,
        account,
        shelf,
        files,
        notices,
        output_folder=lambda: output_folder(around, service),
        log_folder=around.paths.logs,
    )


def output_folder(around: Surroundings, service: Service) -> Path:
    """Where results go: the person's choice, else the usual place; the demo's kept apart."""
    chosen = around.preferences.settings.output_folder
    folder = Path(chosen) if chosen else around.paths.outputs
    return folder / "Demo" if service.is_demo else folder


def _connect(parts: WindowParts) -> Subscriptions:
    """Lets the parts hear each other where no part should know the other."""
    links = Subscriptions()
    before: AccountPhase | None = None

    def on_account(state: AccountState) -> None:
        nonlocal before
        if state.phase is AccountPhase.SIGNED_IN and before is not AccountPhase.SIGNED_IN:
            parts.queue.wake()
            parts.catalogue.refresh()
        if state.phase is AccountPhase.SIGNED_OUT:
            parts.catalogue.clear()
        before = state.phase

    links.add(parts.account.changed, on_account)
    on_account(parts.account.state)
    return links
