"""Presets in drags and on the clipboard, into and out of the window."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QTimer, QUrl

from runcomfy_desktop.ui.base.local_files import local_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.core.presets.preset_library import PresetLibrary
    from runcomfy_desktop.ui.base.session_scope import SessionScope

PRESET_PATHS_MIME = "application/x-runcomfy-desktop-presets"
"""MIME type of the paths of presets dragged within the window."""
_MAX_PRESETS_AS_TEXT = 20
_READ_DELAY_MS = 150
_MAX_MIME_BYTES = 1024 * 1024


class PresetDragData(QObject):
    """Creates the MIME data of a drag.

    A drag cannot wait for the disk, so the text of the selected presets is read beforehand.
    """

    def __init__(self, scope: SessionScope, preset_library: PresetLibrary) -> None:
        super().__init__(scope)
        self._preset_library = preset_library
        self._preload_paths: tuple[str, ...] = ()
        self._preloaded: tuple[tuple[str, ...], str] = ((), "")
        self._read_timer = QTimer(self)
        self._read_timer.setSingleShot(True)
        self._read_timer.setInterval(_READ_DELAY_MS)
        self._read_timer.timeout.connect(self._read)
        scope.call_on_close(self._read_timer.stop)

    def preload(self, paths: Sequence[str]) -> None:
        """Reads the text of presets that may be dragged next."""
        self._preload_paths = tuple(paths)
        if 0 < len(paths) <= _MAX_PRESETS_AS_TEXT:
            self._read_timer.start()

    def mime_data(self, paths: Sequence[str]) -> QMimeData:
        data = QMimeData()
        wanted, state = set(paths), self._preset_library.state
        summaries = (summary for summary in state.summaries if summary.path in wanted)
        files = [state.file_path_of(summary) for summary in summaries]
        data.setUrls([QUrl.fromLocalFile(file) for file in files if file])
        data.setData(PRESET_PATHS_MIME, json.dumps(list(paths)).encode())
        preloaded_paths, text = self._preloaded
        if preloaded_paths == tuple(paths):
            data.setText(text)
        return data

    def _read(self) -> None:
        wanted = self._preload_paths
        if wanted != self._preloaded[0]:
            self._preset_library.as_text(wanted, lambda text: self._on_text(wanted, text))

    def _on_text(self, paths: tuple[str, ...], text: str) -> None:
        self._preloaded = (paths, text)


def dragged_preset_paths(data: QMimeData) -> list[str]:
    """Returns the paths of presets dragged within the window; [] for any other data."""
    payload = (
        bytes(data.data(PRESET_PATHS_MIME).data()) if data.hasFormat(PRESET_PATHS_MIME) else b""
    )
    if not 0 < len(payload) <= _MAX_MIME_BYTES:
        return []
    try:
        paths = json.loads(payload)
    except (ValueError, RecursionError):
        return []
    return [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []


def import_mime(data: QMimeData, preset_library: PresetLibrary, folder: str) -> bool:
    """Imports the files named in `data`, else its text; returns False if there is neither."""
    files = local_files(data)
    if files:
        preset_library.import_files(files, folder)
    elif data.hasText() and data.text().strip():
        preset_library.import_text(data.text(), folder=folder)
    else:
        return False
    return True
