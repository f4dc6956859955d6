"""Actions on a result's file: open, show in its folder, save a copy, drag."""

from __future__ import annotations

import contextlib
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QDrag, QPixmap
from PySide6.QtWidgets import QFileDialog

from runcomfy_desktop.domain.jobs.output import OutputKind, output_kind, safe_file_name
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.results.outputs_model import file_mime_data, output_name

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.ui.base.session_scope import SessionScope

_DRAG_SIDE = 96
_CHUNK_BYTES = 1024 * 1024


def may_open(path: str) -> bool:
    """Returns True if the desktop may open the file: only media files, judged by their extension.

    The desktop decides by the extension what to do with a file, and would execute some files.
    """
    return bool(path) and output_kind(Path(path).name) is not OutputKind.OTHER


def open_file(path: str) -> bool:
    """Opens the file in the user's program for it; returns False if that is impossible."""
    return may_open(path) and QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def show_in_folder(path: str) -> bool:
    folder = str(Path(path).parent)
    return bool(path) and QDesktopServices.openUrl(QUrl.fromLocalFile(folder))


def drag_file(source: QWidget, path: str, pixmap: QPixmap) -> None:
    """Lets the user drag the file into another program, always as a copy, never as a move."""
    drag = QDrag(source)
    drag.setMimeData(file_mime_data([path]))
    if not pixmap.isNull():
        side = round(_DRAG_SIDE * source.devicePixelRatioF())
        small = pixmap.scaled(
            side,
            side,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        small.setDevicePixelRatio(source.devicePixelRatioF())
        drag.setPixmap(small)
    drag.exec(Qt.DropAction.CopyAction)


class OutputSaver(QObject):
    """Asks for a target and copies an output there on a worker thread.

    A copy that has begun is finished even if the session ends. Emits `finished` with a message and
    a flag for success.
    """

    finished = Signal(str, bool)

    def __init__(self, scope: SessionScope) -> None:
        super().__init__(scope)
        self._dialog_parent = scope.dialog_parent
        # Not shared with pictures, behind which a copy would wait.
        self._tasks = BackgroundTasks(self)
        self._folder = ""

    def ask_target(self, output: Output) -> None:
        """Opens the file dialog for one output."""
        dialog = QFileDialog(self._dialog_parent, _("Save as"))
        dialog.setObjectName("save_output_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        if self._folder:
            dialog.setDirectory(self._folder)
        dialog.selectFile(suggested_name(output))
        dialog.fileSelected.connect(partial(self.save, output))
        dialog.open()

    def save(self, output: Output, target: str) -> None:
        self._folder = str(Path(target).parent)
        work = partial(_write, output.path, output.text, target)
        self._tasks.run(work, partial(self._on_written, target))

    def _on_written(self, target: str, error: str) -> None:
        name = Path(target).name
        if error:
            self.finished.emit(_("%s could not be saved: %s") % (name, error), False)
        else:
            self.finished.emit(_("Saved as %s.") % name, True)


def suggested_name(output: Output) -> str:
    if output.path:
        return Path(output.path).name
    return safe_file_name(output_name(output)) + ".txt"


def _write(source: str, text: str, target: str) -> str:
    """Writes the copy; runs on a worker thread. Returns the error message, "" on success.

    The copy is written next to the target and then renamed, so that a failed copy leaves an
    existing target unchanged.
    """
    target_path = Path(target)
    temp_path = target_path.with_name(f".save-{uuid4().hex}.part")
    try:
        if source and target_path.exists() and target_path.samefile(source):
            return ""
        with temp_path.open("xb") as sink:
            if source:
                with Path(source).open("rb") as file:
                    shutil.copyfileobj(file, sink, _CHUNK_BYTES)
            else:
                sink.write(text.encode("utf-8", "replace"))
        temp_path.replace(target_path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temp_path.unlink(missing_ok=True)
        return error.strerror or type(error).__name__
    return ""
