"""The folder that presets are kept in: the usual one, or one that the person chose."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.core.presets.preset_messages import folder_changed_problem
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def root_of(chosen: str, default: Path) -> Path:
    """The folder in one spelling; `chosen` is "" for the usual one."""
    return Path(os.path.normpath(Path(chosen).absolute())) if chosen else default


def folders_overlap(one: Path, other: Path) -> bool:
    """Whether one of the folders lies in the other."""
    return one == other or one in other.parents or other in one.parents


def check_root(root: Path) -> None:
    """Raises Problem for a place that cannot be looked into; makes it. Waits for the disk."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with os.scandir(root):
            pass
    except OSError as error:
        raise Problem(
            _("Presets cannot be kept in this folder."),
            _("The system does not let the program look into %s.") % one_line(str(root)),
            _("Choose another folder."),
            technical=f"{type(error).__name__}: {error}",
        ) from None


def require_same_folder(current_folder: Callable[[], T]) -> Callable[[], T]:
    """The folder that there is `current_folder`, for later: in another one the same path is another
    preset. What is returned raises Problem when another one has taken its place."""
    folder = current_folder()

    def checked_folder() -> T:
        if current_folder() is not folder:
            raise folder_changed_problem()
        return folder

    return checked_folder


def too_many_files() -> Problem:
    """What is said of a folder that is not looked through to its end."""
    return Problem(
        _("This folder has more files than are looked at."),
        _("Some presets in it may not be listed."),
        _("Choose a folder that holds presets only."),
    )
