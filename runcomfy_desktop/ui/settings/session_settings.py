"""Parts of a session that the settings dialog uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.core.presets.preset_library import PresetLibrary


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """A session's part of the settings dialog.

    `default_output_folder` is the folder for results while none is chosen, "" if it is not known.
    `machine_skus` are the machine types of the user's deployments and jobs. `preset_library` checks
    a changed presets folder and switches to it.
    """

    default_output_folder: str = ""
    machine_skus: frozenset[str] = frozenset()
    preset_library: PresetLibrary | None = None


NO_SESSION = SessionSettings()
"""Settings dialog without a session."""
