"""Menu actions for the tree of inputs: find, reset, tabs, folding, and problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.action_set import ActionSet

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from runcomfy_desktop.core.editor.editor_state import EditorState


class InputTreeActions(ActionSet):
    """Actions of the Edit and View menus for the inputs of the open draft."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.reset_input = self._make("reset_input", _("Reset this &input"), "Ctrl+Backspace")
        self.reset_node = self._make("reset_node", _("Reset this &node"), "Ctrl+Alt+Backspace")
        self.reset_all = self._make("reset_all", _("Reset &all inputs"), "Ctrl+Shift+Backspace")
        self.filter = self._make("filter", _("&Filter inputs"), QKeySequence.StandardKey.Find)
        self.find_next = self._make("find_next", _("Next &hit"), "F3")
        self.find_previous = self._make("find_previous", _("Pre&vious hit"), "Shift+F3")
        self.next_problem = self._make("next_problem", _("Next &problem"), "F8")
        self.previous_problem = self._make("previous_problem", _("Previ&ous problem"), "Shift+F8")
        self.show_all = self._make("show_all", _("&All inputs"), "Ctrl+Alt+2")
        self.show_changed = self._make("show_changed", _("&Changed inputs"), "Ctrl+Alt+3")
        self.show_problems = self._make("show_problems", _("Probl&ems"), "Ctrl+Alt+4")
        self.fold_all = self._make("fold_all", _("&Fold all nodes"), "Ctrl+Shift+-")
        self.unfold_all = self._make("unfold_all", _("&Unfold all nodes"), "Ctrl+Shift++")
        self.fold_unchanged = self._make(
            "fold_unchanged", _("Fold nodes without chan&ges or problems"), "Ctrl+Alt+-"
        )
        self.reset()

    def reset(self) -> None:
        """Shows the state without a session."""
        self._enable(has_draft=False, has_changes=False, has_problems=False)

    def update_for_editor(self, editor_state: EditorState) -> None:
        """Updates the actions for the open draft."""
        draft = editor_state.draft
        self._enable(
            has_draft=draft is not None,
            has_changes=draft is not None and bool(draft.changes),
            has_problems=bool(editor_state.issues),
        )

    def _enable(self, *, has_draft: bool, has_changes: bool, has_problems: bool) -> None:
        for action in (self.reset_input, self.reset_node, self.reset_all):
            action.setEnabled(has_changes)
        for action in (self.next_problem, self.previous_problem):
            action.setEnabled(has_problems)
        finds = (self.filter, self.find_next, self.find_previous)
        tabs = (self.show_all, self.show_changed, self.show_problems)
        folds = (self.fold_all, self.unfold_all, self.fold_unchanged)
        for action in (*finds, *tabs, *folds):
            action.setEnabled(has_draft)
