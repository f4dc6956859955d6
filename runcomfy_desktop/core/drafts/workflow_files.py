"""Workflow files: read on a worker thread, opened in the draft editor, listed as recent.

A file in the ComfyUI editor's own format, or a picture that contains one, is converted with the
node classes of the deployment in use. If the classes arrive after the file, it is converted again.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.base.file_access import open_file, read_problem
from runcomfy_desktop.core.base.notices import CONVERSION, Notice, NoticeLevel
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.conversion.convert import convert
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, draft_id_from_key
from runcomfy_desktop.domain.workflow.embedded_workflow import embedded_texts, is_picture
from runcomfy_desktop.domain.workflow.workflow import (
    MAX_BYTES,
    Workflow,
    too_large_problem,
    too_many_nodes_problem,
)
from runcomfy_desktop.domain.workflow.workflow_parser import (
    EditorWorkflow,
    parse_image_workflow,
    parse_workflow_file,
)
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.store.atomic_write import disk_problem, write_atomic

if TYPE_CHECKING:
    from typing import IO

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.conversion_report import (
        ConversionReport,
        ConversionResult,
    )
    from runcomfy_desktop.store.drafts import DraftStore

# Number of files kept for another conversion; each may take megabytes.
_MAX_CONVERTED_FILES = 8
# A notice about opening a file replaces the notice about the file tried before.
_OPENING_SUBJECT = "opening"
_HEAD_BYTES = 16


@dataclass(slots=True)
class _ConvertedFile:
    """File in the editor's format, with the classes of its last conversion and its stored draft."""

    editor_workflow: EditorWorkflow
    schema: NodeSchema | None
    stored: Draft | None


class WorkflowFiles:
    """Opens and saves workflow files; errors are reported through `notices`."""

    def __init__(
        self,
        draft_editor: DraftEditor,
        draft_store: DraftStore,
        preferences: Preferences,
        notices: Notices,
    ) -> None:
        self._draft_editor = draft_editor
        self._draft_store = draft_store
        self._preferences = preferences
        self._notices = notices
        self._tasks = Tasks(lambda error: notices.post_failure(error, subject=_OPENING_SUBJECT))
        self._open_task: asyncio.Task[Any] | None = None
        self._converted_files: dict[str, _ConvertedFile] = {}
        self._unsubscribe = draft_editor.changed.subscribe(self._on_editor_changed)

    def open(self, path: str) -> None:
        """Opens the workflow in a file; the last request wins."""
        self.cancel_open()
        self._open_task = self._tasks.start("open file", self._open(path))

    def open_draft(self, key: str, path: str, deployment_id: str = "") -> asyncio.Task[Any]:
        """Opens a stored draft of a file, on the deployment that it was for.

        If the file can no longer be read, the workflow stored with the draft is used.
        """
        self.cancel_open()
        source = DraftSource(Path(path).name, path)
        placeholder = Draft(Workflow({}), source, deployment_id, draft_id=draft_id_from_key(key))
        self._open_task = self._tasks.start("open draft", self._load(placeholder, bind=False))
        return self._open_task

    @property
    def recent_folders(self) -> tuple[str, ...]:
        """Folders of recently opened files, newest first."""
        paths = self._preferences.settings.recent_files
        return tuple(dict.fromkeys(str(Path(each).parent) for each in paths))

    def cancel_open(self) -> None:
        """Stops opening a file because the user requested something else."""
        if self._open_task is not None:
            self._open_task.cancel()

    def save_text(self, path: str, text: str) -> None:
        """Saves text at the user's request, and reports the path."""
        self._tasks.start("save text", self._save(Path(path), text.encode("utf-8", "replace")))

    def save_bytes(self, path: str, data: bytes, about: str = "") -> None:
        """Saves binary data, and reports the path, preceded by `about`."""
        self._tasks.start("save a file", self._save(Path(path), data, about))

    async def close(self) -> None:
        """Stops all tasks."""
        self._unsubscribe()
        await self._tasks.close()

    async def _save(self, path: Path, data: bytes, about: str = "") -> None:
        try:
            await asyncio.to_thread(write_atomic, path, data)
        except OSError as error:
            raise disk_problem(error, path) from None
        where = " · ".join(filter(None, (about, one_line(str(path)))))
        self._notices.post_info(_("Saved as %s.") % one_line(path.name), where)

    async def _open(self, path: str) -> None:
        full_path = _normalized_path(path)
        placeholder = Draft(Workflow({}), DraftSource(Path(full_path).name, full_path))
        await self._load(placeholder, bind=True)
        self._preferences.remember_file(full_path)

    async def _load(self, placeholder: Draft, *, bind: bool) -> None:
        """Reads the file of a draft and shows the draft.

        `placeholder` is the draft without workflow and changes. `bind` makes it run on the
        deployment in use. The stored draft is read last, since its name or deployment may change
        meanwhile.
        """
        path, key_before = Path(placeholder.source.path), self._key_in_view
        try:
            found, content = await asyncio.to_thread(_read, path)
        except Problem as problem:
            placeholder, stored = await self._with_stored(placeholder, bind=bind)
            if stored is None or not stored.workflow.nodes:
                raise
            if bind or self._key_in_view == key_before:
                self._show_without_file(placeholder, stored, problem)
            return
        schema = self._draft_editor.state.schema
        workflow, report = await asyncio.to_thread(_workflow_of, found, schema, path)
        placeholder, stored = await self._with_stored(placeholder, bind=bind)
        if not bind and self._key_in_view != key_before:
            # Another draft, requested later, is already in view.
            return
        source = replace(placeholder.source, content=content)
        draft = replace(placeholder, source=source, workflow=workflow)
        self._converted_files.pop(draft.key, None)
        if isinstance(found, EditorWorkflow):
            self._converted_files[draft.key] = _ConvertedFile(found, schema, stored)
            for old in list(self._converted_files)[:-_MAX_CONVERTED_FILES]:
                del self._converted_files[old]
        self._draft_editor.open_draft(draft, stored, report)
        shown_report = report or workflow.conversion_report
        # If the earlier draft was kept, the file is only offered to the user, and its report is not
        # shown yet.
        if shown_report is not None and self._draft_editor.state.conversion_report == shown_report:
            self._notify_converted(source.name, shown_report)

    @property
    def _key_in_view(self) -> str:
        draft = self._draft_editor.state.draft
        return "" if draft is None else draft.key

    async def _with_stored(self, placeholder: Draft, *, bind: bool) -> tuple[Draft, Draft | None]:
        """Returns the placeholder with the known fields of the draft, and the stored draft.

        If a further draft of the file cannot be read, the first one is used.
        """
        stored = await self._draft_store.load(placeholder.key)
        if (
            stored is None
            and placeholder.draft_id
            and placeholder.key not in self._draft_editor.open_drafts
        ):
            placeholder = replace(placeholder, draft_id="", deployment_id="")
            stored = await self._draft_store.load(placeholder.key)
        in_use = self._draft_editor.state.deployment
        if bind and in_use is not None:
            placeholder = replace(placeholder, deployment_id=in_use.deployment_id)
        elif not bind and stored is not None and stored.source.is_file:
            placeholder = replace(
                stored, workflow=Workflow({}), changes={}, seed_modes={}, orphaned=()
            )
        return placeholder, stored

    def _show_without_file(self, placeholder: Draft, stored: Draft, problem: Problem) -> None:
        deployment_id = placeholder.deployment_id or stored.deployment_id
        self._converted_files.pop(stored.key, None)
        self._draft_editor.open_draft(replace(stored, deployment_id=deployment_id), stored)
        self._notices.post(
            Notice(
                NoticeLevel.WARNING,
                _("The file of this draft cannot be read: %s") % one_line(stored.source.name),
                _("The workflow kept beside the draft is used, with all your changes. %s")
                % problem.title,
                problem.technical,
                subject=_OPENING_SUBJECT,
            )
        )

    # Conversion with classes that arrived later, or with another deployment's classes

    def _on_editor_changed(self, state: EditorState) -> None:
        draft = state.draft
        converted_file = None if draft is None else self._converted_files.get(draft.key)
        if draft is None or converted_file is None or not _is_untouched(state):
            return
        if state.schema is not None and state.schema is not converted_file.schema:
            converted_file.schema = state.schema
            self._tasks.start("convert again", self._convert_again(draft.key, converted_file))

    async def _convert_again(self, key: str, converted_file: _ConvertedFile) -> None:
        schema = converted_file.schema
        converted = await asyncio.to_thread(_convert, converted_file.editor_workflow, schema)
        state = self._draft_editor.state
        current = state.draft
        if current is None or current.key != key or not _is_untouched(state):
            return
        # The file may have been opened again, or converted with other classes since.
        if (
            self._converted_files.get(key) is not converted_file
            or converted_file.schema is not schema
        ):
            return
        found = replace(
            current,
            workflow=converted.workflow,
            changes={},
            seed_modes={},
            dynamic_prompt_inputs=frozenset(),
            orphaned=(),
        )
        stored = converted_file.stored
        if stored is not None:
            # Fields that are not subject to undo may have changed; the current ones are kept.
            stored = replace(
                stored,
                deployment_id=current.deployment_id,
                title=current.title,
                preset=current.preset,
            )
        self._draft_editor.open_draft(found, stored, converted.report)
        if converted.report.remarks:
            self._notify_converted(current.source.name, converted.report)

    def _notify_converted(self, name: str, report: ConversionReport) -> None:
        title, detail = _report_texts(report)
        self._notices.post(
            Notice(
                NoticeLevel.INFO,
                title % one_line(name),
                detail,
                action_text=_("Read the report"),
                action=lambda: self._draft_editor.conversion_report_requested.publish(None),
                subject=CONVERSION,
            )
        )


def _report_texts(report: ConversionReport) -> tuple[str, str]:
    """Returns a title, with a placeholder for the name of the file, and a detail."""
    if not report.is_converted:
        count = report.skipped_count
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


def _is_untouched(state: EditorState) -> bool:
    """Returns True if the draft in view was not changed since it was opened."""
    runs_file = state.draft is not None and state.draft.runs_file
    return not (runs_file or state.file_difference or state.undo_text or state.redo_text)


def _workflow_of(
    found: Workflow | EditorWorkflow, schema: NodeSchema | None, path: Path
) -> tuple[Workflow, ConversionReport | None]:
    """Returns the workflow of a file, converted if it is in the editor's format. Raises Problem."""
    if not isinstance(found, EditorWorkflow):
        return found, None
    try:
        converted = _convert(found, schema)
    except Problem as problem:
        raise _with_file_name(path, problem) from None
    return converted.workflow, converted.report


def _convert(editor_workflow: EditorWorkflow, schema: NodeSchema | None) -> ConversionResult:
    """Converts a workflow; the largest takes a second. Raises Problem if it cannot run."""
    converted = convert(editor_workflow.ui, None if schema is None else schema.classes)
    workflow = converted.workflow
    if converted.report.is_truncated:
        inputs = sum(len(node.inputs) for node in workflow.nodes.values())
        raise too_many_nodes_problem(len(workflow.nodes) + 1, inputs)
    if not workflow.nodes:
        raise Problem(
            _("This workflow has no node that could be run."),
            _("All that it holds are notes and nodes which are muted or bypassed."),
            _("Open it in ComfyUI, switch the nodes on that are needed, and save it again."),
        )
    return converted


def _normalized_path(path: str) -> str:
    """Returns a path in a unique spelling, which identifies drafts and recent files."""
    return os.path.normpath(Path(path).absolute())


def _read(path: Path) -> tuple[Workflow | EditorWorkflow, str]:
    """Returns the workflow in a file and a hash of its content.

    Does blocking disk I/O. Raises Problem.
    """
    file, size_bytes = open_file(path)
    with file:
        try:
            head = file.read(_HEAD_BYTES)
            if is_picture(head):
                texts = embedded_texts(lambda at, length: _read_chunk(file, at, length))
                data = repr(texts).encode("utf-8", "surrogatepass")
                return parse_image_workflow(texts), _hash(data)
            if size_bytes > MAX_BYTES:
                raise too_large_problem(size_bytes)
            # One byte more than allowed, in case the file has grown since its size was read.
            data = head + file.read(MAX_BYTES + 1)
            return parse_workflow_file(data), _hash(data)
        except OSError as error:
            raise read_problem(path.name, error) from None
        except Problem as problem:
            raise _with_file_name(path, problem) from None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read_chunk(file: IO[bytes], offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


def _with_file_name(path: Path, problem: Problem) -> Problem:
    """Prefixes the problem's detail with the file name, as several files may have been dropped."""
    name = _("The file is %s.") % one_line(path.name)
    return Problem(
        problem.title,
        " ".join(part for part in (name, problem.detail) if part),
        problem.advice,
        technical=problem.technical,
    )
