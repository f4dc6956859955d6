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


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; `output_folder` is an absolute path, "" for the default place."""

    base_url: str = DEFAULT_BASE_URL
    queue_version: ApiVersion = ApiVersion.V1
    output_folder: str = ""
    theme: Theme = Theme.SYSTEM
    last_deployment_id: str = ""
    recent_files: tuple[str, ...] = ()
