"""Paths of presets: file names valid on every file system, and no path that leaves the folder."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.output import safe_file_name
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import disk_problem, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED_PREFIX = "shipped:"
SUFFIX = ".json"
SET_ASIDE_NAME = re.compile(r"\.broken-\d+\.json$", re.IGNORECASE)
"""Matches names of quarantined files; no preset gets such a name."""
_IS_WINDOWS = os.name == "nt"


class PresetPaths:
    """Converts preset paths to files below `root`, or to shipped ones in `shipped`.

    A preset path has `/` between its parts. A root that the user chose (`is_chosen`) is never
    created here: its disk may be disconnected, and once connected again would hide files written in
    its place. All methods raise Problem.
    """

    def __init__(self, root: Path, shipped: Path, *, is_chosen: bool = False) -> None:
        self.root = root
        self._shipped = shipped
        self._is_chosen = is_chosen

    def check_root(self) -> None:
        """Raises Problem if the root was chosen by the user and is missing."""
        try:
            is_missing = self._is_chosen and not self.root.exists()
        except OSError as error:
            raise unreadable_problem(self.root, error) from None
        if is_missing:
            raise missing_root_problem(self.root)

    def file_path(self, path: str) -> Path:
        """Returns the file of a preset."""
        if path.startswith(SHIPPED_PREFIX):
            name = path.removeprefix(SHIPPED_PREFIX)
            if "/" in name or "\\" in name or name.startswith("."):
                raise outside_problem(path)
            return self._shipped / f"{name}{SUFFIX}"
        if not path.lower().endswith(SUFFIX):
            raise outside_problem(path)
        return self._path_inside(path)

    def writable_path(self, path: str) -> Path:
        """Returns the file of a preset that can be written. Raises Problem for a shipped preset."""
        if path.startswith(SHIPPED_PREFIX):
            raise Problem(
                _("This preset came with the program and cannot be changed."),
                advice=_("Duplicate it, and change the copy."),
            )
        return self.file_path(path)

    def ensure_folder(self, folder: str) -> Path:
        """Returns a folder in the root, or the root itself for "". Creates it if it is missing."""
        target = self._path_inside(folder) if folder else self.root
        self.check_root()
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_problem(error, target) from None
        return target

    def path_of(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()

    def _path_inside(self, path: str) -> Path:
        parts = path.split("/")
        is_malformed = any(not part or part.startswith(".") or "\0" in part for part in parts)
        if (
            is_malformed
            or not is_encodable(path)
            or (_IS_WINDOWS and any(char in path for char in "\\:"))
        ):
            raise outside_problem(path)
        target = self.root
        for part in parts:
            target /= part
            # A link leads out of the folder, or can do so later.
            if target.is_symlink():
                raise outside_problem(path)
        return target


def file_name(name: str) -> str:
    """Returns a valid file name for any preset name; the file's content has the exact name."""
    safe = safe_file_name(f"{name.strip()}{SUFFIX}")
    if safe == SUFFIX.strip(".") or not safe.endswith(SUFFIX):
        safe = _("Preset") + SUFFIX
    return f"{safe.removesuffix(SUFFIX)}_{SUFFIX}" if SET_ASIDE_NAME.search(safe) else safe


def reserve_file(folder: Path, name: str) -> Path:
    """Reserves a file name similar to `name` by creating an empty file; returns its path."""
    stem, number, target = name.removesuffix(SUFFIX), 1, folder / name
    while True:
        try:
            target.open("xb").close()
        except FileExistsError:
            number += 1
            target = folder / f"{stem} ({number}){SUFFIX}"
        except OSError as error:
            raise disk_problem(error, folder) from None
        else:
            return target


def write_file(target: Path, data: bytes) -> None:
    """Writes a file completely or not at all; on failure, an empty reserved file is removed."""
    try:
        # Keeps the mode, so that other team members can still read the file.
        info = target.stat() if target.exists() else None
        write_atomic(target, data)
        if info is not None:
            target.chmod(info.st_mode & 0o777)
    except OSError as error:
        _release_reserved(target)
        raise disk_problem(error, target.parent) from None


def move_file(source: Path, target: Path) -> None:
    """Moves a file to a path reserved by `reserve_file`."""
    try:
        source.replace(target)
    except OSError:
        try:
            # The target may be on another disk.
            shutil.copy2(source, target)
            source.unlink()
        except OSError as error:
            _release_reserved(target)
            raise disk_problem(error, target.parent) from None


def _release_reserved(target: Path) -> None:
    """Removes an empty reserved file."""
    with suppress(OSError):
        if not target.stat().st_size:
            target.unlink()


def is_encodable(path: str) -> bool:
    """Returns True if a path is valid text; file systems also accept other bytes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def outside_problem(path: str) -> Problem:
    """Returns the Problem for a path that leads out of the preset folder."""
    return Problem(
        _("%s is no place in the folder of presets.") % one_line(path),
        advice=_("Choose a preset or a folder of the list."),
    )


def missing_preset_problem(name: str) -> Problem:
    """Returns the Problem for a preset that no longer exists."""
    return Problem(
        _("The preset %s is not there any more.") % one_line(name),
        _("It was moved, renamed or deleted outside of this program."),
    )


def missing_root_problem(root: Path) -> Problem:
    """Returns the Problem for a preset folder that the user chose and that is missing."""
    return Problem(
        _("The folder of presets is not there: %s.") % one_line(str(root)),
        _("Its disk or network may not be connected. Nothing was written."),
        _("Connect it, or choose another folder in the settings."),
    )


def unreadable_problem(path: Path, error: OSError) -> Problem:
    """Returns the Problem for a file or folder that the system cannot read."""
    return Problem(
        _("%s cannot be read.") % one_line(str(path)),
        advice=_("Check the disk and its permissions, or choose another folder."),
        technical=f"{type(error).__name__}: {error}",
    )
