"""All actions of the program, each created once.

The menus contain all of them; other widgets reuse them.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget

from runcomfy_desktop.domain.app_link import deployment_link
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from runcomfy_desktop.domain.settings import Settings, ThemeMode
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import shortened
from runcomfy_desktop.ui.pins.pin_actions import PinActions
from runcomfy_desktop.ui.sweeps.batch_actions import BatchActions
from runcomfy_desktop.ui.widgets.action_set import ActionSet
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.labels import tooltip
from runcomfy_desktop.ui.widgets.press_debounce import ShortcutDebouncer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runcomfy_desktop.core.account.account import AccountState
    from runcomfy_desktop.core.drafts.draft_editor import EditorState
    from runcomfy_desktop.core.jobs.send_queue import SendQueueState

_Key = QKeySequence.StandardKey
# An undo step may be named after a node whose title has thousands of characters.
_MAX_STEP_CHARS = 80


class MainActions(ActionSet):
    """Owns the QActions and enables those that are possible now.

    `run` is always enabled: if a run is impossible, pressing it shows the reason. Emits
    `recent_file_chosen` with a path and `theme_chosen` with a ThemeMode.
    """

    recent_file_chosen = Signal(object)  # a path, see MainWindow
    theme_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = parent
        self.recent = QMenu(_("Open &recent"), parent)
        self.recent.setObjectName("recent_menu")
        self.recent.setAccessibleName(_("Open recent"))
        self.presets = QMenu(_("&Presets"), parent)
        self.presets.setObjectName("presets_menu")
        self.presets.setAccessibleName(_("Presets"))
        self.presets.setToolTipsVisible(True)
        self.drafts = QMenu(_("Draf&ts"), parent)
        self.drafts.setObjectName("drafts_menu")
        self.drafts.setAccessibleName(_("Drafts"))
        self.drafts.setToolTipsVisible(True)
        self._build_file()
        self._build_edit()
        self._build_run()
        self._build_view()
        self.pins = PinActions(self)
        self._build_deployment_and_help()
        self.update_for_session(None)
        self.update_for_editor(None)
        self.update_for_deployment("", is_busy=False, no_memory_reason="")
        self.update_for_queue(None, None)
        self.update_for_selection(False, False)
        self.update_for_navigation(can_go_back=False, can_go_forward=False, is_path_shown=False)

    # Building

    def _build_file(self) -> None:
        self.open_file = self._make("open_file", _("&Open workflow…"), _Key.Open)
        self.conversion_report = self._make("conversion_report", _("Con&version report…"))
        self.open_outputs = self._make("open_outputs", _("Open output &folder"), "Ctrl+Shift+O")
        self.connect_key = self._make("connect_key", _("&Connect a key…"), "Ctrl+Shift+K")
        self.disconnect_key = self._make("disconnect_key", _("&Disconnect…"))
        self.demo = self._make("demo", _("&Look around without a key"))
        self.settings = self._make("settings", _("&Settings…"), "Ctrl+,")
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.quit = self._make("quit", _("&Quit"), _Key.Quit)
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        if self.quit.shortcut().isEmpty():
            self.quit.setShortcut(QKeySequence("Ctrl+Q"))

    def _build_edit(self) -> None:
        self.undo = self._make("undo", _("&Undo"), _Key.Undo)
        self.redo = self._make("redo", _("&Redo"), _Key.Redo)
        self.reset_input = self._make("reset_input", _("Reset this &input"), "Ctrl+Backspace")
        self.reset_node = self._make("reset_node", _("Reset this &node"), "Ctrl+Alt+Backspace")
        self.reset_all = self._make("reset_all", _("Reset &all inputs"), "Ctrl+Shift+Backspace")
        self.copy_difference = self._make("copy_difference", _("&Copy the changes as text"))
        self.save_difference = self._make("save_difference", _("Save the changes as te&xt…"))
        self.use_examples = self._make(
            "use_examples", _("Use the deployment's &example values"), "Ctrl+E"
        )
        self.use_file_values = self._make(
            "use_file_values", _("&Send the file's values to the deployment")
        )
        self.run_file_itself = self._make("run_file_itself", _("Run the file i&tself"))
        self.use_deployed = self._make("use_deployed", _("Use the &deployment's values"))
        self.filter = self._make("filter", _("&Filter inputs"), _Key.Find)
        self.jump = self._make("jump", _("&Jump to anything…"), "Ctrl+K")
        self.find_next = self._make("find_next", _("Next &hit"), "F3")
        self.find_previous = self._make("find_previous", _("Pre&vious hit"), "Shift+F3")
        self.next_problem = self._make("next_problem", _("Next &problem"), "F8")
        self.previous_problem = self._make("previous_problem", _("Previ&ous problem"), "Shift+F8")

    def _build_run(self) -> None:
        self.run = self._make("run", _("&Run"), "Ctrl+Return")
        self.run.setShortcuts([QKeySequence("Ctrl+Return"), QKeySequence("Ctrl+Enter")])
        # Each run costs money.
        ShortcutDebouncer(self.run)
        self.batches = BatchActions(self)
        self.cancel_selected = self._make("cancel_selected", _("&Cancel selected jobs"), "Ctrl+.")
        self.cancel_batch = self._make("cancel_batch", _("Cancel the &batch…"))
        self.cancel_all = self._make("cancel_all", _("Cancel &all jobs…"))
        self.pause_all = self._make("pause_all", _("&Pause all"))
        self.resume_all = self._make("resume_all", _("Re&sume all"))
        self.retry_failed = self._make("retry_failed", _("Re&try all failed…"))

    def _build_view(self) -> None:
        self.themes = QActionGroup(self)
        for theme, text in (
            (ThemeMode.SYSTEM, _("Like the &system")),
            (ThemeMode.LIGHT, _("&Light")),
            (ThemeMode.DARK, _("&Dark")),
        ):
            action = self._make(f"theme_{theme.value}", text)
            action.setCheckable(True)
            action.setData(theme)
            self.themes.addAction(action)
        self.themes.triggered.connect(lambda action: self.theme_chosen.emit(action.data()))
        self.show_all = self._make("show_all", _("&All inputs"), "Ctrl+Alt+1")
        self.show_changed = self._make("show_changed", _("&Changed inputs"), "Ctrl+Alt+2")
        self.show_path = self._make("show_path", _("Show &what leads to this node"), "Ctrl+L")
        self.show_path.setCheckable(True)
        self.go_back = self._make("go_back", _("&Back"), _Key.Back)
        self.go_forward = self._make("go_forward", _("&Forward"), _Key.Forward)
        self.show_problems = self._make("show_problems", _("Probl&ems"), "Ctrl+Alt+3")
        self.fold_all = self._make("fold_all", _("&Fold all nodes"), "Ctrl+Shift+-")
        self.unfold_all = self._make("unfold_all", _("&Unfold all nodes"), "Ctrl+Shift++")
        self.fold_unchanged = self._make(
            "fold_unchanged", _("Fold nodes without chan&ges or problems"), "Ctrl+Alt+-"
        )
        self.next_area = self._make("next_area", _("&Next part of the window"), "F6")
        self.previous_area = self._make("last_area", _("&Previous part of the window"), "Shift+F6")
        self.reset_layout = self._make("reset_layout", _("&Reset layout"))

    def _build_deployment_and_help(self) -> None:
        self.refresh = self._make("refresh", _("&Refresh"), "F5")
        self.details = self._make("details", _("&Details and readme…"), "Ctrl+I")
        self.toggle_deployment = self._make("toggle_deployment", _("&Disable"))
        self.free_models = self._make("free_models", _("&Unload the models"))
        self.free_all = self._make("free_all", _("Unload the models and &clear the cache"))
        self.free_menu = QMenu(_("Free &memory"), self._owner)
        self.free_menu.setObjectName("free_memory_menu")
        self.free_menu.setAccessibleName(_("Free memory"))
        self.free_menu.setToolTipsVisible(True)
        self.free_menu.addActions([self.free_models, self.free_all])
        self.delete_deployment = self._make("delete_deployment", _("De&lete…"))
        self.copy_id = self._make("copy_id", _("Copy deployment &ID"))
        self.copy_link = self._make("copy_link", _("Copy lin&k"))
        self.get_key = self._make("get_key", _("Get a &key (opens runcomfy.com)"))
        self.open_logs = self._make("open_logs", _("Open &log folder"))
        self.data_folders = self._make("data_folders", _("Data &folders…"))
        self.diagnostics = self._make("diagnostics", _("Copy &diagnostics…"))
        self.check_updates = self._make("check_updates", _("Check for &updates now…"))
        # Hidden until there is a service to query, and always if the system installs updates.
        self.check_updates.setVisible(False)
        self.about = self._make("about", _("&About RunComfy Desktop"))
        self.about.setMenuRole(QAction.MenuRole.AboutRole)

    def fill_menu_bar(
        self, bar: QMenuBar, dock_actions: Sequence[QAction], deployments: QMenu
    ) -> None:
        """Builds the menus; `dock_actions` are the actions that show and hide the docks."""
        file = _menu(bar, "file", _("&File"))
        file.addAction(self.open_file)
        file.addMenu(self.recent)
        file.addMenu(self.presets)
        file.addMenu(self.drafts)
        file.addActions([self.conversion_report, self.open_outputs])
        file.addSeparator()
        file.addActions([self.connect_key, self.disconnect_key, self.demo])
        file.addSeparator()
        file.addActions([self.settings, self.quit])
        edit = _menu(bar, "edit", _("&Edit"))
        self._fill_edit(edit)
        run = _menu(bar, "run", _("&Run"))
        self._fill_run(run)
        view = _menu(bar, "view", _("&View"))
        themes = self._fill_view(view, dock_actions)
        deployment = _menu(bar, "deployment", _("&Deployment"))
        self._fill_deployment(deployment, deployments)
        about = _menu(bar, "help", _("&Help"))
        self._fill_help(about)
        # Keys and mouse close a menu automatically; a screen reader that presses an entry does not.
        files = (file, self.recent, self.presets, self.drafts)
        for each in (*files, edit, run, view, themes, deployment, deployments, about):
            each.triggered.connect(_close_menus)

    def _fill_view(self, view: QMenu, dock_actions: Sequence[QAction]) -> QMenu:
        """Fills the View menu and returns its theme menu."""
        themes = view.addMenu(_("&Theme"))
        themes.setAccessibleName(_("Theme"))
        themes.addActions(self.themes.actions())
        view.addSeparator()
        view.addActions(
            [self.show_all, self.show_changed, self.show_problems, self.pins.show_only_pinned]
        )
        view.addSeparator()
        view.addActions([self.show_path, self.go_back, self.go_forward])
        view.addSeparator()
        folds = view.addMenu(_("Fo&ld"))
        folds.setAccessibleName(_("Fold"))
        folds.triggered.connect(_close_menus)
        folds.addActions([self.fold_all, self.unfold_all, self.fold_unchanged])
        view.addSeparator()
        view.addActions(list(dock_actions))
        view.addAction(self.reset_layout)
        view.addSeparator()
        view.addActions([self.next_area, self.previous_area])
        return themes

    def _fill_edit(self, menu: QMenu) -> None:
        menu.addActions([self.undo, self.redo])
        menu.addSeparator()
        menu.addActions([self.reset_input, self.reset_node, self.reset_all])
        menu.addSeparator()
        self.pins.fill_edit_menu(menu)
        menu.addSeparator()
        menu.addActions([self.copy_difference, self.save_difference])
        menu.addSeparator()
        menu.addActions([self.use_file_values, self.run_file_itself, self.use_deployed])
        menu.addSeparator()
        menu.addActions([self.jump, self.filter, self.find_next, self.find_previous])
        menu.addSeparator()
        menu.addActions([self.next_problem, self.previous_problem])

    def _fill_run(self, menu: QMenu) -> None:
        menu.addActions([self.run, *self.batches.all_actions()])
        menu.addSeparator()
        menu.addActions([self.pause_all, self.resume_all])
        menu.addSeparator()
        menu.addActions([self.cancel_selected, self.cancel_batch, self.cancel_all])
        menu.addSeparator()
        menu.addAction(self.retry_failed)

    def _fill_help(self, menu: QMenu) -> None:
        menu.addAction(self.get_key)
        menu.addSeparator()
        menu.addActions([self.data_folders, self.open_logs, self.diagnostics])
        menu.addSeparator()
        menu.addActions([self.check_updates, self.about])

    def _fill_deployment(self, menu: QMenu, choose: QMenu) -> None:
        menu.addMenu(choose)
        menu.addAction(self.refresh)
        menu.addSeparator()
        menu.addActions([self.details, self.toggle_deployment])
        menu.addMenu(self.free_menu)
        menu.addSeparator()
        menu.addAction(self.use_examples)
        menu.addSeparator()
        menu.addActions([self.copy_id, self.copy_link])
        menu.addSeparator()
        menu.addAction(self.delete_deployment)
        self.free_menu.triggered.connect(_close_menus)

    # Updates

    def update_for_session(self, account: AccountState | None) -> None:
        """Updates the actions that need a session, a key, or the lack of one."""
        has_session = account is not None
        for action in (self.open_file, self.open_outputs, self.refresh, self.run, self.open_logs):
            action.setEnabled(has_session)
        self.batches.set_session_open(is_open=has_session)
        self.recent.setEnabled(has_session and bool(self.recent.actions()))
        in_demo = account is not None and account.is_demo
        has_key = account is not None and bool(account.key_place) and not in_demo
        self.connect_key.setEnabled(has_session)
        self.connect_key.setText(_("&Connect another key…") if has_key else _("&Connect a key…"))
        self.disconnect_key.setVisible(has_key)
        self.demo.setVisible(not in_demo)
        self.demo.setEnabled(has_session)

    def update_for_editor(self, editor_state: EditorState | None) -> None:
        """Updates the actions that depend on the open draft."""
        undo = editor_state.undo_text if editor_state else ""
        redo = editor_state.redo_text if editor_state else ""
        self.undo.setText(
            _("&Undo “%s”") % literal(shortened(undo, _MAX_STEP_CHARS)) if undo else _("&Undo")
        )
        self.undo.setEnabled(bool(undo))
        self.redo.setText(_("&Redo “%s”") % literal(redo) if redo else _("&Redo"))
        self.redo.setEnabled(bool(redo))
        draft = editor_state.draft if editor_state else None
        resets = (self.reset_input, self.reset_node, self.reset_all)
        for action in (*resets, self.copy_difference, self.save_difference):
            action.setEnabled(draft is not None and bool(draft.changes))
        self.use_examples.setVisible(editor_state is not None and bool(editor_state.examples))
        report = editor_state.conversion_report if editor_state else None
        self.conversion_report.setVisible(report is not None)
        is_converted = report is None or report.is_converted
        self.conversion_report.setText(
            _("Con&version report…") if is_converted else _("Parts left o&ut…")
        )
        difference = editor_state.difference if editor_state is not None else None
        self.use_file_values.setVisible(difference is not None and bool(difference.values))
        runs_file = draft is not None and draft.runs_file
        self.run_file_itself.setVisible(difference is not None and not runs_file)
        self.use_deployed.setVisible(difference is not None)
        for action in self._tree_actions():
            action.setEnabled(draft is not None)
        for action in (self.next_problem, self.previous_problem):
            action.setEnabled(editor_state is not None and bool(editor_state.issues))
        deployment = editor_state.deployment if editor_state is not None else None
        self.copy_id.setEnabled(deployment is not None)
        has_link = deployment is not None and bool(deployment_link(deployment.deployment_id))
        self.copy_link.setEnabled(has_link)

    def update_for_navigation(
        self, *, can_go_back: bool, can_go_forward: bool, is_path_shown: bool
    ) -> None:
        """Updates the actions `go_back`, `go_forward` and `show_path`."""
        self.go_back.setEnabled(can_go_back)
        self.go_forward.setEnabled(can_go_forward)
        self.show_path.setChecked(is_path_shown)

    def _tree_actions(self) -> tuple[QAction, ...]:
        """Returns the actions that need an open draft."""
        find_actions = (self.filter, self.find_next, self.find_previous)
        tabs = (self.show_all, self.show_changed, self.show_problems)
        fold_actions = (self.fold_all, self.unfold_all, self.fold_unchanged)
        return (*find_actions, *tabs, self.show_path, *fold_actions, *self.pins.all)

    def update_for_deployment(self, toggle: str, *, is_busy: bool, no_memory_reason: str) -> None:
        """Updates the actions for the deployment in use.

        `toggle` is the text of the action that enables or disables the deployment, "" if none is in
        use; `no_memory_reason` says why no memory can be freed, "" if it can.
        """
        has_deployment = bool(toggle)
        self.details.setEnabled(has_deployment)
        self.toggle_deployment.setText(toggle or _("&Disable"))
        for action in (self.toggle_deployment, self.delete_deployment):
            action.setEnabled(has_deployment and not is_busy)
        for action in (self.free_models, self.free_all):
            action.setEnabled(has_deployment and not is_busy and not no_memory_reason)
            action.setToolTip(tooltip(no_memory_reason))
            action.setStatusTip(no_memory_reason)

    def update_for_queue(
        self, states: Mapping[JobState, int] | None, queue_state: SendQueueState | None
    ) -> None:
        """Updates the actions for the queue.

        `states` is the number of jobs in each state. Both arguments are None without a session.
        """
        states = states or {}
        has_cancellable = any(
            n for state, n in states.items() if state.is_active or _is_held(state)
        )
        self.cancel_all.setEnabled(has_cancellable)
        self.retry_failed.setEnabled(bool(states.get(JobState.FAILED)))
        paused = queue_state is not None and (
            queue_state.is_paused or bool(queue_state.held_counts.get(HoldReason.PAUSED))
        )
        self.pause_all.setEnabled(queue_state is not None and not queue_state.is_paused)
        self.resume_all.setEnabled(paused)

    def update_for_selection(self, can_cancel: bool, can_cancel_batch: bool) -> None:
        """Updates the actions that cancel the selected jobs or their batch."""
        self.cancel_selected.setEnabled(can_cancel)
        self.cancel_batch.setEnabled(can_cancel_batch)

    def update_for_settings(self, settings: Settings) -> None:
        for action in self.themes.actions():
            action.setChecked(action.data() is settings.theme)
        self.recent.clear()
        for path in settings.recent_files:
            name = PurePath(path).name
            action = self.recent.addAction(literal(name))
            action.setToolTip(tooltip(path))
            action.triggered.connect(
                lambda _checked=False, path=path: self.recent_file_chosen.emit(path)
            )
        self.recent.setToolTipsVisible(True)
        self.recent.setEnabled(self.open_file.isEnabled() and bool(settings.recent_files))


def _is_held(state: JobState) -> bool:
    return state is JobState.HELD


def _menu(bar: QMenuBar, name: str, title: str) -> QMenu:
    menu = bar.addMenu(title)
    menu.setObjectName(f"{name}_menu")
    menu.setAccessibleName(title.replace("&", ""))
    return menu


def _close_menus() -> None:
    popup = QApplication.activePopupWidget()
    while isinstance(popup, QMenu) and popup.close():
        popup = QApplication.activePopupWidget()
