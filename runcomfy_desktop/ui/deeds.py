"""What the actions of the window do; menus, bars and pages all end up here."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.link import deployment_link, is_link
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.conversion_desk import ConversionDesk
from runcomfy_desktop.ui.difference_desk import DifferenceDesk
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.link_desk import LinkDesk
from runcomfy_desktop.ui.money_desk import MoneyDesk
from runcomfy_desktop.ui.run_desk import RunDesk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QMainWindow

    from runcomfy_desktop.core.catalogue import CatalogueState
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.sweep_planner import Prepared
    from runcomfy_desktop.core.workbench import BenchState
    from runcomfy_desktop.domain.draft import Changes
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.sweep.several import Several
    from runcomfy_desktop.ui.actions import Actions
    from runcomfy_desktop.ui.parts import SettingsAids, WindowParts
    from runcomfy_desktop.ui.places import Places


class Deeds(QObject):
    """Does what was asked for, or says why not.

    Emits `account_requested` for a session of the other kind, `told` with a Notice, `submitted`
    after a run was handed to the queue, `input_wanted` with the key of the input that keeps a
    run from starting, `enable_wanted` with the id of the deployment that does, and `outdated`
    with the `about` of a notice that is no longer true.
    """

    account_requested = Signal()
    told = Signal(object)
    submitted = Signal()
    input_wanted = Signal(object)
    enable_wanted = Signal(str)
    outdated = Signal(str)

    def __init__(
        self,
        window: QMainWindow,
        preferences: Preferences,
        places: Places,
        aids: SettingsAids,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._preferences = preferences
        self._places = places
        self._aids = aids
        self._parts: WindowParts | None = None
        self._links = Subscriptions()
        self._dialogs: dict[str, QDialog] = {}
        self._pending_path = ""
        self._pending_job: Job | None = None
        self._link_desk = LinkDesk(window)
        self._link_desk.told.connect(self.told)
        self._link_desk.connect_requested.connect(self.connect_key)
        self._money_desk = MoneyDesk(window)
        self._money_desk.limits_wanted.connect(self.open_money)
        self._run_desk = RunDesk(window, self._money_desk, aids.partner_key)
        self._run_desk.told.connect(self.told)
        self._run_desk.submitted.connect(self.submitted)
        self._run_desk.outdated.connect(self.outdated)
        self._run_desk.input_wanted.connect(self.input_wanted)
        self._run_desk.enable_wanted.connect(self.enable_wanted)
        self._run_desk.key_wanted.connect(self.connect_key)
        self._run_desk.partner_key_wanted.connect(lambda: self.open_settings("partners"))
        self._differences = DifferenceDesk(window)
        self._differences.told.connect(self.told)
        self._conversions = ConversionDesk(window)
        self._conversions.input_wanted.connect(self.input_wanted)

    def follow(self, menu: Actions) -> None:
        """Does what is done here when an action is triggered."""
        for action, deed in (
            (menu.open_file, self.choose_file),
            (menu.conversion_report, self._conversions.open),
            (menu.open_outputs, self.open_outputs),
            (menu.connect_key, self.connect_key),
            (menu.disconnect_key, self.disconnect_key),
            (menu.settings, self.open_settings),
            (menu.undo, self.undo),
            (menu.redo, self.redo),
            (menu.reset_all, self.reset_all),
            (menu.copy_difference, self._differences.copy),
            (menu.save_difference, self._differences.save),
            (menu.use_examples, self.use_examples),
            (menu.use_file_values, self.use_file_values),
            (menu.run_file_itself, self.run_file_itself),
            (menu.use_deployed, self.use_deployed_workflow),
            (menu.run, self.run),
            (menu.refresh, self.refresh),
            (menu.copy_id, self.copy_id),
            (menu.copy_link, self.copy_link),
            (menu.open_logs, self.open_logs),
        ):
            action.triggered.connect(lambda _checked=False, deed=deed: deed())

    def attach(self, parts: WindowParts) -> None:
        """Begins a session; a file that waited for one is opened now."""
        self._parts = parts
        self._links.add(parts.workbench.changed, self._on_workbench_changed)
        self._links.add(parts.catalogue.changed, self._on_catalogue_changed)
        if self._pending_path:
            path, self._pending_path = self._pending_path, ""
            parts.files.open(path)
        self._link_desk.attach(parts)
        self._money_desk.attach(parts)
        self._run_desk.attach(parts)
        self._differences.attach(parts)
        self._conversions.attach(parts)

    def detach(self) -> None:
        self._links.close()
        self._link_desk.detach()
        self._money_desk.detach()
        self._run_desk.detach()
        self._differences.detach()
        self._conversions.detach()
        self._parts = None
        self._pending_job = None
        # It shows an account that is gone now.
        if "connect" in self._dialogs:
            self._dialogs["connect"].reject()

    # Files and places

    def choose_file(self) -> None:
        chooser = QFileDialog(self._window, _("Open a workflow"))
        chooser.setObjectName("open_file_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        carriers = _("Workflows and pictures that carry one (*.json *.png *.webp *.jpg *.jpeg)")
        chooser.setNameFilters([carriers, _("Workflows (*.json)"), _("All files (*)")])
        for latest in self._preferences.settings.recent_files[:1]:
            chooser.setDirectory(str(PurePath(latest).parent))
        chooser.fileSelected.connect(self.open_path)
        chooser.open()

    def open_arrival(self, arrival: str) -> None:
        """Opens what came from outside: a file at once, what a link leads to after a question."""
        if is_link(arrival):
            self._link_desk.take(arrival)
        elif arrival:
            self.open_path(arrival)

    def open_path(self, path: str) -> None:
        """Opens a workflow file, now or as soon as a session is there."""
        if self._parts is None:
            self._pending_path = path
        else:
            self._parts.files.open(path)

    def open_outputs(self) -> None:
        if self._parts is not None:
            self._places.open_folder(self._parts.output_folder())

    def show_folder(self, folder: Path) -> None:
        """A folder that a person's file lies in."""
        self._places.show_folder(folder)

    def open_logs(self) -> None:
        if self._parts is not None:
            self._places.open_folder(self._parts.log_folder)

    def open_deployment(self, deployment_id: str) -> None:
        if self._parts is not None:
            self._parts.catalogue.open(deployment_id)

    def refresh(self) -> None:
        """The balance, the deployments and the jobs; without a connection, the connection."""
        if self._parts is None:
            return
        account, catalogue = self._parts.account, self._parts.catalogue
        # By name: the module of the phases brings the network with it.
        if account.state.phase.name == "SIGNED_IN" or catalogue.state.problem is not None:
            catalogue.refresh()
        account.refresh()
        # A job that belonged to another key is seldom asked about by itself.
        self._parts.queue.wake()

    def copy_id(self) -> None:
        deployment = self._parts.workbench.state.deployment if self._parts else None
        if deployment is not None:
            QGuiApplication.clipboard().setText(deployment.deployment_id)
            self._tell(_("The deployment ID is on the clipboard."))

    def copy_link(self) -> None:
        deployment = self._parts.workbench.state.deployment if self._parts else None
        link = deployment_link(deployment.deployment_id) if deployment is not None else ""
        if link:
            QGuiApplication.clipboard().setText(link)
            about = _("It opens this deployment for whoever has a key of its account.")
            self._tell(_("The link is on the clipboard."), about)

    # The account

    def connect_key(self) -> None:
        """Asks for a key; in the demo a session with RunComfy comes first."""
        if self._parts is not None and self._parts.account.state.is_demo:
            self.account_requested.emit()
        else:
            self.open_connect()

    def open_connect(self) -> None:
        if self._parts is None or self._raise("connect"):
            return
        from runcomfy_desktop.ui.dialogs.connect import ConnectDialog

        dialog = ConnectDialog(self._parts.account, self._window)
        dialog.profile_requested.connect(self._places.open_profile)
        dialog.settings_requested.connect(self._on_connect_settings_requested)
        self._open("connect", dialog)

    def disconnect_key(self) -> None:
        if self._parts is None:
            return
        from runcomfy_desktop.ui.dialogs.confirm import ask

        ask(
            self._window,
            "confirm_disconnect",
            title=_("Remove the key from this computer?"),
            text=_(
                "Jobs which run on RunComfy go on there and are billed. They are taken up again "
                "when a key is connected."
            ),
            deed=_("Remove the key"),
            on_yes=self._parts.account.disconnect,
        )

    # Dialogs

    def open_settings(self, page: str = "") -> None:
        if self._raise("settings"):
            return
        from runcomfy_desktop.ui.dialogs.settings import SettingsDialog

        chosen = self._preferences.settings.output_folder
        usual = str(self._parts.output_folder()) if self._parts and not chosen else ""
        machines = self._money_desk.machines()
        dialog = SettingsDialog(self._preferences, self._aids, usual, self._window, machines)
        dialog.presets.follow(self._parts.library if self._parts else None, self._preferences)
        if page:
            dialog.show_page(page)
        self._open("settings", dialog)

    def open_money(self) -> None:
        """The settings for prices and limits."""
        self.open_settings("money")

    def _raise(self, name: str) -> bool:
        """Brings a dialog forward that is open already."""
        if name in self._dialogs:
            self._dialogs[name].raise_()
            self._dialogs[name].activateWindow()
            return True
        return False

    def _open(self, name: str, dialog: QDialog) -> None:
        self._dialogs[name] = dialog
        dialog.finished.connect(lambda _result: self._dialogs.pop(name, None))
        dialog.open()

    def _on_connect_settings_requested(self) -> None:
        self._dialogs["connect"].reject()
        self.open_settings()

    # Editing

    def undo(self) -> None:
        if self._parts is not None:
            self._parts.workbench.undo()

    def redo(self) -> None:
        if self._parts is not None:
            self._parts.workbench.redo()

    def reset_all(self) -> None:
        if self._parts is not None:
            self._parts.workbench.reset_all()

    def use_examples(self) -> None:
        if self._parts is not None:
            self._parts.workbench.use_examples()

    def run_file_itself(self) -> None:
        if self._parts is not None:
            self._parts.workbench.run_file_itself()

    def use_file_values(self) -> None:
        if self._parts is not None:
            self._parts.workbench.take_over_file_values()

    def use_deployed_workflow(self) -> None:
        if self._parts is not None:
            self._parts.workbench.use_deployed_workflow()

    def use_inputs_of(self, job_id: str) -> None:
        """Brings a job's inputs back, on its deployment, as one step that can be undone."""
        job = self._parts.queue.jobs.get(job_id) if self._parts else None
        if job is None or self._parts is None:
            return
        bench = self._parts.workbench.state
        if bench.deployment is not None and bench.deployment.deployment_id == job.deployment_id:
            self._take_over(job)
        else:
            self._pending_job = job
            self._parts.catalogue.open(job.deployment_id)
            self._on_catalogue_changed(self._parts.catalogue.state)

    def _on_workbench_changed(self, bench: BenchState) -> None:
        job, deployment = self._pending_job, bench.deployment
        # Until then it is the draft before it that changes: somebody types on.
        if job is not None and deployment and deployment.deployment_id == job.deployment_id:
            self._pending_job = None
            self._take_over(job)

    def _on_catalogue_changed(self, catalogue: CatalogueState) -> None:
        """Its deployment could not be opened: opened later, it is opened for its own sake."""
        job = self._pending_job
        if job is not None and catalogue.opening_id != job.deployment_id:
            self._pending_job = None

    def _take_over(self, job: Job) -> None:
        draft = self._parts.workbench.state.draft if self._parts else None
        if draft is None or self._parts is None:
            return
        label = _("Use the inputs of %s") % one_line(job.title)
        from runcomfy_desktop.domain.job_inputs import as_sent_by

        self._parts.workbench.take(as_sent_by(job, draft), label)
        if job.workflow_file and not job.is_reshaped and not draft.runs_file:
            self._parts.notices.info(
                _("This job ran a workflow file of its own."),
                _("What was changed in it is here now; for the rest, open that file and run it."),
            )

    # Running

    def run(self) -> None:
        """Hands the draft to the queue, or says what has to be done first."""
        self._run_desk.run()

    def run_each(self, variants: Sequence[Changes], label: str, abouts: Sequence[str]) -> None:
        """The same once for each of `variants`, see RunDesk."""
        self._run_desk.run_each(variants, label, abouts)

    def run_several(self, several: Several) -> None:
        """The same so often as one batch, see RunDesk."""
        self._run_desk.run_several(several)

    def run_grid(self, prepared: Prepared) -> None:
        """The same for a grid."""
        self._run_desk.run_grid(prepared)

    def give_up_waiting(self) -> None:
        """Forgets a run that waits for a key: nobody sees any more that it does."""
        self._run_desk.give_up()

    def explain_run(self, again: Callable[[], object]) -> None:
        """Says why nothing can be run, see RunDesk."""
        self._run_desk.explain(again)

    def _tell(self, title: str, detail: str = "") -> None:
        self.told.emit(Notice(NoticeLevel.INFO, title, detail))
