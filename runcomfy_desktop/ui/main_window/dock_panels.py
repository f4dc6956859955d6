"""The session's panels in the docks of deployments, queue and output."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, Signal

from runcomfy_desktop.ui.base.chunked_work import import_steps
from runcomfy_desktop.ui.job_queue.result_follower import ResultFollower

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.deployments.deployment_controller import DeploymentController
    from runcomfy_desktop.ui.deployments.deployments_panel import DeploymentsPanel
    from runcomfy_desktop.ui.job_queue.column_layout import HiddenColumns
    from runcomfy_desktop.ui.job_queue.panel import JobsPanel
    from runcomfy_desktop.ui.job_queue.sort_order import JobSortOrder
    from runcomfy_desktop.ui.main_window.session_commands import SessionCommands
    from runcomfy_desktop.ui.main_window.window_frame import WindowFrame
    from runcomfy_desktop.ui.results.full_view import FullView
    from runcomfy_desktop.ui.results.panel import OutputPanel
    from runcomfy_desktop.ui.widgets.panel_dock import PanelDock

_JOBS_ORDER_KEY = "jobs_order"
_HIDDEN_COLUMNS_KEY = "jobs_hidden_columns"
# Modules of each panel, in the order of import.
_PANEL_MODULES = {
    "deployments": (
        "runcomfy_desktop.ui.deployments.deployments_model",
        "runcomfy_desktop.ui.deployments.deployments_panel",
    ),
    "output": (
        "runcomfy_desktop.ui.job_queue.state_texts",
        "runcomfy_desktop.ui.job_queue.job_commands",
        "runcomfy_desktop.ui.images.picture_decoder",
        "runcomfy_desktop.ui.results.filmstrip",
        "runcomfy_desktop.ui.results.result_view",
        "runcomfy_desktop.ui.results.panel",
    ),
    "queue": (
        "runcomfy_desktop.ui.job_queue.jobs_model",
        "runcomfy_desktop.ui.job_queue.row_painter",
        "runcomfy_desktop.ui.job_queue.panel",
    ),
}


class DockPanels(QObject):
    """Builds the panel of each dock when the dock is first seen in a session.

    Emits `grid_requested` with the id of a batch whose grid the user wants to see.

    The docks of the graph, the presets and the drafts are filled by their own controllers. The
    order of the queue's rows and its hidden columns are kept in the frame's `window_state`.
    """

    grid_requested = Signal(str)

    def __init__(
        self,
        scope: SessionScope,
        services: SessionServices,
        frame: WindowFrame,
        commands: SessionCommands,
        deployment_controller: DeploymentController,
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._services = services
        self._window = frame.window
        self._docks = frame.docks
        self._window_state = frame.window_state
        self._queue_actions = frame.main_actions.queue
        self._commands = commands
        self._deployment_controller = deployment_controller
        self._follower = ResultFollower(scope, services.queue)
        self._follower.job_shown.connect(self._on_follower_job_shown)
        scope.connect_signal(
            frame.main_actions.full_view.triggered, lambda: self.full_view.toggle()
        )
        for dock in self._docks.session_docks():
            scope.connect_signal(dock.panel_needed, lambda dock=dock: self._build(dock))

    def build_visible(self) -> Iterator[None]:
        """Builds the panels of the visible docks step by step."""
        for dock in self._docks.session_docks():
            if dock.isVisible() and dock.panel is None:
                yield from import_steps(*_PANEL_MODULES[dock.name])
                self._build(dock)
                yield None

    @cached_property
    def deployments_panel(self) -> DeploymentsPanel:
        from runcomfy_desktop.ui.deployments.deployments_panel import DeploymentsPanel

        panel = DeploymentsPanel(self._scope, self._services.catalogue, self._services.draft_editor)
        panel.opened.connect(self._commands.open_deployment)
        panel.details_requested.connect(self._deployment_controller.show_details)
        panel.menu_requested.connect(self._deployment_controller.show_menu)
        panel.refresh_requested.connect(self._commands.refresh)
        self._docks.deployments.set_panel(panel, [(panel.refresh_button, "refresh")])
        return panel

    @cached_property
    def jobs_panel(self) -> JobsPanel:
        from runcomfy_desktop.ui.job_queue.panel import JobsPanel

        panel = JobsPanel(
            self._scope,
            self._services.queue,
            self._services.budget,
            follower=self._follower,
            thumbnails=self.output_panel.thumbnails if self._has_output_panel else None,
            media_folder=self._services.media_store.folder,
        )
        panel.open_requested.connect(self._on_jobs_open_requested)
        panel.full_view_requested.connect(lambda: self.full_view.enter())
        panel.cancellable_changed.connect(self._queue_actions.update_for_selection)
        panel.grid_requested.connect(self.grid_requested)
        self._restore_columns(panel)
        self._docks.queue.set_panel(panel, header=panel.header)
        # The panel has selected the shown job before it was connected.
        self._queue_actions.update_for_selection(panel.can_cancel_selected, panel.can_cancel_batch)
        return panel

    def _restore_columns(self, panel: JobsPanel) -> None:
        """Restores the order and the columns of the queue, and keeps the user's next choices."""
        from runcomfy_desktop.ui.job_queue.column_layout import hidden_from_stored
        from runcomfy_desktop.ui.job_queue.sort_order import order_from_stored

        panel.set_order(order_from_stored(self._stored_text(_JOBS_ORDER_KEY)))
        panel.hide_columns(hidden_from_stored(self._stored_text(_HIDDEN_COLUMNS_KEY)))
        for key, signal in (
            (_JOBS_ORDER_KEY, panel.order_chosen),
            (_HIDDEN_COLUMNS_KEY, panel.hidden_chosen),
        ):
            signal.connect(partial(self._store_choice, key))

    def _stored_text(self, key: str) -> str:
        return bytes(self._window_state.value(key).data()).decode("ascii", "replace")

    def _store_choice(self, key: str, choice: JobSortOrder | HiddenColumns) -> None:
        self._window_state.set_value(key, QByteArray(choice.stored_text.encode()))

    @cached_property
    def output_panel(self) -> OutputPanel:
        from runcomfy_desktop.ui.results.panel import OutputPanel

        panel = OutputPanel(
            self._scope,
            self._services.queue,
            self._services.budget,
            thumbnail_files=self._services.thumbnail_files,
        )
        panel.inputs_requested.connect(self._commands.use_inputs_of)
        panel.job_chosen.connect(self._follower.choose)
        panel.viewer.full_view_requested.connect(lambda: self.full_view.toggle())
        panel.pager.stay_toggled.connect(self._follower.set_staying)
        self._docks.output.set_panel(panel, header=panel.pager)
        panel.show_job(self._follower.shown_job_id)
        return panel

    @cached_property
    def full_view(self) -> FullView:
        from runcomfy_desktop.ui.results.full_view import FullView

        return FullView(self._scope, self._window, self.output_panel)

    def show_job(self, job_id: str) -> None:
        """Shows the queue, and selects the job if it belongs to this session."""
        panel = self.jobs_panel
        self._docks.queue.bring_to_front()
        if panel.model.job(job_id) is not None:
            panel.select_job(job_id)

    def show_output(self, job: Job) -> None:
        """Shows a job's outputs in their dock without raising it.

        The job need not be in the list.
        """
        if self._has_output_panel:
            self.output_panel.show_past_job(job)
        self._follower.choose(job.job_id)

    def open_output(self, job: Job) -> None:
        """Shows a job's outputs in their dock, in front."""
        self._docks.output.bring_to_front()
        self.show_output(job)

    @property
    def _has_output_panel(self) -> bool:
        """True if the panel is built: showing a job in a hidden dock must not build it."""
        return "output_panel" in self.__dict__

    def _build(self, dock: PanelDock) -> None:
        # Each property builds its panel when it is first read.
        if dock is self._docks.deployments:
            _panel: object = self.deployments_panel
        elif dock is self._docks.queue:
            _panel = self.jobs_panel
        else:
            _panel = self.output_panel

    def _on_follower_job_shown(self, job_id: str) -> None:
        # A job that is no longer in the list is shown already.
        if self._has_output_panel and self.output_panel.job_id != job_id:
            self.output_panel.show_job(job_id)

    def _on_jobs_open_requested(self, _job_id: str) -> None:
        self._docks.output.bring_to_front()
