"""Handlers of the window's actions in a session; menus, bars and pages all end up here."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from runcomfy_desktop.domain.app_link import deployment_link
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line

if TYPE_CHECKING:
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogueState
    from runcomfy_desktop.core.editor.draft_editor import EditorState
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.account.connect import ConnectDialog
    from runcomfy_desktop.ui.base.external_opener import ExternalOpener
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.actions import MainActions


class SessionCommands(QObject):
    """Carries out the window's actions on the session, or reports why one is impossible.

    Emits `account_requested` to request a session with a key instead of the demo, and
    `settings_requested` to open the settings.
    """

    account_requested = Signal()
    settings_requested = Signal()

    def __init__(
        self,
        scope: SessionScope,
        services: SessionServices,
        main_actions: MainActions,
        preferences: Preferences,
        opener: ExternalOpener,
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._services = services
        self._preferences = preferences
        self._opener = opener
        self._connect_dialog: ConnectDialog | None = None
        self._pending_job: Job | None = None
        scope.subscribe(services.draft_editor.changed, self._on_draft_editor_changed)
        scope.subscribe(services.catalogue.changed, self._on_catalogue_changed)
        self._connect_actions(main_actions)

    def _connect_actions(self, main_actions: MainActions) -> None:
        editor = self._services.draft_editor
        for action, handler in (
            (main_actions.open_file, self.choose_file),
            (main_actions.open_outputs, self.open_output_folder),
            (main_actions.connect_key, self.connect_key),
            (main_actions.disconnect_key, self.disconnect_key),
            (main_actions.undo, editor.undo),
            (main_actions.redo, editor.redo),
            (main_actions.tree.reset_all, editor.reset_all),
            (main_actions.use_examples, editor.use_examples),
            (main_actions.use_file_values, editor.take_over_file_values),
            (main_actions.run_file_itself, editor.run_file_workflow),
            (main_actions.use_deployed, editor.use_deployed_workflow),
            (main_actions.refresh, self.refresh),
            (main_actions.deployment.copy_id, self.copy_id),
            (main_actions.deployment.copy_link, self.copy_link),
            (main_actions.open_logs, self.open_logs),
        ):
            self._scope.connect_signal(action.triggered, handler)
        self._scope.connect_signal(main_actions.recent_file_chosen, self.open_path)

    # Files and places

    def choose_file(self) -> None:
        chooser = QFileDialog(self._scope.dialog_parent, _("Open a workflow"))
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

    def open_path(self, path: str) -> None:
        """Opens a workflow file."""
        self._services.workflow_files.open(path)

    def open_output_folder(self) -> None:
        self._opener.open_folder(self._services.output_folder())

    def open_logs(self) -> None:
        self._opener.open_folder(self._services.log_folder)

    def open_deployment(self, deployment_id: str) -> None:
        self._services.catalogue.open(deployment_id)

    def refresh(self) -> None:
        """Refreshes balance, deployments and jobs; if offline, retries the connection."""
        account, catalogue = self._services.account, self._services.catalogue
        # By name, because importing the enum would also import the network modules.
        if account.state.phase.name == "SIGNED_IN" or catalogue.state.problem is not None:
            catalogue.refresh()
        account.refresh()
        # A job that belonged to another key is seldom polled automatically.
        self._services.queue.wake()

    def copy_id(self) -> None:
        deployment = self._services.draft_editor.state.deployment
        if deployment is not None:
            QGuiApplication.clipboard().setText(deployment.deployment_id)
            self._services.notices.post_info(_("The deployment ID is on the clipboard."))

    def copy_link(self) -> None:
        deployment = self._services.draft_editor.state.deployment
        link = deployment_link(deployment.deployment_id) if deployment is not None else ""
        if link:
            QGuiApplication.clipboard().setText(link)
            detail = _("It opens this deployment for whoever has a key of its account.")
            self._services.notices.post_info(_("The link is on the clipboard."), detail)

    # The account

    def connect_key(self) -> None:
        """Opens the dialog for a key; in the demo, requests a session with RunComfy first."""
        if self._services.account.state.is_demo:
            self.account_requested.emit()
        else:
            self.open_connect()

    def open_connect(self) -> None:
        """Opens the dialog for a key, or raises it."""
        if self._connect_dialog is None:
            from runcomfy_desktop.ui.account.connect import ConnectDialog

            dialog = ConnectDialog(self._services.account, self._scope.dialog_parent)
            dialog.profile_requested.connect(self._opener.open_profile)
            dialog.settings_requested.connect(self._on_connect_settings_requested)
            dialog.finished.connect(self._on_connect_finished)
            self._connect_dialog = dialog
            dialog.open()
        self._connect_dialog.raise_()
        self._connect_dialog.activateWindow()

    def _on_connect_finished(self) -> None:
        self._connect_dialog = None

    def _on_connect_settings_requested(self) -> None:
        if self._connect_dialog is not None:
            self._connect_dialog.reject()
        self.settings_requested.emit()

    def disconnect_key(self) -> None:
        from runcomfy_desktop.ui.widgets.confirm import ask_confirmation

        ask_confirmation(
            self._scope.dialog_parent,
            "confirm_disconnect",
            title=_("Remove the key from this computer?"),
            text=_(
                "Jobs which run on RunComfy go on there and are billed. They are taken up again "
                "when a key is connected."
            ),
            button_text=_("Remove the key"),
            on_yes=self._services.account.disconnect,
        )

    # Inputs of a job

    def use_inputs_of(self, job_id: str) -> None:
        """Applies a job's inputs on its deployment, as one step that can be undone."""
        job = self._services.queue.jobs.get(job_id)
        if job is None:
            return
        deployment = self._services.draft_editor.state.deployment
        if deployment is not None and deployment.deployment_id == job.deployment_id:
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
        draft = self._services.draft_editor.state.draft
        if draft is None:
            return
        label = _("Use the inputs of %s") % one_line(job.title)
        from runcomfy_desktop.domain.jobs.job_inputs import with_job_inputs

        self._services.draft_editor.replace_draft(with_job_inputs(job, draft), label)
        if job.workflow_file and not job.is_reshaped and not draft.runs_file:
            self._services.notices.post_info(
                _("This job ran a workflow file of its own."),
                _("What was changed in it is here now; for the rest, open that file and run it."),
            )
