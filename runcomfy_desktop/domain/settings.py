"""Settings: what a person can set, each with its type and default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DEFAULT_BASE_URL = "https://api.runcomfy.net"
# More is a slip of the hand, or a damaged file.
MAX_COUNT, MAX_USD = 1_000_000, 1_000_000.0


class ThemeMode(Enum):
    """Which palette the window uses; SYSTEM follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class QueueVersion(Enum):
    """Path version of the four queue calls; deployments are always v2."""

    V1 = "v1"
    V2 = "v2"


class LargePictures(Enum):
    """The ways to send pictures with more bytes than RunComfy recommends for inline data."""

    AS_IS = "as_is"
    SHRINK = "shrink"
    """A smaller copy goes out in their place."""
    ASK = "ask"
    """Each run asks which of the two is meant."""
    ADDRESS = "address"
    """They do not go out inline: an address is to be given instead."""


class ProxyMode(Enum):
    """How other computers are reached."""

    SYSTEM = "system"
    """As this computer is set up, its environment included."""
    NONE = "none"
    OWN = "own"
    """Through the proxy of the settings."""


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """How the network is to be reached.

    `proxy_address` has no user name in it. `proxy_exceptions` are hosts that are reached directly,
    separated by commas. `ca_file` holds certificates that are believed besides the system's.
    """

    proxy_mode: ProxyMode = ProxyMode.SYSTEM
    proxy_address: str = ""
    proxy_user: str = ""
    proxy_exceptions: str = ""
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; `output_folder` is an absolute path, "" for the default place.

    The proxy's password is none of them: it is in the keyring. `updates_asked_s`, `told_version`
    and `skipped_version` are remembered about updates: when was asked, and which versions need
    not be told of any more. A limit or a count of 0 is none.
    """

    base_url: str = DEFAULT_BASE_URL
    queue_version: QueueVersion = QueueVersion.V1
    output_folder: str = ""
    theme: ThemeMode = ThemeMode.SYSTEM
    last_deployment_id: str = ""
    recent_files: tuple[str, ...] = ()
    hidden_examples: tuple[str, ...] = ()
    """The deployments whose example values were put away above the inputs."""
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
    """Requests of one deployment that may be at RunComfy at once; 0 for what the deployment takes
    by its own numbers (see Job.places)."""
    is_paused: bool = False
    """Whether new runs are held, too, until the person resumes the queue."""
    sends_when_online: bool = False
    """Whether jobs that are held until online are sent by themselves when the network is back."""
    ask_from_jobs: int = 20
    """From so many jobs on, Run asks first; 0 never asks for the number's sake."""
    ask_from_usd: float = 1.0
    """The same for an estimated sum in USD."""
    batch_limit_usd: float = 0.0
    """Nothing more of a batch is sent that would take it beyond; 0.0 for no limit."""
    day_limit_usd: float = 0.0
    """The same for all jobs of one day."""
    prices: tuple[tuple[str, float], ...] = ()
    """Prices of the person's own, (SKU, USD an hour), instead of those in
    `domain/deployments/hardware.py`."""
    download_cap_mb: int = 2048
    """Larger results are not fetched by themselves."""
    keeps_inputs: bool = False
    """Whether what a run was sent with is kept as a small file beside its results."""
    notifies: bool = True
    """Whether the system tells of ended jobs while the window is not in front."""
    keeps_awake: bool = False
    """Whether the computer is kept from sleeping while jobs are active."""
    presets_folder: str = ""
    """Where presets are kept, which may be a team's folder; "" for the usual place."""
    large_pictures: LargePictures = LargePictures.AS_IS
    wildcards_folder: str = ""
    """Where the files of `__name__` in prompts are; "" for the usual place."""

    @property
    def network(self) -> NetworkSettings:
        return NetworkSettings(
            self.proxy_mode,
            self.proxy_address,
            self.proxy_user,
            self.proxy_exceptions,
            self.ca_file,
        )
