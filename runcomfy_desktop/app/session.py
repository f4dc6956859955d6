"""Session: all objects for one service, opened in order and closed in reverse.

Order: history (nothing may be sent without it), client, account, draft editor and catalogue, queue.
Then the stored key is read. On closing, the queue lets bodies being sent finish and stores their
responses; the history is closed last.
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
from runcomfy_desktop.core.account.account import RETRY_BACKOFF, Account, KeyHolder
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.deployment_manager import DeploymentManager
from runcomfy_desktop.core.deployments.deployment_catalogue import (
    MAX_RUN_WAIT_S,
    DeploymentCatalogue,
)
from runcomfy_desktop.core.deployments.deployment_check import DeploymentCheck
from runcomfy_desktop.core.deployments.workflow_backups import WorkflowBackups
from runcomfy_desktop.core.drafts.drafts import Drafts
from runcomfy_desktop.core.drafts.workflow_files import WorkflowFiles
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.dynamic_prompts import DynamicPrompts
from runcomfy_desktop.core.editor.pins import Pins
from runcomfy_desktop.core.editor.wildcard_reader import WildcardReader
from runcomfy_desktop.core.jobs.job_queue import JobQueue
from runcomfy_desktop.core.key_coordinator import KeyCoordinator
from runcomfy_desktop.core.media.media_cleaner import (
    CleaningPaths,
    CleaningSchedule,
    InMemoryDocuments,
    MediaCleaner,
)
from runcomfy_desktop.core.media.media_store import MediaStore
from runcomfy_desktop.core.media.picture_shrinker import shrink_nothing
from runcomfy_desktop.core.media.thumbnail_files import ThumbnailFiles
from runcomfy_desktop.core.preflight import PreflightChecker
from runcomfy_desktop.core.presets.preset_library import PresetLibrary, PresetLibraryPaths
from runcomfy_desktop.core.results.output_downloader import OutputDownloader
from runcomfy_desktop.core.results.run_records import RunRecords
from runcomfy_desktop.core.spending.budget import Budget
from runcomfy_desktop.core.sweeps.sweeps import Sweeps, SweepStorage
from runcomfy_desktop.domain.jobs.job import DEMO_SERVICE, JobState
from runcomfy_desktop.store.data_versions import mark_data_folder
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.deployments import DeploymentStore
from runcomfy_desktop.store.draft_in_view import DraftInViewStore
from runcomfy_desktop.store.drafts import DraftStore
from runcomfy_desktop.store.history import JobHistory
from runcomfy_desktop.store.pins import PinStore
from runcomfy_desktop.store.schemas import SchemaStore
from runcomfy_desktop.store.sweeps import SweepStore
from runcomfy_desktop.ui.base.session_services import SessionServices

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from runcomfy_desktop.api.client import Transport
    from runcomfy_desktop.core.account.partner_key import PartnerKey, PartnerKeyState
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
    from runcomfy_desktop.core.media.picture_shrinker import ShrinkFile
    from runcomfy_desktop.core.network.network import Network
    from runcomfy_desktop.domain.base.backoff import Backoff
    from runcomfy_desktop.domain.jobs.job import StateChange
    from runcomfy_desktop.paths import Paths, SessionPaths
    from runcomfy_desktop.store.credentials import Credentials


class _Closeable(Protocol):
    """Object that has to be closed before the session ends."""

    async def close(self) -> None: ...


T = TypeVar("T", bound=_Closeable)

REFUSED_RUN_MAX_AGE_S = 5.0
USER_AGENT = f"runcomfy-desktop/{__version__}"


@dataclass(frozen=True, slots=True)
class Service:
    """Service that a session uses; the demo's token is made up by the emulator."""

    base_url: str
    is_demo: bool = False
    demo_token: str = ""

    @property
    def name(self) -> str:
        """Name for stored jobs; constant for the demo, whose port changes at each start."""
        return DEMO_SERVICE if self.is_demo else self.base_url


@dataclass(frozen=True, slots=True)
class SessionContext:
    """Objects that outlive sessions and are lent to each of them.

    `transport` replaces the network.
    """

    paths: Paths
    preferences: Preferences
    notices: Notices
    credentials: Credentials
    key_holder: KeyHolder
    network: Network
    partner_key: PartnerKey
    image_size: Callable[[Path], tuple[int, int] | None]
    shrink_picture: ShrinkFile = shrink_nothing
    retry: Retry = field(default_factory=Retry)
    account_backoff: Backoff = RETRY_BACKOFF
    """Waits before the next check of the key if the service could not be reached."""
    run_wait_s: float = MAX_RUN_WAIT_S
    """Maximum time that a run waits for its deployment to be read again."""
    transport: Transport | None = None
    queue_policy: QueuePolicy | None = None
    """Policy for polling jobs; None means the default."""
    cleaning_schedule: CleaningSchedule = field(default_factory=CleaningSchedule)


@asynccontextmanager
async def open_session(service: Service, context: SessionContext) -> AsyncIterator[SessionServices]:
    """Opens the objects of a session. Raises Problem if its files cannot be used."""
    folder, notices = context.paths.session(demo=service.is_demo), context.notices
    async with AsyncExitStack() as stack:
        history = JobHistory(await _open_database(stack, folder, context))
        client = await stack.enter_async_context(_create_client(service, context))
        account = _close_later(stack, _create_account(service, context, client))
        editor, catalogue, files, drafts, backups = _open_editing(stack, service, context, client)
        media_store = _close_later(stack, _create_media_store(folder, context))
        budget = await _open_budget(stack, service, context, history)
        queue = await stack.enter_async_context(
            _create_queue(service, context, client, history, budget, catalogue, editor, media_store)
        )
        library = _open_preset_library(stack, service, context, drafts)
        storage = SweepStorage(SweepStore(folder.sweeps), history, service.name, library.load)
        sweeps = Sweeps(storage, editor, catalogue, media_store, queue, notices)
        services = SessionServices(
            editor,
            queue,
            budget,
            catalogue,
            _close_later(stack, DeploymentManager(client, catalogue, queue, notices, backups)),
            account,
            media_store,
            files,
            library,
            drafts,
            await _load_pins(stack, folder, editor, notices, backups),
            notices,
            lambda: output_folder(context, service),
            context.paths.logs,
            _close_later(stack, sweeps.open()),
            _close_later(stack, _create_preflight_checker(queue, editor, media_store, context)),
            ThumbnailFiles(folder.thumbnails),
        )
        await drafts.start()
        await account.start()
        _connect_parts(stack, services, context)
        _close_later(stack, _create_media_cleaner(service, context, history, services)).start()
        yield services


def _create_media_store(folder: SessionPaths, context: SessionContext) -> MediaStore:
    return MediaStore(folder.media, context.image_size, context.notices, context.shrink_picture)


async def _open_database(
    stack: AsyncExitStack, folder: SessionPaths, context: SessionContext
) -> Database:
    database = await Database.open(folder.history)
    stack.push_async_callback(database.close)
    await asyncio.to_thread(mark_data_folder, context.paths.data_version, __version__)
    return database


async def _load_pins(
    stack: AsyncExitStack,
    folder: SessionPaths,
    draft_editor: DraftEditor,
    notices: Notices,
    backups: WorkflowBackups,
) -> Pins:
    """Loads and returns the pins. Call it before the first workflow is shown."""
    pins = Pins(draft_editor, PinStore(folder.pins, notices.post_failure), notices)
    stack.push_async_callback(pins.close)
    await pins.load()
    backups.replaced_by_file.subscribe(pins.transfer)
    return pins


def _close_later(stack: AsyncExitStack, part: T) -> T:
    """Makes the stack close `part` when the stack itself is closed, and returns `part`."""
    stack.push_async_callback(part.close)
    return part


def _create_client(service: Service, context: SessionContext) -> Client:
    return Client(
        service.base_url,
        lambda: context.key_holder.token,
        queue_version=lambda: context.preferences.settings.queue_version.value,
        user_agent=USER_AGENT,
        route=context.network.route,
        retry=context.retry,
        transport=context.transport,
        secrets=context.partner_key.secrets,
    )


def _create_account(service: Service, context: SessionContext, client: Client) -> Account:
    return Account(
        client,
        context.credentials,
        context.key_holder,
        service=service.name,
        is_demo=service.is_demo,
        notices=context.notices,
        demo_token=service.demo_token,
        retry_backoff=context.account_backoff,
    )


def _create_queue(  # noqa: PLR0913 - collaborators, created in one place
    service: Service,
    context: SessionContext,
    client: Client,
    history: JobHistory,
    budget: Budget,
    catalogue: DeploymentCatalogue,
    draft_editor: DraftEditor,
    media_store: MediaStore,
) -> JobQueue:
    # This comes first: jobs from an earlier start are polled at once, and the responses may contain
    # the key.
    context.partner_key.begin_session(service.name)
    media = context.paths.session(demo=service.is_demo).media
    preferences = context.preferences
    run_records = RunRecords(
        preferences, catalogue.cached, media, context.notices, _secrets_of(context)
    )
    output_downloader = OutputDownloader(
        client,
        lambda: output_folder(context, service),
        cap_mb=lambda: preferences.settings.download_cap_mb,
        run_records=run_records,
    )
    return JobQueue(
        client,
        history,
        output_downloader,
        media,
        context.notices,
        service=service.name,
        queue_version=lambda: preferences.settings.queue_version.value,
        preferences=preferences,
        budget=budget,
        deployment_check=DeploymentCheck(catalogue, draft_editor, context.notices.post_failure),
        partner_key=lambda: context.partner_key.get_key(service.name),
        shrink_picture=media_store.shrinker.shrunk,
        policy=context.queue_policy,
    )


def _create_preflight_checker(
    queue: JobQueue, draft_editor: DraftEditor, media_store: MediaStore, context: SessionContext
) -> PreflightChecker:
    return PreflightChecker(
        queue.deployment_check,
        media_store.checker,
        context.partner_key,
        queue.budget,
        draft_editor,
        context.notices,
    )


async def _open_budget(
    stack: AsyncExitStack, service: Service, context: SessionContext, history: JobHistory
) -> Budget:
    """Creates and opens the budget; the demo is not billed."""
    budget = Budget(
        history,
        context.preferences,
        context.notices,
        service=service.name,
        is_billed=not service.is_demo,
    )
    stack.push_async_callback(budget.close)
    await budget.open()
    return budget


def _open_editing(
    stack: AsyncExitStack, service: Service, context: SessionContext, client: Client
) -> tuple[DraftEditor, DeploymentCatalogue, WorkflowFiles, Drafts, WorkflowBackups]:
    """Creates the draft editor and the sources of its documents; stores every edit as a draft."""
    preferences, notices = context.preferences, context.notices
    folder = context.paths.session(demo=service.is_demo)
    unreadable: Topic[str] = Topic()
    store = DraftStore(folder.drafts, notices.post_failure, on_unreadable=unreadable.publish)
    stack.push_async_callback(store.close)
    draft_editor = _create_draft_editor(stack, context)
    draft_editor.edited.subscribe(store.save)
    catalogue = DeploymentCatalogue(
        client,
        draft_editor,
        store,
        preferences,
        notices,
        remember_last=not service.is_demo,
        schema_store=SchemaStore(folder.schemas, service=service.name),
        deployment_store=DeploymentStore(folder.deployments, service=service.name),
        run_wait_s=context.run_wait_s,
    )
    stack.push_async_callback(catalogue.close)
    files = WorkflowFiles(draft_editor, store, preferences, notices)
    stack.push_async_callback(files.close)
    view = DraftInViewStore(folder.draft_in_view)
    drafts = Drafts(draft_editor, store, catalogue, files, notices, view)
    stack.push_async_callback(drafts.close)
    stack.callback(unreadable.subscribe(lambda _key: drafts.reload()))
    workflow_backups = WorkflowBackups(
        client, draft_editor, store, preferences, folder.workflow_backups
    )
    workflow_backups.drafts_moved.subscribe(lambda _nothing: drafts.reload())
    return draft_editor, catalogue, files, drafts, workflow_backups


def _create_draft_editor(stack: AsyncExitStack, context: SessionContext) -> DraftEditor:
    dynamic_prompts = DynamicPrompts()
    draft_editor = DraftEditor(dynamic_prompts=dynamic_prompts)
    preferences, folder = context.preferences, context.paths.wildcards
    _close_later(
        stack, WildcardReader(dynamic_prompts, draft_editor, preferences, context.notices, folder)
    )
    return draft_editor


def _open_preset_library(
    stack: AsyncExitStack, service: Service, context: SessionContext, drafts: Drafts
) -> PresetLibrary:
    """Creates and starts the preset library.

    Account and demo share the folder, but not the preferences (marks) of presets.
    """
    folder = context.paths.session(demo=service.is_demo)
    preset_paths = PresetLibraryPaths(
        context.paths.presets,
        asset("presets"),
        context.paths.preset_trash,
        folder.preset_preferences,
        folder.media,
    )
    preset_library = PresetLibrary(
        preset_paths, context.preferences, context.notices, _secrets_of(context)
    )
    # Includes presets renamed while the session closes: the library is closed before the drafts.
    preset_library.moved.subscribe(lambda paths: drafts.update_preset_path(*paths))
    preset_library.start()
    return _close_later(stack, preset_library)


def _create_media_cleaner(
    service: Service, context: SessionContext, history: JobHistory, services: SessionServices
) -> MediaCleaner:
    folder, paths = context.paths.session(demo=service.is_demo), context.paths
    cleaning_paths = CleaningPaths(
        folder.media,
        folder.media_cleaning_state,
        folder.drafts,
        folder.sweeps,
        paths.preset_trash,
        paths.presets,
    )
    open_work = InMemoryDocuments(
        services.draft_editor.open_drafts,
        services.queue.jobs,
        lambda: services.preset_library.state.root,
    )
    return MediaCleaner(cleaning_paths, history, open_work, context.cleaning_schedule)


def _secrets_of(context: SessionContext) -> Callable[[], tuple[str, ...]]:
    """Returns a function that returns the keys, which no shared file may contain."""
    return lambda: (*context.key_holder.secrets(), *context.partner_key.secrets())


def output_folder(context: SessionContext, service: Service) -> Path:
    """Returns the folder for results: the user's choice, else the default; the demo has its own."""
    chosen = context.preferences.settings.output_folder
    folder = Path(chosen) if chosen else context.paths.outputs
    return folder / "Demo" if service.is_demo else folder


def _connect_parts(
    stack: AsyncExitStack, services: SessionServices, context: SessionContext
) -> None:
    """Connects objects that should not know about each other."""
    subscriptions = Subscriptions()
    stack.callback(subscriptions.close)

    def on_state_changed(change: StateChange) -> None:
        job = change.job
        if change.has_ended and job.request_id:
            # Only the wallet knows the cost of a job.
            services.account.check()
        elif change.has_ended and job.state is JobState.FAILED:
            # The service refused the job: the deployment may have been disabled, deleted or moved
            # to another account.
            services.catalogue.refresh_if_older(REFUSED_RUN_MAX_AGE_S)

    _show_cached_deployments(services, subscriptions)
    subscriptions.add(services.queue.state_changed, on_state_changed)
    subscriptions.add(
        services.media_store.checker.changed,
        lambda _: services.draft_editor.set_unsendable(services.media_store.checker.unsendable),
    )
    # A service that could not be reached may be reachable over the new route.
    subscriptions.add(
        context.network.changed, lambda _choice: services.account.check(restarts=True)
    )
    subscriptions.add(context.network.changed, lambda _choice: services.queue.wake())
    _report_partner_key(services, context.partner_key, subscriptions)
    _connect_large_pictures(services, context.preferences, subscriptions)
    stack.callback(
        KeyCoordinator(
            services.account, context.key_holder, services.queue, services.catalogue
        ).close
    )


def _show_cached_deployments(services: SessionServices, subscriptions: Subscriptions) -> None:
    """Shows cached deployments at once, but only for the key with which they were cached."""
    services.catalogue.start()
    # A key entered when there was none may be the previous key or another one, so the cache on disk
    # is kept.
    subscriptions.add(
        services.account.key_replaced, lambda had_one: services.catalogue.clear(forget=had_one)
    )


def _report_partner_key(
    services: SessionServices, partner_key: PartnerKey, subscriptions: Subscriptions
) -> None:
    """Keeps the draft editor informed about whether the key for partner nodes is available."""

    def on_partner(state: PartnerKeyState) -> None:
        services.draft_editor.set_partner_key(has_key=state.has_key or state.is_asked)

    subscriptions.add(partner_key.changed, on_partner)
    on_partner(partner_key.state)


def _connect_large_pictures(
    services: SessionServices, preferences: Preferences, subscriptions: Subscriptions
) -> None:
    """Connects the setting for large images with the draft editor, which can change it."""
    draft_editor = services.draft_editor
    subscriptions.add(
        preferences.changed,
        lambda settings: draft_editor.set_large_pictures(settings.large_pictures),
    )
    subscriptions.add(
        draft_editor.large_pictures_requested, lambda mode: preferences.set(large_pictures=mode)
    )
    draft_editor.set_large_pictures(preferences.settings.large_pictures)
