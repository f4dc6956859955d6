"""WindowParts: what the window is given of a session; the parts, never the whole program.

Inspection: what it is given of the installation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.core.account import Account
    from runcomfy_desktop.core.catalogue import Catalogue
    from runcomfy_desktop.core.drafts import Drafts
    from runcomfy_desktop.core.files import WorkflowFiles
    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.library import Library
    from runcomfy_desktop.core.media_shelf import MediaShelf
    from runcomfy_desktop.core.network import Network
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.partner_key import PartnerKey
    from runcomfy_desktop.core.pins import Pins
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.core.sweeps import Sweeps
    from runcomfy_desktop.core.trial import Trial
    from runcomfy_desktop.core.upkeep import Upkeep
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.diagnostics import Document, Findings, Place


@dataclass(frozen=True, slots=True)
class Inspection:
    """What Help shows of this installation. Each asks disks and more: it is for a thread.

    `homes` are the names of the folder that is shown as `~`.
    """

    findings: Callable[[], Findings]
    places: Callable[[], tuple[Place, ...]]
    documents: Callable[[], tuple[Document, ...]]
    homes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WindowParts:
    """The parts of one session that the window shows and steers.

    `output_folder` says where results go now; `log_folder` is where the log files are.
    """

    workbench: Workbench
    queue: JobQueue
    purse: Purse
    catalogue: Catalogue
    upkeep: Upkeep
    account: Account
    shelf: MediaShelf
    files: WorkflowFiles
    library: Library
    drafts: Drafts
    pins: Pins
    notices: Notices
    output_folder: Callable[[], Path]
    log_folder: Path
    sweeps: Sweeps


@dataclass(frozen=True, slots=True)
class SettingsAids:
    """What the settings dialog is lent.

    `check_address` tells what is wrong with an API address, `check_proxy` with a proxy's address,
    user and password, `check_exceptions` with the hosts that it is not for; "" when nothing is.
    `trial` makes what tries a network before it is saved.
    `offers_updates`: whether newer versions may be asked for; not where the system brings them.
    `usual_wildcards` is the folder of words for prompts where no other one is chosen.
    """

    check_address: Callable[[str], str]
    check_proxy: Callable[[str, str, str], str]
    check_exceptions: Callable[[str], str]
    network: Network
    trial: Callable[[], Trial]
    partner_key: PartnerKey
    offers_updates: bool = True
    usual_wildcards: str = ""
