"""The main window: the frame with menus, docks, notice line and geometry, which outlives sessions.

The window is painted empty first, at once; `build_contents` then builds its contents step by step,
and they all appear in its second frame. Until then nothing is imported that the first frame does
not need (`Qt` alone, with its hundred enums, takes 10 ms). What belongs to a session is built by
`session` and deleted when the session ends.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer, QUrl, Signal
from PySide6.QtWidgets import QApplication, QMainWindow

from runcomfy_desktop import APP_NAME
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.window_state import DEFAULT_SIZE, WindowState, initial_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
    from PySide6.QtWidgets import QDialog, QWidget

    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.ui.base.external_opener import ExternalOpener
    from runcomfy_desktop.ui.base.session_services import (
        InstallationInfo,
        SessionServices,
        SettingsServices,
    )
    from runcomfy_desktop.ui.deployments.deployment_menu import DeploymentMenu
    from runcomfy_desktop.ui.help.help_controller import HelpController
    from runcomfy_desktop.ui.main_window.actions import MainActions
    from runcomfy_desktop.ui.main_window.central_widget import CentralWidget
    from runcomfy_desktop.ui.main_window.docks import Docks
    from runcomfy_desktop.ui.main_window.notice_line import NoticeLine
    from runcomfy_desktop.ui.main_window.pending_requests import PendingRequests
    from runcomfy_desktop.ui.main_window.session_view import SessionView
    from runcomfy_desktop.ui.main_window.status_bar import StatusBar
    from runcomfy_desktop.ui.main_window.window_frame import WindowFrame, WindowSession
    from runcomfy_desktop.ui.presets.preset_button import PresetButton
    from runcomfy_desktop.ui.run.run_bar import RunBar


class MainWindow(QMainWindow):
    """The program's window.

    Emits `painted` after its first frame, `closed` once, when closing is requested, `activated`
    when the user turns to it, `demo_requested` and `account_requested` to switch to the other kind
    of session, and `retry_requested` for a session that could not start.
    """

    painted = Signal()
    closed = Signal()
    activated = Signal()
    demo_requested = Signal()
    account_requested = Signal()
    retry_requested = Signal()

    # Created by `build_contents`.
    main_actions: MainActions
    central_widget: CentralWidget
    docks: Docks
    notice_line: NoticeLine
    help_controller: HelpController
    pending_requests: PendingRequests
    _frame: WindowFrame
    _session: WindowSession
    _preferences: Preferences
    _settings_services: SettingsServices
    _opener: ExternalOpener
    _deployment_menu: DeploymentMenu
    _preset_button: PresetButton
    _run_bar: RunBar
    _status_bar: StatusBar

    def __init__(self, state_file: Path) -> None:
        super().__init__()
        self._window_state = WindowState(state_file)
        self._is_painted = False
        self._is_built = False
        self._is_closing = False
        self._closes_without_asking = False
        self._settings_dialog: QDialog | None = None
        # File or link that arrived before the window was built.
        self._pending_request = ""
        # Set before the first frame, instead of relying on the platform's default.
        self.setAcceptDrops(True)
        self.setObjectName("main_window")
        self.setWindowTitle(APP_NAME)
        size = initial_size(self.screen().availableSize())
        self.resize(size)
        if not self._window_state.restore_geometry(self) and size != DEFAULT_SIZE:
            from PySide6.QtCore import Qt

            self.setWindowState(Qt.WindowState.WindowMaximized)

    # Building

    def build_contents(
        self,
        preferences: Preferences,
        settings_services: SettingsServices,
        get_info: Callable[[], InstallationInfo],
        open_url: Callable[[QUrl], bool] | None = None,
    ) -> Iterator[None]:
        """Builds the contents of the window.

        `get_info` returns the data of the Help menu. Events may be processed between two steps.
        Nothing is visible before the last step.
        """
        self.setUpdatesEnabled(False)
        self._preferences = preferences
        self._settings_services = settings_services
        yield from self._create_widgets(get_info, open_url)
        yield from self._build()
        self._connect()
        self._is_built = True
        self.pending_requests.add(self._pending_request)
        yield
        self.setUpdatesEnabled(True)
        yield

    def _create_widgets(
        self, get_info: Callable[[], InstallationInfo], open_url: Callable[[QUrl], bool] | None
    ) -> Iterator[None]:
        from runcomfy_desktop.ui.base.external_opener import ExternalOpener
        from runcomfy_desktop.ui.deployments.deployment_menu import DeploymentMenu
        from runcomfy_desktop.ui.help.help_controller import HelpController
        from runcomfy_desktop.ui.main_window.actions import MainActions
        from runcomfy_desktop.ui.main_window.central_widget import CentralWidget
        from runcomfy_desktop.ui.main_window.docks import Docks
        from runcomfy_desktop.ui.main_window.pending_requests import PendingRequests
        from runcomfy_desktop.ui.main_window.status_bar import StatusBar
        from runcomfy_desktop.ui.presets.preset_button import PresetButton
        from runcomfy_desktop.ui.presets.preset_menus import PresetButtonMenu
        from runcomfy_desktop.ui.run.run_bar import RunBar

        self.pending_requests = PendingRequests(self)
        yield
        self.main_actions = main_actions = MainActions(self)
        yield
        self._opener = ExternalOpener(self, open_url)
        self.help_controller = HelpController(self, main_actions.help, self._opener, get_info)
        self._deployment_menu = DeploymentMenu(self)
        yield
        self.central_widget = CentralWidget(self)
        self.notice_line = self.central_widget.notice_line
        yield
        self.docks = Docks(self)
        yield
        self._preset_button = PresetButton(PresetButtonMenu(main_actions.presets, self), self)
        self._run_bar = RunBar(
            self._deployment_menu, self._preset_button, main_actions.run_actions(), self
        )
        self._status_bar = StatusBar(self)
        yield

    def _build(self) -> Iterator[None]:
        from runcomfy_desktop.ui.style import icons

        self.setWindowIcon(icons.icon("app", "#000000"))
        self.setDockNestingEnabled(True)
        self.setCentralWidget(self.central_widget)
        self.addToolBar(self._run_bar)
        self.setStatusBar(self._status_bar)
        yield
        self.main_actions.fill_menu_bar(
            self.menuBar(), self.docks.toggle_actions(), self._deployment_menu
        )
        yield
        self.docks.reset()
        if self._window_state.restore_layout(self):
            self.docks.keep_sizes()
        self._frame = self._create_frame()
        yield
        self._show_no_session()
        self.main_actions.update_for_settings(self._preferences.settings)
        # Otherwise Qt focuses the widget that was built first: a button that closes a dock.
        self.central_widget.setFocus()
        yield

    def _create_frame(self) -> WindowFrame:
        from runcomfy_desktop.ui.main_window.window_frame import WindowFrame
        from runcomfy_desktop.ui.sweeps.batches_controller import BatchChoices

        return WindowFrame(
            self,
            self.main_actions,
            self.docks,
            self.notice_line,
            self._run_bar,
            self._deployment_menu,
            self._preset_button,
            self._status_bar,
            self._window_state,
            self._opener,
            self._preferences,
            self._settings_services,
            self.pending_requests,
            BatchChoices(),
            self.activated,
            self.open_settings,
            self.demo_requested.emit,
            self.account_requested.emit,
        )

    def _connect(self) -> None:
        main_actions, status = self.main_actions, self._status_bar
        for action, handler in (
            (main_actions.demo, self.demo_requested.emit),
            (main_actions.settings, lambda: self.open_settings()),
            (main_actions.quit, self.close),
            (main_actions.reset_layout, self.docks.reset),
            (main_actions.next_area, lambda: self._go_to_area(forward=True)),
            (main_actions.previous_area, lambda: self._go_to_area(forward=False)),
            (main_actions.get_key, self._opener.open_profile),
        ):
            action.triggered.connect(handler)
        main_actions.theme_chosen.connect(lambda theme: self._preferences.set(theme=theme))
        self._preferences.changed.subscribe(main_actions.update_for_settings)
        status.balance_requested.connect(self._opener.open_profile)
        status.spending_requested.connect(lambda: self.open_settings("money"))
        status.jobs_requested.connect(self.docks.queue.bring_to_front)
        self._opener.failed.connect(self._show_warning)
        self._opener.not_opened.connect(self.notify_not_opened)
        self.pending_requests.refused.connect(
            lambda problem: self._show_warning(problem.title, f"{problem.detail} {problem.advice}")
        )

    # Sessions

    @contextmanager
    def session(self, services: SessionServices) -> Iterator[SessionView]:
        """Shows a session until the context ends.

        A file or a link that waited for a session is opened now.
        """
        from runcomfy_desktop.ui.base.session_scope import SessionScope
        from runcomfy_desktop.ui.main_window.central_widget import PageStack
        from runcomfy_desktop.ui.main_window.session_view import SessionView

        page_stack = PageStack(self.central_widget)
        scope = SessionScope(page_stack)
        self.central_widget.pages.show_page(page_stack)
        try:
            view = SessionView(scope, self._frame, services, page_stack)
            self._session = view
            yield view
        finally:
            # An open editor may hold text that is not committed yet.
            services.draft_editor.commit_requested.publish(None)
            try:
                scope.close()
            finally:
                self._end_session(page_stack)

    def _end_session(self, page_stack: QWidget) -> None:
        # Otherwise Qt would focus what is left of a dock: the button that closes it.
        self.central_widget.setFocus()
        if self._settings_dialog is not None:
            # It shows presets and machines of the session.
            self._settings_dialog.reject()
        self.docks.remove_panels()
        self.notice_line.clear()
        self._show_no_session()
        if not self._is_closing:
            self._show_starting()
        page_stack.hide()
        page_stack.deleteLater()

    def _show_no_session(self) -> None:
        from runcomfy_desktop.ui.main_window.window_frame import NoSession
        from runcomfy_desktop.ui.run.run_bar import RunBarState

        self._session = NoSession()
        self.main_actions.reset()
        self._run_bar.show_state(RunBarState())
        self._preset_button.reset()
        self._status_bar.reset()
        self.setWindowTitle(APP_NAME)

    def show_stopped(self, reason: str, *, can_retry: bool = False) -> None:
        """Shows that no session could start, and offers to retry or to open the demo."""
        from runcomfy_desktop.ui.main_window.central_widget import CentralMessage

        self._status_bar.show_stopped(reason)
        self.main_actions.demo.setEnabled(True)
        button, action = _("Look around without a key"), self.demo_requested.emit
        if can_retry:
            button, action = _("Try again"), self._retry
        self.central_widget.pages.show_message(CentralMessage(reason, "warning", button, action))

    def _retry(self) -> None:
        self._show_starting()
        self.retry_requested.emit()

    def _show_starting(self) -> None:
        from runcomfy_desktop.ui.main_window.central_widget import CentralMessage

        self.central_widget.pages.show_message(CentralMessage(_("Starting…")))

    def handle_open_request(self, path_or_link: str) -> None:
        """Opens a path or a link from outside, now or with the next session."""
        self.pending_requests.add(path_or_link)

    def open_settings(self, page: str = "") -> None:
        """Opens the settings, or raises them; `page` is the key of the page to show."""
        if self._settings_dialog is None:
            from runcomfy_desktop.ui.settings.settings_dialog import SettingsDialog

            dialog = SettingsDialog(
                self._preferences, self._settings_services, self, self._session.settings()
            )
            if page:
                dialog.show_page(page)
            dialog.finished.connect(self._on_settings_finished)
            self._settings_dialog = dialog
            dialog.open()
        self._settings_dialog.raise_()
        self._settings_dialog.activateWindow()

    def _on_settings_finished(self) -> None:
        self._settings_dialog = None

    def raise_to_front(self) -> None:
        """Raises the window if the desktop allows it, and marks it in the task bar."""
        from PySide6.QtCore import Qt

        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        QApplication.alert(self)

    # Closing

    @property
    def is_closing(self) -> bool:
        """True once closing has been requested."""
        return self._is_closing

    def show_closing(self) -> None:
        """Shows why closing has to wait; hides the window if it does not."""
        from runcomfy_desktop.ui.main_window.central_widget import CentralMessage

        count = self._session.sending_count()
        if count == 0:
            self.hide()
            return
        text = n_(
            "Finishing %d upload. The window closes by itself.",
            "Finishing %d uploads. The window closes by itself.",
            count,
        )
        lines = (text % count, self._session.closing_text())
        message = CentralMessage("\n".join(filter(None, lines)), "clock")
        self.central_widget.pages.show_message(message)
        bars = self.menuBar(), self._run_bar, self._status_bar
        for widget in (*bars, self.docks.graph, *self.docks.session_docks()):
            widget.setEnabled(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._is_closing:
            if not self._can_close():
                event.ignore()
                return
            self._is_closing = True
            self._window_state.save(self, with_layout=self._is_built)
            # The window stays visible during an upload: ending now would leave its answer unknown.
            event.setAccepted(not self._is_built or self._session.sending_count() == 0)
            self.closed.emit()
        else:
            event.setAccepted(not self.isVisible())

    def _can_close(self) -> bool:
        return (
            not self._is_built or self._closes_without_asking or not self._session.blocks_closing()
        )

    def close_now(self) -> None:
        """Closes without asking: the system ends the program, and the user may be absent."""
        self._closes_without_asking = True
        self.close()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.activated.emit()

    # Painting and dropped files

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            # Emitted after the frame, so that the frame is on the screen before the receivers
            # start.
            QTimer.singleShot(0, self.painted.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from runcomfy_desktop.ui.base.local_files import dropped_workflow_path

        if dropped_workflow_path(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        from runcomfy_desktop.ui.base.local_files import dropped_workflow_path

        path = dropped_workflow_path(event.mimeData())
        if path:
            event.acceptProposedAction()
            if self._is_built:
                self.pending_requests.add(path)
            else:
                self._pending_request = path

    # Display

    def notify_not_opened(self, url: QUrl) -> None:
        """Reports a URL that no program of the desktop has opened."""
        from runcomfy_desktop.ui.base.external_opener import not_opened_notice

        self.notice_line.show_notice(not_opened_notice(url))

    def _show_warning(self, title: str, detail: str = "") -> None:
        from runcomfy_desktop.core.base.notices import Notice, NoticeLevel

        self.notice_line.show_notice(Notice(NoticeLevel.WARNING, title, detail))

    # Keyboard

    def focusNextPrevChild(self, next_: bool) -> bool:
        from runcomfy_desktop.ui.widgets.focus_order import focus_next

        return self._is_built and focus_next((self.menuBar(), *self._areas()), forward=next_)

    def _go_to_area(self, *, forward: bool) -> None:
        from runcomfy_desktop.ui.widgets.focus_order import focus_area

        focus_area(self._areas(), forward=forward)

    def _areas(self) -> tuple[QWidget, ...]:
        """Returns the parts of the window in reading order."""
        docks, centre = self.docks, self.central_widget
        middle = (*docks.left_docks(), docks.graph, centre, docks.queue, docks.output)
        return (self._run_bar, *middle, self._status_bar)
