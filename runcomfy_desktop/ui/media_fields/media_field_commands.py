"""Carries out the requests of media fields: browse, paste, enter an address, answer a prompt."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.media_fields.media_drop import MediaSource, MediaTarget

if TYPE_CHECKING:
    from runcomfy_desktop.core.editor.draft_editor import DraftTarget
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.media_fields.media_drop import MediaDrop
    from runcomfy_desktop.ui.media_fields.media_field_layer import MediaFieldLayer

_PICTURES = "*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff"
_VIDEOS = "*.mp4 *.m4v *.webm *.mov *.mkv *.avi *.gif"
_SOUNDS = "*.mp3 *.wav *.flac *.ogg *.oga *.opus *.m4a"


class MediaFieldCommands(QObject):
    """Commands of the media fields of one tree."""

    def __init__(
        self, scope: SessionScope, media_drop: MediaDrop, media_fields: MediaFieldLayer
    ) -> None:
        super().__init__(scope)
        self._dialog_parent = scope.dialog_parent
        self._media_drop = media_drop
        self._last_folder = ""
        media_fields.paste_requested.connect(self.paste)
        media_fields.browse_requested.connect(self.browse)
        media_fields.address_entered.connect(self._on_address_entered)
        media_fields.reload_requested.connect(self._on_reload_requested)

    def paste(self, key: InputKey) -> None:
        data = QGuiApplication.clipboard().mimeData()
        self._media_drop.import_data(data, key, MediaSource.PASTE)

    def browse(self, key: InputKey) -> None:
        """Opens a file dialog; if several files are chosen, the user decides about their use."""
        target = self._media_drop.target(key)
        title, filters = _dialog_texts(target.kind)
        dialog = QFileDialog(self._dialog_parent, title % one_line(key.name))
        dialog.setObjectName("browse_picture")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([*filters, _("All files") + " (*)"])
        if self._last_folder:
            dialog.setDirectory(self._last_folder)
        dialog.filesSelected.connect(lambda paths: self._on_files_chosen(paths, target))
        dialog.open()

    def _on_files_chosen(self, paths: list[str], target: MediaTarget) -> None:
        if paths:
            self._last_folder = str(PurePath(paths[0]).parent)
            self._media_drop.import_files(paths, target, MediaSource.CHOOSE)

    def _on_address_entered(self, key: InputKey, draft_target: DraftTarget, address: str) -> None:
        target = MediaTarget(key, draft_target)
        # An unchanged address causes neither an undo step nor a message.
        if not target.has_value(address):
            self._media_drop.use_address(address, target)

    def _on_reload_requested(self, key: InputKey) -> None:
        self._media_drop.reload(key)


def _dialog_texts(kind: InputKind) -> tuple[str, list[str]]:
    """Returns the title and the name filters of the file dialog."""
    if kind is InputKind.IMAGE:
        return _("Choose a picture for %s"), [_("Pictures") + f" ({_PICTURES})"]
    if kind is InputKind.VIDEO:
        return _("Choose a video for %s"), [_("Videos") + f" ({_VIDEOS})"]
    if kind is InputKind.AUDIO:
        return _("Choose a sound file for %s"), [_("Sounds and videos") + f" ({_SOUNDS} {_VIDEOS})"]
    return _("Choose a file for %s"), []
