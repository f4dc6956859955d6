"""Full view: the viewer alone, over the docks and the tool bar of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget
from shiboken6 import isValid

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.focus_order import focus_next
from runcomfy_desktop.ui.widgets.layouts import column

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.results.panel import OutputPanel


class FullView(QWidget):
    """Takes the viewer out of its panel while the user wants to see it large.

    Menu bar and status bar stay. The viewer goes back with Escape, when the focus moves to a part
    of the window that is covered, and at the end of the session.
    """

    def __init__(self, scope: SessionScope, window: QMainWindow, panel: OutputPanel) -> None:
        super().__init__(window)
        self._window = window
        self._panel = panel
        self._is_entered = False
        self._focused_before: QWidget | None = None
        self.setObjectName("full_view_area")
        self.setAccessibleName(_("Full view"))
        self.setAutoFillBackground(True)
        self._layout = column(owner=self)
        self.hide()
        window.installEventFilter(self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        scope.connect_signal(application.focusChanged, self._on_focus_changed)
        scope.call_on_close(self._close_for_ever)

    def enter(self) -> None:
        """Shows the viewer large; does nothing if it is shown already."""
        if self._is_entered:
            return
        self._focused_before = QApplication.focusWidget()
        viewer = self._panel.viewer
        self._layout.addWidget(viewer)
        viewer.show()
        viewer.view_bar.show_full_view(is_full=True)
        self._fit_to_window()
        self.show()
        self.raise_()
        # The viewer may have been in a floating dock.
        self._window.activateWindow()
        viewer.focus_result()
        # Set last: until now the focus may have been on any part of the window.
        self._is_entered = True

    def leave(self) -> None:
        """Gives the viewer back to its panel, and the focus to where it was before."""
        if not self._is_entered:
            return
        self._is_entered = False
        focused = QApplication.focusWidget()
        had_focus = focused is None or self.isAncestorOf(focused)
        self.hide()
        self._panel.put_viewer_back()
        self._panel.viewer.view_bar.show_full_view(is_full=False)
        before, self._focused_before = self._focused_before, None
        if had_focus and before is not None and isValid(before) and before.isVisible():
            before.window().activateWindow()
            before.setFocus()

    def toggle(self) -> None:
        self.leave() if self._is_entered else self.enter()

    def _close_for_ever(self) -> None:
        self.leave()
        self._window.removeEventFilter(self)
        self.deleteLater()

    def _fit_to_window(self) -> None:
        window = self._window
        top = window.menuBar().geometry().bottom() + 1 if window.menuBar().isVisible() else 0
        status_bar = window.statusBar()
        bottom = status_bar.y() if status_bar.isVisible() else window.height()
        self.setGeometry(QRect(0, top, window.width(), bottom - top))

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is None or not self._is_entered or new.window() is not self._window:
            return
        bars = (self._window.menuBar(), self._window.statusBar())
        if not any(each is new or each.isAncestorOf(new) for each in (self, *bars)):
            self.leave()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        layout_events = (QEvent.Type.Resize, QEvent.Type.LayoutRequest)
        if event.type() in layout_events and watched is self._window and self.isVisible():
            self._fit_to_window()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next_: bool) -> bool:
        return focus_next((self,), forward=next_)
