"""Opening a file that a person named: folders, devices, missing and forbidden files in words."""

from __future__ import annotations

import stat
from typing import IO, TYPE_CHECKING

from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from pathlib import Path


def open_file(path: Path) -> tuple[IO[bytes], int]:
    """The opened file and its size in bytes. Raises Problem. Waits for the disk."""
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise Problem(_("%s is a folder.") % path.name, advice=_("Choose a file in it."))
        if not stat.S_ISREG(about.st_mode):
            # Reading a pipe or a device might never end.
            raise Problem(_("%s is not a file.") % path.name, advice=_("Choose a file."))
        return path.open("rb"), about.st_size
    except OSError as error:
        raise unreadable(path.name, error) from None


def unreadable(name: str, error: OSError) -> Problem:
    """Why the file called `name` could not be read."""
    technical = f"{type(error).__name__}: {error}"
    if isinstance(error, FileNotFoundError):
        return Problem(
            _("%s is not there any more.") % name,
            advice=_("It may have been moved or renamed. Choose another file."),
            technical=technical,
        )
    if isinstance(error, PermissionError):
        return Problem(
            _("You are not allowed to read %s.") % name,
            advice=_("Change the file's permissions, or choose another file."),
            technical=technical,
        )
    return Problem(
        _("%s could not be read.") % name,
        advice=_("Check the disk that it lies on, or choose another file."),
        technical=technical,
    )
