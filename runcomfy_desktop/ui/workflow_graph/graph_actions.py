"""Menu actions for the graph: what leads to a node, and back and forward along the links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.action_set import ActionSet

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from runcomfy_desktop.core.editor.editor_state import EditorState

_Key = QKeySequence.StandardKey


class GraphActions(ActionSet):
    """Actions of the View menu for moving through a workflow along its links."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.show_path = self._make("show_path", _("Show &what leads to this node"), "Ctrl+L")
        self.show_path.setCheckable(True)
        self.go_back = self._make("go_back", _("&Back"), _Key.Back)
        self.go_forward = self._make("go_forward", _("&Forward"), _Key.Forward)
        self.reset()

    def update_for_editor(self, editor_state: EditorState) -> None:
        """Updates the action that needs an open draft."""
        self.show_path.setEnabled(editor_state.draft is not None)

    def update_for_navigation(
        self, *, can_go_back: bool, can_go_forward: bool, is_path_shown: bool
    ) -> None:
        """Updates the actions `go_back`, `go_forward` and `show_path`."""
        self.go_back.setEnabled(can_go_back)
        self.go_forward.setEnabled(can_go_forward)
        self.show_path.setChecked(is_path_shown)

    def reset(self) -> None:
        """Shows the state without a session."""
        self.show_path.setEnabled(False)
        self.update_for_navigation(can_go_back=False, can_go_forward=False, is_path_shown=False)
