"""The docks around the centre: what is in them, where they lie, how they hear each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QTabBar, QTabWidget
from shiboken6 import isValid

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.slices import imported
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.dock import PanelDock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QWidget

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.jobs.ordering import Order
    from runcomfy_desktop.ui.jobs.panel import JobsPanel
    from runcomfy_desktop.ui.outputs.panel import OutputPanel
    from runcomfy_desktop.ui.parts import WindowParts
    from runcomfy_desktop.ui.sidebar.deployments import DeploymentsPanel

_LEFT = QSize(59 * STEP, 100 * STEP)
_BOTTOM = QSize(150 * STEP, 64 * STEP)
_RIGHT = QSize(97 * STEP, 150 * STEP)
_TOP = QSize(150 * STEP, 64 * STEP)
# What a panel is made of, in the order of import.
_MODULES = {
    "deployments": (
        "runcomfy_desktop.ui.models.deployments",
        "runcomfy_desktop.ui.sidebar.deployments",
    ),
    "output": (
        "runcomfy_desktop.ui.jobs.words",
        "runcomfy_desktop.ui.jobs.deeds",
        "runcomfy_desktop.ui.outputs.decoding",
        "runcomfy_desktop.ui.outputs.filmstrip",
        "runcomfy_desktop.ui.outputs.stage",
        "runcomfy_desktop.ui.outputs.panel",
    ),
    "queue": (
        "runcomfy_desktop.ui.models.jobs",
        "runcomfy_desktop.ui.jobs.row_painter",
        "runcomfy_desktop.ui.jobs.panel",
    ),
}


class Docks(QObject):
    """Builds a dock's panel when the dock is first seen in a session, not before.

    Emits `deployment_chosen`, `details_requested` and `inputs_requested` with an id,
    `menu_requested` with an id and a place on the screen, `refresh_requested` alone,
    `grid_wished` with the id of a batch whose grid a person wants to see, and
    `may_cancel` with whether any selected job, and any of their batch, can be cancelled.

    The docks of the graph, the presets and the drafts are filled by desks of their own.

    `jobs_order` is the order of the queue's rows, as a word that can be kept.
    """

    deployment_chosen = Signal(str)
    details_requested = Signal(str)
    menu_requested = Signal(str, QPoint)
    refresh_requested = Signal()
    inputs_requested = Signal(str)
    grid_wished = Signal(str)
    may_cancel = Signal(bool, bool)

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._parts: WindowParts | None = None
        self.deployments = PanelDock("deployments", _("Deployments"), _LEFT, window)
        self.presets = PanelDock("presets", _("Presets"), _LEFT, window)
        self.drafts = PanelDock("drafts", _("Drafts"), _LEFT, window)
        self.queue = PanelDock("queue", _("Queue"), _BOTTOM, window)
        self.output = PanelDock("output", _("Output"), _RIGHT, window)
        self.graph = PanelDock("graph", _("Workflow graph"), _TOP, window)
        self.deployments_panel: DeploymentsPanel | None = None
        self.jobs_panel: JobsPanel | None = None
        self.output_panel: OutputPanel | None = None
        self.jobs_order = ""
        self._shown_job_id = ""
        self._connect()
        self.reset()

    def toggles(self) -> list[QAction]:
        """The actions that show and hide the docks."""
        graph = self.graph.toggleViewAction()
        graph.setObjectName("graph_action")
        graph.setShortcut(QKeySequence("Ctrl+G"))
        order = (self.deployments, self.presets, self.drafts, self.queue, self.output)
        return [*(each.toggleViewAction() for each in order), graph]

    def reset(self) -> None:
        """Puts every dock back to its usual place and size."""
        window, area = self._window, Qt.DockWidgetArea
        # The right dock has the whole height; the queue lies below left dock and centre.
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
        # Above the tree, whose rows it leads to; closed, until a person asks for it.
        self.graph.setFloating(False)
        window.addDockWidget(area.TopDockWidgetArea, self.graph)
        self.graph.hide()
        # A layout that Qt has put off would come after the sizes and undo them.
        QCoreApplication.sendPostedEvents(window, QEvent.Type.LayoutRequest.value)
        sideways, upright = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        window.resizeDocks(
            [self.deployments, self.output], [_LEFT.width(), _RIGHT.width()], sideways
        )
        window.resizeDocks([self.queue], [_BOTTOM.height()], upright)

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        if self.deployments_panel is not None:
            self.deployments_panel.attach(parts.catalogue, parts.workbench)
        if self.output_panel is not None:
            self.output_panel.attach(parts.queue, parts.purse)
        if self.jobs_panel is not None:
            self.jobs_panel.attach(parts.queue, parts.purse)

    def fill(self) -> Iterator[None]:
        """Builds, step by step, what is seen of a session."""
        for dock in self.all():
            if dock.isVisible() and dock.panel is None:
                yield from imported(*_MODULES[dock.name])
                self._fill(dock)
                yield None

    def detach(self) -> None:
        self._parts = None
        self._shown_job_id = ""
        for panel in (self.deployments_panel, self.jobs_panel, self.output_panel):
            if panel is not None:
                panel.detach()

    def made_jobs_panel(self) -> JobsPanel | None:
        """The queue's panel, built if need be; None without a session."""
        self._fill(self.queue)
        return self.jobs_panel

    def show_job(self, job_id: str) -> None:
        """Brings the queue into view, with this job chosen, if it is one of this session."""
        panel = self.made_jobs_panel()
        self.queue.bring_up()
        if panel is not None and panel.model.job(job_id) is not None:
            panel.select_job(job_id)

    def show_output(self, job: Job) -> None:
        """Puts a job's outputs into their dock, wherever that is; it need not be in the list."""
        self._shown_job_id = job.job_id
        if self.output_panel is not None:
            self.output_panel.show_older(job)

    def _connect(self) -> None:
        for dock in self.all():
            dock.wanted.connect(lambda dock=dock: self._fill(dock))
        for dock in (*self.all(), self.presets, self.drafts, self.graph):
            for signal in (dock.visibilityChanged, dock.topLevelChanged, dock.dockLocationChanged):
                signal.connect(self._show_titles)

    def _show_titles(self) -> None:
        """A dock that shares its place with others is named by its tab alone."""
        # Docks say that they vanish while the window that they are in is being taken apart.
        if not isValid(self._window):
            return
        for bar in self._tab_bars():
            # Qt makes them as they are needed.
            bar.setObjectName("dock_tabs")
            bar.setAccessibleName(_("Panels in one place"))
        for dock in (*self.all(), self.presets, self.drafts, self.graph):
            beside = self._window.tabifiedDockWidgets(dock)
            is_alone = dock.isFloating() or all(
                each.isHidden() or each.isFloating() for each in beside
            )
            dock.title_bar.show_text(shown=is_alone)

    def all(self) -> tuple[PanelDock, ...]:
        # The output comes before the queue, which borrows its thumbnails.
        return (self.deployments, self.output, self.queue)

    def left(self) -> tuple[QWidget, ...]:
        """The docks that share the left place, as far as they are in front, below their tabs."""
        sharing = (self.deployments, self.presets, self.drafts)
        return (*self._tab_bars(), *(dock for dock in sharing if dock.is_in_front))

    def _tab_bars(self) -> list[QTabBar]:
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        return self._window.findChildren(QTabBar, options=direct)

    def _fill(self, dock: PanelDock) -> None:
        if self._parts is None or dock.panel is not None:
            return
        if dock is self.deployments:
            self._fill_deployments(self._parts)
        elif dock is self.queue:
            self._fill_queue(self._parts)
        else:
            self._fill_output(self._parts)

    def _fill_deployments(self, parts: WindowParts) -> None:
        from runcomfy_desktop.ui.sidebar.deployments import DeploymentsPanel

        panel = self.deployments_panel = DeploymentsPanel()
        panel.opened.connect(self.deployment_chosen)
        panel.details_requested.connect(self.details_requested)
        panel.menu_requested.connect(self.menu_requested)
        panel.refresh_requested.connect(self.refresh_requested)
        self.deployments.title_bar.add_button(panel.refresh_button, "refresh")
        self.deployments.put(panel)
        panel.attach(parts.catalogue, parts.workbench)

    def _fill_queue(self, parts: WindowParts) -> None:
        from runcomfy_desktop.ui.jobs.ordering import order_from
        from runcomfy_desktop.ui.jobs.panel import JobsPanel

        output = self.output_panel
        panel = JobsPanel(thumbnails=output.thumbnails if output is not None else None)
        self.jobs_panel = panel
        panel.job_selected.connect(self._on_jobs_job_selected)
        panel.open_requested.connect(self._on_jobs_open_requested)
        panel.order_chosen.connect(self._on_jobs_order_chosen)
        panel.may_cancel.connect(self.may_cancel)
        panel.grid_wished.connect(self.grid_wished)
        panel.set_order(order_from(self.jobs_order))
        self.queue.put(panel)
        self.queue.title_bar.take(panel.head)
        panel.attach(parts.queue, parts.purse)

    def _fill_output(self, parts: WindowParts) -> None:
        from runcomfy_desktop.ui.outputs.panel import OutputPanel

        panel = self.output_panel = OutputPanel()
        panel.inputs_requested.connect(self.inputs_requested)
        self.output.put(panel)
        panel.attach(parts.queue, parts.purse)
        panel.show_job(self._shown_job_id)

    def _on_jobs_job_selected(self, job_id: str) -> None:
        self._shown_job_id = job_id
        if self.output_panel is not None:
            self.output_panel.show_job(job_id)

    def _on_jobs_order_chosen(self, order: Order) -> None:
        self.jobs_order = order.word

    def _on_jobs_open_requested(self, job_id: str) -> None:
        self._shown_job_id = job_id
        self.output.bring_up()
        if self.output_panel is not None:
            self.output_panel.show_job(job_id)
