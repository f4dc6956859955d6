"""Controller of the image tools: opens the mask and shrink dialogs and applies their results."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.media.masks import CHANNEL, MaskInputs, mask_channel
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_types import MediaFamily
from runcomfy_desktop.domain.schema.schema import input_spec
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.image_tools.size_choice import large_file_hint, size_menu
from runcomfy_desktop.ui.media_fields.media_thumb import LargeFileHint

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QDialog, QMenu, QWidget

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.domain.media.masks import MaskChannel
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.image_tools.mask_dialog import MaskDialog
    from runcomfy_desktop.ui.image_tools.shrink_dialog import ShrinkDialog
    from runcomfy_desktop.ui.input_tree.inputs_model import InputRow
    from runcomfy_desktop.ui.media_fields.media_drop import MediaDrop, MediaTarget


class ImageToolsController(QObject):
    """Opens the mask and shrink dialogs and applies their results; tools of the media fields."""

    def __init__(
        self, scope: SessionScope, draft_editor: DraftEditor, media_drop: MediaDrop, folder: Path
    ) -> None:
        super().__init__(scope)
        self._draft_editor = draft_editor
        self._media_drop = media_drop
        self._folder = folder
        self._dialog_parent = scope.dialog_parent
        self._background_tasks = BackgroundTasks(self)
        self._mask_inputs = cache_last(MaskInputs)
        self._open_dialogs: list[QDialog] = []

    def add_to_menu(self, menu: QMenu, row: InputRow) -> None:
        """Adds the entries for an input whose value is a local picture."""
        if not row.is_local_picture:
            return
        shrink = menu.addAction(_("Shrink…"), lambda: self.shrink(row.key))
        shrink.setObjectName("shrink_picture")
        if self.accepts_mask(row.key):
            mask = menu.addAction(_("Paint a mask…"), lambda: self.paint_mask(row.key))
            mask.setObjectName("paint_mask")

    def shrink(self, key: InputKey) -> None:
        media = self._media(key)
        if media is None:
            return
        # Imported late: not needed until a picture is edited.
        from runcomfy_desktop.ui.image_tools.shrink_dialog import ShrinkDialog

        channel = self._channel_of(key)
        dialog = ShrinkDialog(media, self._background_tasks, self._dialog_parent, channel=channel)
        label = _("Shrink %s") % one_line(media.name)
        dialog.chosen.connect(
            partial(self._store_result, dialog, self._media_drop.target(key), label)
        )
        self._open_dialog(dialog)
        dialog.start(self._folder / media.stored_name)

    def accepts_mask(self, key: InputKey) -> bool:
        """Reports whether a mask can be painted on the input's picture."""
        media = self._media(key)
        is_picture = media is not None and media.family is MediaFamily.IMAGE
        return is_picture and self._channel_of(key) is not None

    def large_file_hint(self, row: InputRow) -> LargeFileHint:
        """Returns the hint about an input's large file; an empty one for a file of usual size."""
        file, chosen = row.value, self._draft_editor.state.large_pictures
        if not isinstance(file, MediaFile) or not file.is_above_inline_limit:
            return LargeFileHint()
        return large_file_hint(
            file,
            chosen,
            is_picture=row.is_local_picture,
            has_mask=self._channel_of(row.key) is not None,
        )

    def choose_size(self, key: InputKey, button: QWidget) -> None:
        """Opens a menu below `button` in which the user chooses how large pictures are sent."""
        draft_editor = self._draft_editor
        chosen = draft_editor.state.large_pictures
        set_large_pictures = draft_editor.large_pictures_requested.publish
        menu = size_menu(button, chosen, set_large_pictures, lambda: self.shrink(key))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def paint_mask(self, key: InputKey) -> None:
        from runcomfy_desktop.ui.image_tools.mask_dialog import MaskDialog

        media, channel = self._media(key), self._channel_of(key)
        if media is None or channel is None:
            return
        dialog = MaskDialog(media, channel, self._background_tasks, self._dialog_parent)
        label = _("Paint a mask on %s") % one_line(media.name)
        dialog.chosen.connect(
            partial(self._store_result, dialog, self._media_drop.target(key), label)
        )
        self._open_dialog(dialog)
        dialog.start(self._folder / media.stored_name)

    def _open_dialog(self, dialog: QDialog) -> None:
        self._open_dialogs.append(dialog)
        dialog.finished.connect(partial(self._on_dialog_finished, dialog))
        dialog.open()

    def _on_dialog_finished(self, dialog: QDialog, _result: int) -> None:
        self._open_dialogs.remove(dialog)

    def _channel_of(self, key: InputKey) -> MaskChannel | None:
        """Returns the channel in which an input's mask is expected; None if it takes no mask.

        Queried for each row that comes into view.
        """
        state = self._draft_editor.state
        draft = state.draft
        node = None if draft is None else draft.workflow.nodes.get(key.node_id)
        if draft is None or node is None:
            return None
        spec = input_spec(state.schema, node, key.name)
        if not self._mask_inputs(draft.workflow).takes_mask(node, key.name, spec):
            return None
        return mask_channel(node, draft.value(InputKey(key.node_id, CHANNEL)))

    def _media(self, key: InputKey) -> MediaFile | None:
        draft = self._draft_editor.state.draft
        value = None if draft is None else draft.value(key)
        return value if isinstance(value, MediaFile) else None

    def _store_result(
        self,
        dialog: MaskDialog | ShrinkDialog,
        target: MediaTarget,
        label: str,
        data: bytes,
        name: str,
    ) -> None:
        """Stores a dialog's result; the dialog stays open until the result is on disk."""

        def on_stored(error: str) -> None:
            if dialog in self._open_dialogs:
                dialog.finish(error)

        cancel_import = self._media_drop.import_generated(data, name, target, label, on_stored)
        dialog.rejected.connect(cancel_import)
