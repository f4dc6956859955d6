"""Paints a mask on a picture, for inputs whose nodes take one together with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from runcomfy_desktop.domain.masks import MaskChannel
from runcomfy_desktop.domain.shrinking import PictureForm, small_name
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.dialogs.confirm import ask
from runcomfy_desktop.ui.formatting import one_line, pixels
from runcomfy_desktop.ui.media.encoding import Trait
from runcomfy_desktop.ui.media.mask_canvas import MaskCanvas
from runcomfy_desktop.ui.media.mask_files import Paintable, read_paintable, write_mask
from runcomfy_desktop.ui.media.mask_layer import MaskLayer, mask_size
from runcomfy_desktop.ui.media.mask_tools import MaskTools
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import muted_label
from runcomfy_desktop.ui.widgets.thin_progress import thin_progress

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QRect
    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.domain.media import MediaFile
    from runcomfy_desktop.ui.outputs.background import Background

_SIZE = (230 * STEP, 180 * STEP)


class MaskPainter(Dialog):
    """Shown by open(). Emits `chosen` with the bytes of the picture with its mask, and its name;
    it is open until it is told by `end` what became of them."""

    chosen = Signal(bytes, str)

    def __init__(
        self, media: MediaFile, channel: MaskChannel, background: Background, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._media = media
        self._channel = channel
        self._background = background
        self._ticket = -1
        self._paintable: Paintable | None = None
        self._layer: MaskLayer | None = None
        self._is_sure = False
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setObjectName("mask_painter")
        self.setWindowTitle(_("Mask of %s") % one_line(self._media.name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.take_room(*_SIZE)
        self._tools = MaskTools(self)
        self._canvas = MaskCanvas(self)
        self._tools.bind_keys(self, self._canvas.dab)
        self._progress = thin_progress("mask_progress", _("Reading the picture"), self)
        self._words = muted_label(self._what(), "mask_words", self, wrap=True)
        self._cancel = text_button(_("Cancel"), "mask_cancel", self)
        self._use = text_button(_("Use mask"), "mask_use", self, primary=True)
        self._use.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * STEP, 4 * STEP, 5 * STEP, 5 * STEP)
        column.setSpacing(2 * STEP)
        column.addWidget(self._tools)
        column.addWidget(self._canvas, 1)
        column.addWidget(self._progress)
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._words, 1)
        row.addWidget(self._cancel)
        row.addWidget(self._use)
        column.addLayout(row)

    def _connect(self) -> None:
        self._tools.brush_changed.connect(self._on_tools_brush_changed)
        self._tools.invert_wished.connect(self._on_tools_invert_wished)
        self._tools.clear_wished.connect(self._on_tools_clear_wished)
        self._tools.fill_wished.connect(self._on_tools_fill_wished)
        self._tools.undo_wished.connect(self._on_tools_undo_wished)
        self._tools.redo_wished.connect(self._on_tools_redo_wished)
        self._tools.fit_wished.connect(self._canvas.fit)
        self._canvas.painted.connect(self._show_undo)
        self._cancel.clicked.connect(self.reject)
        self._use.clicked.connect(self._on_use_clicked)
        self.finished.connect(self._on_finished)

    def start(self, path: Path) -> None:
        """Reads the picture at `path` and the mask that it has."""
        self._canvas.show_words(_("Reading the picture…"))
        self._wait(_("Reading the picture"))
        self._ticket = self._background.run(
            partial(read_paintable, path, self._channel), self._on_read
        )

    def _wait(self, what: str) -> None:
        """While something is read or written there is nothing to be painted."""
        self._progress.setAccessibleName(what)
        self._progress.setVisible(bool(what))
        self._switch(_("%s. Wait a moment.") % what if what else "")

    def _switch(self, why_not: str) -> None:
        """What cannot be pressed says why."""
        self._tools.switch(why_not)
        self._canvas.setEnabled(not why_not)
        self._use.setEnabled(not why_not)
        self._use.setAccessibleDescription(why_not)

    def _on_read(self, paintable: Paintable) -> None:
        self._wait("")
        original = paintable.original
        if original.fault:
            self._switch(original.fault)
            self._canvas.show_words(original.fault)
            announce(self, original.fault, urgent=True)
            return
        size = original.colours.size()
        self._paintable = paintable
        self._layer = MaskLayer(mask_size(size), paintable.mask)
        self._canvas.show_picture(original.levels, self._layer)
        self._tools.suit(max(size.width(), size.height()))
        self._on_tools_brush_changed()
        self._show_undo()
        self._say_words()
        self._canvas.setFocus()

    # The tools

    def _on_tools_brush_changed(self) -> None:
        tools = self._tools
        self._canvas.set_brush(tools.tool, tools.brush_size, is_soft=tools.is_soft)

    def _on_tools_invert_wished(self) -> None:
        self._show(None if self._layer is None else self._layer.invert())

    def _on_tools_clear_wished(self) -> None:
        self._show(None if self._layer is None else self._layer.clear())

    def _on_tools_fill_wished(self) -> None:
        self._show(None if self._layer is None else self._layer.fill())

    def _on_tools_undo_wished(self) -> None:
        self._show(None if self._layer is None else self._layer.undo())

    def _on_tools_redo_wished(self) -> None:
        self._show(None if self._layer is None else self._layer.redo())

    def _show(self, part: QRect | None) -> None:
        if part is not None:
            self._canvas.show_changed(part)

    def _show_undo(self) -> None:
        if self._layer is not None:
            self._tools.show_undo(can_undo=self._layer.can_undo, can_redo=self._layer.can_redo)

    # The end

    def _on_use_clicked(self) -> None:
        if self._paintable is None or self._layer is None:
            return
        self._layer.end()
        self._say_words()
        self._wait(_("Writing the picture with its mask"))
        work = partial(write_mask, self._paintable.original, self._layer.image, self._channel)
        self._ticket = self._background.run(work, self._on_written)

    def _on_written(self, data: bytes) -> None:
        if data:
            self.chosen.emit(data, small_name(self._media.name, PictureForm.PNG))
        else:
            self.end(_("The picture could not be written: there is not enough memory for it."))

    def end(self, why_not: str) -> None:
        """The picture is kept, or `why_not`: then what was painted is still here."""
        self._wait("")
        if not why_not:
            self.accept()
            return
        self._words.setForegroundRole(QPalette.ColorRole.BrightText)
        self._words.setText(why_not)
        announce(self, why_not, urgent=True)
        self._use.setFocus()

    def reject(self) -> None:
        if self._layer is None or not self._layer.is_changed or self._is_sure:
            super().reject()
            return
        ask(
            self,
            "mask_discard",
            title=_("Discard the mask?"),
            text=_("What was painted is lost. The picture stays as it is."),
            deed=_("Discard"),
            leave=_("Keep painting"),
            on_yes=self._on_discard_confirmed,
        )

    def _on_discard_confirmed(self) -> None:
        self._is_sure = True
        self.reject()

    def _on_finished(self) -> None:
        self._background.drop(self._ticket)
        # Half a gigabyte may hang on it, and what is left of a dialog goes when there is time.
        self._canvas.show_words("")
        self._paintable = self._layer = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Keys that a button in focus has no use for are the picture's.
        if not self._canvas.isEnabled() or not self._canvas.take_key(event):
            super().keyPressEvent(event)

    # Words

    def _say_words(self) -> None:
        self._words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._words.setText(" ".join((self._what(), *self._lost(), _how())))

    def _what(self) -> str:
        if self._channel.is_transparency:
            return _("What is painted is masked: it becomes transparent, its colours stay beneath.")
        channel = {
            MaskChannel.RED: _("red"),
            MaskChannel.GREEN: _("green"),
            MaskChannel.BLUE: _("blue"),
        }[self._channel]
        text = _("The node reads the %s of it: painted becomes white, everything else black.")
        return text % channel

    def _lost(self) -> list[str]:
        assert self._paintable is not None
        original = self._paintable.original
        words = []
        if Trait.FILM in original.traits:
            words.append(_("Of its frames only the first one is kept."))
        if Trait.REDUCED in original.traits:
            size = original.colours.size()
            text = _("It is too large to be painted on at its own size; it becomes %s.")
            words.append(text % pixels(size.width(), size.height()))
        return words


def _how() -> str:
    return _(
        "Shift and a click draw a line; Space drags, the wheel zooms, 0 fits. "
        "Arrows move the brush, with Shift they paint; P paints a dot."
    )
