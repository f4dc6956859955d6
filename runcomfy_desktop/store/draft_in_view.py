"""Remembers the draft in view, so that the next start shows it again, even after a crash."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.store.delayed_writer import DelayedWriter
from runcomfy_desktop.store.small_file import DamagedFile, read_object

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Draft

_FORMAT = 1
_MAX_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ViewedDraft:
    """Reference that identifies a draft, even if nothing of the draft is stored.

    `path` is the path of its workflow file; "" for a deployment's own workflow.
    """

    key: str
    deployment_id: str = ""
    path: str = ""


class DraftInViewStore:
    """Stores the draft in view in one small file.

    A failed read or write does little harm, so it is only logged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = DelayedWriter(None)
        self._last_saved: ViewedDraft | None = None

    def remember(self, draft: Draft) -> None:
        """Schedules a write if `draft` is not the one last remembered."""
        viewed = ViewedDraft(draft.key, draft.deployment_id, draft.source.path)
        if viewed != self._last_saved:
            self._last_saved = viewed
            content = json.dumps({"format": _FORMAT, **asdict(viewed)}).encode()
            self._writer.schedule(self._path, lambda: content)

    async def read(self) -> ViewedDraft | None:
        """Returns the draft in view at the end of the last session; None if unknown."""
        self._last_saved = await asyncio.to_thread(_read, self._path)
        return self._last_saved

    async def close(self) -> None:
        await self._writer.close()


def _read(path: Path) -> ViewedDraft | None:
    try:
        stored = read_object(path, _MAX_BYTES)
    except (DamagedFile, OSError) as error:
        _log.warning("Which draft was in view is not known: %s", error)
        return None
    if stored is None or stored.get("format") != _FORMAT:
        return None
    texts = [stored.get(name) for name in ("key", "deployment_id", "path")]
    values = [text for text in texts if isinstance(text, str)]
    return ViewedDraft(*values) if len(values) == len(texts) and values[0] else None
