"""Import and export of presets: files, pasted text, and embedded media.

Call the methods on worker threads; all of them raise Problem.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.file_access import open_file, read_problem
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.capture import media_of
from runcomfy_desktop.domain.presets.importer import import_presets
from runcomfy_desktop.domain.presets.writer import too_large_problem, write_preset, write_presets
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import disk_problem
from runcomfy_desktop.store.preset_paths import file_name, reserve_file, write_file
from runcomfy_desktop.store.presets import hash_content

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.domain.presets.preset import Preset
    from runcomfy_desktop.store.presets import PresetFolder


class PresetExchange:
    """Imports and exports the presets of one folder; `media` is the folder of the media store."""

    def __init__(
        self, folder: PresetFolder, media: Path, rejection_reason: Callable[[bytes], str]
    ) -> None:
        self._folder = folder
        self._media = media
        self._rejection_reason = rejection_reason

    def with_media(self, preset: Preset) -> Preset:
        """Returns the preset with the bytes of all its media embedded."""
        files = dict(preset.files)
        total_bytes = sum(map(len, files.values()))
        for media in media_of(preset).values():
            if media.sha256 in files:
                continue
            total_bytes += media.size_bytes
            if total_bytes > file_format.MAX_FILES_BYTES:
                raise too_large_problem(total_bytes * 4 // 3)
            files[media.sha256] = self._media_bytes(media)
        return replace(preset, files=files)

    def import_files(self, files: Sequence[Path], folder: str) -> tuple[list[str], list[str]]:
        """Saves the presets in the files; returns the new paths and the errors.

        Raises Problem only if a single file was given and nothing could be saved from it.
        """
        paths: list[str] = []
        errors: list[str] = []
        for file in files:
            try:
                for each in import_presets(_read(file), file.stem):
                    paths.append(self._folder.save(each, folder).path)
            except Problem as problem:
                if len(files) == 1 and not paths:
                    raise
                errors.append(f"{one_line(file.name)}: {problem.title}")
        return paths, errors

    def import_text(self, text: str, folder: str) -> tuple[list[str], list[str]]:
        """Saves the presets in `text`; returns the new paths and the errors.

        Raises Problem only if nothing could be saved.
        """
        paths: list[str] = []
        try:
            for each in import_presets(text.encode("utf-8", "surrogatepass")):
                paths.append(self._folder.save(each, folder).path)
        except Problem as problem:
            if not paths:
                raise
            return paths, [problem.sentence()]
        return paths, []

    def missing_sizes(self, paths: Sequence[str]) -> tuple[int, ...]:
        """Returns the sizes in bytes of the media files that these presets do not embed yet."""
        presets = [self._folder.read(path).preset for path in paths]
        return tuple(size for each in presets for size in _missing_sizes(each).values())

    def export_files(self, paths: Sequence[str], target: Path, *, includes_files: bool) -> int:
        """Writes copies of presets to `target` and returns their number.

        A single preset is written to the file `target`, unless `target` is a folder. Several are
        written into the folder `target`.
        """
        presets = [self._folder.read(path).preset for path in paths]
        if includes_files:
            # All media are loaded first, so that an error does not leave an incomplete export.
            total_bytes = sum(sum(_missing_sizes(each).values()) for each in presets)
            if total_bytes > file_format.MAX_FILES_BYTES:
                raise too_large_problem(total_bytes * 4 // 3)
            presets = [self.with_media(each) for each in presets]
        contents = [(each.name, write_preset(each)) for each in presets]
        for name, data in contents:
            if why := self._rejection_reason(data):
                raise Problem(why, one_line(name))
        if len(contents) == 1 and not target.is_dir():
            write_file(target, contents[0][1])
            return 1
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_problem(error, target) from None
        for name, data in contents:
            write_file(reserve_file(target, file_name(name)), data)
        return len(contents)

    def as_text(self, paths: Sequence[str]) -> str:
        """Returns presets as text: one in the format of its file, several as a list."""
        presets = [self._folder.read(path).preset for path in paths]
        data = write_preset(presets[0]) if len(presets) == 1 else write_presets(presets)
        if why := self._rejection_reason(data):
            raise Problem(why)
        return data.decode()

    def _media_bytes(self, media: MediaFile) -> bytes:
        try:
            data = _read(self._media / media.stored_name, file_format.MAX_FILES_BYTES)
        except Problem:
            data = b""
        if hash_content(data) != media.sha256:
            title = _("%s is not there any more, so the preset cannot bring it.")
            advice = _("Put the file on its input again, or save the preset without its files.")
            raise Problem(title % one_line(media.name), _("Nothing was written."), advice)
        return data


def _missing_sizes(preset: Preset) -> dict[str, int]:
    """Returns the sizes, by SHA-256, of the files not embedded in the preset."""
    media = media_of(preset).values()
    return {each.sha256: each.size_bytes for each in media if each.sha256 not in preset.files}


def _read(file: Path, max_bytes: int = file_format.MAX_BYTES) -> bytes:
    """Returns the content of a file that the user chose, at most one byte more than allowed."""
    opened, size_bytes = open_file(file)
    with opened:
        if size_bytes > max_bytes:
            raise too_large_problem(size_bytes)
        try:
            return opened.read(max_bytes + 1)
        except OSError as error:
            raise read_problem(file.name, error) from None
