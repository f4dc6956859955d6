"""Handlers of the window's actions; menus, bars and pages all end up here."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.domain.app_link import deployment_link, is_link
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.drafts.conversion_report_controller import ConversionReportController
from runcomfy_desktop.ui.drafts.difference_controller import DifferenceController
from runcomfy_desktop.ui.main_window.link_controller import LinkController
from runcomfy_desktop.ui.run.run_controller import RunController
from runcomfy_desktop.ui.run.spending_controller import SpendingController

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QMainWindow

    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogueState
    from runcomfy_desktop.core.drafts.draft_editor import EditorState
    from runcomfy_desktop.core.sweeps.sweep_planner import PreparedSweep
    from runcomfy_desktop.domain.drafts.draft import Changes
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
    from runcomfy_desktop.ui.base.external_opener import ExternalOpener
    from runcomfy_desktop.ui.base.session_services import SessionServices, SettingsServices
    from runcomfy_desktop.ui.main_window.actions import MainActions


class WindowCommands(QObject):
    """Carries out the window's actions, or reports why one is impossible.

    Emits `account_requested` to request a session with a key instead of the demo, `notified` with a
    Notice, `submitted` after a run has been added to the queue, `input_requested` with the key of
    the input that prevents a run, `enable_requested` with the id of the deployment that prevents
    it, and `notice_outdated` with the `subject` of a notice that is no longer true.
    """

    account_requested = Signal()
    notified = Signal(object)
    submitted = Signal()
    input_requested = Signal(object)
    enable_requested = Signal(str)
    notice_outdated = Signal(str)

    def __init__(
        self,
        window: QMainWindow,
        preferences: Preferences,
        opener: ExternalOpener,
        settings_services: SettingsServices,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._preferences = preferences
        self._opener = opener
        self._settings_services = settings_services
        self._services: SessionServices | None = None
        self._subscriptions = Subscriptions()
        self._dialogs: dict[str, QDialog] = {}
        self._pending_path = ""
        self._pending_job: Job | None = None
        self._link_controller = LinkController(window)
        self._link_controller.notified.connect(self.notified)
        self._link_controller.connect_requested.connect(self.connect_key)
        self._spending_controller = SpendingController(window)
        self._spending_controller.limits_requested.connect(self.open_spending_settings)
        self._run_controller = RunController(
            window, self._spending_controller, settings_services.partner_key
        )
        self._run_controller.notified.connect(self.notified)
        self._run_controller.submitted.connect(self.submitted)
        self._run_controller.notice_outdated.connect(self.notice_outdated)
        self._run_controller.input_requested.connect(self.input_requested)
        self._run_controller.enable_requested.connect(self.enable_requested)
        self._run_controller.key_requested.connect(self.connect_key)
        self._run_controller.partner_key_requested.connect(lambda: self.open_settings("partners"))
        self._difference_controller = DifferenceController(window)
        self._difference_controller.notified.connect(self.notified)
        self._conversion_report_controller = ConversionReportController(window)
        self._conversion_report_controller.input_requested.connect(self.input_requested)

    def connect_actions(self, main_actions: MainActions) -> None:
        """Connects the actions that are handled here."""
        for action, handler in (
            (main_actions.open_file, self.choose_file),
            (main_actions.conversion_report, self._conversion_report_controller.open),
            (main_actions.open_outputs, self.open_output_folder),
            (main_actions.connect_key, self.connect_key),
            (main_actions.disconnect_key, self.disconnect_key),
            (main_actions.settings, self.open_settings),
            (main_actions.undo, self.undo),
            (main_actions.redo, self.redo),
            (main_actions.reset_all, self.reset_all),
            (main_actions.copy_difference, self._difference_controller.copy),
            (main_actions.save_difference, self._difference_controller.save),
            (main_actions.use_examples, self.use_examples),
            (main_actions.use_file_values, self.use_file_values),
            (main_actions.run_file_itself, self.run_file_itself),
            (main_actions.use_deployed, self.use_deployed_workflow),
            (main_actions.run, self.run),
            (main_actions.refresh, self.refresh),
            (main_actions.copy_id, self.copy_id),
            (main_actions.copy_link, self.copy_link),
            (main_actions.open_logs, self.open_logs),
        ):
            action.triggered.connect(lambda _checked=False, handler=handler: handler())

    def attach(self, services: SessionServices) -> None:
        """Starts a session; a file that waited for one is opened now."""
        self._services = services
        self._subscriptions.add(services.draft_editor.changed, self._on_draft_editor_changed)
        self._subscriptions.add(services.catalogue.changed, self._on_catalogue_changed)
        if self._pending_path:
            path, self._pending_path = self._pending_path, ""
            services.workflow_files.open(path)
        self._link_controller.attach(services)
        self._spending_controller.attach(services)
        self._run_controller.attach(services)
        self._difference_controller.attach(services)
        self._conversion_report_controller.attach(services)

    def detach(self) -> None:
        self._subscriptions.close()
        self._link_controller.detach()
        self._spending_controller.detach()
        self._run_controller.detach()
        self._difference_controller.detach()
        self._conversion_report_controller.detach()
        self._services = None
        self._pending_job = None
        # The dialog shows the account of the session that has ended.
        if "connect" in self._dialogs:
            self._dialogs["connect"].reject()

    # Files and places

    def choose_file(self) -> None:
        chooser = QFileDialog(self._window, _("Open a workflow"))
        chooser.setObjectName("open_file_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        workflow_filter = _(
            "Workflows and pictures that carry one (*.json *.png *.webp *.jpg *.jpeg)"
        )
        chooser.setNameFilters([workflow_filter, _("Workflows (*.json)"), _("All files (*)")])
        for latest in self._preferences.settings.recent_files[:1]:
            chooser.setDirectory(str(PurePath(latest).parent))
        chooser.fileSelected.connect(self.open_path)
        chooser.open()

    def handle_open_request(self, path_or_link: str) -> None:
        """Opens a file at once, or a link's deployment after asking the user."""
        if is_link(path_or_link):
            self._link_controller.open_link(path_or_link)
        elif path_or_link:
            self.open_path(path_or_link)

    def open_path(self, path: str) -> None:
        """Opens a workflow file, now or as soon as there is a session."""
        if self._services is None:
            self._pending_path = path
        else:
            self._services.workflow_files.open(path)

    def open_output_folder(self) -> None:
        if self._services is not None:
            self._opener.open_folder(self._services.output_folder())

    def show_folder(self, folder: Path) -> None:
        """Shows the folder of a user's file."""
        self._opener.show_folder(folder)

    def open_logs(self) -> None:
        if self._services is not None:
            self._opener.open_folder(self._services.log_folder)

    def open_deployment(self, deployment_id: str) -> None:
        if self._services is not None:
            self._services.catalogue.open(deployment_id)

    def refresh(self) -> None:
        """Refreshes balance, deployments and jobs; if offline, retries the connection."""
        if self._services is None:
            return
        account, catalogue = self._services.account, self._services.catalogue
        # By name, because importing the enum would also import the network modules.
        if account.state.phase.name == "SIGNED_IN" or catalogue.state.problem is not None:
            catalogue.refresh()
        account.refresh()
        # A job that belonged to another key is seldom polled automatically.
        self._services.queue.wake()

    def copy_id(self) -> None:
        deployment = self._services.draft_editor.state.deployment if self._services else None
        if deployment is not None:
            QGuiApplication.clipboard().setText(deployment.deployment_id)
            self._notify(_("The deployment ID is on the clipboard."))

    def copy_link(self) -> None:
        deployment = self._services.draft_editor.state.deployment if self._services else None
        link = deployment_link(deployment.deployment_id) if deployment is not None else ""
        if link:
            QGuiApplication.clipboard().setText(link)
            detail = _("It opens this deployment for whoever has a key of its account.")
            self._notify(_("The link is on the clipboard."), detail)

    # The account

    def connect_key(self) -> None:
        """Opens the dialog for a key; in the demo, requests a session with RunComfy first."""
        if self._services is not None and self._services.account.state.is_demo:
            self.account_requested.emit()
        else:
            self.open_connect()

    def open_connect(self) -> None:
        if self._services is None or self._raise_dialog("connect"):
            return
        from runcomfy_desktop.ui.account.connect import ConnectDialog

        dialog = ConnectDialog(self._services.account, self._window)
        dialog.profile_requested.connect(self._opener.open_profile)
        dialog.settings_requested.connect(self._on_connect_settings_requested)
        self._open_dialog("connect", dialog)

    def disconnect_key(self) -> None:
        if self._services is None:
            return
        from runcomfy_desktop.ui.widgets.confirm import ask_confirmation

        ask_confirmation(
            self._window,
            "confirm_disconnect",
            title=_("Remove the key from this computer?"),
            text=_(
                "Jobs which run on RunComfy go on there and are billed. They are taken up again "
                "when a key is connected."
            ),
            button_text=_("Remove the key"),
            on_yes=self._services.account.disconnect,
        )

    # Dialogs

    def open_settings(self, page: str = "") -> None:
        if self._raise_dialog("settings"):
            return
        from runcomfy_desktop.ui.settings.settings_dialog import SettingsDialog

        chosen = self._preferences.settings.output_folder
        default_folder = (
            str(self._services.output_folder()) if self._services and not chosen else ""
        )
        machines = self._spending_controller.machine_skus()
        dialog = SettingsDialog(
            self._preferences, self._settings_services, default_folder, self._window, machines
        )
        dialog.presets_page.set_library(
            self._services.preset_library if self._services else None, self._preferences
        )
        if page:
            dialog.show_page(page)
        self._open_dialog("settings", dialog)

    def open_spending_settings(self) -> None:
        """Opens the settings for prices and limits."""
        self.open_settings("money")

    def _raise_dialog(self, name: str) -> bool:
        """Raises a dialog if it is already open; returns False if it is not."""
        if name in self._dialogs:
            self._dialogs[name].raise_()
            self._dialogs[name].activateWindow()
            return True
        return False

    def _open_dialog(self, name: str, dialog: QDialog) -> None:
        self._dialogs[name] = dialog
        dialog.finished.connect(lambda _result: self._dialogs.pop(name, None))
        dialog.open()

    def _on_connect_settings_requested(self) -> None:
        self._dialogs["connect"].reject()
        self.open_settings()

    # Editing

    def undo(self) -> None:
        if self._services is not None:
            self._services.draft_editor.undo()

    def redo(self) -> None:
        if self._services is not None:
            self._services.draft_editor.redo()

    def reset_all(self) -> None:
        if self._services is not None:
            self._services.draft_editor.reset_all()

    def use_examples(self) -> None:
        if self._services is not None:
            self._services.draft_editor.use_examples()

    def run_file_itself(self) -> None:
        if self._services is not None:
            self._services.draft_editor.run_file_workflow()

    def use_file_values(self) -> None:
        if self._services is not None:
            self._services.draft_editor.take_over_file_values()

    def use_deployed_workflow(self) -> None:
        if self._services is not None:
            self._services.draft_editor.use_deployed_workflow()

    def use_inputs_of(self, job_id: str) -> None:
        """Applies a job's inputs on its deployment, as one step that can be undone."""
        job = self._services.queue.jobs.get(job_id) if self._services else None
        if job is None or self._services is None:
            return
        editor_state = self._services.draft_editor.state
        if (
            editor_state.deployment is not None
            and editor_state.deployment.deployment_id == job.deployment_id
        ):
            self._apply_job_inputs(job)
        else:
            self._pending_job = job
            self._services.catalogue.open(job.deployment_id)
            self._on_catalogue_changed(self._services.catalogue.state)

    def _on_draft_editor_changed(self, editor_state: EditorState) -> None:
        job, deployment = self._pending_job, editor_state.deployment
        # Until the job's deployment is open, changes concern the previous draft, which the user may
        # still be editing.
        if job is not None and deployment and deployment.deployment_id == job.deployment_id:
            self._pending_job = None
            self._apply_job_inputs(job)

    def _on_catalogue_changed(self, catalogue: DeploymentCatalogueState) -> None:
        """Discards the pending job if its deployment could not be opened.

        Opening that deployment later must not apply the job's inputs.
        """
        job = self._pending_job
        if job is not None and catalogue.opening_id != job.deployment_id:
            self._pending_job = None

    def _apply_job_inputs(self, job: Job) -> None:
        draft = self._services.draft_editor.state.draft if self._services else None
        if draft is None or self._services is None:
            return
        label = _("Use the inputs of %s") % one_line(job.title)
        from runcomfy_desktop.domain.jobs.job_inputs import with_job_inputs

        self._services.draft_editor.replace_draft(with_job_inputs(job, draft), label)
        if job.workflow_file and not job.is_reshaped and not draft.runs_file:
            self._services.notices.post_info(
                _("This job ran a workflow file of its own."),
                _("What was changed in it is here now; for the rest, open that file and run it."),
            )

    # Running

    def run(self) -> None:
        """Submits the draft to the queue, or reports what has to be done first."""
        self._run_controller.run()

    def run_variants(
        self, variants: Sequence[Changes], label: str, descriptions: Sequence[str]
    ) -> None:
        """Submits the draft once for each of `variants`, see RunController."""
        self._run_controller.run_variants(variants, label, descriptions)

    def run_batch(self, batch_plan: BatchPlan) -> None:
        """Submits the draft several times as one batch, see RunController."""
        self._run_controller.run_batch(batch_plan)

    def run_grid(self, prepared_sweep: PreparedSweep) -> None:
        """Submits the runs of a prepared grid, see RunController."""
        self._run_controller.run_grid(prepared_sweep)

    def cancel_waiting_run(self) -> None:
        """Cancels a run that waits for a key, because its notice was removed."""
        self._run_controller.cancel_waiting()

    def explain_blocked_run(self, retry: Callable[[], object]) -> None:
        """Reports why nothing can be run, see RunController."""
        self._run_controller.explain_blocked_run(retry)

    def _notify(self, title: str, detail: str = "") -> None:
        self.notified.emit(Notice(NoticeLevel.INFO, title, detail))
