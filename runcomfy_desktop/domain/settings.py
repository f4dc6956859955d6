"""The user's settings, each with its type and default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DEFAULT_BASE_URL = "https://api.runcomfy.net"
# Anything larger is a typing error or comes from a damaged file.
MAX_COUNT, MAX_USD = 1_000_000, 1_000_000.0


class ThemeMode(Enum):
    """Colour palette of the window; SYSTEM follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class QueueVersion(Enum):
    """Path version of the four queue calls; deployments are always v2."""

    V1 = "v1"
    V2 = "v2"


class LargePictures(Enum):
    """Ways to send pictures with more bytes than RunComfy recommends for inline data."""

    AS_IS = "as_is"
    SHRINK = "shrink"
    """A smaller copy is sent instead."""
    ASK = "ask"
    """Each run asks the user to choose between AS_IS and SHRINK."""
    ADDRESS = "address"
    """The picture is not sent inline: the user has to give an address instead."""


class ProxyMode(Enum):
    """Use of a proxy for connections to other computers."""

    SYSTEM = "system"
    """The proxy configured on this computer, including environment variables."""
    NONE = "none"
    OWN = "own"
    """The proxy given in the settings."""


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Network part of the settings.

    `proxy_address` has no user name in it. `proxy_exceptions` are hosts reached directly, separated
    by commas. `ca_file` holds certificates trusted in addition to the system's.
    """

    proxy_mode: ProxyMode = ProxyMode.SYSTEM
    proxy_address: str = ""
    proxy_user: str = ""
    proxy_exceptions: str = ""
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; `output_folder` is an absolute path, "" for the default location.

    The proxy's password is not included: it is in the keyring. `updates_asked_s`, `told_version`
    and `skipped_version` belong to the update check: the time of the last check, and the versions
    that are not announced again. A limit or a count of 0 means no limit.
    """

    base_url: str = DEFAULT_BASE_URL
    queue_version: QueueVersion = QueueVersion.V1
    output_folder: str = ""
    theme: ThemeMode = ThemeMode.SYSTEM
    last_deployment_id: str = ""
    recent_files: tuple[str, ...] = ()
    hidden_examples: tuple[str, ...] = ()
    """Deployments whose example values are hidden above the inputs."""
    all_inputs_shown: tuple[str, ...] = ()
    """Deployments and files that open with all inputs instead of the essentials (`owner_of`)."""
    proxy_mode: ProxyMode = ProxyMode.SYSTEM
    proxy_address: str = ""
    proxy_user: str = ""
    proxy_exceptions: str = ""
    ca_file: str = ""
    checks_updates: bool = False
    updates_asked_s: int = 0
    told_version: str = ""
    skipped_version: str = ""
    in_flight: int = 0
    """Maximum number of requests that one deployment may have at RunComfy at the same time.

    0 derives the maximum from the deployment (see Job.places).
    """
    is_paused: bool = False
    """True if the queue is paused: new runs are held, too, until the user resumes it."""
    sends_when_online: bool = False
    """True if jobs held while offline are sent automatically when the network is back."""
    ask_from_jobs: int = 20
    """Minimum number of jobs for which Run asks for confirmation; 0 disables this question."""
    ask_from_usd: float = 1.0
    """Minimum estimated cost in USD for Run to ask for confirmation; 0.0 disables this question."""
    batch_limit_usd: float = 0.0
    """Maximum cost of a batch in USD; 0.0 for no limit.

    Jobs that would exceed it are not sent.
    """
    day_limit_usd: float = 0.0
    """Maximum cost of all jobs of one day in USD; 0.0 for no limit.

    Jobs that would exceed it are not sent.
    """
    prices: tuple[tuple[str, float], ...] = ()
    """The user's own prices: pairs of SKU and USD an hour.

    They replace those in `domain/deployments/hardware.py`.
    """
    download_cap_mb: int = 2048
    """Maximum size in MB of results that are downloaded automatically."""
    keeps_inputs: bool = False
    """True if the inputs of a run are stored as a small file next to its results."""
    notifies: bool = True
    """True if the system notifies the user of ended jobs while the window is not in front."""
    keeps_awake: bool = False
    """True if the computer is kept from sleeping while jobs are active."""
    presets_folder: str = ""
    """Folder of presets, possibly shared by a team; "" for the default location."""
    large_pictures: LargePictures = LargePictures.AS_IS
    wildcards_folder: str = ""
    """Folder of the files for `__name__` in prompts; "" for the default location."""

    @property
    def network(self) -> NetworkSettings:
        return NetworkSettings(
            self.proxy_mode,
            self.proxy_address,
            self.proxy_user,
            self.proxy_exceptions,
            self.ca_file,
        )
