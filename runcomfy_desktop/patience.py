"""How long the program waits for others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.core import polling, updates


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits, in seconds where no class of their own says it; None means as usual.

    No option of the command line changes them. Tests start the program with shorter ones, because
    they would have to wait as long as the program does.
    """

    other_window_s: float | None = None
    """For a window on the same folder that does not answer."""
    keyring_s: float | None = None
    queue: polling.Pace | None = None
    updates: updates.Pace | None = None
