"""Settings: what a person can set, each with its type and default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DEFAULT_BASE_URL = "https://api.runcomfy.net"


class Theme(Enum):
    """Which palette the window uses; SYSTEM follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class ApiVersion(Enum):
    """Path version of the four queue calls; deployments are always v2."""

    V1 = "v1"
    V2 = "v2"


class ProxyMode(Enum):
    """How other computers are reached."""

    SYSTEM = "system"
    """As this computer is set up, its environment included."""
    NONE = "none"
    OWN = "own"
    """Through the proxy of the settings."""


@dataclass(frozen=True, slots=True)
class NetworkChoice:
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

    The proxy's password is none of them: it is in the keyring. The last three are what is
    remembered about updates: when was asked, and which versions need not be told of any more.
    """

    base_url: str = DEFAULT_BASE_URL
    queue_version: ApiVersion = ApiVersion.V1
    output_folder: str = ""
    theme: Theme = Theme.SYSTEM
    last_deployment_id: str = ""
    recent_files: tuple[str, ...] = ()
    proxy_mode: ProxyMode = ProxyMode.SYSTEM
    proxy_address: str = ""
    proxy_user: str = ""
    proxy_exceptions: str = ""
    ca_file: str = ""
    checks_updates: bool = False
    updates_asked_s: int = 0
    told_version: str = ""
    skipped_version: str = ""

    @property
    def network(self) -> NetworkChoice:
        return NetworkChoice(
            self.proxy_mode,
            self.proxy_address,
            self.proxy_user,
            self.proxy_exceptions,
            self.ca_file,
        )
