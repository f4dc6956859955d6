"""All actions of the program, each created once, and the menus that contain them.

A feature's own actions are in the feature's package, such as `ui/job_queue/queue_actions.py`.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget

from runcomfy_desktop.domain.settings import Settings, ThemeMode
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import shortened
from runcomfy_desktop.ui.deployments.deployment_actions import DeploymentActions
from runcomfy_desktop.ui.drafts.draft_actions import DraftActions
from runcomfy_desktop.ui.help.help_actions import HelpActions
from runcomfy_desktop.ui.input_tree.input_tree_actions import InputTreeActions
from runcomfy_desktop.ui.job_queue.queue_actions import QueueActions
from runcomfy_desktop.ui.pins.pin_actions import PinActions
from runcomfy_desktop.ui.presets.preset_actions import PresetActions
from runcomfy_desktop.ui.sweeps.batch_actions import BatchActions
from runcomfy_desktop.ui.sweeps.grids_menu import GridsMenu
from runcomfy_desktop.ui.widgets.action_set import ActionSet
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.labels import tooltip
from runcomfy_desktop.ui.widgets.press_debounce import ShortcutDebouncer
from runcomfy_desktop.ui.workflow_graph.graph_actions import GraphActions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.core.account.account import AccountState
    from runcomfy_desktop.core.editor.draft_editor import EditorState

_Key = QKeySequence.StandardKey
# An undo step may be named after a node whose title has thousands of characters.
_MAX_STEP_CHARS = 80


class MainActions(ActionSet):
    """Owns the QActions and enables those that are possible now.

    `run` is always enabled in a session: if a run is impossible, pressing it shows the reason.
    Emits `recent_file_chosen` with a path and `theme_chosen` with a ThemeMode.
    """

    recent_file_chosen = Signal(object)  # a path, see PendingRequests
    theme_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.recent_menu = _submenu("recent", _("Open &recent"), parent)
        self._presets_menu = _submenu("presets", _("&Presets"), parent)
        self._drafts_menu = _submenu("drafts", _("Draf&ts"), parent)
        for menu in (self._presets_menu, self._drafts_menu):
            menu.setToolTipsVisible(True)
        self._build_file()
        self._build_edit()
        self._build_run()
        self._build_view()
        self.batches = BatchActions(parent)
        self.deployment = DeploymentActions(parent)
        self.drafts = DraftActions(parent)
        self.graph = GraphActions(parent)
        self.grids_menu = GridsMenu(parent)
        self.help = HelpActions(parent)
        self.pins = PinActions(parent)
        self.presets = PresetActions(parent)
        self.queue = QueueActions(parent)
        self.tree = InputTreeActions(parent)
        self._build_other()
        self.reset()

    # Building

    def _build_file(self) -> None:
        self.open_file = self._make("open_file", _("&Open workflow…"), _Key.Open)
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
        self.use_examples = self._make(
            "use_examples", _("Use the deployment's &example values"), "Ctrl+E"
        )
        self.use_file_values = self._make(
            "use_file_values", _("&Send the file's values to the deployment")
        )
        self.run_file_itself = self._make("run_file_itself", _("Run the file i&tself"))
        self.use_deployed = self._make("use_deployed", _("Use the &deployment's values"))
        self.jump = self._make("jump", _("&Jump to anything…"), "Ctrl+K")

    def _build_run(self) -> None:
        self.run = self._make("run", _("&Run"), "Ctrl+Return")
        self.run.setShortcuts([QKeySequence("Ctrl+Return"), QKeySequence("Ctrl+Enter")])
        # Each run costs money.
        ShortcutDebouncer(self.run)

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
        self.next_area = self._make("next_area", _("&Next part of the window"), "F6")
        self.previous_area = self._make("last_area", _("&Previous part of the window"), "Shift+F6")
        self.reset_layout = self._make("reset_layout", _("&Reset layout"))

    def _build_other(self) -> None:
        self.refresh = self._make("refresh", _("&Refresh"), "F5")
        self.get_key = self._make("get_key", _("Get a &key (opens runcomfy.com)"))
        self.open_logs = self._make("open_logs", _("Open &log folder"))

    def fill_menu_bar(
        self, bar: QMenuBar, dock_actions: Sequence[QAction], deployments: QMenu
    ) -> None:
        """Builds the menus; `dock_actions` are the actions that show and hide the docks."""
        self.presets.fill_menu(self._presets_menu, with_all=True)
        self.drafts.fill_menu(self._drafts_menu)
        self._drafts_menu.addSeparator()
        self._drafts_menu.addAction(self.drafts.orphaned_values)
        file = _menu(bar, "file", _("&File"))
        file.addAction(self.open_file)
        file.addMenu(self.recent_menu)
        file.addMenu(self._presets_menu)
        file.addMenu(self._drafts_menu)
        file.addActions([self.drafts.conversion_report, self.open_outputs])
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
        files = (file, self.recent_menu, self._presets_menu, self._drafts_menu)
        for each in (*files, edit, run, view, themes, deployment, deployments, about):
            each.triggered.connect(_close_menus)

    def _fill_view(self, view: QMenu, dock_actions: Sequence[QAction]) -> QMenu:
        """Fills the View menu and returns its theme menu."""
        tree, graph = self.tree, self.graph
        themes = view.addMenu(_("&Theme"))
        themes.setAccessibleName(_("Theme"))
        themes.addActions(self.themes.actions())
        view.addSeparator()
        view.addActions(
            [tree.show_all, tree.show_changed, tree.show_problems, self.pins.show_only_pinned]
        )
        view.addSeparator()
        view.addActions([graph.show_path, graph.go_back, graph.go_forward])
        view.addSeparator()
        folds = view.addMenu(_("Fo&ld"))
        folds.setAccessibleName(_("Fold"))
        folds.triggered.connect(_close_menus)
        folds.addActions([tree.fold_all, tree.unfold_all, tree.fold_unchanged])
        view.addSeparator()
        view.addActions(list(dock_actions))
        view.addAction(self.reset_layout)
        view.addSeparator()
        view.addActions([self.next_area, self.previous_area])
        return themes

    def _fill_edit(self, menu: QMenu) -> None:
        tree = self.tree
        menu.addActions([self.undo, self.redo])
        menu.addSeparator()
        menu.addActions([tree.reset_input, tree.reset_node, tree.reset_all])
        menu.addSeparator()
        self.pins.fill_edit_menu(menu)
        menu.addSeparator()
        menu.addActions([self.drafts.copy_difference, self.drafts.save_difference])
        menu.addSeparator()
        menu.addActions([self.use_file_values, self.run_file_itself, self.use_deployed])
        menu.addSeparator()
        menu.addActions([self.jump, tree.filter, tree.find_next, tree.find_previous])
        menu.addSeparator()
        menu.addActions([tree.next_problem, tree.previous_problem])

    def _fill_run(self, menu: QMenu) -> None:
        queue = self.queue
        menu.addActions(self.run_actions())
        menu.addSeparator()
        menu.addMenu(self.grids_menu)
        menu.addActions([queue.pause_all, queue.resume_all])
        menu.addSeparator()
        menu.addActions([queue.cancel_selected, queue.cancel_batch, queue.cancel_all])
        menu.addSeparator()
        menu.addAction(queue.retry_failed)

    def _fill_help(self, menu: QMenu) -> None:
        menu.addAction(self.get_key)
        menu.addSeparator()
        menu.addActions([self.help.data_folders, self.open_logs, self.help.diagnostics])
        menu.addSeparator()
        menu.addActions([self.help.check_updates, self.help.about])

    def _fill_deployment(self, menu: QMenu, choose: QMenu) -> None:
        deployment = self.deployment
        menu.addMenu(choose)
        menu.addAction(self.refresh)
        menu.addSeparator()
        menu.addActions([deployment.details, deployment.what_changed, deployment.toggle])
        menu.addMenu(deployment.free_menu)
        menu.addSeparator()
        menu.addAction(self.use_examples)
        menu.addSeparator()
        menu.addActions([deployment.copy_id, deployment.copy_link])
        menu.addSeparator()
        menu.addAction(deployment.delete)
        deployment.free_menu.triggered.connect(_close_menus)

    def run_actions(self) -> list[QAction]:
        """Returns the actions that start runs."""
        return [self.run, *self.batches.all_actions()]

    # Updates

    def reset(self) -> None:
        """Shows the state without a session."""
        self._set_session_open(is_open=False)
        self.demo.setVisible(True)
        self.connect_key.setText(_("&Connect a key…"))
        self.disconnect_key.setVisible(False)
        self.undo.setText(_("&Undo"))
        self.redo.setText(_("&Redo"))
        for action in (self.undo, self.redo):
            action.setEnabled(False)
        for action in (
            self.use_examples,
            self.use_file_values,
            self.run_file_itself,
            self.use_deployed,
        ):
            action.setVisible(False)
        for pin_action in self.pins.all:
            pin_action.setEnabled(False)
        self.batches.reset()
        self.deployment.reset()
        self.drafts.reset()
        self.graph.reset()
        self.grids_menu.reset()
        self.presets.reset()
        self.queue.reset()
        self.tree.reset()

    def _set_session_open(self, *, is_open: bool) -> None:
        for action in (
            self.open_file,
            self.open_outputs,
            self.refresh,
            self.run,
            self.open_logs,
            self.connect_key,
            self.demo,
            self.jump,
        ):
            action.setEnabled(is_open)
        self.batches.set_session_open(is_open=is_open)
        self.recent_menu.setEnabled(is_open and bool(self.recent_menu.actions()))

    def update_for_account(self, account: AccountState) -> None:
        """Updates the actions that need a session, a key, or the lack of one."""
        self._set_session_open(is_open=True)
        has_key = bool(account.key_place) and not account.is_demo
        self.connect_key.setText(_("&Connect another key…") if has_key else _("&Connect a key…"))
        self.disconnect_key.setVisible(has_key)
        self.demo.setVisible(not account.is_demo)

    def update_for_editor(self, editor_state: EditorState) -> None:
        """Updates the actions that depend on the open draft."""
        undo, redo = editor_state.undo_text, editor_state.redo_text
        self.undo.setText(
            _("&Undo “%s”") % literal(shortened(undo, _MAX_STEP_CHARS)) if undo else _("&Undo")
        )
        self.undo.setEnabled(bool(undo))
        self.redo.setText(
            _("&Redo “%s”") % literal(shortened(redo, _MAX_STEP_CHARS)) if redo else _("&Redo")
        )
        self.redo.setEnabled(bool(redo))
        draft, difference = editor_state.draft, editor_state.difference
        self.use_examples.setVisible(bool(editor_state.examples))
        self.use_file_values.setVisible(difference is not None and bool(difference.values))
        runs_file = draft is not None and draft.runs_file
        self.run_file_itself.setVisible(difference is not None and not runs_file)
        self.use_deployed.setVisible(difference is not None)
        for action in self.pins.all:
            action.setEnabled(draft is not None)
        self.deployment.update_for_editor(editor_state)
        self.drafts.update_for_editor(editor_state)
        self.tree.update_for_editor(editor_state)

    def update_for_settings(self, settings: Settings) -> None:
        for action in self.themes.actions():
            action.setChecked(action.data() is settings.theme)
        self.recent_menu.clear()
        for path in settings.recent_files:
            name = PurePath(path).name
            action = self.recent_menu.addAction(literal(name))
            action.setToolTip(tooltip(path))
            action.triggered.connect(
                lambda _checked=False, path=path: self.recent_file_chosen.emit(path)
            )
        self.recent_menu.setToolTipsVisible(True)
        self.recent_menu.setEnabled(self.open_file.isEnabled() and bool(settings.recent_files))


def _submenu(name: str, title: str, parent: QWidget) -> QMenu:
    menu = QMenu(title, parent)
    menu.setObjectName(f"{name}_menu")
    menu.setAccessibleName(title.replace("&", ""))
    return menu


def _menu(bar: QMenuBar, name: str, title: str) -> QMenu:
    menu = bar.addMenu(title)
    menu.setObjectName(f"{name}_menu")
    menu.setAccessibleName(title.replace("&", ""))
    return menu


def _close_menus() -> None:
    popup = QApplication.activePopupWidget()
    while isinstance(popup, QMenu) and popup.close():
        popup = QApplication.activePopupWidget()
