"""Makes a picture small enough to be sent inline, with what it looks like and weighs then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from runcomfy_desktop.domain.media import INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.shrinking import PictureForm, Shrink, small_name
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import file_size, one_line, pixels
from runcomfy_desktop.ui.media.compare_view import CompareView
from runcomfy_desktop.ui.media.encoding import Trait
from runcomfy_desktop.ui.media.shrink_form import ShrinkForm
from runcomfy_desktop.ui.media.shrink_work import Made, ShrinkWork
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import (
    heading_label,
    muted_label,
    plain_label,
    tint,
    tooltip,
)
from runcomfy_desktop.ui.widgets.thin_progress import thin_progress

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.domain.masks import MaskChannel
    from runcomfy_desktop.ui.media.encoding import Original
    from runcomfy_desktop.ui.outputs.background import Background

_SIZE = (190 * STEP, 165 * STEP)
_PAUSE_MS = 150
"""How long nothing has to change before a version is made."""
_LOOK_MS = 100


class ShrinkDialog(Dialog):
    """Shown by open(). Emits `chosen` with the bytes of the small picture and its name; it is open
    until it is told by `end` what became of them.

    `channel` says that the node takes a mask out of the picture, and where it looks for it.
    """

    chosen = Signal(bytes, str)

    def __init__(
        self,
        media: MediaFile,
        background: Background,
        parent: QWidget,
        *,
        channel: MaskChannel | None = None,
    ) -> None:
        super().__init__(parent)
        self._media = media
        self._takes_mask = channel is not None
        self._needs_alpha = channel is not None and channel.is_transparency
        self._original: Original | None = None
        self._made = Made()
        self._work = ShrinkWork(background, self)
        self._later = QTimer(self)
        self._look = QTimer(self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setObjectName("shrink_dialog")
        self.setWindowTitle(_("Shrink %s") % one_line(self._media.name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.take_room(*_SIZE)
        self._compare = CompareView(self)
        self._form = ShrinkForm(self)
        self._facts = heading_label("", "shrink_facts", self, 1.0)
        self._verdict = plain_label("", "shrink_verdict", self, wrap=True)
        self._words = muted_label("", "shrink_words", self, wrap=True)
        self._words.hide()
        self._progress = thin_progress("shrink_progress", _("Making a smaller version"), self)
        limit = file_size(INLINE_LIMIT_BYTES)
        self._suggest = text_button(_("Fit into %s") % limit, "shrink_suggest", self)
        self._cancel = text_button(_("Cancel"), "shrink_cancel", self)
        self._use = text_button(_("Use this picture"), "shrink_use", self, primary=True)
        self._use.setDefault(True)
        self._lay_out()
        self._allow(_reading())

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * STEP, 5 * STEP, 5 * STEP, 5 * STEP)
        column.setSpacing(3 * STEP)
        column.addWidget(self._compare, 1)
        column.addWidget(self._progress)
        row = QHBoxLayout()
        row.setSpacing(3 * STEP)
        row.addWidget(self._facts)
        row.addWidget(self._verdict, 1)
        column.addLayout(row)
        column.addWidget(self._words)
        column.addWidget(self._form)
        column.addSpacing(STEP)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * STEP)
        buttons.addWidget(self._suggest)
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._use)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self._on_later_timeout)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._tell_progress)
        self._form.edited.connect(self._on_form_edited)
        self._suggest.clicked.connect(self._on_suggest_clicked)
        self._cancel.clicked.connect(self.reject)
        self._use.clicked.connect(self._on_use_clicked)
        self._work.read.connect(self._on_work_read)
        self._work.made.connect(self._on_work_made)
        self.finished.connect(self._on_finished)

    def start(self, path: Path) -> None:
        """Reads the picture at `path` and suggests a version of it."""
        self._compare.show_words(_("Reading the picture…"))
        self._work.open(path)
        self._tell_progress()

    # What comes back from the other threads

    def _on_work_read(self, original: Original) -> None:
        self._tell_progress()
        if original.fault:
            self._switch(self._suggest, original.fault)
            self._switch(self._use, original.fault)
            self._compare.show_words(original.fault)
            announce(self, original.fault, urgent=True)
            return
        self._original = original
        caption = _("Before · %s") % file_size(self._media.size_bytes)
        self._compare.show_before(original.levels, original.alpha, caption)
        self._form.show_size(original.colours.size())
        has_to_keep = self._needs_alpha and original.alpha is not None
        self._form.allow(PictureForm.JPEG, not has_to_keep, _needed())
        form = PictureForm.WEBP if has_to_keep else PictureForm.JPEG
        size = original.colours.size()
        self._form.show_wish(Shrink(size.width(), size.height(), form))
        self._form.setEnabled(True)
        self._switch(self._suggest, "")
        self._switch(self._use, _making())
        self._say_words()
        # An edge of a mask is not to be blurred, and a mask is mostly small as it is.
        self._work.suggest(form, INLINE_LIMIT_BYTES, exact_first=self._takes_mask)
        self._tell_progress()

    def _on_work_made(self, made: Made) -> None:
        self._made = made
        self._tell_progress()
        if made.wish is None or not made.data:
            fault, advice = _("No version could be made."), _("Choose another size or format.")
            self._say(fault, advice, "error")
            self._switch(self._use, fault)
            return
        wish = made.wish
        if wish != self._form.wish:
            self._form.show_wish(wish)
            self._say_words()
        size = file_size(len(made.data))
        self._compare.show_after(made.levels, _("After · %s") % size)
        facts = f"{pixels(wish.width, wish.height)} · {wish.form.label} · {size}"
        limit = file_size(INLINE_LIMIT_BYTES)
        if len(made.data) > INLINE_LIMIT_BYTES:
            text = _("More than the recommended %s: sending it takes longer.") % limit
            self._say(facts, text, "warning")
        else:
            self._say(facts, _("Within the recommended %s.") % limit, "ok")
        self._switch(self._use, "")

    # What a person does

    def _on_form_edited(self) -> None:
        self._work.stop()
        self._switch(self._use, self._form.fault or _making())
        self._say_words()
        self._later.start()
        self._tell_progress()

    def _on_later_timeout(self) -> None:
        wish = self._form.wish
        if wish is not None:
            self._work.make(wish)
        self._tell_progress()

    def _on_suggest_clicked(self) -> None:
        self._later.stop()
        self._switch(self._use, _making())
        self._work.suggest(self._form.form, INLINE_LIMIT_BYTES)
        self._tell_progress()

    def _on_use_clicked(self) -> None:
        made = self._made
        if made.wish is not None and made.data:
            self._allow(_keeping())
            self.chosen.emit(made.data, small_name(self._media.name, made.wish.form))

    def end(self, why_not: str) -> None:
        """The picture is kept, or `why_not`: then it can be tried again."""
        self._allow("")
        if not why_not:
            self.accept()
            return
        self._say(self._facts.text(), why_not, "error")
        self._use.setFocus()

    def _allow(self, why_not: str) -> None:
        self._form.setEnabled(not why_not)
        self._switch(self._suggest, why_not)
        self._switch(self._use, why_not)

    def _on_finished(self) -> None:
        self._later.stop()
        self._look.stop()
        # Half a gigabyte may hang on it, and what is left of a dialog goes when there is time.
        self._work.forget()
        self._compare.show_words("")
        self._original, self._made = None, Made()

    # Words

    def _say(self, facts: str, verdict: str, role: str) -> None:
        self._facts.setText(facts)
        self._verdict.setText(verdict)
        tint(self._verdict, role)
        announce(self, f"{facts}. {verdict}")

    def _tell_progress(self) -> None:
        """Keeps telling while something is being made."""
        busy = self._work.is_busy
        self._progress.setVisible(busy)
        if busy and not self._look.isActive():
            self._look.start()
        elif not busy:
            self._look.stop()
        tries = self._work.tries
        if busy and self._original is not None:
            done = n_("%d version tried…", "%d versions tried…", tries) % tries
            self._facts.setText(_("Making a smaller version…"))
            self._verdict.setText(done if tries > 1 else "")

    def _say_words(self) -> None:
        """What will not be in the small picture any more."""
        if self._original is None:
            return
        words = [text for trait, text in _traits() if trait in self._original.traits]
        if self._original.alpha is not None:
            if self._needs_alpha:
                words.append(_needed())
            elif not self._form.form.has_alpha:
                words.append(_lost())
        self._words.setText(" ".join(words))
        self._words.setVisible(bool(words))

    def _switch(self, button: QPushButton, why_not: str) -> None:
        """A button that cannot be pressed says why."""
        button.setEnabled(not why_not)
        button.setAccessibleDescription(why_not)
        button.setToolTip(tooltip(why_not))


def _reading() -> str:
    return _("The picture is being read.")


def _keeping() -> str:
    return _("The picture is being kept.")


def _making() -> str:
    return _("A smaller version is being made.")


def _traits() -> tuple[tuple[Trait, str], ...]:
    return (
        (Trait.FILM, _("It has several frames; only the first one is kept.")),
        (Trait.CMYK, _("Its colours are made for print (CMYK); they become sRGB.")),
        (Trait.PROFILE, _("Its colour profile is applied: the small picture is in sRGB.")),
        (Trait.DEEP, _("Its colours have 16 bits; they become 8, all that a model sees.")),
        (Trait.REDUCED, _("It is too large to be worked on here at its own size.")),
    )


def _needed() -> str:
    return _("Its transparency is kept: the node makes its mask of it. JPEG has none.")


def _lost() -> str:
    return _("JPEG has no transparency: the colours that lie beneath it will be seen.")
