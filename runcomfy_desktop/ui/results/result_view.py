"""Area for one output: shows it in a suitable view and reads its file off-thread."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QPushButton, QStackedWidget, QWidget

from runcomfy_desktop.domain.jobs.output import OutputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import file_size
from runcomfy_desktop.ui.images.bounded_cache import BoundedCache
from runcomfy_desktop.ui.images.picture_decoder import (
    DecodedPicture,
    read_picture,
    unsupported_text,
)
from runcomfy_desktop.ui.results.cards import FileCard, JobCard, TextView
from runcomfy_desktop.ui.results.file_actions import may_open
from runcomfy_desktop.ui.results.outputs_model import (
    accessible_text,
    kind_text,
    output_name,
)
from runcomfy_desktop.ui.results.picture_view import PictureView
from runcomfy_desktop.ui.style.icons import output_icon_name
from runcomfy_desktop.ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
    from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
    from runcomfy_desktop.ui.job_queue.progress_texts import ProgressText
    from runcomfy_desktop.ui.job_queue.state_texts import StateText

# The picture and its neighbours, so that flipping between them shows them at once.
_MAX_CACHED = 3
# Three pictures of 16 megapixels with their smaller levels.
_MAX_CACHED_BYTES = 256 * 1024 * 1024
# A view takes half a millisecond for a thousand plain characters, and ten times that for a thousand
# emoji or a hundred lines.
MAX_TEXT_CHARS = 128 * 1024
MAX_TEXT_LINES = 10_000
# Laying out a line takes time proportional to the square of its length: a quarter of a million
# characters block the window for seconds, the same text in lines of this length for milliseconds.
MAX_TEXT_LINE_CHARS = 1000
# Characters at which the view starts a new line.
_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def _display_text(text: str) -> str:
    """Returns `text` cut to what a text view can handle.

    Copying and saving always use the whole text.
    """
    return _bounded_text(text[:MAX_TEXT_CHARS], is_cut=len(text) > MAX_TEXT_CHARS)


def _read_text(path: str) -> str | None:
    """Returns the displayable text of a file, None if there is no file. Runs on a worker thread."""
    try:
        if not Path(path).is_file():
            return None
        with Path(path).open("rb") as file:
            head = file.read(MAX_TEXT_CHARS + 1)
    except OSError:
        return None
    text = head[:MAX_TEXT_CHARS].decode("utf-8", "replace")
    return _bounded_text(text, is_cut=len(head) > MAX_TEXT_CHARS)


def _bounded_text(text: str, *, is_cut: bool) -> str:
    lines = _LINE_BREAKS.sub("\n", text).split("\n", MAX_TEXT_LINES)
    chunks = [
        line[start : start + MAX_TEXT_LINE_CHARS]
        for line in lines[:MAX_TEXT_LINES]
        for start in range(0, max(len(line), 1), MAX_TEXT_LINE_CHARS)
    ]
    if is_cut or len(lines) > MAX_TEXT_LINES:
        chunks.append("…")
    return "\n".join(chunks)


class ResultView(QStackedWidget):
    """Stack of the views and cards for one output or job.

    Emits `picture_shown` with the DecodedPicture that is shown, also with an enlarged thumbnail.
    """

    picture_shown = Signal(object)

    def __init__(
        self,
        tasks: BackgroundTasks,
        thumbnails: ThumbnailCache,
        parent: QWidget,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._thumbnails = thumbnails
        self._output: Output | None = None
        self._can_fetch = False
        self._is_expired = False
        self._task_id = -1
        self._cache: BoundedCache[DecodedPicture] = BoundedCache(_MAX_CACHED_BYTES, _MAX_CACHED)
        self.empty_state = EmptyState(self)
        self.picture_view = PictureView(self)
        self.text_view = TextView(self)
        self.file_card = FileCard(self, now)
        self.job_card = JobCard(self, now)
        for page in (
            self.empty_state,
            self.picture_view,
            self.text_view,
            self.file_card,
            self.job_card,
        ):
            self.addWidget(page)

    @property
    def output(self) -> Output | None:
        return self._output

    def show_empty(self, message: str) -> None:
        self._clear_output()
        self.empty_state.show_message(message, icon="image")
        self._show_page(self.empty_state)

    def show_job(
        self, job: Job, state_text: StateText, progress: ProgressText, now_s: float
    ) -> None:
        self._clear_output()
        self.job_card.show_job(job, state_text, progress, now_s)
        self._show_page(self.job_card)

    def show_output(self, output: Output, *, can_fetch: bool, is_expired: bool) -> None:
        """Shows an output; an unchanged output that is already shown is left alone.

        `is_expired`: RunComfy no longer keeps the file.
        """
        self._can_fetch, self._is_expired = can_fetch, is_expired
        if output == self._output and not (output.fault or output.is_damaged):
            return
        self._clear_output()
        self._output = output
        name = output_name(output)
        if output.fault:
            self._show_error(output, output.fault)
        elif output.is_damaged:
            self._show_error(output, self._damaged_text(), output.path)
        elif output.text and not output.path:
            self.text_view.show_text(_display_text(output.text), name)
            self._show_page(self.text_view)
        elif not output.path:
            self.file_card.show_waiting(
                output_icon_name(output.kind), name, _("Fetching the file…")
            )
            self._show_page(self.file_card)
        elif output.is_picture:
            self._show_picture(output)
        elif output.kind is OutputKind.TEXT:
            self._show_text_file(output)
        else:
            self._show_file(output)

    def _show_page(self, page: QWidget) -> None:
        """Shows a page, and moves the focus to it if the previous page had it."""
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

    def _clear_output(self) -> None:
        self._tasks.discard(self._task_id)
        self._output = None
        if self.currentWidget() is self.picture_view:
            self.picture_view.show_message("")

    def _show_picture(self, output: Output) -> None:
        self._show_page(self.picture_view)
        cached = self._cache.get(output.path)
        if cached is None:
            self._show_thumbnail(output)
        else:
            self._show_decoded(output, cached)
        # Read in any case: the file may have changed.
        self._task_id = self._tasks.run(
            partial(read_picture, output.path, cached.fingerprint if cached else None),
            partial(self._on_picture_read, output),
            partial(self._on_read_failed, output),
        )

    def _show_thumbnail(self, output: Output) -> None:
        """Shows the enlarged thumbnail until the picture is read."""
        thumbnail = self._thumbnails.loaded(output.path)
        if thumbnail is None or thumbnail.pixmap is None or thumbnail.size.isEmpty():
            self.picture_view.show_message(_("Loading…"))
            return
        picture = DecodedPicture(
            output.path,
            (thumbnail.pixmap.toImage(),),
            thumbnail.size,
            thumbnail.fingerprint,
            is_thumbnail=True,
        )
        self._show_decoded(output, picture)

    def _on_picture_read(self, output: Output, picture: DecodedPicture | None) -> None:
        if picture is None or output != self._output:
            return
        if picture.error:
            self._cache.remove(output.path)
            self._show_error(output, picture.error, output.path if picture.fingerprint else "")
        else:
            self._cache.put(output.path, picture)
            self._show_decoded(output, picture)

    def _show_decoded(self, output: Output, picture: DecodedPicture) -> None:
        # A file's extension does not show whether the picture is animated.
        kind = OutputKind.ANIMATION if picture.is_animated else OutputKind.IMAGE
        self.picture_view.show_picture(picture, accessible_text(replace(output, kind=kind)))
        self.picture_shown.emit(picture)

    def _show_text_file(self, output: Output) -> None:
        self.text_view.show_text(_("Loading…"), output_name(output))
        self._show_page(self.text_view)
        self._task_id = self._tasks.run(
            partial(_read_text, output.path),
            partial(self._on_text_read, output),
            partial(self._on_read_failed, output),
        )

    def _on_text_read(self, output: Output, text: str | None) -> None:
        if output != self._output:
            return
        if text is None:
            self._show_error(output, _("The file is not there any more."))
        else:
            self.text_view.show_text(text, output_name(output))

    def _on_read_failed(self, output: Output) -> None:
        if output == self._output:
            self._show_error(output, unsupported_text(), output.path)

    def _damaged_text(self) -> str:
        reason = _("RunComfy sent this file without its end, several times in the same way.")
        advice = ""
        if self._can_fetch:
            advice = _("The job is finished, and it costs nothing to fetch the file again.")
        elif self._is_expired:
            advice = _("RunComfy keeps files for 7 days, and that time is over.")
        return f"{reason}\n{advice}".rstrip()

    def _show_error(self, output: Output, error: str, path: str = "") -> None:
        self.file_card.show_error(output_name(output), error, can_fetch=self._can_fetch, path=path)
        self._show_page(self.file_card)

    def _show_file(self, output: Output) -> None:
        lines = kind_text(output.kind)
        if output.size_bytes:
            lines += f" · {file_size(output.size_bytes)}"
        if output.is_preview:
            lines += " · " + _("Preview")
        can_open = may_open(output.path)
        if not can_open:
            lines += "\n\n" + _("The program does not open files of this kind by itself.")
        self.file_card.show_file(
            output_icon_name(output.kind), output_name(output), lines, can_open=can_open
        )
        self._show_page(self.file_card)
