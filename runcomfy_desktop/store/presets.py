"""The user's preset folder, with one readable file per preset; it may be shared or synced.

Other programs write there too, so nothing unseen is ever overwritten: if two programs change one
preset, both versions are kept. Deleted presets go to a trash, and no path leads out of the folder.
All methods wait for the disk; call them on worker threads, one at a time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.output import safe_file_name
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.reader import DamagedPreset, NotAPreset, read_preset
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import disk_problem
from runcomfy_desktop.store.folder_lock import locked
from runcomfy_desktop.store.preset_paths import (
    SHIPPED_PREFIX,
    SUFFIX,
    PresetPaths,
    file_name,
    missing_preset_problem,
    move_file,
    reserve_file,
    unreadable_problem,
    write_file,
)
from runcomfy_desktop.store.preset_scan import PresetListing, PresetScan, read_bytes
from runcomfy_desktop.store.small_file import set_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from runcomfy_desktop.domain.presets.preset import Preset

TRASH_RETENTION_S = 30 * 24 * 3600.0
"""Time for which deleted presets are kept in the data folder."""


@dataclass(frozen=True, slots=True)
class LoadedPreset:
    """Preset read from a file, and the hash of the file's bytes."""

    preset: Preset
    content_hash: str


@dataclass(frozen=True, slots=True)
class SavedPreset:
    """Path of a written preset, and the new hash of its bytes; "" if the bytes are unchanged.

    `conflict_path` is the path of a version that another program wrote since the preset was read;
    "" if there is none.
    """

    path: str
    content_hash: str = ""
    conflict_path: str = ""


@dataclass(frozen=True, slots=True)
class TrashedPreset:
    """Deleted preset: its previous path and its file in the trash."""

    path: str
    file: Path


class PresetFolder:
    """Owns the preset files in `root`.

    `shipped` is the folder of presets that came with the program, `trash` the folder of deleted
    presets. `rejection_reason` returns the reason why bytes must not be stored; "" if they can be.
    A root that the user chose (`is_chosen`) must exist. All methods raise Problem.
    """

    def __init__(
        self,
        root: Path,
        shipped: Path,
        trash: Path,
        rejection_reason: Callable[[bytes], str] = lambda _data: "",
        *,
        is_chosen: bool = False,
    ) -> None:
        self._paths = PresetPaths(root, shipped, is_chosen=is_chosen)
        self._trash = trash
        self._rejection_reason = rejection_reason
        self._scan = PresetScan(root)
        self._shipped_scan = PresetScan(shipped, moves_damaged=False)

    def scan(self) -> PresetListing:
        """Returns all presets and folders; shipped presets come last."""
        self._paths.check_root()
        try:
            own = self._scan.scan()
        except OSError as error:
            raise unreadable_problem(self._paths.root, error) from None
        with suppress(OSError):
            shipped = tuple(
                replace(
                    summary,
                    path=SHIPPED_PREFIX + summary.path.removesuffix(SUFFIX),
                    folder="",
                    is_shipped=True,
                )
                for summary in self._shipped_scan.scan().summaries
                if not summary.folder and not summary.problem
            )
            return replace(own, summaries=(*own.summaries, *shipped))
        return own

    def may_have_changed(self) -> bool:
        """Returns True if another scan is worthwhile; this check is cheap."""
        return self._scan.may_have_changed()

    @property
    def count(self) -> int:
        """Number of files in the last scan."""
        return self._scan.count

    def read(self, path: str) -> LoadedPreset:
        """Returns the preset at `path`; a preset without a name gets its file's name."""
        data = self._read_data(path)
        preset = read_preset(data)
        if not preset.name.strip():
            preset = replace(preset, name=self._paths.file_path(path).stem)
        return LoadedPreset(preset, hash_content(data))

    def save(self, preset: Preset, folder: str) -> SavedPreset:
        """Writes a new file, even if the name is used already."""
        data = self._encode(preset)
        directory = self._paths.ensure_folder(folder)
        target = reserve_file(directory, file_name(preset.name))
        write_file(target, data)
        return SavedPreset(self._paths.path_of(target), hash_content(data))

    def update(self, path: str, preset: Preset, content_hash: str = "") -> SavedPreset:
        """Replaces the preset at `path`, whose bytes had `content_hash` when it was read.

        A version that another program has written since then is kept next to it.
        """
        with locked(self._paths.root):
            return self._update(path, preset, content_hash)

    def rename(self, path: str, name: str, content_hash: str = "") -> SavedPreset:
        """Changes a preset's name, both in its content and as its file name.

        If `content_hash` matches the current bytes, the returned hash is the hash of the new bytes;
        otherwise it is `content_hash` itself.
        """
        with locked(self._paths.root):
            written = self._rename(path, name, content_hash)
        if written.path != path:
            self._scan.forget(path)
        return written

    def move(self, path: str, folder: str) -> SavedPreset:
        """Moves a preset to a folder, under its name or a similar one; its bytes do not change."""
        source, directory = self._paths.writable_path(path), self._paths.ensure_folder(folder)
        if source.parent == directory:
            return SavedPreset(path)
        if not source.exists():
            raise missing_preset_problem(source.name)
        target = reserve_file(directory, source.name)
        move_file(source, target)
        self._scan.forget(path)
        return SavedPreset(self._paths.path_of(target))

    def duplicate(self, path: str) -> SavedPreset:
        """Copies a preset within its folder; a shipped preset is copied to the root."""
        preset = self.read(path).preset
        folder = "" if path.startswith(SHIPPED_PREFIX) else path.rpartition("/")[0]
        name = preset.name if path.startswith(SHIPPED_PREFIX) else _("%s (copy)") % preset.name
        return self.save(replace(preset, name=name[: file_format.MAX_NAME_CHARS]), folder)

    def delete(self, paths: Iterable[str]) -> tuple[TrashedPreset, ...]:
        """Moves presets to the trash and returns them; missing presets are skipped.

        If a later preset cannot be moved, only those moved before are returned.
        """
        trashed: list[TrashedPreset] = []
        for path in paths:
            source = self._paths.writable_path(path)
            target = self._trash / f"{uuid.uuid4().hex}{SUFFIX}"
            try:
                self._trash.mkdir(parents=True, exist_ok=True)
                shutil.move(source, target)
                os.utime(target)
            except FileNotFoundError:
                self._paths.check_root()
                continue
            except OSError as error:
                if trashed:
                    # The presets already deleted are returned, so that they can be restored.
                    break
                raise disk_problem(error, source.parent) from None
            trashed.append(TrashedPreset(path, target))
        return tuple(trashed)

    def restore(self, trashed: Iterable[TrashedPreset]) -> tuple[str, ...]:
        """Restores deleted presets and returns their paths.

        If a path is in use now, the restored preset gets a similar file name.
        """
        paths: list[str] = []
        for each in trashed:
            folder, _slash, name = each.path.rpartition("/")
            target = reserve_file(self._paths.ensure_folder(folder), name)
            move_file(each.file, target)
            paths.append(self._paths.path_of(target))
        return tuple(paths)

    def add_folder(self, folder: str) -> str:
        """Creates a folder with that name, or with the closest valid one, and returns its path."""
        safe = "/".join(safe_file_name(part) for part in folder.split("/") if part.strip(" ."))
        if not safe:
            raise Problem(_("A folder needs a name."))
        self._paths.ensure_folder(safe)
        return safe

    def copy_to(self, root: Path) -> int:
        """Copies all presets to another folder without overwriting; returns the number copied."""
        self._paths.check_root()
        other = PresetPaths(root, root)
        count = 0
        for summary in self._scan.scan().summaries:
            source = self._paths.writable_path(summary.path)
            data = self._read_data(summary.path)
            directory = other.ensure_folder(summary.folder)
            existing = directory / source.name
            if existing.is_file() and existing.read_bytes() == data:
                continue
            write_file(reserve_file(directory, source.name), data)
            count += 1
        return count

    def empty_trash(self) -> None:
        """Removes presets deleted more than `TRASH_RETENTION_S` ago."""
        before_s = time.time() - TRASH_RETENTION_S
        with suppress(OSError), os.scandir(self._trash) as entries:
            for entry in entries:
                is_old = entry.stat(follow_symlinks=False).st_mtime < before_s
                if is_old and entry.is_file(follow_symlinks=False):
                    Path(entry.path).unlink(missing_ok=True)

    def _update(self, path: str, preset: Preset, content_hash: str) -> SavedPreset:
        target = self._paths.writable_path(path)
        try:
            current_data = read_bytes(target)
        except FileNotFoundError:
            # The file has been moved or deleted: the user's version is saved nevertheless.
            return self.save(preset, path.rpartition("/")[0])
        except OSError as error:
            raise unreadable_problem(target, error) from None
        earlier: Preset | None = None
        is_damaged = False
        try:
            earlier = read_preset(current_data)
            # Imported late, because the module is not needed at startup.
            from runcomfy_desktop.domain.presets.capture import updated_preset

            preset = updated_preset(earlier, preset)
        except DamagedPreset:
            is_damaged = True
        except NotAPreset:
            content_hash = content_hash or "other"
        data = self._encode(preset)
        conflict_path = ""
        if is_damaged:
            # Only now, because encoding may reject the new content.
            try:
                set_aside(target)
            except OSError as error:
                raise disk_problem(error, target.parent) from None
        elif (
            target.exists()
            and current_data != data
            and content_hash not in ("", hash_content(current_data))
        ):
            conflict_path = self._save_conflict(target, current_data, earlier)
        write_file(target, data)
        return SavedPreset(path, hash_content(data), conflict_path)

    def _rename(self, path: str, name: str, content_hash: str) -> SavedPreset:
        source = self._paths.writable_path(path)
        found = self.read(path)
        data = self._encode(replace(found.preset, name=name))
        new_name = file_name(name)
        known_hash = hash_content(data) if content_hash == found.content_hash else content_hash
        if new_name == source.name:
            write_file(source, data)
            return SavedPreset(path, known_hash)
        target = source.with_name(new_name)
        # On some systems a name that differs only in case is the same file, so it is not taken.
        if not (new_name.casefold() == source.name.casefold() and _is_same(source, target)):
            target = reserve_file(source.parent, new_name)
        write_file(source, data)
        move_file(source, target)
        return SavedPreset(self._paths.path_of(target), known_hash)

    def _read_data(self, path: str) -> bytes:
        file = self._paths.file_path(path)
        try:
            return read_bytes(file)
        except FileNotFoundError:
            self._paths.check_root()
            raise missing_preset_problem(file.name) from None
        except OSError as error:
            raise unreadable_problem(file, error) from None

    def _encode(self, preset: Preset) -> bytes:
        data = write_preset(preset)
        if reason := self._rejection_reason(data):
            raise Problem(reason)
        return data

    def _save_conflict(self, target: Path, data: bytes, earlier: Preset | None) -> str:
        """Stores another program's version under a name with the time of its last change."""
        written_at = time.strftime("%Y-%m-%d %H-%M", time.localtime(target.stat().st_mtime))
        name = _("%s (of %s)") % (target.stem, written_at)
        if earlier is not None:
            label = _("%s (of %s)") % (earlier.name or target.stem, written_at)
            data = write_preset(replace(earlier, name=label))
        target_copy = reserve_file(target.parent, safe_file_name(f"{name}{SUFFIX}"))
        write_file(target_copy, data)
        return self._paths.path_of(target_copy)


def hash_content(data: bytes) -> str:
    """Returns the hash that identifies a file's content."""
    return hashlib.sha256(data).hexdigest()


def _is_same(source: Path, target: Path) -> bool:
    return not target.exists() or target.samefile(source)
