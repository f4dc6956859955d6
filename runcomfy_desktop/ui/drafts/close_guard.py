"""Guard that keeps the window open until everything is written to disk.

If writing fails or takes long, the user is asked, because closing would lose the changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices

# A disk needs milliseconds; after this time the user is told the reason.
_SLOW_DISK_MS = 1500


class CloseGuard(QObject):
    """Decides if the window can close; once the user accepts the loss, it does not ask again.

    It waits only while its session lasts: then the window no longer closes by itself.
    """

    def __init__(self, scope: SessionScope, services: SessionServices) -> None:
        super().__init__(scope)
        self._scope = scope
        self._services = services
        self._may_lose_changes = False
        self._question: QDialog | None = None
        # True while the window waits for the last writes before it closes.
        self._is_waiting = False
        self._has_failed = False
        self._slow_disk_timer = QTimer(self)
        self._slow_disk_timer.setObjectName("close_patience")
        self._slow_disk_timer.setSingleShot(True)
        self._slow_disk_timer.setInterval(_SLOW_DISK_MS)
        self._slow_disk_timer.timeout.connect(self._ask_to_close_now)
        scope.subscribe(services.notices.posted, self._on_notice)
        scope.call_on_close(self._stop_waiting)

    def blocks_closing(self) -> bool:
        """Returns True if the window must not close yet.

        It then closes by itself once everything is written, or the user is asked.
        """
        if self._may_lose_changes:
            return False
        # An open editor may hold text that is not committed yet.
        self._services.draft_editor.commit_requested.publish(None)
        if self._services.drafts.writes.would_lose_changes:
            self._ask_to_discard()
        elif not self._has_pending_writes():
            return False
        elif not self._is_waiting:
            self._is_waiting, self._has_failed = True, False
            self._slow_disk_timer.start()
            self._wait_or_close()
        return True

    def _on_notice(self, notice: Notice) -> None:
        self._has_failed |= notice.level is NoticeLevel.ERROR

    def _wait_or_close(self) -> None:
        """Waits for pending writes, then closes the window; does nothing after the wait ended."""
        if not self._is_waiting:
            return
        services, writes = self._services, self._services.drafts.writes
        if writes.would_lose_changes or not self._has_pending_writes():
            self._stop_waiting()
            if self._question is not None:
                self._question.reject()
            # A write that failed meanwhile is reported in the window and can be retried there.
            if writes.would_lose_changes or not self._has_failed:
                self._close_window()
        elif writes.has_pending:
            writes.call_when_flushed(self._wait_or_close)
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
        self._ask(
            "unwritten",
            self._pending_text(),
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
            self._scope.dialog_parent,
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
        self._close_window()

    def _close_window(self) -> None:
        self._scope.dialog_parent.window().close()

    def _on_finished(self) -> None:
        self._question = None
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        """Cancels the automatic closing of the window."""
        self._is_waiting = False
        self._slow_disk_timer.stop()

    def _has_pending_writes(self) -> bool:
        services = self._services
        drafts_or_presets = (
            services.drafts.writes.has_pending
            or services.preset_library.disk_queue.has_pending_writes
        )
        return drafts_or_presets or services.media_store.has_pending

    def _pending_text(self) -> str:
        if self._services.drafts.writes.has_pending:
            return _("Your last changes are still being stored.")
        if self._services.preset_library.disk_queue.has_pending_writes:
            return _("Your presets are still being written.")
        return _("Your files are still being copied.")
