"""Dependencies of the window: only the parts of a session and of the installation that it uses.

SessionServices are the parts of a session, InstallationInfo those of the installation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.core.account.account import Account
    from runcomfy_desktop.core.account.partner_key import PartnerKey
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.deployment_manager import DeploymentManager
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
    from runcomfy_desktop.core.drafts.drafts import Drafts
    from runcomfy_desktop.core.drafts.workflow_files import WorkflowFiles
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.editor.pins import Pins
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.media.media_store import MediaStore
    from runcomfy_desktop.core.media.thumbnail_files import ThumbnailFiles
    from runcomfy_desktop.core.network.connection_test import ConnectionTest
    from runcomfy_desktop.core.network.network import Network
    from runcomfy_desktop.core.preflight import PreflightChecker
    from runcomfy_desktop.core.presets.preset_library import PresetLibrary
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.core.sweeps.sweeps import Sweeps
    from runcomfy_desktop.domain.diagnostics import BundledDocument, Diagnostics, StorageLocation


@dataclass(frozen=True, slots=True)
class InstallationInfo:
    """Data on this installation for the Help menu.

    The callables read disks and more: call them on a background thread. `home_paths` are the names
    of the folder shown as `~`.
    """

    diagnostics: Callable[[], Diagnostics]
    storage_locations: Callable[[], tuple[StorageLocation, ...]]
    documents: Callable[[], tuple[BundledDocument, ...]]
    home_paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionServices:
    """Parts of one session that the window shows and controls.

    `output_folder` returns where results are saved now; `log_folder` is where the log files are.
    """

    draft_editor: DraftEditor
    queue: JobQueue
    budget: Budget
    catalogue: DeploymentCatalogue
    deployment_manager: DeploymentManager
    account: Account
    media_store: MediaStore
    workflow_files: WorkflowFiles
    preset_library: PresetLibrary
    drafts: Drafts
    pins: Pins
    notices: Notices
    output_folder: Callable[[], Path]
    log_folder: Path
    sweeps: Sweeps
    preflight_checker: PreflightChecker
    thumbnail_files: ThumbnailFiles


@dataclass(frozen=True, slots=True)
class SettingsServices:
    """Services of the settings dialog.

    `check_address` returns what is wrong with an API address, `check_proxy` with a proxy's address,
    user and password, `check_exceptions` with the hosts that bypass the proxy; "" if nothing is
    wrong. `make_connection_test` creates the test of network settings before they are saved.
    `offers_updates` is False if the system provides updates; newer versions are then not checked
    for. `default_wildcards_folder` is the folder of prompt words used if no other one is chosen.
    """

    check_address: Callable[[str], str]
    check_proxy: Callable[[str, str, str], str]
    check_exceptions: Callable[[str], str]
    network: Network
    make_connection_test: Callable[[], ConnectionTest]
    partner_key: PartnerKey
    offers_updates: bool = True
    default_wildcards_folder: str = ""
