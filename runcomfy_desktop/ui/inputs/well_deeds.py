"""Does what a person wishes in a well: chooses a file, pastes, types an address, decides."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs.intake import Goal, Intake, Way

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.aim import Aim
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.wells import WellLayer

_PICTURES = "*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff"
_VIDEOS = "*.mp4 *.m4v *.webm *.mov *.mkv *.avi *.gif"
_SOUNDS = "*.mp3 *.wav *.flac *.ogg *.oga *.opus *.m4a"


class WellDeeds(QObject):
    """Belongs to the panel. `intake` is the session's, None while there is none."""

    def __init__(self, panel: QWidget, wells: WellLayer) -> None:
        super().__init__(panel)
        self._panel = panel
        self.intake: Intake | None = None
        self._folder = ""
        wells.paste_wished.connect(self.paste)
        wells.browse_wished.connect(self.browse)
        wells.address_given.connect(self._on_address_given)
        wells.again_wished.connect(self._on_again_wished)

    def paste(self, key: InputKey) -> None:
        data = QGuiApplication.clipboard().mimeData()
        if self.intake is not None:
            self.intake.take(data, key, Way.PASTE)

    def browse(self, key: InputKey) -> None:
        """Lets files be chosen; of several the person says what is to become of them."""
        if self.intake is None:
            return
        goal = self.intake.goal(key)
        title, filters = _asked_for(goal.kind)
        dialog = QFileDialog(self._panel, title % one_line(key.name))
        dialog.setObjectName("browse_picture")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([*filters, _("All files") + " (*)"])
        if self._folder:
            dialog.setDirectory(self._folder)
        dialog.filesSelected.connect(lambda paths: self._on_files_chosen(paths, goal))
        dialog.open()

    def _on_files_chosen(self, paths: list[str], goal: Goal) -> None:
        if paths and self.intake is not None:
            self._folder = str(PurePath(paths[0]).parent)
            self.intake.take_files(paths, goal, Way.CHOOSE)

    def _on_address_given(self, key: InputKey, aim: Aim, address: str) -> None:
        goal = Goal(key, aim)
        # One that was only looked at is no news, neither as a step nor in words.
        if self.intake is not None and not goal.has(address):
            self.intake.take_address(address, goal)

    def _on_again_wished(self, key: InputKey) -> None:
        if self.intake is not None:
            self.intake.take_again(key)


def _asked_for(kind: InputKind) -> tuple[str, list[str]]:
    """The title of the dialog and its filters of names."""
    if kind is InputKind.IMAGE:
        return _("Choose a picture for %s"), [_("Pictures") + f" ({_PICTURES})"]
    if kind is InputKind.VIDEO:
        return _("Choose a video for %s"), [_("Videos") + f" ({_VIDEOS})"]
    if kind is InputKind.AUDIO:
        return _("Choose a sound file for %s"), [_("Sounds and videos") + f" ({_SOUNDS} {_VIDEOS})"]
    return _("Choose a file for %s"), []
