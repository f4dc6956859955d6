"""Dialog that shrinks a picture for inline sending, with a preview and the resulting size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal

from runcomfy_desktop.domain.media.image_shrink import ImageFormat, ShrinkTarget, shrunk_name
from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import file_size, one_line, pixel_size
from runcomfy_desktop.ui.image_tools.compare_view import CompareView
from runcomfy_desktop.ui.image_tools.image_codec import ImageTrait
from runcomfy_desktop.ui.image_tools.shrink_form import ShrinkForm
from runcomfy_desktop.ui.image_tools.shrink_worker import ShrinkResult, ShrinkWorker
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import (
    heading_label,
    muted_label,
    plain_label,
    set_colour_role,
    tooltip,
)
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.thin_progress import thin_progress

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QPushButton, QWidget

    from runcomfy_desktop.domain.media.masks import MaskChannel
    from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
    from runcomfy_desktop.ui.image_tools.image_codec import OriginalImage

_SIZE = (190 * STEP, 165 * STEP)
_EDIT_DELAY_MS = 150
"""Pause after the last change before a version is encoded."""
_PROGRESS_INTERVAL_MS = 100


class ShrinkDialog(Dialog):
    """Dialog for shrinking a picture; shown with open().

    Emits `chosen` with the bytes of the small picture, and its name. The dialog stays open until
    `finish` reports whether the bytes were stored.

    `channel` is the channel in which the node expects a mask, if it takes one from the picture.
    """

    chosen = Signal(bytes, str)

    def __init__(
        self,
        media: MediaFile,
        background_tasks: BackgroundTasks,
        parent: QWidget,
        *,
        channel: MaskChannel | None = None,
    ) -> None:
        super().__init__(parent)
        self._media = media
        self._accepts_mask = channel is not None
        self._needs_alpha = channel is not None and channel.is_transparency
        self._original: OriginalImage | None = None
        self._result = ShrinkResult()
        self._worker = ShrinkWorker(background_tasks, self)
        self._edit_timer = QTimer(self)
        self._progress_timer = QTimer(self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setObjectName("shrink_dialog")
        self.setWindowTitle(_("Shrink %s") % one_line(self._media.name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.expand_to(*_SIZE)
        self._compare_view = CompareView(self)
        self._form = ShrinkForm(self)
        self._properties_label = heading_label("", "shrink_facts", self, 1.0)
        self._limit_label = plain_label("", "shrink_verdict", self, wrap=True)
        self._losses_label = muted_label("", "shrink_words", self, wrap=True)
        self._losses_label.hide()
        self._progress = thin_progress("shrink_progress", _("Making a smaller version"), self)
        limit = file_size(INLINE_LIMIT_BYTES)
        self._suggest_button = text_button(_("Fit into %s") % limit, "shrink_suggest", self)
        self._cancel_button = text_button(_("Cancel"), "shrink_cancel", self)
        self._use_button = text_button(_("Use this picture"), "shrink_use", self, primary=True)
        self._use_button.setDefault(True)
        self._lay_out()
        self._set_blocker(_reading_text())

    def _lay_out(self) -> None:
        column(
            (self._compare_view, 1),
            self._progress,
            row(self._properties_label, (self._limit_label, 1), spacing=3 * STEP),
            self._losses_label,
            self._form,
            STEP,
            row(self._suggest_button, STRETCH, self._cancel_button, self._use_button),
            owner=self,
            spacing=3 * STEP,
            margins=5 * STEP,
        )

    def _connect(self) -> None:
        self._edit_timer.setSingleShot(True)
        self._edit_timer.setInterval(_EDIT_DELAY_MS)
        self._edit_timer.timeout.connect(self._on_edit_timeout)
        self._progress_timer.setInterval(_PROGRESS_INTERVAL_MS)
        self._progress_timer.timeout.connect(self._update_progress)
        self._form.edited.connect(self._on_form_edited)
        self._suggest_button.clicked.connect(self._on_suggest_clicked)
        self._cancel_button.clicked.connect(self.reject)
        self._use_button.clicked.connect(self._on_use_clicked)
        self._worker.image_read.connect(self._on_worker_read)
        self._worker.result_ready.connect(self._on_worker_made)
        self.finished.connect(self._on_finished)

    def start(self, path: Path) -> None:
        """Starts reading the picture at `path`; once it is read, suggests a version of it."""
        self._compare_view.show_message(_("Reading the picture…"))
        self._worker.read_image(path)
        self._update_progress()

    # Results from worker threads

    def _on_worker_read(self, original: OriginalImage) -> None:
        self._update_progress()
        if original.error:
            self._set_button_blocker(self._suggest_button, original.error)
            self._set_button_blocker(self._use_button, original.error)
            self._compare_view.show_message(original.error)
            announce(self, original.error, urgent=True)
            return
        self._original = original
        caption = _("Before · %s") % file_size(self._media.size_bytes)
        self._compare_view.show_before(original.levels, original.alpha, caption)
        self._form.show_size(original.colours.size())
        must_keep_alpha = self._needs_alpha and original.alpha is not None
        self._form.set_format_allowed(ImageFormat.JPEG, not must_keep_alpha, _alpha_needed_text())
        image_format = ImageFormat.WEBP if must_keep_alpha else ImageFormat.JPEG
        size = original.colours.size()
        self._form.show_target(ShrinkTarget(size.width(), size.height(), image_format))
        self._form.setEnabled(True)
        self._set_button_blocker(self._suggest_button, "")
        self._set_button_blocker(self._use_button, _encoding_text())
        self._show_losses()
        # Shrinking must not blur the edges of a mask, and a mask mostly takes few bytes anyway.
        self._worker.suggest(image_format, INLINE_LIMIT_BYTES, lossless_first=self._accepts_mask)
        self._update_progress()

    def _on_worker_made(self, result: ShrinkResult) -> None:
        self._result = result
        self._update_progress()
        if result.target is None or not result.data:
            error, advice = _("No version could be made."), _("Choose another size or format.")
            self._show_result(error, advice, "error")
            self._set_button_blocker(self._use_button, error)
            return
        target = result.target
        if target != self._form.target:
            self._form.show_target(target)
            self._show_losses()
        size = file_size(len(result.data))
        self._compare_view.show_after(result.levels, _("After · %s") % size)
        properties = (
            f"{pixel_size(target.width, target.height)} · {target.image_format.label} · {size}"
        )
        limit = file_size(INLINE_LIMIT_BYTES)
        if len(result.data) > INLINE_LIMIT_BYTES:
            text = _("More than the recommended %s: sending it takes longer.") % limit
            self._show_result(properties, text, "warning")
        else:
            self._show_result(properties, _("Within the recommended %s.") % limit, "ok")
        self._set_button_blocker(self._use_button, "")

    # User actions

    def _on_form_edited(self) -> None:
        self._worker.stop()
        self._set_button_blocker(self._use_button, self._form.size_error or _encoding_text())
        self._show_losses()
        self._edit_timer.start()
        self._update_progress()

    def _on_edit_timeout(self) -> None:
        target = self._form.target
        if target is not None:
            self._worker.make(target)
        self._update_progress()

    def _on_suggest_clicked(self) -> None:
        self._edit_timer.stop()
        self._set_button_blocker(self._use_button, _encoding_text())
        self._worker.suggest(self._form.image_format, INLINE_LIMIT_BYTES)
        self._update_progress()

    def _on_use_clicked(self) -> None:
        result = self._result
        if result.target is not None and result.data:
            self._set_blocker(_storing_text())
            self.chosen.emit(result.data, shrunk_name(self._media.name, result.target.image_format))

    def finish(self, error: str) -> None:
        """Closes the dialog, or shows `error` so that the user can try again."""
        self._set_blocker("")
        if not error:
            self.accept()
            return
        self._show_result(self._properties_label.text(), error, "error")
        self._use_button.setFocus()

    def _set_blocker(self, blocker: str) -> None:
        self._form.setEnabled(not blocker)
        self._set_button_blocker(self._suggest_button, blocker)
        self._set_button_blocker(self._use_button, blocker)

    def _on_finished(self) -> None:
        self._edit_timer.stop()
        self._progress_timer.stop()
        # A closed dialog is deleted with a delay: half a gigabyte is released now.
        self._worker.release_image()
        self._compare_view.show_message("")
        self._original, self._result = None, ShrinkResult()

    # Texts

    def _show_result(self, properties: str, limit_text: str, colour_role: str) -> None:
        self._properties_label.setText(properties)
        self._limit_label.setText(limit_text)
        set_colour_role(self._limit_label, colour_role)
        announce(self, f"{properties}. {limit_text}")

    def _update_progress(self) -> None:
        """Updates the progress display while a version is encoded."""
        busy = self._worker.is_busy
        self._progress.setVisible(busy)
        if busy and not self._progress_timer.isActive():
            self._progress_timer.start()
        elif not busy:
            self._progress_timer.stop()
        tries = self._worker.tries
        if busy and self._original is not None:
            done = n_("%d version tried…", "%d versions tried…", tries) % tries
            self._properties_label.setText(_("Making a smaller version…"))
            self._limit_label.setText(done if tries > 1 else "")

    def _show_losses(self) -> None:
        """Lists the properties that the small picture will lose."""
        if self._original is None:
            return
        texts = [text for trait, text in _trait_texts() if trait in self._original.traits]
        if self._original.alpha is not None:
            if self._needs_alpha:
                texts.append(_alpha_needed_text())
            elif not self._form.image_format.has_alpha:
                texts.append(_alpha_lost_text())
        self._losses_label.setText(" ".join(texts))
        self._losses_label.setVisible(bool(texts))

    def _set_button_blocker(self, button: QPushButton, blocker: str) -> None:
        """Enables a button, or disables it with the reason as description and tooltip."""
        button.setEnabled(not blocker)
        button.setAccessibleDescription(blocker)
        button.setToolTip(tooltip(blocker))


def _reading_text() -> str:
    return _("The picture is being read.")


def _storing_text() -> str:
    return _("The picture is being kept.")


def _encoding_text() -> str:
    return _("A smaller version is being made.")


def _trait_texts() -> tuple[tuple[ImageTrait, str], ...]:
    return (
        (ImageTrait.ANIMATED, _("It has several frames; only the first one is kept.")),
        (ImageTrait.CMYK, _("Its colours are made for print (CMYK); they become sRGB.")),
        (
            ImageTrait.COLOUR_PROFILE,
            _("Its colour profile is applied: the small picture is in sRGB."),
        ),
        (
            ImageTrait.HIGH_BIT_DEPTH,
            _("Its colours have 16 bits; they become 8, all that a model sees."),
        ),
        (ImageTrait.REDUCED, _("It is too large to be worked on here at its own size.")),
    )


def _alpha_needed_text() -> str:
    return _("Its transparency is kept: the node makes its mask of it. JPEG has none.")


def _alpha_lost_text() -> str:
    return _("JPEG has no transparency: the colours that lie beneath it will be seen.")
