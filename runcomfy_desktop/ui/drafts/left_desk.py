"""The desk for values that have no place in their workflow: the line, the action, the dialog."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.taking_back import settled, take_back

if TYPE_CHECKING:
    from runcomfy_desktop.core.workbench import BenchState
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.ui.desks import Frame
    from runcomfy_desktop.ui.drafts.left_dialog import LeftDialog
    from runcomfy_desktop.ui.drafts.left_line import LeftLine
    from runcomfy_desktop.ui.parts import WindowParts


class LeftDesk(QObject):
    """They are those of the draft in view. One undo brings back what was discarded."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame.window)
        self._frame = frame
        self._parts: WindowParts | None = None
        self._links = Subscriptions()
        self._line: LeftLine | None = None
        self._dialog: LeftDialog | None = None
        self.action = QAction(_("&Values without a place…"), self)
        self.action.setObjectName("left_values_action")
        self.action.triggered.connect(self.open)
        frame.menu.drafts.addSeparator()
        frame.menu.drafts.addAction(self.action)
        frame.centre.inputs_made.connect(self._on_inputs_made)
        self._show(None)

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        self._links.add(parts.workbench.changed, self._on_workbench_changed)
        self._show(parts.workbench.state.draft)

    def detach(self) -> None:
        self._links.close()
        self._parts = None
        self._show(None)

    def open(self) -> None:
        """Shows them, or brings them to the front."""
        draft = self._settled()
        if draft is None or not draft.left:
            return
        if self._dialog is None:
            # Late: most drafts have none.
            from runcomfy_desktop.ui.drafts.left_dialog import LeftDialog

            self._dialog = LeftDialog(draft, self._frame.window)
            self._dialog.discard_wished.connect(self._discard)
            self._dialog.finished.connect(lambda _result: self._forget())
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _forget(self) -> None:
        self._dialog = None

    def _discard(self) -> None:
        """Lets go of them, as one step that can be undone."""
        draft = self._settled()
        if self._parts is None or draft is None or not draft.left:
            return
        count = len(draft.left)
        label = n_("Discard %d value without a place", "Discard %d values without a place", count)
        after = replace(draft, left=())
        self._parts.workbench.take(after, label % count)
        told = n_("%d value is discarded.", "%d values are discarded.", count) % count
        undo = partial(self._undo, after)
        self._tell(Notice(NoticeLevel.INFO, told, "", "", _("Undo"), undo, about="left values"))

    def _undo(self, after: Draft) -> None:
        if self._parts is not None:
            take_back(self._parts, after)

    def _tell(self, notice: Notice) -> None:
        if self._parts is not None:
            self._parts.notices.tell(notice)

    def _settled(self) -> Draft | None:
        return None if self._parts is None else settled(self._parts.workbench)

    def _on_workbench_changed(self, state: BenchState) -> None:
        self._show(state.draft)

    def _show(self, draft: Draft | None) -> None:
        left = () if draft is None else draft.left
        self.action.setEnabled(bool(left))
        if self._dialog is not None and not self._dialog.is_of(draft):
            self._dialog.reject()
        if self._line is None and left:
            self._make_line()
        if self._line is not None:
            self._line.show_count(len(left))

    def _make_line(self) -> None:
        """Late: most drafts have none."""
        panel = self._frame.centre.inputs
        if panel is None:
            return
        from runcomfy_desktop.ui.drafts.left_line import LeftLine

        self._line = LeftLine(panel)
        self._line.wished.connect(self.open)
        column = panel.layout()
        assert isinstance(column, QVBoxLayout)
        # Below the filter, which is first.
        column.insertWidget(1, self._line)

    def _on_inputs_made(self) -> None:
        self._show(None if self._parts is None else self._parts.workbench.state.draft)
