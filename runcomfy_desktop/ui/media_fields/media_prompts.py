"""Inline prompts for several files, and progress while files are examined or copied."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.core.media.media_refusals import MediaRefusalReason
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.media_fields.inline_prompt import CANCEL, InlinePrompt, PromptAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.core.media.media_store import CopyProgress, MediaStore, MediaSurvey
    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.media_fields.media_drop import MediaDrop, MediaSource
    from runcomfy_desktop.ui.media_fields.media_field_layer import MediaFieldLayer

_STOP, _RUN_EACH, _USE_FIRST = "stop", "each", "first"


def survey_text(survey: MediaSurvey, setting: LargePictures) -> str:
    """Returns the text of the prompt that asks how to use several files dropped on one input.

    It counts the files that cannot be used, with the reasons, and the large files. If there are
    none, it says that the input takes one file at a time. `setting` determines how large files of
    this kind are sent.
    """
    parts = [_refused_text(survey)] if survey.refused or survey.unchecked else []
    if survey.large:
        parts.append(_large_files_text(survey.large, setting) % survey.large)
    return " ".join(parts) or _("This input takes one file at a time.")


def _large_files_text(count: int, setting: LargePictures) -> str:
    if setting is LargePictures.SHRINK:
        return n_(
            "%d is above the recommended size; it is shrunk when it is sent.",
            "%d are above the recommended size; they are shrunk when they are sent.",
            count,
        )
    if setting is LargePictures.ASK:
        return n_(
            "%d is above the recommended size; Run asks how to send it.",
            "%d are above the recommended size; Run asks how to send them.",
            count,
        )
    if setting is LargePictures.ADDRESS:
        return n_(
            "%d is above the recommended size; your settings want an address for it.",
            "%d are above the recommended size; your settings want addresses for them.",
            count,
        )
    return n_(
        "%d is above the size that is recommended for sending inline; it is sent all the same.",
        "%d are above the size that is recommended for sending inline; they are sent all the same.",
        count,
    )


def _refused_text(survey: MediaSurvey) -> str:
    """Returns text such as `3 of 12 files cannot be used: 2 are empty, 1 is a folder`."""
    refused = sum(survey.refused.values())
    total = len(survey.usable) + refused + survey.unchecked
    counts = [_reason_text(reason, count) for reason, count in survey.refused.items()]
    if survey.unchecked:
        text = n_("%d is too much at once", "%d are too many at once", survey.unchecked)
        counts.append(text % survey.unchecked)
    text = n_("%d of %d files cannot be used: %s.", "%d of %d files cannot be used: %s.", refused)
    return text % (refused + survey.unchecked, total, ", ".join(counts))


def _reason_text(reason: MediaRefusalReason, count: int) -> str:
    text = {
        MediaRefusalReason.OTHER_KIND: n_("%d is of another kind", "%d are of another kind", count),
        MediaRefusalReason.EMPTY: n_("%d is empty", "%d are empty", count),
        MediaRefusalReason.DAMAGED: n_("%d is damaged", "%d are damaged", count),
        MediaRefusalReason.TOO_LARGE: n_("%d is too large", "%d are too large", count),
        MediaRefusalReason.FOLDER: n_("%d is a folder", "%d are folders", count),
        MediaRefusalReason.UNREADABLE: n_("%d cannot be read", "%d cannot be read", count),
    }[reason]
    return text % count


@dataclass(frozen=True, slots=True)
class _PendingChoice:
    """Several files for one input, with the result of examining them."""

    source: MediaSource
    survey: MediaSurvey


class MediaPrompts(QObject):
    """Shows prompts in the media fields of all `layers`.

    Emits `message_sent` with a message for the user, and `runs_requested` with the values of each
    run, the batch's name and a name for each run.
    """

    message_sent = Signal(str)
    runs_requested = Signal(object, str, object)

    def __init__(
        self,
        scope: SessionScope,
        layers: Sequence[MediaFieldLayer],
        media_drop: MediaDrop,
        media_store: MediaStore,
        draft_editor: DraftEditor,
    ) -> None:
        super().__init__(scope)
        self._layers = layers
        self._media_drop = media_drop
        self._media_store = media_store
        self._draft_editor = draft_editor
        self._draft_key = ""
        self._tickets: dict[str, InputKey] = {}
        self._single_tickets: set[str] = set()
        self._pending_choices: dict[InputKey, _PendingChoice] = {}
        scope.subscribe(media_store.copy_progress, self._on_copy_progress)
        scope.subscribe(draft_editor.changed, self._on_draft_editor_changed)
        self._on_draft_editor_changed(draft_editor.state)
        media_drop.import_started.connect(self._on_import_started)
        media_drop.files_received.connect(self._on_files_received)
        for each in layers:
            each.answered.connect(self._on_answered)
        scope.call_on_close(self._cancel_all)

    # Prompts

    def _on_files_received(self, key: InputKey, paths: Sequence[str], source: MediaSource) -> None:
        self._cancel(key)
        kind = self._media_drop.target(key).kind
        ticket = self._media_store.survey(paths, kind, partial(self._on_surveyed, key, source))
        self._tickets[ticket] = key

    def _on_surveyed(self, key: InputKey, source: MediaSource, survey: MediaSurvey) -> None:
        usable = survey.usable
        if len(usable) > 1:
            self._pending_choices[key] = _PendingChoice(source, survey)
            count = len(usable)
            each_label = n_("%d run, one each", "%d runs, one each", count) % count
            answers = (
                PromptAnswer(_RUN_EACH, each_label, is_primary=True),
                PromptAnswer(_USE_FIRST, _("Use the first")),
                PromptAnswer(CANCEL, _("Cancel")),
            )
            is_picture = self._media_drop.target(key).kind is InputKind.IMAGE
            setting = self._draft_editor.state.large_pictures
            text = survey_text(survey, setting if is_picture else LargePictures.AS_IS)
            self._show(key, InlinePrompt(self._title(key, count), text, answers))
            return
        self.message_sent.emit(_refused_text(survey))
        if usable:
            self._media_drop.import_file(usable[0], self._media_drop.target(key), source)

    def _on_answered(self, key: InputKey, answer: str) -> None:
        if answer == _STOP:
            self._cancel(key)
            return
        pending = self._pending_choices.pop(key, None)
        self._show(key, None)
        if pending is None:
            return
        if answer == _USE_FIRST:
            self._media_drop.import_file(
                pending.survey.usable[0], self._media_drop.target(key), pending.source
            )
        elif answer == _RUN_EACH:
            usable, kind = pending.survey.usable, self._media_drop.target(key).kind
            on_stored = partial(self._on_stored, key, len(usable))
            self._tickets[self._media_store.add_files(usable, on_stored, kind)] = key

    def _on_stored(self, key: InputKey, wanted: int, files: list[MediaFile]) -> None:
        if len(files) < wanted:
            count = wanted - len(files)
            text = n_(
                "%d file could not be read to its end and was left out.",
                "%d files could not be read to their end and were left out.",
                count,
            )
            self.message_sent.emit(text % count)
        if files:
            variants = [{key: file} for file in files]
            names = [one_line(file.name) for file in files]
            self.runs_requested.emit(variants, self._title(key, len(files)), names)

    def _show(self, key: InputKey, prompt: InlinePrompt | None) -> None:
        """Shows a prompt in each of the input's media fields, as there may be several."""
        for each in self._layers:
            each.show_prompt(key, prompt)

    def _title(self, key: InputKey, count: int) -> str:
        text = n_("%d file for %s", "%d files for %s", count)
        return text % (count, one_line(key.name))

    # Progress

    def _on_import_started(self, key: InputKey, ticket: str) -> None:
        self._cancel(key)
        self._tickets[ticket] = key
        self._single_tickets.add(ticket)

    def _on_copy_progress(self, progress: CopyProgress) -> None:
        key = self._tickets.get(progress.operation_id)
        if key is None:
            return
        if progress.is_finished:
            del self._tickets[progress.operation_id]
            self._single_tickets.discard(progress.operation_id)
            if key not in self._pending_choices:
                self._show(key, None)
            return
        fraction = progress.done / progress.total if progress.total else 0.0
        text = _("Being copied… %d %%") % int(fraction * 100)
        title = one_line(progress.name) or _("Looking at the files…")
        self._show(key, InlinePrompt(title, text, (PromptAnswer(_STOP, _("Stop")),), fraction))

    def _on_draft_editor_changed(self, state: EditorState) -> None:
        """Cancels everything when another draft is shown, whose inputs may have equal keys."""
        key = "" if state.draft is None else state.draft.key
        if key != self._draft_key:
            self._draft_key = key
            self._cancel_all()

    def _cancel(self, key: InputKey) -> None:
        self._pending_choices.pop(key, None)
        for ticket in [each for each, ticket_key in self._tickets.items() if ticket_key == key]:
            del self._tickets[ticket]
            self._media_store.cancel(ticket)
        self._show(key, None)

    def _cancel_all(self) -> None:
        for ticket in self._single_tickets & self._tickets.keys():
            # A single copy continues: a message reports which draft received the file.
            self._show(self._tickets.pop(ticket), None)
        self._single_tickets.clear()
        for key in {*self._pending_choices, *self._tickets.values()}:
            self._cancel(key)
