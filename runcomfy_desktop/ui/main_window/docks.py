"""Docks around the centre: their positions, sizes and titles. A session fills them.

`DockSizer` gives docks their share of a window that grows, and keeps the width of the left ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMainWindow, QTabBar, QTabWidget
from shiboken6 import isValid

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.window_state import DEFAULT_SIZE
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.panel_dock import PanelDock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

_LEFT_SIZE = QSize(59 * STEP, 100 * STEP)
_BOTTOM_SIZE = QSize(150 * STEP, 62 * STEP)
_RIGHT_SIZE = QSize(104 * STEP, 150 * STEP)
_TOP_SIZE = QSize(150 * STEP, 64 * STEP)
# The part of a wider or higher window that a dock gets; the centre gets the rest.
_OUTPUT_SHARE = 0.4
_QUEUE_SHARE = 0.3
_MIN_LEFT_WIDTH = 40 * STEP
_MIN_OUTPUT_WIDTH = 80 * STEP
# The header and two rows.
_MIN_QUEUE_HEIGHT = 34 * STEP


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
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        left, right, bottom = _LEFT_SIZE.width(), _RIGHT_SIZE.width(), _BOTTOM_SIZE.height()
        left_docks = (self.deployments, self.presets, self.drafts)
        self._sizers = (
            DockSizer(left_docks, horizontal, left, 0.0, _MIN_LEFT_WIDTH),
            DockSizer((self.output,), horizontal, right, _OUTPUT_SHARE, _MIN_OUTPUT_WIDTH),
            DockSizer((self.queue,), vertical, bottom, _QUEUE_SHARE, _MIN_QUEUE_HEIGHT),
        )
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
        for sizer in self._sizers:
            sizer.reset()

    def keep_sizes(self) -> None:
        """Keeps the sizes of a layout that was restored."""
        for sizer in self._sizers:
            sizer.keep()

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


class DockSizer(QObject):
    """Lets docks in one place grow and shrink with the window.

    They have `length` in a window of the usual size, and get `share` of each pixel by which the
    window is longer or shorter. Once the user has dragged their edge, or a stored layout is
    restored, this is added to the length that they had then.
    """

    def __init__(
        self,
        docks: Sequence[PanelDock],
        orientation: Qt.Orientation,
        length: int,
        share: float,
        minimum: int,
    ) -> None:
        super().__init__(docks[0])
        self._docks = docks
        self._orientation = orientation
        self._usual_length = length
        self._share = share
        self._minimum = minimum
        # The length of the docks in a window of a certain length; None while it is unknown.
        self._kept: tuple[int, int] | None = (length, self._length(DEFAULT_SIZE))
        self._window_length = 0
        for watched in (*docks, self._window):
            watched.installEventFilter(self)

    def reset(self) -> None:
        """Gives the docks their usual share of the window."""
        self._kept = (self._usual_length, self._length(DEFAULT_SIZE))
        self._apply()

    def keep(self) -> None:
        """Keeps the present length from now on.

        If no dock is visible, the length is measured when the window is resized.
        """
        self._window_length = self._length(self._window.size())
        self._kept = None
        for dock in self._docks:
            if dock.is_in_front and not dock.isFloating():
                self._kept = (self._length(dock.size()), self._window_length)

    @property
    def _window(self) -> QMainWindow:
        window = self._docks[0].parentWidget()
        assert isinstance(window, QMainWindow)
        return window

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            is_window_resized = self._length(self._window.size()) != self._window_length
            if watched is self._window and is_window_resized:
                self._apply()
            elif watched is not self._window and not is_window_resized and _is_mouse_pressed():
                # The user drags the edge of a dock: only the dock changes its size then.
                self.keep()
        return False

    def _apply(self) -> None:
        if self._kept is None:
            self.keep()
            return
        self._window_length = self._length(self._window.size())
        length, window_length = self._kept
        length += round(self._share * (self._window_length - window_length))
        docked = [each for each in self._docks if not each.isFloating()]
        if docked:
            lengths = [max(self._minimum, length)]
            self._window.resizeDocks(docked[:1], lengths, self._orientation)

    def _length(self, size: QSize) -> int:
        return size.width() if self._orientation is Qt.Orientation.Horizontal else size.height()


def _is_mouse_pressed() -> bool:
    return bool(QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton)
