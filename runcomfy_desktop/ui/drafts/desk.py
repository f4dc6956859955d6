"""What the window has of the drafts: the dock, the actions in the menus, goals for the palette."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.core.draft_rows import Belonging, Standing
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.drafts.actions import DraftActions, why_not_bound, why_not_deleted
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.run_bar import DeploymentMenu
from runcomfy_desktop.ui.slices import imported
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.catalogue import CatalogueState
    from runcomfy_desktop.core.draft_rows import DraftRow, DraftsState
    from runcomfy_desktop.ui.desks import Frame
    from runcomfy_desktop.ui.drafts.panel import DraftsPanel
    from runcomfy_desktop.ui.palette.entries import Entry
    from runcomfy_desktop.ui.parts import WindowParts


class DraftsDesk(QObject):
    """`open_folder` shows a folder of the disk."""

    def __init__(self, frame: Frame, open_folder: Callable[[Path], object]) -> None:
        super().__init__(frame.window)
        self._dock = frame.docks.drafts
        self._open_folder = open_folder
        self._parts: WindowParts | None = None
        self._links = Subscriptions()
        self.panel: DraftsPanel | None = None
        self.actions = DraftActions(self)
        self._bind = DeploymentMenu(frame.window)
        # The draft that the menu was opened for: another can come into view meanwhile.
        self._menu_key = ""
        self._build(frame)
        self._connect()

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        self._links.add(parts.drafts.changed, self._on_drafts_changed)
        self._links.add(parts.catalogue.changed, self._on_catalogue_changed)
        self._on_drafts_changed(parts.drafts.state)

    def detach(self) -> None:
        self._links.close()
        self._parts = None
        self._show(None)

    def fill(self) -> Iterator[None]:
        """Builds the panel, step by step, if its dock is on screen."""
        if self._dock.is_in_front and self.panel is None:
            yield from imported(
                "runcomfy_desktop.ui.models.drafts",
                "runcomfy_desktop.ui.drafts.view",
                "runcomfy_desktop.ui.drafts.panel",
            )
            self._fill()
            yield None

    def goals(self) -> list[Entry]:
        """What the palette leads to of them."""
        from runcomfy_desktop.ui.palette.entries import of_drafts

        rows = self._parts.drafts.state.rows if self._parts is not None else ()
        return of_drafts(rows, self.open)

    def open(self, key: str) -> None:
        if self._parts is not None:
            self._parts.drafts.open(key)

    # Building

    def _build(self, frame: Frame) -> None:
        self._bind.setTitle(_("&Bind to deployment"))
        self._bind.setObjectName("bind_draft_menu")
        self._bind.setAccessibleName(_("Bind to deployment"))
        self.actions.fill(frame.menu.drafts, self._bind)

    def _connect(self) -> None:
        actions = self.actions
        for action, deed in (
            (actions.new, self._new),
            (actions.duplicate, lambda: self._duplicate(self._current_key())),
            (actions.rename, lambda: self._rename(self._current_key())),
            (actions.delete, lambda: self._delete(self._current_key())),
            (actions.reveal, lambda: self._reveal(self._current_key())),
            (actions.next, lambda: self._turn(is_back=False)),
            (actions.previous, lambda: self._turn(is_back=True)),
        ):
            action.triggered.connect(lambda _checked=False, deed=deed: deed())
        self._bind.aboutToShow.connect(self._on_bind_shown)
        # A choice comes right after this.
        self._bind.aboutToHide.connect(lambda: QTimer.singleShot(0, self._bind, self._forget_menu))
        self._bind.chosen.connect(self._on_bind_chosen)
        self._dock.wanted.connect(self._fill)

    def _fill(self) -> None:
        if self.panel is not None or self._parts is None:
            return
        from runcomfy_desktop.ui.drafts.panel import DraftsPanel

        panel = self.panel = DraftsPanel()
        self._dock.title_bar.add_button(panel.new_button, "plus")
        self._dock.title_bar.add_button(panel.duplicate_button, "copy")
        self._dock.put(panel)
        panel.new_button.clicked.connect(self.actions.new.trigger)
        panel.duplicate_button.clicked.connect(self.actions.duplicate.trigger)
        panel.chosen.connect(self.open)
        panel.renamed.connect(self._on_panel_renamed)
        panel.delete_wished.connect(self._delete)
        panel.menu_wished.connect(self._open_menu)
        self._show(self._parts.drafts.state)

    # Following

    def _on_drafts_changed(self, state: DraftsState) -> None:
        self._show(state)

    def _on_catalogue_changed(self, _state: CatalogueState) -> None:
        self._show_bind(self._bind, self._row(self._current_key()))

    def _show(self, state: DraftsState | None) -> None:
        self.actions.follow(state)
        self._show_bind(self._bind, state.current if state is not None else None)
        if self.panel is not None:
            self.panel.show_state(state)
            for button, action in (
                (self.panel.new_button, self.actions.new),
                (self.panel.duplicate_button, self.actions.duplicate),
            ):
                button.setEnabled(action.isEnabled())
                why = "" if action.isEnabled() else _("No workflow is open.")
                button.setAccessibleDescription(why)

    def _show_bind(self, menu: DeploymentMenu, row: DraftRow | None) -> None:
        catalogue = self._parts.catalogue.state if self._parts is not None else None
        if catalogue is not None:
            current_id = row.deployment_id if row is not None else ""
            menu.show_deployments(catalogue.deployments, current_id, catalogue.is_other)
        why = why_not_bound(row)
        menu.menuAction().setEnabled(row is not None and not why)
        menu.menuAction().setToolTip(why)
        menu.menuAction().setStatusTip(why)

    # Deeds

    def _current_key(self) -> str:
        return self._parts.drafts.state.current_key if self._parts is not None else ""

    def _row(self, key: str) -> DraftRow | None:
        rows = self._parts.drafts.state.rows if self._parts is not None else ()
        return next((row for row in rows if row.key == key), None)

    def _new(self) -> None:
        if self._parts is not None:
            self._parts.drafts.new()

    def _duplicate(self, key: str) -> None:
        if self._parts is not None:
            self._parts.drafts.duplicate(key)

    def _rename(self, key: str) -> None:
        self._dock.bring_up()
        self._fill()
        if self.panel is not None:
            self.panel.rename(key)

    def _on_panel_renamed(self, key: str, title: str) -> None:
        if self._parts is not None:
            self._parts.drafts.rename(key, title)

    def _delete(self, key: str) -> None:
        if self._parts is not None and not why_not_deleted(
            self._row(key), self._parts.drafts.state
        ):
            self._parts.drafts.delete([key])

    def _on_bind_shown(self) -> None:
        self._menu_key = self._current_key()

    def _forget_menu(self) -> None:
        self._menu_key = ""

    def _on_bind_chosen(self, deployment_id: str) -> None:
        # The palette offers the entries without the menu.
        self._bind_to(self._menu_key or self._current_key(), deployment_id)

    def _bind_to(self, key: str, deployment_id: str) -> None:
        if self._parts is not None:
            self._parts.drafts.bind(key, deployment_id)

    def _reveal(self, key: str) -> None:
        row = self._row(key)
        if row is not None and row.path:
            self._open_folder(Path(row.path).parent)

    def _turn(self, *, is_back: bool) -> None:
        if self._parts is not None:
            self._parts.drafts.turn(is_back=is_back)

    def _open_menu(self, key: str, where: QPoint) -> None:
        row, parts = self._row(key), self._parts
        if row is None or parts is None or self.panel is None:
            return
        menu = RowMenu(row, self.panel)
        menu.offer("open", _("Open"), lambda: self.open(key))
        menu.addSeparator()
        odd = _("It cannot be read.") if row.is_odd else ""
        menu.offer("rename", _("Rename"), lambda: self._rename(key), odd)
        menu.offer("duplicate", _("Duplicate"), lambda: self._duplicate(key), odd)
        why_not = why_not_deleted(row, parts.drafts.state)
        menu.offer("delete", _("Delete"), lambda: self._delete(key), why_not)
        menu.addSeparator()
        bind = DeploymentMenu(menu)
        bind.setTitle(_("Bind to deployment"))
        bind.setObjectName("draft_bind")
        self._show_bind(bind, row)
        bind.chosen.connect(lambda chosen: self._bind_to(key, chosen))
        menu.addMenu(bind)
        if row.standing is Standing.UNLISTED and row.belonging is Belonging.DEPLOYMENT:
            keep = partial(parts.upkeep.keep_workflow, row.deployment_id)
            menu.offer("keep", _("Keep its workflow as a file"), keep)
        if row.is_odd:
            folder = parts.drafts.folder
            menu.offer("folder", _("Open its folder"), lambda: self._open_folder(folder))
        else:
            why_not = "" if row.path else _("It is not of a file.")
            menu.offer("folder", _("Show in the file manager"), lambda: self._reveal(key), why_not)
        menu.popup(where)


class RowMenu(QMenu):
    """The menu of one draft; it deletes itself after use."""

    def __init__(self, row: DraftRow, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("draft_row_menu")
        self.setAccessibleName(one_line(row.title))
        self.setToolTipsVisible(True)
        self.aboutToHide.connect(self.deleteLater)

    def offer(self, name: str, text: str, deed: Callable[[], object], why_not: str = "") -> None:
        action = self.addAction(text)
        action.setObjectName(f"draft_{name}")
        action.setEnabled(not why_not)
        if why_not:
            action.setToolTip(tooltip(why_not))
        action.triggered.connect(lambda: deed())
