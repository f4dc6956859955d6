"""All actions of the program, each created once, and the menus that contain them.

A feature's own actions are in the feature's package, such as `ui/job_queue/queue_actions.py`.
"""

from __future__ import annotations

from functools import partial
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
    from typing import TypeAlias

    from runcomfy_desktop.core.account.account import AccountState
    from runcomfy_desktop.core.editor.draft_editor import EditorState

    MenuGroup: TypeAlias = Sequence[QAction | QMenu]

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
        self.recent_menu = _menu("recent", _("Open &recent"), parent)
        self._presets_menu = _menu("presets", _("&Presets"), parent)
        self._drafts_menu = _menu("drafts", _("Draf&ts"), parent)
        for menu in (self.recent_menu, self._presets_menu, self._drafts_menu):
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
        example_text = _("Use the deployment's &example values")
        self.use_examples = self._make("use_examples", example_text, "Ctrl+E")
        file_text = _("&Send the file's values to the deployment")
        self.use_file_values = self._make("use_file_values", file_text)
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
        self.full_view = self._make("full_view_action", _("Full &view of the result"))
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
        _add_groups(self._drafts_menu, [self.drafts.orphaned_values])
        for menu in (deployments, self.deployment.free_menu):
            menu.triggered.connect(_close_menus)
        for name, title, groups in (
            ("file", _("&File"), self._file_groups()),
            ("edit", _("&Edit"), self._edit_groups()),
            ("run", _("&Run"), self._run_groups()),
            ("view", _("&View"), self._view_groups(bar, dock_actions)),
            ("deployment", _("&Deployment"), self._deployment_groups(deployments)),
            ("help", _("&Help"), self._help_groups()),
        ):
            bar.addMenu(_menu(name, title, bar, *groups))

    def _file_groups(self) -> tuple[MenuGroup, ...]:
        menus = (self.recent_menu, self._presets_menu, self._drafts_menu)
        return (
            [self.open_file, *menus, self.drafts.conversion_report, self.open_outputs],
            [self.connect_key, self.disconnect_key, self.demo],
            [self.settings, self.quit],
        )

    def _edit_groups(self) -> tuple[MenuGroup, ...]:
        tree, pins = self.tree, self.pins
        return (
            [self.undo, self.redo],
            [tree.reset_input, tree.reset_node, tree.reset_all],
            [pins.choose, pins.toggle, pins.edit, pins.unpin_unmatched],
            [self.drafts.copy_difference, self.drafts.save_difference],
            [self.use_file_values, self.run_file_itself, self.use_deployed],
            [self.jump, tree.filter, tree.find_next, tree.find_previous],
            [tree.next_problem, tree.previous_problem],
        )

    def _run_groups(self) -> tuple[MenuGroup, ...]:
        queue = self.queue
        return (
            self.run_actions(),
            [self.grids_menu, queue.pause_all, queue.resume_all],
            [queue.cancel_selected, queue.cancel_batch, queue.cancel_all],
            [queue.retry_failed],
        )

    def _view_groups(self, bar: QMenuBar, docks: Sequence[QAction]) -> tuple[MenuGroup, ...]:
        tree, graph = self.tree, self.graph
        folds = [tree.fold_all, tree.unfold_all, tree.fold_unchanged]
        return (
            [_menu("themes", _("&Theme"), bar, self.themes.actions())],
            [self.pins.show_essentials, tree.show_all, tree.show_changed, tree.show_problems],
            [graph.show_path, graph.go_back, graph.go_forward],
            [_menu("folds", _("Fo&ld"), bar, folds)],
            [*docks, self.reset_layout],
            [self.full_view],
            [self.next_area, self.previous_area],
        )

    def _help_groups(self) -> tuple[MenuGroup, ...]:
        return (
            [self.get_key],
            [self.help.data_folders, self.open_logs, self.help.diagnostics],
            [self.help.check_updates, self.help.about],
        )

    def _deployment_groups(self, choose: QMenu) -> tuple[MenuGroup, ...]:
        deployment = self.deployment
        return (
            [choose, self.refresh],
            [deployment.details, deployment.what_changed, deployment.toggle, deployment.free_menu],
            [self.use_examples],
            [deployment.copy_id, deployment.copy_link],
            [deployment.delete],
        )

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
        self._show_steps("", "")
        file_actions = (self.use_file_values, self.run_file_itself, self.use_deployed)
        for action in (self.use_examples, *file_actions):
            action.setVisible(False)
        for pin_action in self.pins.all:
            pin_action.setEnabled(False)
        for each in (
            self.batches,
            self.deployment,
            self.drafts,
            self.graph,
            self.grids_menu,
            self.presets,
            self.queue,
            self.tree,
        ):
            each.reset()

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
            self.full_view,
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
        self._show_steps(editor_state.undo_text, editor_state.redo_text)
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

    def _show_steps(self, undo: str, redo: str) -> None:
        """Shows the steps that can be undone and redone; "" for none."""
        for action, step, text, named_text in (
            (self.undo, undo, _("&Undo"), _("&Undo “%s”")),
            (self.redo, redo, _("&Redo"), _("&Redo “%s”")),
        ):
            named = named_text % literal(shortened(step, _MAX_STEP_CHARS))
            action.setText(named if step else text)
            action.setEnabled(bool(step))

    def update_for_settings(self, settings: Settings) -> None:
        for action in self.themes.actions():
            action.setChecked(action.data() is settings.theme)
        self.recent_menu.clear()
        for path in settings.recent_files:
            name = PurePath(path).name
            action = self.recent_menu.addAction(literal(name))
            action.setToolTip(tooltip(path))
            action.triggered.connect(partial(self.recent_file_chosen.emit, path))
        self.recent_menu.setEnabled(self.open_file.isEnabled() and bool(settings.recent_files))


def _menu(name: str, title: str, parent: QWidget, *groups: MenuGroup) -> QMenu:
    menu = QMenu(title, parent)
    menu.setObjectName(f"{name}_menu")
    menu.setAccessibleName(title.replace("&", ""))
    # Keys and mouse close a menu automatically; a screen reader that presses an entry does not.
    menu.triggered.connect(_close_menus)
    _add_groups(menu, *groups)
    return menu


def _add_groups(menu: QMenu, *groups: MenuGroup) -> None:
    """Adds groups of entries and submenus, with separators between them."""
    for group in groups:
        if menu.actions():
            menu.addSeparator()
        for each in group:
            menu.addAction(each.menuAction() if isinstance(each, QMenu) else each)


def _close_menus() -> None:
    popup = QApplication.activePopupWidget()
    while isinstance(popup, QMenu) and popup.close():
        popup = QApplication.activePopupWidget()
