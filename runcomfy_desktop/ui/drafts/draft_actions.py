"""The actions on drafts, made once: the menu bar holds them, the dock and its menu repeat them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.drafts.draft_rows import DraftSourceKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.action_set import ActionSet
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QMenu

    from runcomfy_desktop.core.drafts.draft_rows import DraftRow, DraftsState


class DraftActions(ActionSet):
    """They mean the draft in view."""

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
        blocker = delete_blocker(row, state)
        self.delete.setEnabled(row is not None and not blocker)
        self.delete.setToolTip(tooltip(blocker))
        self.delete.setStatusTip(blocker)
        self.reveal.setEnabled(row is not None and bool(row.path))
        readable_count = (
            sum(not each.is_unreadable for each in state.rows) if state is not None else 0
        )
        for action in (self.next, self.previous):
            action.setEnabled(row is not None and readable_count > 1)


def delete_blocker(row: DraftRow | None, state: DraftsState | None) -> str:
    """Why there is nothing to delete of a draft, "" when there is."""
    if row is None or state is None:
        return ""
    is_first = not row.key.startswith("draft:")
    is_empty = is_first and not (row.change_count or row.orphaned_count) and row.title == row.name
    if row.key == state.current_key and is_empty:
        return _("Nothing is changed in it, so there is nothing to delete.")
    return ""


def bind_blocker(row: DraftRow | None) -> str:
    """Why a draft cannot be sent to another deployment, "" when it can."""
    if row is not None and row.source_kind is not DraftSourceKind.FILE:
        return _("Its workflow is a deployment's own, and runs there.")
    return ""
