"""Controller of values without a place in their workflow: bar, action and dialog."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.drafts.draft_undo import commit_pending_edits, undo_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.editor.draft_editor import EditorState
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.drafts.orphaned_values_dialog import (
        OrphanedValuesBar,
        OrphanedValuesDialog,
    )


class OrphanedValuesController(QObject):
    """Shows the orphaned values of the draft in view; discarding them is one undo step.

    `action` opens the dialog. `add_bar` places the bar above the tree.
    """

    def __init__(
        self,
        scope: SessionScope,
        services: SessionServices,
        action: QAction,
        add_bar: Callable[[QWidget], None],
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._services = services
        self._action = action
        self._add_bar = add_bar
        self._is_bar_needed = False
        self._dialog: OrphanedValuesDialog | None = None
        scope.connect_signal(action.triggered, lambda _checked=False: self.open())
        scope.subscribe(services.draft_editor.changed, self._on_draft_editor_changed)
        self._on_draft_editor_changed(services.draft_editor.state)

    def open(self) -> None:
        """Opens the dialog, or raises the open one."""
        draft = commit_pending_edits(self._services.draft_editor)
        if draft is None or not draft.orphaned:
            return
        if self._dialog is None:
            # Imported late: most drafts have no orphaned values.
            from runcomfy_desktop.ui.drafts.orphaned_values_dialog import OrphanedValuesDialog

            self._dialog = OrphanedValuesDialog(draft, self._scope.dialog_parent)
            self._dialog.discard_requested.connect(self._discard)
            self._dialog.finished.connect(lambda _result: self._on_dialog_finished())
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _on_dialog_finished(self) -> None:
        self._dialog = None

    def _discard(self) -> None:
        """Discards the values in one step that can be undone."""
        draft = commit_pending_edits(self._services.draft_editor)
        if draft is None or not draft.orphaned:
            return
        count = len(draft.orphaned)
        label = n_("Discard %d value without a place", "Discard %d values without a place", count)
        after = replace(draft, orphaned=())
        self._services.draft_editor.replace_draft(after, label % count)
        title = n_("%d value is discarded.", "%d values are discarded.", count) % count
        undo = partial(undo_step, self._services, after)
        self._services.notices.post(
            Notice(NoticeLevel.INFO, title, "", "", _("Undo"), undo, subject="left values")
        )

    def _on_draft_editor_changed(self, state: EditorState) -> None:
        draft = state.draft
        count = 0 if draft is None else len(draft.orphaned)
        self._action.setEnabled(bool(count))
        if self._dialog is not None and not self._dialog.shows_values_of(draft):
            self._dialog.reject()
        self._is_bar_needed |= bool(count)
        if self._is_bar_needed:
            self._bar.show_count(count)

    @cached_property
    def _bar(self) -> OrphanedValuesBar:
        """Bar above the tree, built when it is first needed: most drafts never need it."""
        from runcomfy_desktop.ui.drafts.orphaned_values_dialog import OrphanedValuesBar

        bar = OrphanedValuesBar(self._scope.dialog_parent)
        bar.show_requested.connect(self.open)
        self._add_bar(bar)
        return bar
