"""Docks around the centre: their panels, their positions and their connections to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QTabBar, QTabWidget
from shiboken6 import isValid

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.chunked_work import import_steps
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.panel_dock import PanelDock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QWidget

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.deployments.deployments_panel import DeploymentsPanel
    from runcomfy_desktop.ui.job_queue.panel import JobsPanel
    from runcomfy_desktop.ui.job_queue.sort_order import JobSortOrder
    from runcomfy_desktop.ui.results.panel import OutputPanel

_LEFT_SIZE = QSize(59 * STEP, 100 * STEP)
_BOTTOM_SIZE = QSize(150 * STEP, 64 * STEP)
_RIGHT_SIZE = QSize(97 * STEP, 150 * STEP)
_TOP_SIZE = QSize(150 * STEP, 64 * STEP)
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


class Docks(QObject):
    """Builds the panel of each dock when the dock is first seen in a session.

    Emits `deployment_chosen`, `details_requested` and `inputs_requested` with an id,
    `menu_requested` with an id and a screen position, `refresh_requested` without arguments,
    `grid_requested` with the id of a batch whose grid the user wants to see, and
    `cancellable_changed` with two flags (a selected job can be cancelled; a job of the selected
    batch can be cancelled).

    The docks of the graph, the presets and the drafts are filled by their own controllers.

    `stored_jobs_order` is the order of the queue's rows, as text that can be stored.
    """

    deployment_chosen = Signal(str)
    details_requested = Signal(str)
    menu_requested = Signal(str, QPoint)
    refresh_requested = Signal()
    inputs_requested = Signal(str)
    grid_requested = Signal(str)
    cancellable_changed = Signal(bool, bool)

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._services: SessionServices | None = None
        self.deployments = PanelDock("deployments", _("Deployments"), _LEFT_SIZE, window)
        self.presets = PanelDock("presets", _("Presets"), _LEFT_SIZE, window)
        self.drafts = PanelDock("drafts", _("Drafts"), _LEFT_SIZE, window)
        self.queue = PanelDock("queue", _("Queue"), _BOTTOM_SIZE, window)
        self.output = PanelDock("output", _("Output"), _RIGHT_SIZE, window)
        self.graph = PanelDock("graph", _("Workflow graph"), _TOP_SIZE, window)
        self.deployments_panel: DeploymentsPanel | None = None
        self.jobs_panel: JobsPanel | None = None
        self.output_panel: OutputPanel | None = None
        self.stored_jobs_order = ""
        self._shown_job_id = ""
        self._connect()
        self.reset()

    def toggle_actions(self) -> list[QAction]:
        """Returns the actions that show and hide the docks."""
        graph = self.graph.toggleViewAction()
        graph.setObjectName("graph_action")
        graph.setShortcut(QKeySequence("Ctrl+G"))
        order = (self.deployments, self.presets, self.drafts, self.queue, self.output)
        return [*(each.toggleViewAction() for each in order), graph]

    def reset(self) -> None:
        """Puts every dock back to its usual place and size."""
        window, area = self._window, Qt.DockWidgetArea
        # The right dock has the full height; the queue is below the left dock and the centre.
        window.setCorner(Qt.Corner.BottomRightCorner, area.RightDockWidgetArea)
        window.setCorner(Qt.Corner.TopRightCorner, area.RightDockWidgetArea)
        window.setCorner(Qt.Corner.BottomLeftCorner, area.BottomDockWidgetArea)
        window.setCorner(Qt.Corner.TopLeftCorner, area.LeftDockWidgetArea)
        for dock, where in (
            (self.deployments, area.LeftDockWidgetArea),
            (self.queue, area.BottomDockWidgetArea),
            (self.output, area.RightDockWidgetArea),
        ):
            dock.setFloating(False)
            window.addDockWidget(where, dock)
            dock.show()
        for dock in (self.presets, self.drafts):
            dock.setFloating(False)
            window.addDockWidget(area.LeftDockWidgetArea, dock)
            window.tabifyDockWidget(self.deployments, dock)
            dock.show()
        window.setTabPosition(area.LeftDockWidgetArea, QTabWidget.TabPosition.North)
        self.deployments.raise_()
        # Above the tree, because the graph leads to its rows; hidden until the user opens it.
        self.graph.setFloating(False)
        window.addDockWidget(area.TopDockWidgetArea, self.graph)
        self.graph.hide()
        # A layout that Qt has postponed would otherwise undo the sizes set here.
        QCoreApplication.sendPostedEvents(window, QEvent.Type.LayoutRequest.value)
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        window.resizeDocks(
            [self.deployments, self.output], [_LEFT_SIZE.width(), _RIGHT_SIZE.width()], horizontal
        )
        window.resizeDocks([self.queue], [_BOTTOM_SIZE.height()], vertical)

    def attach(self, services: SessionServices) -> None:
        self._services = services
        if self.deployments_panel is not None:
            self.deployments_panel.attach(services.catalogue, services.draft_editor)
        if self.output_panel is not None:
            self.output_panel.attach(services.queue, services.budget)
        if self.jobs_panel is not None:
            self.jobs_panel.attach(services.queue, services.budget)

    def build_panels(self) -> Iterator[None]:
        """Builds the visible panels of a session step by step."""
        for dock in self.session_docks():
            if dock.isVisible() and dock.panel is None:
                yield from import_steps(*_PANEL_MODULES[dock.name])
                self._ensure_panel(dock)
                yield None

    def detach(self) -> None:
        self._services = None
        self._shown_job_id = ""
        for panel in (self.deployments_panel, self.jobs_panel, self.output_panel):
            if panel is not None:
                panel.detach()

    def ensure_jobs_panel(self) -> JobsPanel | None:
        """Returns the queue's panel, built if necessary; None without a session."""
        self._ensure_panel(self.queue)
        return self.jobs_panel

    def show_job(self, job_id: str) -> None:
        """Shows the queue, and selects the job if it belongs to this session."""
        panel = self.ensure_jobs_panel()
        self.queue.bring_to_front()
        if panel is not None and panel.model.job(job_id) is not None:
            panel.select_job(job_id)

    def show_output(self, job: Job) -> None:
        """Shows a job's outputs in their dock without raising it.

        The job need not be in the list.
        """
        self._shown_job_id = job.job_id
        if self.output_panel is not None:
            self.output_panel.show_past_job(job)

    def _connect(self) -> None:
        for dock in self.session_docks():
            dock.panel_needed.connect(lambda dock=dock: self._ensure_panel(dock))
        for dock in (*self.session_docks(), self.presets, self.drafts, self.graph):
            for signal in (dock.visibilityChanged, dock.topLevelChanged, dock.dockLocationChanged):
                signal.connect(self._update_titles)

    def _update_titles(self) -> None:
        """Hides the titles of docks that share a place with others: their tabs name them."""
        # Docks report that they become hidden while their window is being destroyed.
        if not isValid(self._window):
            return
        for bar in self._tab_bars():
            # Qt creates the tab bars on demand.
            bar.setObjectName("dock_tabs")
            bar.setAccessibleName(_("Panels in one place"))
        for dock in (*self.session_docks(), self.presets, self.drafts, self.graph):
            tabbed_docks = self._window.tabifiedDockWidgets(dock)
            is_alone = dock.isFloating() or all(
                each.isHidden() or each.isFloating() for each in tabbed_docks
            )
            dock.title_bar.set_text_visible(visible=is_alone)

    def session_docks(self) -> tuple[PanelDock, ...]:
        # The output comes before the queue, which uses its thumbnails.
        return (self.deployments, self.output, self.queue)

    def left_docks(self) -> tuple[QWidget, ...]:
        """Returns the tab bars, and the docks on the left that are in front."""
        tabbed_docks = (self.deployments, self.presets, self.drafts)
        return (*self._tab_bars(), *(dock for dock in tabbed_docks if dock.is_in_front))

    def _tab_bars(self) -> list[QTabBar]:
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        return self._window.findChildren(QTabBar, options=direct)

    def _ensure_panel(self, dock: PanelDock) -> None:
        if self._services is None or dock.panel is not None:
            return
        if dock is self.deployments:
            self._build_deployments_panel(self._services)
        elif dock is self.queue:
            self._build_jobs_panel(self._services)
        else:
            self._build_output_panel(self._services)

    def _build_deployments_panel(self, services: SessionServices) -> None:
        from runcomfy_desktop.ui.deployments.deployments_panel import DeploymentsPanel

        panel = self.deployments_panel = DeploymentsPanel()
        panel.opened.connect(self.deployment_chosen)
        panel.details_requested.connect(self.details_requested)
        panel.menu_requested.connect(self.menu_requested)
        panel.refresh_requested.connect(self.refresh_requested)
        self.deployments.title_bar.add_button(panel.refresh_button, "refresh")
        self.deployments.set_panel(panel)
        panel.attach(services.catalogue, services.draft_editor)

    def _build_jobs_panel(self, services: SessionServices) -> None:
        from runcomfy_desktop.ui.job_queue.panel import JobsPanel
        from runcomfy_desktop.ui.job_queue.sort_order import order_from_stored

        output = self.output_panel
        panel = JobsPanel(thumbnails=output.thumbnails if output is not None else None)
        self.jobs_panel = panel
        panel.job_selected.connect(self._on_jobs_job_selected)
        panel.open_requested.connect(self._on_jobs_open_requested)
        panel.order_chosen.connect(self._on_jobs_order_chosen)
        panel.cancellable_changed.connect(self.cancellable_changed)
        panel.grid_requested.connect(self.grid_requested)
        panel.set_order(order_from_stored(self.stored_jobs_order))
        self.queue.set_panel(panel)
        self.queue.title_bar.set_header(panel.header)
        panel.attach(services.queue, services.budget)

    def _build_output_panel(self, services: SessionServices) -> None:
        from runcomfy_desktop.ui.results.panel import OutputPanel

        panel = self.output_panel = OutputPanel()
        panel.inputs_requested.connect(self.inputs_requested)
        self.output.set_panel(panel)
        panel.attach(services.queue, services.budget)
        panel.show_job(self._shown_job_id)

    def _on_jobs_job_selected(self, job_id: str) -> None:
        self._shown_job_id = job_id
        if self.output_panel is not None:
            self.output_panel.show_job(job_id)

    def _on_jobs_order_chosen(self, order: JobSortOrder) -> None:
        self.stored_jobs_order = order.stored_text

    def _on_jobs_open_requested(self, job_id: str) -> None:
        self._shown_job_id = job_id
        self.output.bring_to_front()
        if self.output_panel is not None:
            self.output_panel.show_job(job_id)
