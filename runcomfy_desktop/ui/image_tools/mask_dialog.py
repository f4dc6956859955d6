"""Dialog that paints a mask on a picture, for inputs whose nodes take the mask from the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPalette

from runcomfy_desktop.domain.media.image_shrink import ImageFormat, shrunk_name
from runcomfy_desktop.domain.media.masks import MaskChannel
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line, pixel_size
from runcomfy_desktop.ui.image_tools.image_codec import (
    INVERTED_TABLE,
    ImageTrait,
    OriginalImage,
    encode_image,
    map_bytes,
    merge_alpha,
    read_original,
    scaled_alpha,
    unreadable_original,
)
from runcomfy_desktop.ui.image_tools.mask_canvas import MaskCanvas
from runcomfy_desktop.ui.image_tools.mask_layer import MaskLayer, mask_size
from runcomfy_desktop.ui.image_tools.mask_tools import MaskTools
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.layouts import column, row
from runcomfy_desktop.ui.widgets.thin_progress import thin_progress

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QRect
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks

_SIZE = (230 * STEP, 180 * STEP)
_ALPHA8 = QImage.Format.Format_Alpha8
_GREY = QImage.Format.Format_Grayscale8


@dataclass(frozen=True, slots=True)
class MaskedImage:
    """A picture and its existing mask, which is None if there is none."""

    original: OriginalImage
    mask: QImage | None = None


def read_masked_image(source: Path | bytes, channel: MaskChannel) -> MaskedImage:
    """Reads a picture and the mask in one of its channels.

    Alpha is inverted: transparent parts are masked.
    """
    original = read_original(source)
    if original.error:
        return MaskedImage(original)
    mask = _existing_mask(original, channel)
    if mask is not None:
        mask = scaled_alpha(mask, mask_size(original.colours.size()))
        if channel.is_transparency:
            mask = map_bytes(mask, INVERTED_TABLE)
    return MaskedImage(original, mask)


def write_mask(original: OriginalImage, mask: QImage, channel: MaskChannel) -> bytes:
    """Returns the picture with the mask as a PNG file, in the form that ComfyUI reads.

    In the alpha channel, painted parts become transparent. The colours beneath them are kept, as
    they are still part of the picture. For a colour channel, the result is white where it is
    painted and black elsewhere, in all three channels.
    """
    full_size_mask = scaled_alpha(mask, original.colours.size())
    if channel.is_transparency:
        return encode_image(
            merge_alpha(original.colours, full_size_mask, INVERTED_TABLE), ImageFormat.PNG
        )
    grey = full_size_mask.copy()
    grey.reinterpretAsFormat(_GREY)
    return encode_image(grey, ImageFormat.PNG)


def _existing_mask(original: OriginalImage, channel: MaskChannel) -> QImage | None:
    """Returns the channel that holds the mask; None if there is none."""
    if channel.is_transparency:
        return original.alpha
    if not original.levels[-1].allGray():
        # A coloured picture is not meant as a mask.
        return None
    mask = original.colours.convertToFormat(_GREY)
    mask.reinterpretAsFormat(_ALPHA8)
    return mask


class MaskDialog(Dialog):
    """Dialog for painting a mask; shown with open().

    Emits `chosen` with the bytes of the masked picture, and its name. The dialog stays open until
    `finish` reports whether the bytes were stored.
    """

    chosen = Signal(bytes, str)

    def __init__(
        self,
        media: MediaFile,
        channel: MaskChannel,
        background_tasks: BackgroundTasks,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._media = media
        self._channel = channel
        self._background_tasks = background_tasks
        self._task_id = -1
        self._masked_image: MaskedImage | None = None
        self._layer: MaskLayer | None = None
        self._may_discard = False
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setObjectName("mask_painter")
        self.setWindowTitle(_("Mask of %s") % one_line(self._media.name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.expand_to(*_SIZE)
        self._tools = MaskTools(self)
        self._canvas = MaskCanvas(self)
        self._tools.bind_keys(self, self._canvas.paint_dot)
        self._progress = thin_progress("mask_progress", _("Reading the picture"), self)
        self._info_label = muted_label(self._channel_text(), "mask_words", self, wrap=True)
        self._cancel_button = text_button(_("Cancel"), "mask_cancel", self)
        self._use_button = text_button(_("Use mask"), "mask_use", self, primary=True)
        self._use_button.setDefault(True)
        column(
            self._tools,
            (self._canvas, 1),
            self._progress,
            row((self._info_label, 1), self._cancel_button, self._use_button),
            owner=self,
            margins=(5 * STEP, 4 * STEP, 5 * STEP, 5 * STEP),
        )

    def _connect(self) -> None:
        self._tools.brush_changed.connect(self._on_tools_brush_changed)
        self._tools.invert_requested.connect(self._on_tools_invert_requested)
        self._tools.clear_requested.connect(self._on_tools_clear_requested)
        self._tools.fill_requested.connect(self._on_tools_fill_requested)
        self._tools.undo_requested.connect(self._on_tools_undo_requested)
        self._tools.redo_requested.connect(self._on_tools_redo_requested)
        self._tools.fit_requested.connect(self._canvas.fit)
        self._canvas.painted.connect(self._show_undo)
        self._cancel_button.clicked.connect(self.reject)
        self._use_button.clicked.connect(self._on_use_clicked)
        self.finished.connect(self._on_finished)

    def start(self, path: Path) -> None:
        """Starts reading the picture at `path` and its existing mask."""
        self._canvas.show_message(_("Reading the picture…"))
        self._set_busy(_("Reading the picture"))
        self._task_id = self._background_tasks.run(
            partial(read_masked_image, path, self._channel),
            self._on_read,
            lambda: self._on_read(MaskedImage(unreadable_original())),
        )

    def _set_busy(self, activity: str) -> None:
        """Disables painting while a picture is read or written; "" enables it again."""
        self._progress.setAccessibleName(activity)
        self._progress.setVisible(bool(activity))
        self._set_blocker(_("%s. Wait a moment.") % activity if activity else "")

    def _set_blocker(self, blocker: str) -> None:
        """Disables the controls, with the reason as their description; "" enables them."""
        self._tools.set_blocker(blocker)
        self._canvas.setEnabled(not blocker)
        self._use_button.setEnabled(not blocker)
        self._use_button.setAccessibleDescription(blocker)

    def _on_read(self, masked_image: MaskedImage) -> None:
        self._set_busy("")
        original = masked_image.original
        if original.error:
            self._set_blocker(original.error)
            self._canvas.show_message(original.error)
            announce(self, original.error, urgent=True)
            return
        size = original.colours.size()
        self._masked_image = masked_image
        self._layer = MaskLayer(mask_size(size), masked_image.mask)
        self._canvas.show_picture(original.levels, self._layer)
        self._tools.set_initial_size(max(size.width(), size.height()))
        self._on_tools_brush_changed()
        self._show_undo()
        self._show_info()
        self._canvas.setFocus()

    # Tools

    def _on_tools_brush_changed(self) -> None:
        tools = self._tools
        self._canvas.set_brush(tools.tool, tools.brush_size, is_soft=tools.is_soft)

    def _on_tools_invert_requested(self) -> None:
        self._show_changed(None if self._layer is None else self._layer.invert())

    def _on_tools_clear_requested(self) -> None:
        self._show_changed(None if self._layer is None else self._layer.clear())

    def _on_tools_fill_requested(self) -> None:
        self._show_changed(None if self._layer is None else self._layer.fill())

    def _on_tools_undo_requested(self) -> None:
        self._show_changed(None if self._layer is None else self._layer.undo())

    def _on_tools_redo_requested(self) -> None:
        self._show_changed(None if self._layer is None else self._layer.redo())

    def _show_changed(self, part: QRect | None) -> None:
        if part is not None:
            self._canvas.show_changed(part)

    def _show_undo(self) -> None:
        if self._layer is not None:
            self._tools.show_undo(can_undo=self._layer.can_undo, can_redo=self._layer.can_redo)

    # Result

    def _on_use_clicked(self) -> None:
        if self._masked_image is None or self._layer is None:
            return
        self._layer.end_stroke()
        self._show_info()
        self._set_busy(_("Writing the picture with its mask"))
        work = partial(write_mask, self._masked_image.original, self._layer.image, self._channel)
        self._task_id = self._background_tasks.run(
            work, self._on_written, lambda: self._on_written(b"")
        )

    def _on_written(self, data: bytes) -> None:
        if data:
            self.chosen.emit(data, shrunk_name(self._media.name, ImageFormat.PNG))
        else:
            self.finish(_("The picture could not be written: there is not enough memory for it."))

    def finish(self, error: str) -> None:
        """Closes the dialog, or shows `error` and keeps the painted mask."""
        self._set_busy("")
        if not error:
            self.accept()
            return
        self._info_label.setForegroundRole(QPalette.ColorRole.BrightText)
        self._info_label.setText(error)
        announce(self, error, urgent=True)
        self._use_button.setFocus()

    def reject(self) -> None:
        if self._layer is None or not self._layer.is_changed or self._may_discard:
            super().reject()
            return
        ask_confirmation(
            self,
            "mask_discard",
            title=_("Discard the mask?"),
            text=_("What was painted is lost. The picture stays as it is."),
            button_text=_("Discard"),
            decline_text=_("Keep painting"),
            on_yes=self._on_discard_confirmed,
        )

    def _on_discard_confirmed(self) -> None:
        self._may_discard = True
        self.reject()

    def _on_finished(self) -> None:
        self._background_tasks.discard(self._task_id)
        # A closed dialog is deleted with a delay: half a gigabyte is released now.
        self._canvas.show_message("")
        self._masked_image = self._layer = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Keys that the focused button does not use go to the canvas.
        if not self._canvas.isEnabled() or not self._canvas.handle_key(event):
            super().keyPressEvent(event)

    # Texts

    def _show_info(self) -> None:
        self._info_label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._info_label.setText(
            " ".join((self._channel_text(), *self._loss_texts(), _usage_text()))
        )

    def _channel_text(self) -> str:
        if self._channel.is_transparency:
            return _("What is painted is masked: it becomes transparent, its colours stay beneath.")
        channel = {
            MaskChannel.RED: _("red"),
            MaskChannel.GREEN: _("green"),
            MaskChannel.BLUE: _("blue"),
        }[self._channel]
        text = _("The node reads the %s of it: painted becomes white, everything else black.")
        return text % channel

    def _loss_texts(self) -> list[str]:
        assert self._masked_image is not None
        original = self._masked_image.original
        texts = []
        if ImageTrait.ANIMATED in original.traits:
            texts.append(_("Of its frames only the first one is kept."))
        if ImageTrait.REDUCED in original.traits:
            size = original.colours.size()
            text = _("It is too large to be painted on at its own size; it becomes %s.")
            texts.append(text % pixel_size(size.width(), size.height()))
        return texts


def _usage_text() -> str:
    return _(
        "Shift and a click draw a line; Space drags, the wheel zooms, 0 fits. "
        "Arrows move the brush, with Shift they paint; P paints a dot."
    )
