"""Turns dropped, pasted or chosen data into a media input's value as one undo step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.core.editor.draft_editor import DraftTarget
from runcomfy_desktop.domain.drafts.dynamic_inputs import active_names, active_spec
from runcomfy_desktop.domain.media.media import MediaFile, address_error
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.base.local_files import local_files
from runcomfy_desktop.ui.images.picture_loader import bytes_of_data_uri, can_decode, png_bytes
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.media_fields import mime_candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QImage

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.media.media_store import MediaStore
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.media_fields.mime_candidates import MimeCandidates


class MediaSource(Enum):
    """User action that a file comes from; it names the undo step."""

    DROP = "drop"
    PASTE = "paste"
    CHOOSE = "choose"
    RELOAD = "again"
    """The current version of the original file."""

    def label(self, name: str) -> str:
        text = {
            MediaSource.DROP: _("Drop %s"),
            MediaSource.PASTE: _("Paste %s"),
            MediaSource.CHOOSE: _("Choose %s"),
            MediaSource.RELOAD: _("Take the new %s"),
        }[self]
        return text % one_line(name)


@dataclass(frozen=True, slots=True)
class MediaTarget:
    """An input with its draft, which was in view when the operation began."""

    key: InputKey
    draft_target: DraftTarget

    @property
    def exists(self) -> bool:
        """True if the node has the input now; inputs added by a choice in the draft count."""
        draft = self.draft_target.draft
        node = None if draft is None else draft.workflow.nodes.get(self.key.node_id)
        if draft is None or node is None:
            return False
        return self.key.name in active_names(node, draft, self.draft_target.schema)

    def has_value(self, value: Value) -> bool:
        """Reports whether the input already has this value."""
        draft = self.draft_target.draft
        return draft is not None and self.exists and draft.value(self.key) == value

    @property
    def kind(self) -> InputKind:
        """Kind of the input."""
        draft = self.draft_target.draft
        if draft is None or self.key.node_id not in draft.workflow.nodes:
            return InputKind.OTHER
        return active_spec(self.key, draft, self.draft_target.schema).kind


class MediaDrop(QObject):
    """Stores files in the media store and sets them as values in their draft, in view or not.

    Emits `message_sent` with a message for the user, `import_started` with an input of the draft in
    view and the ticket of its operation in the media store, and `files_received` when more than one
    file was given for an input.
    """

    message_sent = Signal(str)
    import_started = Signal(object, str)
    files_received = Signal(object, object, object)  # a key, paths, a MediaSource

    def __init__(
        self,
        scope: SessionScope,
        draft_editor: DraftEditor,
        media_store: MediaStore,
        tasks: BackgroundTasks,
    ) -> None:
        super().__init__(scope)
        self._draft_editor = draft_editor
        self._media_store = media_store
        self._tasks = tasks

    def import_data(self, data: QMimeData, key: InputKey, source: MediaSource) -> None:
        """Sets the input to the best candidate in `data`, now or once it has been stored."""
        candidates, target = mime_candidates.read_candidates(data), self.target(key)
        if candidates.files:
            self.import_files(candidates.files, target, source)
        elif candidates.image is not None:
            self._import_image(candidates.image, candidates.name, target, source)
        elif candidates.raw_bytes:
            self._import_bytes(candidates.raw_bytes, candidates, target, source)
        elif texts.is_data_address(candidates.address):
            self._import_bytes(
                bytes_of_data_uri(candidates.address) or b"", candidates, target, source
            )
        elif candidates.address:
            self._import_address(candidates.address, target, source)
        elif source is MediaSource.PASTE:
            self.message_sent.emit(_("The clipboard holds no file and no web address."))
        else:
            self.message_sent.emit(_("What was dropped is no file and no web address."))

    def target(self, key: InputKey) -> MediaTarget:
        """Returns an input of the draft in view as the target of a slow operation."""
        return MediaTarget(key, DraftTarget(self._draft_editor))

    def import_files(self, paths: Sequence[str], target: MediaTarget, source: MediaSource) -> None:
        """Sets the input to a single file; of several files, the user chooses."""
        if len(paths) == 1:
            self.import_file(paths[0], target, source)
        elif paths and target.draft_target.is_in_view:
            self.files_received.emit(target.key, tuple(paths), source)
        elif paths:
            self.message_sent.emit(
                _(
                    "What becomes of several files is asked in their own draft, which is not in "
                    "view. Choose them there again."
                )
            )

    def import_file(self, path: str, target: MediaTarget, source: MediaSource) -> None:
        ticket = self._media_store.add_file(
            path, self._store_callback(target, source.label), target.kind
        )
        if target.draft_target.is_in_view:
            self.import_started.emit(target.key, ticket)

    def import_generated(
        self,
        data: bytes,
        name: str,
        target: MediaTarget,
        label: str,
        on_finished: Callable[[str], object],
    ) -> Callable[[], None]:
        """Stores a result of an image tool and sets it as an input's value.

        `label` names the undo step. `on_finished` gets the error, or "" once the input has the
        file. Returns a function that cancels the operation until then.
        """

        def on_stored(media: MediaFile) -> None:
            on_finished(self._apply_value(media, media.name, target, label))

        def on_failed(problem: Problem) -> None:
            on_finished(problem.sentence())

        ticket = self._media_store.add_bytes(data, name, on_stored, target.kind, on_failed)
        return lambda: self._media_store.cancel(ticket)

    def reload(self, key: InputKey) -> None:
        """Imports the original of a kept file again."""
        draft = self._draft_editor.state.draft
        value = None if draft is None else draft.value(key)
        if isinstance(value, MediaFile) and value.path:
            self.import_file(value.path, self.target(key), MediaSource.RELOAD)

    def use_address(self, address: str, target: MediaTarget) -> None:
        """Sets an input to a typed address, which has been checked already."""
        label = _("Use an address for %s") % one_line(target.key.name)
        self._set_value(address, texts.media_name(address), target, label)

    def _import_image(
        self, image: QImage, name: str, target: MediaTarget, source: MediaSource
    ) -> None:
        # Encoded by the media store, so that the store knows about the pending file from the start.
        callback = self._store_callback(target, source.label)
        self._media_store.add_bytes(
            lambda: png_bytes(image), _png_name(name, source), callback, target.kind
        )

    def _import_bytes(
        self, data: bytes, candidates: MimeCandidates, target: MediaTarget, source: MediaSource
    ) -> None:
        is_embedded = texts.is_data_address(candidates.address)
        callback = self._store_callback(target, source.label)

        def on_checked(is_picture: bool) -> None:
            if is_picture or (is_embedded and target.kind is not InputKind.IMAGE):
                name = candidates.name or _default_name(source)
                self._media_store.add_bytes(data, name, callback, target.kind)
            elif texts.is_address(candidates.address):
                self._import_address(candidates.address, target, source)
            else:
                self.message_sent.emit(_("What was dropped could not be read as a picture."))

        self._tasks.run(lambda: can_decode(data), on_checked, lambda: on_checked(False))

    def _import_address(self, address: str, target: MediaTarget, source: MediaSource) -> None:
        name = texts.media_name(address)
        error = address_error(address)
        if error:
            self.message_sent.emit(error)
        else:
            self._set_value(address, name, target, source.label(name))

    def _store_callback(
        self, target: MediaTarget, label: Callable[[str], str]
    ) -> Callable[[MediaFile], object]:
        """Returns a callback that sets a stored file as the value in its draft."""

        def on_stored(media: MediaFile) -> None:
            self._set_value(media, media.name, target, label(media.name))

        return on_stored

    def _set_value(self, value: Value, name: str, target: MediaTarget, label: str) -> None:
        error = self._apply_value(value, name, target, label)
        if error:
            self.message_sent.emit(error)

    def _apply_value(self, value: Value, name: str, target: MediaTarget, label: str) -> str:
        """Sets the input's value and returns "", or returns the error and changes nothing.

        Sends a message if the draft is not in view.
        """
        draft = target.draft_target.draft
        if draft is None or not target.exists:
            text = _("%s was not used: the draft that it is for has no such input any more.")
            return text % one_line(name)
        target.draft_target.edit({target.key: value}, label)
        if not target.draft_target.is_in_view:
            text = _("%s is in the draft “%s” now, which is not in view.")
            self.message_sent.emit(
                text % (one_line(name), one_line(draft.title or draft.source.name))
            )
        return ""

    def report_ignored_files(self, data: QMimeData, workflow_path: str) -> None:
        """Reports that files dropped together with a workflow were ignored."""
        count = len(local_files(data))
        if count > 1:
            text = n_(
                "%d file was dropped; %s was opened as the workflow, the others were left.",
                "%d files were dropped; %s was opened as the workflow, the others were left.",
                count,
            )
            self.message_sent.emit(
                text % (count, one_line(mime_candidates.file_name(workflow_path)))
            )


def _default_name(source: MediaSource) -> str:
    return _("Pasted picture") if source is MediaSource.PASTE else _("Dropped picture")


def _png_name(name: str, source: MediaSource) -> str:
    """Returns a picture's name with the suffix of PNG, as which it is encoded."""
    stem = name.rpartition(".")[0] or name
    return f"{stem or _default_name(source)}.png"
