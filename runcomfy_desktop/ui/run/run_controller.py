"""Run controller: submits drafts after checking their files and asking the user."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.jobs.run_plan import plan_run, plan_runs
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.deployments.deployment import changes_runs
from runcomfy_desktop.domain.validation.large_media import address_required_text
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.press_guard import QuietPeriod

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_desktop.core.account.partner_key import PartnerKey
    from runcomfy_desktop.core.editor.editor_state import EditorState
    from runcomfy_desktop.core.jobs.run_plan import RunPlan
    from runcomfy_desktop.core.preflight import Preflight, PreflightRequest
    from runcomfy_desktop.core.sweeps.sweep_planner import PreparedSweep
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Changes
    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices

# Reading that the deployment has changed takes longer than this.
_MIN_READING_S = 1.5
WAITING_NOTICE = "run waits"
"""`subject` of the notice about a run that waits for a key."""


class RunController(QObject):
    """Runs the draft, or reports why it cannot run.

    Emits `submitted` after a run has been added to the queue, `input_requested` with the key of the
    input that prevents a run, `enable_requested` with the id of a disabled deployment that prevents
    it, `key_requested` to connect a key, and `partner_key_requested` to open the settings of the
    partner key. While it is unknown whether there is a key, the latest run request waits, and a
    notice reports that; if the notice is removed, the request is cancelled.
    """

    submitted = Signal()
    input_requested = Signal(object)
    enable_requested = Signal(str)
    key_requested = Signal()
    partner_key_requested = Signal()

    def __init__(
        self, scope: SessionScope, services: SessionServices, partner_key: PartnerKey
    ) -> None:
        super().__init__(scope)
        self._dialog_parent = scope.dialog_parent
        self._services = services
        self._partner_key = partner_key
        self.quiet_period = QuietPeriod(duration_s=_MIN_READING_S)
        self._last_change_notice_key = self._unread_subject = ""
        # A function that returns True while the key is unknown, and the waiting action.
        self._waiting_run: tuple[Callable[[], bool], Callable[[], object]] | None = None
        scope.call_on_close(services.preflight_checker.cancel)
        scope.subscribe(services.account.changed, lambda _state: self._resume_waiting_run())
        scope.subscribe(partner_key.changed, lambda _state: self._resume_waiting_run())
        scope.subscribe(services.queue.job_creator.created, lambda _nothing: self._on_job_created())
        scope.subscribe(services.notices.dismissed, self._on_notice_dismissed)

    def run(self) -> None:
        """Submits the draft to the queue, or reports what has to be done first."""
        self._start(plan_run(self._services.draft_editor), self.run)

    def run_variants(
        self, variants: Sequence[Changes], label: str, descriptions: Sequence[str]
    ) -> None:
        """Runs the draft once with each of `variants`, as one batch named `label`."""
        if not variants:
            return
        draft_editor = self._services.draft_editor
        plan = plan_runs(draft_editor, variants, label, descriptions)
        retry = partial(self.run_variants, variants, label, descriptions)
        self._start(plan, retry, draft_editor.run_blocked_reason(variants[0]))

    def run_batch(self, batch_plan: BatchPlan) -> None:
        """Runs the draft the planned number of times, as one batch.

        The pressed button showed number and price, so they are not confirmed again.
        """
        # Imported late: the first frame runs nothing.
        from runcomfy_desktop.core.sweeps.batch_planner import plan_batch

        retry = partial(self.run_batch, batch_plan)
        self._start(
            plan_batch(self._services.draft_editor, batch_plan), retry, is_cost_confirmed=True
        )

    def run_grid(self, prepared_sweep: PreparedSweep) -> None:
        """Submits the runs of a prepared grid after checking its deployments and files."""
        sweeps = self._services.sweeps
        self._check(
            self._services.preflight_checker.request_for_grid(prepared_sweep),
            lambda shrinks: sweeps.start(prepared_sweep, shrinks=shrinks),
        )

    def cancel_waiting(self) -> None:
        """Cancels a run that waits for a key."""
        self._waiting_run = None
        self._services.notices.outdated.publish(WAITING_NOTICE)

    def _start(
        self,
        plan: RunPlan | None,
        retry: Callable[[], object],
        why: str = "",
        *,
        is_cost_confirmed: bool = False,
    ) -> None:
        """Checks and submits a plan; the draft changes only after all confirmations."""
        if plan is None:
            self.explain_blocked_run(retry, why)
            return
        # A run that is still waiting for a key is replaced by this one.
        self.cancel_waiting()
        checker, queue = self._services.preflight_checker, self._services.queue
        self._check(
            checker.request_for_plan(plan, is_cost_confirmed=is_cost_confirmed),
            lambda shrinks: queue.submit_plan(plan, shrinks=shrinks),
        )

    def _check(self, request: PreflightRequest, submit: Callable[[bool], object]) -> None:
        """Checks runs, asks the user what is open, and calls `submit`, with True to shrink
        pictures."""
        subjects = request.draft_key, *map(_change_notice_key, request.baseline.deployments)
        if self._unread_subject in subjects and not self.quiet_period.check():
            # The press came before the user could read the result of the previous run.
            return
        self._services.preflight_checker.check(request, partial(self._on_checked, submit))

    def _on_checked(self, submit: Callable[[bool], object], preflight: Preflight) -> None:
        """Reports what blocks the runs, or asks what is open, or submits them."""
        changed, request = preflight.changed_deployment, preflight.request
        if changed is not None:
            self._notify_changed(changed)
            self._set_unread(_change_notice_key(changed))
            return
        if preflight.has_waited and request.draft_key:
            self._set_unread(request.draft_key)
        if preflight.unsendable_file is not None:
            self._notify_bad_file(preflight.unsendable_file, preflight.unsendable_reason)
        elif (picture := preflight.picture_needing_address) is not None:
            # The picture belongs to a later run of a batch: in the open draft, it would block the
            # run earlier.
            self._notify_file(picture, address_required_text(picture))
        elif preflight.is_key_unknown:
            check = self._services.preflight_checker.check
            again = partial(check, request, partial(self._on_checked, submit))
            self._wait_for_key(lambda: self._partner_key.state.is_asked, again)
        else:
            self._ask_and_submit(preflight, submit)

    def _ask_and_submit(self, preflight: Preflight, submit: Callable[[bool], object]) -> None:
        """Submits the runs, after the user has agreed if anything is open."""

        def submit_now(shrinks: bool) -> None:
            submit(shrinks)
            self.submitted.emit()

        if not preflight.question_count:
            submit_now(preflight.shrinks)
            return
        # Imported late: the first frame has no dialogs.
        from runcomfy_desktop.ui.run.run_questions import ask_before_run

        budget, add_key = self._services.budget, self.partner_key_requested.emit
        ask_before_run(self._dialog_parent, budget, preflight, submit_now, add_key)

    def _on_job_created(self) -> None:
        """Withdraws the notice that nothing was sent, also if a job of the queue runs again."""
        about, self._last_change_notice_key = self._last_change_notice_key, ""
        if about:
            self._services.notices.outdated.publish(about)

    def _on_notice_dismissed(self, notice: Notice) -> None:
        if notice.subject == WAITING_NOTICE:
            # A run must not wait without a notice in the window.
            self._waiting_run = None

    def _notify_changed(self, deployment: Deployment) -> None:
        """Reports that a deployment has changed since Run was pressed."""
        if self._services.draft_editor.state.is_disabled:
            self.explain_blocked_run(self.run)
            return
        notifier, changed_id = self._services.catalogue.change_notifier, deployment.deployment_id
        shown_deployment = self._services.draft_editor.record_of(changed_id)
        next_step = _("Check your inputs, then press Run.")
        if shown_deployment is None or changes_runs(deployment, shown_deployment):
            next_step = _("It could not be read yet. Try again in a moment.")
        title = _("The deployment %s has changed.") % one_line(deployment.name)
        detail = f"{_('Nothing was sent and nothing was billed.')} {next_step}"
        button, action, key = "", None, _change_notice_key(deployment)
        if notifier.change_of(changed_id) is not None:
            button, action = _("What changed"), partial(notifier.request_details, changed_id)
        self._services.notices.post(
            Notice(NoticeLevel.WARNING, title, detail, "", button, action, key)
        )
        self._last_change_notice_key = key

    def _set_unread(self, subject: str) -> None:
        """Ignores further run requests with this notice subject for a short time.

        Called when the check of deployments has delayed a run: a press made before the user could
        read its result was not meant for another run.
        """
        self._unread_subject = subject
        self.quiet_period.restart()

    def _notify_bad_file(self, file: MediaFile, why: str) -> None:
        """Reports why a run with this file does not start."""
        if self._services.draft_editor.state.blocked_reason:
            self.explain_blocked_run(self.run)
        else:
            # The file belongs to an axis of a grid, which the open draft does not know.
            self._notify_file(file, why)

    def _notify_file(self, file: MediaFile, why: str) -> None:
        detail = _("%s Nothing was sent and nothing was billed.")
        detail %= f"{one_line(file.name)}: {why}"
        self._services.notices.post_info(cannot_run_title(), detail)

    def explain_blocked_run(self, retry: Callable[[], object], why: str = "") -> None:
        """Reports why nothing can be run, or what has to be done first.

        If that is not known yet, `retry` is called as soon as it is. `why` replaces the reason of
        the open draft.
        """
        editor_state, account = self._services.draft_editor.state, self._services.account.state
        if editor_state.draft is not None:
            self._notify_blocked(editor_state, why or editor_state.blocked_reason)
            blocking = (key for key, issue in editor_state.issues.items() if issue.blocks)
            if (key := next(blocking, None)) is not None:
                self.input_requested.emit(key)
            return
        if account.is_undecided:
            self._wait_for_key(lambda: self._services.account.state.is_undecided, retry)
            return
        title, button, action = _("There is nothing to run yet."), "", None
        detail = _("Choose a deployment, or open a workflow file.")
        if not account.is_demo and not account.key_place:
            detail = _("Connect a key first; then your deployments are listed on the left.")
            if account.problem is not None:
                detail = account.problem.sentence()
            button, action = _("Connect a key"), self.key_requested.emit
        self._services.notices.post(Notice(NoticeLevel.INFO, title, detail, "", button, action))

    def _notify_blocked(self, editor_state: EditorState, why: str) -> None:
        """Reports why a draft cannot run, with a button to enable a disabled deployment."""
        title, button, action = cannot_run_title(), "", None
        deployment = editor_state.deployment
        if editor_state.is_disabled and deployment is not None:
            action = partial(self.enable_requested.emit, deployment.deployment_id)
            button = _("Enable…") if deployment.min_instances else _("Enable")
        self._services.notices.post(Notice(NoticeLevel.INFO, title, why, "", button, action))

    def _wait_for_key(self, is_unknown: Callable[[], bool], action: Callable[[], object]) -> None:
        """Lets a run wait until the key is known; a later run replaces a waiting one."""
        title, button = _("The run waits for your key."), _("Do not run")
        detail = _(
            "It goes on when the system's keyring has answered, or when the key that you typed has "
            "been tested. Nothing has been sent."
        )
        warning, cancel = NoticeLevel.WARNING, self.cancel_waiting
        self._services.notices.post(
            Notice(warning, title, detail, "", button, cancel, WAITING_NOTICE)
        )
        self._waiting_run = is_unknown, action

    def _resume_waiting_run(self) -> None:
        if self._waiting_run is None or self._waiting_run[0]():
            return
        _is_unknown, action = self._waiting_run
        self.cancel_waiting()
        action()


def _change_notice_key(deployment: Deployment) -> str:
    """Returns the `subject` of the notice that a deployment has changed."""
    return f"changed {deployment.deployment_id}"


def cannot_run_title() -> str:
    """Returns the title of the notice about a blocked run, withdrawn when it is no longer true."""
    return _("This cannot run yet.")
