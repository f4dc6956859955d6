"""Controller that copies or saves, as text, the changes that a draft makes to its workflow."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.drafts.draft_editor import DraftTarget
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.base.session_services import SessionServices

_MAX_NAME_CHARS = 60


class DifferenceController(QObject):
    """Copies and saves the changes as text; emits `notified` with a Notice."""

    notified = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._services: SessionServices | None = None
        self._folder = ""

    def attach(self, services: SessionServices) -> None:
        self._services = services

    def detach(self) -> None:
        self._services = None

    def copy(self) -> None:
        """Copies the changes to the clipboard."""
        difference = self._difference()
        if difference is not None:
            text, count = difference
            QGuiApplication.clipboard().setText(text)
            message = n_(
                "%d change is on the clipboard.", "%d changes are on the clipboard.", count
            )
            self.notified.emit(Notice(NoticeLevel.INFO, message % count))

    def save(self) -> None:
        """Asks for a file and writes the changes to it."""
        if self._services is None or self._difference() is None:
            return
        draft_target = DraftTarget(self._services.draft_editor)
        chooser = QFileDialog(self._window, _("Save the changes as text"))
        chooser.setObjectName("save_difference_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setNameFilters([_("Text files (*.txt)"), _("All files (*)")])
        chooser.setDefaultSuffix("txt")
        if self._folder:
            chooser.setDirectory(self._folder)
        chooser.selectFile(f"{self._name()}.txt")
        chooser.fileSelected.connect(lambda path: self._on_file_selected(path, draft_target))
        chooser.open()

    def _on_file_selected(self, path: str, draft_target: DraftTarget) -> None:
        # Computed again: the user could edit the draft while choosing the file.
        difference = self._difference(draft_target)
        if path and difference is not None and self._services is not None:
            self._folder = str(PurePath(path).parent)
            self._services.workflow_files.save_text(path, difference[0])

    def _difference(self, draft_target: DraftTarget | None = None) -> tuple[str, int] | None:
        """Returns the text and the number of changes; None if there are none.

        The draft is that of `draft_target`, or the one in view if `draft_target` is None.
        """
        if self._services is None:
            return None
        # Imported late: the first frame shows no differences.
        from runcomfy_desktop.domain.drafts.difference_text import difference_text

        draft_editor = self._services.draft_editor
        draft_editor.commit_requested.publish(None)
        draft = draft_editor.state.draft if draft_target is None else draft_target.draft
        if draft is None or not draft.changes:
            return None
        deployment = draft_editor.record_of(draft.deployment_id)
        name = "" if draft.source.is_file or deployment is None else deployment.name
        return difference_text(draft, name), len(draft.changes)

    def _name(self) -> str:
        draft = self._services.draft_editor.state.draft if self._services is not None else None
        name = PurePath(draft.source.name).stem if draft is not None else ""
        plain = "".join(each if each.isalnum() or each in " -_." else "-" for each in name)
        return _("Changes of %s") % plain[:_MAX_NAME_CHARS].strip(" .-")
