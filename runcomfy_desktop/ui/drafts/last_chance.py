"""Holds the window while what was made is still to be written, and asks where that fails or lasts:
it would be gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog, QWidget

    from runcomfy_desktop.ui.parts import WindowParts

# A disk needs milliseconds; who waits longer is told why.
_PATIENCE_MS = 1500


class LastChance:
    """Once it was answered that they may be lost, it does not ask again."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._is_given_up = False
        self._question: QDialog | None = None
        # Whose last writes the window waits for, to close then.
        self._waits_for: WindowParts | None = None
        self._links = Subscriptions()
        self._has_failed = False
        self._patience = QTimer(window)
        self._patience.setObjectName("close_patience")
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._ask_to_wait)

    def holds(self, parts: WindowParts | None) -> bool:
        """Whether the window must not close yet. It closes by itself once all is written, or the
        person is asked."""
        if parts is None or self._is_given_up:
            return False
        # An open editor may have what nobody knows of yet.
        parts.workbench.settling.publish(None)
        if parts.drafts.writes.is_behind:
            self._ask_to_lose()
        elif not _is_waiting(parts):
            return False
        elif self._waits_for is None:
            self._waits_for, self._has_failed = parts, False
            self._links.add(parts.notices.told, self._on_told)
            self._patience.start()
            self._go_on()
        return True

    def detach(self) -> None:
        """The session is gone, and its writes with it."""
        self._stay()
        if self._question is not None:
            self._question.reject()

    def _on_told(self, notice: Notice) -> None:
        self._has_failed |= notice.level is NoticeLevel.ERROR

    def _go_on(self) -> None:
        """Waits for what is still to be written, then closes."""
        parts = self._waits_for
        if parts is None:
            return
        if parts.drafts.writes.is_behind or not _is_waiting(parts):
            self.detach()
            # What failed meanwhile is told in the window, and can be tried again there.
            if parts.drafts.writes.is_behind or not self._has_failed:
                self._window.close()
        elif parts.drafts.writes.is_waiting:
            parts.drafts.writes.hurry(self._go_on)
        elif parts.library.disk.is_behind:
            parts.library.disk.when_written(self._go_on)
        else:
            parts.shelf.when_kept(self._go_on)

    def _ask_to_lose(self) -> None:
        self._ask(
            "unstored",
            _("Your last changes are not stored."),
            _(
                "The disk refuses them, and closing the window loses them. It is tried again every "
                "few seconds: free some space and wait, or copy what matters to another place. "
                "Jobs that were sent go on, and nothing is billed twice."
            ),
            _("Close and lose them"),
        )

    def _ask_to_wait(self) -> None:
        parts = self._waits_for
        if parts is None:
            return
        self._ask(
            "unwritten",
            _what_waits(parts),
            _(
                "The disk takes long, and closing now may lose them. The window closes by itself "
                "once they are written. Jobs that were sent go on, and nothing is billed twice."
            ),
            _("Close now"),
        )

    def _ask(self, name: str, title: str, text: str, deed: str) -> None:
        if self._question is not None:
            return
        from runcomfy_desktop.ui.dialogs.confirm import ask

        self._question = ask(
            self._window,
            name,
            title=title,
            text=text,
            deed=deed,
            leave=_("Keep the window open"),
            on_yes=self._give_up,
        )
        self._question.finished.connect(self._on_finished)

    def _give_up(self) -> None:
        self._is_given_up = True
        self._window.close()

    def _on_finished(self) -> None:
        self._question = None
        self._stay()

    def _stay(self) -> None:
        """The window does not close by itself any more."""
        self._waits_for = None
        self._links.close()
        self._patience.stop()


def _is_waiting(parts: WindowParts) -> bool:
    stored = parts.drafts.writes.is_waiting or parts.library.disk.is_behind
    return stored or parts.shelf.is_behind


def _what_waits(parts: WindowParts) -> str:
    if parts.drafts.writes.is_waiting:
        return _("Your last changes are still being stored.")
    if parts.library.disk.is_behind:
        return _("Your presets are still being written.")
    return _("Your files are still being copied.")
