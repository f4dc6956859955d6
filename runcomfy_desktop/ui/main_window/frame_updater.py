"""Updates of the window's frame in a session: menus, title, status bar and notice line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from runcomfy_desktop import APP_NAME
from runcomfy_desktop.core.base.notices import CONVERSION, KEY_REFUSED
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.base.throttle import Throttle
from runcomfy_desktop.ui.run.run_controller import cannot_run_title

if TYPE_CHECKING:
    from runcomfy_desktop.core.account.account import AccountState
    from runcomfy_desktop.core.editor.draft_editor import EditorState
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.window_frame import WindowFrame


class FrameUpdater(QObject):
    """Shows the state of a session in the frame, and its notices in the notice line."""

    def __init__(self, scope: SessionScope, services: SessionServices, frame: WindowFrame) -> None:
        super().__init__(scope)
        self._services = services
        self._frame = frame
        self._shown_draft_key = ""
        self._jobs_throttle = Throttle(self, self._show_jobs)
        self._follow_draft_and_account(scope)
        self._follow_queue(scope)
        scope.subscribe(frame.preferences.changed, lambda _settings: self._show_outputs())
        scope.subscribe(
            services.notices.outdated, lambda about: frame.notice_line.withdraw(about=about)
        )
        scope.connect_signal(frame.notice_line.removed, services.notices.dismissed.publish)
        scope.call_on_close(services.notices.listen(frame.notice_line.show_notice))
        self._show_outputs()

    def _follow_draft_and_account(self, scope: SessionScope) -> None:
        services = self._services
        scope.subscribe(services.draft_editor.changed, self._on_draft_editor_changed)
        scope.subscribe(services.account.changed, self._on_account_changed)
        scope.subscribe(services.account.checked, self._on_key_checked)
        scope.subscribe(services.queue.key_accepted, self._on_key_checked)
        self._on_account_changed(services.account.state)
        self._on_draft_editor_changed(services.draft_editor.state)

    def _follow_queue(self, scope: SessionScope) -> None:
        queue, budget = self._services.queue, self._services.budget
        status_bar = self._frame.status_bar
        scope.subscribe(queue.changed, lambda _job: self._request_jobs())
        scope.subscribe(queue.removed, lambda _job_id: self._request_jobs())
        scope.subscribe(queue.loaded, lambda _nothing: self._request_jobs())
        scope.subscribe(queue.pause_status.long_pause_changed, status_bar.show_pause)
        scope.subscribe(budget.changed, lambda _nothing: status_bar.show_today(budget.today_usd))
        scope.connect_signal(status_bar.try_now_requested, queue.allow_probes)
        # The throttle would otherwise show the jobs of this session in the next one.
        scope.call_on_close(self._jobs_throttle.stop)
        status_bar.show_pause(queue.pause_status.long_pause_until_s)
        status_bar.show_today(budget.today_usd)
        self._show_jobs()

    def _request_jobs(self) -> None:
        self._jobs_throttle.request(job_count=len(self._services.queue.jobs))

    def _show_jobs(self) -> None:
        self._frame.status_bar.show_jobs(self._services.queue.active_count)

    def _show_outputs(self) -> None:
        self._frame.status_bar.show_outputs(str(self._services.output_folder()))

    def _on_draft_editor_changed(self, editor_state: EditorState) -> None:
        self._frame.main_actions.update_for_editor(editor_state)
        notice_line = self._frame.notice_line
        if not editor_state.blocked_reason:
            notice_line.withdraw(cannot_run_title())
        draft = editor_state.draft
        key = "" if draft is None else draft.key
        if editor_state.conversion_report is None or key != self._shown_draft_key:
            notice_line.withdraw(about=CONVERSION)
        self._shown_draft_key = key
        name = one_line(draft.title or draft.source.name) if draft is not None else ""
        self._frame.window.setWindowTitle(f"{name} — {APP_NAME}" if name else APP_NAME)

    def _on_account_changed(self, account: AccountState) -> None:
        self._frame.main_actions.update_for_account(account)
        self._frame.status_bar.show_account(account)

    def _on_key_checked(self, problem: Problem | None) -> None:
        if problem is None:
            self._frame.notice_line.withdraw(about=KEY_REFUSED)
