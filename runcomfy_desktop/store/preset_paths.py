"""Where presets lie: names that every file system takes, and no way out of the folder."""

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
"""What a file that was set aside is called; none of a preset's own is."""
_IS_WINDOWS = os.name == "nt"


class PresetPaths:
    """Knows the files below `root`, and those that came with the program in `shipped`.

    A path names one, with `/` between its parts. A root that somebody `is_chosen` is never made
    here: it may lie on a disk that is away, which would hide what is written in its place.
    Everything raises Problem.
    """

    def __init__(self, root: Path, shipped: Path, *, is_chosen: bool = False) -> None:
        self.root = root
        self._shipped = shipped
        self._is_chosen = is_chosen

    def check_root(self) -> None:
        """Raises Problem when the root is not there and should be."""
        try:
            is_missing = self._is_chosen and not self.root.exists()
        except OSError as error:
            raise unreadable_problem(self.root, error) from None
        if is_missing:
            raise missing_root_problem(self.root)

    def file_path(self, path: str) -> Path:
        """The file that a path names."""
        if path.startswith(SHIPPED_PREFIX):
            name = path.removeprefix(SHIPPED_PREFIX)
            if "/" in name or "\\" in name or name.startswith("."):
                raise outside_problem(path)
            return self._shipped / f"{name}{SUFFIX}"
        if not path.lower().endswith(SUFFIX):
            raise outside_problem(path)
        return self._path_inside(path)

    def writable_path(self, path: str) -> Path:
        """The file of a preset that may be written."""
        if path.startswith(SHIPPED_PREFIX):
            raise Problem(
                _("This preset came with the program and cannot be changed."),
                advice=_("Duplicate it, and change the copy."),
            )
        return self.file_path(path)

    def ensure_folder(self, folder: str) -> Path:
        """A folder in the root, "" for the root itself; there or made now."""
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
            # Links lead out of the folder, or may tomorrow.
            if target.is_symlink():
                raise outside_problem(path)
        return target


def file_name(name: str) -> str:
    """A file name for a preset of any name; the name itself is in the file."""
    safe = safe_file_name(f"{name.strip()}{SUFFIX}")
    if safe == SUFFIX.strip(".") or not safe.endswith(SUFFIX):
        safe = _("Preset") + SUFFIX
    return f"{safe.removesuffix(SUFFIX)}_{SUFFIX}" if SET_ASIDE_NAME.search(safe) else safe


def reserve_file(folder: Path, name: str) -> Path:
    """A free name like `name`, taken by an empty file, so that no other program takes it."""
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
    """Writes it whole or not at all; room that was made for it goes when it cannot be filled."""
    try:
        # Others of the team may read what this user's files let them.
        info = target.stat() if target.exists() else None
        write_atomic(target, data)
        if info is not None:
            target.chmod(info.st_mode & 0o777)
    except OSError as error:
        _release_reserved(target)
        raise disk_problem(error, target.parent) from None


def move_file(source: Path, target: Path) -> None:
    """Moves a file to where room was made for it."""
    try:
        source.replace(target)
    except OSError:
        try:
            # Another disk.
            shutil.copy2(source, target)
            source.unlink()
        except OSError as error:
            _release_reserved(target)
            raise disk_problem(error, target.parent) from None


def _release_reserved(target: Path) -> None:
    """Removes the room that was made for a file that does not come."""
    with suppress(OSError):
        if not target.stat().st_size:
            target.unlink()


def is_encodable(path: str) -> bool:
    """Whether a name can be shown and kept: file systems take bytes that are no text."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def outside_problem(path: str) -> Problem:
    """What is said of a path that leads elsewhere."""
    return Problem(
        _("%s is no place in the folder of presets.") % one_line(path),
        advice=_("Choose a preset or a folder of the list."),
    )


def missing_preset_problem(name: str) -> Problem:
    """What is said of a preset that is not there any more."""
    return Problem(
        _("The preset %s is not there any more.") % one_line(name),
        _("It was moved, renamed or deleted outside of this program."),
    )


def missing_root_problem(root: Path) -> Problem:
    """What is said of a chosen folder that is not there."""
    return Problem(
        _("The folder of presets is not there: %s.") % one_line(str(root)),
        _("Its disk or network may not be connected. Nothing was written."),
        _("Connect it, or choose another folder in the settings."),
    )


def unreadable_problem(path: Path, error: OSError) -> Problem:
    """What is said of a file or folder that the system does not give."""
    return Problem(
        _("%s cannot be read.") % one_line(str(path)),
        advice=_("Check the disk and its permissions, or choose another folder."),
        technical=f"{type(error).__name__}: {error}",
    )
