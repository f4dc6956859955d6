"""Controller that copies or saves, as text, the changes that a draft makes to its workflow."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from runcomfy_desktop.core.editor.draft_editor import DraftTarget
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.drafts.draft_undo import commit_pending_edits

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.base.session_services import SessionServices

_MAX_NAME_CHARS = 60


class DifferenceController(QObject):
    """Copies the changes to the clipboard, or saves them to a file of the user's choice."""

    def __init__(self, scope: SessionScope, services: SessionServices) -> None:
        super().__init__(scope)
        self._scope = scope
        self._services = services
        self._folder = ""

    def copy(self) -> None:
        """Copies the changes to the clipboard."""
        draft = commit_pending_edits(self._services.draft_editor)
        if draft is not None and draft.changes:
            count = len(draft.changes)
            QGuiApplication.clipboard().setText(self._difference_text(draft))
            message = n_(
                "%d change is on the clipboard.", "%d changes are on the clipboard.", count
            )
            self._services.notices.post_info(message % count)

    def save(self) -> None:
        """Asks for a file and writes the changes to it."""
        draft = commit_pending_edits(self._services.draft_editor)
        if draft is None or not draft.changes:
            return
        draft_target = DraftTarget(self._services.draft_editor)
        chooser = QFileDialog(self._scope.dialog_parent, _("Save the changes as text"))
        chooser.setObjectName("save_difference_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setNameFilters([_("Text files (*.txt)"), _("All files (*)")])
        chooser.setDefaultSuffix("txt")
        if self._folder:
            chooser.setDirectory(self._folder)
        chooser.selectFile(_file_name(draft))
        chooser.fileSelected.connect(lambda path: self._on_file_selected(path, draft_target))
        chooser.open()

    def _on_file_selected(self, path: str, draft_target: DraftTarget) -> None:
        # Read again: the user could edit the draft while choosing the file.
        commit_pending_edits(self._services.draft_editor)
        draft = draft_target.draft
        if path and draft is not None and draft.changes:
            self._folder = str(PurePath(path).parent)
            self._services.workflow_files.save_text(path, self._difference_text(draft))

    def _difference_text(self, draft: Draft) -> str:
        # Imported late: the first frame shows no differences.
        from runcomfy_desktop.domain.drafts.difference_text import difference_text

        deployment = self._services.draft_editor.record_of(draft.deployment_id)
        name = "" if draft.source.is_file or deployment is None else deployment.name
        return difference_text(draft, name)


def _file_name(draft: Draft) -> str:
    name = PurePath(draft.source.name).stem
    plain = "".join(each if each.isalnum() or each in " -_." else "-" for each in name)
    stem = _("Changes of %s") % plain[:_MAX_NAME_CHARS].strip(" .-")
    return f"{stem}.txt"
