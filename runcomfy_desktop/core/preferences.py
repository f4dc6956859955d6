"""Preferences: the settings in force, and the topic that tells when they change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.topic import Topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.settings import Settings

MAX_RECENT = 8


class Preferences:
    """Owns the current Settings; `keep` stores them (it returns at once). Publishes `changed`."""

    def __init__(self, settings: Settings, keep: Callable[[Settings], object]) -> None:
        self.settings = settings
        self.changed: Topic[Settings] = Topic()
        self._keep = keep

    def set(self, **values: Any) -> None:
        """Changes some settings; nothing happens when they are what they were."""
        settings = replace(self.settings, **values)
        if settings == self.settings:
            return
        self.settings = settings
        self._keep(settings)
        self.changed.publish(settings)

    def remember_file(self, path: str) -> None:
        """Puts a file at the head of the recent ones."""
        others = [each for each in self.settings.recent_files if each != path]
        self.set(recent_files=(path, *others)[:MAX_RECENT])
