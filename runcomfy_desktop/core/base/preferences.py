"""Current settings of the program, with a topic for their changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.base.topic import Topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.settings import Settings

MAX_RECENT = 8
MAX_HIDDEN = 300
_MAX_ID_CHARS = 200
_MAX_OWNER_CHARS = 1000


class Preferences:
    """Holds the current settings. Publishes `changed`.

    `save` stores them and returns at once.
    """

    def __init__(self, settings: Settings, save: Callable[[Settings], object]) -> None:
        self.settings = settings
        self.changed: Topic[Settings] = Topic()
        self._save = save

    def set(self, **values: Any) -> None:
        """Changes some settings; does nothing if they are unchanged."""
        settings = replace(self.settings, **values)
        if settings == self.settings:
            return
        self.settings = settings
        self._save(settings)
        self.changed.publish(settings)

    def remember_file(self, path: str) -> None:
        """Puts a file at the front of the recent files."""
        others = [each for each in self.settings.recent_files if each != path]
        self.set(recent_files=(path, *others)[:MAX_RECENT])

    def hide_examples(self, deployment_id: str) -> None:
        """Stops offering the example values of a deployment; only the newest entries are kept."""
        if len(deployment_id) <= _MAX_ID_CHARS:
            others = [each for each in self.settings.hidden_examples if each != deployment_id]
            self.set(hidden_examples=(deployment_id, *others)[:MAX_HIDDEN])

    def remember_all_inputs(self, owner: str, *, shown: bool) -> None:
        """Remembers whether a deployment or file opens with all inputs, or the essentials.

        Only the newest entries are kept.
        """
        if 0 < len(owner) <= _MAX_OWNER_CHARS:
            others = [each for each in self.settings.all_inputs_shown if each != owner]
            self.set(all_inputs_shown=(*([owner] if shown else []), *others)[:MAX_HIDDEN])
