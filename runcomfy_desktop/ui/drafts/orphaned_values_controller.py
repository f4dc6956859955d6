"""Controller of values without a place in their workflow: bar, action and dialog."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.drafts.draft_undo import commit_pending_edits, undo_step

if TYPE_CHECKING:
    from runcomfy_desktop.core.drafts.draft_editor import EditorState
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.drafts.orphaned_values_dialog import (
        OrphanedValuesBar,
        OrphanedValuesDialog,
    )
    from runcomfy_desktop.ui.main_window.controllers import WindowContext


class OrphanedValuesController(QObject):
    """Shows the orphaned values of the draft in view; discarding them is one undo step."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context.window)
        self._context = context
        self._services: SessionServices | None = None
        self._subscriptions = Subscriptions()
        self._bar: OrphanedValuesBar | None = None
        self._dialog: OrphanedValuesDialog | None = None
        self.action = QAction(_("&Values without a place…"), self)
        self.action.setObjectName("left_values_action")
        self.action.triggered.connect(self.open)
        context.main_actions.drafts.addSeparator()
        context.main_actions.drafts.addAction(self.action)
        context.central_widget.inputs_created.connect(self._on_inputs_created)
        self._show_draft(None)

    def attach(self, services: SessionServices) -> None:
        self._services = services
        self._subscriptions.add(services.draft_editor.changed, self._on_draft_editor_changed)
        self._show_draft(services.draft_editor.state.draft)

    def detach(self) -> None:
        self._subscriptions.close()
        self._services = None
        self._show_draft(None)

    def open(self) -> None:
        """Opens the dialog, or raises the open one."""
        draft = self._committed_draft()
        if draft is None or not draft.orphaned:
            return
        if self._dialog is None:
            # Imported late: most drafts have no orphaned values.
            from runcomfy_desktop.ui.drafts.orphaned_values_dialog import OrphanedValuesDialog

            self._dialog = OrphanedValuesDialog(draft, self._context.window)
            self._dialog.discard_requested.connect(self._discard)
            self._dialog.finished.connect(lambda _result: self._on_dialog_finished())
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _on_dialog_finished(self) -> None:
        self._dialog = None

    def _discard(self) -> None:
        """Discards the values in one step that can be undone."""
        draft = self._committed_draft()
        if self._services is None or draft is None or not draft.orphaned:
            return
        count = len(draft.orphaned)
        label = n_("Discard %d value without a place", "Discard %d values without a place", count)
        after = replace(draft, orphaned=())
        self._services.draft_editor.replace_draft(after, label % count)
        title = n_("%d value is discarded.", "%d values are discarded.", count) % count
        undo = partial(self._undo, after)
        self._notify(
            Notice(NoticeLevel.INFO, title, "", "", _("Undo"), undo, subject="left values")
        )

    def _undo(self, after: Draft) -> None:
        if self._services is not None:
            undo_step(self._services, after)

    def _notify(self, notice: Notice) -> None:
        if self._services is not None:
            self._services.notices.post(notice)

    def _committed_draft(self) -> Draft | None:
        return None if self._services is None else commit_pending_edits(self._services.draft_editor)

    def _on_draft_editor_changed(self, state: EditorState) -> None:
        self._show_draft(state.draft)

    def _show_draft(self, draft: Draft | None) -> None:
        orphaned = () if draft is None else draft.orphaned
        self.action.setEnabled(bool(orphaned))
        if self._dialog is not None and not self._dialog.shows_values_of(draft):
            self._dialog.reject()
        if self._bar is None and orphaned:
            self._make_bar()
        if self._bar is not None:
            self._bar.show_count(len(orphaned))

    def _make_bar(self) -> None:
        """Creates the bar when it is first needed: most drafts have no orphaned values."""
        panel = self._context.central_widget.inputs
        if panel is None:
            return
        from runcomfy_desktop.ui.drafts.orphaned_values_dialog import OrphanedValuesBar

        self._bar = OrphanedValuesBar(panel)
        self._bar.show_requested.connect(self.open)
        column = panel.layout()
        assert isinstance(column, QVBoxLayout)
        # Below the filter, which is first.
        column.insertWidget(1, self._bar)

    def _on_inputs_created(self) -> None:
        self._show_draft(
            None if self._services is None else self._services.draft_editor.state.draft
        )
