"""Controller of the conversion report on the workflow in view, shown at the user's request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from runcomfy_desktop.core.editor.draft_editor import EditorState
    from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.drafts.conversion_report import ConversionReportDialog


class ConversionReportController(QObject):
    """Shows the report on the draft in view; at most one is open.

    Emits `input_requested` with the key of a node to show.
    """

    input_requested = Signal(object)

    def __init__(self, scope: SessionScope, services: SessionServices) -> None:
        super().__init__(scope)
        self._scope = scope
        self._draft_editor = services.draft_editor
        self._dialog: ConversionReportDialog | None = None
        self._shown_report: ConversionReport | None = None
        scope.subscribe(
            self._draft_editor.conversion_report_requested, lambda _nothing: self.open()
        )
        scope.subscribe(self._draft_editor.changed, self._on_draft_editor_changed)

    def open(self) -> None:
        """Opens the report, or raises the open one."""
        editor_state = self._draft_editor.state
        if editor_state.conversion_report is None or editor_state.draft is None:
            return
        if self._dialog is None:
            # Imported late: most files are read completely and need no conversion.
            from runcomfy_desktop.ui.drafts.conversion_report import ConversionReportDialog

            self._shown_report = editor_state.conversion_report
            name = editor_state.draft.source.name
            if editor_state.conversion_report.is_stored and editor_state.deployment is not None:
                name = editor_state.deployment.name
            self._dialog = ConversionReportDialog(
                name, editor_state.conversion_report, self._scope.dialog_parent
            )
            self._dialog.finished.connect(lambda _result: self._clear_dialog())
            self._dialog.node_requested.connect(self._on_node_requested)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _on_draft_editor_changed(self, editor_state: EditorState) -> None:
        if self._dialog is None or editor_state.conversion_report == self._shown_report:
            return
        self._dialog.reject()
        if editor_state.conversion_report is not None:
            # A file was converted again, or another one is in view: its report replaces the old
            # one.
            self.open()

    def _on_node_requested(self, node_id: str) -> None:
        self.input_requested.emit(InputKey(node_id, ""))

    def _clear_dialog(self) -> None:
        self._dialog = None
        self._shown_report = None
