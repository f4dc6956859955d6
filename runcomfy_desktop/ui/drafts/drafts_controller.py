"""Controller of the drafts: dock, menu actions and command palette entries."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.core.drafts.draft_rows import DeploymentAvailability, DraftSourceKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.chunked_work import import_steps
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.deployments.deployment_menu import DeploymentMenu
from runcomfy_desktop.ui.drafts.draft_actions import delete_blocker
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogueState
    from runcomfy_desktop.core.drafts.draft_rows import DraftRow, DraftsState
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.command_palette.entries import PaletteEntry
    from runcomfy_desktop.ui.drafts.draft_actions import DraftActions
    from runcomfy_desktop.ui.drafts.drafts_panel import DraftsPanel
    from runcomfy_desktop.ui.widgets.panel_dock import PanelDock


class DraftsController(QObject):
    """Connects the drafts to the window. `open_folder` opens a folder in the file manager."""

    def __init__(
        self,
        scope: SessionScope,
        services: SessionServices,
        actions: DraftActions,
        dock: PanelDock,
        open_folder: Callable[[Path], object],
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._services = services
        self._drafts = services.drafts
        self._actions = actions
        self._dock = dock
        self._open_folder = open_folder
        # Key of the draft for which the menu was opened: another draft can come into view while it
        # is open.
        self._menu_draft_key = ""
        self._connect()
        scope.subscribe(services.drafts.changed, self._on_drafts_changed)
        scope.subscribe(services.catalogue.changed, self._on_catalogue_changed)
        self._on_drafts_changed(services.drafts.state)

    def build_panel(self) -> Iterator[None]:
        """Builds the panel in steps if its dock is in front."""
        if self._dock.is_in_front and self._dock.panel is None:
            yield from import_steps(
                "runcomfy_desktop.ui.drafts.drafts_model",
                "runcomfy_desktop.ui.drafts.drafts_panel",
            )
            self._show_panel()
            yield None

    def palette_entries(self) -> list[PaletteEntry]:
        """Returns the entries for the command palette."""
        from runcomfy_desktop.ui.command_palette.entries import (
            PaletteEntry,
            PaletteEntryKind,
            short_text,
        )
        from runcomfy_desktop.ui.drafts.draft_texts import changes_text, source_text

        return [
            PaletteEntry(
                PaletteEntryKind.DRAFT,
                short_text(row.title),
                short_text(source_text(row)),
                changes_text(row),
                partial(self._drafts.open, row.key),
            )
            for row in self._drafts.state.rows
            if not row.is_unreadable
        ]

    # Building

    def _connect(self) -> None:
        actions, bind_menu = self._actions, self._actions.bind_menu
        connect = self._scope.connect_signal
        for action, command in (
            (actions.new, self._drafts.create),
            (actions.duplicate, lambda: self._drafts.duplicate(self._current_key())),
            (actions.rename, lambda: self._rename(self._current_key())),
            (actions.delete, lambda: self._delete(self._current_key())),
            (actions.reveal, lambda: self._reveal(self._current_key())),
            (actions.next, lambda: self._drafts.open_adjacent(is_backwards=False)),
            (actions.previous, lambda: self._drafts.open_adjacent(is_backwards=True)),
        ):
            connect(action.triggered, lambda _checked=False, command=command: command())
        connect(bind_menu.aboutToShow, self._on_bind_menu_shown)
        # The menu emits `chosen` right after it hides.
        connect(bind_menu.aboutToHide, lambda: QTimer.singleShot(0, self, self._clear_menu_key))
        connect(bind_menu.chosen, self._on_bind_chosen)
        connect(self._dock.panel_needed, self._show_panel)

    @cached_property
    def _panel(self) -> DraftsPanel:
        from runcomfy_desktop.ui.drafts.drafts_panel import DraftsPanel

        panel = DraftsPanel(self._scope, self._drafts)
        panel.new_button.clicked.connect(self._actions.new.trigger)
        panel.duplicate_button.clicked.connect(self._actions.duplicate.trigger)
        panel.open_requested.connect(self._drafts.open)
        panel.renamed.connect(self._drafts.rename)
        panel.delete_requested.connect(self._delete)
        panel.menu_requested.connect(self._open_menu)
        return panel

    def _show_panel(self) -> None:
        """Puts the panel into its dock, unless it is there."""
        if self._dock.panel is None:
            panel = self._panel
            buttons = ((panel.new_button, "plus"), (panel.duplicate_button, "copy"))
            self._dock.set_panel(panel, buttons=buttons)

    # Updates

    def _on_drafts_changed(self, state: DraftsState) -> None:
        self._actions.update_state(state)
        self._update_bind_menu(self._actions.bind_menu, state.current)

    def _on_catalogue_changed(self, _state: DeploymentCatalogueState) -> None:
        self._update_bind_menu(self._actions.bind_menu, self._drafts.state.current)

    def _update_bind_menu(self, menu: DeploymentMenu, row: DraftRow | None) -> None:
        catalogue = self._services.catalogue.state
        current_id = row.deployment_id if row is not None else ""
        menu.show_deployments(catalogue.deployments, current_id, catalogue.is_unsupported)
        reason = _bind_blocker(row)
        menu.menuAction().setEnabled(row is not None and not reason)
        menu.menuAction().setToolTip(reason)
        menu.menuAction().setStatusTip(reason)

    # Commands

    def _current_key(self) -> str:
        return self._drafts.state.current_key

    def _rename(self, key: str) -> None:
        self._dock.bring_to_front()
        self._show_panel()
        self._panel.rename(key)

    def _delete(self, key: str) -> None:
        state = self._drafts.state
        row = state.row(key)
        if row is not None and not delete_blocker(row, state):
            self._drafts.delete([key])

    def _on_bind_menu_shown(self) -> None:
        self._menu_draft_key = self._current_key()

    def _clear_menu_key(self) -> None:
        self._menu_draft_key = ""

    def _on_bind_chosen(self, deployment_id: str) -> None:
        # The palette offers the entries without opening the menu.
        self._drafts.bind(self._menu_draft_key or self._current_key(), deployment_id)

    def _reveal(self, key: str) -> None:
        row = self._drafts.state.row(key)
        if row is not None and row.path:
            self._open_folder(Path(row.path).parent)

    def _open_menu(self, key: str, global_pos: QPoint) -> None:
        row, drafts = self._drafts.state.row(key), self._drafts
        if row is None:
            return
        menu = DraftMenu(row, self._scope.dialog_parent)
        menu.add_entry("open", _("Open"), lambda: drafts.open(key))
        menu.addSeparator()
        unreadable_reason = _("It cannot be read.") if row.is_unreadable else ""
        menu.add_entry("rename", _("Rename"), lambda: self._rename(key), unreadable_reason)
        menu.add_entry(
            "duplicate", _("Duplicate"), lambda: drafts.duplicate(key), unreadable_reason
        )
        blocker = delete_blocker(row, drafts.state)
        menu.add_entry("delete", _("Delete"), lambda: self._delete(key), blocker)
        menu.addSeparator()
        bind_menu = DeploymentMenu(menu)
        bind_menu.setTitle(_("Bind to deployment"))
        bind_menu.setObjectName("draft_bind")
        self._update_bind_menu(bind_menu, row)
        bind_menu.chosen.connect(lambda chosen: drafts.bind(key, chosen))
        menu.addMenu(bind_menu)
        if (
            row.availability is DeploymentAvailability.UNLISTED
            and row.source_kind is DraftSourceKind.DEPLOYMENT
        ):
            keep_workflow = partial(
                self._services.deployment_manager.save_workflow, row.deployment_id
            )
            menu.add_entry("keep", _("Keep its workflow as a file"), keep_workflow)
        if row.is_unreadable:
            folder = drafts.folder
            menu.add_entry("folder", _("Open its folder"), lambda: self._open_folder(folder))
        else:
            blocker = "" if row.path else _("It is not of a file.")
            menu.add_entry(
                "folder", _("Show in the file manager"), lambda: self._reveal(key), blocker
            )
        menu.popup(global_pos)


def _bind_blocker(row: DraftRow | None) -> str:
    """Returns why a draft cannot be bound to another deployment; "" if it can."""
    if row is not None and row.source_kind is not DraftSourceKind.FILE:
        return _("Its workflow is a deployment's own, and runs there.")
    return ""


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
