"""Presets on their way out of the window and into it: by drags and the clipboard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QTimer, QUrl

from runcomfy_desktop.ui.local_files import local_files
from runcomfy_desktop.ui.presets.heads import file_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.core.library import Library

OWN = "application/x-runcomfy-desktop-presets"
"""The paths of presets that are dragged within the window."""
_MOST_TEXTS = 20
_SOON_MS = 150
_MOST_BYTES = 1024 * 1024


class Luggage(QObject):
    """What a drag carries. A drag cannot wait for a disk, so the text of what is selected is read
    beforehand."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._library: Library | None = None
        self._wanted: tuple[str, ...] = ()
        self._texts: tuple[tuple[str, ...], str] = ((), "")
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_SOON_MS)
        self._later.timeout.connect(self._read)

    def serve(self, library: Library | None) -> None:
        self._library = library
        self._wanted, self._texts = (), ((), "")
        self._later.stop()

    def prepare(self, paths: Sequence[str]) -> None:
        """These may be dragged next."""
        self._wanted = tuple(paths)
        if 0 < len(paths) <= _MOST_TEXTS:
            self._later.start()

    def pack(self, paths: Sequence[str]) -> QMimeData:
        data = QMimeData()
        library = self._library
        if library is None:
            return data
        wanted = set(paths)
        heads = (head for head in library.state.heads if head.path in wanted)
        files = [file_of(library.state, head) for head in heads]
        data.setUrls([QUrl.fromLocalFile(file) for file in files if file])
        data.setData(OWN, json.dumps(list(paths)).encode())
        known, text = self._texts
        if known == tuple(paths):
            data.setText(text)
        return data

    def _read(self) -> None:
        wanted = self._wanted
        if self._library is not None and wanted != self._texts[0]:
            self._library.as_text(wanted, lambda text: self._on_text(wanted, text))

    def _on_text(self, paths: tuple[str, ...], text: str) -> None:
        self._texts = (paths, text)


def own_paths(data: QMimeData) -> list[str]:
    """The presets that are dragged within the window, [] for anything else."""
    packed = bytes(data.data(OWN).data()) if data.hasFormat(OWN) else b""
    if not 0 < len(packed) <= _MOST_BYTES:
        return []
    try:
        paths = json.loads(packed)
    except (ValueError, RecursionError):
        return []
    return [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []


def take_in(data: QMimeData, library: Library, folder: str) -> bool:
    """Imports the files that are named, else the text; False when there is neither."""
    files = local_files(data)
    if files:
        library.import_files(files, folder)
    elif data.hasText() and data.text().strip():
        library.import_text(data.text(), folder=folder)
    else:
        return False
    return True
