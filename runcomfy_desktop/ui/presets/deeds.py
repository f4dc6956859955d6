"""What can be done with presets, asked for by the menus, the run bar and the list alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.presets import exchange
from runcomfy_desktop.ui.presets.heads import file_of, head_of
from runcomfy_desktop.ui.presets.rows import SHIPPED, preset_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QMimeData
    from PySide6.QtWidgets import QMainWindow

    from runcomfy_desktop.core.library import Library
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.preset.preset import PresetHead


class PresetDeeds(QObject):
    """Emits `told` with a Notice, `rename_wished` with a path whose name is to be typed in the
    list, and `folder_wished` with a folder to show in the file manager.

    `apply` applies a preset, by its path, to the draft in view.
    """

    told = Signal(object)
    rename_wished = Signal(str)
    folder_wished = Signal(object)

    def __init__(self, window: QMainWindow, apply: Callable[[str], object]) -> None:
        super().__init__(window)
        self._window = window
        self._apply = apply
        self._library: Library | None = None
        self._workbench: Workbench | None = None

    def attach(self, library: Library, workbench: Workbench) -> None:
        self._library, self._workbench = library, workbench

    def detach(self) -> None:
        self._library = self._workbench = None

    # What there is

    @property
    def deployment(self) -> Deployment | None:
        return None if self._workbench is None else self._workbench.state.deployment

    @property
    def deployment_name(self) -> str:
        return "" if self.deployment is None else one_line(self.deployment.name)

    def _head(self, path: str) -> PresetHead | None:
        return None if self._library is None else head_of(self._library.state, path)

    def folders(self) -> tuple[str, ...]:
        return () if self._library is None else self._library.state.folders

    def is_favourite(self, head: PresetHead) -> bool:
        return self._library is not None and head.path in self._library.state.favourites

    def is_default(self, head: PresetHead) -> bool:
        library, deployment = self._library, self.deployment
        if library is None or deployment is None:
            return False
        return library.state.defaults.get(deployment.deployment_id) == head.path

    def why_not_apply(self, head: PresetHead) -> str:
        if head.problem:
            return one_line(head.problem)
        bench = self._workbench
        has_draft = bench is not None and bench.state.draft is not None
        return "" if has_draft else _("Open a workflow first, to apply a preset to it.")

    # With presets

    def apply(self, path: str) -> None:
        self._apply(path)

    def rename_in_place(self, path: str) -> None:
        self.rename_wished.emit(path)

    def rename(self, path: str, name: str) -> None:
        if self._library is not None:
            self._library.rename(path, name)

    def duplicate(self, paths: Sequence[str]) -> None:
        if self._library is not None:
            for path in paths:
                self._library.duplicate(path)

    def delete(self, paths: Sequence[str]) -> None:
        if self._library is not None and paths:
            self._library.delete(paths)

    def move(self, paths: Sequence[str], folder: str) -> None:
        if self._library is not None:
            for path in paths:
                self._library.move(path, folder)

    def move_to_new(self, paths: Sequence[str]) -> None:
        """To a folder that a person names."""
        self._ask_folder(_("Move to a new folder"), _("Move"), lambda name: self.move(paths, name))

    def set_favourite(self, path: str, *, is_on: bool) -> None:
        if self._library is not None:
            self._library.set_favourite(path, is_on)

    def set_default(self, path: str, *, is_on: bool) -> None:
        """The deployment in use begins with it, when nothing is changed there yet."""
        if self._library is not None and self.deployment is not None:
            self._library.set_default(self.deployment.deployment_id, path if is_on else "")

    def reveal(self, path: str) -> None:
        head = self._head(path)
        file = file_of(self._library.state, head) if self._library and head else ""
        if file:
            self.folder_wished.emit(Path(file).parent)

    # With folders

    def new_folder(self) -> None:
        if self._library is not None:
            add = self._library.add_folder
            self._ask_folder(_("New folder"), _("Make the folder"), add)

    def open_root(self) -> None:
        if self._library is not None:
            self.folder_wished.emit(Path(self._library.state.root))

    def _ask_folder(self, title: str, deed: str, then: Callable[[str], object]) -> None:
        def fault_of(name: str) -> str:
            is_there = name.casefold() in (each.casefold() for each in self.folders())
            return _("There is a folder of this name already.") if is_there else ""

        # Late: the first frame has no dialogs.
        from runcomfy_desktop.ui.presets.name_dialog import ask_name

        ask_name(
            self._window, "folder_name", title=title, deed=deed, on_name=then, fault_of=fault_of
        )

    # In and out

    def copy(self, paths: Sequence[str]) -> None:
        count = len(paths)

        def put(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            words = n_("The preset is on the clipboard.", "%d presets are on the clipboard.", count)
            self._tell(words % count if count != 1 else words)

        if self._library is not None and paths:
            self._library.as_text(paths, put)

    def paste(self, folder: str = "") -> None:
        """Imports what is on the clipboard."""
        if not self.take_in(QGuiApplication.clipboard().mimeData(), folder):
            self._tell(
                _("There is nothing on the clipboard that a preset can be made of."),
                _("Copy a preset, the body of a request, or a cURL command first."),
            )

    def take_in(self, data: QMimeData | None, folder: str = "") -> bool:
        """Imports what was dropped or pasted; None is what an empty clipboard may hold."""
        if self._library is None or data is None:
            return False
        folder = "" if folder == SHIPPED else folder
        return exchange.take_in(data, self._library, folder)

    def take_drop(self, data: QMimeData, key: str) -> None:
        """What was let go over the folder `key` of the list."""
        own = exchange.own_paths(data)
        if not own:
            self.take_in(data, key)
        elif key != SHIPPED and self._library is not None:
            heads = [head for head in map(self._head, own) if head and not head.is_shipped]
            self.move([head.path for head in heads if head.folder != key], key)

    def import_files(self, folder: str = "") -> None:
        library = self._library
        if library is None:
            return
        chooser = self._chooser(_("Import presets"), "import_presets_dialog")
        chooser.setFileMode(QFileDialog.FileMode.ExistingFiles)
        kinds = _("Presets, requests, commands (*.json *.txt *.sh)")
        chooser.setNameFilters([kinds, _("All files (*)")])
        into = "" if folder == SHIPPED else folder
        chooser.filesSelected.connect(lambda paths: library.import_files(paths, into))
        chooser.open()

    def export(self, paths: Sequence[str]) -> None:
        """One as a file, several into a folder. Asks first whether their files come along."""
        library = self._library
        if library is None or not paths:
            return

        def on_sizes(sizes: Sequence[int]) -> None:
            if self._library is not library:
                return
            if not sizes:
                self._choose_target(paths, brings_files=False)
                return
            # Late: the first frame has no dialogs.
            from runcomfy_desktop.ui.presets.export_dialog import ExportDialog

            dialog = ExportDialog(len(paths), sizes, self._window)
            dialog.agreed.connect(lambda on: self._choose_target(paths, brings_files=on))
            dialog.open()

        library.weigh(paths, on_sizes)

    def _choose_target(self, paths: Sequence[str], *, brings_files: bool) -> None:
        library = self._library
        if library is None:
            return
        chooser = self._chooser(_("Export"), "export_presets_dialog")
        head = self._head(paths[0])
        if len(paths) == 1 and head is not None:
            chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            chooser.setDefaultSuffix("json")
            chooser.setNameFilters([_("Presets (*.json)")])
            chooser.selectFile(f"{preset_name(head)}.json")
        else:
            chooser.setFileMode(QFileDialog.FileMode.Directory)
            chooser.setOption(QFileDialog.Option.ShowDirsOnly)
        chooser.fileSelected.connect(
            lambda target: library.export(paths, target, brings_files=brings_files)
        )
        chooser.open()

    def _chooser(self, title: str, name: str) -> QFileDialog:
        chooser = QFileDialog(self._window, title)
        chooser.setObjectName(name)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return chooser

    def _tell(self, title: str, detail: str = "") -> None:
        self.told.emit(Notice(NoticeLevel.INFO, title, detail))
