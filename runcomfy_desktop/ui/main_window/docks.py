"""Docks around the centre: their positions, sizes and titles. A session fills them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QTabBar, QTabWidget
from shiboken6 import isValid

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.panel_dock import PanelDock

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QWidget

_LEFT_SIZE = QSize(59 * STEP, 100 * STEP)
_BOTTOM_SIZE = QSize(150 * STEP, 64 * STEP)
_RIGHT_SIZE = QSize(97 * STEP, 150 * STEP)
_TOP_SIZE = QSize(150 * STEP, 64 * STEP)


class Docks(QObject):
    """Owns the docks and arranges them; without a session they are empty."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.deployments = PanelDock("deployments", _("Deployments"), _LEFT_SIZE, window)
        self.presets = PanelDock("presets", _("Presets"), _LEFT_SIZE, window)
        self.drafts = PanelDock("drafts", _("Drafts"), _LEFT_SIZE, window)
        self.queue = PanelDock("queue", _("Queue"), _BOTTOM_SIZE, window)
        self.output = PanelDock("output", _("Output"), _RIGHT_SIZE, window)
        self.graph = PanelDock("graph", _("Workflow graph"), _TOP_SIZE, window)
        self._connect()
        self.reset()

    def all(self) -> tuple[PanelDock, ...]:
        """Returns all docks."""
        return (*self.session_docks(), self.presets, self.drafts, self.graph)

    def remove_panels(self) -> None:
        """Deletes the panels of a session that has ended."""
        for dock in self.all():
            dock.remove_panel()

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

    def _connect(self) -> None:
        for dock in self.all():
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
        for dock in self.all():
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
