"""The difference desk: what was changed against the workflow, copied or saved as text."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from runcomfy_desktop.core.aim import Aim
from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.parts import WindowParts

_NAME_LETTERS = 60


class DifferenceDesk(QObject):
    """Emits `told` with a Notice."""

    told = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._parts: WindowParts | None = None
        self._folder = ""

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts

    def detach(self) -> None:
        self._parts = None

    def copy(self) -> None:
        """Puts the difference on the clipboard."""
        found = self._found()
        if found is not None:
            text, count = found
            QGuiApplication.clipboard().setText(text)
            told = n_("%d change is on the clipboard.", "%d changes are on the clipboard.", count)
            self.told.emit(Notice(NoticeLevel.INFO, told % count))

    def save(self) -> None:
        """Asks for a file and writes the difference into it."""
        if self._parts is None or self._found() is None:
            return
        aim = Aim(self._parts.workbench)
        chooser = QFileDialog(self._window, _("Save the changes as text"))
        chooser.setObjectName("save_difference_dialog")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setNameFilters([_("Text files (*.txt)"), _("All files (*)")])
        chooser.setDefaultSuffix("txt")
        if self._folder:
            chooser.setDirectory(self._folder)
        chooser.selectFile(f"{self._name()}.txt")
        chooser.fileSelected.connect(lambda path: self._on_file_selected(path, aim))
        chooser.open()

    def _on_file_selected(self, path: str, aim: Aim) -> None:
        # As it is now: the window could be worked in while the name was chosen.
        found = self._found(aim)
        if path and found is not None and self._parts is not None:
            self._folder = str(PurePath(path).parent)
            self._parts.files.save_text(path, found[0])

    def _found(self, aim: Aim | None = None) -> tuple[str, int] | None:
        """The text, and how many changes it tells; None when there are none. They are those of the
        draft in view, or of the one that was."""
        if self._parts is None:
            return None
        # Late: the first frame has no differences.
        from runcomfy_desktop.domain.difference_text import difference_text

        bench = self._parts.workbench
        bench.settling.publish(None)
        draft = bench.state.draft if aim is None else aim.draft
        if draft is None or not draft.changes:
            return None
        deployment = bench.record_of(draft.deployment_id)
        name = "" if draft.source.is_file or deployment is None else deployment.name
        return difference_text(draft, name), len(draft.changes)

    def _name(self) -> str:
        draft = self._parts.workbench.state.draft if self._parts is not None else None
        name = PurePath(draft.source.name).stem if draft is not None else ""
        plain = "".join(each if each.isalnum() or each in " -_." else "-" for each in name)
        return _("Changes of %s") % plain[:_NAME_LETTERS].strip(" .-")
