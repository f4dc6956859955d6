"""Words that are chosen for each run: keeps the person's files of them at hand, says what is wrong
with a draft that needs them, and chooses when it is run."""

from __future__ import annotations

import asyncio
import logging
import random
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.domain.fault import Fault
from runcomfy_desktop.domain.prompt_words import (
    NO_WILDCARDS,
    Wildcards,
    spoken_draft,
    wildcards_of,
    word_faults,
)
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.wildcards import read, scan

if TYPE_CHECKING:
    from runcomfy_desktop.core.bench_state import BenchState
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.domain.workflow import InputKey

# While a draft needs them, files are looked at so often.
LOOK_S = 2.0
_log = logging.getLogger(__name__)


class PromptWords:
    """Publishes `changed` when there are other files. `usual` is the folder where none was chosen.

    The folder is read while the draft in view has texts with such words, and not before.
    """

    def __init__(
        self,
        workbench: Workbench,
        preferences: Preferences,
        notices: Notices,
        usual: Path,
        chance: random.Random | None = None,
        look_s: float = LOOK_S,
    ) -> None:
        self.words: Wildcards = NO_WILDCARDS
        self.changed: Topic[Wildcards] = Topic()
        self._workbench = workbench
        self._usual = usual
        self._chance = chance or random.SystemRandom()
        self._look_s = look_s
        self._chosen = preferences.settings.wildcards_folder
        self._seen: object = None
        self._is_read = False
        self._looking: asyncio.Task[object] | None = None
        self._tasks = Tasks(notices.failure)
        self._links = Subscriptions()
        self._links.add(workbench.changed, self._on_bench_changed)
        self._links.add(preferences.changed, self._on_preferences_changed)
        workbench.speak = self.spoken
        workbench.word_faults = self._faults

    @property
    def folder(self) -> Path:
        return Path(self._chosen) if self._chosen else self._usual

    async def close(self) -> None:
        """Ends what is going on."""
        self._links.close()
        await self._tasks.close()

    def spoken(self, draft: Draft) -> Draft:
        """The draft as it is run once."""
        return spoken_draft(draft, self.words, self._chance) if draft.expands else draft

    # Inside

    def _faults(self, draft: Draft, _schema: Schema | None) -> dict[InputKey, Fault]:
        found = word_faults(draft, self.words) if draft.expands else {}
        if self._is_read:
            return found
        # Nobody knows what is in them yet.
        waits = Fault(_("The files for the words of this text are being read."))
        return dict.fromkeys(found, waits)

    def _on_bench_changed(self, bench: BenchState) -> None:
        needs = bench.draft is not None and bool(bench.draft.expands)
        if needs and self._looking is None:
            self._looking = self._tasks.start("look for wildcards", self._look())
        elif not needs and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _on_preferences_changed(self, settings: Settings) -> None:
        if settings.wildcards_folder != self._chosen:
            self._chosen, self._seen = settings.wildcards_folder, None

    async def _look(self) -> None:
        while True:
            await self._read()
            await asyncio.sleep(self._look_s)

    async def _read(self) -> None:
        folder, seen = self.folder, self._seen

        def work() -> tuple[object, Wildcards | None]:
            found = scan(folder)
            if (folder, found) == seen:
                return seen, None
            return (folder, found), wildcards_of(*read(folder, found))

        try:
            now, words = await asyncio.to_thread(work)
        except OSError as error:
            _log.warning("The folder of wildcards cannot be read: %s", error)
            now, words = (folder, str(error)), NO_WILDCARDS
            if now == seen:
                return
        if words is None or folder != self.folder:
            return
        self._seen, self._is_read, self.words = now, True, words
        self.changed.publish(words)
        self._workbench.look_again()
