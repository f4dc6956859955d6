"""Everything in the window that belongs to one session: its pages, panels and controllers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.jobs.job_notifier import exit_notification_for
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.chunked_work import ChunkedWork
from runcomfy_desktop.ui.command_palette.palette_controller import PaletteController
from runcomfy_desktop.ui.deployments.cache_age_controller import CacheAgeController
from runcomfy_desktop.ui.deployments.deployment_controller import DeploymentController
from runcomfy_desktop.ui.deployments.offline_controller import OfflineController
from runcomfy_desktop.ui.drafts.close_guard import CloseGuard
from runcomfy_desktop.ui.drafts.conversion_report_controller import ConversionReportController
from runcomfy_desktop.ui.drafts.difference_controller import DifferenceController
from runcomfy_desktop.ui.drafts.drafts_controller import DraftsController
from runcomfy_desktop.ui.drafts.orphaned_values_controller import OrphanedValuesController
from runcomfy_desktop.ui.inputs_panel.input_tree_controller import InputTreeController
from runcomfy_desktop.ui.job_queue.queue_controller import QueueController
from runcomfy_desktop.ui.main_window.dock_panels import DockPanels
from runcomfy_desktop.ui.main_window.frame_updater import FrameUpdater
from runcomfy_desktop.ui.main_window.link_controller import LinkController
from runcomfy_desktop.ui.main_window.pages_controller import PagesController
from runcomfy_desktop.ui.main_window.session_commands import SessionCommands
from runcomfy_desktop.ui.presets.apply_controller import PresetApplyController
from runcomfy_desktop.ui.presets.presets_controller import PresetsController
from runcomfy_desktop.ui.run.run_bar_controller import RunBarController
from runcomfy_desktop.ui.run.run_controller import RunController
from runcomfy_desktop.ui.run.spending_controller import SpendingController
from runcomfy_desktop.ui.settings.session_settings import SessionSettings
from runcomfy_desktop.ui.sweeps.batches_controller import BatchesController
from runcomfy_desktop.ui.sweeps.sweep_controller import SweepController
from runcomfy_desktop.ui.widgets.empty_state import EmptyState
from runcomfy_desktop.ui.workflow_graph.graph_controller import GraphController

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.command_palette.entries import PaletteEntry
    from runcomfy_desktop.ui.inputs_panel.inputs_panel import InputsPanel
    from runcomfy_desktop.ui.main_window.central_widget import PageStack
    from runcomfy_desktop.ui.main_window.window_frame import WindowFrame


class SessionView(QObject):
    """Builds the session's part of the window, and connects its features with each other.

    `page_stack` holds the session's pages in the centre. Panels and dialogs are built when they are
    first needed.
    """

    def __init__(
        self,
        scope: SessionScope,
        frame: WindowFrame,
        services: SessionServices,
        page_stack: PageStack,
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._frame = frame
        self.services = services
        FrameUpdater(scope, services, frame)
        self.commands = SessionCommands(
            scope, services, frame.main_actions, frame.preferences, frame.opener
        )
        self.pages = PagesController(scope, services, frame, self.commands, page_stack)
        self.run_controller = RunController(scope, services, frame.settings_services.partner_key)
        deployment_controller = self._build_deployments()
        self.panels = DockPanels(scope, services, frame, self.commands, deployment_controller)
        self._build_queue_and_runs()
        self._build_presets_and_drafts()
        self._build_palette()
        self._close_guard = CloseGuard(scope, services)
        self.pages.inputs_created.connect(self._on_inputs_created)
        self._connect_frame()
        self._show_graph_placeholder()
        self.pages.show_page()
        self._chunked_work = ChunkedWork(self)
        # A slice that is due would build panels of this session into the next one.
        scope.call_on_close(self._chunked_work.stop)
        self._chunked_work.run(self._build_rest())

    # Building

    def _build_queue_and_runs(self) -> None:
        scope, frame, services = self._scope, self._frame, self.services
        actions = frame.main_actions
        QueueController(scope, services.queue, actions.queue, lambda: self.panels.jobs_panel)
        self._spending_controller = SpendingController(scope, services)
        scope.subscribe(
            services.budget.settings_requested, lambda _nothing: frame.open_settings("money")
        )
        RunBarController(scope, services, frame.run_bar)
        self._batches_controller = BatchesController(
            scope,
            services,
            actions.batches,
            self.run_controller,
            frame.batch_choices,
            lambda: self.pages.inputs.model,
        )
        self.sweep_controller = SweepController(
            scope,
            services,
            actions.grids_menu,
            frame.window_state,
            self.panels.show_output,
            self.panels.open_output,
        )
        self.panels.grid_requested.connect(self.sweep_controller.open)

    def _build_deployments(self) -> DeploymentController:
        scope, frame, services = self._scope, self._frame, self.services
        actions = frame.main_actions.deployment
        controller = DeploymentController(
            scope, services, actions, self.commands.open_deployment, frame.opener.open_page
        )
        OfflineController(scope, services, actions.what_changed)
        self.run_controller.enable_requested.connect(controller.enable)
        scope.connect_signal(frame.run_bar.enable_requested, controller.enable)
        return controller

    def _build_presets_and_drafts(self) -> None:
        scope, frame, services = self._scope, self._frame, self.services
        actions, show_folder = frame.main_actions, frame.opener.show_folder
        self.preset_apply_controller = PresetApplyController(scope, services, frame.window_state)
        self.presets_controller = PresetsController(
            scope,
            services,
            actions.presets,
            frame.preset_button,
            frame.docks.presets,
            self.preset_apply_controller,
            show_folder,
            frame.open_settings,
        )
        self.drafts_controller = DraftsController(
            scope, services, actions.drafts, frame.docks.drafts, show_folder
        )
        report_controller = ConversionReportController(scope, services)
        report_controller.input_requested.connect(self._show_input)
        difference_controller = DifferenceController(scope, services)
        for action, handler in (
            (actions.drafts.conversion_report, report_controller.open),
            (actions.drafts.copy_difference, difference_controller.copy),
            (actions.drafts.save_difference, difference_controller.save),
        ):
            scope.connect_signal(action.triggered, handler)

    def _build_palette(self) -> None:
        PaletteController(
            self._scope,
            self._frame.window,
            self._frame.main_actions.jump,
            (
                self._deployment_entries,
                self.drafts_controller.palette_entries,
                self.presets_controller.palette_entries,
            ),
            lambda: self.pages.inputs if self.pages.has_inputs else None,
            self.commands.open_deployment,
        )

    def _deployment_entries(self) -> list[PaletteEntry]:
        from runcomfy_desktop.ui.command_palette.entries import deployment_entries

        return deployment_entries(self.services.catalogue.state.deployments)

    def _build_rest(self) -> Iterator[None]:
        """Builds what is not in the session's first frame, or only needed later."""
        yield from self.panels.build_visible()
        yield from self.pages.preload_modules()
        yield from self.presets_controller.build_panel()
        yield from self.drafts_controller.build_panel()

    # Connections

    def _connect_frame(self) -> None:
        scope, frame, commands = self._scope, self._frame, self.commands
        run_controller, status_bar = self.run_controller, frame.status_bar
        for signal, slot in (
            (frame.main_actions.run.triggered, run_controller.run),
            (frame.run_bar.run_requested, run_controller.run),
            (frame.deployment_menu.chosen, commands.open_deployment),
            (frame.docks.graph.panel_needed, self._show_graph_placeholder),
            (frame.activated, self.services.catalogue.refresh_if_older),
            (frame.pending_requests.file_arrived, commands.open_path),
            (status_bar.connection_requested, commands.connect_key),
            (status_bar.outputs_requested, commands.open_output_folder),
        ):
            scope.connect_signal(signal, slot)
        commands.account_requested.connect(frame.request_account)
        commands.settings_requested.connect(lambda: frame.open_settings(""))
        run_controller.submitted.connect(self._on_run_submitted)
        run_controller.input_requested.connect(self._show_input)
        run_controller.key_requested.connect(commands.connect_key)
        run_controller.partner_key_requested.connect(lambda: frame.open_settings("partners"))
        link_controller = LinkController(scope, self.services, frame.pending_requests)
        link_controller.connect_requested.connect(commands.connect_key)
        # A file or a link that waited for a session is opened now.
        scope.call_on_close(frame.pending_requests.begin_session())

    def _on_inputs_created(self, panel: InputsPanel) -> None:
        """Connects the panel of the tree with the other features."""
        scope, frame, services = self._scope, self._frame, self.services
        actions = frame.main_actions
        panel.workflow_dropped.connect(self.commands.open_path)
        panel.message_sent.connect(services.notices.post_info)
        panel.runs_requested.connect(self.run_controller.run_variants)
        panel.view.sweep_requested.connect(self._batches_controller.open_sweep)
        InputTreeController(scope, panel, actions.tree, actions.pins)
        CacheAgeController(scope, services, panel.add_bar, self.commands.connect_key)
        OrphanedValuesController(scope, services, actions.drafts.orphaned_values, panel.add_bar)
        GraphController(scope, actions.graph, frame.docks.graph, panel.view, panel.graph_button)

    def _show_graph_placeholder(self) -> None:
        """Shows in the graph's dock what to do; the panel follows when a workflow is open."""
        dock = self._frame.docks.graph
        if dock.isVisible() and not self.pages.has_inputs:
            placeholder = EmptyState()
            placeholder.show_message(_("Open a workflow to see its graph."), icon="graph")
            dock.set_panel(placeholder)

    def _show_input(self, key: InputKey) -> None:
        """Shows the problem of an input in the tree."""
        self.pages.inputs.show_problem(key)

    def _on_run_submitted(self) -> None:
        queue_dock = self._frame.docks.queue
        if not queue_dock.isVisible():
            text, button = _("The run is in the queue."), _("Show the queue")
            notice = Notice(NoticeLevel.INFO, text, "", "", button, queue_dock.bring_to_front)
            self.services.notices.post(notice)

    @property
    def inputs(self) -> InputsPanel:
        """Panel with the input tree, built when it is first needed."""
        return self.pages.inputs

    # Questions of the window

    def blocks_closing(self) -> bool:
        return self._close_guard.blocks_closing()

    def sending_count(self) -> int:
        jobs = self.services.queue.jobs.values()
        return sum(1 for job in jobs if job.state is JobState.SENDING)

    def closing_text(self) -> str:
        jobs = self.services.queue.jobs.values()
        others = (job for job in jobs if job.state is not JobState.SENDING)
        found = exit_notification_for(others)
        return f"{found.title} {found.detail}".strip() if found is not None else ""

    def settings(self) -> SessionSettings:
        is_chosen = bool(self._frame.preferences.settings.output_folder)
        return SessionSettings(
            "" if is_chosen else str(self.services.output_folder()),
            self._spending_controller.machine_skus(),
            self.services.preset_library,
        )
