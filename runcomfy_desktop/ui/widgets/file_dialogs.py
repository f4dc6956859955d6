"""Dialogs for choosing files and folders; they do not block the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget


def open_folder_dialog(
    parent: QWidget, name: str, title: str, on_chosen: Callable[[str], object], folder: str = ""
) -> None:
    """Asks for a folder, starting in `folder`; `on_chosen` is called with its path."""
    dialog = _make_dialog(parent, name, title, on_chosen, folder)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.open()


def open_file_dialog(
    parent: QWidget, name: str, title: str, on_chosen: Callable[[str], object], name_filter: str
) -> None:
    """Asks for an existing file; `on_chosen` is called with its path."""
    dialog = _make_dialog(parent, name, title, on_chosen)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([name_filter, _("All files (*)")])
    dialog.open()


def _make_dialog(
    parent: QWidget, name: str, title: str, on_chosen: Callable[[str], object], folder: str = ""
) -> QFileDialog:
    dialog = QFileDialog(parent, title)
    dialog.setObjectName(name)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if folder:
        dialog.setDirectory(folder)
    dialog.fileSelected.connect(on_chosen)
    return dialog
