"""A session: everything that belongs to one service, opened in order and closed in reverse.

Order: history (nothing may be sent without it), key, client, account, workbench and catalogue,
queue. Closing runs backwards: the queue first lets bodies that are going out finish and writes
their answers down, the history is the last to go.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from runcomfy_desktop import __version__
from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.assets import asset
from runcomfy_desktop.core.account import FIRST_PAUSE_S, Account, KeyHolder
from runcomfy_desktop.core.catalogue import RUN_WAIT_S, Catalogue
from runcomfy_desktop.core.deployment_check import DeploymentCheck
from runcomfy_desktop.core.downloads import Downloads
from runcomfy_desktop.core.drafts import Drafts
from runcomfy_desktop.core.files import WorkflowFiles
from runcomfy_desktop.core.job_queue import JobQueue
from runcomfy_desktop.core.keepsakes import Keepsakes
from runcomfy_desktop.core.key_news import KeyNews
from runcomfy_desktop.core.library import Library, LibraryPlaces
from runcomfy_desktop.core.media_cleaning import (
    CleaningPlaces,
    CleaningTimes,
    MediaCleaner,
    OpenWork,
)
from runcomfy_desktop.core.media_shelf import MediaShelf
from runcomfy_desktop.core.pins import Pins
from runcomfy_desktop.core.prompt_words import PromptWords
from runcomfy_desktop.core.purse import Purse
from runcomfy_desktop.core.run_notes import RunNotes
from runcomfy_desktop.core.smaller_pictures import shrink_nothing
from runcomfy_desktop.core.sweeps import Records, Sweeps
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.core.upkeep import Upkeep
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.job import DEMO_SERVICE, Job, JobState
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.deployments import DeploymentStore
from runcomfy_desktop.store.draft_in_view import DraftInView
from runcomfy_desktop.store.drafts import DraftStore
from runcomfy_desktop.store.history import History
from runcomfy_desktop.store.pins import PinStore
from runcomfy_desktop.store.schemas import SchemaStore
from runcomfy_desktop.store.sweeps import SweepStore
from runcomfy_desktop.store.versions import mark_folder
from runcomfy_desktop.ui.parts import WindowParts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from runcomfy_desktop.api.client import Transport
    from runcomfy_desktop.core.network import Network
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.partner_key import PartnerKey, PartnerState
    from runcomfy_desktop.core.polling import Pace
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.smaller_pictures import ShrinkPicture
    from runcomfy_desktop.paths import Paths, SessionPaths
    from runcomfy_desktop.store.credentials import Credentials


class _Closes(Protocol):
    """A part that has to be closed before the session ends."""

    async def close(self) -> None: ...


T = TypeVar("T", bound=_Closes)

REFUSED_FRESH_S = 5.0
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
        return DEMO_SERVICE if self.is_demo else self.base_url


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What outlives sessions and is lent to each of them. `transport` takes the place of the
    network."""

    paths: Paths
    preferences: Preferences
    notices: Notices
    credentials: Credentials
    key: KeyHolder
    network: Network
    partner: PartnerKey
    measure: Callable[[Path], tuple[int, int] | None]
    shrink: ShrinkPicture = shrink_nothing
    retry: Retry = field(default_factory=Retry)
    first_pause_s: float = FIRST_PAUSE_S
    """So long until the service is asked again when nobody could be reached."""
    run_wait_s: float = RUN_WAIT_S
    """So long a run waits for its deployment to be read again."""
    transport: Transport | None = None
    pace: Pace | None = None
    """Of the questions about jobs, if it is not the usual one."""
    cleaning: CleaningTimes = field(default_factory=CleaningTimes)


@asynccontextmanager
async def open_session(service: Service, around: Surroundings) -> AsyncIterator[WindowParts]:
    """The parts of a session, ready for the window. Raises Problem: its files cannot be used."""
    folder, notices = around.paths.session(demo=service.is_demo), around.notices

    async with AsyncExitStack() as rooms:
        history = History(await _database(rooms, folder, around))
        client = await rooms.enter_async_context(_client(service, around))
        account = _closing(rooms, _account(service, around, client))
        workbench, catalogue, files, drafts, keepsakes = _bench(rooms, service, around, client)
        pins = await _pins(rooms, folder, workbench, notices)
        keepsakes.released.subscribe(pins.hand_over)
        shelf = _closing(rooms, MediaShelf(folder.media, around.measure, notices, around.shrink))
        purse = await _purse(rooms, service, around, history)
        queue = _queue(service, around, client, history, purse, catalogue, workbench)
        await rooms.enter_async_context(queue)
        library = _library(rooms, service, around, drafts)
        records = Records(SweepStore(folder.sweeps), history, service.name, library.found)
        sweeps = Sweeps(records, workbench, catalogue, shelf, queue, notices)
        parts = WindowParts(
            workbench,
            queue,
            purse,
            catalogue,
            _closing(rooms, Upkeep(client, catalogue, queue, notices, keepsakes)),
            account,
            shelf,
            files,
            library,
            drafts,
            pins,
            notices,
            lambda: output_folder(around, service),
            around.paths.logs,
            _closing(rooms, sweeps.open()),
        )
        await drafts.start()
        await account.start()
        _connect(rooms, parts, around)
        _closing(rooms, _cleaner(service, around, history, parts)).start()
        yield parts


async def _database(rooms: AsyncExitStack, folder: SessionPaths, around: Surroundings) -> Database:
    database = await Database.open(folder.history)
    rooms.push_async_callback(database.close)
    await asyncio.to_thread(mark_folder, around.paths.data_version, __version__)
    return database


async def _pins(
    rooms: AsyncExitStack, folder: SessionPaths, workbench: Workbench, notices: Notices
) -> Pins:
    """Read before the first workflow is shown."""
    pins = Pins(workbench, PinStore(folder.pins, notices.failure), notices)
    rooms.push_async_callback(pins.close)
    await pins.open()
    return pins


def _closing(rooms: AsyncExitStack, part: T) -> T:
    """The part, which is closed when its turn comes."""
    rooms.push_async_callback(part.close)
    return part


def _client(service: Service, around: Surroundings) -> Client:
    return Client(
        service.base_url,
        lambda: around.key.token,
        queue_version=lambda: around.preferences.settings.queue_version.value,
        user_agent=USER_AGENT,
        route=around.network.route,
        retry=around.retry,
        transport=around.transport,
        secrets=around.partner.secrets,
    )


def _account(service: Service, around: Surroundings, client: Client) -> Account:
    return Account(
        client,
        around.credentials,
        around.key,
        service=service.name,
        is_demo=service.is_demo,
        notices=around.notices,
        demo_token=service.demo_token,
        first_pause_s=around.first_pause_s,
    )


def _queue(  # noqa: PLR0913 - collaborators, made in one place
    service: Service,
    around: Surroundings,
    client: Client,
    history: History,
    purse: Purse,
    catalogue: Catalogue,
    workbench: Workbench,
) -> JobQueue:
    # First: jobs of an earlier start ask at once, and their answers may repeat the key.
    around.partner.serve(service.name)
    media = around.paths.session(demo=service.is_demo).media
    preferences = around.preferences
    notes = RunNotes(preferences, catalogue.kept, media, around.notices, _secrets(around))
    downloads = Downloads(
        client,
        lambda: output_folder(around, service),
        cap_mb=lambda: preferences.settings.download_cap_mb,
        run_notes=notes,
    )
    return JobQueue(
        client,
        history,
        downloads,
        media,
        around.notices,
        service=service.name,
        queue_version=lambda: preferences.settings.queue_version.value,
        preferences=preferences,
        purse=purse,
        check=DeploymentCheck(catalogue, workbench),
        partner_key=lambda: around.partner.take(service.name),
        pace=around.pace,
    )


async def _purse(
    rooms: AsyncExitStack, service: Service, around: Surroundings, history: History
) -> Purse:
    """Open; the demo is not billed."""
    purse = Purse(
        history,
        around.preferences,
        around.notices,
        service=service.name,
        is_billed=not service.is_demo,
    )
    rooms.push_async_callback(purse.close)
    await purse.open()
    return purse


def _bench(
    rooms: AsyncExitStack, service: Service, around: Surroundings, client: Client
) -> tuple[Workbench, Catalogue, WorkflowFiles, Drafts, Keepsakes]:
    """What is edited, and where it comes from; every edit is stored as a draft."""
    preferences, notices = around.preferences, around.notices
    folder = around.paths.session(demo=service.is_demo)
    store = DraftStore(folder.drafts, notices.failure)
    rooms.push_async_callback(store.close)
    workbench = Workbench()
    _closing(rooms, PromptWords(workbench, preferences, notices, around.paths.wildcards))
    workbench.edited.subscribe(store.save)
    catalogue = Catalogue(
        client,
        workbench,
        store,
        preferences,
        notices,
        remembers=not service.is_demo,
        schemas=SchemaStore(folder.schemas, service=service.name),
        kept=DeploymentStore(folder.deployments, service=service.name),
        run_wait_s=around.run_wait_s,
    )
    rooms.push_async_callback(catalogue.close)
    files = WorkflowFiles(workbench, store, preferences, notices)
    rooms.push_async_callback(files.close)
    view = DraftInView(folder.draft_in_view)
    drafts = Drafts(workbench, store, catalogue, files, notices, view)
    rooms.push_async_callback(drafts.close)
    keepsakes = Keepsakes(client, workbench, store, preferences, folder.workflows)
    keepsakes.handed_over.subscribe(lambda _nothing: drafts.reread())
    return workbench, catalogue, files, drafts, keepsakes


def _library(
    rooms: AsyncExitStack, service: Service, around: Surroundings, drafts: Drafts
) -> Library:
    """The presets, looked through from now on; account and demo share the folder, not the marks."""
    folder = around.paths.session(demo=service.is_demo)
    places = LibraryPlaces(
        around.paths.presets,
        asset("presets"),
        around.paths.preset_trash,
        folder.preset_marks,
        folder.media,
    )
    library = Library(places, around.preferences, around.notices, _secrets(around))
    # Also what is renamed while the session closes: the library is closed before the drafts.
    library.moved.subscribe(lambda both: drafts.follow_preset(*both))
    library.start()
    return _closing(rooms, library)


def _cleaner(
    service: Service, around: Surroundings, history: History, parts: WindowParts
) -> MediaCleaner:
    folder, paths = around.paths.session(demo=service.is_demo), around.paths
    places = CleaningPlaces(
        folder.media,
        folder.media_cleaning,
        folder.drafts,
        folder.sweeps,
        paths.preset_trash,
        paths.presets,
    )
    work = OpenWork(parts.workbench.pages, parts.queue.jobs, lambda: parts.library.state.root)
    return MediaCleaner(places, history, work, around.cleaning)


def _secrets(around: Surroundings) -> Callable[[], tuple[str, ...]]:
    """What no file that is given to others may hold."""
    return lambda: (*around.key.secrets(), *around.partner.secrets())


def output_folder(around: Surroundings, service: Service) -> Path:
    """Where results go: the person's choice, else the usual place; the demo's kept apart."""
    chosen = around.preferences.settings.output_folder
    folder = Path(chosen) if chosen else around.paths.outputs
    return folder / "Demo" if service.is_demo else folder


def _connect(rooms: AsyncExitStack, parts: WindowParts, around: Surroundings) -> None:
    """Lets the parts hear each other where no part should know the other."""
    links = Subscriptions()
    rooms.callback(links.close)

    def on_job(job: Job) -> None:
        # What it cost is known to nobody but the wallet.
        if job.state.is_finished and job.request_id:
            parts.account.check()
        if job.state is JobState.FAILED and not job.request_id:
            # Refused: the deployment may be disabled, deleted or another account's by now.
            parts.catalogue.freshen(REFUSED_FRESH_S)

    _show_kept(parts, links)
    links.add(parts.queue.changed, on_job)
    links.add(parts.shelf.watch.changed, lambda _: parts.workbench.set_lost(parts.shelf.watch.lost))
    # What could not be reached may be by the new way.
    links.add(around.network.changed, lambda _choice: parts.account.check(afresh=True))
    links.add(around.network.changed, lambda _choice: parts.queue.wake())
    _tell_partner_key(parts, around.partner, links)
    _connect_large_pictures(parts, around.preferences, links)
    rooms.callback(KeyNews(parts.account, around.key, parts.queue, parts.catalogue).close)


def _show_kept(parts: WindowParts, links: Subscriptions) -> None:
    """Has what was kept shown at once, and never to another key than the one it was kept with."""
    parts.catalogue.start()
    # A key that was typed where there was none may be the one of before, or not.
    links.add(parts.account.replaced, lambda had_one: parts.catalogue.clear(forget=had_one))


def _tell_partner_key(parts: WindowParts, partner: PartnerKey, links: Subscriptions) -> None:
    """Lets the workbench know whether partner nodes have the key that they need."""

    def on_partner(state: PartnerState) -> None:
        parts.workbench.set_partner_key(has_key=state.has_key or state.is_asked)

    links.add(partner.changed, on_partner)
    on_partner(partner.state)


def _connect_large_pictures(
    parts: WindowParts, preferences: Preferences, links: Subscriptions
) -> None:
    """Lets the workbench know how large pictures are sent, and keeps what is chosen there; has them
    made smaller where that is wished."""
    bench = parts.workbench
    parts.queue.shrink_by(parts.shelf.smaller.of)
    links.add(preferences.changed, lambda now: bench.set_large_pictures(now.large_pictures))
    links.add(bench.large_pictures_wished, lambda way: preferences.set(large_pictures=way))
    bench.set_large_pictures(preferences.settings.large_pictures)
