"""Workflow files: read off the loop's thread, put on the workbench, remembered as recent."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.reading import open_file, unreadable
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.workflow import MAX_BYTES, Workflow, read_workflow, too_large
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic import disk_problem, write_atomic

if TYPE_CHECKING:
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.store.drafts import DraftStore


class WorkflowFiles:
    """Opens workflow files. What goes wrong is told through `notices`."""

    def __init__(
        self,
        workbench: Workbench,
        drafts: DraftStore,
        preferences: Preferences,
        notices: Notices,
    ) -> None:
        self._workbench = workbench
        self._drafts = drafts
        self._preferences = preferences
        self._notices = notices
        self._tasks = Tasks(notices.failure)
        self._opening: asyncio.Task[Any] | None = None

    def open(self, path: str) -> None:
        """Brings the workflow in a file on screen; the last wish wins."""
        if self._opening is not None:
            self._opening.cancel()
        self._opening = self._tasks.start("open file", self._open(path))

    def save_text(self, path: str, text: str) -> None:
        """Writes a text that the person asked for; says where it lies."""
        self._tasks.start("save text", self._save_text(Path(path), text))

    async def close(self) -> None:
        """Ends what is going on."""
        await self._tasks.close()

    async def _save_text(self, path: Path, text: str) -> None:
        try:
            await asyncio.to_thread(write_atomic, path, text.encode("utf-8", "replace"))
        except OSError as error:
            raise disk_problem(error, path) from None
        self._notices.info(_("Saved as %s.") % one_line(path.name), one_line(str(path)))

    async def _open(self, path: str) -> None:
        whole = _whole(path)
        name = Path(whole).name
        workflow = await asyncio.to_thread(_read, Path(whole))
        kept = await self._drafts.load(Draft(workflow, Source(name, whole)).key)
        self._workbench.open_file(workflow, name, whole, kept)
        self._preferences.remember_file(whole)


def _whole(path: str) -> str:
    """One spelling for each file: drafts and recent files are kept by it."""
    return os.path.normpath(Path(path).absolute())


def _read(path: Path) -> Workflow:
    """The workflow in a file. Raises Problem. Waits for the disk."""
    file, size_bytes = open_file(path)
    with file:
        if size_bytes > MAX_BYTES:
            raise _of_file(path, too_large(size_bytes))
        try:
            # One byte more than allowed, in case it has grown since it was looked at.
            data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise unreadable(path.name, error) from None
    try:
        return read_workflow(data)
    except Problem as problem:
        raise _of_file(path, problem) from None


def _of_file(path: Path, problem: Problem) -> Problem:
    """The same, with the file's name: it may have been dropped among others."""
    name = _("The file is %s.") % one_line(path.name)
    return Problem(
        problem.title,
        " ".join(part for part in (name, problem.detail) if part),
        problem.advice,
        technical=problem.technical,
    )
