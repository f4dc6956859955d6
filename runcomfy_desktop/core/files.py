"""Workflow files: read off the loop's thread, put on the workbench, remembered as recent.

A file of the editor's own format, or a picture that carries one, is converted on the way, with the
classes of the deployment in use; when those come later than the file, it is converted once more.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.notices import CONVERSION, Notice, NoticeLevel
from runcomfy_desktop.core.reading import open_file, unreadable
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.conversion.convert import convert
from runcomfy_desktop.domain.draft import Draft, Source, further_id
from runcomfy_desktop.domain.embedded import carried_texts, is_picture
from runcomfy_desktop.domain.opening import EditorForm, opened_file, opened_picture
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.workflow import MAX_BYTES, Workflow, too_large, too_wide
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.store.atomic import disk_problem, write_atomic

if TYPE_CHECKING:
    from typing import IO

    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.domain.conversion.report import Converted, Report
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.store.drafts import DraftStore

# The files that are kept to be converted once more; each may have megabytes.
_MOST_KEPT = 8
# Somebody who tries one file after the other has only the last to hear of.
_OPENING = "opening"
_HEAD_BYTES = 16


@dataclass(slots=True)
class _Editors:
    """A file of the editor's, the classes that it was converted with last, and its stored draft."""

    form: EditorForm
    schema: Schema | None
    kept: Draft | None


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
        self._tasks = Tasks(lambda error: notices.failure(error, about=_OPENING))
        self._opening: asyncio.Task[Any] | None = None
        self._editors: dict[str, _Editors] = {}
        self._leave = workbench.changed.subscribe(self._on_workbench_changed)

    def open(self, path: str) -> None:
        """Brings the workflow in a file on screen; the last wish wins."""
        if self._opening is not None:
            self._opening.cancel()
        self._opening = self._tasks.start("open file", self._open(path))

    def open_draft(self, key: str, path: str, deployment_id: str = "") -> asyncio.Task[Any]:
        """Brings a stored draft of a file on screen, on the deployment that it was for. When the
        file cannot be read any more, its workflow is the one kept beside the draft."""
        if self._opening is not None:
            self._opening.cancel()
        source = Source(Path(path).name, path)
        place = Draft(Workflow({}), source, deployment_id, draft_id=further_id(key))
        self._opening = self._tasks.start("open draft", self._open_at(place, binds=False))
        return self._opening

    @property
    def recent_folders(self) -> tuple[str, ...]:
        """Where files were opened of late, newest first."""
        paths = self._preferences.settings.recent_files
        return tuple(dict.fromkeys(str(Path(each).parent) for each in paths))

    def give_up(self) -> None:
        """Something else was wished for meanwhile."""
        if self._opening is not None:
            self._opening.cancel()

    def save_text(self, path: str, text: str) -> None:
        """Writes a text that the person asked for; says where it lies."""
        self._tasks.start("save text", self._save(Path(path), text.encode("utf-8", "replace")))

    def save_bytes(self, path: str, data: bytes, about: str = "") -> None:
        """The same for a file of another kind; `about` is said of it besides."""
        self._tasks.start("save a file", self._save(Path(path), data, about))

    async def close(self) -> None:
        """Ends what is going on."""
        self._leave()
        await self._tasks.close()

    async def _save(self, path: Path, data: bytes, about: str = "") -> None:
        try:
            await asyncio.to_thread(write_atomic, path, data)
        except OSError as error:
            raise disk_problem(error, path) from None
        where = " · ".join(filter(None, (about, one_line(str(path)))))
        self._notices.info(_("Saved as %s.") % one_line(path.name), where)

    async def _open(self, path: str) -> None:
        whole = _whole(path)
        place = Draft(Workflow({}), Source(Path(whole).name, whole))
        await self._open_at(place, binds=True)
        self._preferences.remember_file(whole)

    async def _open_at(self, place: Draft, *, binds: bool) -> None:
        """Reads the file of a draft whose workflow and changes are not there yet, and shows it;
        `binds` lets it run on the deployment in use. The stored draft is read last of all: it may
        be given another name or deployment meanwhile."""
        path, seen = Path(place.source.path), self._key_in_view
        try:
            found, content = await asyncio.to_thread(_read, path)
        except Problem as problem:
            place, kept = await self._with_kept(place, binds=binds)
            if kept is None or not kept.workflow.nodes:
                raise
            if binds or self._key_in_view == seen:
                self._show_without_file(place, kept, problem)
            return
        schema = self._workbench.state.schema
        workflow, report = await asyncio.to_thread(_workflow_of, found, schema, path)
        place, kept = await self._with_kept(place, binds=binds)
        if not binds and self._key_in_view != seen:
            # What was asked for since is there already.
            return
        source = replace(place.source, content=content)
        draft = replace(place, source=source, workflow=workflow)
        self._editors.pop(draft.key, None)
        if isinstance(found, EditorForm):
            self._editors[draft.key] = _Editors(found, schema, kept)
            for old in list(self._editors)[:-_MOST_KEPT]:
                del self._editors[old]
        self._workbench.open_draft(draft, kept, report)
        told = report or workflow.report
        # Where the draft stays as it was, the file is offered and not yet in view.
        if told is not None and self._workbench.state.conversion == told:
            self._tell(source.name, told)

    @property
    def _key_in_view(self) -> str:
        draft = self._workbench.state.draft
        return "" if draft is None else draft.key

    async def _with_kept(self, place: Draft, *, binds: bool) -> tuple[Draft, Draft | None]:
        """The place with what is known of the draft besides, and the draft as it is stored. The
        first one of the file comes in the place of a further one that cannot be had."""
        kept = await self._drafts.load(place.key)
        if kept is None and place.draft_id and place.key not in self._workbench.pages:
            place = replace(place, draft_id="", deployment_id="")
            kept = await self._drafts.load(place.key)
        in_use = self._workbench.state.deployment
        if binds and in_use is not None:
            place = replace(place, deployment_id=in_use.deployment_id)
        elif not binds and kept is not None and kept.source.is_file:
            place = replace(kept, workflow=Workflow({}), changes={}, seed_modes={}, left=())
        return place, kept

    def _show_without_file(self, place: Draft, kept: Draft, problem: Problem) -> None:
        deployment_id = place.deployment_id or kept.deployment_id
        self._editors.pop(kept.key, None)
        self._workbench.open_draft(replace(kept, deployment_id=deployment_id), kept)
        self._notices.tell(
            Notice(
                NoticeLevel.WARNING,
                _("The file of this draft cannot be read: %s") % one_line(kept.source.name),
                _("The workflow kept beside the draft is used, with all your changes. %s")
                % problem.title,
                problem.technical,
                about=_OPENING,
            )
        )

    # The classes came later, or are those of another deployment

    def _on_workbench_changed(self, state: BenchState) -> None:
        draft = state.draft
        editors = None if draft is None else self._editors.get(draft.key)
        if draft is None or editors is None or not _is_untouched(state):
            return
        if state.schema is not None and state.schema is not editors.schema:
            editors.schema = state.schema
            self._tasks.start("convert again", self._convert_again(draft.key, editors))

    async def _convert_again(self, key: str, editors: _Editors) -> None:
        schema = editors.schema
        converted = await asyncio.to_thread(_convert, editors.form, schema)
        state = self._workbench.state
        now = state.draft
        if now is None or now.key != key or not _is_untouched(state):
            return
        # It may have been opened anew, or be converted with yet other classes.
        if self._editors.get(key) is not editors or editors.schema is not schema:
            return
        bare = replace(now, changes={}, seed_modes={}, expands=frozenset(), left=())
        found = replace(bare, workflow=converted.workflow)
        kept = editors.kept
        if kept is not None:
            # What is no edit may be another by now, and stays so.
            kept = replace(
                kept, deployment_id=now.deployment_id, title=now.title, preset=now.preset
            )
        self._workbench.open_draft(found, kept, converted.report)
        if converted.report.remarks:
            self._tell(now.source.name, converted.report)

    def _tell(self, name: str, report: Report) -> None:
        title, detail = _words_of(report)
        self._notices.tell(
            Notice(
                NoticeLevel.INFO,
                title % one_line(name),
                detail,
                action_text=_("Read the report"),
                action=lambda: self._workbench.report_wished.publish(None),
                about=CONVERSION,
            )
        )


def _words_of(report: Report) -> tuple[str, str]:
    """A title, which takes the name of the file, and a detail."""
    if not report.is_converted:
        count = report.left_out
        detail = n_(
            "%d part was left out. Runs are sent without it.",
            "%d parts were left out. Runs are sent without them.",
            count,
        )
        return _("%s was opened without parts that ComfyUI refuses."), detail % count
    title = _("%s was converted from the editor's own format: this is a preview.")
    count = len(report.remarks)
    if not count:
        return title, _("Everything in it could be converted.")
    detail = n_("There is %d thing to check.", "There are %d things to check.", count)
    return title, detail % count


def _is_untouched(state: BenchState) -> bool:
    """Whether nothing was done to the draft in view since it was opened."""
    runs_file = state.draft is not None and state.draft.runs_file
    return not (runs_file or state.renewal or state.undo_text or state.redo_text)


def _workflow_of(
    found: Workflow | EditorForm, schema: Schema | None, path: Path
) -> tuple[Workflow, Report | None]:
    """What was found in a file, converted where it is the editor's. Raises Problem."""
    if not isinstance(found, EditorForm):
        return found, None
    try:
        converted = _convert(found, schema)
    except Problem as problem:
        raise _of_file(path, problem) from None
    return converted.workflow, converted.report


def _convert(form: EditorForm, schema: Schema | None) -> Converted:
    """The converted workflow. Raises Problem. Takes a second for the largest."""
    converted = convert(form.ui, None if schema is None else schema.classes)
    workflow = converted.workflow
    if converted.report.is_cut:
        inputs = sum(len(node.inputs) for node in workflow.nodes.values())
        raise too_wide(len(workflow.nodes) + 1, inputs)
    if not workflow.nodes:
        raise Problem(
            _("This workflow has no node that could be run."),
            _("All that it holds are notes and nodes which are muted or bypassed."),
            _("Open it in ComfyUI, switch the nodes on that are needed, and save it again."),
        )
    return converted


def _whole(path: str) -> str:
    """One spelling for each file: drafts and recent files are kept by it."""
    return os.path.normpath(Path(path).absolute())


def _read(path: Path) -> tuple[Workflow | EditorForm, str]:
    """The workflow in a file, and the hash of the content. Raises Problem. Waits for the disk."""
    file, size_bytes = open_file(path)
    with file:
        try:
            head = file.read(_HEAD_BYTES)
            if is_picture(head):
                texts = carried_texts(lambda at, length: _piece(file, at, length))
                return opened_picture(texts), _hash(repr(texts).encode("utf-8", "surrogatepass"))
            if size_bytes > MAX_BYTES:
                raise too_large(size_bytes)
            # One byte more than allowed, in case it has grown since it was looked at.
            data = head + file.read(MAX_BYTES + 1)
            return opened_file(data), _hash(data)
        except OSError as error:
            raise unreadable(path.name, error) from None
        except Problem as problem:
            raise _of_file(path, problem) from None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _piece(file: IO[bytes], at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)


def _of_file(path: Path, problem: Problem) -> Problem:
    """The same, with the file's name: it may have been dropped among others."""
    name = _("The file is %s.") % one_line(path.name)
    return Problem(
        problem.title,
        " ".join(part for part in (name, problem.detail) if part),
        problem.advice,
        technical=problem.technical,
    )
