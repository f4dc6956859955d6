"""SessionServices: what the window is given of a session; the parts, never the whole program.

InstallationInfo: what it is given of the installation.
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
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
    from runcomfy_desktop.core.deployments.deployment_manager import DeploymentManager
    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor
    from runcomfy_desktop.core.drafts.drafts import Drafts
    from runcomfy_desktop.core.drafts.pins import Pins
    from runcomfy_desktop.core.drafts.workflow_files import WorkflowFiles
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.media.media_store import MediaStore
    from runcomfy_desktop.core.network.connection_test import ConnectionTest
    from runcomfy_desktop.core.network.network import Network
    from runcomfy_desktop.core.presets.preset_library import PresetLibrary
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.core.sweeps.sweeps import Sweeps
    from runcomfy_desktop.domain.diagnostics import BundledDocument, Diagnostics, StorageLocation


@dataclass(frozen=True, slots=True)
class InstallationInfo:
    """What Help shows of this installation. Each asks disks and more: it is for a thread.

    `home_paths` are the names of the folder that is shown as `~`.
    """

    diagnostics: Callable[[], Diagnostics]
    storage_locations: Callable[[], tuple[StorageLocation, ...]]
    documents: Callable[[], tuple[BundledDocument, ...]]
    home_paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionServices:
    """The parts of one session that the window shows and steers.

    `output_folder` says where results go now; `log_folder` is where the log files are.
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


@dataclass(frozen=True, slots=True)
class SettingsServices:
    """What the settings dialog is lent.

    `check_address` tells what is wrong with an API address, `check_proxy` with a proxy's address,
    user and password, `check_exceptions` with the hosts that it is not for; "" when nothing is.
    `make_connection_test` makes what tries a network before it is saved.
    `offers_updates`: whether newer versions may be asked for; not where the system brings them.
    `default_wildcards_folder` is the folder of words for prompts where no other one is chosen.
    """

    check_address: Callable[[str], str]
    check_proxy: Callable[[str, str, str], str]
    check_exceptions: Callable[[str], str]
    network: Network
    make_connection_test: Callable[[], ConnectionTest]
    partner_key: PartnerKey
    offers_updates: bool = True
    default_wildcards_folder: str = ""
