"""Commands on presets, for the menus, the run bar and the list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.base.latest_request import LatestRequest
from runcomfy_desktop.ui.presets import preset_mime
from runcomfy_desktop.ui.presets.preset_rows import SHIPPED_FOLDER_KEY, preset_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QMimeData

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.presets.preset_library import PresetLibrary
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.presets.preset import PresetSummary
    from runcomfy_desktop.ui.base.session_scope import SessionScope


class PresetCommands(QObject):
    """Carries out commands on presets, by their paths.

    Emits `rename_requested` with the path of a preset to rename in the list. `apply` applies a
    preset, by its path, to the draft in view; `show_folder` shows a folder in the file manager.
    """

    rename_requested = Signal(str)

    def __init__(
        self,
        scope: SessionScope,
        preset_library: PresetLibrary,
        draft_editor: DraftEditor,
        notices: Notices,
        apply: Callable[[str], object],
        show_folder: Callable[[Path], object],
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._preset_library = preset_library
        self._draft_editor = draft_editor
        self._notices = notices
        self._apply = apply
        self._show_folder = show_folder
        self._sizes_request = LatestRequest(scope)

    # State

    @property
    def deployment(self) -> Deployment | None:
        return self._draft_editor.state.deployment

    @property
    def deployment_name(self) -> str:
        return "" if self.deployment is None else one_line(self.deployment.name)

    def _summary(self, path: str) -> PresetSummary | None:
        return self._preset_library.state.summary_of(path)

    def folders(self) -> tuple[str, ...]:
        return self._preset_library.state.folders

    def is_favourite(self, summary: PresetSummary) -> bool:
        return summary.path in self._preset_library.state.favourites

    def is_default(self, summary: PresetSummary) -> bool:
        deployment = self.deployment
        if deployment is None:
            return False
        return self._preset_library.state.defaults.get(deployment.deployment_id) == summary.path

    def apply_blocker(self, summary: PresetSummary) -> str:
        if summary.problem:
            return one_line(summary.problem)
        has_draft = self._draft_editor.state.draft is not None
        return "" if has_draft else _("Open a workflow first, to apply a preset to it.")

    # Presets

    def apply(self, path: str) -> None:
        self._apply(path)

    def rename_in_place(self, path: str) -> None:
        self.rename_requested.emit(path)

    def rename(self, path: str, name: str) -> None:
        self._preset_library.rename(path, name)

    def duplicate(self, paths: Sequence[str]) -> None:
        for path in paths:
            self._preset_library.duplicate(path)

    def delete(self, paths: Sequence[str]) -> None:
        if paths:
            self._preset_library.delete(paths)

    def move(self, paths: Sequence[str], folder: str) -> None:
        for path in paths:
            self._preset_library.move(path, folder)

    def move_to_new_folder(self, paths: Sequence[str]) -> None:
        """Moves presets to a new folder after asking the user for its name."""
        self._ask_folder(_("Move to a new folder"), _("Move"), lambda name: self.move(paths, name))

    def set_favourite(self, path: str, *, is_on: bool) -> None:
        self._preset_library.set_favourite(path, is_on)

    def set_default(self, path: str, *, is_on: bool) -> None:
        """Sets or clears a preset as the deployment's default.

        The default preset is applied when the deployment is opened with nothing changed.
        """
        if self.deployment is not None:
            self._preset_library.set_default(self.deployment.deployment_id, path if is_on else "")

    def reveal(self, path: str) -> None:
        summary = self._summary(path)
        file = self._preset_library.state.file_path_of(summary) if summary is not None else ""
        if file:
            self._show_folder(Path(file).parent)

    # Folders

    def create_folder(self) -> None:
        add = self._preset_library.add_folder
        self._ask_folder(_("New folder"), _("Make the folder"), add)

    def open_root_folder(self) -> None:
        self._show_folder(Path(self._preset_library.state.root))

    def _ask_folder(self, title: str, action_text: str, on_name: Callable[[str], object]) -> None:
        def name_error(name: str) -> str:
            exists = name.casefold() in (each.casefold() for each in self.folders())
            return _("There is a folder of this name already.") if exists else ""

        # Imported late: the first frame has no dialogs.
        from runcomfy_desktop.ui.presets.name_dialog import ask_name

        ask_name(
            self._scope.dialog_parent,
            "folder_name",
            title=title,
            action_text=action_text,
            on_name=on_name,
            name_error=name_error,
        )

    # Import and export

    def copy(self, paths: Sequence[str]) -> None:
        count = len(paths)

        def copy_to_clipboard(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            message = n_(
                "The preset is on the clipboard.", "%d presets are on the clipboard.", count
            )
            self._notices.post_info(message % count if count != 1 else message)

        if paths:
            self._preset_library.as_text(paths, copy_to_clipboard)

    def paste(self, folder: str = "") -> None:
        """Imports the content of the clipboard."""
        if not self.import_mime(QGuiApplication.clipboard().mimeData(), folder):
            self._notices.post_info(
                _("There is nothing on the clipboard that a preset can be made of."),
                _("Copy a preset, the body of a request, or a cURL command first."),
            )

    def import_mime(self, data: QMimeData | None, folder: str = "") -> bool:
        """Imports dropped or pasted data; returns False if there is none to import.

        `data` may be None, as from an empty clipboard.
        """
        if data is None:
            return False
        folder = "" if folder == SHIPPED_FOLDER_KEY else folder
        return preset_mime.import_mime(data, self._preset_library, folder)

    def handle_drop(self, data: QMimeData, target_folder: str) -> None:
        """Imports data dropped on a folder; presets dragged from the list are moved into it."""
        own_paths = preset_mime.dragged_preset_paths(data)
        if not own_paths:
            self.import_mime(data, target_folder)
        elif target_folder != SHIPPED_FOLDER_KEY:
            summaries = [
                summary
                for summary in map(self._summary, own_paths)
                if summary and not summary.is_shipped
            ]
            self.move(
                [summary.path for summary in summaries if summary.folder != target_folder],
                target_folder,
            )

    def import_files(self, folder: str = "") -> None:
        dialog = self._create_file_dialog(_("Import presets"), "import_presets_dialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        name_filter = _("Presets, requests, commands (*.json *.txt *.sh)")
        dialog.setNameFilters([name_filter, _("All files (*)")])
        target_folder = "" if folder == SHIPPED_FOLDER_KEY else folder
        dialog.filesSelected.connect(
            lambda paths: self._preset_library.import_files(paths, target_folder)
        )
        dialog.open()

    def export(self, paths: Sequence[str]) -> None:
        """Exports one preset to a file, or several to a folder.

        The user is asked first whether to include their files.
        """
        if not paths:
            return

        def on_sizes(sizes: Sequence[int]) -> None:
            if not sizes:
                self._choose_target(paths, includes_files=False)
                return
            # Imported late: the first frame has no dialogs.
            from runcomfy_desktop.ui.presets.export_dialog import ExportPresetsDialog

            dialog = ExportPresetsDialog(len(paths), sizes, self._scope.dialog_parent)
            dialog.confirmed.connect(
                lambda includes_files: self._choose_target(paths, includes_files=includes_files)
            )
            dialog.open()

        self._preset_library.file_sizes(paths, self._sizes_request.start(on_sizes))

    def _choose_target(self, paths: Sequence[str], *, includes_files: bool) -> None:
        dialog = self._create_file_dialog(_("Export"), "export_presets_dialog")
        summary = self._summary(paths[0])
        if len(paths) == 1 and summary is not None:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix("json")
            dialog.setNameFilters([_("Presets (*.json)")])
            dialog.selectFile(f"{preset_name(summary)}.json")
        else:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(
            lambda target: self._preset_library.export(paths, target, includes_files=includes_files)
        )
        dialog.open()

    def _create_file_dialog(self, title: str, name: str) -> QFileDialog:
        dialog = QFileDialog(self._scope.dialog_parent, title)
        dialog.setObjectName(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog
