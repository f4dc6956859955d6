"""Actions on the draft in view, shared by the menu bar, the drafts dock and its context menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.drafts.draft_rows import DraftsState
from runcomfy_desktop.core.editor.editor_state import EditorState
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.deployments.deployment_menu import DeploymentMenu
from runcomfy_desktop.ui.widgets.action_set import ActionSet
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu, QWidget

    from runcomfy_desktop.core.drafts.draft_rows import DraftRow


class DraftActions(ActionSet):
    """Actions on the draft in view, and the menu of the deployments that it can be bound to.

    `orphaned_values` is enabled by OrphanedValuesController, and the entries of `bind_menu` are
    those that DraftsController shows.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.new = self._make("new_draft", _("&New draft"), "Ctrl+N")
        self.duplicate = self._make("duplicate_draft", _("&Duplicate draft"), "Ctrl+Shift+N")
        self.rename = self._make("rename_draft", _("&Rename draft…"))
        self.delete = self._make("delete_draft", _("De&lete draft"))
        self.reveal = self._make("reveal_draft_file", _("Show in the file mana&ger"))
        self.next = self._make("next_draft", _("Ne&xt draft"), "Ctrl+PgDown")
        self.previous = self._make("previous_draft", _("&Previous draft"), "Ctrl+PgUp")
        self.orphaned_values = self._make("left_values", _("&Values without a place…"))
        self.copy_difference = self._make("copy_difference", _("&Copy the changes as text"))
        self.save_difference = self._make("save_difference", _("Save the changes as te&xt…"))
        self.conversion_report = self._make("conversion_report", _("Con&version report…"))
        self.bind_menu = DeploymentMenu(parent)
        self.bind_menu.setTitle(_("&Bind to deployment"))
        self.bind_menu.setObjectName("bind_draft_menu")
        self.bind_menu.setAccessibleName(_("Bind to deployment"))
        self.reset()

    def fill_menu(self, menu: QMenu) -> None:
        """Adds the actions on whole drafts to a menu."""
        menu.addActions([self.new, self.duplicate])
        menu.addSeparator()
        menu.addActions([self.rename, self.delete])
        menu.addMenu(self.bind_menu)
        menu.addAction(self.reveal)
        menu.addSeparator()
        menu.addActions([self.next, self.previous])

    def reset(self) -> None:
        """Shows the state without a session."""
        self.update_state(DraftsState())
        self.update_for_editor(EditorState())
        self.orphaned_values.setEnabled(False)
        self.bind_menu.show_deployments((), "")
        bind_action = self.bind_menu.menuAction()
        bind_action.setEnabled(False)
        bind_action.setToolTip("")
        bind_action.setStatusTip("")

    def update_state(self, state: DraftsState) -> None:
        """Updates the actions on whole drafts."""
        row = state.current
        for action in (self.new, self.duplicate, self.rename):
            action.setEnabled(row is not None)
        blocker = delete_blocker(row, state) if row is not None else ""
        self.delete.setEnabled(row is not None and not blocker)
        self.delete.setToolTip(tooltip(blocker))
        self.delete.setStatusTip(blocker)
        self.reveal.setEnabled(row is not None and bool(row.path))
        readable_count = sum(not each.is_unreadable for each in state.rows)
        for action in (self.next, self.previous):
            action.setEnabled(row is not None and readable_count > 1)

    def update_for_editor(self, editor_state: EditorState) -> None:
        """Updates the actions that copy or save the changes, and the conversion report."""
        draft, report = editor_state.draft, editor_state.conversion_report
        for action in (self.copy_difference, self.save_difference):
            action.setEnabled(draft is not None and bool(draft.changes))
        self.conversion_report.setVisible(report is not None)
        is_converted = report is None or report.is_converted
        self.conversion_report.setText(
            _("Con&version report…") if is_converted else _("Parts left o&ut…")
        )


def delete_blocker(row: DraftRow, state: DraftsState) -> str:
    """Returns why a draft cannot be deleted; "" if it can."""
    is_first = not row.key.startswith("draft:")
    is_empty = is_first and not (row.change_count or row.orphaned_count) and row.title == row.name
    if row.key == state.current_key and is_empty:
        return _("Nothing is changed in it, so there is nothing to delete.")
    return ""
