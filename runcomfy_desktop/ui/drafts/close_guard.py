"""Guard that keeps the window open until everything is written to disk.

If writing fails or takes long, the user is asked, because closing would lose the changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog, QWidget

    from runcomfy_desktop.ui.base.session_services import SessionServices

# A disk needs milliseconds; after this time the user is told the reason.
_SLOW_DISK_MS = 1500


class CloseGuard:
    """Decides if the window can close; once the user accepts the loss, it does not ask again."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._may_lose_changes = False
        self._question: QDialog | None = None
        # The session for whose last writes the window waits before it closes.
        self._awaited_services: SessionServices | None = None
        self._subscriptions = Subscriptions()
        self._has_failed = False
        self._slow_disk_timer = QTimer(window)
        self._slow_disk_timer.setObjectName("close_patience")
        self._slow_disk_timer.setSingleShot(True)
        self._slow_disk_timer.setInterval(_SLOW_DISK_MS)
        self._slow_disk_timer.timeout.connect(self._ask_to_close_now)

    def blocks_closing(self, services: SessionServices | None) -> bool:
        """Returns True if the window must not close yet.

        It then closes by itself once everything is written, or the user is asked.
        """
        if services is None or self._may_lose_changes:
            return False
        # An open editor may hold text that is not committed yet.
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
        """Stops waiting and closes the question, once all is written or the session ends."""
        self._stop_waiting()
        if self._question is not None:
            self._question.reject()

    def _on_notice(self, notice: Notice) -> None:
        self._has_failed |= notice.level is NoticeLevel.ERROR

    def _wait_or_close(self) -> None:
        """Waits for pending writes, then closes the window."""
        services = self._awaited_services
        if services is None:
            return
        if services.drafts.writes.would_lose_changes or not _has_pending_writes(services):
            self.detach()
            # A write that failed meanwhile is reported in the window and can be retried there.
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
        """Cancels the automatic closing of the window."""
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
