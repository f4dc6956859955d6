"""The viewer's place: shows one output in the way that fits it, and reads it off-thread."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QPushButton, QStackedWidget, QWidget

from runcomfy_desktop.domain.output import OutputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import file_size
from runcomfy_desktop.ui.models.outputs import is_picture, kind_icon, kind_word, name_of, spoken
from runcomfy_desktop.ui.outputs.cards import FileCard, JobCard, TextView
from runcomfy_desktop.ui.outputs.decoding import Picture, read_picture
from runcomfy_desktop.ui.outputs.files import may_open
from runcomfy_desktop.ui.outputs.texts import presentable, read_text
from runcomfy_desktop.ui.outputs.viewer import PictureView
from runcomfy_desktop.ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.output import Output
    from runcomfy_desktop.ui.jobs.words import StateWords
    from runcomfy_desktop.ui.outputs.background import Background

_KEPT = 3
# One picture may be larger; it does not stay when another one comes.
_KEPT_BYTES = 256 * 1024 * 1024


class Stage(QStackedWidget):
    """Emits `shown` with the Picture when one is in view."""

    shown = Signal(object)

    def __init__(
        self,
        background: Background,
        parent: QWidget,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._output: Output | None = None
        self._can_fetch = False
        self._is_over = False
        self._ticket = -1
        self._kept: dict[str, Picture] = {}
        self.empty = EmptyState(parent=self, icon="image")
        self.view = PictureView(self)
        self.text = TextView(self)
        self.card = FileCard(self, now)
        self.job_card = JobCard(self, now)
        for page in (self.empty, self.view, self.text, self.card, self.job_card):
            self.addWidget(page)

    @property
    def output(self) -> Output | None:
        return self._output

    def show_empty(self, words: str) -> None:
        self._leave()
        self.empty.tell(words, icon="image")
        self._turn_to(self.empty)

    def show_job(self, job: Job, words: StateWords, now_s: float) -> None:
        self._leave()
        self.job_card.show_job(job, words, now_s)
        self._turn_to(self.job_card)

    def show_output(self, output: Output, *, can_fetch: bool, is_over: bool) -> None:
        """Shows it; a file that is shown already and has not changed stays as it is. `is_over`:
        RunComfy does not keep it any more."""
        self._can_fetch, self._is_over = can_fetch, is_over
        if output == self._output and not (output.fault or output.is_damaged):
            return
        self._leave()
        self._output = output
        name = name_of(output)
        if output.fault:
            self._show_fault(output, output.fault)
        elif output.is_damaged:
            self._show_fault(output, self._damaged(), output.path)
        elif output.text and not output.path:
            self.text.show_text(presentable(output.text), name)
            self._turn_to(self.text)
        elif not output.path:
            self.card.show_waiting(kind_icon(output.kind), name, _("Fetching the file…"))
            self._turn_to(self.card)
        elif is_picture(output):
            self._show_picture(output)
        elif output.kind is OutputKind.TEXT:
            self._show_text_file(output)
        else:
            self._show_file(output)

    def _turn_to(self, page: QWidget) -> None:
        """Shows a page; a focus that was on the old one does not get lost behind it."""
        old, focused = self.currentWidget(), QApplication.focusWidget()
        had_focus = (
            old is not None
            and focused is not None
            and (focused is old or old.isAncestorOf(focused))
        )
        self.setCurrentWidget(page)
        if had_focus and page is not old:
            buttons = [each for each in page.findChildren(QPushButton) if not each.isHidden()]
            (buttons[0] if buttons else page).setFocus()

    def _leave(self) -> None:
        self._background.drop(self._ticket)
        self._output = None
        if self.currentWidget() is self.view:
            self.view.show_words("")

    def _show_picture(self, output: Output) -> None:
        self._turn_to(self.view)
        kept = self._kept.get(output.path)
        if kept is None:
            self.view.show_words(_("Loading…"))
        else:
            self.view.show_picture(kept, _spoken(output, kept))
            self.shown.emit(kept)
        # Read in any case: the file may be another one by now.
        self._ticket = self._background.run(
            partial(read_picture, output.path, kept.stamp if kept else None),
            partial(self._on_picture_read, output),
        )

    def _on_picture_read(self, output: Output, picture: Picture | None) -> None:
        if picture is None or output != self._output:
            return
        if picture.fault:
            self._kept.pop(output.path, None)
            self._show_fault(output, picture.fault, output.path if picture.stamp else "")
            return
        self._keep(picture)
        self.view.show_picture(picture, _spoken(output, picture))
        self.shown.emit(picture)

    def _keep(self, picture: Picture) -> None:
        self._kept.pop(picture.path, None)
        self._kept[picture.path] = picture
        while len(self._kept) > 1 and (len(self._kept) > _KEPT or self._kept_bytes() > _KEPT_BYTES):
            del self._kept[next(iter(self._kept))]

    def _kept_bytes(self) -> int:
        return sum(level.sizeInBytes() for each in self._kept.values() for level in each.levels)

    def _show_text_file(self, output: Output) -> None:
        self.text.show_text(_("Loading…"), name_of(output))
        self._turn_to(self.text)
        self._ticket = self._background.run(
            partial(read_text, output.path), partial(self._on_text_read, output)
        )

    def _on_text_read(self, output: Output, text: str | None) -> None:
        if output != self._output:
            return
        if text is None:
            self._show_fault(output, _("The file is not there any more."))
        else:
            self.text.show_text(text, name_of(output))

    def _damaged(self) -> str:
        what = _("RunComfy sent this file without its end, several times in the same way.")
        then = ""
        if self._can_fetch:
            then = _("The job is finished, and it costs nothing to fetch the file again.")
        elif self._is_over:
            then = _("RunComfy keeps files for 7 days, and that time is over.")
        return f"{what}\n{then}".rstrip()

    def _show_fault(self, output: Output, fault: str, path: str = "") -> None:
        self.card.show_fault(name_of(output), fault, can_fetch=self._can_fetch, path=path)
        self._turn_to(self.card)

    def _show_file(self, output: Output) -> None:
        lines = kind_word(output.kind)
        if output.size_bytes:
            lines += f" · {file_size(output.size_bytes)}"
        if output.is_preview:
            lines += " · " + _("Preview")
        can_open = may_open(output.path)
        if not can_open:
            lines += "\n\n" + _("The program does not open files of this kind by itself.")
        self.card.show_file(kind_icon(output.kind), name_of(output), lines, can_open=can_open)
        self._turn_to(self.card)


def _spoken(output: Output, picture: Picture) -> str:
    """As the picture turned out: a file's ending does not tell whether it moves."""
    kind = OutputKind.ANIMATION if picture.moves else OutputKind.IMAGE
    return spoken(replace(output, kind=kind))
