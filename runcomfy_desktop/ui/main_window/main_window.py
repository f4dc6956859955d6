"""The main window: combines menus, run bar, docks, centre and status bar.

The window is painted empty first, at once; `build_contents` then builds its contents step by step,
and they all appear in its second frame. Until then nothing is imported that the first frame does
not need (`Qt` alone, with its hundred enums, takes 10 ms). The window outlives sessions: `attach`
connects it to one, `detach` disconnects it.
"""

from __future__ import annotations

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
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.account.account import AccountState
    from runcomfy_desktop.core.base.notices import Notice
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.base.topic import Subscriptions
    from runcomfy_desktop.core.drafts.draft_editor import EditorState
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.settings import Settings, ThemeMode
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.chunked_work import ChunkedWork
    from runcomfy_desktop.ui.base.external_opener import ExternalOpener
    from runcomfy_desktop.ui.base.session_services import SessionServices, SettingsServices
    from runcomfy_desktop.ui.deployments.deployment_controller import DeploymentController
    from runcomfy_desktop.ui.help.help_controller import HelpController
    from runcomfy_desktop.ui.job_queue.queue_controller import QueueController
    from runcomfy_desktop.ui.main_window.actions import MainActions
    from runcomfy_desktop.ui.main_window.central_widget import CentralWidget
    from runcomfy_desktop.ui.main_window.commands import WindowCommands
    from runcomfy_desktop.ui.main_window.controllers import FeatureControllers
    from runcomfy_desktop.ui.main_window.docks import Docks
    from runcomfy_desktop.ui.main_window.notice_line import NoticeLine
    from runcomfy_desktop.ui.main_window.status_bar import StatusBar
    from runcomfy_desktop.ui.run.run_bar import DeploymentMenu, RunBar


class MainWindow(QMainWindow):
    """The program's window.

    Emits `painted` after its first frame, `closed` once, when closing is requested, `file_dropped`
    with the path of a workflow, `demo_requested` and `account_requested` to switch to the other
    kind of session, and `retry_requested` for a session that could not start.
    """

    painted = Signal()
    closed = Signal()
    # Paths are emitted as objects: as Qt text they would lose bytes that are not UTF-8.
    file_dropped = Signal(object)
    demo_requested = Signal()
    account_requested = Signal()
    retry_requested = Signal()

    _services: SessionServices | None = None
    _stop_listening: Callable[[], None] | None = None
    _shown_draft_key = ""
    # Created by `build_contents`.
    main_actions: MainActions
    central_widget: CentralWidget
    docks: Docks
    notice_line: NoticeLine
    help_controller: HelpController
    _preferences: Preferences
    _subscriptions: Subscriptions
    _chunked_work: ChunkedWork
    _opener: ExternalOpener
    _commands: WindowCommands
    _deployment_controller: DeploymentController
    _queue_controller: QueueController
    _controllers: FeatureControllers
    _deployment_menu: DeploymentMenu
    _run_bar: RunBar
    _status_bar: StatusBar

    def __init__(self, state_file: Path) -> None:
        super().__init__()
        self._window_state = WindowState(state_file)
        self._is_painted = False
        self._is_built = False
        self._is_closing = False
        # Returns True if closing has to wait, for example because data would be lost.
        self.blocks_closing: Callable[[], bool] = lambda: False
        # File that was dropped before the window was built.
        self._pending_file = ""
        # Set before the first frame, instead of relying on the platform's default.
        self.setAcceptDrops(True)
        self.setObjectName("main_window")
        self.setWindowTitle(APP_NAME)
        size = initial_size(self.screen().availableSize())
        self.resize(size)
        if not self._window_state.restore_geometry(self) and size != DEFAULT_SIZE:
            from PySide6.QtCore import Qt

            self.setWindowState(Qt.WindowState.WindowMaximized)

    def build_contents(
        self,
        preferences: Preferences,
        settings_services: SettingsServices,
        open_url: Callable[[QUrl], bool] | None = None,
    ) -> Iterator[None]:
        """Builds the contents of the window.

        Events may be processed between two steps. Nothing is visible before the last step.
        """
        self.setUpdatesEnabled(False)
        self._preferences = preferences
        yield from self._create_widgets(preferences, settings_services, open_url)
        yield from self._build()
        self._connect()
        self._is_built = True
        if self._pending_file:
            self.handle_open_request(self._pending_file)
        yield
        self.setUpdatesEnabled(True)
        yield

    def _create_widgets(
        self,
        preferences: Preferences,
        settings_services: SettingsServices,
        open_url: Callable[[QUrl], bool] | None,
    ) -> Iterator[None]:
        from runcomfy_desktop.core.base.topic import Subscriptions
        from runcomfy_desktop.ui.base.chunked_work import ChunkedWork
        from runcomfy_desktop.ui.base.external_opener import ExternalOpener
        from runcomfy_desktop.ui.deployments.deployment_controller import DeploymentController
        from runcomfy_desktop.ui.help.help_controller import HelpController
        from runcomfy_desktop.ui.main_window.actions import MainActions
        from runcomfy_desktop.ui.main_window.central_widget import CentralWidget
        from runcomfy_desktop.ui.main_window.commands import WindowCommands
        from runcomfy_desktop.ui.main_window.docks import Docks
        from runcomfy_desktop.ui.main_window.status_bar import StatusBar
        from runcomfy_desktop.ui.run.run_bar import DeploymentMenu, RunBar

        self._subscriptions = Subscriptions()
        self._chunked_work = ChunkedWork(self)
        yield
        self.main_actions = MainActions(self)
        yield
        self._opener = ExternalOpener(self, open_url)
        self.help_controller = HelpController(self, self.main_actions, self._opener)
        self._commands = WindowCommands(self, preferences, self._opener, settings_services)
        self._deployment_menu = DeploymentMenu(self)
        yield
        self.central_widget = CentralWidget(self, self._preferences)
        yield
        self.docks = Docks(self)
        open_deployment, open_page = self._commands.open_deployment, self._opener.open_page
        self._deployment_controller = DeploymentController(
            self, self.main_actions, self.docks, open_deployment, open_page
        )
        yield
        self._run_bar = RunBar(self._deployment_menu, self)
        self._status_bar = StatusBar(self)
        self.notice_line = self.central_widget.notice_line
        yield

    # Sessions

    def attach(self, services: SessionServices) -> None:
        """Shows a session; a file or a link that waited for a session is opened now."""
        self._services = services
        self._subscriptions.add(services.draft_editor.changed, self._on_draft_editor_changed)
        self._subscriptions.add(services.account.changed, self._on_account_changed)
        self._subscriptions.add(services.account.checked, self._on_account_checked)
        self._subscriptions.add(
            services.queue.key_accepted, lambda _nothing: self._on_key_accepted()
        )
        self._subscriptions.add(self._preferences.changed, self._on_preferences_changed)
        self._stop_listening = services.notices.listen(self.notice_line.show_notice)
        outdated = services.notices.outdated
        self._subscriptions.add(outdated, lambda about: self.notice_line.withdraw(about=about))
        account = services.account.state
        self._run_bar.attach(
            services.draft_editor, services.catalogue, services.budget, services.deployment_manager
        )
        self.central_widget.attach(services)
        self.docks.attach(services)
        self._on_account_changed(account)
        self._on_draft_editor_changed(services.draft_editor.state)
        self._status_bar.follow_budget(services.budget)
        self._queue_controller.attach(services.queue)
        self._on_preferences_changed(self._preferences.settings)
        self._commands.attach(services)
        self._deployment_controller.attach(services)
        self._controllers.attach(services)
        self._chunked_work.run(self._fill())

    def _fill(self) -> Iterator[None]:
        """Builds the parts of a session that are not in its first frame, or only needed later."""
        yield from self.docks.build_panels()
        yield from self.central_widget.preload_modules()
        yield from self._controllers.build_panels()

    def detach(self) -> None:
        """Releases the session; the window stays."""
        self._subscriptions.close()
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        self._services = None
        self._commands.detach()
        self._deployment_controller.detach()
        self._controllers.detach()
        self._queue_controller.detach()
        self._chunked_work.stop()
        self._run_bar.detach()
        self.docks.detach()
        self.notice_line.clear()
        if not self._is_closing:
            self.central_widget.detach()
        self._show_no_session()

    def show_stopped(self, reason: str, *, can_retry: bool = False) -> None:
        """Shows that no session could start, and offers to retry or to open the demo."""
        from runcomfy_desktop.ui.main_window.central_widget import CentralAction, CentralMessage

        self._status_bar.show_stopped(reason)
        self.main_actions.demo.setEnabled(True)
        retry, demo = (
            (_("Try again"), CentralAction.RETRY),
            (_("Look around without a key"), CentralAction.DEMO),
        )
        self.central_widget.show_message(
            CentralMessage(reason, "warning", *(retry if can_retry else demo))
        )

    @property
    def is_closing(self) -> bool:
        """True once closing has been requested."""
        return self._is_closing

    def raise_to_front(self) -> None:
        """Raises the window if the desktop allows it, and marks it in the task bar."""
        from PySide6.QtCore import Qt

        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        QApplication.alert(self)

    def open_connect(self) -> None:
        self._commands.open_connect()

    def handle_open_request(self, path_or_link: str) -> None:
        """Opens a path or a link from outside, now or with the next session."""
        self._commands.handle_open_request(path_or_link)

    # Closing

    def show_closing(self) -> None:
        """Shows why closing has to wait; hides the window if it does not."""
        from runcomfy_desktop.core.jobs.job_notifier import exit_notification_for
        from runcomfy_desktop.domain.jobs.job import JobState
        from runcomfy_desktop.ui.main_window.central_widget import CentralMessage

        count = self._sending_count()
        if count == 0 or self._services is None:
            self.hide()
            return
        text = n_(
            "Finishing %d upload. The window closes by itself.",
            "Finishing %d uploads. The window closes by itself.",
            count,
        )
        jobs = self._services.queue.jobs.values()
        closing_notice = exit_notification_for(
            job for job in jobs if job.state is not JobState.SENDING
        )
        lines = (
            text % count,
            f"{closing_notice.title} {closing_notice.detail}".strip()
            if closing_notice is not None
            else "",
        )
        self.central_widget.show_message(CentralMessage("\n".join(filter(None, lines)), "clock"))
        for widget in (
            self.menuBar(),
            self._run_bar,
            self._status_bar,
            self.docks.graph,
            *self.docks.session_docks(),
        ):
            widget.setEnabled(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._is_built:
            self._queue_controller.save_state()
        if not self._is_closing:
            if self.blocks_closing():
                event.ignore()
                return
            self._is_closing = True
            self._window_state.save(self, with_layout=self._is_built)
            # The window stays visible during an upload: ending now would leave its answer unknown.
            event.setAccepted(self._sending_count() == 0)
            self.closed.emit()
        else:
            event.setAccepted(not self.isVisible())

    def close_now(self) -> None:
        """Closes without asking: the system ends the program, and the user may be absent."""
        self.blocks_closing = lambda: False
        self.close()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._services is None:
            return
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self._services.catalogue.refresh_if_older()

    def _sending_count(self) -> int:
        """Returns the number of uploads in progress; closing has to wait for them."""
        from runcomfy_desktop.domain.jobs.job import JobState

        jobs = self._services.queue.jobs.values() if self._services is not None else ()
        return sum(1 for job in jobs if job.state is JobState.SENDING)

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
                self.file_dropped.emit(path)
            else:
                self._pending_file = path

    # Building

    def _build(self) -> Iterator[None]:
        from runcomfy_desktop.ui.job_queue.queue_controller import QueueController
        from runcomfy_desktop.ui.main_window.controllers import FeatureControllers, WindowContext
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
        self._window_state.restore_layout(self)
        self._queue_controller = QueueController(
            self, self.main_actions, self.docks, self._status_bar, self._window_state
        )
        self._controllers = FeatureControllers(
            WindowContext(
                self,
                self.main_actions,
                self.docks,
                self.central_widget,
                self._run_bar,
                self._commands,
                self._window_state,
            )
        )
        self.blocks_closing = self._controllers.blocks_closing
        yield
        self._show_no_session()
        self.main_actions.update_for_settings(self._preferences.settings)
        # Otherwise Qt focuses the widget that was built first: a button that closes a dock.
        self.central_widget.setFocus()
        yield

    def _connect(self) -> None:
        main_actions = self.main_actions
        self._commands.connect_actions(main_actions)
        for action, handler in (
            (main_actions.demo, self.demo_requested.emit),
            (main_actions.quit, self.close),
            (main_actions.reset_layout, self.docks.reset),
            (main_actions.next_area, lambda: self._go_to_area(forward=True)),
            (main_actions.previous_area, lambda: self._go_to_area(forward=False)),
            (main_actions.get_key, self._opener.open_profile),
        ):
            action.triggered.connect(lambda _checked=False, handler=handler: handler())
        self._connect_widgets()

    def _connect_widgets(self) -> None:
        commands, central_widget, docks, status = (
            self._commands,
            self.central_widget,
            self.docks,
            self._status_bar,
        )
        self.main_actions.recent_file_chosen.connect(commands.open_path)
        self.main_actions.theme_chosen.connect(self._on_theme_chosen)
        self._deployment_menu.chosen.connect(commands.open_deployment)
        self._run_bar.run_requested.connect(commands.run)
        self._run_bar.enable_requested.connect(self._deployment_controller.enable)
        commands.enable_requested.connect(self._deployment_controller.enable)
        central_widget.connect_requested.connect(commands.connect_key)
        central_widget.demo_requested.connect(self.demo_requested)
        central_widget.retry_requested.connect(self.retry_requested)
        central_widget.open_file_requested.connect(commands.choose_file)
        central_widget.file_dropped.connect(commands.open_path)
        central_widget.notified.connect(self._notify)
        central_widget.runs_requested.connect(commands.run_variants)
        docks.deployment_chosen.connect(commands.open_deployment)
        docks.refresh_requested.connect(commands.refresh)
        docks.inputs_requested.connect(commands.use_inputs_of)
        status.connection_requested.connect(commands.connect_key)
        status.balance_requested.connect(self._opener.open_profile)
        status.spending_requested.connect(commands.open_spending_settings)
        status.jobs_requested.connect(docks.queue.bring_to_front)
        status.outputs_requested.connect(commands.open_output_folder)
        self._opener.failed.connect(self._on_opener_failed)
        self._opener.not_opened.connect(self.notify_not_opened)
        self.file_dropped.connect(commands.open_path)
        commands.account_requested.connect(self.account_requested)
        commands.notified.connect(self.notice_line.show_notice)
        self.notice_line.removed.connect(self._on_notice_removed)
        commands.submitted.connect(self._on_run_submitted)
        commands.notice_outdated.connect(lambda about: self.notice_line.withdraw(about=about))
        commands.input_requested.connect(self._on_input_requested)

    # Updates

    def _show_no_session(self) -> None:
        self._status_bar.show_account(None)
        self._status_bar.show_outputs("")
        self._status_bar.follow_budget(None)
        self.main_actions.update_for_session(None)
        self.main_actions.update_for_editor(None)
        self.setWindowTitle(APP_NAME)

    def _on_draft_editor_changed(self, editor_state: EditorState) -> None:
        from runcomfy_desktop.core.base.notices import CONVERSION
        from runcomfy_desktop.ui.base.formatters import one_line
        from runcomfy_desktop.ui.run.run_controller import cannot_run_title

        self.main_actions.update_for_editor(editor_state)
        if not editor_state.blocked_reason:
            self.notice_line.withdraw(cannot_run_title())
        draft = editor_state.draft
        key = "" if draft is None else draft.key
        if editor_state.conversion_report is None or key != self._shown_draft_key:
            self.notice_line.withdraw(about=CONVERSION)
        self._shown_draft_key = key
        name = one_line(draft.title or draft.source.name) if draft is not None else ""
        self.setWindowTitle(f"{name} — {APP_NAME}" if name else APP_NAME)

    def _on_account_changed(self, account: AccountState) -> None:
        self.main_actions.update_for_session(account)
        self._status_bar.show_account(account)

    def _on_account_checked(self, problem: Problem | None) -> None:
        if problem is None:
            self._on_key_accepted()

    def _on_key_accepted(self) -> None:
        from runcomfy_desktop.core.base.notices import KEY_REFUSED

        self.notice_line.withdraw(about=KEY_REFUSED)

    def _on_preferences_changed(self, settings: Settings) -> None:
        self.main_actions.update_for_settings(settings)
        if self._services is not None:
            self._status_bar.show_outputs(str(self._services.output_folder()))

    # Actions that need a part of the window

    def _on_theme_chosen(self, theme: ThemeMode) -> None:
        self._preferences.set(theme=theme)

    def _notify(
        self,
        text: str,
        button: str = "",
        action: Callable[[], object] | None = None,
        *,
        is_warning: bool = False,
    ) -> None:
        from runcomfy_desktop.core.base.notices import Notice, NoticeLevel

        level = NoticeLevel.WARNING if is_warning else NoticeLevel.INFO
        self.notice_line.show_notice(Notice(level, text, "", "", button, action))

    def _on_run_submitted(self) -> None:
        if not self.docks.queue.isVisible():
            text, button = _("The run is in the queue."), _("Show the queue")
            show = self.docks.queue.bring_to_front
            self._notify(text, button, show)

    def _on_notice_removed(self, notice: Notice) -> None:
        from runcomfy_desktop.ui.run.run_controller import WAITING_NOTICE

        if self._services is not None:
            self._services.notices.dismissed.publish(notice)
        if notice.subject == WAITING_NOTICE:
            # A run must not wait without a notice in the window.
            self._commands.cancel_waiting_run()

    def _on_input_requested(self, key: InputKey) -> None:
        if self.central_widget.inputs is not None:
            self.central_widget.inputs.show_problem(key)

    def notify_not_opened(self, url: QUrl) -> None:
        """Reports a URL that no program of the desktop has opened."""
        from runcomfy_desktop.ui.base.external_opener import not_opened_notice

        self.notice_line.show_notice(not_opened_notice(url))

    def _on_opener_failed(self, text: str) -> None:
        self._notify(text, is_warning=True)

    def focusNextPrevChild(self, next_: bool) -> bool:
        from runcomfy_desktop.ui.widgets.focus_order import focus_next

        return self._is_built and focus_next((self.menuBar(), *self._areas()), forward=next_)

    def _go_to_area(self, *, forward: bool) -> None:
        from runcomfy_desktop.ui.widgets.focus_order import focus_area

        focus_area(self._areas(), forward=forward)

    def _areas(self) -> tuple[QWidget, ...]:
        """Returns the parts of the window in reading order."""
        docks = self.docks
        left, below, right = docks.left_docks(), docks.queue, docks.output
        return (
            self._run_bar,
            *left,
            docks.graph,
            self.central_widget,
            below,
            right,
            self._status_bar,
        )
