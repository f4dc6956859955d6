"""Controller of the drafts: dock, menu actions and command palette entries."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.core.drafts.draft_rows import DeploymentAvailability, DraftSourceKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.chunked_work import import_steps
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.run.run_bar import DeploymentMenu
from runcomfy_desktop.ui.widgets.action_set import ActionSet
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogueState
    from runcomfy_desktop.core.drafts.draft_rows import DraftRow, DraftsState
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.command_palette.entries import PaletteEntry
    from runcomfy_desktop.ui.drafts.drafts_panel import DraftsPanel
    from runcomfy_desktop.ui.main_window.controllers import WindowContext


class DraftActions(ActionSet):
    """Actions on the draft in view, shared by the menu bar, the dock and the dock's menu."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.new = self._make("new_draft", _("&New draft"), "Ctrl+N")
        self.duplicate = self._make("duplicate_draft", _("&Duplicate draft"), "Ctrl+Shift+N")
        self.rename = self._make("rename_draft", _("&Rename draft…"))
        self.delete = self._make("delete_draft", _("De&lete draft"))
        self.reveal = self._make("reveal_draft_file", _("Show in the file mana&ger"))
        self.next = self._make("next_draft", _("Ne&xt draft"), "Ctrl+PgDown")
        self.previous = self._make("previous_draft", _("&Previous draft"), "Ctrl+PgUp")
        self.update_state(None)

    def fill_menu(self, menu: QMenu, bind_menu: QMenu) -> None:
        menu.addActions([self.new, self.duplicate])
        menu.addSeparator()
        menu.addActions([self.rename, self.delete])
        menu.addMenu(bind_menu)
        menu.addAction(self.reveal)
        menu.addSeparator()
        menu.addActions([self.next, self.previous])

    def update_state(self, state: DraftsState | None) -> None:
        row = state.current if state is not None else None
        for action in (self.new, self.duplicate, self.rename):
            action.setEnabled(row is not None)
        blocker = _delete_blocker(row, state)
        self.delete.setEnabled(row is not None and not blocker)
        self.delete.setToolTip(tooltip(blocker))
        self.delete.setStatusTip(blocker)
        self.reveal.setEnabled(row is not None and bool(row.path))
        readable_count = (
            sum(not each.is_unreadable for each in state.rows) if state is not None else 0
        )
        for action in (self.next, self.previous):
            action.setEnabled(row is not None and readable_count > 1)


def _delete_blocker(row: DraftRow | None, state: DraftsState | None) -> str:
    """Returns why a draft cannot be deleted; "" if it can."""
    if row is None or state is None:
        return ""
    is_first = not row.key.startswith("draft:")
    is_empty = is_first and not (row.change_count or row.orphaned_count) and row.title == row.name
    if row.key == state.current_key and is_empty:
        return _("Nothing is changed in it, so there is nothing to delete.")
    return ""


def _bind_blocker(row: DraftRow | None) -> str:
    """Returns why a draft cannot be bound to another deployment; "" if it can."""
    if row is not None and row.source_kind is not DraftSourceKind.FILE:
        return _("Its workflow is a deployment's own, and runs there.")
    return ""


class DraftsController(QObject):
    """Connects the drafts to the window. `open_folder` opens a folder in the file manager."""

    def __init__(self, context: WindowContext, open_folder: Callable[[Path], object]) -> None:
        super().__init__(context.window)
        self._dock = context.docks.drafts
        self._open_folder = open_folder
        self._services: SessionServices | None = None
        self._subscriptions = Subscriptions()
        self.panel: DraftsPanel | None = None
        self.actions = DraftActions(self)
        self._bind_menu = DeploymentMenu(context.window)
        # Key of the draft for which the menu was opened: another draft can come into view while it
        # is open.
        self._menu_draft_key = ""
        self._build(context)
        self._connect()

    def attach(self, services: SessionServices) -> None:
        self._services = services
        self._subscriptions.add(services.drafts.changed, self._on_drafts_changed)
        self._subscriptions.add(services.catalogue.changed, self._on_catalogue_changed)
        self._on_drafts_changed(services.drafts.state)

    def detach(self) -> None:
        self._subscriptions.close()
        self._services = None
        self._show_state(None)

    def build_panel(self) -> Iterator[None]:
        """Builds the panel in steps if its dock is in front."""
        if self._dock.is_in_front and self.panel is None:
            yield from import_steps(
                "runcomfy_desktop.ui.drafts.drafts_model",
                "runcomfy_desktop.ui.drafts.drafts_view",
                "runcomfy_desktop.ui.drafts.drafts_panel",
            )
            self._build_panel()
            yield None

    def palette_entries(self) -> list[PaletteEntry]:
        """Returns the entries for the command palette."""
        from runcomfy_desktop.ui.command_palette.entries import draft_entries

        rows = self._services.drafts.state.rows if self._services is not None else ()
        return draft_entries(rows, self.open)

    def open(self, key: str) -> None:
        if self._services is not None:
            self._services.drafts.open(key)

    # Building

    def _build(self, context: WindowContext) -> None:
        self._bind_menu.setTitle(_("&Bind to deployment"))
        self._bind_menu.setObjectName("bind_draft_menu")
        self._bind_menu.setAccessibleName(_("Bind to deployment"))
        self.actions.fill_menu(context.main_actions.drafts, self._bind_menu)

    def _connect(self) -> None:
        actions = self.actions
        for action, command in (
            (actions.new, self._new),
            (actions.duplicate, lambda: self._duplicate(self._current_key())),
            (actions.rename, lambda: self._rename(self._current_key())),
            (actions.delete, lambda: self._delete(self._current_key())),
            (actions.reveal, lambda: self._reveal(self._current_key())),
            (actions.next, lambda: self._open_neighbour(is_back=False)),
            (actions.previous, lambda: self._open_neighbour(is_back=True)),
        ):
            action.triggered.connect(lambda _checked=False, command=command: command())
        self._bind_menu.aboutToShow.connect(self._on_bind_menu_shown)
        # The menu emits `chosen` right after it hides.
        self._bind_menu.aboutToHide.connect(
            lambda: QTimer.singleShot(0, self._bind_menu, self._clear_menu_key)
        )
        self._bind_menu.chosen.connect(self._on_bind_chosen)
        self._dock.panel_needed.connect(self._build_panel)

    def _build_panel(self) -> None:
        if self.panel is not None or self._services is None:
            return
        from runcomfy_desktop.ui.drafts.drafts_panel import DraftsPanel

        panel = self.panel = DraftsPanel()
        self._dock.title_bar.add_button(panel.new_button, "plus")
        self._dock.title_bar.add_button(panel.duplicate_button, "copy")
        self._dock.set_panel(panel)
        panel.new_button.clicked.connect(self.actions.new.trigger)
        panel.duplicate_button.clicked.connect(self.actions.duplicate.trigger)
        panel.open_requested.connect(self.open)
        panel.renamed.connect(self._on_panel_renamed)
        panel.delete_requested.connect(self._delete)
        panel.menu_requested.connect(self._open_menu)
        self._show_state(self._services.drafts.state)

    # Updates

    def _on_drafts_changed(self, state: DraftsState) -> None:
        self._show_state(state)

    def _on_catalogue_changed(self, _state: DeploymentCatalogueState) -> None:
        self._update_bind_menu(self._bind_menu, self._row(self._current_key()))

    def _show_state(self, state: DraftsState | None) -> None:
        self.actions.update_state(state)
        self._update_bind_menu(self._bind_menu, state.current if state is not None else None)
        if self.panel is not None:
            self.panel.show_state(state)
            for button, action in (
                (self.panel.new_button, self.actions.new),
                (self.panel.duplicate_button, self.actions.duplicate),
            ):
                button.setEnabled(action.isEnabled())
                reason = "" if action.isEnabled() else _("No workflow is open.")
                button.setAccessibleDescription(reason)

    def _update_bind_menu(self, menu: DeploymentMenu, row: DraftRow | None) -> None:
        catalogue = self._services.catalogue.state if self._services is not None else None
        if catalogue is not None:
            current_id = row.deployment_id if row is not None else ""
            menu.show_deployments(catalogue.deployments, current_id, catalogue.is_unsupported)
        reason = _bind_blocker(row)
        menu.menuAction().setEnabled(row is not None and not reason)
        menu.menuAction().setToolTip(reason)
        menu.menuAction().setStatusTip(reason)

    # Commands

    def _current_key(self) -> str:
        return self._services.drafts.state.current_key if self._services is not None else ""

    def _row(self, key: str) -> DraftRow | None:
        rows = self._services.drafts.state.rows if self._services is not None else ()
        return next((row for row in rows if row.key == key), None)

    def _new(self) -> None:
        if self._services is not None:
            self._services.drafts.create()

    def _duplicate(self, key: str) -> None:
        if self._services is not None:
            self._services.drafts.duplicate(key)

    def _rename(self, key: str) -> None:
        self._dock.bring_to_front()
        self._build_panel()
        if self.panel is not None:
            self.panel.rename(key)

    def _on_panel_renamed(self, key: str, title: str) -> None:
        if self._services is not None:
            self._services.drafts.rename(key, title)

    def _delete(self, key: str) -> None:
        if self._services is not None and not _delete_blocker(
            self._row(key), self._services.drafts.state
        ):
            self._services.drafts.delete([key])

    def _on_bind_menu_shown(self) -> None:
        self._menu_draft_key = self._current_key()

    def _clear_menu_key(self) -> None:
        self._menu_draft_key = ""

    def _on_bind_chosen(self, deployment_id: str) -> None:
        # The palette offers the entries without opening the menu.
        self._bind_to(self._menu_draft_key or self._current_key(), deployment_id)

    def _bind_to(self, key: str, deployment_id: str) -> None:
        if self._services is not None:
            self._services.drafts.bind(key, deployment_id)

    def _reveal(self, key: str) -> None:
        row = self._row(key)
        if row is not None and row.path:
            self._open_folder(Path(row.path).parent)

    def _open_neighbour(self, *, is_back: bool) -> None:
        if self._services is not None:
            self._services.drafts.open_adjacent(is_backwards=is_back)

    def _open_menu(self, key: str, global_pos: QPoint) -> None:
        row, services = self._row(key), self._services
        if row is None or services is None or self.panel is None:
            return
        menu = DraftMenu(row, self.panel)
        menu.add_entry("open", _("Open"), lambda: self.open(key))
        menu.addSeparator()
        unreadable_reason = _("It cannot be read.") if row.is_unreadable else ""
        menu.add_entry("rename", _("Rename"), lambda: self._rename(key), unreadable_reason)
        menu.add_entry("duplicate", _("Duplicate"), lambda: self._duplicate(key), unreadable_reason)
        blocker = _delete_blocker(row, services.drafts.state)
        menu.add_entry("delete", _("Delete"), lambda: self._delete(key), blocker)
        menu.addSeparator()
        bind_menu = DeploymentMenu(menu)
        bind_menu.setTitle(_("Bind to deployment"))
        bind_menu.setObjectName("draft_bind")
        self._update_bind_menu(bind_menu, row)
        bind_menu.chosen.connect(lambda chosen: self._bind_to(key, chosen))
        menu.addMenu(bind_menu)
        if (
            row.availability is DeploymentAvailability.UNLISTED
            and row.source_kind is DraftSourceKind.DEPLOYMENT
        ):
            keep_workflow = partial(services.deployment_manager.save_workflow, row.deployment_id)
            menu.add_entry("keep", _("Keep its workflow as a file"), keep_workflow)
        if row.is_unreadable:
            folder = services.drafts.folder
            menu.add_entry("folder", _("Open its folder"), lambda: self._open_folder(folder))
        else:
            blocker = "" if row.path else _("It is not of a file.")
            menu.add_entry(
                "folder", _("Show in the file manager"), lambda: self._reveal(key), blocker
            )
        menu.popup(global_pos)


class DraftMenu(QMenu):
    """Context menu of one draft; it deletes itself after use."""

    def __init__(self, row: DraftRow, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("draft_row_menu")
        self.setAccessibleName(one_line(row.title))
        self.setToolTipsVisible(True)
        self.aboutToHide.connect(self.deleteLater)

    def add_entry(
        self, name: str, text: str, command: Callable[[], object], blocker: str = ""
    ) -> None:
        action = self.addAction(text)
        action.setObjectName(f"draft_{name}")
        action.setEnabled(not blocker)
        if blocker:
            action.setToolTip(tooltip(blocker))
        action.triggered.connect(lambda: command())
