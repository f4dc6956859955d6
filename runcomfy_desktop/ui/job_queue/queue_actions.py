"""Actions on the queue in the Run menu: pausing, resuming, cancelling and retrying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.action_set import ActionSet

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from runcomfy_desktop.core.jobs.job_index import JobIndex


class QueueActions(ActionSet):
    """Actions on the selected jobs, on their batch, and on all jobs."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.cancel_selected = self._make("cancel_selected", _("&Cancel selected jobs"), "Ctrl+.")
        self.cancel_batch = self._make("cancel_batch", _("Cancel the &batch…"))
        self.cancel_all = self._make("cancel_all", _("Cancel &all jobs…"))
        self.pause_all = self._make("pause_all", _("&Pause all"))
        self.resume_all = self._make("resume_all", _("Re&sume all"))
        self.retry_failed = self._make("retry_failed", _("Re&try all failed…"))
        self.reset()

    def update_for_queue(self, index: JobIndex, is_paused: bool) -> None:
        """Updates the actions on all jobs; `is_paused` means the whole queue."""
        has_paused = index.held_counts[HoldReason.PAUSED] > 0
        self.cancel_all.setEnabled(index.cancellable_count > 0)
        self.retry_failed.setEnabled(index.count(JobState.FAILED) > 0)
        self.pause_all.setEnabled(not is_paused)
        self.resume_all.setEnabled(is_paused or has_paused)

    def update_for_selection(self, can_cancel: bool, can_cancel_batch: bool) -> None:
        """Updates the actions that cancel the selected jobs or their batch."""
        self.cancel_selected.setEnabled(can_cancel)
        self.cancel_batch.setEnabled(can_cancel_batch)

    def reset(self) -> None:
        """Shows the state without a session."""
        for action in (self.cancel_all, self.retry_failed, self.pause_all, self.resume_all):
            action.setEnabled(False)
        self.update_for_selection(False, False)
