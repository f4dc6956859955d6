"""Holds the window while what was made is still to be written, and asks where that fails or lasts:
it would be gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog, QWidget

    from runcomfy_desktop.ui.base.session_services import SessionServices

# A disk needs milliseconds; who waits longer is told why.
_SLOW_DISK_MS = 1500


class CloseGuard:
    """Once it was answered that they may be lost, it does not ask again."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._may_lose_changes = False
        self._question: QDialog | None = None
        # Whose last writes the window waits for, to close then.
        self._awaited_services: SessionServices | None = None
        self._subscriptions = Subscriptions()
        self._has_failed = False
        self._slow_disk_timer = QTimer(window)
        self._slow_disk_timer.setObjectName("close_patience")
        self._slow_disk_timer.setSingleShot(True)
        self._slow_disk_timer.setInterval(_SLOW_DISK_MS)
        self._slow_disk_timer.timeout.connect(self._ask_to_close_now)

    def blocks_closing(self, services: SessionServices | None) -> bool:
        """Whether the window must not close yet. It closes by itself once all is written, or the
        person is asked."""
        if services is None or self._may_lose_changes:
            return False
        # An open editor may have what nobody knows of yet.
        services.draft_editor.commit_requested.publish(None)
        if services.drafts.writes.would_lose_changes:
            self._ask_to_discard()
        elif not _has_pending_writes(services):
            return False
        elif self._awaited_services is None:
            self._awaited_services, self._has_failed = services, False
            self._subscriptions.add(services.notices.posted, self._on_notice)
            self._slow_disk_timer.start()
            self._wait_or_close()
        return True

    def detach(self) -> None:
        """The session is gone, and its writes with it."""
        self._stop_waiting()
        if self._question is not None:
            self._question.reject()

    def _on_notice(self, notice: Notice) -> None:
        self._has_failed |= notice.level is NoticeLevel.ERROR

    def _wait_or_close(self) -> None:
        """Waits for what is still to be written, then closes."""
        services = self._awaited_services
        if services is None:
            return
        if services.drafts.writes.would_lose_changes or not _has_pending_writes(services):
            self.detach()
            # What failed meanwhile is told in the window, and can be tried again there.
            if services.drafts.writes.would_lose_changes or not self._has_failed:
                self._window.close()
        elif services.drafts.writes.has_pending:
            services.drafts.writes.call_when_flushed(self._wait_or_close)
        elif services.preset_library.disk_queue.has_pending_writes:
            services.preset_library.disk_queue.call_when_written(self._wait_or_close)
        else:
            services.media_store.call_when_stored(self._wait_or_close)

    def _ask_to_discard(self) -> None:
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

    def _ask_to_close_now(self) -> None:
        services = self._awaited_services
        if services is None:
            return
        self._ask(
            "unwritten",
            _pending_text(services),
            _(
                "The disk takes long, and closing now may lose them. The window closes by itself "
                "once they are written. Jobs that were sent go on, and nothing is billed twice."
            ),
            _("Close now"),
        )

    def _ask(self, name: str, title: str, text: str, action_text: str) -> None:
        if self._question is not None:
            return
        from runcomfy_desktop.ui.widgets.confirm import ask_confirmation

        self._question = ask_confirmation(
            self._window,
            name,
            title=title,
            text=text,
            button_text=action_text,
            decline_text=_("Keep the window open"),
            on_yes=self._close_anyway,
        )
        self._question.finished.connect(self._on_finished)

    def _close_anyway(self) -> None:
        self._may_lose_changes = True
        self._window.close()

    def _on_finished(self) -> None:
        self._question = None
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        """The window does not close by itself any more."""
        self._awaited_services = None
        self._subscriptions.close()
        self._slow_disk_timer.stop()


def _has_pending_writes(services: SessionServices) -> bool:
    drafts_or_presets = (
        services.drafts.writes.has_pending or services.preset_library.disk_queue.has_pending_writes
    )
    return drafts_or_presets or services.media_store.has_pending


def _pending_text(services: SessionServices) -> str:
    if services.drafts.writes.has_pending:
        return _("Your last changes are still being stored.")
    if services.preset_library.disk_queue.has_pending_writes:
        return _("Your presets are still being written.")
    return _("Your files are still being copied.")
